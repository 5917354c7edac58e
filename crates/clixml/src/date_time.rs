use std::fmt;

use crate::TimeSpan;
use crate::scan::Scan;

/// `System.DateTime`: ticks of 100 ns since the start of year 1 on the clock that [`DateTimeKind`] names.
///
/// `Display` is .NET's round-trip form (`o`): `2024-01-31T13:45:59.1234567Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// Ticks of 100 ns since 0001-01-01T00:00:00, read off that clock.
    pub ticks: i64,
    /// Which clock.
    pub kind: DateTimeKind,
}

/// Which clock a [`DateTime`] was read off: on the wire no suffix, `Z`, or `+hh:mm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateTimeKind {
    /// Nobody said.
    Unspecified,
    /// Universal time.
    Utc,
    /// A local clock this many minutes ahead of universal time.
    Local(i16),
}

/// A point in time as a calendar and a clock show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Civil {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Ticks of 100 ns within the second.
    pub fraction: u32,
}

/// Days from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH_DAYS: i64 = 719_162;

impl DateTime {
    /// 9999-12-31T23:59:59.9999999.
    pub const MAX_TICKS: i64 = 3_155_378_975_999_999_999;

    /// From a calendar and a clock. `None` if there is no such day or time.
    pub fn from_civil(civil: Civil, kind: DateTimeKind) -> Option<DateTime> {
        let Civil { year, month, day, hour, minute, second, fraction } = civil;
        let days_of_month = days_in_month(year, month)?;
        let date = (1..=9999).contains(&year) && (1..=days_of_month).contains(&day);
        let time = hour < 24 && minute < 60 && second < 60 && i64::from(fraction) < TimeSpan::TICKS_PER_SECOND;
        if !date || !time {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let ticks = days_before(year, month, day) * TimeSpan::TICKS_PER_DAY
            + seconds * TimeSpan::TICKS_PER_SECOND
            + i64::from(fraction);
        Some(DateTime { ticks, kind })
    }

    /// What calendar and clock show.
    pub fn to_civil(self) -> Civil {
        let ticks = self.ticks.clamp(0, DateTime::MAX_TICKS);
        let (year, month, day) = date_of(ticks / TimeSpan::TICKS_PER_DAY);
        let in_day = ticks % TimeSpan::TICKS_PER_DAY;
        let seconds = in_day / TimeSpan::TICKS_PER_SECOND;
        Civil {
            year,
            month,
            day,
            hour: small(seconds / 3600),
            minute: small(seconds / 60 % 60),
            second: small(seconds % 60),
            fraction: u32::try_from(in_day % TimeSpan::TICKS_PER_SECOND).unwrap_or(0),
        }
    }

    /// Universal time from seconds and nanoseconds since 1970. Years outside 1 to 9999 end at their nearest.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> DateTime {
        let ticks = i128::from(UNIX_EPOCH_DAYS * TimeSpan::TICKS_PER_DAY)
            + i128::from(seconds) * i128::from(TimeSpan::TICKS_PER_SECOND)
            + i128::from(nanoseconds / 100);
        let ticks = i64::try_from(ticks.clamp(0, i128::from(DateTime::MAX_TICKS))).unwrap_or(0);
        DateTime { ticks, kind: DateTimeKind::Utc }
    }

    /// The same moment on a local clock that is this many minutes ahead of universal time. Without a kind: taken as universal.
    #[must_use]
    pub fn to_local(self, minutes_ahead: i16) -> DateTime {
        let shift = match self.kind {
            DateTimeKind::Local(now) => i64::from(minutes_ahead) - i64::from(now),
            DateTimeKind::Utc | DateTimeKind::Unspecified => i64::from(minutes_ahead),
        };
        let ticks = self.ticks.saturating_add(shift * 60 * TimeSpan::TICKS_PER_SECOND).clamp(0, DateTime::MAX_TICKS);
        DateTime { ticks, kind: DateTimeKind::Local(minutes_ahead) }
    }

    /// Reads the form of a `DT` (XML Schema's `dateTime`, or a `date` alone).
    pub fn parse_iso(text: &str) -> Option<DateTime> {
        let mut scan = Scan::new(text);
        let year = u16::try_from(scan.digits(4)?).ok()?;
        scan.literal(b'-')?;
        let month = small(scan.digits(2)?);
        scan.literal(b'-')?;
        let day = small(scan.digits(2)?);
        let (mut hour, mut minute, mut second, mut fraction) = (0, 0, 0, 0);
        if scan.literal(b'T').is_some() {
            hour = small(scan.digits(2)?);
            scan.literal(b':')?;
            minute = small(scan.digits(2)?);
            scan.literal(b':')?;
            second = small(scan.digits(2)?);
            fraction = if scan.literal(b'.').is_some() { scan.fraction()? } else { 0 };
        }
        let kind = zone(&mut scan)?;
        scan.end()?;
        // XML Schema knows 24:00:00, and a fraction may round up to a whole second
        let midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
        let hour = if midnight { 0 } else { hour };
        let start = DateTime::from_civil(Civil { year, month, day, hour, minute, second, fraction: 0 }, kind)?;
        let later = if midnight { TimeSpan::TICKS_PER_DAY } else { fraction };
        let ticks = start.ticks.checked_add(later).filter(|ticks| *ticks <= DateTime::MAX_TICKS)?;
        Some(DateTime { ticks, kind })
    }

    /// Writes the form of a `DT`: `2024-01-31T13:45:59.5Z`, the fraction as short as it can be.
    pub fn write_iso(self, out: &mut impl fmt::Write) -> fmt::Result {
        let civil = self.to_civil();
        write_seconds(civil, out)?;
        write_fraction(civil.fraction, out)?;
        write_zone(self.kind, out)
    }
}

/// Two digits, or a number that no check lets pass.
fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn zone(scan: &mut Scan<'_>) -> Option<DateTimeKind> {
    let sign = match scan.peek() {
        None => return Some(DateTimeKind::Unspecified),
        Some(b'Z') => {
            scan.literal(b'Z')?;
            return Some(DateTimeKind::Utc);
        }
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    scan.skip();
    let hours = scan.digits(2)?;
    scan.literal(b':')?;
    let minutes = scan.digits(2)?;
    let ahead = i16::try_from(hours * 60 + minutes).ok().filter(|ahead| *ahead <= 14 * 60 && minutes < 60)?;
    Some(DateTimeKind::Local(sign * ahead))
}

fn write_seconds(civil: Civil, out: &mut impl fmt::Write) -> fmt::Result {
    let Civil { year, month, day, hour, minute, second, .. } = civil;
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// A fraction of a second without zeros at its end, its point before it; nothing if it is zero.
pub(crate) fn write_fraction(ticks: u32, out: &mut impl fmt::Write) -> fmt::Result {
    if ticks == 0 {
        return Ok(());
    }
    let (mut digits, mut width) = (ticks, 7);
    while digits % 10 == 0 {
        digits /= 10;
        width -= 1;
    }
    write!(out, ".{digits:0width$}")
}

fn write_zone(kind: DateTimeKind, out: &mut impl fmt::Write) -> fmt::Result {
    match kind {
        DateTimeKind::Unspecified => Ok(()),
        DateTimeKind::Utc => out.write_char('Z'),
        DateTimeKind::Local(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.to_civil();
        write_seconds(civil, f)?;
        write!(f, ".{:07}", civil.fraction)?;
        write_zone(self.kind, f)
    }
}

fn days_in_month(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 0001-01-01 to this one. The year is taken to begin in March: a leap day is then its last.
fn days_before(year: u16, month: u8, day: u8) -> i64 {
    let (year, month) = (i64::from(year), i64::from(month));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + i64::from(day) - 1 - 306
}

/// The inverse of [`days_before`], by cycles of 400 years.
fn date_of(days: i64) -> (u16, u8, u8) {
    const CYCLE: i64 = 146_097;
    let days = days + 306;
    let (cycle, day_of_cycle) = (days / CYCLE, days % CYCLE);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year_of_cycle;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (u16::try_from(year).unwrap_or(1), small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        let mut out = String::new();
        DateTime::parse_iso(text).unwrap().write_iso(&mut out).unwrap();
        out
    }

    #[test]
    fn every_day_has_a_number_and_back() {
        for days in 0..3_652_059 {
            let (year, month, day) = date_of(days);
            assert_eq!(days_before(year, month, day), days);
        }
        assert_eq!(date_of(3_652_058), (9999, 12, 31));
        assert_eq!(days_before(1970, 1, 1), UNIX_EPOCH_DAYS);
    }

    #[test]
    fn the_wire_form_round_trips() {
        for text in [
            "2024-01-31T13:45:59",
            "2024-01-31T13:45:59.5Z",
            "2024-02-29T13:45:59.1234567+00:00",
            "9999-12-31T23:59:59.9999999",
            "0001-01-01T00:00:00",
            "2026-11-25T02:52:42.05-08:30",
        ] {
            assert_eq!(round(text), text);
        }
    }

    #[test]
    fn the_wire_form_may_be_longer_or_shorter() {
        assert_eq!(round("2024-01-31"), "2024-01-31T00:00:00");
        assert_eq!(round("2024-01-31Z"), "2024-01-31T00:00:00Z");
        assert_eq!(round("2024-01-31T24:00:00"), "2024-02-01T00:00:00");
        assert_eq!(round("2024-01-31T13:45:59.123456789"), "2024-01-31T13:45:59.1234568");
        assert_eq!(round("2024-12-31T23:59:59.99999999"), "2025-01-01T00:00:00");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2024-02-30",
            "2023-02-29",
            "0000-01-01",
            "2024-01-31T25:00:00",
            "2024-01-31T24:00:01",
            "2024-01-31T13:60:00",
            "2024-01-31T13:45",
            "2024-01-31T13:45:59+15:00",
            "2024-01-31T13:45:59x",
            "2024-01-31T13:45:59.",
            "9999-12-31T23:59:59.99999999",
            "+024-01-31",
        ] {
            assert_eq!(DateTime::parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn unix_time_and_local_clocks() {
        let start = DateTime::from_unix(1_706_708_759, 123_456_789);
        assert_eq!(start.to_string(), "2024-01-31T13:45:59.1234567Z");
        assert_eq!(start.to_local(-90).to_string(), "2024-01-31T12:15:59.1234567-01:30");
        assert_eq!(start.to_local(-90).to_local(60).to_string(), "2024-01-31T14:45:59.1234567+01:00");
        assert_eq!(DateTime::from_unix(i64::MAX, 0).to_civil().year, 9999);
        assert_eq!(DateTime::from_unix(i64::MIN, 0).ticks, 0);
    }
}
