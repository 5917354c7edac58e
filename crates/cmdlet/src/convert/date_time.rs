//! `System.DateTime` from text, as `DateTime.Parse` reads it in the invariant culture (month before day).
//!
//! A date is `yyyy-M-d`, `yyyy/M/d`, `M/d/yyyy` (with `/`, `-`, `.` or blanks), `M/d`, `yyyy-M`, or has a month name in English
//! (`31 January 2024`, `Jan 31, 2024`, `Jan 2024`), with or without the day of the week. A time is `H:mm`, `H:mm:ss` or
//! `H:mm:ss.fffffff`, with or without `AM`/`PM`, or `5 PM`; a `T` may stand before it. Both or one of them: a time alone is today,
//! a date without its year is this year. Behind the time `Z`, `GMT` or an offset name the zone; the answer is then a local time
//! of a machine that runs on universal time, as a server's is.

use std::time::SystemTime;

use clixml::{Civil, DateTime, DateTimeKind, TimeSpan, Value};

use super::error::Cause;
use super::number::{as_number, ticks};
use super::{ConversionError, base, text};
use crate::ParameterType;

pub(super) fn convert(value: &Value) -> Result<Value, ConversionError> {
    let to = &ParameterType::DateTime;
    let shown = match base(value) {
        Value::DateTime(date_time) => return Ok(Value::DateTime(*date_time)),
        Value::String(shown) => shown.clone(),
        inner @ Value::Bool(_) => {
            let cause = Cause::invalid_cast("Invalid cast from 'Boolean' to 'DateTime'.");
            return Err(ConversionError::because(&text(inner), &to.full_name(), cause));
        }
        inner => match ticks(inner) {
            Some(ticks) if (0..=DateTime::MAX_TICKS).contains(&ticks) => {
                return Ok(Value::DateTime(DateTime { ticks, kind: DateTimeKind::Unspecified }));
            }
            Some(ticks) => {
                let cause = Cause::argument(
                    "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks. (Parameter 'ticks')",
                );
                return Err(ConversionError::because(&ticks.to_string(), &to.full_name(), cause));
            }
            None if as_number(inner).is_some() => text(inner),
            None => return Err(ConversionError::refused(value, to)),
        },
    };
    parse(&shown).map(Value::DateTime).map_err(|cause| ConversionError::because(&shown, &to.full_name(), cause))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    /// Digits and how many they are.
    Number(i64, usize),
    /// Letters, in lower case where they matter, and where they start.
    Word(&'a str, usize),
    /// A single other character that is no blank.
    Mark(char),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

fn parse(shown: &str) -> Result<DateTime, Cause> {
    let lower = shown.to_ascii_lowercase();
    let wrong_form = || Cause::format(format!("String '{shown}' was not recognized as a valid DateTime."));
    let tokens = tokens(&lower).ok_or_else(wrong_form)?;
    let mut reader = Reader { tokens: &tokens, at: 0, found: Found::default() };
    reader.read().map_err(|bad| match bad {
        Bad::Form => wrong_form(),
        Bad::Word(at) => Cause::format(format!(
            "The string '{shown}' was not recognized as a valid DateTime. There is an unknown word starting at index '{at}'."
        )),
    })?;
    let found = reader.found;
    if found.offset.is_some_and(|minutes| minutes.abs() > 14 * 60) {
        return Err(Cause::format(format!(
            "The time zone offset of string '{shown}' must be within plus or minus 14 hours."
        )));
    }
    let midnight = found.day().ok_or_else(wrong_form)?;
    // 0001-01-01 was a Monday
    let day_of_week = (midnight / TimeSpan::TICKS_PER_DAY + 1).rem_euclid(7);
    if found.day_of_week.is_some_and(|day| day_of_week != day) {
        return Err(Cause::format(format!(
            "String '{shown}' was not recognized as a valid DateTime because the day of week was incorrect."
        )));
    }
    let time = found.time().ok_or_else(|| {
        Cause::format(format!(
            "The DateTime represented by the string '{shown}' is not supported in calendar \
             'System.Globalization.GregorianCalendar'."
        ))
    })?;
    let ticks = midnight + time - found.offset.unwrap_or(0) * 60 * TimeSpan::TICKS_PER_SECOND;
    let ticks = Some(ticks).filter(|ticks| (0..=DateTime::MAX_TICKS).contains(ticks)).ok_or_else(wrong_form)?;
    let kind = if found.offset.is_some() { DateTimeKind::Local(0) } else { DateTimeKind::Unspecified };
    Ok(DateTime { ticks, kind })
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next()?;
        let run = |same: fn(char) -> bool| rest.find(|c| !same(c)).unwrap_or(rest.len());
        at += if first.is_ascii_digit() {
            let length = run(|c| c.is_ascii_digit());
            let digits = rest.get(..length)?;
            tokens.push(Token::Number(digits.parse().ok()?, length));
            length
        } else if first.is_alphabetic() {
            let length = run(char::is_alphabetic);
            tokens.push(Token::Word(rest.get(..length)?, at));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
    }
    Some(tokens)
}

fn month(word: &str) -> Option<i64> {
    position(&MONTHS, word).map(|at| at + 1)
}

fn day(word: &str) -> Option<i64> {
    position(&DAYS, word)
}

/// A name or its first three letters.
fn position(names: &[&str], word: &str) -> Option<i64> {
    let at = names.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(word)))?;
    i64::try_from(at).ok()
}

/// What the text said.
#[derive(Clone, Copy, Default)]
struct Found {
    numbers: [(i64, usize); 3],
    count: usize,
    month: Option<i64>,
    month_first: bool,
    day_of_week: Option<i64>,
    hour: Option<i64>,
    minute: i64,
    second: i64,
    fraction: i64,
    afternoon: Option<bool>,
    offset: Option<i64>,
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    found: Found,
}

/// Why a text is no date.
enum Bad {
    Form,
    Word(usize),
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn read(&mut self) -> Result<(), Bad> {
        while let Some(token) = self.peek(0) {
            let no_time_yet = self.found.hour.is_none();
            match token {
                Token::Number(hour, 1 | 2) if no_time_yet && self.peek(1) == Some(Token::Mark(':')) => {
                    self.clock(hour).ok_or(Bad::Form)?;
                    self.found.afternoon = half(self.peek(0));
                    self.at += usize::from(self.found.afternoon.is_some());
                }
                Token::Number(hour, 1 | 2) if no_time_yet && half(self.peek(1)).is_some() => {
                    (self.found.hour, self.found.afternoon) = (Some(hour), half(self.peek(1)));
                    self.at += 2;
                }
                Token::Number(number, digits @ 1..=8) => {
                    *self.found.numbers.get_mut(self.found.count).ok_or(Bad::Form)? = (number, digits);
                    self.found.count += 1;
                    self.at += 1;
                }
                Token::Word(word, at) => self.word(word, at)?,
                Token::Mark('+' | '-') if self.zone_may_follow() => self.zone().ok_or(Bad::Form)?,
                Token::Mark('/' | '-' | '.') if self.between_parts() => self.at += 1,
                Token::Mark(',') => self.at += 1,
                Token::Number(..) | Token::Mark(_) => return Err(Bad::Form),
            }
        }
        Ok(())
    }

    /// A date is complete, or a time stands alone.
    fn zone_may_follow(&self) -> bool {
        let parts = self.found.count + usize::from(self.found.month.is_some());
        parts == 3 || (parts == 0 && self.found.hour.is_some())
    }

    /// A separator stands between two parts of a date.
    fn between_parts(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_part = |token: Option<Token<'_>>| matches!(token, Some(Token::Number(..) | Token::Word(..)));
        is_part(before.copied()) && is_part(self.peek(1)) && self.found.count < 3
    }

    fn word(&mut self, word: &str, at: usize) -> Result<(), Bad> {
        self.at += 1;
        if let Some(number) = month(word) {
            self.found.month_first = self.found.count == 0;
            return if self.found.month.replace(number).is_none() { Ok(()) } else { Err(Bad::Form) };
        }
        if let Some(number) = day(word) {
            return if self.found.day_of_week.replace(number).is_none() { Ok(()) } else { Err(Bad::Form) };
        }
        match word {
            "t" if self.found.count == 3 => {
                let (Some(Token::Number(hour, _)), Some(Token::Mark(':'))) = (self.peek(0), self.peek(1)) else {
                    return Err(Bad::Form);
                };
                self.clock(hour).filter(|()| half(self.peek(0)).is_none()).ok_or(Bad::Form)
            }
            "z" | "gmt" if self.found.hour.is_some() || self.zone_may_follow() => {
                if self.found.offset.replace(0).is_none() { Ok(()) } else { Err(Bad::Form) }
            }
            "z" | "gmt" | "am" | "pm" => Err(Bad::Form),
            _ => Err(Bad::Word(at)),
        }
    }

    /// `H:mm[:ss[.fffffff]]`; digits of a second that a tick cannot hold round it.
    fn clock(&mut self, hour: i64) -> Option<()> {
        self.found.hour = Some(hour);
        let Some(Token::Number(minute, _)) = self.peek(2) else { return None };
        self.found.minute = minute;
        self.at += 3;
        if self.peek(0) != Some(Token::Mark(':')) {
            return Some(());
        }
        let Some(Token::Number(second, _)) = self.peek(1) else { return None };
        self.found.second = second;
        self.at += 2;
        if let (Some(Token::Mark('.' | ',')), Some(Token::Number(number, digits))) = (self.peek(0), self.peek(1)) {
            let digits = u32::try_from(digits).ok()?;
            self.found.fraction = match 7_u32.checked_sub(digits) {
                Some(missing) => number.checked_mul(10_i64.checked_pow(missing)?)?,
                None => (number / 10_i64.checked_pow(digits - 8)? + 5) / 10,
            };
            self.at += 2;
        }
        Some(())
    }

    /// `+hh:mm`, `+hhmm` or `+hh`
    fn zone(&mut self) -> Option<()> {
        let sign = if self.peek(0) == Some(Token::Mark('-')) { -1 } else { 1 };
        let Some(Token::Number(number, digits)) = self.peek(1) else { return None };
        self.at += 2;
        let minutes = match (digits, self.peek(0), self.peek(1)) {
            (1 | 2, Some(Token::Mark(':')), Some(Token::Number(minutes @ 0..60, _))) => {
                self.at += 2;
                number * 60 + minutes
            }
            (1 | 2, ..) => number * 60,
            (4, ..) => number / 100 * 60 + number % 100,
            _ => return None,
        };
        self.found.offset.replace(sign * minutes).is_none().then_some(())
    }
}

/// `AM` or `PM`
fn half(token: Option<Token<'_>>) -> Option<bool> {
    match token {
        Some(Token::Word("am", _)) => Some(false),
        Some(Token::Word("pm", _)) => Some(true),
        _ => None,
    }
}

impl Found {
    /// Ticks of the day's beginning.
    fn day(&self) -> Option<i64> {
        let numbers = self.numbers.get(..self.count)?;
        if numbers.iter().skip(1).rev().skip(1).any(|(_, digits)| *digits > 2)
            || numbers.iter().any(|(_, digits)| *digits > 4)
        {
            return None;
        }
        let (year, month, day) = match (self.month, numbers) {
            (None, []) if self.hour.is_some() && self.offset.is_none() => return Some(today().ticks),
            (None, [year @ (_, 3..), month, day]) => (year.0, month.0, day.0),
            (None, [month, day, year]) => (full_year(*year), month.0, day.0),
            (None, [(year, 4), (month, 1 | 2)] | [(month, 1 | 2), (year, 4)]) => (*year, *month, 1),
            (None, [(month, 1 | 2), (day, 1 | 2)]) => (this_year(), *month, *day),
            (Some(month), [year @ (_, 3..), day]) => (year.0, month, day.0),
            (Some(month), [day, year]) => (full_year(*year), month, day.0),
            (Some(month), [(year, 3..)]) => (*year, month, 1),
            (Some(month), [(day, _)]) if *day <= 31 || self.month_first => (this_year(), month, *day),
            (Some(month), [year]) => (full_year(*year), month, 1),
            _ => return None,
        };
        let civil = Civil {
            year: year.try_into().ok()?,
            month: month.try_into().ok()?,
            day: day.try_into().ok()?,
            hour: 0,
            minute: 0,
            second: 0,
            fraction: 0,
        };
        DateTime::from_civil(civil, DateTimeKind::Unspecified).map(|date| date.ticks)
    }

    /// Ticks since midnight.
    fn time(&self) -> Option<i64> {
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (12, Some(false)) => 0,
            (hour @ 0..=11, Some(true)) => hour + 12,
            (12.., Some(false)) => return None,
            (hour, _) => hour,
        };
        let valid = (0..24).contains(&hour) && (0..60).contains(&self.minute) && (0..60).contains(&self.second);
        valid.then_some(((hour * 60 + self.minute) * 60 + self.second) * TimeSpan::TICKS_PER_SECOND + self.fraction)
    }
}

/// Two digits are a year up to 2049.
fn full_year((year, digits): (i64, usize)) -> i64 {
    match (digits, year) {
        (1 | 2, 0..=49) => 2000 + year,
        (1 | 2, _) => 1900 + year,
        _ => year,
    }
}

fn this_year() -> i64 {
    today().to_civil().year.into()
}

/// Midnight of today, universal.
fn today() -> DateTime {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = DateTime::from_unix(i64::try_from(since_1970.as_secs()).unwrap_or_default(), 0);
    DateTime { ticks: now.ticks - now.ticks.rem_euclid(TimeSpan::TICKS_PER_DAY), ..now }
}
