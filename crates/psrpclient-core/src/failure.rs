use winrm_client::Error as ClientError;
use wsman::AnswerError;
use wsman::shell::client::Error;

use crate::kerberos;

/// Why something failed, as PowerShell is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A [`code`], or the number of the server's fault.
    pub code: u32,
    /// What the user reads.
    pub detail: String,
}

/// Codes that PowerShell knows by name, and those that it prints.
pub mod code {
    /// Access is denied.
    pub const ACCESS_DENIED: u32 = 5;
    /// A handle that was never given out, or is closed.
    pub const INVALID_HANDLE: u32 = 6;
    /// The machine has no more threads or memory.
    pub const OUT_OF_MEMORY: u32 = 14;
    /// The KDC does not know the server by its name.
    pub const NO_NETWORK_PATH: u32 = 53;
    /// Something that this library does not do.
    pub const NOT_SUPPORTED: u32 = 50;
    /// An argument that makes no sense.
    pub const INVALID_PARAMETER: u32 = 87;
    /// The buffer is too small.
    pub const INSUFFICIENT_BUFFER: u32 = 122;
    /// The client gave it up.
    pub const ABORTED: u32 = 995;
    /// No KDC answers.
    pub const NO_LOGON_SERVERS: u32 = 1311;
    /// There is no ticket.
    pub const NO_LOGON_SESSION: u32 = 1312;
    /// The KDC does not take the name or the password.
    pub const LOGON_FAILURE: u32 = 1326;
    /// The clocks are too far apart.
    pub const TIME_SKEW: u32 = 1398;
    /// Kerberos failed otherwise.
    pub const KERBEROS_FAILED: u32 = 0x8033_809D;
    /// Nobody answers there. PowerShell tries again, at once.
    pub const CANNOT_CONNECT: u32 = 0x8033_8012;
    /// There is no library for Kerberos.
    pub const KERBEROS: u32 = 0x8033_80E2;
    /// The certificate is not trusted.
    pub const NOT_TRUSTED: u32 = 0x8033_80E4;
    /// No user name, no password.
    pub const CREDENTIALS: u32 = 0x8033_80E5;
    /// An answer that is no WS-Management.
    pub const BAD_ANSWER: u32 = 0x8033_80F4;
    /// A page instead of an envelope.
    pub const CONTENT_TYPE: u32 = 0x8033_80F7;
    /// A sealed answer that does not open.
    pub const DECRYPTION: u32 = 0x8033_80F9;
    /// An HTTP status that nothing is known of.
    pub const HTTP_STATUS: u32 = 0x8033_810F;
    /// A way to log on that cannot be used.
    pub const AUTHENTICATION: u32 = 0x8033_810E;
    /// HTTP 413.
    pub const TOO_LARGE: u32 = 0x8033_8111;
    /// HTTP 503.
    pub const SERVICE_STOPPED: u32 = 0x8033_8112;
    /// HTTP 404.
    pub const NO_SUCH_URL: u32 = 0x8033_8113;
    /// No answer in time.
    pub const TIMED_OUT: u32 = 0x8033_8126;
    /// HTTP 500 without an envelope.
    pub const HTTP_ERROR: u32 = 0x8033_8170;
    /// HTTP 400.
    pub const BAD_REQUEST: u32 = 0x8033_8171;
    /// The session is elsewhere.
    pub const REDIRECT: u32 = 0x8033_8199;
    /// No such computer.
    pub const NO_SUCH_COMPUTER: u32 = 0x8033_81B9;
    /// TLS was broken off.
    pub const TLS: u32 = 0x8033_81BA;
}

/// The text of a code: what stands in `TransportMessage`, and the whole text where a session is refused before it begins.
pub fn text(code: u32) -> String {
    use self::code as c;
    let known = match code {
        0 => "The operation completed successfully.",
        c::ACCESS_DENIED => "Access is denied.",
        c::INVALID_HANDLE => "The handle is invalid.",
        c::OUT_OF_MEMORY => "Not enough memory is available.",
        c::NOT_SUPPORTED => {
            "This client does not go through proxies. Leave the proxy settings of the session option out."
        }
        c::INVALID_PARAMETER => "The address, or another parameter of the session, is not valid.",
        c::ABORTED => "The operation was given up.",
        c::CANNOT_CONNECT => {
            "The client cannot connect to the destination. Check that the service runs there and takes requests at this address and port."
        }
        c::KERBEROS => {
            "Kerberos needs the GSSAPI library of MIT Kerberos, libgssapi_krb5.so.2, and it is not installed. Install it (Debian: libgssapi-krb5-2; Fedora: krb5-libs), or use -Authentication Negotiate with -Credential."
        }
        c::NO_NETWORK_PATH => "The KDC does not know the computer by this name.",
        c::NO_LOGON_SERVERS => "No authority could be contacted for authentication.",
        c::NO_LOGON_SESSION => "There is no Kerberos ticket.",
        c::LOGON_FAILURE => "The user name or password is incorrect.",
        c::TIME_SKEW => "The clocks are too far apart.",
        c::KERBEROS_FAILED => "Kerberos failed.",
        c::NOT_TRUSTED => "The certificate of the server is not trusted.",
        c::CREDENTIALS => {
            "A user name and a password are needed: use -Credential. Kerberos tickets do without, where its library (libgssapi_krb5.so.2) is installed."
        }
        c::DECRYPTION => "An encrypted answer of the server cannot be opened.",
        c::AUTHENTICATION => {
            "This way to log on cannot be used. This client uses Negotiate, Kerberos and, over HTTPS, Basic."
        }
        c::SERVICE_STOPPED => "The service at the destination is not running.",
        c::NO_SUCH_URL => "The destination has no WS-Management service at this URL.",
        c::TOO_LARGE => "The request is larger than the server takes.",
        c::TIMED_OUT => "The server did not answer in time.",
        c::REDIRECT => "The session is to be had at another address.",
        c::NO_SUCH_COMPUTER => "No computer of this name is known.",
        c::TLS => "The TLS connection to the server was broken off.",
        0x8033_803B => "The server has no session configuration of this name.",
        _ => return format!("The WS-Management operation failed with error {code:#010X}."),
    };
    known.to_owned()
}

impl Failure {
    /// With the text of its code.
    pub fn new(code: u32) -> Failure {
        Failure { code, detail: text(code) }
    }

    /// With a text of its own.
    pub fn with(code: u32, detail: impl Into<String>) -> Failure {
        Failure { code, detail: detail.into() }
    }

    /// What the machine says; if only that the connection was lost, then what the connection said.
    pub(crate) fn of(error: &Error, connection: Option<&ClientError>) -> Failure {
        match error {
            Error::Fault(fault) => {
                let detail = fault.text();
                let detail = if detail.is_empty() { text(fault.number) } else { detail.to_owned() };
                Failure { code: fault.number, detail }
            }
            Error::TimedOut => Failure::new(code::TIMED_OUT),
            Error::ConnectionLost => {
                connection.map_or_else(|| Failure::new(code::CANNOT_CONNECT), Failure::of_connection)
            }
            Error::Answer(answer) => Failure::of_answer(answer),
            other => Failure::with(code::BAD_ANSWER, capitalized(other)),
        }
    }

    fn of_connection(error: &ClientError) -> Failure {
        match error {
            ClientError::NoSuchHost(host) => Failure::with(
                code::NO_SUCH_COMPUTER,
                format!(
                    "The computer {host} cannot be found. Check that its name is spelt right and that the name service knows it."
                ),
            ),
            ClientError::Connect { address, source } => Failure::with(
                code::CANNOT_CONNECT,
                format!(
                    "The client cannot connect to {address}: {source}. Check that the service runs there and takes requests at this address and port."
                ),
            ),
            ClientError::ConnectTimedOut(host) => Failure::with(
                code::TIMED_OUT,
                format!(
                    "{host} did not answer in time. Check that the computer is on, and that no firewall stands before it."
                ),
            ),
            ClientError::Certificate(why) => Failure::with(
                code::NOT_TRUSTED,
                format!(
                    "The certificate of the server is not trusted: {why}. -SkipCACheck and -SkipCNCheck of New-PSSessionOption leave checks out."
                ),
            ),
            ClientError::Tls(_) => Failure::with(code::TLS, capitalized(error)),
            ClientError::Status(status) => Failure::of_answer(&AnswerError::Status(*status)),
            ClientError::Denied => Failure::new(code::ACCESS_DENIED),
            ClientError::Kerberos(error) => kerberos::failure(error),
            ClientError::NotOffered | ClientError::Handshake(_) => {
                Failure::with(code::AUTHENTICATION, capitalized(error))
            }
            ClientError::Sealed(_) => Failure::with(code::DECRYPTION, capitalized(error)),
            ClientError::Http(_) => {
                Failure::with(code::CANNOT_CONNECT, format!("The connection to the server was broken off ({error})."))
            }
            other => Failure::with(code::CANNOT_CONNECT, capitalized(other)),
        }
    }

    fn of_answer(error: &AnswerError) -> Failure {
        let code = match error {
            AnswerError::Status(404) => code::NO_SUCH_URL,
            AnswerError::Status(503) => code::SERVICE_STOPPED,
            AnswerError::Status(500) => code::HTTP_ERROR,
            AnswerError::Status(413) => code::TOO_LARGE,
            AnswerError::Status(400) => code::BAD_REQUEST,
            AnswerError::Status(_) => code::HTTP_STATUS,
            AnswerError::Charset(_) => code::CONTENT_TYPE,
            _ => code::BAD_ANSWER,
        };
        Failure::with(code, capitalized(error))
    }
}

/// A sentence for the user.
fn capitalized(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
