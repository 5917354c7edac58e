//! One client in the endpoint: from its first message to its last, whatever transport carries it.
//!
//! ```text
//! transport ──bytes──▶ shell ──▶ statement ──▶ bind ──▶ authorize ──▶ record ──▶ run
//!           ◀─bytes── shell ◀── Recorded<Outgoing> ◀── record ◀────────── engine ◀──┘
//! ```
//!
//! The shell is one task that owns the protocol machine; each pipeline is a task of its own. What a pipeline sends passes the
//! journal first: only the journal's answer makes a [`record::Recorded`], and only that can be sent.

use psrp::session_key::SessionKey;

mod authorize;
mod context;
mod conversation;
mod engine;
mod forms;
mod hand_over;
mod metadata;
mod pipeline;
mod record;
mod remote_shell;
mod share_files;
mod shell;
mod statement;

pub use authorize::OneRole;
pub use context::{Endpoint, Services};
pub use hand_over::Places;
pub(crate) use remote_shell::{Outlet, ShellInput, run as run_in_shell};
pub use shell::{refuse, run};

fn session_key() -> std::io::Result<SessionKey> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(std::io::Error::other)?;
    Ok(SessionKey::new(key))
}
