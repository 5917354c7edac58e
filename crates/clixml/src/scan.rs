//! Reads the fixed little languages of dates and durations from left to right.

/// What is left of a text.
pub(crate) struct Scan<'t> {
    rest: &'t [u8],
}

impl<'t> Scan<'t> {
    pub(crate) fn new(text: &'t str) -> Scan<'t> {
        Scan { rest: text.as_bytes() }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or(&[]);
    }

    /// This byte and no other.
    pub(crate) fn literal(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    /// Exactly this many decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        digits.iter().try_fold(0, |number, byte| Some(number * 10 + digit(*byte)?))
    }

    /// One or more digits, as many as there are. `None` also if they name no `i64`.
    pub(crate) fn number(&mut self) -> Option<i64> {
        let count = self.count_digits();
        let (digits, rest) = self.rest.split_at_checked(count).filter(|_| count > 0)?;
        self.rest = rest;
        digits.iter().try_fold(0_i64, |number, byte| number.checked_mul(10)?.checked_add(digit(*byte)?))
    }

    /// Digits behind a point as ticks of 100 ns in a second, the eighth digit rounded: at most one whole second.
    pub(crate) fn fraction(&mut self) -> Option<i64> {
        let count = self.count_digits();
        let (digits, rest) = self.rest.split_at_checked(count).filter(|_| count > 0)?;
        self.rest = rest;
        let digit_at = |at: usize| digits.get(at).and_then(|byte| digit(*byte)).unwrap_or(0);
        let ticks = (0..7).fold(0, |ticks, at| ticks * 10 + digit_at(at));
        Some(ticks + i64::from(digit_at(7) >= 5))
    }

    /// Nothing is left.
    pub(crate) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    fn count_digits(&self) -> usize {
        self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
}

fn digit(byte: u8) -> Option<i64> {
    char::from(byte).to_digit(10).map(i64::from)
}
