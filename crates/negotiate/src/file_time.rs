use std::time::{Duration, SystemTime};

/// From 1601-01-01 to 1970-01-01, in ticks of 100 ns.
const UNIX_EPOCH_TICKS: u64 = 116_444_736_000_000_000;

/// A moment as ticks of 100 ns since 1601-01-01 UTC (FILETIME, MS-DTYP 2.3.3). This crate reads no clock: the caller
/// says what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(u64);

impl FileTime {
    /// A moment from its ticks.
    pub const fn from_ticks(ticks: u64) -> FileTime {
        FileTime(ticks)
    }

    /// Ticks of 100 ns since 1601.
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: FileTime) -> Duration {
        let ticks = self.0.saturating_sub(earlier.0);
        Duration::from_micros(ticks / 10)
    }
}

impl From<SystemTime> for FileTime {
    /// Moments before 1970 become 1970: no clock of today shows them.
    fn from(time: SystemTime) -> FileTime {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ticks = u64::try_from(since.as_nanos() / 100).unwrap_or(u64::MAX);
        FileTime(UNIX_EPOCH_TICKS.saturating_add(ticks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_january_2000_is_the_documented_number() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 10_957);
        assert_eq!(FileTime::from(time).ticks(), 125_911_584_000_000_000);
    }

    #[test]
    fn an_earlier_moment_is_no_time_after_a_later_one() {
        assert_eq!(FileTime::from_ticks(5).since(FileTime::from_ticks(9)), Duration::ZERO);
        assert_eq!(FileTime::from_ticks(10_000_000).since(FileTime::from_ticks(0)), Duration::from_secs(1));
    }
}
