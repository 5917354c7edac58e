//! Numbers, dates and durations as .NET writes them in the invariant culture.

use clixml::{DateTime, Decimal, TimeSpan};

/// `Double.ToString("G15")`, which is what PowerShell shows; `digits` is 7 for a `Single`.
pub(crate) fn general(number: f64, digits: usize) -> String {
    if let Some(text) = not_finite(number) {
        return text.to_owned();
    }
    let scientific = format!("{:.*e}", digits.saturating_sub(1), number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = significant.trim_end_matches('0');
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if significant.is_empty() {
        return format!("{sign}0");
    }
    let limit = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent >= limit || exponent < -4 {
        let (head, tail) = significant.split_at_checked(1).unwrap_or((significant, ""));
        let point = if tail.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{head}{point}{tail}E{mark}{:02}", exponent.unsigned_abs());
    }
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent < 0 {
        return format!("{sign}0.{}{significant}", "0".repeat(places - 1));
    }
    match significant.split_at_checked(places + 1) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{significant}{}", "0".repeat(places + 1 - significant.len())),
    }
}

/// `ToString("F")`: two digits behind the point. Table cells of property bags are written so.
pub(crate) fn fixed(number: f64) -> String {
    not_finite(number).map_or_else(|| format!("{number:.2}"), str::to_owned)
}

fn not_finite(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("NaN")
    } else if number.is_infinite() {
        Some(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        None
    }
}

/// `Decimal.ToString()`: all digits, those behind the point too.
pub(crate) fn decimal(number: Decimal) -> String {
    with_point(number.mantissa, usize::from(number.scale))
}

/// `Decimal.ToString("F")`: two digits behind the point, rounded away from zero.
pub(crate) fn decimal_fixed(number: Decimal) -> String {
    let scale = u32::from(number.scale);
    if scale <= 2 {
        let factor = 10_i128.pow(2 - scale);
        return with_point(number.mantissa.saturating_mul(factor), 2);
    }
    let divisor = 10_i128.checked_pow(scale - 2).unwrap_or(i128::MAX);
    let half = if number.mantissa < 0 { -(divisor / 2) } else { divisor / 2 };
    with_point((number.mantissa.saturating_add(half)) / divisor, 2)
}

fn with_point(mantissa: i128, scale: usize) -> String {
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", mantissa.unsigned_abs(), scale + 1);
    match digits.split_at_checked(digits.len() - scale) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{digits}"),
    }
}

const TICKS_PER_DAY: i64 = 24 * 60 * 60 * TimeSpan::TICKS_PER_SECOND;

/// The parts of a date.
struct Calendar {
    year: i64,
    month: i64,
    day: i64,
    /// Sunday is 0.
    week_day: usize,
    seconds: i64,
}

impl Calendar {
    fn of(date: DateTime) -> Calendar {
        let days = date.ticks.div_euclid(TICKS_PER_DAY);
        // days since 0000-03-01, the start of a 400-year cycle whose leap day is its last
        let shifted = days + 306;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Calendar {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            week_day: usize::try_from((days + 1).rem_euclid(7)).unwrap_or(0), // 0001-01-01 was a Monday
            seconds: date.ticks.rem_euclid(TICKS_PER_DAY) / TimeSpan::TICKS_PER_SECOND,
        }
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)
    }
}

/// `MM/dd/yyyy HH:mm:ss`, a date inside an object.
pub(crate) fn date(date: DateTime) -> String {
    let calendar = Calendar::of(date);
    format!("{:02}/{:02}/{:04} {}", calendar.month, calendar.day, calendar.year, calendar.clock())
}

/// `dddd, dd MMMM yyyy HH:mm:ss`, a date by itself.
pub(crate) fn long_date(date: DateTime) -> String {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let calendar = Calendar::of(date);
    let day = DAYS.get(calendar.week_day).copied().unwrap_or_default();
    let month =
        usize::try_from(calendar.month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{day}, {:02} {month} {:04} {}", calendar.day, calendar.year, calendar.clock())
}

/// `[-][d.]hh:mm:ss[.fffffff]`.
pub(crate) fn time_span(span: TimeSpan) -> String {
    let ticks = span.ticks.unsigned_abs();
    let per_second = TimeSpan::TICKS_PER_SECOND.unsigned_abs();
    let seconds = ticks / per_second;
    let sign = if span.ticks < 0 { "-" } else { "" };
    let days = match seconds / 86400 {
        0 => String::new(),
        days => format!("{days}."),
    };
    let fraction = match ticks % per_second {
        0 => String::new(),
        fraction => format!(".{fraction:07}"),
    };
    format!("{sign}{days}{:02}:{:02}:{:02}{fraction}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clixml::DateTimeKind;

    #[test]
    fn doubles_read_as_powershell_shows_them() {
        let shown = [
            (1e14, "100000000000000"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1.23456789012346E+15"),
            (1e15, "1E+15"),
            (1e-4, "0.0001"),
            (1e-5, "1E-05"),
            (0.000_123_45, "0.00012345"),
            (0.1, "0.1"),
            (100.5, "100.5"),
            (-0.0, "-0"),
            (1e100, "1E+100"),
            (f64::MAX, "1.79769313486232E+308"),
            (5e-324, "4.94065645841247E-324"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (3.0, "3"),
            (2.5e-10, "2.5E-10"),
            (-1.5, "-1.5"),
        ];
        for (number, text) in shown {
            assert_eq!(general(number, 15), text);
        }
        for (number, text) in
            [(1e7_f32, "1E+07"), (1e6, "1000000"), (16_777_216.0, "1.677722E+07"), (0.1, "0.1"), (2.5, "2.5")]
        {
            assert_eq!(general(f64::from(number), 7), text);
        }
    }

    #[test]
    fn fixed_numbers_have_two_places() {
        for (number, text) in [(1.5, "1.50"), (2.675, "2.67"), (0.005, "0.01"), (-0.001, "-0.00"), (1.005, "1.00")] {
            assert_eq!(fixed(number), text);
        }
        assert_eq!(decimal(Decimal { mantissa: -110, scale: 2 }), "-1.10");
        assert_eq!(decimal(Decimal { mantissa: 5, scale: 3 }), "0.005");
        assert_eq!(decimal_fixed(Decimal { mantissa: 2345, scale: 3 }), "2.35");
        assert_eq!(decimal_fixed(Decimal { mantissa: -2345, scale: 3 }), "-2.35");
        assert_eq!(decimal_fixed(Decimal { mantissa: 7, scale: 0 }), "7.00");
    }

    #[test]
    fn dates_are_invariant() {
        let at = DateTime { ticks: 638_423_055_590_000_000, kind: DateTimeKind::Utc };
        assert_eq!(date(at), "01/31/2024 13:45:59");
        assert_eq!(long_date(at), "Wednesday, 31 January 2024 13:45:59");
        let leap = DateTime { ticks: 638_447_616_000_000_000, kind: DateTimeKind::Unspecified };
        assert_eq!(date(leap), "02/29/2024 00:00:00");
        assert_eq!(date(DateTime { ticks: 0, kind: DateTimeKind::Unspecified }), "01/01/0001 00:00:00");
        assert_eq!(
            long_date(DateTime { ticks: 0, kind: DateTimeKind::Unspecified }),
            "Monday, 01 January 0001 00:00:00"
        );
    }

    #[test]
    fn durations_show_days_and_fractions_only_if_they_have_them() {
        assert_eq!(time_span(TimeSpan::from_ticks(937_840_050_000)), "1.02:03:04.0050000");
        assert_eq!(time_span(TimeSpan::from_ticks(-73_840_000_000)), "-02:03:04");
        assert_eq!(time_span(TimeSpan::from_ticks(5)), "00:00:00.0000005");
        assert_eq!(time_span(TimeSpan::default()), "00:00:00");
    }
}
