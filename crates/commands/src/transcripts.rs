//! What `Close-PrivilegedEndpoint` works on: the record of this endpoint, and where it may go.

use std::sync::Arc;

/// The record, as far as commands have to do with it.
pub trait HandOver: Send + Sync {
    /// Hands over the transcripts of all sessions that are over, and of this one. `told` hears how many of how many are done.
    ///
    /// # Errors
    /// If nothing was handed over.
    fn hand_over(
        &self,
        session: &str,
        destination: &str,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<HandedOver, Refused>;
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// The new item.
    pub item: String,
    /// How many sessions are in it.
    pub sessions: usize,
}

/// Why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The destination may not be used; the text says why.
    Destination(String),
    /// It could not be done.
    Failed(String),
}

/// The service by which commands find it.
#[derive(Clone)]
pub struct Transcripts(pub Arc<dyn HandOver>);
