//! A TOML document that is read to its end, whatever is wrong in it: each mistake is noted with its place.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use diagnosis::{Diagnosis, list, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::keys;

/// The file, and what is wrong with it so far.
pub(crate) struct Document<'t> {
    text: &'t str,
    file: &'t Path,
    mistakes: RefCell<Vec<(Range<usize>, String, String)>>,
}

/// One table of it, of a section whose keys are known.
#[derive(Clone)]
pub(crate) struct Table<'d, 't> {
    document: &'d Document<'t>,
    section: &'static str,
    entries: &'d DeTable<'t>,
    /// Where it stands.
    pub(crate) span: Range<usize>,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl<'t> Document<'t> {
    pub(crate) fn new(text: &'t str, file: &'t Path) -> Document<'t> {
        Document { text, file, mistakes: RefCell::default() }
    }

    /// Notes a mistake, and what was probably meant.
    pub(crate) fn mistake(&self, span: Range<usize>, message: impl Into<String>, suggestion: impl Into<String>) {
        self.mistakes.borrow_mut().push((span, message.into(), suggestion.into()));
    }

    /// All mistakes, in the order of the file.
    pub(crate) fn into_mistakes(self) -> Vec<Diagnosis> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|(span, ..)| span.start);
        let diagnosis = |(span, message, suggestion)| Diagnosis::new(self.file, self.text, &span, message, suggestion);
        mistakes.into_iter().map(diagnosis).collect()
    }

    /// The table that stands under a section's name. What it holds that is no key of the section is a mistake.
    pub(crate) fn table<'d>(&'d self, section: &'static str, table: &'d Spanned<DeTable<'t>>) -> Table<'d, 't> {
        self.checked(section, table.get_ref(), table.span())
    }

    fn checked<'d>(&'d self, section: &'static str, entries: &'d DeTable<'t>, span: Range<usize>) -> Table<'d, 't> {
        let known: Vec<&str> = keys::of_section(section).collect();
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&&**key.get_ref())) {
            let suggestion = nearest(key.get_ref(), known.iter().copied());
            let suggestion = suggestion.map(|near| format!("did you mean `{near}`?"));
            let elsewhere =
                || keys::section_of(key.get_ref()).map(|section| format!("`{}` stands under {section}", key.get_ref()));
            let suggestion =
                suggestion.or_else(elsewhere).unwrap_or_else(|| format!("keys here: {}", list(&known, "`")));
            self.mistake(key.span(), format!("unknown key `{}`", key.get_ref()), suggestion);
        }
        Table { document: self, section, entries, span }
    }
}

impl<'d, 't> Table<'d, 't> {
    /// Notes a mistake.
    pub(crate) fn mistake(&self, span: Range<usize>, message: impl Into<String>, suggestion: impl Into<String>) {
        self.document.mistake(span, message, suggestion);
    }

    fn value(&self, key: &str) -> Option<&'d Value<'t>> {
        debug_assert!(keys::of_section(self.section).any(|known| known == key), "{key} is on no page");
        self.entries.get(key)
    }

    /// Where a key's value stands, or the table itself.
    pub(crate) fn place(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// Is the key there?
    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A key that must be there.
    pub(crate) fn required<T>(&self, key: &str, found: Option<T>) -> Option<T> {
        if found.is_none() && !self.has(key) {
            self.mistake(self.span.clone(), format!("`{key}` is missing here"), keys::example(self.section, key));
        }
        found
    }

    /// Exactly one of these keys is there: which.
    pub(crate) fn one_of(&self, keys: &[&'static str]) -> Option<&'static str> {
        let mut given = keys.iter().copied().filter(|key| self.has(key));
        let (first, second) = (given.next(), given.next());
        if let Some(second) = second {
            let message = format!("`{}` and `{second}` exclude each other", first.unwrap_or_default());
            self.mistake(self.place(second), message, "leave one out");
        }
        if first.is_none() {
            self.mistake(self.span.clone(), format!("one of {} is missing here", list(keys, "`")), "");
        }
        first
    }

    fn wrong_kind(&self, key: &str, value: &Value<'t>, expected: &str) {
        let kind = value.get_ref().type_str();
        self.mistake(
            value.span(),
            format!("`{key}` is {expected}, not {} {kind}", article(kind)),
            keys::example(self.section, key),
        );
    }

    fn placed(&self, key: &str, value: &Value<'t>, expected: &str) -> Option<Placed> {
        match value.get_ref() {
            DeValue::String(text) => Some(Placed { text: text.clone().into_owned(), span: value.span() }),
            _ => {
                self.wrong_kind(key, value, expected);
                None
            }
        }
    }

    /// A text with its place.
    pub(crate) fn placed_text(&self, key: &str) -> Option<Placed> {
        let placed = self.placed(key, self.value(key)?, "a text in quotes")?;
        if placed.text.trim().is_empty() {
            self.mistake(placed.span, format!("`{key}` is empty"), keys::example(self.section, key));
            return None;
        }
        Some(placed)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.placed_text(key).map(|placed| placed.text)
    }

    /// A text that means something; what is wrong with it is said by `parse`.
    pub(crate) fn parsed<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let Placed { text, span } = self.placed_text(key)?;
        self.taken(span, parse(&text), key)
    }

    fn taken<T>(&self, span: Range<usize>, parsed: Result<T, String>, key: &str) -> Option<T> {
        parsed.map_err(|message| self.mistake(span, message, keys::example(self.section, key))).ok()
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&'static str, T)]) -> Option<T> {
        let placed = self.placed_text(key)?;
        self.one_word(&placed, words)
    }

    fn one_word<T: Copy>(&self, placed: &Placed, words: &[(&'static str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == placed.text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let near = nearest(&placed.text, names.iter().copied()).map(|near| format!("did you mean \"{near}\"?"));
            let message = format!("\"{}\" is none of {}", placed.text, list(&names, "\""));
            self.mistake(placed.span.clone(), message, near.unwrap_or_default());
        }
        found
    }

    /// A list of words of a few.
    pub(crate) fn words<T: Copy>(&self, key: &str, words: &[(&'static str, T)]) -> Option<Vec<T>> {
        let texts = self.texts(key)?;
        Some(texts.iter().filter_map(|placed| self.one_word(placed, words)).collect())
    }

    /// An absolute path.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        self.parsed(key, |text| absolute(text).map(PathBuf::from))
    }

    /// A whole number between two bounds.
    pub(crate) fn whole(&self, key: &str, bounds: RangeInclusive<u32>) -> Option<u32> {
        let value = self.value(key)?;
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_kind(key, value, &expected);
            return None;
        };
        let taken = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| bounds.contains(number));
        if taken.is_none() {
            self.mistake(value.span(), format!("{} is not {expected}", number.as_str()), "");
        }
        taken
    }

    /// A number, with or without a fraction, between two bounds.
    pub(crate) fn number(&self, key: &str, bounds: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(key)?;
        let expected = format!("a number from {} to {}", bounds.start(), bounds.end());
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => {
                self.wrong_kind(key, value, &expected);
                return None;
            }
        };
        let taken = text.replace('_', "").parse().ok().filter(|number| bounds.contains(number));
        if taken.is_none() {
            self.mistake(value.span(), format!("{text} is not {expected}"), "");
        }
        taken
    }

    /// A list of texts, each with its place.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<Placed>> {
        let value = self.value(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_kind(key, value, "a list of texts");
            return None;
        };
        let texts: Vec<Placed> = items.iter().filter_map(|item| self.placed(key, item, "a list of texts")).collect();
        for empty in texts.iter().filter(|placed| placed.text.is_empty()) {
            self.mistake(empty.span.clone(), format!("an empty text in `{key}`"), "");
        }
        Some(texts)
    }

    /// A list of texts.
    pub(crate) fn plain_texts(&self, key: &str) -> Vec<String> {
        self.texts(key).unwrap_or_default().into_iter().map(|placed| placed.text).collect()
    }

    /// A list of texts that mean something.
    pub(crate) fn all_parsed<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let texts = self.texts(key)?;
        Some(texts.into_iter().filter_map(|placed| self.taken(placed.span, parse(&placed.text), key)).collect())
    }

    /// A program with its arguments.
    pub(crate) fn argv(&self, key: &str) -> Option<Vec<String>> {
        if self.value(key)?.get_ref().is_str() {
            let message = format!("`{key}` is a program with its arguments, one text each: no shell reads it");
            self.mistake(self.place(key), message, keys::example(self.section, key));
            return None;
        }
        let texts = self.texts(key)?;
        if texts.is_empty() {
            self.mistake(self.place(key), format!("`{key}` names no program"), keys::example(self.section, key));
            return None;
        }
        Some(texts.into_iter().map(|placed| placed.text).collect())
    }

    /// A table under a key; its section is named after this one.
    pub(crate) fn table(&self, key: &'static str) -> Option<Table<'d, 't>> {
        let value = self.value(key)?;
        self.as_table(key, value)
    }

    fn as_table(&self, key: &'static str, value: &'d Value<'t>) -> Option<Table<'d, 't>> {
        match value.get_ref() {
            DeValue::Table(entries) => {
                Some(self.document.checked(keys::below(self.section, key), entries, self.visible(value)))
            }
            _ => {
                self.wrong_kind(key, value, "a table");
                None
            }
        }
    }

    /// Where a table can be pointed at: a table without braces has no text of its own in some places.
    fn visible(&self, value: &Value<'t>) -> Range<usize> {
        let span = value.span();
        if span.is_empty() { self.span.clone() } else { span }
    }

    /// A list of tables under a key.
    pub(crate) fn tables(&self, key: &'static str) -> Option<Vec<Table<'d, 't>>> {
        let value = self.value(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            let hint = if value.get_ref().is_table() { format!("did you mean [[{key}]]?") } else { String::new() };
            self.mistake(value.span(), format!("`{key}` is a list of tables"), hint);
            return None;
        };
        Some(items.iter().filter_map(|item| self.as_table(key, item)).collect())
    }

    /// Tables under a key, each with a name, in the order of the file.
    pub(crate) fn named(&self, key: &'static str) -> Option<Vec<(Placed, Table<'d, 't>)>> {
        let value = self.value(key)?;
        let DeValue::Table(entries) = value.get_ref() else {
            self.wrong_kind(key, value, "a table of named tables");
            return None;
        };
        let named = entries.iter().filter_map(|(name, value)| {
            let placed = Placed { text: name.get_ref().clone().into_owned(), span: name.span() };
            self.as_table(key, value).map(|table| (placed, table))
        });
        let mut named: Vec<_> = named.collect();
        named.sort_by_key(|(name, _)| name.span.start);
        Some(named)
    }

    /// Names of a list that must be among those known, letter case aside: as they are written there.
    pub(crate) fn names_among(&self, key: &str, what: &str, known: &[&str]) -> Option<Vec<String>> {
        let names = self.texts(key)?;
        let found = names.iter().filter_map(|name| {
            let found = known.iter().find(|known| known.eq_ignore_ascii_case(&name.text));
            if found.is_none() {
                let near = nearest(&name.text, known.iter().copied()).map(|near| format!("did you mean \"{near}\"?"));
                let message = format!("there is no {what} \"{}\"", name.text);
                let all = || if known.is_empty() { String::new() } else { format!("there is {}", list(known, "\"")) };
                self.mistake(name.span.clone(), message, near.unwrap_or_else(all));
            }
            found.map(|name| (*name).to_owned())
        });
        Some(found.collect())
    }
}

/// Names that stand twice are a mistake at the second.
pub(crate) fn unique<'d, 't: 'd>(table: &Table<'d, 't>, what: &str, seen: &mut HashSet<String>, name: &Placed) -> bool {
    let new = seen.insert(name.text.to_lowercase());
    if !new {
        table.mistake(name.span.clone(), format!("there is a {what} \"{}\" already", name.text), "");
    }
    new
}

/// The text of an absolute path.
pub(crate) fn absolute(text: &str) -> Result<&str, String> {
    if text.starts_with('/') { Ok(text) } else { Err(format!("\"{text}\": a path here starts with `/`")) }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'i']) { "an" } else { "a" }
}
