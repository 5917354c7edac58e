use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// What PowerShell holds instead of an object. A number is given out once and never again: one that comes late finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(NonZeroU64);

impl Handle {
    /// The next number.
    pub(crate) fn next() -> Handle {
        static LAST: AtomicU64 = AtomicU64::new(0);
        // steps of 16 look like addresses to a debugger, and no two libraries in one process give out the same small ones
        let number = LAST.fetch_add(16, Ordering::Relaxed).wrapping_add(16);
        Handle(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// A handle that came back; none for 0.
    pub fn from_raw(number: u64) -> Option<Handle> {
        NonZeroU64::new(number).map(Handle)
    }
}
