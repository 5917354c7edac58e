//! The command table. A command declares what it is ([`CommandInfo`]); everything else is derived from that: binding,
//! prompts, `Get-Command`, help, completion, views.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

extern crate self as cmdlet; // the derives name this crate, also inside it

pub mod bind;
mod bound;
mod command;
pub mod convert;
pub mod discover;
mod engine;
pub mod format;
mod invocation;
mod parameter;
pub mod prompt;
mod ps;
mod redirection;
pub mod refusal;
mod run;
mod should_process;
mod stage;
mod table;
mod validate;

pub use clixml::Value;
pub use futures_util::future::BoxFuture;
pub use psrp::record::ErrorRecord;

pub use bind::ActionPreference;
pub use bound::{Bound, CommonParameters};
pub use cmdlet_derive::{Cmdlet, PsEnum, PsObject};
pub use command::{CommandInfo, ConfirmImpact, Example, RoleClass};
pub use convert::{Flags, Hashtable, Switch, Uri};
pub use engine::{Engine, Output, SessionInfo, Stopped};
pub use format::PsObject;
pub use invocation::{Authorized, Call, Invocation, Policy, Recorded, Recorder};
pub use parameter::{Completer, EnumInfo, ParameterInfo, ParameterSet, ParameterType, Validation};
pub use ps::{ConsoleColor, Ps};
pub use psrp::message::Argument;
pub use redirection::{Redirection, Target};
pub use run::{Cmdlet, Command, Run, Terminate};
pub use table::CommandTable;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/adding-a-command.md")]
struct AddingACommand;
