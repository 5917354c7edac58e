//! NTLM, version 2 only (MS-NLMP).

mod acceptor;
mod crypto;
mod flags;
mod initiator;
mod message;
mod nt_hash;
mod response;
mod seal;
mod text;

#[cfg(test)]
mod acceptor_tests;

pub use flags::Flags;
pub use initiator::Credentials;
pub use message::MessageError;
pub use nt_hash::{NtAccount, NtHash, NtHashes};

pub(crate) use acceptor::{NtlmAcceptor, NtlmStep, Proven};
pub(crate) use crypto::md5;
pub(crate) use initiator::NtlmInitiator;
pub(crate) use message::SIGNATURE;
pub(crate) use seal::Session;
