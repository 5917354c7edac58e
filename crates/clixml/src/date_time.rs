/// `System.DateTime`: ticks of 100 ns since the start of year 1 on the clock that [`DateTimeKind`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// Ticks of 100 ns since 0001-01-01T00:00:00, read off that clock.
    pub ticks: i64,
    /// Which clock.
    pub kind: DateTimeKind,
}

/// Which clock a [`DateTime`] was read off: on the wire no suffix, `Z`, or `+hh:mm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateTimeKind {
    /// Nobody said.
    Unspecified,
    /// Universal time.
    Utc,
    /// A local clock this many minutes ahead of universal time.
    Local(i16),
}
