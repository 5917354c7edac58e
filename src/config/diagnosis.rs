//! What is wrong with a configuration, where, and what was probably meant.

use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnosis::{Diagnosis, list, nearest};
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

impl ConfigError {
    pub(super) fn diagnose(error: &toml::de::Error, text: &str, file: &Path) -> ConfigError {
        let span = error.span().unwrap_or(0..0);
        let (message, suggestion) = explain(error.message(), text, &span);
        ConfigError::Wrong(Diagnosis::new(file, text, &span, message, suggestion))
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
