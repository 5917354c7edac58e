//! Which mechanism to use, agreed on under a signature (SPNEGO: RFC 4178, MS-SPNG).

mod acceptor;
mod initiator;
mod mechanism;
mod token;

pub(crate) use acceptor::SpnegoAcceptor;
pub(crate) use initiator::SpnegoInitiator;
pub(crate) use mechanism::is_kerberos;
pub(crate) use token::is_initial;
