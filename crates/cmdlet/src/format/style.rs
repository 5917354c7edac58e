//! Colours of `$PSStyle` that the formatter uses.

/// Escape sequences around headings and labels, all empty where the client's console shows none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// `$PSStyle.Formatting.TableHeader`, and `FormatAccent` before the labels of a list.
    pub(crate) header: &'static str,
    /// `$PSStyle.Formatting.CustomTableHeaderLabel`.
    pub(crate) custom_header: &'static str,
    /// `$PSStyle.Reset`.
    pub(crate) reset: &'static str,
}

impl Style {
    pub(crate) const ANSI: Style =
        Style { header: "\u{1b}[32;1m", custom_header: "\u{1b}[32;1;3m", reset: super::cells::RESET };
    pub(crate) const PLAIN: Style = Style { header: "", custom_header: "", reset: "" };
}
