use negotiate::multipart::MultipartError;
use negotiate::{InitiateError, KerberosError};
use psrp::record::ErrorRecord;
use thiserror::Error as ThisError;

/// Why a session does not work.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No connection came about.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Nobody is called so.
    #[error("no computer of the name {0} is known")]
    NoSuchHost(String),
    /// No connection came about, nor was it refused.
    #[error("{0} did not answer in time")]
    ConnectTimedOut(String),
    /// The server's certificate is not trusted.
    #[error("the certificate of the server is not trusted: {0}")]
    Certificate(rustls::CertificateError),
    /// TLS did not come about.
    #[error("TLS: {0}")]
    Tls(std::io::Error),
    /// The server does not speak HTTP, or stopped.
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    /// An answer began and did not end.
    #[error("the answer broke off: {0}")]
    Cut(hyper::Error),
    /// The server turned the account away.
    #[error("access is denied")]
    Denied,
    /// The server answered the logon with a status that has nothing to do with it.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The server does not offer this way to log on.
    #[error("the server offers none of the ways to log on that were asked for")]
    NotOffered,
    /// The handshake did not come about.
    #[error("the handshake failed: {0}")]
    Handshake(InitiateError),
    /// There is no ticket for the server, or it is no good.
    #[error("Kerberos: {0}")]
    Kerberos(#[from] KerberosError),
    /// A sealed answer does not open.
    #[error("the answer cannot be opened: {0}")]
    Sealed(#[from] MultipartError),
    /// WS-Management failed.
    #[error(transparent)]
    WsMan(#[from] wsman::shell::client::Error),
    /// The session is broken.
    #[error("the session is broken: {}", .0.as_ref().map_or("the server does not say why", |record| &*record.exception.message))]
    Broken(Option<Box<ErrorRecord>>),
    /// A message was asked for that cannot be sent now.
    #[error(transparent)]
    Send(#[from] psrp::SendError),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// There are no random bytes.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
}

impl From<InitiateError> for Error {
    fn from(error: InitiateError) -> Error {
        match error {
            InitiateError::Kerberos(error) => Error::Kerberos(error),
            other => Error::Handshake(other),
        }
    }
}

impl Error {
    /// What a TLS handshake failed with.
    pub(crate) fn tls(error: std::io::Error) -> Error {
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match cause {
            Some(rustls::Error::InvalidCertificate(why)) => Error::Certificate(why.clone()),
            _ => Error::Tls(error),
        }
    }
}
