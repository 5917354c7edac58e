//! The vendor's `AzureStackStampDeploymentInfo`: JSON, nested, with members that we do not know. They are kept.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnosis::Diagnosis;

use crate::{InventoryError, Json};

/// What the vendor's file says.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentInfo {
    file: PathBuf,
    text: String,
    root: Json,
}

impl DeploymentInfo {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, or is no JSON object.
    pub fn read(file: &Path) -> Result<DeploymentInfo, InventoryError> {
        let text =
            fs::read_to_string(file).map_err(|source| InventoryError::Unreadable { file: file.to_owned(), source })?;
        DeploymentInfo::parse(text, file)
    }

    /// Understands the text of the file.
    ///
    /// # Errors
    /// If it is no JSON object.
    pub fn parse(text: String, file: &Path) -> Result<DeploymentInfo, InventoryError> {
        // Windows writes it with a byte order mark
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let wrong = |span: Range<usize>, message: String| {
            InventoryError::Wrong(vec![Diagnosis::new(file, &text, &span, message, String::new())])
        };
        let root: Json = serde_json::from_str(&text).map_err(|error| {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            wrong(place(&text, error.line(), error.column()), said)
        })?;
        match root {
            Json::Object(_) => Ok(DeploymentInfo { file: file.to_owned(), root, text }),
            other => Err(wrong(
                0..1,
                format!("the file holds {}, and not an object with the facts of a stamp", other.kind()),
            )),
        }
    }

    /// Everything in it.
    pub fn members(&self) -> &[(String, Json)] {
        match &self.root {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// A member, letter case aside.
    pub fn member(&self, name: &str) -> Option<&Json> {
        self.root.member(name)
    }

    /// A mistake at a member.
    pub(crate) fn mistake(&self, name: &str, message: String) -> Diagnosis {
        let quoted = format!("\"{}\"", name.to_lowercase());
        let start = self.text.to_ascii_lowercase().find(&quoted).unwrap_or(0);
        Diagnosis::new(&self.file, &self.text, &(start..start + quoted.len()), message, String::new())
    }
}

/// The byte that a line and a column, both from 1, mean.
fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at..at
}
