//! Is a text an XML document? It is kept as it is; commands and clients read it. No document type: what entities can do to a
//! reader is known too well.

use super::error::Cause;

/// Checks that tags are closed in order, that there is one root, and that nothing stands beside it.
pub(super) fn check(text: &str) -> Result<(), Cause> {
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            return if rest.trim().is_empty() && open.is_empty() { Ok(()) } else { Err(misplaced()) };
        };
        let (before, markup) = rest.split_at(at);
        if open.is_empty() && !before.trim().is_empty() {
            return Err(misplaced());
        }
        entities(before)?;
        rest = if let Some(after) = skip(markup, "<?", "?>").or_else(|| skip(markup, "<!--", "-->")) {
            after
        } else if let Some(after) = skip(markup, "<![CDATA[", "]]>").filter(|_| !open.is_empty()) {
            after
        } else if markup.starts_with("<!DOCTYPE") {
            return Err(Cause::argument("For security reasons DTD is prohibited in this XML document."));
        } else {
            tag(markup, &mut open, &mut roots)?
        };
    }
    match (open.last(), roots) {
        (None, 1 | 0) => Ok(()),
        _ => Err(Cause::argument("Data at the root level is invalid. Line 1, position 1.")),
    }
}

fn tag<'a>(markup: &'a str, open: &mut Vec<&'a str>, roots: &mut u32) -> Result<&'a str, Cause> {
    let Some(end) = end_of_tag(markup) else { return Err(unclosed()) };
    let (inner, after) = markup.split_at(end);
    let inner = inner.get(1..).unwrap_or_default();
    if let Some(name) = inner.strip_prefix('/') {
        let name = name.trim_end();
        return match open.pop() {
            Some(opened) if opened == name => Ok(after.get(1..).unwrap_or_default()),
            Some(opened) => {
                Err(Cause::argument(format!("The '{opened}' start tag does not match the end tag of '{name}'.")))
            }
            None => Err(misplaced()),
        };
    }
    let name = inner.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let starts_well = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == ':');
    if !starts_well || name.contains(['"', '\'', '=', '&', '<']) {
        return Err(unclosed());
    }
    entities(inner)?;
    if open.is_empty() {
        *roots += 1;
        if *roots > 1 {
            return Err(Cause::argument("This document already has a 'DocumentElement' node."));
        }
    }
    if !inner.ends_with('/') {
        open.push(name);
    }
    Ok(after.get(1..).unwrap_or_default())
}

/// The `>` that ends a tag; those in attribute values do not.
fn end_of_tag(markup: &str) -> Option<usize> {
    let mut quote = None;
    markup.char_indices().skip(1).find_map(|(at, c)| match (quote, c) {
        (None, '>') => Some(Some(at)),
        (None, '<') => Some(None),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), _) if open == c => {
            quote = None;
            None
        }
        _ => None,
    })?
}

fn skip<'a>(markup: &'a str, start: &str, end: &str) -> Option<&'a str> {
    markup.strip_prefix(start)?.split_once(end).map(|(_, after)| after)
}

/// Only the five named entities of XML, and characters by number.
fn entities(text: &str) -> Result<(), Cause> {
    for reference in text.split('&').skip(1) {
        let name = reference.split_once(';').map(|(name, _)| name).ok_or_else(unclosed)?;
        let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#');
        if !known {
            return Err(Cause::argument(format!("Reference to undeclared entity '{name}'.")));
        }
    }
    Ok(())
}

fn misplaced() -> Cause {
    Cause::argument(
        "The specified node cannot be inserted as the valid child of this node, because the specified node is the wrong type.",
    )
}

fn unclosed() -> Cause {
    Cause::argument("Data at the root level is invalid. Line 1, position 1.")
}
