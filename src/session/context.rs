//! What all sessions of an endpoint share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use audit::{AuditLog, Event, Kind};
use cmdlet::{CommandTable, Policy};
use transcript::Journal;

/// An endpoint: its commands, who may run them, what they work on, and the record.
pub struct Endpoint {
    /// Its name: what clients give as `-ConfigurationName`.
    pub configuration: String,
    /// Its commands.
    pub table: Arc<CommandTable>,
    /// Who may run what.
    pub policy: Box<dyn Policy>,
    /// What commands work on.
    pub services: Services,
    /// The record.
    pub journal: Arc<Journal>,
    /// This computer's name.
    pub computer: String,
    /// What clients are told about it, and how much they may have at a time.
    pub psrp: Arc<psrp::pool::server::Config>,
}

impl Endpoint {
    /// Tells those who watch the endpoint, if it has a log of events: who it was, where from, and to whom or why.
    pub(crate) fn tell(&self, kind: Kind, who: &str, source: &str, target: &str) {
        let log = self.services.get(TypeId::of::<AuditLog>()).and_then(|log| log.downcast::<AuditLog>().ok());
        if let Some(log) = log {
            log.tell(Event { kind, who: who.to_owned(), source: source.to_owned(), target: target.to_owned() });
        }
    }

    /// The commands that a session has: those that its policy permits. To the session there are no others.
    pub(crate) fn permitted_table(&self) -> Arc<CommandTable> {
        if self.table.all().all(|info| self.policy.permits(info)) {
            return Arc::clone(&self.table);
        }
        Arc::new(self.table.only(|info| self.policy.permits(info)))
    }
}

/// Parts of the daemon that commands work on, each found by its type.
#[derive(Default)]
pub struct Services(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Services {
    /// Adds one; another of the same type is replaced.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, service: Arc<T>) -> Services {
        self.0.insert(TypeId::of::<T>(), service);
        self
    }

    /// The one of this type.
    pub fn get(&self, type_id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        self.0.get(&type_id).cloned()
    }
}
