//! The command table. A command declares what it is ([`CommandInfo`]); everything else is derived from that: binding,
//! prompts, `Get-Command`, help, completion, views.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

extern crate self as cmdlet; // the derives name this crate, also inside it

// Waiting for bind/bound/convert/validate/prompt (bind owner) and format/discover (discover owner): each adds its own `mod`
// lines as its files land; the lead then turns on: invocation, ps, run, should_process, stage, table.
mod argument;
pub mod bind;
mod bound;
mod command;
pub mod convert;
mod engine;
mod parameter;
pub mod prompt;
mod redirection;
pub mod refusal;
mod validate;

pub use argument::Argument;
pub use bind::ActionPreference;
pub use bound::{Bound, CommonParameters};
pub use command::{CommandInfo, ConfirmImpact, Example, RoleClass};
pub use engine::{Engine, Output, SessionInfo, Stopped};
pub use convert::{Hashtable, Switch, Uri};
pub use parameter::{EnumInfo, ParameterInfo, ParameterSet, ParameterType, Validation};
pub use redirection::{Redirection, Target};
