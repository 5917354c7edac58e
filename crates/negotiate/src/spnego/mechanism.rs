use crate::der::DerError;

/// 1.3.6.1.4.1.311.2.2.10
const NTLM: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
/// 1.2.840.113554.1.2.2
const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// 1.2.840.48018.1.2.2: the same with its number cut to 16 bits, which Windows offers first (MS-SPNG 3.1.5.2)
const MS_KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];

/// A mechanism that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// NTLM (MS-NLMP).
    Ntlm,
    /// Kerberos (RFC 4121), by either of its names.
    Kerberos,
}

impl Mechanism {
    fn is_named(self, oid: &[u8]) -> bool {
        match self {
            Mechanism::Ntlm => oid == NTLM,
            Mechanism::Kerberos => oid == KERBEROS || oid == MS_KERBEROS,
        }
    }
}

/// What was chosen from a client's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    pub(super) mechanism: Mechanism,
    /// The name under which the client offered it. It is what `supportedMech` must say: Windows fails on the other
    /// name of Kerberos (MS-SPNG 3.2.5).
    pub(super) oid: &'a [u8],
    /// It was the client's favourite, so the optimistic token is for it.
    pub(super) preferred: bool,
}

/// The first mechanism of the client's list that is offered here (RFC 4178 4.2.2).
pub(super) fn choose<'a>(mech_types: &[&'a [u8]], offered: &[Mechanism]) -> Option<Choice<'a>> {
    mech_types.iter().enumerate().find_map(|(place, oid)| {
        let mechanism = *offered.iter().find(|mechanism| mechanism.is_named(oid))?;
        Some(Choice { mechanism, oid, preferred: place == 0 })
    })
}

/// The name of NTLM.
pub(super) fn ntlm() -> &'static [u8] {
    NTLM
}

/// The names of Kerberos. The right one comes first: it is the one that every server knows.
pub(super) fn kerberos() -> [&'static [u8]; 2] {
    [KERBEROS, MS_KERBEROS]
}

/// Whether this is the name of NTLM.
pub(super) fn is_ntlm(oid: &[u8]) -> bool {
    Mechanism::Ntlm.is_named(oid)
}

/// Whether this is a name of Kerberos.
pub(crate) fn is_kerberos(oid: &[u8]) -> bool {
    Mechanism::Kerberos.is_named(oid)
}

/// Longer lists than this are refused: no client knows so many mechanisms.
pub(super) const MAX_MECH_TYPES: usize = 32;

/// The list was too long.
pub(super) const TOO_MANY: DerError = DerError::Value;

#[cfg(test)]
mod tests {
    use super::*;

    const NEGOEX: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e];
    const BOTH: [Mechanism; 2] = [Mechanism::Ntlm, Mechanism::Kerberos];

    #[test]
    fn w_024_the_chosen_name_is_the_one_the_client_used() {
        let choice = choose(&[MS_KERBEROS, KERBEROS, NTLM], &BOTH).unwrap();
        assert_eq!(choice, Choice { mechanism: Mechanism::Kerberos, oid: MS_KERBEROS, preferred: true });
        assert_eq!(choose(&[KERBEROS, MS_KERBEROS], &BOTH).unwrap().oid, KERBEROS);
    }

    #[test]
    fn w_025_without_kerberos_the_third_of_windows_list_is_chosen() {
        let choice = choose(&[MS_KERBEROS, KERBEROS, NEGOEX, NTLM], &[Mechanism::Ntlm]).unwrap();
        assert_eq!(choice, Choice { mechanism: Mechanism::Ntlm, oid: NTLM, preferred: false });
    }

    #[test]
    fn a_list_of_strangers_chooses_nothing() {
        assert_eq!(choose(&[NEGOEX, KERBEROS], &[Mechanism::Ntlm]), None);
        assert_eq!(choose(&[], &BOTH), None);
    }
}
