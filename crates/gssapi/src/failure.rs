//! What the library's numbers mean.

use negotiate::{KerberosError, KerberosTrouble, SealError};

/// Routine errors, in the upper half of a major status (RFC 2744 3.9.1).
const NO_CRED: u32 = 7;
const BAD_BINDINGS: u32 = 4;
const BAD_SIG: u32 = 6;
const DEFECTIVE_TOKEN: u32 = 9;
const CREDENTIALS_EXPIRED: u32 = 11;
const DUPLICATE_TOKEN: u32 = 2;

/// The first number of Kerberos' own errors, as minor statuses carry them (`ERROR_TABLE_BASE_krb5`).
const KRB5: u32 = (-1_765_328_384_i32).cast_unsigned();

/// An error of an exchange with a KDC or a peer.
pub(crate) fn error(major: u32, minor: u32, text: String) -> KerberosError {
    KerberosError::new(trouble(major, minor), text)
}

fn trouble(major: u32, minor: u32) -> KerberosTrouble {
    use KerberosTrouble as T;
    // RFC 4120 7.5.9, and the library's own beyond 127
    match minor.wrapping_sub(KRB5) {
        6 => T::UnknownClient,
        7 => T::UnknownServer,
        18 | 23 => T::Revoked,
        24 | 31 if major >> 16 != BAD_SIG => T::WrongPassword,
        32 => T::Expired,
        34 => T::Replay,
        35 | 41 | 144 => T::WrongServer,
        33 | 37 | 148 => T::Skew,
        154..=156 | 220 => T::NoKdc,
        195 => T::NoTicket,
        _ => match major >> 16 & 0xff {
            NO_CRED => T::NoTicket,
            BAD_BINDINGS => T::Binding,
            CREDENTIALS_EXPIRED => T::Expired,
            _ if major & 0xffff & DUPLICATE_TOKEN != 0 => T::Replay,
            _ => T::Other,
        },
    }
}

/// Why a message does not open; none if it does. What came twice or out of turn counts as an error here.
pub(crate) fn seal_error(major: u32) -> Option<SealError> {
    match (major >> 16, major & 0xffff) {
        (0, 0) => None,
        (0, _) => Some(SealError::Sequence),
        (BAD_SIG, _) => Some(SealError::Signature),
        (DEFECTIVE_TOKEN, _) => Some(SealError::Token),
        _ => Some(SealError::Broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_kdcs_and_peers_are_known_by_number() {
        use KerberosTrouble as T;
        let failure = 13 << 16;
        let cases = [
            (failure, -1_765_328_378, T::UnknownClient),
            (failure, -1_765_328_377, T::UnknownServer),
            (failure, -1_765_328_366, T::Revoked),
            (failure, -1_765_328_360, T::WrongPassword),
            (failure, -1_765_328_353, T::WrongPassword),
            (failure, -1_765_328_352, T::Expired),
            (failure, -1_765_328_350, T::Replay),
            (failure, -1_765_328_347, T::Skew),
            (failure, -1_765_328_343, T::WrongServer),
            (failure, -1_765_328_230, T::NoKdc),
            (failure, -1_765_328_228, T::NoKdc),
            (failure, -1_765_328_189, T::NoTicket),
            (NO_CRED << 16, 1, T::NoTicket),
            (CREDENTIALS_EXPIRED << 16, 1, T::Expired),
            (BAD_BINDINGS << 16, 0, T::Binding),
            (failure, 100_001, T::Other),
        ];
        for (major, minor, expected) in cases {
            assert_eq!(trouble(major, i32::cast_unsigned(minor)), expected, "{minor}");
        }
    }

    #[test]
    fn a_message_that_came_twice_does_not_open() {
        assert_eq!(seal_error(0), None);
        assert_eq!(seal_error(DUPLICATE_TOKEN), Some(SealError::Sequence));
        assert_eq!(seal_error(BAD_SIG << 16), Some(SealError::Signature));
        assert_eq!(seal_error(13 << 16), Some(SealError::Broken));
    }
}
