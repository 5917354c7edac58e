//! What the user reads when Kerberos does not come about: the codes that Windows gives, so that PowerShell's error ids are the
//! same, and what can be done about it on Linux.

use winrm_client::{KerberosError, KerberosTrouble};

use crate::failure::{Failure, code};

/// The failure of a logon by Kerberos. What the library says names the principal or the realm; it stands in brackets.
pub(crate) fn failure(error: &KerberosError) -> Failure {
    use KerberosTrouble as T;
    // with the number of SSPI that Windows shows in its text, where it has one
    let (code, sspi, advice) = match error.trouble {
        T::NotInstalled => return Failure::new(code::KERBEROS),
        T::NoTicket => (
            code::NO_LOGON_SESSION,
            Some(0x8009_030E_u32),
            "A specified logon session does not exist: there is no Kerberos ticket. Get one with kinit, or use -Credential.",
        ),
        T::Expired => (
            code::NO_LOGON_SESSION,
            Some(0x8009_030E),
            "The Kerberos ticket has expired. Get a new one with kinit, or use -Credential.",
        ),
        T::NoKdc => (
            code::NO_LOGON_SERVERS,
            Some(0x8009_0311),
            "No authority could be contacted for authentication: the realm is not known here, or none of its KDCs answers. Check /etc/krb5.conf and the network.",
        ),
        T::UnknownServer => (
            code::NO_NETWORK_PATH,
            None,
            "Cannot find the computer: the KDC has no service principal HTTP/ of this name. Check that the name is spelt as the KDC knows it, in full; an address has no ticket.",
        ),
        T::UnknownClient | T::WrongPassword => {
            (code::LOGON_FAILURE, Some(0x8009_030C), "The user name or password is incorrect.")
        }
        T::Revoked => (
            code::LOGON_FAILURE,
            Some(0x8009_030C),
            "The account is locked, disabled or expired, or its password has to be changed.",
        ),
        T::Skew => (
            code::TIME_SKEW,
            Some(0x8009_0324),
            "The clocks of the client, the server and the KDC are too far apart. Set them; five minutes are usually allowed.",
        ),
        T::WrongServer => (
            code::KERBEROS_FAILED,
            Some(0x8009_0322),
            "The server is not the one that the ticket is for: it has another key than the KDC thinks, or another account has the service principal. -IncludePortInSPN helps where a web server has it.",
        ),
        T::Binding | T::Replay | T::Other => (code::KERBEROS_FAILED, None, "The handshake did not come about."),
    };
    let number = sspi.map(|sspi| format!(" with errorcode {sspi:#010x}")).unwrap_or_default();
    let words = error.text.trim().trim_end_matches('.');
    Failure::with(
        code,
        format!("The following error{number} occurred while using Kerberos authentication: {advice} ({words})"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_the_code_of_windows_and_the_library_s_words() {
        let of = |trouble| failure(&KerberosError::new(trouble, "What MIT says.".into()));
        assert_eq!(of(KerberosTrouble::NotInstalled), Failure::new(0x8033_80E2));
        let no_ticket = of(KerberosTrouble::NoTicket);
        assert_eq!(no_ticket.code, 1312);
        assert!(
            no_ticket.detail.starts_with("The following error with errorcode 0x8009030e occurred"),
            "{no_ticket:?}"
        );
        assert!(no_ticket.detail.ends_with("(What MIT says)"), "{no_ticket:?}");
        assert_eq!(of(KerberosTrouble::NoKdc).code, 1311);
        assert_eq!(of(KerberosTrouble::UnknownServer).code, 53);
        assert_eq!(of(KerberosTrouble::WrongPassword).code, 1326);
        assert_eq!(of(KerberosTrouble::Skew).code, 1398);
        assert_eq!(of(KerberosTrouble::WrongServer).code.cast_signed(), -2_144_108_387);
    }
}
