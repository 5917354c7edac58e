//! Who is at the other end, and messages that only it can read: SPNEGO, NTLMv2 and Kerberos (MS-SPNG, MS-NLMP, RFC 4121), Basic,
//! and the sealed HTTP bodies of WinRM (MS-WSMV 2.2.9.1). Both halves of a handshake are here, neither does input or output:
//! time and random bytes are arguments.
//!
//! ```text
//! Authorization ──▶ Connection ──▶ Negotiator (an Acceptor) ──▶ Authenticated + Sealing
//! sealed body   ──▶ Connection::open ──▶ message     message ──▶ Connection::close ──▶ sealed body
//! ```
//!
//! - A listener keeps one [`Connection`] per TCP connection and asks it about every request.
//! - [`Authenticated`] has no public constructor: who holds one has seen a proof.
//! - [`Acceptor`] is the seam for more mechanisms. **CredSSP is not offered.**
//! - [`KerberosContext`] is the seam to a library that knows tickets and keys; without one there is no Kerberos.
//! - [`Initiator`] is the client.
//!
//! An NTLM client must speak version 2 with Unicode, 128-bit keys and extended session security; its proof is always
//! verified over the bytes it sent. LM, NTLMv1, anonymous and guest logons are refused.

mod acceptor;
mod basic;
mod channel_binding;
mod connection;
mod der;
mod entropy;
mod file_time;
mod identity;
mod initiator;
mod kerberos;
pub mod multipart;
mod negotiator;
mod ntlm;
mod sealing;
mod spnego;

pub use acceptor::{AbsentMic, Acceptor, AcceptorConfig, BindingPolicy, Channel, Established, ServerNames, Step};
pub use basic::{BasicCredentials, BasicError, Passwords};
pub use channel_binding::ChannelBinding;
pub use connection::{Body, BodyError, Connection, Verdict};
pub use der::DerError;
pub use entropy::Entropy;
pub use file_time::FileTime;
pub use identity::{Authenticated, LogonName, Mechanism, Refusal};
pub use initiator::{InitiateError, Initiator, Package, Progress, Wrapping};
pub use kerberos::{KerberosClient, KerberosContext, KerberosError, KerberosService, KerberosStep, KerberosTrouble};
pub use negotiator::Negotiator;
pub use ntlm::{Credentials, Flags, MessageError, NtAccount, NtHash, NtHashes};
pub use sealing::{SealError, Sealed, Sealing};
