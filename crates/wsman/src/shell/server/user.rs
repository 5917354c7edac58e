use std::collections::HashMap;
use std::time::Instant;

use super::event::ShellKey;
use super::repeats::Repeats;
use crate::action::Items;
use crate::id::ShellId;

/// A user, by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct UserKey(pub(super) u64);

/// Everything of one user: nobody sees anything of another one.
#[derive(Debug)]
pub(super) struct User<I> {
    pub(super) identity: I,
    pub(super) shells: HashMap<ShellId, ShellKey>,
    pub(super) repeats: Repeats,
    pub(super) lists: Vec<List>,
    /// Requests that wait and commands that run.
    pub(super) operations: usize,
}

/// The rest of a list.
#[derive(Debug)]
pub(super) struct List {
    pub(super) context: String,
    pub(super) items: Items,
    pub(super) until: Instant,
}

impl<I> User<I> {
    pub(super) fn new(identity: I) -> User<I> {
        User { identity, shells: HashMap::new(), repeats: Repeats::default(), lists: Vec::new(), operations: 0 }
    }

    /// Whether nothing is known of the user any more.
    pub(super) fn is_unknown(&self) -> bool {
        self.shells.is_empty() && self.repeats.is_empty() && self.lists.is_empty() && self.operations == 0
    }
}
