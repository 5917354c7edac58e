//! What `Close-PrivilegedEndpoint` works on: the record of this endpoint, and where it may go.

use std::sync::Arc;

use psrp::host_call::PsCredential;

/// The record, as far as commands have to do with it.
pub trait HandOver: Send + Sync {
    /// Does this destination want a credential? That needs no look at what lies there.
    ///
    /// # Errors
    /// If it may not be used.
    fn wants_credential(&self, destination: &str) -> Result<bool, Refused>;

    /// Hands over the transcripts of all sessions that are over, and of this one. `told` hears how many of how many are done.
    ///
    /// # Errors
    /// If nothing was handed over.
    fn hand_over(
        &self,
        session: &str,
        destination: &str,
        credential: Option<&PsCredential>,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<HandedOver, Refused>;
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// The new item; none if there was nothing to hand over.
    pub item: Option<String>,
    /// How many sessions are in it.
    pub sessions: usize,
}

/// Why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The destination may not be used; the text says why.
    Destination(String),
    /// A credential is missing, or the destination does not take it.
    Credential(String),
    /// It could not be done.
    Failed(String),
}

/// The service by which commands find it.
#[derive(Clone)]
pub struct Transcripts(pub Arc<dyn HandOver>);
