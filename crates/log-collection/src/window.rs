//! From when to when logs are collected. A time without a zone is meant in the stamp's.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A point in time as somebody said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With its zone.
    Instant(Timestamp),
    /// What a clock of the stamp shows.
    Wall(DateTime),
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment in it.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

/// Why there is no such window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The end comes first.
    #[error("FromDate ({from}) is later than ToDate ({to}).")]
    Reversed {
        /// The beginning.
        from: Timestamp,
        /// The end.
        to: Timestamp,
    },
    /// It cannot be counted.
    #[error("The date is out of range.")]
    Range,
}

impl Window {
    /// How long it is when nobody says it.
    pub const DEFAULT: SignedDuration = SignedDuration::from_hours(4);

    /// From what was said. Without a beginning it begins four hours before its end, without an end it ends now. An hour that a clock shows
    /// twice is all in it; one that it skips counts from the moment of the skip.
    ///
    /// # Errors
    /// If it would end before it begins.
    pub fn new(
        from: Option<Moment>,
        to: Option<Moment>,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Window, WindowError> {
        let to = to.map_or(Ok(now), |moment| moment.instant(zone, true))?;
        let from = match from {
            Some(moment) => moment.instant(zone, false)?,
            None => to.checked_sub(Window::DEFAULT).map_err(|_| WindowError::Range)?,
        };
        if from > to {
            return Err(WindowError::Reversed { from, to });
        }
        Ok(Window { from, to })
    }
}

impl Moment {
    fn instant(self, zone: &TimeZone, is_end: bool) -> Result<Timestamp, WindowError> {
        let wall = match self {
            Moment::Instant(instant) => return Ok(instant),
            Moment::Wall(wall) => wall,
        };
        let ambiguous = zone.to_ambiguous_timestamp(wall);
        let chosen = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            // shown twice: the earlier begins, the later ends
            AmbiguousOffset::Fold { before, after } => {
                if is_end {
                    after
                } else {
                    before
                }
            }
            // never shown: by the old offset it lies after the skip, by the new one before it
            AmbiguousOffset::Gap { before, after } => {
                if is_end {
                    before
                } else {
                    after
                }
            }
        };
        chosen.to_timestamp(wall).map_err(|_| WindowError::Range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unnecessary_wraps, reason = "as the parameters are")]
    fn wall(text: &str) -> Option<Moment> {
        Some(Moment::Wall(text.parse().unwrap()))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn p_057_the_default_window_is_four_hours_up_to_now() {
        let now = at("2024-06-01T12:00:00Z");
        let window = Window::new(None, None, &TimeZone::UTC, now).unwrap();
        assert_eq!((window.from, window.to), (at("2024-06-01T08:00:00Z"), now));
        let window = Window::new(None, wall("2024-05-01T10:00:00"), &TimeZone::UTC, now).unwrap();
        assert_eq!((window.from, window.to), (at("2024-05-01T06:00:00Z"), at("2024-05-01T10:00:00Z")));
    }

    #[test]
    fn p_058_a_window_that_ends_before_it_begins_is_refused() {
        let now = at("2024-06-01T12:00:00Z");
        let reversed = Window::new(wall("2024-05-02T00:00:00"), wall("2024-05-01T00:00:00"), &TimeZone::UTC, now);
        assert!(matches!(reversed, Err(WindowError::Reversed { .. })));
        assert!(Window::new(wall("2024-06-01T12:00:01"), None, &TimeZone::UTC, now).is_err(), "the future");
    }

    #[test]
    fn p_059_at_the_edges_of_daylight_saving_time_nothing_of_an_hour_is_lost() {
        let (berlin, now) = (TimeZone::get("Europe/Berlin").unwrap(), at("2024-12-01T00:00:00Z"));
        // the hour from 2 to 3 is shown twice: the window holds both
        let twice = Window::new(wall("2024-10-27T02:30:00"), wall("2024-10-27T02:30:00"), &berlin, now).unwrap();
        assert_eq!((twice.from, twice.to), (at("2024-10-27T00:30:00Z"), at("2024-10-27T01:30:00Z")));
        // the hour from 2 to 3 is never shown: nothing after the skip is left out at either end
        let skipped = Window::new(wall("2024-03-31T02:30:00"), wall("2024-03-31T02:30:00"), &berlin, now).unwrap();
        assert_eq!((skipped.from, skipped.to), (at("2024-03-31T00:30:00Z"), at("2024-03-31T01:30:00Z")));
        let summer = Window::new(wall("2024-07-01T12:00:00"), wall("2024-07-01T13:00:00"), &berlin, now).unwrap();
        assert_eq!((summer.from, summer.to), (at("2024-07-01T10:00:00Z"), at("2024-07-01T11:00:00Z")));
        // a time that says its zone is that time
        let instant = Some(Moment::Instant(at("2024-07-01T12:00:00Z")));
        assert_eq!(Window::new(instant, None, &berlin, now).unwrap().from, at("2024-07-01T12:00:00Z"));
    }
}
