//! What is wrong with a configuration, where, and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::keys::KEYS;

/// A configuration that is not taken. Its author is to blame.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no such file, or it cannot be read.
    #[error("Cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is not understood.
    #[error(transparent)]
    Wrong(Diagnosis),
}

/// One mistake in a configuration, with the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Diagnosis {
    /// The file.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What may have been meant, or nothing.
    pub suggestion: String,
    /// The line itself.
    text: String,
    /// Characters to underline.
    width: usize,
}

impl ConfigError {
    pub(super) fn diagnose(error: &toml::de::Error, text: &str, file: &Path) -> ConfigError {
        let span = error.span().unwrap_or(0..0);
        let (message, suggestion) = explain(error.message(), text, &span);
        ConfigError::Wrong(Diagnosis::new(file, text, &span, message, suggestion))
    }
}

impl Diagnosis {
    fn new(file: &Path, text: &str, span: &Range<usize>, message: String, suggestion: String) -> Diagnosis {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        let marked = text.get(span.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        Diagnosis {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            message,
            suggestion,
            text: line.replace('\t', " "), // one cell, so that the caret stands right
            width: marked.chars().count().max(1),
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnosis { line, column, .. } = self;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}:{line}:{column}: {}", self.file.display(), self.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        let mark = format!("{}{} {}", " ".repeat(column - 1), "^".repeat(self.width), self.suggestion);
        write!(f, "{margin} | {}", mark.trim_end())
    }
}

/// The parser's message in this file's words, and a suggestion.
fn explain(message: &str, text: &str, span: &Range<usize>) -> (String, String) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default().to_owned();
    let known: Vec<&str> = quoted.collect();
    if message.starts_with("unknown field") {
        return (format!("unknown key `{wrong}`"), suggest_key(&wrong, &known));
    }
    if message.starts_with("unknown variant") {
        let list = list(&known, "\"");
        let suggestion = nearest(&wrong, known.iter().copied()).map(|near| format!("did you mean \"{near}\"?"));
        return (format!("\"{wrong}\" is none of {list}"), suggestion.unwrap_or_default());
    }
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        return (format!("`{key}` is set a second time"), String::new());
    }
    if message.starts_with("string values must be quoted") {
        let value = text.get(span.start..).unwrap_or_default().lines().next().unwrap_or_default().trim_end();
        return (message.to_owned(), format!("did you mean \"{value}\"?"));
    }
    (message.to_owned(), String::new())
}

fn suggest_key(wrong: &str, known: &[&str]) -> String {
    if let Some(near) = nearest(wrong, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let mut elsewhere = KEYS.iter().filter(|key| key.name.eq_ignore_ascii_case(wrong)).map(|key| match key.section {
        "" => format!("`{}` stands above the first section", key.name),
        section => format!("`{}` stands under [{section}]", key.name),
    });
    elsewhere.next().unwrap_or_else(|| format!("keys here: {}", list(known, "`")))
}

fn list(words: &[&str], quote: &str) -> String {
    words.iter().map(|word| format!("{quote}{word}{quote}")).collect::<Vec<_>>().join(", ")
}

/// The word that is meant, if one is near: as many letters wrong as every third, at most.
fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace('-', "_");
    known
        .map(|word| (strsim::damerau_levenshtein(&wrong, word), word))
        .filter(|(distance, word)| *distance <= word.len().max(3) / 3)
        .min()
        .map(|(_, word)| word)
}
