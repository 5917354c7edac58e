//! Windows FILETIME type for SMB2.
//!
//! A FILETIME is a 64-bit value representing 100-nanosecond intervals
//! since 1601-01-01 00:00:00 UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::error::Result;

/// Difference between the Windows epoch (1601-01-01) and Unix epoch (1970-01-01)
/// in 100-nanosecond intervals.
const EPOCH_DIFF_100NS: u64 = 116_444_736_000_000_000;

/// Windows FILETIME: 100-nanosecond intervals since 1601-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileTime(
    /// The raw 100-nanosecond tick count.
    pub u64,
);

impl FileTime {
    /// A zero filetime, meaning "not set" or "unknown".
    pub const ZERO: Self = Self(0);

    /// Convert a [`SystemTime`] to a `FileTime`.
    ///
    /// Uses the Unix epoch offset (116,444,736,000,000,000 intervals of
    /// 100 ns) to translate between the two epoch origins.
    pub fn from_system_time(t: SystemTime) -> Self {
        match t.duration_since(UNIX_EPOCH) {
            Ok(dur) => {
                let intervals = dur.as_nanos() / 100;
                Self(intervals as u64 + EPOCH_DIFF_100NS)
            }
            Err(e) => {
                // Time is before Unix epoch. The duration tells us how far before.
                let before = e.duration();
                let intervals = before.as_nanos() / 100;
                // If the pre-Unix time is still after the Windows epoch, compute it.
                Self(EPOCH_DIFF_100NS.saturating_sub(intervals as u64))
            }
        }
    }

    /// Convert this `FileTime` to a [`SystemTime`].
    ///
    /// Returns `None` if the filetime represents a date before the Unix epoch,
    /// since [`SystemTime`] cannot represent dates before that.
    pub fn to_system_time(self) -> Option<SystemTime> {
        if self.0 < EPOCH_DIFF_100NS {
            return None;
        }
        let intervals_since_unix = self.0 - EPOCH_DIFF_100NS;
        let nanos = (intervals_since_unix as u128) * 100;
        let dur = Duration::new(
            (nanos / 1_000_000_000) as u64,
            (nanos % 1_000_000_000) as u32,
        );
        Some(UNIX_EPOCH + dur)
    }
}

impl From<SystemTime> for FileTime {
    /// [`FileTime::from_system_time`].
    fn from(t: SystemTime) -> Self {
        Self::from_system_time(t)
    }
}

impl Pack for FileTime {
    fn pack(&self, cursor: &mut WriteCursor) {
        cursor.write_u64_le(self.0);
    }
}

impl Unpack for FileTime {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let val = cursor.read_u64_le()?;
        Ok(Self(val))
    }
}
