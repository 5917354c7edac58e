//! Numbers and dates in the forms that only the screen uses; the others are [`clixml::Value::to_invariant_string`]'s.

use clixml::{Civil, DateTime, Decimal, TimeSpan};

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

/// `Decimal.ToString("F")`: two digits behind the point, rounded away from zero.
pub(crate) fn decimal_fixed(number: Decimal) -> String {
    let scale = u32::from(number.scale);
    let mantissa = if scale <= 2 {
        number.mantissa.saturating_mul(10_i128.pow(2 - scale))
    } else {
        let divisor = 10_i128.checked_pow(scale - 2).unwrap_or(i128::MAX);
        let half = if number.mantissa < 0 { -(divisor / 2) } else { divisor / 2 };
        number.mantissa.saturating_add(half) / divisor
    };
    Decimal { mantissa, scale: 2 }.to_string()
}

/// `dddd, dd MMMM yyyy HH:mm:ss`, a date by itself.
pub(crate) fn long_date(date: DateTime) -> String {
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
    let Civil { year, month, day, hour, minute, second, .. } = date.to_civil();
    let month = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
    let week_day = day_of_week(date);
    format!("{week_day}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02}")
}

/// The day's name.
pub(crate) fn day_of_week(date: DateTime) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let days = date.ticks.max(0) / TimeSpan::TICKS_PER_DAY; // 0001-01-01 was a Monday
    usize::try_from(days % 7).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or_default()
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
        assert_eq!(decimal_fixed(Decimal { mantissa: 2345, scale: 3 }), "2.35");
        assert_eq!(decimal_fixed(Decimal { mantissa: -2345, scale: 3 }), "-2.35");
        assert_eq!(decimal_fixed(Decimal { mantissa: 7, scale: 0 }), "7.00");
    }

    #[test]
    fn a_date_by_itself_is_written_out() {
        let date = |ticks| long_date(DateTime { ticks, kind: DateTimeKind::Utc });
        assert_eq!(date(638_423_055_590_000_000), "Wednesday, 31 January 2024 13:45:59");
        assert_eq!(date(638_447_616_000_000_000), "Thursday, 29 February 2024 00:00:00");
        assert_eq!(date(0), "Monday, 01 January 0001 00:00:00");
    }
}
