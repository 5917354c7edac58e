/// `System.TimeSpan`: a duration in ticks of 100 ns. ISO 8601 on the wire (`PT1.5S`), `[-][d.]hh:mm:ss[.fffffff]` as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeSpan {
    /// Ticks of 100 ns.
    pub ticks: i64,
}

impl TimeSpan {
    /// Ticks in a second.
    pub const TICKS_PER_SECOND: i64 = 10_000_000;

    /// From ticks of 100 ns.
    pub const fn from_ticks(ticks: i64) -> TimeSpan {
        TimeSpan { ticks }
    }
}
