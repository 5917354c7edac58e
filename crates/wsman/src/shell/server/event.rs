use bytes::Bytes;

use crate::action::InputStream;
use crate::id::{CommandId, ShellId};

/// One HTTP request, by a number that its caller chooses and never uses again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

/// A shell, by a number that is never used again: clients may use an id again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShellKey(pub(super) u64);

/// Who asks. The identity is whatever the caller compares users by; only somebody authenticated has one.
#[derive(Debug, Clone)]
pub struct Caller<I> {
    /// Equal for the same user, different for others.
    pub identity: I,
    /// The user's name as `rsp:Owner` shows it.
    pub owner: String,
    /// Where the client is, as `rsp:ClientIP` shows it.
    pub address: String,
    /// The URL of the request, given back by Create.
    pub url: String,
    /// Whether this user may use the session configuration at all.
    pub allowed: bool,
}

/// Whether an answer reached its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All of it was written.
    Written,
    /// The connection died before.
    Lost,
}

/// What the server's surroundings are to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<I> {
    /// A client wants a shell. Call `accept_shell` or `refuse_shell`.
    Create(Box<NewShell<I>>),
    /// Input.
    Input {
        /// Of which shell.
        shell: ShellKey,
        /// To which command; none is the shell itself. Some clients leave it out on `pr`: then PSRP's own pipeline id tells.
        command: Option<CommandId>,
        /// On which stream: each has its own sequence of fragments.
        stream: InputStream,
        /// Fragments of PSRP.
        data: Bytes,
    },
    /// A client starts a command. It has been answered already.
    Command {
        /// In which shell.
        shell: ShellKey,
        /// Its id, PSRP's pipeline id.
        command: CommandId,
        /// A text for lists.
        line: String,
        /// The first fragments of PSRP.
        arguments: Bytes,
    },
    /// A client wants a command stopped. Write its end, with `last`.
    Stop {
        /// In which shell.
        shell: ShellKey,
        /// Which command.
        command: CommandId,
    },
    /// A command is forgotten: its client released it, or it is over for long. End it if it runs.
    Released {
        /// In which shell.
        shell: ShellKey,
        /// Which command.
        command: CommandId,
    },
    /// There is room again for output whose `write` had said `Full`.
    Drained {
        /// Of which shell.
        shell: ShellKey,
        /// Of which command; none is the shell itself.
        command: Option<CommandId>,
    },
    /// The client left; the shell goes on.
    Disconnected {
        /// Which shell.
        shell: ShellKey,
    },
    /// The client instance that left is back.
    Reconnected {
        /// Which shell.
        shell: ShellKey,
    },
    /// Another client instance of the same user wants the shell. Call `accept_connect` or `refuse_connect`.
    Connect {
        /// Which shell.
        shell: ShellKey,
        /// Where that client is.
        address: String,
        /// Fragments of PSRP's SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL.
        data: Bytes,
    },
    /// A client wants the output of a command again, after a Reconnect or Connect of its shell.
    CommandConnected {
        /// In which shell.
        shell: ShellKey,
        /// Which command.
        command: CommandId,
    },
    /// A shell is gone. End everything in it.
    Closed {
        /// Which shell.
        shell: ShellKey,
        /// Why.
        reason: CloseReason,
    },
}

/// A shell that a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShell<I> {
    /// What it is called here.
    pub shell: ShellKey,
    /// What its client calls it.
    pub id: ShellId,
    /// Whose it is.
    pub identity: I,
    /// The user's name.
    pub owner: String,
    /// Where the client is.
    pub address: String,
    /// The name of the session.
    pub name: Option<String>,
    /// The option `protocolversion`; negotiate by what PSRP says.
    pub protocol_version: String,
    /// The client's language.
    pub locale: Option<String>,
    /// The client's language for data.
    pub data_locale: Option<String>,
    /// The first fragments of PSRP; may be a part, or nothing.
    pub creation: Bytes,
}

/// Why a shell is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Its client closed it.
    Deleted,
    /// It was left alone for too long.
    Idle,
}

/// Output for a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The fragments of one or more messages, in order. A piece is divided only if it is larger than an envelope.
    pub fragments: Vec<Bytes>,
    /// Whether these messages may be lost while the shell is disconnected in mode Drop. States and host calls may not.
    pub droppable: bool,
    /// The end of a command: nothing follows.
    pub last: bool,
    /// The command now waits for the client.
    pub pending: bool,
}

/// Whether there is room for more output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Go on.
    Open,
    /// This was taken, but wait for `Drained` before the next.
    Full,
}
