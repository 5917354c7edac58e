//! Help texts from doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// What a command's doc comment says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Help {
    /// The first paragraph.
    pub(crate) synopsis: String,
    /// The paragraphs up to the first heading, with an empty line between them.
    pub(crate) description: String,
    /// Under `# Examples`: what stands in each code block, and the text after it.
    pub(crate) examples: Vec<(String, String)>,
}

/// The lines of a doc comment, without the blank that stands before each.
pub(crate) fn lines(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { continue };
        let text = text.value();
        lines.extend(text.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()));
    }
    lines
}

/// All paragraphs of a comment, with an empty line between them.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    paragraphs(&lines(attributes)).join("\n\n")
}

/// A command's help.
pub(crate) fn help(attributes: &[Attribute]) -> Help {
    let lines = lines(attributes);
    let is_heading = |line: &String| line.starts_with("# ");
    let body_end = lines.iter().position(is_heading).unwrap_or(lines.len());
    let (body, rest) = lines.split_at(body_end);
    let mut paragraphs = paragraphs(body).into_iter();
    let synopsis = paragraphs.next().unwrap_or_default();
    let description = paragraphs.collect::<Vec<_>>().join("\n\n");
    let is_examples = |line: &String| matches!(line.as_str(), "# Examples" | "# Example");
    let examples = match rest.iter().position(is_examples) {
        Some(at) => {
            let section: Vec<String> = rest.iter().skip(at + 1).take_while(|line| !is_heading(line)).cloned().collect();
            examples(&section)
        }
        None => Vec::new(),
    };
    Help { synopsis, description, examples }
}

fn examples(section: &[String]) -> Vec<(String, String)> {
    let mut examples: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut in_code = false;
    for line in section {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            if in_code {
                examples.push((Vec::new(), Vec::new()));
            }
        } else if let Some((code, remarks)) = examples.last_mut() {
            if in_code { code.push(line.clone()) } else { remarks.push(line.clone()) }
        }
    }
    examples.into_iter().map(|(code, remarks)| (code.join("\n"), paragraphs(&remarks).join("\n\n"))).collect()
}

/// Lines joined to paragraphs at empty lines; items of lists keep their lines.
fn paragraphs(lines: &[String]) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in lines {
        let line = line.trim();
        if line.is_empty() {
            open = false;
            continue;
        }
        match paragraphs.last_mut().filter(|_| open) {
            Some(paragraph) => {
                paragraph.push(if line.starts_with(['-', '*', '|']) { '\n' } else { ' ' });
                paragraph.push_str(line);
            }
            None => paragraphs.push(line.to_owned()),
        }
        open = true;
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_synopsis_description_and_examples() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// Greets
            /// somebody.
            ///
            /// Returns a line.
            ///
            /// Or two.
            ///
            /// # Examples
            /// ```powershell
            /// Get-Greeting -Name World
            /// ```
            /// One line.
            ///
            /// ```powershell
            /// Get-Greeting a
            /// Get-Greeting b
            /// ```
            struct GetGreeting;
        };
        let help = help(&item.attrs);
        assert_eq!(help.synopsis, "Greets somebody.");
        assert_eq!(help.description, "Returns a line.\n\nOr two.");
        let expected = [("Get-Greeting -Name World", "One line."), ("Get-Greeting a\nGet-Greeting b", "")];
        assert_eq!(help.examples, expected.map(|(code, remarks)| (code.to_owned(), remarks.to_owned())));
    }
}
