//! The framing of PSRP on a pair of pipes, as `pwsh -s` and SSH subsystems speak it: one XML element a line.
//!
//! ```text
//! <Data Stream='Default' PSGuid='…'>base64 of fragments</Data>     each answered by   <DataAck PSGuid='…' />
//! <Command PSGuid='…' />   a pipeline begins                                           <CommandAck PSGuid='…' />
//! <Signal PSGuid='…' />    stop the pipeline                                           <SignalAck PSGuid='…' />
//! <Close PSGuid='…' />     the pipeline, or with the zero GUID the session, is over    <CloseAck PSGuid='…' />
//! ```
//!
//! [`Server`] and [`Client`] couple it with the two halves of a pool: bytes in, events out; calls in, bytes out.

mod client;
mod packet;
mod reader;
mod server;

pub use client::{Client, ClientEvent};
pub use packet::{Packet, PacketKind};
pub use reader::{FramingError, LINE_LIMIT, PacketReader};
pub use server::{Server, ServerEvent};

use crate::fragment::{FRAGMENT_HEADER, MAX_BLOB};

/// One full fragment a line, as real peers do.
const FRAGMENT: usize = FRAGMENT_HEADER + MAX_BLOB;
