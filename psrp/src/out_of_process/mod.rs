//! The framing of PSRP on a pair of pipes: one XML element a line.

/// The peer's bytes are no framing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A line is longer than we take.
    #[error("a line has more than {limit} bytes")]
    LineTooLong {
        /// In bytes.
        limit: usize,
    },
}
