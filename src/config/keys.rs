//! The reference of all keys, from which `docs/configuration.md` is made.

use std::fmt::Write as _;

/// One key, as the reference shows it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table it stands in, or nothing for the top.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its default as written in the file; nothing if there is none that could be written.
    pub default: &'static str,
    /// Another value, for the example.
    pub example: &'static str,
    /// What it does.
    pub text: &'static str,
}

const fn key(
    section: &'static str,
    name: &'static str,
    default: &'static str,
    example: &'static str,
    text: &'static str,
) -> Key {
    Key { section, name, default, example, text }
}

/// All keys, in the order of the reference.
pub const KEYS: &[Key] = &[
    key(
        "",
        "configuration_name",
        "\"PrivilegedEndpoint\"",
        "\"Operations\"",
        "The endpoint's name: what clients give as `-ConfigurationName`, in any letter case. 1 to 128 letters, digits, `-`, `_`, `.`.",
    ),
    key(
        "",
        "socket",
        "",
        "\"/run/pepd/socket\"",
        "The Unix socket that `pepd connect` brings SSH clients to; an absolute path. Without it: `/run/pepd/socket` for root, else \
         `$XDG_RUNTIME_DIR/pepd/socket`, else `socket` in the default state directory. `--socket` of the command line wins.",
    ),
    key(
        "",
        "listen",
        "[]",
        "[\"127.0.0.1:5985\", \"[::1]:5985\"]",
        "Addresses and ports for WinRM clients: HTTP with sealed messages, or HTTPS if the port is 5986. `--listen` of the command \
         line replaces the list.",
    ),
    key("", "listen_https", "[]", "[\"127.0.0.1:15986\"]", "Addresses for HTTPS whose port is another one."),
    key(
        "",
        "error_view",
        "\"normal\"",
        "\"concise\"",
        "How errors read on the client's screen: `\"normal\"` as in Windows PowerShell 5.1, with the lines `CategoryInfo` and \
         `FullyQualifiedErrorId`, or `\"concise\"` as in PowerShell 7.",
    ),
    key(
        "",
        "record",
        "\"strict\"",
        "\"relaxed\"",
        "`\"strict\"`: nothing is answered before its record is on the disk. `\"relaxed\"`: before the kernel has it; a power cut may \
         then lose the last lines.",
    ),
    key(
        "",
        "transcripts",
        "[]",
        "[\"/srv/transcripts\"]",
        "Folders, and whatever is below them, that `Close-PrivilegedEndpoint` may hand the transcripts over to without a credential.",
    ),
    key(
        "",
        "shares",
        "[\"*\"]",
        "[\"//files.example.com/transcripts*\"]",
        "SMB shares that commands may write to with a credential that their user gives: patterns of `//server/share/folder`, in which `*` \
         stands for anything, letter case aside. By default all; with `[]` none, and without `transcripts` either \
         `Close-PrivilegedEndpoint` is not there.",
    ),
    key(
        "",
        "inventory",
        "",
        "\"/etc/pepd/inventory.toml\"",
        "What the endpoint looks after, [a file of its own](inventory.md); an absolute path. Without it: what can be seen of this host.",
    ),
    key(
        "",
        "protocol_version",
        "\"2.4\"",
        "\"2.3\"",
        "The newest version of the remoting protocol to answer with, `\"2.4\"` or `\"2.3\"`. Older clients get theirs anyway.",
    ),
    key(
        "identity",
        "users",
        "{}",
        "{ alice = \"CloudAdmin\" }",
        "Local users who may enter through the socket, each with the account the session runs for. A user's own entry wins over \
         the groups'.",
    ),
    key(
        "identity",
        "groups",
        "{}",
        "{ operators = \"CloudAdmin\" }",
        "Local groups whose members may enter, each with the account. A user in groups of different accounts is refused: name the \
         user under `users`.",
    ),
    key("accounts", "minimum_password_length", "14", "16", "Characters that a new password has at least: 1 to 128."),
    key(
        "accounts",
        "password_complexity",
        "true",
        "false",
        "A new password has three of: capital letters, small letters, digits, other characters; and the account's name is not in it.",
    ),
    key(
        "accounts",
        "password_history",
        "24",
        "5",
        "A new password is none of the account's last ones, this many, the present one among them: 0 to 64.",
    ),
    key(
        "accounts",
        "lockout_threshold",
        "10",
        "5",
        "Wrong passwords that lock an account: 0 to 1000. 0 means never. A lock is against guesses: who enters through the socket \
         is not stopped by it, and a new password ends it.",
    ),
    key(
        "accounts",
        "lockout_window_minutes",
        "15",
        "30",
        "Wrong passwords are forgotten when none followed for so long: 1 to 10080.",
    ),
    key("accounts", "lockout_minutes", "15", "60", "How long a lock holds: 1 to 10080."),
    key(
        "audit",
        "syslog",
        "\"/dev/log\"",
        "\"/run/systemd/journal/dev-log\"",
        "The socket of the system's log, which journald or a syslog daemon listens at. It need not be there.",
    ),
    key(
        "logs",
        "folders",
        "[]",
        "[\"/srv/logs\"]",
        "Local folders, and whatever is below them, that `Get-AzureStackLog -OutputPath` and `Get-ClusterLog -Destination` may write to. \
         Without one `Get-ClusterLog` is not there, and logs go to shares and object stores only.",
    ),
    key(
        "logs",
        "part_megabytes",
        "512",
        "100",
        "A role with more logs than this, before they are compressed, gets several zips: 1 to 65536. A file is never cut.",
    ),
    key(
        "winrm",
        "certificate",
        "",
        "\"/etc/pepd/certificate.pem\"",
        "The site's certificate for HTTPS, PEM, with those between it and its authority; an absolute path. Without it pepd makes one \
         of its own at the first start, in the state directory. A changed file is read again.",
    ),
    key("winrm", "key", "", "\"/etc/pepd/key.pem\"", "The certificate's key, PEM. Both are given, or none."),
    key(
        "winrm",
        "channel_binding",
        "\"relaxed\"",
        "\"strict\"",
        "Whether a logon over HTTPS must be bound to the certificate: `\"none\"` does not look, `\"relaxed\"` refuses a wrong binding, \
         `\"strict\"` a missing one too.",
    ),
    key(
        "winrm",
        "basic",
        "false",
        "true",
        "Offers Basic over HTTPS: the client sends its password to whoever answers.",
    ),
    key(
        "winrm",
        "keytab",
        "",
        "\"/etc/pepd/pepd.keytab\"",
        "Takes Kerberos tickets for the keys in this file, which are those of `HTTP/` with each name that clients call this host; an \
         absolute path. Needs MIT's GSSAPI library (Debian: libgssapi-krb5-2).",
    ),
    key(
        "winrm",
        "principals",
        "{}",
        "{ \"alice@EXAMPLE.ORG\" = \"CloudAdmin\" }",
        "Kerberos principals, each with the account it enters as. A ticket of anybody else is refused.",
    ),
    key(
        "winrm",
        "guess_delay_milliseconds",
        "100",
        "250",
        "How long the answer to a wrong password waits; each further guess of an account or from an address waits twice as long, up \
         to three seconds: 0 to 3000.",
    ),
    key(
        "winrm",
        "idle_minutes",
        "120",
        "30",
        "How long a session may be left alone, connected or not, if its client does not say: 1 to 720.",
    ),
    key(
        "journal",
        "warn_below",
        "\"1GB\"",
        "\"10%\"",
        "When less than this is free on the record's file system, the log says so, and again when there is enough: bytes, or a \
         percentage of the file system. `\"0\"` is no mark.",
    ),
    key(
        "journal",
        "refuse_below",
        "\"200MB\"",
        "\"2%\"",
        "When less than this is free, new sessions are refused. Open ones go on until their record cannot be written any more.",
    ),
    key(
        "journal",
        "session_megabytes",
        "4000",
        "500",
        "How long the record of one session may grow; the session is then ended, and the record says so: 0 to 1000000. 0 is no limit.",
    ),
    key(
        "journal",
        "keep_days",
        "0",
        "365",
        "How many days after its end the record of a session stays that nobody handed over: 0 to 36500. 0 is for ever. What is taken away \
         is signed for and told of in the log; a damaged record stays.",
    ),
    key(
        "journal",
        "keep_megabytes",
        "0",
        "50000",
        "How much the records of sessions that are over may have together before the oldest are taken away, handed over or not: 0 to \
         100000000. 0 is no limit.",
    ),
    key(
        "journal",
        "syslog",
        "",
        "\"/dev/log\"",
        "The socket of the system's log, which is then told of signed checkpoints: of each at a session's end at once, of others from \
         time to time. Without it, it is not told.",
    ),
    key(
        "journal",
        "syslog_seconds",
        "60",
        "0",
        "How long at most between two such lines while sessions go on: 0 to 3600. 0 sends every checkpoint, which is one in five seconds.",
    ),
    key("limits", "sessions", "10000", "200", "Sessions at a time, all clients together: 1 to 100000."),
    key("limits", "sessions_per_account", "30", "5", "Sessions of one account at a time over WinRM: 1 to 100000."),
    key("limits", "connections", "20000", "500", "Connections of WinRM clients at a time: 1 to 1000000."),
    key("limits", "pipelines", "64", "8", "Pipelines of one session at a time: 1 to 1000."),
    key(
        "limits",
        "object_bytes",
        "10485760",
        "1048576",
        "Bytes of the largest object that a client may send: 65536 to 1073741824.",
    ),
    key(
        "limits",
        "pipeline_bytes",
        "52428800",
        "10485760",
        "Bytes of all that a client may send to one pipeline: 65536 to 4294967295.",
    ),
];

const SECTIONS: &[(&str, &str)] = &[
    ("", "These stand above the first section."),
    (
        "identity",
        "Who may enter through the socket. The kernel says which local user is at its other end. Without this section whoever \
         started the daemon enters as `CloudAdmin`, and nobody else; with it, only whom it names.",
    ),
    (
        "accounts",
        "The password policy and the lockout. `pepd account` goes by what the endpoint said when it last started.",
    ),
    ("logs", "Where the logs of nodes may go, and how ([health checks and logs](diagnostics.md))."),
    (
        "audit",
        "Events for those who watch the endpoint: who came in, handed transcripts over, created, removed or changed accounts, was idle for too \
         long or was refused. Each is one CEF line with Who and WhichIP. They go to the system's log, and to `audit/events.cef` in the state \
         directory, where each is synced; a file of 10 MB is set aside, and nine are kept.",
    ),
    (
        "winrm",
        "Clients over HTTP and HTTPS prove by NTLMv2 to be an account of the endpoint, or by Kerberos to be somebody who is mapped to one. \
         CredSSP is not offered.",
    ),
    (
        "journal",
        "How much of the record there may be, and who else is told of its checkpoints ([the record](record.md)).",
    ),
    ("limits", "How much there may be at a time. What is too much is refused, and said so to the client."),
];

/// `docs/configuration.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         `pepd serve --config FILE` reads one TOML file. Every key has a default, and without `--config` all of them hold. The file is \
         read whole before anything starts: an unknown key or a wrong value is refused with its line, its column and what was \
         probably meant.\n\n\
         ```\n\
         pepd.toml:1:1: unknown key `error_vew`\n  \
         |\n\
         1 | error_vew = \"concise\"\n  \
         | ^^^^^^^^^ did you mean `error_view`?\n\
         ```\n",
    );
    for (section, text) in SECTIONS {
        let heading = if section.is_empty() { "General".to_owned() } else { format!("`[{section}]`") };
        let _ = write!(page, "\n## {heading}\n\n{text}\n\n| Key | Default | |\n|---|---|---|\n");
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
            let _ = writeln!(page, "| `{}` | {default} | {} |", key.name, key.text);
        }
    }
    page.push_str("\n## Example\n\n```toml\n");
    for (section, _) in SECTIONS {
        if !section.is_empty() {
            let _ = write!(page, "\n[{section}]\n");
        }
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let _ = writeln!(page, "{} = {}", key.name, key.example);
        }
    }
    page.push_str("```\n");
    page
}
