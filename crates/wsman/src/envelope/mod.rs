//! SOAP envelopes: bytes to a checked tree of elements, and back.

mod charset;
mod element;
mod reader;
mod writer;

pub use charset::{Charset, CharsetError};
pub(crate) use element::is_true;
pub use element::{Attribute, Element};
pub use reader::{Budget, Unreadable, XmlError, read};
pub use writer::Writer;
pub(crate) use writer::escaped_len;
