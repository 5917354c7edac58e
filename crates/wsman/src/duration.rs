//! xs:duration, as WS-Management uses it.

use std::time::Duration;

use thiserror::Error;

/// Not a duration that this protocol knows. The peer is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a duration")]
pub struct NotADuration;

/// The longest that is kept; anything above is as good as this.
const LONGEST: u64 = 1 << 40;

/// Reads `PT20S`, `PT3M`, `PT180000S`, `P0DT1H2M3.500S`. Negative ones and bare numbers are refused.
pub fn parse(text: &str) -> Result<Duration, NotADuration> {
    let rest = text.trim().strip_prefix('P').ok_or(NotADuration)?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, Some(time)),
        Some(_) => return Err(NotADuration),
        None => (rest, None),
    };
    if rest.is_empty() {
        return Err(NotADuration);
    }
    let mut total = Duration::ZERO;
    components(date, &[('Y', 365 * 86400), ('M', 30 * 86400), ('D', 86400)], &mut total)?;
    components(time.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)], &mut total)?;
    Ok(total.min(Duration::from_secs(LONGEST)))
}

/// Numbers with their letters; each letter at most once, in this order.
fn components(mut text: &str, units: &[(char, u64)], total: &mut Duration) -> Result<(), NotADuration> {
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(NotADuration)?;
        let (number, rest) = text.split_at(end);
        let letter = rest.chars().next().ok_or(NotADuration)?;
        let (_, seconds) = units.by_ref().find(|(unit, _)| *unit == letter).ok_or(NotADuration)?;
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if letter == 'S' => (whole, fraction),
            Some(_) => return Err(NotADuration),
            None => (number, "0"),
        };
        if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
            return Err(NotADuration);
        }
        let whole = whole.parse::<u64>().unwrap_or(LONGEST).min(LONGEST);
        *total = total.saturating_add(Duration::from_secs(whole.saturating_mul(*seconds)));
        // Three digits are what anybody sends; more are cut.
        let milliseconds = fraction.bytes().chain(*b"00").take(3).fold(0, |sum, b| sum * 10 + u64::from(b - b'0'));
        *total = total.saturating_add(Duration::from_millis(milliseconds));
        text = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    Ok(())
}

/// `PT7200.000S`: always a dot and three digits. PowerShell looks for the dot and fails without it.
pub fn in_seconds(duration: Duration) -> String {
    format!("PT{}.{:03}S", duration.as_secs(), duration.subsec_millis())
}

/// `P0DT0H1M5S`, as `ShellRunTime` and `ShellInactivity` are written.
pub fn in_parts(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("P{}DT{}H{}M{}S", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn w_096_durations_as_real_clients_write_them() {
        for (text, milliseconds) in [
            ("PT180.000S", 180_000),
            ("PT180000S", 180_000_000),
            ("PT3M", 180_000),
            ("PT20S", 20_000),
            ("P0DT0H0M0S", 0),
            ("P1DT2H3M4.5S", 93_784_500),
            ("P1Y2M", (365 + 60) * 86_400_000),
            ("PT0.0019S", 1),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse("PT99999999999999999999999S"), Ok(Duration::from_secs(LONGEST)));
    }

    #[test]
    fn w_095_a_bare_number_is_no_duration() {
        for text in [
            "", "7200", "P", "PT", "P1", "PTS", "PT-1S", "-PT1S", "PT1.5M", "PT1S2M", "PT1.S", "PT.5S", "P1H",
            "PT1.2.3S", "PT1ü",
        ] {
            assert_eq!(parse(text), Err(NotADuration), "{text}");
        }
    }

    #[test]
    fn w_060_the_forms_that_are_written() {
        assert_eq!(in_seconds(Duration::from_hours(2)), "PT7200.000S");
        assert_eq!(in_seconds(Duration::from_millis(2_147_483_647)), "PT2147483.647S");
        assert_eq!(in_parts(Duration::ZERO), "P0DT0H0M0S");
        assert_eq!(in_parts(Duration::from_secs(90_061)), "P1DT1H1M1S");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") { let _ = parse(&text); }

        #[test]
        fn what_is_written_is_read_back(milliseconds in 0..u64::from(u32::MAX)) {
            let duration = Duration::from_millis(milliseconds);
            prop_assert_eq!(parse(&in_seconds(duration)), Ok(duration));
            prop_assert_eq!(parse(&in_parts(duration)), Ok(Duration::from_secs(duration.as_secs())));
        }
    }
}
