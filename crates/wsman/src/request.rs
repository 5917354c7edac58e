use crate::action::{Action, Operation};
use crate::envelope::{Budget, Charset, CharsetError, Element, Unreadable, Writer, read};
use crate::fault::Fault;
use crate::header::Header;
use crate::id::MessageId;
use crate::namespace::Namespace;
use crate::reply::{Outcome, Reply};
use crate::resource::Resource;

/// A request: what it is about, what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `s:Header`.
    pub header: Header,
    /// `s:Body`.
    pub operation: Operation,
    /// How it was written, and so how the answer is.
    pub charset: Charset,
}

/// A request that could not be read, and what is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub fault: Fault,
    /// The MessageID, if it could be read.
    pub message_id: Option<MessageId>,
    /// How the answer is written.
    pub charset: Charset,
    /// Not a fault but a bare status: the body was too large (413), or is not SOAP at all (415).
    pub status: Option<u16>,
}

impl Refused {
    /// The answer.
    pub fn reply(self, machine: &str) -> Reply {
        let outcome = match self.status {
            Some(status) => Outcome::Status(status),
            None => Outcome::Fault(self.fault),
        };
        Reply::new(self.message_id, outcome, self.charset, machine.into())
    }
}

impl Request {
    /// Reads the plain body of an HTTP request. Pure: call it before the server is locked.
    pub fn read(content_type: Option<&str>, body: &[u8], budget: &Budget) -> Result<Request, Refused> {
        let bare = |fault, charset, status| Refused { fault, message_id: None, charset, status };
        if body.len() > budget.bytes {
            return Err(bare(Fault::RequestTooLarge, Charset::Utf8, Some(413)));
        }
        let charset = Charset::of_content_type(content_type).map_err(|error| match error {
            CharsetError::NotSoap => bare(error.into(), Charset::Utf8, Some(415)),
            _ => bare(error.into(), Charset::Utf8, None),
        })?;
        let text = charset.decode(body).map_err(|error| bare(error.into(), charset, None))?;
        let root = read(&text, budget).map_err(|Unreadable { cause, message_id }| Refused {
            fault: Fault::NotWellFormed(cause.to_string()),
            message_id: message_id.as_deref().and_then(MessageId::parse),
            charset,
            status: None,
        })?;
        let message_id = message_id(&root);
        match envelope(&root, message_id.clone()) {
            Ok((header, operation)) => Ok(Request { header, operation, charset }),
            Err(fault) => Err(Refused { fault, message_id, charset, status: None }),
        }
    }

    /// Whether a body is Identify and nothing else: the only thing that somebody unknown may ask.
    pub fn is_identify(content_type: Option<&str>, body: &[u8], budget: &Budget) -> Option<Charset> {
        match Request::read(content_type, body, budget) {
            Ok(Request { operation: Operation::Identify, charset, .. }) => Some(charset),
            _ => None,
        }
    }

    /// Writes it as Windows' client does.
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(4096);
        if self.operation == Operation::Identify {
            writer.envelope(false, &[Namespace::Soap]);
            writer.empty("s:Header", &[]);
        } else {
            writer.envelope(
                false,
                &[
                    Namespace::Soap,
                    Namespace::Addressing,
                    Namespace::Enumeration,
                    Namespace::Wsman,
                    Namespace::MsWsman,
                    Namespace::Shell,
                ],
            );
            self.header.write(self.operation.action(), &mut writer);
        }
        writer.open("s:Body", &[]);
        self.operation.write(&mut writer);
        writer.close("s:Body");
        writer.close("s:Envelope");
        self.charset.encode(writer.finish())
    }
}

fn message_id(root: &Element<'_>) -> Option<MessageId> {
    let header = root.child(&Namespace::Soap, "Header")?;
    // Byte for byte, but for white space at the ends: clients break lines there.
    MessageId::parse(header.child(&Namespace::Addressing, "MessageID")?.text())
}

fn envelope(root: &Element<'_>, message_id: Option<MessageId>) -> Result<(Header, Operation), Fault> {
    if !root.is(&Namespace::Soap, "Envelope") {
        return Err(if root.local() == "Envelope" {
            Fault::VersionMismatch
        } else {
            Fault::Schema("The document is not an envelope.")
        });
    }
    let body = root.child(&Namespace::Soap, "Body").ok_or(Fault::Schema("There is no Body."))?;
    let identify = body.children().first().is_some_and(|child| child.is(&Namespace::Identity, "Identify"));
    let header = root.child(&Namespace::Soap, "Header");
    if identify {
        let mut header = Header::new("", Resource::Other(String::new()));
        if let Some(id) = message_id {
            header.message_id = id;
        }
        return Ok((header, Operation::Identify));
    }
    let header = header.ok_or(Fault::Schema("There is no Header."))?;
    let message_id = message_id.ok_or(Fault::InvalidHeader("a:MessageID"))?;
    let (header, action) = Header::read(header, message_id)?;
    // Two bodies in one are somebody's trick.
    if body.children().len() > 1 && action != Action::Delete && action != Action::Get {
        return Err(Fault::Schema("The body has more than one element."));
    }
    Ok((header, Operation::read(action, body)?))
}
