//! The key of a pool's secure strings at protocol 2.3 and older (MS-PSRP 2.2.2.3, 2.2.2.4, 2.2.5.1.24): made by the server, given
//! to the client under the client's RSA key. At 2.4 there is none.

mod blob;
mod cipher;
mod exchange;

pub use blob::BlobError;
pub use cipher::SessionKey;
pub use exchange::{ExchangeError, RsaKeyPair, seal_for};
