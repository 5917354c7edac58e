use clixml::Secret;

/// How to log on (`WSMAN_AUTHENTICATION_CREDENTIALS`).
#[derive(Clone, Debug)]
pub struct Logon {
    /// The user, as typed; empty for whoever has a ticket.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Negotiate, Kerberos or Basic.
    pub mechanism: Mechanism,
}

/// The mechanisms that PowerShell names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Negotiate, with Kerberos or NTLM inside; also for those who do not care.
    Negotiate,
    /// Basic.
    Basic,
    /// Kerberos.
    Kerberos,
    /// Digest, CredSSP, a certificate, none.
    Other,
}

impl Mechanism {
    /// By number (`WSManAuthenticationMechanism`).
    pub fn of(number: u32) -> Mechanism {
        match number {
            0 | 4 => Mechanism::Negotiate,
            8 => Mechanism::Basic,
            0x10 => Mechanism::Kerberos,
            _ => Mechanism::Other,
        }
    }
}
