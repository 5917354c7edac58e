use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::action::{Operation, SignalCode};
use crate::envelope::{Budget, Charset};
use crate::header::HeaderOption;

/// Who the client is and what it asks for.
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL of the service, for `a:To`.
    pub url: String,
    /// The name of the session configuration.
    pub configuration: String,
    /// PSRP's version, for the option `protocolversion`.
    pub protocol_version: String,
    /// `p:SessionId`: this client instance.
    pub session_id: Option<Arc<str>>,
    /// Octets of an answer.
    pub max_envelope_size: u32,
    /// Options of Create and Connect beside `protocolversion`.
    pub options: Vec<HeaderOption>,
    /// How long an operation may wait at the server.
    pub operation_timeout: Duration,
    /// The same for Create and Connect.
    pub create_timeout: Duration,
    /// The same for Signal.
    pub signal_timeout: Duration,
    /// The same for Delete, and for a Signal that releases a command.
    pub close_timeout: Duration,
    /// How much longer its answer may be on its way.
    pub network_delay: Duration,
    /// How often a Receive is sent again after its connection died.
    pub retries: u32,
    /// The language.
    pub locale: String,
    /// The language for data.
    pub data_locale: String,
    /// How requests are written.
    pub charset: Charset,
    /// Whether streams are compressed.
    pub compression: bool,
    /// What an answer may be.
    pub answer: Budget,
}

impl Config {
    /// A client with the values of Windows PowerShell.
    pub fn new(url: &str, configuration: &str) -> Config {
        Config {
            url: url.to_owned(),
            configuration: configuration.to_owned(),
            protocol_version: "2.3".to_owned(),
            session_id: Some(format!("uuid:{:X}", Uuid::new_v4().hyphenated()).into()),
            max_envelope_size: 512_000,
            options: Vec::new(),
            operation_timeout: Duration::from_mins(3),
            create_timeout: Duration::from_mins(3),
            signal_timeout: Duration::from_mins(1),
            close_timeout: Duration::from_mins(1),
            network_delay: Duration::from_secs(5),
            retries: 5,
            locale: "en-US".to_owned(),
            data_locale: "en-US".to_owned(),
            charset: Charset::Utf8,
            compression: false,
            answer: Budget { elements: 65536, ..Budget::default() },
        }
    }
}

impl Config {
    /// How long an operation may wait at the server.
    pub(super) fn timeout(&self, operation: &Operation) -> Duration {
        match operation {
            Operation::Create(_) | Operation::Connect(_) => self.create_timeout,
            Operation::Signal(signal) if signal.code == SignalCode::Stop => self.signal_timeout,
            Operation::Signal(_) | Operation::Delete => self.close_timeout,
            _ => self.operation_timeout,
        }
    }
}
