//! The key exchange, which a client starts when it meets its first secure string (protocol 2.3 and older). What needs the key
//! waits for it, and so does everything behind it on the same target.

use clixml::{Content, Guid, Plain, SecureString, SecureStringCipher, Value};

use super::{Event, RunspacePool};
use crate::ProtocolError;
use crate::message::{Body, EncryptedSessionKey, Message, MessageType};
use crate::outbox::Target;
use crate::pool::server;
use crate::session_key::{ExchangeError, RsaKeyPair, SessionKey};

/// Where the exchange stands.
#[derive(Debug, Default)]
pub(super) enum Key {
    #[default]
    None,
    Asked(Box<RsaKeyPair>),
    Here(SessionKey),
}

/// What waits for the key.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) to_send: Vec<(Target, Message)>,
    pub(super) received: Vec<(Guid, Vec<u8>)>,
}

impl RunspacePool {
    /// Sends PUBLIC_KEY, unless that was done or need not be. By itself the pool does so at the first secure string.
    pub fn exchange_key(&mut self) -> Result<(), ExchangeError> {
        if self.needs_key() && matches!(self.key, Key::None) {
            let pair = RsaKeyPair::generate()?;
            let body = Body::PublicKey(pair.public_key().clone());
            self.key = Key::Asked(Box::new(pair));
            self.send(None, body);
        }
        Ok(())
    }

    pub(super) fn needs_key(&self) -> bool {
        self.protocol < server::Config::V2_4 && !matches!(self.key, Key::Here(_))
    }

    pub(super) fn cipher(&self) -> &dyn SecureStringCipher {
        match &self.key {
            Key::Here(key) => key,
            _ => &Plain,
        }
    }

    /// Must this wait for the key, or for something that waits?
    pub(super) fn must_wait_to_send(&self, target: Target, body: &Body) -> bool {
        let behind = self.waiting.to_send.iter().any(|(t, _)| t.pipeline.is_some() && t.pipeline == target.pipeline);
        behind || (self.needs_key() && body.as_value().is_some_and(|value| has_secret(&value)))
    }

    pub(super) fn must_wait_to_read(&self, pipeline: Guid, message: &[u8]) -> bool {
        let behind = self.waiting.received.iter().any(|(id, _)| *id == pipeline);
        behind || (self.needs_key() && message.windows(3).any(|bytes| bytes == b"<SS"))
    }

    /// MS-PSRP 3.1.5.4.4.
    pub(super) fn take_key(&mut self, sealed: &EncryptedSessionKey) -> Result<(), ProtocolError> {
        let Key::Asked(pair) = &self.key else {
            return Err(self.unexpected(MessageType::EncryptedSessionKey));
        };
        self.key = Key::Here(pair.open(sealed)?);
        self.events.push_back(Event::KeyExchanged);
        for (target, message) in std::mem::take(&mut self.waiting.to_send) {
            self.send_now(target, &message);
        }
        for (_, message) in std::mem::take(&mut self.waiting.received) {
            self.receive_message(&message)?;
        }
        Ok(())
    }
}

/// Is there a secure string with a text in it, anywhere?
fn has_secret(value: &Value) -> bool {
    match value {
        Value::SecureString(SecureString::Clear(_)) => true,
        Value::Object(object) => {
            let in_content = match &object.content {
                Content::None => false,
                Content::Primitive(value) => has_secret(value),
                Content::List(items) | Content::Enumerable(items) | Content::Stack(items) | Content::Queue(items) => {
                    items.iter().any(has_secret)
                }
                Content::Dictionary(entries) => entries.iter().any(|(key, value)| has_secret(key) || has_secret(value)),
            };
            in_content || object.adapted.iter().chain(object.extended.iter()).any(|(_, value)| has_secret(value))
        }
        _ => false,
    }
}
