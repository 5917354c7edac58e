//! Events that commands cause.

use audit::{AuditLog, Event, Kind};
use cmdlet::Ps;

/// Tells those who watch the endpoint what the user of this session did, and to whom.
pub(crate) fn tell(ps: &Ps<'_>, kind: Kind, target: &str) {
    // an endpoint without a log of events, in tests, tells nobody
    if let Ok(log) = ps.service::<AuditLog>() {
        let session = ps.session();
        log.tell(Event {
            kind,
            who: session.account.to_string(),
            source: session.source.to_string(),
            target: target.to_owned(),
        });
    }
}
