//! Floating point numbers as .NET writes them: the shortest digits that read back, `E+17` beyond a type's exact range.

use std::fmt::{self, Write};

/// How many digits before the point .NET writes out for a `Double` (its round-trip digits).
const DOUBLE_DIGITS: i32 = 17;
/// The same for a `Single`.
const SINGLE_DIGITS: i32 = 9;

/// A `Double` as `ToString()` gives it. Infinities and NaN have their own names: see the callers.
pub(crate) fn write_double(value: f64, out: &mut impl Write) -> fmt::Result {
    let mut digits = Shortest::new();
    write!(digits, "{value:e}")?;
    digits.write(DOUBLE_DIGITS, out)
}

/// A `Single` as `ToString()` gives it.
pub(crate) fn write_single(value: f32, out: &mut impl Write) -> fmt::Result {
    let mut digits = Shortest::new();
    write!(digits, "{value:e}")?;
    digits.write(SINGLE_DIGITS, out)
}

/// The text of `{:e}`: `-1.25e-7`.
struct Shortest {
    text: [u8; 32],
    len: usize,
}

impl Write for Shortest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.text.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl Shortest {
    fn new() -> Shortest {
        Shortest { text: [0; 32], len: 0 }
    }

    fn write(&self, most_digits: i32, out: &mut impl Write) -> fmt::Result {
        let text = self.text.get(..self.len).and_then(|text| str::from_utf8(text).ok()).ok_or(fmt::Error)?;
        let (mantissa, exponent) = text.split_once('e').ok_or(fmt::Error)?;
        let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
        let digits = match mantissa.strip_prefix('-') {
            Some(digits) => {
                out.write_char('-')?;
                digits
            }
            None => mantissa,
        };
        let (first, rest) = digits.split_once('.').unwrap_or((digits, ""));
        if exponent >= most_digits || exponent < -4 {
            out.write_str(first)?;
            if !rest.is_empty() {
                write!(out, ".{rest}")?;
            }
            return write!(out, "E{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs());
        }
        let Ok(exponent) = usize::try_from(exponent) else {
            // 0.0012: the first digit stands `-exponent` places behind the point
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            return write!(out, "0.{:0<zeros$}{first}{rest}", "");
        };
        if exponent >= rest.len() {
            return write!(out, "{first}{rest:0<exponent$}");
        }
        let (whole, fraction) = rest.split_at_checked(exponent).ok_or(fmt::Error)?;
        write!(out, "{first}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> String {
        let mut text = String::new();
        write_double(value, &mut text).unwrap();
        text
    }

    fn single(value: f32) -> String {
        let mut text = String::new();
        write_single(value, &mut text).unwrap();
        text
    }

    #[test]
    fn doubles_are_written_as_by_net() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (-12.25, "-12.25"),
            (100_000.0, "100000"),
            (0.0001, "0.0001"),
            (1e-5, "1E-05"),
            (1.5e-5, "1.5E-05"),
            (1e15, "1000000000000000"),
            (1e16, "10000000000000000"),
            (12_345_678_901_234_567.0, "12345678901234568"),
            (1e17, "1E+17"),
            (12_345_678_901_234_567_890.0, "1.2345678901234567E+19"),
            (1e100, "1E+100"),
            (f64::MAX, "1.7976931348623157E+308"),
            (5e-324, "5E-324"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn singles_are_written_as_by_net() {
        for (value, text) in [
            (0.1, "0.1"),
            (1e7, "10000000"),
            (12_345_678.0, "12345678"),
            (123_456_789.0, "123456790"),
            (1e8, "100000000"),
            (1e9, "1E+09"),
            (3.4e38, "3.4E+38"),
            (1e-5, "1E-05"),
            (0.0001, "0.0001"),
        ] {
            assert_eq!(single(value), text);
        }
    }
}
