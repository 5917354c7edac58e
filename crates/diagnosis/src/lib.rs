//! A mistake in a file that somebody wrote: where it stands, and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// One mistake, with the line it stands in.
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

impl Diagnosis {
    /// A mistake at these bytes of the file's text.
    pub fn new(file: &Path, text: &str, span: &Range<usize>, message: String, suggestion: String) -> Diagnosis {
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

/// Words in a row, each in its quotes.
pub fn list(words: &[&str], quote: &str) -> String {
    words.iter().map(|word| format!("{quote}{word}{quote}")).collect::<Vec<_>>().join(", ")
}

/// The word that is meant, if one is near: as many letters wrong as every third, at most.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let wrong = plain(wrong);
    known
        .map(|word| (strsim::damerau_levenshtein(&wrong, &plain(word)), word))
        .filter(|(distance, word)| *distance <= word.len().max(3) / 3)
        .min()
        .map(|(_, word)| word)
}
