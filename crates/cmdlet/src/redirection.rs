//! Where a command's streams go: each to the client as itself, or into the output (`2>&1`, `*>&1`).

/// Where one stream of a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Target {
    /// To the client, as that stream.
    #[default]
    Stream,
    /// Into the command's output, to the next command or the client.
    Output,
    /// To the command this many places further down the pipeline: how the console's `Out-Default` collects the errors of
    /// all commands before it.
    Command(usize),
}

/// Where each stream of a command goes (`MergeMyResult`, `MergeError` … of MS-PSRP 2.2.3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the streams' own names
pub struct Redirection {
    pub error: Target,
    pub warning: Target,
    pub verbose: Target,
    pub debug: Target,
    pub information: Target,
}
