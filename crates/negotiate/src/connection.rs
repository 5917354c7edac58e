//! Who is at the other end of one TCP connection, and how its bodies are sealed (RFC 4559; MS-WSMV 2.2.9.1).
//!
//! ```text
//! Fresh ──(nothing, or an unknown scheme)──► 401 with the offers
//! Fresh ──(token)──► Negotiating ──(token)──► Authenticated
//! Authenticated ──(no Authorization)──► serve        ──(a first token)──► from the beginning
//! any ──(a bad token)──► 401 with the offers, close, nothing is kept
//! ```
//!
//! Basic never leads to Authenticated: it proves one request.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::acceptor::{Acceptor, AcceptorConfig, Channel, Established, Step};
use crate::basic::BasicCredentials;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::{Authenticated, Refusal};
use crate::kerberos::KerberosAcceptor;
use crate::multipart::{self, EncryptedType, MultipartError, Protocol};
use crate::negotiator::Negotiator;
use crate::sealing::{SealError, Sealing};

/// Where the authentication of one TCP connection stands. Requests come to it one after the other.
pub struct Connection {
    config: Arc<AcceptorConfig>,
    channel: Channel,
    state: State,
}

enum State {
    Fresh,
    Negotiating { scheme: Scheme, acceptor: Box<dyn Acceptor> },
    Authenticated { identity: Authenticated, sealing: Option<Box<dyn Sealing>> },
}

/// The schemes with a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Negotiate,
    /// Kerberos with nothing around it.
    Kerberos,
    /// Not offered, but some clients use it.
    Ntlm,
}

impl Scheme {
    fn parse(name: &str) -> Option<Scheme> {
        [Scheme::Negotiate, Scheme::Kerberos, Scheme::Ntlm]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(name))
    }

    const fn as_str(self) -> &'static str {
        match self {
            Scheme::Negotiate => "Negotiate",
            Scheme::Kerberos => "Kerberos",
            Scheme::Ntlm => "NTLM",
        }
    }
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Serve it, for this identity. An empty body is answered with an empty 200.
    Serve {
        /// Who asks.
        identity: Authenticated,
        /// A `WWW-Authenticate` header for the answer: the handshake's last token.
        www_authenticate: Option<String>,
    },
    /// Answer 401 with this one `WWW-Authenticate` header and keep the connection.
    Continue {
        /// The scheme and the token.
        www_authenticate: String,
    },
    /// Answer 401 with these `WWW-Authenticate` headers, a line each.
    Refuse {
        /// The bare offers.
        offers: Vec<&'static str>,
        /// Why, for the log. None if the client just did not say who it is; otherwise close the connection.
        refusal: Option<Refusal>,
    },
}

/// Why a body is refused. No answer tells the client; log it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Outside TLS every message is sealed.
    #[error("a plain body outside TLS")]
    Plain,
    /// The body is sealed, but the connection has no keys for it.
    #[error("a sealed body on a connection without sealing")]
    NotNegotiated,
    /// The body does not open. The connection must be closed: its key stream is lost.
    #[error(transparent)]
    Multipart(#[from] MultipartError),
}

/// A request's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The Content-Type of the message itself.
    pub content_type: String,
    /// The message.
    pub bytes: Vec<u8>,
    /// It was sealed, under this name, and so must be its answer.
    pub sealed: Option<Protocol>,
}

impl Connection {
    /// A connection on which nothing has happened yet.
    pub fn new(config: Arc<AcceptorConfig>, channel: Channel) -> Connection {
        Connection { config, channel, state: State::Fresh }
    }

    /// Judges a request by the value of its `Authorization` header, before its body is looked at. It asks the account
    /// stores, which may take time.
    pub fn authorize(&mut self, authorization: Option<&str>, now: FileTime, entropy: Entropy) -> Verdict {
        let Some(authorization) = authorization else {
            return match &self.state {
                State::Authenticated { identity, .. } => {
                    Verdict::Serve { identity: identity.clone(), www_authenticate: None }
                }
                State::Fresh | State::Negotiating { .. } => {
                    self.state = State::Fresh;
                    Verdict::Refuse { offers: self.offers(), refusal: None }
                }
            };
        };
        // Whatever this header leads to, what was there before is over unless a handshake goes on.
        let state = std::mem::replace(&mut self.state, State::Fresh);
        let (name, token) = authorization.trim().split_once(' ').unwrap_or((authorization.trim(), ""));
        let judged = if name.eq_ignore_ascii_case("Basic") {
            self.basic(token)
        } else if let Some(scheme) = Scheme::parse(name) {
            self.handshake(state, scheme, token, now, entropy)
        } else {
            return Verdict::Refuse { offers: self.offers(), refusal: Some(Refusal::Scheme) };
        };
        judged.unwrap_or_else(|refusal| Verdict::Refuse { offers: self.offers(), refusal: Some(refusal) })
    }

    fn basic(&self, token: &str) -> Result<Verdict, Refusal> {
        let passwords = self.config.passwords.as_deref().ok_or(Refusal::Scheme)?;
        let identity = BasicCredentials::parse(token)?.authenticate(&self.channel, passwords)?;
        Ok(Verdict::Serve { identity, www_authenticate: None })
    }

    fn handshake(
        &mut self,
        state: State,
        scheme: Scheme,
        token: &str,
        now: FileTime,
        entropy: Entropy,
    ) -> Result<Verdict, Refusal> {
        let token = STANDARD.decode(token.trim()).map_err(|_| Refusal::Unexpected("not base64"))?;
        let mut acceptor: Box<dyn Acceptor> = match state {
            State::Negotiating { scheme: begun, acceptor } if begun == scheme && !begins(&token) => acceptor,
            _ if scheme == Scheme::Kerberos => {
                if self.config.kerberos.is_none() {
                    return Err(Refusal::Scheme);
                }
                Box::new(KerberosAcceptor::new(&self.config, self.channel.clone()))
            }
            _ => Box::new(Negotiator::new(self.config.clone(), self.channel.clone())),
        };
        match acceptor.step(&token, now, entropy) {
            Step::Continue(token) => {
                self.state = State::Negotiating { scheme, acceptor };
                Ok(Verdict::Continue { www_authenticate: header(scheme, &token) })
            }
            Step::Done(Established { token, identity, sealing }) => {
                self.state = State::Authenticated { identity: identity.clone(), sealing };
                let www_authenticate = token.map(|token| header(scheme, &token));
                Ok(Verdict::Serve { identity, www_authenticate })
            }
            Step::Fail(refusal) => Err(refusal),
        }
    }

    /// The schemes offered here, in the order of Windows. CredSSP is not among them.
    pub fn offers(&self) -> Vec<&'static str> {
        let mut offers = vec!["Negotiate"];
        if self.config.kerberos.is_some() {
            offers.push("Kerberos");
        }
        if self.config.passwords.is_some() && self.channel != Channel::Plain {
            offers.push("Basic realm=\"WSMAN\"");
        }
        offers
    }

    /// Opens the body of a request that may be served. Outside TLS it must be sealed. After an error of
    /// [`BodyError::Multipart`] nothing is served on this connection any more.
    pub fn open(&mut self, content_type: &str, bytes: Vec<u8>) -> Result<Body, BodyError> {
        let opened = self.try_open(content_type, bytes);
        if matches!(opened, Err(BodyError::Multipart(_))) {
            self.state = State::Fresh;
        }
        opened
    }

    fn try_open(&mut self, content_type: &str, bytes: Vec<u8>) -> Result<Body, BodyError> {
        let Some(encrypted) = EncryptedType::parse(content_type)? else {
            if self.channel == Channel::Plain {
                return Err(BodyError::Plain);
            }
            return Ok(Body { content_type: content_type.to_owned(), bytes, sealed: None });
        };
        let State::Authenticated { sealing: Some(sealing), .. } = &mut self.state else {
            return Err(BodyError::NotNegotiated);
        };
        let opened = multipart::open(sealing.as_mut(), &encrypted, &bytes)?;
        Ok(Body { content_type: opened.content_type, bytes: opened.body, sealed: Some(encrypted.protocol) })
    }

    /// The Content-Type and the body of an answer: sealed under the name of its request if that was sealed. An empty
    /// body stays empty.
    pub fn close(
        &mut self,
        sealed: Option<Protocol>,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(String, Vec<u8>), SealError> {
        let Some(protocol) = sealed.filter(|_| !bytes.is_empty()) else {
            return Ok((content_type.to_owned(), bytes));
        };
        let State::Authenticated { sealing: Some(sealing), .. } = &mut self.state else {
            return Err(SealError::Broken);
        };
        let body = multipart::close(sealing.as_mut(), protocol, content_type, bytes)?;
        Ok((multipart::content_type(protocol), body))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            State::Fresh => "Connection(Fresh)",
            State::Negotiating { .. } => "Connection(Negotiating)",
            State::Authenticated { .. } => "Connection(Authenticated)",
        })
    }
}

/// The token is the first one of a handshake: SPNEGO's, or NTLM's first message.
fn begins(token: &[u8]) -> bool {
    crate::spnego::is_initial(token) || token.starts_with(b"NTLMSSP\0\x01")
}

fn header(scheme: Scheme, token: &[u8]) -> String {
    format!("{} {}", scheme.as_str(), STANDARD.encode(token))
}
