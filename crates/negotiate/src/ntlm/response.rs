//! What a client computes from a password and a server checks (MS-NLMP 3.3.2).

use super::NtHash;
use super::crypto::{Key, hmac_md5, rc4k};
use super::flags::Flags;
use super::text::{upper, utf16};

/// `NTOWFv2`: the user in upper case, the domain exactly as it is written in the message.
pub(crate) fn response_key(nt_hash: &NtHash, user: &str, domain_utf16: &[u8]) -> Key {
    hmac_md5(nt_hash.as_bytes(), &[&utf16(&upper(user)), domain_utf16])
}

/// `NTProofStr`, over the client's bytes as they are.
pub(crate) fn nt_proof(response_key: &Key, server_challenge: [u8; 8], temp: &[u8]) -> Key {
    hmac_md5(response_key, &[&server_challenge, temp])
}

/// `SessionBaseKey`, which is the key exchange key too for this version (MS-NLMP 3.4.5.1).
pub(crate) fn session_base_key(response_key: &Key, nt_proof: &[u8; 16]) -> Key {
    hmac_md5(response_key, &[nt_proof])
}

/// The client chooses the session key itself only if something is to be signed or sealed (MS-NLMP 3.1.5.1.2).
pub(crate) fn exchanges_key(flags: Flags) -> bool {
    flags.contains(Flags::KEY_EXCH) && flags.intersects(Flags::SIGN | Flags::SEAL)
}

/// Opens or closes the session key that the client chose.
pub(crate) fn exchange(key_exchange_key: &Key, key: &[u8; 16]) -> Key {
    rc4k(key_exchange_key, key)
}

/// The MIC over all three messages, the last one with zeros for it.
pub(crate) fn mic(session_key: &Key, negotiate: &[u8], challenge: &[u8], authenticate: &[u8]) -> Key {
    hmac_md5(session_key, &[negotiate, challenge, authenticate])
}

#[cfg(test)]
mod tests {
    use super::super::message::{Authenticate, Challenge, ClientChallenge};
    use super::*;

    /// MS-NLMP 4.2.4.3.
    const CHALLENGE: &str = "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000\
        060070170000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000";
    const AUTHENTICATE: &str = "4e544c4d5353500003000000180018006c00000054005400840000000c000c004800000008000800540000001000\
        10005c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d0050005500\
        54004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c01010000000000000000\
        000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c00530065007200760065007200000000000000\
        0000c5dad2544fc9799094ce1ce90bc9d03e";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn w_032_nlmp_4_2_4_keys_proof_and_session_key() {
        let key = response_key(&NtHash::of_password("Password"), "User", &utf16("Domain"));
        assert_eq!(key[..], bytes("0c868a403bfd7a93a3001ef22ef02e3f"));

        let (challenge, authenticate) = (bytes(CHALLENGE), bytes(AUTHENTICATE));
        let challenge = Challenge::parse(&challenge).unwrap();
        let authenticate = Authenticate::parse(&authenticate).unwrap();
        let response = ClientChallenge::parse(authenticate.nt_response).unwrap();
        let proof = nt_proof(&key, challenge.nonce, response.temp);
        assert_eq!(proof[..], bytes("68cd0ab851e51c96aabc927bebef6a1c"));
        assert_eq!(*proof, response.nt_proof, "the client's own");

        let base = session_base_key(&key, &proof);
        assert_eq!(base[..], bytes("8de40ccadbc14a82f15cb0ad0de95ca3"));
        assert_eq!(exchange(&base, &[0x55; 16])[..], bytes("c5dad2544fc9799094ce1ce90bc9d03e"));
        assert_eq!(authenticate.encrypted_session_key, bytes("c5dad2544fc9799094ce1ce90bc9d03e"));
    }

    #[test]
    fn w_032_nlmp_4_2_4_3_messages_are_read() {
        let (challenge, authenticate) = (bytes(CHALLENGE), bytes(AUTHENTICATE));
        let challenge = Challenge::parse(&challenge).unwrap();
        assert_eq!(challenge.flags.bits(), 0xe28a_8233);
        let authenticate = Authenticate::parse(&authenticate).unwrap();
        assert_eq!((&authenticate.user[..], &authenticate.domain[..]), ("User", "Domain"));
        assert_eq!(authenticate.lm_response.len(), 24);
        assert!(authenticate.mic().is_none(), "the fields begin where a MIC would be");
    }
}
