//! The command line.

mod account;
mod check;
mod client;
mod greeting;
mod place;
mod progress;
mod record;
mod replay;
mod screen;
mod search;
mod serve;
mod stamp;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{parse_listen, parse_socket};

pub use greeting::{Greeting, first_start};
pub use place::{Surroundings, sockets_to_try};

/// A privileged endpoint that stock PowerShell clients enter.
#[derive(Debug, Parser)]
#[command(name = "pepd", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the endpoint
    Serve(Serve),
    /// Relay standard input and output to the endpoint: the SSH subsystem
    Connect(Connect),
    /// Manage the accounts of the endpoint
    #[command(subcommand, arg_required_else_help = true)]
    Account(Account),
    /// Read the record, and look for damage
    #[command(subcommand, arg_required_else_help = true)]
    Record(RecordCommand),
    /// Say what is wrong with the configuration and the inventory; ends with 1 if there is anything
    Check(Check),
    /// Facts of the stamp
    #[command(subcommand, arg_required_else_help = true)]
    Stamp(StampCommand),
    /// Let the PowerShell of this machine enter endpoints by -ComputerName, here and on Windows
    #[command(subcommand, arg_required_else_help = true)]
    Client(Client),
}

#[derive(Debug, Args)]
struct Check {
    /// The configuration; without it every setting has its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The inventory [default: the one that the configuration names, else what is seen of this host]
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum StampCommand {
    /// Write AzureStackStampInformation.json: what Get-AzureStackStampInformation gives
    Export(StampExport),
}

#[derive(Debug, Args)]
struct StampExport {
    /// The file, which is replaced; else standard output
    file: Option<PathBuf>,
    /// The configuration, which names the inventory
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The inventory [default: the one that the configuration names, else what is seen of this host]
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Find what was changed, cut, taken away or put in; ends with 1 if there is anything
    Verify(Verify),
    /// Print the last signed checkpoint, to be kept elsewhere for a later verify
    Checkpoint(RecordPlace),
    /// List the sessions
    List(List),
    /// Print a session as a transcript
    Show(Show),
    /// Play the screen of a session again, or write it into a file for terminal players
    Replay(Replay),
    /// Find records of all sessions
    Search(Search),
    /// Write a session to a file or to standard output
    Export(Export),
}

#[derive(Debug, Args)]
struct Search {
    /// Only sessions of this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only where this command was let run
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Only what holds this text, letter for letter
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Not before this time: 2026-11-25, or 2026-11-25T16:30
    #[arg(long, value_name = "TIME", value_parser = search::parse_time)]
    since: Option<u64>,
    /// Not after this time
    #[arg(long, value_name = "TIME", value_parser = search::parse_time)]
    until: Option<u64>,
    #[command(flatten)]
    pages: Pages,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Args)]
struct Pages {
    /// Do not show it page by page; $PAGER says by what [default: less]. Into a pipe nothing is
    #[arg(long)]
    no_pager: bool,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    pages: Pages,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Args)]
struct Replay {
    /// The session's id, or its first letters [default: the last one]
    session: Option<String>,
    /// So many times as fast
    #[arg(long, value_name = "N", default_value = "1", value_parser = replay::parse_factor, conflicts_with = "asciicast")]
    speed: f64,
    /// Cut longer pauses to this
    #[arg(long, value_name = "SECONDS", value_parser = replay::parse_factor)]
    idle_limit: Option<f64>,
    /// Write a new file in asciicast v2 instead, for asciinema and other players
    #[arg(long, value_name = "FILE")]
    asciicast: Option<PathBuf>,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Args)]
struct RecordPlace {
    /// The record's directory [default: `record` in the state directory]
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// The state directory [default: $XDG_STATE_HOME/pepd, or /var/lib/pepd as root]
    #[arg(long, value_name = "DIR", conflicts_with = "record")]
    state: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Verify {
    /// The public key [default: `keys/record.pub` beside the record]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere: finds a log that was cut or written anew
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Args)]
struct Show {
    /// The session's id, or its first letters
    session: String,
    #[command(flatten)]
    pages: Pages,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Form {
    /// A transcript in PowerShell's layout
    #[arg(long)]
    text: bool,
    /// One record a line, as JSON
    #[arg(long)]
    json: bool,
    /// Objects for Import-Clixml
    #[arg(long)]
    clixml: bool,
}

#[derive(Debug, Args)]
struct Export {
    /// The session's id, or its first letters
    session: String,
    #[command(flatten)]
    form: Form,
    /// A new file; else standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: RecordPlace,
}

#[derive(Debug, Subcommand)]
enum Client {
    /// Put libpsrpclient.so where PowerShell finds it: into its own directory, or by a line in the user's profile
    Install(ClientPlace),
    /// Undo that
    Uninstall(ClientPlace),
}

#[derive(Debug, Args)]
struct ClientPlace {
    /// The directory of the PowerShell, with pwsh.dll [default: that of the pwsh on PATH]
    #[arg(long, value_name = "DIR")]
    pwsh: Option<PathBuf>,
    /// Only for this user: leave PowerShell's directory alone
    #[arg(long, conflicts_with = "pwsh")]
    user: bool,
    /// The library [default: libpsrpclient.so beside this program]
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    /// The configuration; without it every setting has its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    state: State,
    /// The Unix socket that `pepd connect` comes in by
    #[arg(long, value_name = "PATH", value_parser = parse_socket)]
    socket: Option<PathBuf>,
    /// Where to listen for WinRM clients; may be given several times
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_listen)]
    listen: Vec<SocketAddr>,
}

#[derive(Debug, Args)]
struct Connect {
    /// The endpoint's Unix socket
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct State {
    /// The state directory: accounts and the record [default: $XDG_STATE_HOME/pepd, or /var/lib/pepd as root]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Account {
    /// Create an account; its password is asked for, or read from standard input
    Add(Named),
    /// List the accounts
    List(State),
    /// Remove an account
    Remove(Named),
    /// Give an account a new password and unlock it; asked for, or read from standard input
    Password(Named),
}

#[derive(Debug, Args)]
struct Named {
    /// The account's name
    name: String,
    #[command(flatten)]
    state: State,
}

/// Runs the program with the arguments it was started with.
pub fn main() -> ExitCode {
    let surroundings = Surroundings::of_this_process();
    let done = match Cli::parse().command {
        Command::Record(command) => {
            return record::run(command, &surroundings).unwrap_or_else(|error| {
                eprintln!("pepd: {error}");
                ExitCode::FAILURE
            });
        }
        Command::Check(arguments) => {
            return check::run(&arguments).unwrap_or(ExitCode::FAILURE);
        }
        Command::Stamp(StampCommand::Export(arguments)) => stamp::export(arguments),
        Command::Serve(arguments) => serve::run(arguments, &surroundings),
        Command::Connect(Connect { socket }) => connect(socket, &surroundings),
        Command::Account(account) => account::run(account, &surroundings),
        Command::Client(client) => client::run(client, &surroundings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pepd: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a command of the program ends with: nothing, or a text for the user.
type Done = Result<(), Box<dyn Error>>;

fn connect(socket: Option<PathBuf>, surroundings: &Surroundings) -> Done {
    let candidates = socket.map_or_else(|| sockets_to_try(surroundings), |socket| vec![socket]);
    let there = candidates.iter().find(|path| path.exists()).or(candidates.first());
    let socket = there.ok_or("there is no place to look for the endpoint's socket: give it by --socket")?;
    crate::connect::relay(socket)?;
    // The thread that reads standard input may wait for ever; the conversation is over.
    std::process::exit(0)
}
