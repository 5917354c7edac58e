use std::fmt;
use std::str::FromStr;

/// `System.Decimal`: a 96-bit whole number divided by a power of ten.
///
/// `Display` is .NET's text with the invariant culture: zeros behind the point are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits, sign included: |mantissa| < 2^96.
    pub mantissa: i128,
    /// How many of them stand behind the point: 0 to 28.
    pub scale: u8,
}

/// The first number that is too large.
const LIMIT: i128 = 1 << 96;
/// The most digits behind the point.
const MAX_SCALE: u8 = 28;

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        let mantissa = self.mantissa.unsigned_abs();
        let scale = usize::from(self.scale.min(MAX_SCALE));
        let unit = 10_u128.pow(u32::from(self.scale.min(MAX_SCALE)));
        write!(f, "{}", mantissa / unit)?;
        if scale > 0 {
            write!(f, ".{:0scale$}", mantissa % unit)?;
        }
        Ok(())
    }
}

/// Not a decimal number, or none that 96 bits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a decimal is a sign, digits and a point, and fits in 96 bits")]
pub struct InvalidDecimal;

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    /// Reads the form of a `D`. Digits behind the point that do not fit are rounded, halves to the even neighbour.
    fn from_str(text: &str) -> Result<Decimal, InvalidDecimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !all_digits || whole.len() + fraction.len() == 0 {
            return Err(InvalidDecimal);
        }
        let mut mantissa = whole.bytes().try_fold(0, push_digit).ok_or(InvalidDecimal)?;
        let mut scale = 0;
        let mut rest = fraction.bytes();
        while let Some(byte) = rest.clone().next() {
            let Some(longer) = push_digit(mantissa, byte).filter(|_| scale < MAX_SCALE) else { break };
            mantissa = longer;
            scale += 1;
            rest.next();
        }
        if round_up(rest, mantissa) {
            mantissa += 1;
            if mantissa == LIMIT {
                // one digit less makes room
                (mantissa, scale) = (LIMIT / 10 + 1, scale.checked_sub(1).ok_or(InvalidDecimal)?);
            }
        }
        Ok(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }
}

fn push_digit(mantissa: i128, byte: u8) -> Option<i128> {
    let longer = mantissa * 10 + i128::from(byte - b'0');
    (longer < LIMIT).then_some(longer)
}

fn round_up(mut left: std::str::Bytes<'_>, mantissa: i128) -> bool {
    match left.next() {
        None | Some(b'0'..=b'4') => false,
        Some(b'5') => left.any(|byte| byte != b'0') || mantissa % 2 != 0,
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_zeros() {
        for text in [
            "0",
            "1.50",
            "-1.50",
            "0.00",
            "0.05",
            "-0.05",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn digits_that_do_not_fit_are_rounded() {
        for (long, short) in [
            ("0.00000000000000000000000000005", "0.0000000000000000000000000000"),
            ("0.00000000000000000000000000015", "0.0000000000000000000000000002"),
            ("0.000000000000000000000000000051", "0.0000000000000000000000000001"),
            ("7.92281625142643375935439503355", "7.922816251426433759354395034"),
            ("+.5", "0.5"),
            ("5.", "5"),
        ] {
            assert_eq!(long.parse::<Decimal>().unwrap().to_string(), short, "{long}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in ["", "-", ".", "1e3", "1,5", "0x1", "79228162514264337593543950336", "1.2.3", " 1"] {
            assert_eq!(text.parse::<Decimal>(), Err(InvalidDecimal), "{text}");
        }
    }
}
