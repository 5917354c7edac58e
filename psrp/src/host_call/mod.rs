//! What a server asks of the client's host: lines to show, questions to put (MS-PSRP 2.2.3.17, 2.2.6).

mod decode;
mod encode;
mod method;
mod method_id;
mod reply;

pub use method::{
    BufferCell, ChoiceDescription, Coordinates, FieldDescription, HostCall, HostReply, KeyInfo, PsCredential,
    Rectangle, Size,
};
pub use method_id::HostMethodId;
pub use reply::ReplyError;
