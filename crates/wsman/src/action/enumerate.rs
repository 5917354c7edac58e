use super::{ShellDescription, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::{Namespace, SELECTOR_FILTER};

/// List shells or commands (DSP0226 8, MS-WSMV 3.1.4.1.32).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Enumerate {
    /// Whether items may come with the first answer.
    pub optimize: bool,
    /// The most items of one answer; absent is 1.
    pub max_elements: Option<u32>,
    /// Which items.
    pub filter: Option<Filter>,
}

/// A selector filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The value of the selector `ShellId`.
    pub shell: Option<String>,
}

impl Enumerate {
    pub(crate) fn read(body: &Element<'_>) -> Result<Enumerate, Fault> {
        let enumerate = expect(body, &Namespace::Enumeration, "Enumerate")?;
        let mode = enumerate.child_text(&Namespace::Wsman, "EnumerationMode").unwrap_or("EnumerateObject");
        if mode != "EnumerateObject" {
            return Err(Fault::UnsupportedFeature);
        }
        let filters = [&Namespace::Wsman, &Namespace::Enumeration].map(|n| enumerate.child(n, "Filter"));
        let filter = match filters.into_iter().flatten().next() {
            Some(filter) => Some(Filter::read(filter)?),
            None => None,
        };
        Ok(Enumerate {
            optimize: enumerate.child(&Namespace::Wsman, "OptimizeEnumeration").is_some(),
            max_elements: max_elements(enumerate)?,
            filter,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("n:Enumerate", &[]);
        if self.optimize {
            writer.empty("w:OptimizeEnumeration", &[]);
        }
        if let Some(most) = self.max_elements {
            writer.leaf("w:MaxElements", &most.to_string());
        }
        if let Some(filter) = &self.filter {
            writer.open("w:Filter", &[("Dialect", SELECTOR_FILTER)]);
            writer.open("w:SelectorSet", &[]);
            if let Some(shell) = &filter.shell {
                writer.leaf_with("w:Selector", &[("Name", "ShellId")], shell);
            }
            writer.close("w:SelectorSet");
            writer.close("w:Filter");
        }
        writer.close("n:Enumerate");
    }
}

impl Filter {
    fn read(filter: &Element<'_>) -> Result<Filter, Fault> {
        if filter.attribute("Dialect").is_none_or(|dialect| !dialect.trim().eq_ignore_ascii_case(SELECTOR_FILTER)) {
            return Err(Fault::FilterDialect);
        }
        let set =
            filter.child(&Namespace::Wsman, "SelectorSet").ok_or(Fault::Schema("A filter has no SelectorSet."))?;
        let shell = set
            .children_named(&Namespace::Wsman, "Selector")
            .find(|selector| selector.attribute("Name").is_some_and(|name| name.eq_ignore_ascii_case("ShellId")))
            .map(|selector| selector.text().to_owned());
        Ok(Filter { shell })
    }
}

pub(super) fn max_elements(element: &Element<'_>) -> Result<Option<u32>, Fault> {
    let texts = [&Namespace::Wsman, &Namespace::Enumeration].map(|n| element.child_text(n, "MaxElements"));
    match texts.into_iter().flatten().next() {
        Some(text) => match text.parse() {
            Ok(most) if most > 0 => Ok(Some(most)),
            _ => Err(Fault::Schema("MaxElements is not a positive number.")),
        },
        None => Ok(None),
    }
}

/// A list, or part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Items {
    /// Of shells.
    Shells(Vec<ShellDescription>),
    /// Of the commands of a shell.
    Commands(Vec<CommandDescription>),
}

/// `rsp:Command`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandDescription {
    /// Its id.
    pub id: CommandId,
    /// What `rsp:Command` said when it started.
    pub line: String,
}

impl Items {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Items::Shells(items) => items.len(),
            Items::Commands(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the first ones off.
    pub(crate) fn take(&mut self, count: usize) -> Items {
        fn split<T>(items: &mut Vec<T>, count: usize) -> Vec<T> {
            let rest = items.split_off(count.min(items.len()));
            std::mem::replace(items, rest)
        }
        match self {
            Items::Shells(items) => Items::Shells(split(items, count)),
            Items::Commands(items) => Items::Commands(split(items, count)),
        }
    }

    /// How many of the first ones fit into that many characters.
    pub(crate) fn fitting(&self, budget: usize) -> usize {
        let mut used = 0;
        let mut count = 0;
        for n in 0..self.len() {
            let mut writer = Writer::default();
            self.write_one(n, &mut writer);
            used += writer.finish().len();
            if used > budget {
                break;
            }
            count += 1;
        }
        count
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        for n in 0..self.len() {
            self.write_one(n, writer);
        }
    }

    fn write_one(&self, n: usize, writer: &mut Writer) {
        match self {
            Items::Shells(items) => {
                if let Some(item) = items.get(n) {
                    item.write(writer);
                }
            }
            Items::Commands(items) => {
                if let Some(item) = items.get(n) {
                    writer.open("rsp:Command", &[]);
                    writer.leaf("rsp:CommandId", &item.id.to_string());
                    writer.leaf("rsp:CommandLine", &item.line);
                    writer.leaf("rsp:CommandState", "Running");
                    writer.close("rsp:Command");
                }
            }
        }
    }

    /// Reads what it knows; other items are left out.
    pub(crate) fn read(items: &Element<'_>) -> Result<Items, Fault> {
        let shell = Namespace::Shell;
        let commands: Vec<_> = items
            .children_named(&shell, "Command")
            .filter_map(|command| {
                Some(CommandDescription {
                    id: CommandId::parse(command.child_text(&shell, "CommandId")?).ok()?,
                    line: command.child_text(&shell, "CommandLine").unwrap_or_default().to_owned(),
                })
            })
            .collect();
        if !commands.is_empty() {
            return Ok(Items::Commands(commands));
        }
        items.children_named(&shell, "Shell").map(ShellDescription::read).collect::<Result<_, _>>().map(Items::Shells)
    }
}

/// The beginning of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumerateResponse {
    /// What to ask for more with; none when this is all.
    pub context: Option<String>,
    /// The items, when they were asked for at once.
    pub items: Option<Items>,
}

impl EnumerateResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("n:EnumerateResponse", &[]);
        writer.leaf("n:EnumerationContext", self.context.as_deref().unwrap_or_default());
        if let Some(items) = &self.items {
            if !items.is_empty() {
                writer.open("w:Items", &[]);
                items.write(writer);
                writer.close("w:Items");
            }
            if self.context.is_none() {
                writer.empty("w:EndOfSequence", &[]);
            }
        }
        writer.close("n:EnumerateResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<EnumerateResponse, Fault> {
        let response = expect(body, &Namespace::Enumeration, "EnumerateResponse")?;
        let end = response.child(&Namespace::Wsman, "EndOfSequence").is_some();
        let context = response.child_text(&Namespace::Enumeration, "EnumerationContext");
        let items = match response.child(&Namespace::Wsman, "Items") {
            Some(items) => Some(Items::read(items)?),
            None => end.then(|| Items::Shells(Vec::new())),
        };
        Ok(EnumerateResponse {
            context: context.filter(|context| !end && !context.is_empty()).map(str::to_owned),
            items,
        })
    }
}
