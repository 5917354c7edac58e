//! The report of a run: a page for people, and the same for programs. The newest ones stay, and travel with the next log collection.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use jiff::Zoned;
use serde::Serialize;

use crate::{Finding, Outcome, Verdict};

/// A run, as it is reported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Report {
    /// The computer that looked.
    pub computer: String,
    /// Who wanted it.
    pub account: String,
    /// The group.
    pub group: String,
    /// When it began.
    pub started: String,
    /// Seconds that it took.
    pub seconds: f64,
    /// The worst of all.
    pub status: Verdict,
    /// Its tests, in their order.
    pub tests: Vec<ReportedTest>,
}

/// A test, as it is reported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportedTest {
    name: String,
    description: String,
    status: Verdict,
    started: String,
    seconds: f64,
    findings: Vec<Finding>,
}

/// Where a report lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFiles {
    /// The page.
    pub html: PathBuf,
    /// The same for programs.
    pub json: PathBuf,
}

/// So many reports stay.
const KEPT: usize = 10;

const PREFIX: &str = "AzureStack_Validation_Summary_";

impl Report {
    /// What came of a run.
    pub fn new(
        computer: &str,
        account: &str,
        group: &str,
        started: &Zoned,
        took: Duration,
        outcomes: &[Outcome],
    ) -> Report {
        let tests = outcomes.iter().map(|outcome| ReportedTest {
            name: outcome.name.clone(),
            description: outcome.description.clone(),
            status: outcome.verdict,
            started: outcome.started.to_string(),
            seconds: outcome.duration.as_secs_f64(),
            findings: outcome.findings.clone(),
        });
        Report {
            computer: computer.to_owned(),
            account: account.to_owned(),
            group: group.to_owned(),
            started: started.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            seconds: took.as_secs_f64(),
            status: outcomes.iter().map(|outcome| outcome.verdict).max().unwrap_or(Verdict::Pass),
            tests: tests.collect(),
        }
    }

    /// Writes both files, and removes what is too old.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self, directory: &Path, started: &Zoned) -> io::Result<ReportFiles> {
        fs::create_dir_all(directory)?;
        let stem = format!("{PREFIX}{}", started.strftime("%Y%m%d%H%M%S%3f"));
        let files =
            ReportFiles { html: directory.join(format!("{stem}.HTML")), json: directory.join(format!("{stem}.json")) };
        fs::write(&files.json, serde_json::to_vec_pretty(self).map_err(io::Error::other)?)?;
        fs::write(&files.html, self.page())?;
        let pages = pages(directory)?;
        for old in pages.iter().rev().skip(KEPT) {
            fs::remove_file(old)?;
            match fs::remove_file(old.with_extension("json")) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(files)
    }

    fn page(&self) -> String {
        let mut page = String::from(HEAD);
        let _ = write!(
            page,
            "<h1>Validation summary of {}</h1>\n<p class=\"{}\">{}</p>\n<p>Group {}, started {} by {}, {:.1} s</p>\n\
             <table>\n<tr><th>Test</th><th>Status</th><th>What was found</th><th>Seconds</th></tr>\n",
            escaped(&self.computer),
            self.status,
            self.status,
            escaped(&self.group),
            escaped(&self.started),
            escaped(&self.account),
            self.seconds
        );
        for test in &self.tests {
            let _ = write!(
                page,
                "<tr><td>{}<br><small>{}</small></td><td class=\"{}\">{}</td><td>",
                escaped(&test.name),
                escaped(&test.description),
                test.status,
                test.status
            );
            for finding in &test.findings {
                let _ = write!(page, "<p class=\"{}\">{}</p>", finding.verdict, escaped(&finding.shown()));
                if !finding.detail.is_empty() {
                    let _ = write!(page, "<pre>{}</pre>", escaped(&finding.detail.join("\n")));
                }
            }
            let _ = writeln!(page, "</td><td>{:.1}</td></tr>", test.seconds);
        }
        page.push_str("</table>\n</body></html>\n");
        page
    }
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Validation summary</title>\n<style>\n\
    body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.4em;text-align:left;vertical-align:top}\n\
    p{margin:.2em 0}.PASS{color:#107c10}.WARN{color:#a66300}.FAIL{color:#c50f1f;font-weight:bold}pre{color:#444}\n</style></head><body>\n";

/// Text that stands in a page as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// The pages of a directory, oldest first.
fn pages(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(PREFIX) && path.extension().is_some_and(|extension| extension == "HTML") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// The newest report of a directory.
pub fn newest(directory: &Path) -> Option<ReportFiles> {
    let html = pages(directory).ok()?.pop()?;
    Some(ReportFiles { json: html.with_extension("json"), html })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn p_086_the_report_has_its_name_escapes_what_it_shows_and_the_newest_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let finding = Finding::fail("<script>alert(1)</script>").detail(vec!["a & b".into()]);
        let outcome = Outcome {
            name: "AzsInfraCapacity".into(),
            description: "Room".into(),
            verdict: Verdict::Fail,
            findings: vec![finding],
            started: Timestamp::now(),
            duration: Duration::from_millis(1500),
        };
        let mut last = None;
        for number in 0..12_i64 {
            let started = Timestamp::from_second(1_700_000_000 + number).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
            let report =
                Report::new("HOST", "CloudAdmin", "Default", &started, Duration::ZERO, std::slice::from_ref(&outcome));
            last = Some(report.write(place.path(), &started).unwrap());
        }
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2 * KEPT);
        let newest = newest(place.path()).unwrap();
        assert_eq!(Some(&newest), last.as_ref());
        assert!(
            newest.html.file_name().unwrap().to_str().unwrap().starts_with("AzureStack_Validation_Summary_20231114")
        );
        let page = fs::read_to_string(&newest.html).unwrap();
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>") && page.contains("a &amp; b"), "{page}");
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&newest.json).unwrap()).unwrap();
        assert_eq!(json["Status"], "FAIL");
        assert_eq!(json["Tests"][0]["Findings"][0]["verdict"], "FAIL");
    }
}
