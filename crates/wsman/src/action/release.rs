use super::expect;
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::namespace::Namespace;

/// No more of a list (DSP0226 8.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What the last answer gave.
    pub context: String,
}

impl Release {
    pub(crate) fn read(body: &Element<'_>) -> Result<Release, Fault> {
        let release = expect(body, &Namespace::Enumeration, "Release")?;
        let context = release.child_text(&Namespace::Enumeration, "EnumerationContext").unwrap_or_default();
        Ok(Release { context: context.to_owned() })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("n:Release", &[]);
        writer.leaf("n:EnumerationContext", &self.context);
        writer.close("n:Release");
    }
}
