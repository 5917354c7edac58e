//! `[journal]`: how much of the record there may be, and who else is told of its checkpoints.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use transcript::{Mark, Retention, Watermarks};

use super::value::{self, Whole};

/// `[journal]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct Journal {
    #[serde(deserialize_with = "mark")]
    pub warn_below: Mark,
    #[serde(deserialize_with = "mark")]
    pub refuse_below: Mark,
    pub session_megabytes: Whole<0, 1_000_000>,
    pub keep_days: Whole<0, 36_500>,
    pub keep_megabytes: Whole<0, 100_000_000>,
    #[serde(deserialize_with = "value::file")]
    pub syslog: Option<PathBuf>,
    pub syslog_seconds: Whole<0, 3_600>,
}

impl Default for Journal {
    fn default() -> Journal {
        Journal {
            warn_below: Mark::Bytes(1_000_000_000),
            refuse_below: Mark::Bytes(200_000_000),
            session_megabytes: Whole::new(4_000),
            keep_days: Whole::new(0),
            keep_megabytes: Whole::new(0),
            syslog: None,
            syslog_seconds: Whole::new(60),
        }
    }
}

impl Journal {
    /// How much room there should be.
    pub fn watermarks(&self) -> Watermarks {
        Watermarks { warn: self.warn_below, refuse: self.refuse_below }
    }

    /// Octets that one session's journal may have.
    pub fn session_limit(&self) -> Option<u64> {
        let megabytes = u64::from(self.session_megabytes.get());
        (megabytes > 0).then_some(megabytes * 1_000_000)
    }

    /// What stays that nobody hands over.
    pub fn retention(&self) -> Retention {
        let (days, megabytes) = (u64::from(self.keep_days.get()), u64::from(self.keep_megabytes.get()));
        Retention {
            time: (days > 0).then(|| Duration::from_hours(24 * days)),
            octets: (megabytes > 0).then_some(megabytes * 1_000_000),
        }
    }

    /// How often the system's log is told of checkpoints at most.
    pub fn syslog_every(&self) -> Duration {
        Duration::from_secs(self.syslog_seconds.get().into())
    }
}

fn mark<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mark, D::Error> {
    value::text(deserializer, "a size or a percentage in quotes, such as \"200MB\" or \"5%\"", parse_mark)
}

/// `200MB`, `1.5` is none; `5%`.
fn parse_mark(text: &str) -> Result<Mark, String> {
    let not =
        || format!("`{text}` is not a size or a percentage: write \"200MB\", \"1GB\", \"5%\", or \"0\" for no mark");
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| not())?;
    let bytes = |unit: u64| number.checked_mul(unit).map(Mark::Bytes).ok_or_else(not);
    match unit.trim() {
        "%" if number <= 100 => Ok(Mark::Percent(u8::try_from(number).unwrap_or(100))),
        "" | "B" => bytes(1),
        "kB" => bytes(1_000),
        "MB" => bytes(1_000_000),
        "GB" => bytes(1_000_000_000),
        "TB" => bytes(1_000_000_000_000),
        _ => Err(not()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_sizes_or_percentages() {
        assert_eq!(parse_mark("200MB"), Ok(Mark::Bytes(200_000_000)));
        assert_eq!((parse_mark("2 GB"), parse_mark("0")), (Ok(Mark::Bytes(2_000_000_000)), Ok(Mark::Bytes(0))));
        assert_eq!(parse_mark("5%"), Ok(Mark::Percent(5)));
        for wrong in ["", "MB", "101%", "-1", "1.5GB", "5 apples", "99999999999999999999", "99999999999TB"] {
            assert!(parse_mark(wrong).is_err(), "{wrong}");
        }
    }
}
