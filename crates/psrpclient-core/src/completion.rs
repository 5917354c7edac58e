use crate::failure::Failure;
use crate::handle::Handle;

/// What PowerShell is told through a completion function.
#[derive(Debug)]
pub struct Completion<'a> {
    /// [`flags`].
    pub flags: u32,
    /// What came of the operation.
    pub outcome: Result<Outcome<'a>, &'a Failure>,
    /// The shell.
    pub shell: Option<Handle>,
    /// The command.
    pub command: Option<Handle>,
    /// The operation: a receive, a send, a signal.
    pub operation: Option<Handle>,
}

/// What an operation brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Nothing but that it is done.
    Done,
    /// The XML of a shell that was made, or was connected to.
    Text(&'a str),
    /// A piece of `stdout`, maybe empty.
    Output(&'a [u8]),
}

/// Copied at the call, called once or, for a receive, for each piece.
pub type Callback = Box<dyn Fn(&Completion<'_>) + Send>;

/// The flags of a completion.
pub mod flags {
    /// The operation is over.
    pub const END_OF_OPERATION: u32 = 1;
    /// More pieces will come.
    pub const MORE: u32 = 0;
    /// The shell can be disconnected.
    pub const SUPPORTS_DISCONNECT: u32 = 0x20;
    /// A receive that was only to be announced: the client disconnects next.
    pub const RECEIVE_DELAYED: u32 = 0x2000;
}
