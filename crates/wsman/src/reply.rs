use std::sync::Arc;

use thiserror::Error;

use crate::action::{Action, Response};
use crate::envelope::{Budget, Charset, CharsetError, Unreadable, Writer, read};
use crate::fault::{Fault, FaultAction, FaultReport, write_fault};
use crate::id::MessageId;
use crate::namespace::{ANONYMOUS, Namespace};
use crate::xpress;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Response(Response),
    /// It is not.
    Fault(Fault),
    /// A bare HTTP status without a body.
    Status(u16),
}

/// An answer that is not yet bytes. Making bytes of it is pure: do it after the server was unlocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub(crate) relates_to: Option<MessageId>,
    pub(crate) message_id: MessageId,
    pub(crate) outcome: Outcome,
    pub(crate) charset: Charset,
    pub(crate) machine: Arc<str>,
    /// Streams are compressed.
    pub(crate) compressed: bool,
}

/// An answer for HTTP, before it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// 200, 500 for every fault, or a bare status.
    pub status: u16,
    /// Content-Type of the body; none for an empty one.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer to a request of this MessageID.
    pub fn new(relates_to: Option<MessageId>, outcome: Outcome, charset: Charset, machine: Arc<str>) -> Reply {
        Reply { relates_to, message_id: MessageId::new(), outcome, charset, machine, compressed: false }
    }

    /// What became of the request.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The bytes.
    pub fn render(&self) -> Rendered {
        let (status, text) = match &self.outcome {
            Outcome::Status(status) => return Rendered { status: *status, content_type: None, body: Vec::new() },
            Outcome::Response(response) => (200, self.response(response)),
            Outcome::Fault(fault) => (500, self.fault(fault)),
        };
        Rendered { status, content_type: Some(self.charset.content_type()), body: self.charset.encode(text) }
    }

    fn response(&self, response: &Response) -> String {
        let mut writer = Writer::with_capacity(2048 + response_size(response));
        if let Response::Identify(_) = response {
            writer.envelope(true, &[Namespace::Soap]);
            writer.empty("s:Header", &[]);
        } else {
            use Namespace as N;
            writer
                .envelope(true, &[N::Soap, N::Addressing, N::Transfer, N::Enumeration, N::Wsman, N::Shell, N::MsWsman]);
            self.header(&response.action().response_uri(), None, &mut writer);
        }
        writer.open("s:Body", &[]);
        match response {
            Response::Receive(received) if self.compressed && !received.data.is_empty() => {
                let mut received = received.clone();
                received.data = vec![xpress::encode(&received.data).into()];
                received.write(&mut writer);
            }
            _ => response.write(&mut writer),
        }
        writer.close("s:Body");
        writer.close("s:Envelope");
        writer.finish()
    }

    fn fault(&self, fault: &Fault) -> String {
        use Namespace as N;
        let mut writer = Writer::with_capacity(2048);
        writer
            .envelope(true, &[N::Soap, N::Addressing, N::Transfer, N::Eventing, N::Enumeration, N::Wsman, N::MsWsman]);
        self.header(fault.row().action.uri(), Some(fault), &mut writer);
        writer.open("s:Body", &[]);
        write_fault(fault, &self.machine, &mut writer);
        writer.close("s:Body");
        writer.close("s:Envelope");
        writer.finish()
    }

    fn header(&self, action: &str, fault: Option<&Fault>, writer: &mut Writer) {
        writer.open("s:Header", &[]);
        writer.leaf("a:Action", action);
        writer.leaf("a:MessageID", self.message_id.as_str());
        writer.leaf("a:To", ANONYMOUS);
        if let Some(id) = &self.relates_to {
            writer.leaf("a:RelatesTo", id.as_str());
        }
        match fault {
            // SOAP 1.2 part 1, 5.4.8
            Some(Fault::NotUnderstood(name)) => {
                let (prefix, qname) = if name.prefix.is_empty() {
                    ("q", format!("q:{}", name.local))
                } else {
                    (name.prefix.as_str(), format!("{}:{}", name.prefix, name.local))
                };
                let declaration = format!("xmlns:{prefix}");
                // A client may have given another meaning to a prefix that this envelope uses.
                if prefix == "s" {
                    writer.empty(
                        "s:NotUnderstood",
                        &[("xmlns:q", &name.namespace), ("qname", &format!("q:{}", name.local))],
                    );
                } else {
                    writer.empty("s:NotUnderstood", &[(&declaration, &name.namespace), ("qname", &qname)]);
                }
            }
            Some(Fault::VersionMismatch) => {
                writer.open("s:Upgrade", &[]);
                writer.empty("s:SupportedEnvelope", &[("qname", "s:Envelope")]);
                writer.close("s:Upgrade");
            }
            _ => {}
        }
        writer.close("s:Header");
    }
}

fn response_size(response: &Response) -> usize {
    match response {
        Response::Receive(received) => received.data.iter().map(|data| data.len() / 3 * 4 + 8).sum(),
        Response::Enumerate(_) | Response::Pull(_) => 16 << 10,
        _ => 1024,
    }
}

/// An answer as a client got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Which request it answers.
    pub relates_to: Option<MessageId>,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a request, as a client got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Response(Response),
    /// It is not.
    Fault(FaultReport),
}

/// Not an answer of this protocol. The peer is to blame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// A status without an envelope.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The body is no text.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// The body is no envelope.
    #[error("the answer cannot be read: {0}")]
    Xml(#[from] Unreadable),
    /// Not an envelope, no action, no body.
    #[error("the answer is not an envelope of WS-Management")]
    NotAnAnswer,
    /// The body is not what the action says.
    #[error("the answer is not valid: {0}")]
    Invalid(Fault),
}

impl Received {
    /// Reads the plain body of an HTTP answer.
    pub fn read(
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
        budget: &Budget,
    ) -> Result<Received, AnswerError> {
        if body.is_empty() {
            return Err(AnswerError::Status(status));
        }
        let charset = match Charset::of_content_type(content_type) {
            // A page that a proxy wrote.
            Err(_) if status != 200 => return Err(AnswerError::Status(status)),
            other => other?,
        };
        let text = charset.decode(body)?;
        let root = read(&text, budget)?;
        let (soap, addressing) = (Namespace::Soap, Namespace::Addressing);
        if !root.is(&soap, "Envelope") {
            return Err(AnswerError::NotAnAnswer);
        }
        let header = root.child(&soap, "Header");
        let relates_to = header.and_then(|h| h.child_text(&addressing, "RelatesTo")).and_then(MessageId::parse);
        let body = root.child(&soap, "Body").ok_or(AnswerError::NotAnAnswer)?;
        if let Some(fault) = body.child(&soap, "Fault") {
            return Ok(Received { relates_to, answer: Answer::Fault(FaultReport::read(fault)) });
        }
        let identified =
            body.children().first().is_some_and(|child| child.is(&Namespace::Identity, "IdentifyResponse"));
        let action = header.and_then(|h| h.child_text(&addressing, "Action")).and_then(Action::of_response);
        let action = if identified { Action::Identify } else { action.ok_or(AnswerError::NotAnAnswer)? };
        let response = Response::read(action, body).map_err(AnswerError::Invalid)?;
        Ok(Received { relates_to, answer: Answer::Response(response) })
    }
}

/// Whether a URI is the action of a fault.
pub fn is_fault_action(uri: &str) -> bool {
    [FaultAction::Wsman, FaultAction::Addressing, FaultAction::Enumeration].iter().any(|action| action.uri() == uri)
}
