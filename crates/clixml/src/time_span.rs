use std::fmt;

use crate::date_time::write_fraction;
use crate::scan::Scan;

/// `System.TimeSpan`: a duration in ticks of 100 ns. ISO 8601 on the wire (`PT1.5S`), `[-][d.]hh:mm:ss[.fffffff]` as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeSpan {
    /// Ticks of 100 ns.
    pub ticks: i64,
}

impl TimeSpan {
    /// Ticks in a second.
    pub const TICKS_PER_SECOND: i64 = 10_000_000;
    /// Ticks in a day.
    pub const TICKS_PER_DAY: i64 = 86_400 * TimeSpan::TICKS_PER_SECOND;

    /// From ticks of 100 ns.
    pub const fn from_ticks(ticks: i64) -> TimeSpan {
        TimeSpan { ticks }
    }

    /// Reads the form of a `TS` (XML Schema's `duration`; as in .NET a year has 365 days and a month 30).
    pub fn parse_iso(text: &str) -> Option<TimeSpan> {
        let mut scan = Scan::new(text);
        let negative = scan.literal(b'-').is_some();
        scan.literal(b'P')?;
        let mut ticks = 0_i128;
        let mut parts = 0;
        let mut units: &[(u8, i64)] = &[(b'Y', 365 * 86_400), (b'M', 30 * 86_400), (b'D', 86_400)];
        let mut in_time = false;
        while scan.end().is_none() {
            if !in_time && scan.literal(b'T').is_some() {
                in_time = true;
                units = &[(b'H', 3600), (b'M', 60), (b'S', 1)];
                // something must follow
                scan.peek()?;
                continue;
            }
            let whole = i128::from(scan.number()?);
            let fraction = match scan.literal(b'.') {
                Some(()) => Some(scan.fraction()?),
                None => None,
            };
            let unit = scan.peek()?;
            scan.skip();
            let at = units.iter().position(|(letter, _)| *letter == unit)?;
            if fraction.is_some() && unit != b'S' {
                return None;
            }
            let (_, seconds) = units.get(at)?;
            ticks += whole * i128::from(*seconds) * i128::from(TimeSpan::TICKS_PER_SECOND);
            ticks += i128::from(fraction.unwrap_or(0));
            // each unit once and in order
            units = units.get(at + 1..)?;
            parts += 1;
        }
        let ticks = if negative { -ticks } else { ticks };
        i64::try_from(ticks).ok().filter(|_| parts > 0).map(TimeSpan::from_ticks)
    }

    /// Writes the form of a `TS`: `P1DT2H3M4.005S`.
    pub fn write_iso(self, out: &mut impl fmt::Write) -> fmt::Result {
        if self.ticks == 0 {
            return out.write_str("PT0S");
        }
        let parts = Parts::of(self);
        out.write_str(if parts.negative { "-P" } else { "P" })?;
        if parts.days > 0 {
            write!(out, "{}D", parts.days)?;
        }
        if parts.hours == 0 && parts.minutes == 0 && parts.seconds == 0 && parts.fraction == 0 {
            return Ok(());
        }
        out.write_char('T')?;
        if parts.hours > 0 {
            write!(out, "{}H", parts.hours)?;
        }
        if parts.minutes > 0 {
            write!(out, "{}M", parts.minutes)?;
        }
        if parts.seconds > 0 || parts.fraction > 0 {
            write!(out, "{}", parts.seconds)?;
            write_fraction(parts.fraction, out)?;
            out.write_char('S')?;
        }
        Ok(())
    }
}

struct Parts {
    negative: bool,
    days: u64,
    hours: u64,
    minutes: u64,
    seconds: u64,
    fraction: u32,
}

impl Parts {
    fn of(span: TimeSpan) -> Parts {
        let ticks = span.ticks.unsigned_abs();
        let per_second = TimeSpan::TICKS_PER_SECOND.unsigned_abs();
        let seconds = ticks / per_second;
        Parts {
            negative: span.ticks < 0,
            days: seconds / 86_400,
            hours: seconds / 3600 % 24,
            minutes: seconds / 60 % 60,
            seconds: seconds % 60,
            fraction: u32::try_from(ticks % per_second).unwrap_or(0),
        }
    }
}

impl fmt::Display for TimeSpan {
    /// .NET's constant form (`c`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { negative, days, hours, minutes, seconds, fraction } = Parts::of(*self);
        if negative {
            f.write_str("-")?;
        }
        if days > 0 {
            write!(f, "{days}.")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}")?;
        if fraction > 0 {
            write!(f, ".{fraction:07}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_are_those_of_net() {
        for (ticks, wire, text) in [
            (0, "PT0S", "00:00:00"),
            (937_840_050_000, "P1DT2H3M4.005S", "1.02:03:04.0050000"),
            (-10_000_000, "-PT1S", "-00:00:01"),
            (i64::MAX, "P10675199DT2H48M5.4775807S", "10675199.02:48:05.4775807"),
            (i64::MIN, "-P10675199DT2H48M5.4775808S", "-10675199.02:48:05.4775808"),
            (2 * TimeSpan::TICKS_PER_DAY, "P2D", "2.00:00:00"),
            (3_000_000_000, "PT5M", "00:05:00"),
            (1, "PT0.0000001S", "00:00:00.0000001"),
        ] {
            let span = TimeSpan::from_ticks(ticks);
            let mut out = String::new();
            span.write_iso(&mut out).unwrap();
            assert_eq!(out, wire);
            assert_eq!(span.to_string(), text);
            assert_eq!(TimeSpan::parse_iso(wire), Some(span));
        }
    }

    #[test]
    fn years_and_months_count_as_net_counts_them() {
        let days = |text| TimeSpan::parse_iso(text).map(|span| span.ticks / TimeSpan::TICKS_PER_DAY);
        assert_eq!(days("P1Y2M3D"), Some(365 + 60 + 3));
        assert_eq!(days("PT48H"), Some(2));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "1D",
            "P1",
            "P1S",
            "PT1D",
            "P1DT",
            "PT1M1H",
            "PT1S1S",
            "PT1.5M",
            "PT1.S",
            "P-1D",
            "P99999999D",
        ] {
            assert_eq!(TimeSpan::parse_iso(text), None, "{text}");
        }
    }
}
