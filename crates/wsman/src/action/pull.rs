use super::enumerate::max_elements;
use super::{Items, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::namespace::Namespace;

/// More of a list (DSP0226 8.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// What the last answer gave.
    pub context: String,
    /// The most items of one answer; absent is 1.
    pub max_elements: Option<u32>,
}

impl Pull {
    pub(crate) fn read(body: &Element<'_>) -> Result<Pull, Fault> {
        let pull = expect(body, &Namespace::Enumeration, "Pull")?;
        let context = pull.child_text(&Namespace::Enumeration, "EnumerationContext").unwrap_or_default();
        Ok(Pull { context: context.to_owned(), max_elements: max_elements(pull)? })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("n:Pull", &[]);
        writer.leaf("n:EnumerationContext", &self.context);
        if let Some(most) = self.max_elements {
            writer.leaf("n:MaxElements", &most.to_string());
        }
        writer.close("n:Pull");
    }
}

/// The next part of a list. Unlike in the first answer its elements are WS-Enumeration's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullResponse {
    /// What to ask for more with; none when this was the last part.
    pub context: Option<String>,
    /// The items.
    pub items: Items,
}

impl PullResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("n:PullResponse", &[]);
        if let Some(context) = &self.context {
            writer.leaf("n:EnumerationContext", context);
        }
        if !self.items.is_empty() {
            writer.open("n:Items", &[]);
            self.items.write(writer);
            writer.close("n:Items");
        }
        if self.context.is_none() {
            writer.empty("n:EndOfSequence", &[]);
        }
        writer.close("n:PullResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<PullResponse, Fault> {
        let response = expect(body, &Namespace::Enumeration, "PullResponse")?;
        let end = response.child(&Namespace::Enumeration, "EndOfSequence").is_some();
        let context = response.child_text(&Namespace::Enumeration, "EnumerationContext");
        let items = match response.child(&Namespace::Enumeration, "Items") {
            Some(items) => Items::read(items)?,
            None => Items::Shells(Vec::new()),
        };
        Ok(PullResponse { context: context.filter(|c| !end && !c.is_empty()).map(str::to_owned), items })
    }
}
