/// What a reader takes from a peer before it refuses the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Values inside values: a root stands at depth 1, one at this depth is refused, as .NET does it with its 50. Where a reference
    /// stands for more, the depth with it followed may be twice that. At most [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// Elements in all, each reference counted as everything that it stands for.
    pub elements: usize,
    /// Bytes of text.
    pub bytes: usize,
    /// References to objects.
    pub references: usize,
}

/// The depth at which PowerShell's reader refuses a value.
pub(crate) const WIRE_DEPTH: usize = 50;

impl Limits {
    /// No setting goes beyond this depth: reading and everything after it (writing, dropping) goes one call deeper a level.
    pub const MAX_DEPTH: usize = 250;
}

impl Default for Limits {
    /// PowerShell's own where it has one: depth 50, a received object of 10 MB.
    fn default() -> Limits {
        Limits { depth: WIRE_DEPTH, elements: 500_000, bytes: 10 * 1024 * 1024, references: 100_000 }
    }
}
