//! Times as the database keeps them: milliseconds since 1970, UTC.

use std::time::{Duration, SystemTime};

pub(crate) fn to_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A time before 1970 was never written; it reads as 1970.
pub(crate) fn from_millis(millis: i64) -> SystemTime {
    let since = Duration::from_millis(millis.try_into().unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_to_the_millisecond() {
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
        assert_eq!(from_millis(to_millis(time)), SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
        assert_eq!(from_millis(-5), SystemTime::UNIX_EPOCH);
    }
}
