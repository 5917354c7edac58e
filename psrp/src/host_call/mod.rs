//! What a server asks of the client's host: lines to show, questions to put (MS-PSRP 2.2.3.17, 2.2.6).

mod method;

pub use method::{
    BufferCell, ChoiceDescription, Coordinates, FieldDescription, HostCall, HostReply, KeyInfo, PsCredential,
    Rectangle, Size,
};
