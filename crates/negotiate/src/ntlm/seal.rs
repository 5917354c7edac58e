//! Message security once a handshake is complete (MS-NLMP 3.4).

use rc4::{Rc4, StreamCipher};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::Flags;
use super::crypto::{Key, hmac_md5, md5, rc4};
use crate::sealing::{SealError, Sealed, Sealing};

const CLIENT_SIGN: &[u8] = b"session key to client-to-server signing key magic constant\0";
const SERVER_SIGN: &[u8] = b"session key to server-to-client signing key magic constant\0";
const CLIENT_SEAL: &[u8] = b"session key to client-to-server sealing key magic constant\0";
const SERVER_SEAL: &[u8] = b"session key to server-to-client sealing key magic constant\0";

/// The length of an NTLMSSP_MESSAGE_SIGNATURE.
pub(crate) const SIGNATURE: usize = 16;

/// Which end of the connection we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Initiator,
    Acceptor,
}

/// One direction of a connection: its keys, where its key stream stands, and the number of its next message.
struct Direction {
    sign_key: Key,
    seal_key: Key,
    stream: Rc4,
    sequence: u32,
    /// With KEY_EXCH the checksum is encrypted too.
    encrypt_checksum: bool,
}

impl Direction {
    fn new(session_key: &[u8; 16], sign: &[u8], seal: &[u8], flags: Flags) -> Direction {
        let seal_key = md5(&[session_key, seal]);
        Direction {
            sign_key: md5(&[session_key, sign]),
            stream: rc4(&seal_key),
            seal_key,
            sequence: 0,
            encrypt_checksum: flags.contains(Flags::KEY_EXCH),
        }
    }

    fn checksum(&self, message: &[u8]) -> [u8; 8] {
        let digest = hmac_md5(&self.sign_key, &[&self.sequence.to_le_bytes(), message]);
        let digest: &[u8; 16] = &digest;
        let mut checksum = [0; 8];
        checksum.copy_from_slice(&digest[..8]);
        checksum
    }

    /// NTLMSSP_MESSAGE_SIGNATURE around a checksum that is as the wire wants it (MS-NLMP 2.2.2.9.2).
    fn signature(&self, checksum: [u8; 8]) -> [u8; SIGNATURE] {
        let sequence = u128::from(self.sequence) << 96;
        (sequence | u128::from(u64::from_le_bytes(checksum)) << 32 | 1).to_le_bytes()
    }

    /// Encrypts `message` and signs what it was: first the text, then its checksum, on one key stream.
    fn seal(&mut self, message: &mut [u8]) -> [u8; SIGNATURE] {
        let mut checksum = self.checksum(message);
        self.stream.apply_keystream(message);
        if self.encrypt_checksum {
            self.stream.apply_keystream(&mut checksum);
        }
        self.signature(checksum)
    }

    /// Decrypts `data` and returns the signature that it should have had.
    fn unseal(&mut self, data: &mut [u8]) -> [u8; SIGNATURE] {
        self.stream.apply_keystream(data);
        let mut checksum = self.checksum(data);
        if self.encrypt_checksum {
            self.stream.apply_keystream(&mut checksum);
        }
        self.signature(checksum)
    }

    /// The signature of the list of mechanisms. The key stream afterwards is as before, the sequence number is not
    /// (MS-SPNG 3.2.5.1, 3.3.5.1): a stream of its own encrypts the checksum.
    fn mech_list_mic(&self, mech_types: &[u8]) -> [u8; SIGNATURE] {
        let mut checksum = self.checksum(mech_types);
        if self.encrypt_checksum {
            rc4(&self.seal_key).apply_keystream(&mut checksum);
        }
        self.signature(checksum)
    }

    fn advance(&mut self) -> Result<(), SealError> {
        self.sequence = self.sequence.checked_add(1).ok_or(SealError::Exhausted)?;
        Ok(())
    }
}

/// Both directions of one connection. A message that does not verify ends it: the key stream is lost then.
pub(crate) struct Session {
    send: Direction,
    receive: Direction,
    broken: bool,
}

impl Session {
    /// Keys for a session with EXTENDED_SESSIONSECURITY and 128-bit keys; nothing else is negotiated here.
    pub(crate) fn new(session_key: &[u8; 16], flags: Flags, side: Side) -> Session {
        let client = Direction::new(session_key, CLIENT_SIGN, CLIENT_SEAL, flags);
        let server = Direction::new(session_key, SERVER_SIGN, SERVER_SEAL, flags);
        let (send, receive) = match side {
            Side::Initiator => (client, server),
            Side::Acceptor => (server, client),
        };
        Session { send, receive, broken: false }
    }

    /// Signs the list of mechanisms, DER as the client sent it.
    pub(crate) fn mech_list_mic(&mut self, mech_types: &[u8]) -> Result<[u8; SIGNATURE], SealError> {
        let mic = self.send.mech_list_mic(mech_types);
        self.send.advance()?;
        Ok(mic)
    }

    /// Verifies the peer's signature of the list of mechanisms.
    pub(crate) fn verify_mech_list_mic(&mut self, mech_types: &[u8], mic: &[u8]) -> Result<(), SealError> {
        let expected = self.receive.mech_list_mic(mech_types);
        self.receive.advance()?;
        if bool::from(expected.ct_eq(mic)) { Ok(()) } else { Err(self.end(SealError::Signature)) }
    }

    fn try_unseal(&mut self, token: &[u8], data: &mut [u8]) -> Result<(), SealError> {
        let token: &[u8; SIGNATURE] = token.try_into().map_err(|_| SealError::Token)?;
        let [.., s, t, u, v] = *token;
        if u32::from_le_bytes([s, t, u, v]) != self.receive.sequence {
            return Err(SealError::Sequence);
        }
        let expected = self.receive.unseal(data);
        if !bool::from(expected.ct_eq(token)) {
            return Err(SealError::Signature);
        }
        self.receive.advance()
    }

    /// Nothing is sealed or opened from here on.
    fn end(&mut self, error: SealError) -> SealError {
        self.broken = true;
        error
    }
}

impl Sealing for Session {
    fn seal(&mut self, mut message: Vec<u8>) -> Result<Sealed, SealError> {
        if self.broken {
            return Err(SealError::Broken);
        }
        let token = self.send.seal(&mut message).to_vec();
        match self.send.advance() {
            Ok(()) => Ok(Sealed { token, data: message }),
            Err(error) => Err(self.end(error)),
        }
    }

    fn unseal(&mut self, token: &[u8], data: Vec<u8>) -> Result<Vec<u8>, SealError> {
        if self.broken {
            return Err(SealError::Broken);
        }
        // What did not verify is wiped, not handed on.
        let mut data = Zeroizing::new(data);
        match self.try_unseal(token, &mut data) {
            Ok(()) => Ok(std::mem::take(&mut *data)),
            Err(error) => {
                data.zeroize();
                Err(self.end(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEALED: Flags = Flags(Flags::SIGN.0 | Flags::SEAL.0 | Flags::KEY_EXCH.0);

    fn pair(flags: Flags) -> (Session, Session) {
        let key = [0x55; 16];
        (Session::new(&key, flags, Side::Initiator), Session::new(&key, flags, Side::Acceptor))
    }

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write;
        bytes.iter().fold(String::new(), |mut out, byte| {
            write!(out, "{byte:02x}").unwrap();
            out
        })
    }

    #[test]
    fn w_032_nlmp_4_2_4_4_sealing_keys_text_and_signature() {
        let (mut client, _) = pair(SEALED);
        assert_eq!(hex(&*client.send.seal_key), "59f600973cc4960a25480a7c196e4c58");
        assert_eq!(hex(&*client.send.sign_key), "4788dc861b4782f35d43fd98fe1a2d39");

        let plain: Vec<u8> = "Plaintext".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(hex(&client.send.checksum(&plain)), "70352851f2564309");
        let sealed = client.seal(plain).unwrap();
        assert_eq!(hex(&sealed.data), "54e50165bf1936dc996020c1811b0f06fb5f");
        assert_eq!(hex(&sealed.token), "010000007fb38ec5c55d497600000000");
    }

    #[test]
    fn w_026_the_mech_list_mic_leaves_the_key_stream_and_moves_the_sequence_number() {
        let (mut fresh, _) = pair(SEALED);
        let (mut client, mut server) = pair(SEALED);
        let list = b"0\x0c\x06\x0a+\x06\x01\x04\x01\x827\x02\x02\x0a";
        // Both as pyspnego computes them.
        let (from_client, from_server) = (client.mech_list_mic(list).unwrap(), server.mech_list_mic(list).unwrap());
        assert_eq!(hex(&from_client), "0100000022a3984fefbb9c3200000000");
        assert_eq!(hex(&from_server), "010000007dd6da05648a73ae00000000");
        server.verify_mech_list_mic(list, &from_client).unwrap();
        client.verify_mech_list_mic(list, &from_server).unwrap();

        let sealed = client.seal(b"first".to_vec()).unwrap();
        assert_eq!(sealed.data, fresh.seal(b"first".to_vec()).unwrap().data, "the same key stream as without a MIC");
        assert_eq!(sealed.token[12..], [1, 0, 0, 0], "but the second number");
        assert_eq!(server.unseal(&sealed.token, sealed.data).unwrap(), b"first");
        for text in ["second", "third"] {
            let sealed = server.seal(text.into()).unwrap();
            assert_eq!(client.unseal(&sealed.token, sealed.data).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn w_026_a_wrong_mech_list_mic_ends_the_session() {
        let (mut client, mut server) = pair(SEALED);
        let mic = client.mech_list_mic(b"list").unwrap();
        assert_eq!(server.verify_mech_list_mic(b"lisT", &mic), Err(SealError::Signature));
        assert_eq!(server.seal(Vec::new()), Err(SealError::Broken));
    }

    #[test]
    fn w_047_a_changed_message_is_refused_and_so_is_everything_after_it() {
        for place in 0..16 {
            let (mut client, mut server) = pair(SEALED);
            let first = client.seal(b"Get-Process".to_vec()).unwrap();
            let second = client.seal(b"Get-Service".to_vec()).unwrap();
            let mut token = first.token.clone();
            token[place] ^= 1;
            server.unseal(&token, first.data).unwrap_err();
            assert_eq!(server.unseal(&second.token, second.data), Err(SealError::Broken));
        }
    }

    #[test]
    fn w_047_a_repeated_or_skipped_message_is_refused() {
        let (mut client, mut server) = pair(SEALED);
        let first = client.seal(b"one".to_vec()).unwrap();
        server.unseal(&first.token, first.data.clone()).unwrap();
        assert_eq!(server.unseal(&first.token, first.data), Err(SealError::Sequence));

        let (mut client, mut server) = pair(SEALED);
        client.seal(b"one".to_vec()).unwrap();
        let second = client.seal(b"two".to_vec()).unwrap();
        assert_eq!(server.unseal(&second.token, second.data), Err(SealError::Sequence));
    }

    #[test]
    fn w_047_a_message_reflected_to_its_sender_is_refused() {
        let (mut client, _) = pair(SEALED);
        let sealed = client.seal(b"one".to_vec()).unwrap();
        assert_eq!(client.unseal(&sealed.token, sealed.data), Err(SealError::Signature));
    }

    #[test]
    fn a_token_of_another_length_is_refused() {
        let (_, mut server) = pair(SEALED);
        assert_eq!(server.unseal(&[1, 0, 0, 0], b"x".to_vec()), Err(SealError::Token));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_order_both_ways(
            messages in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..600)), 1..20),
            key_exchange in any::<bool>(),
        ) {
            let flags = if key_exchange { SEALED } else { Flags::SIGN | Flags::SEAL };
            let (mut client, mut server) = pair(flags);
            for (from_client, message) in messages {
                let (from, to) = if from_client { (&mut client, &mut server) } else { (&mut server, &mut client) };
                let sealed = from.seal(message.clone()).unwrap();
                prop_assert_eq!(sealed.data.len(), message.len());
                prop_assert_eq!(to.unseal(&sealed.token, sealed.data).unwrap(), message);
            }
        }

        #[test]
        fn a_changed_text_never_opens(
            message in proptest::collection::vec(any::<u8>(), 1..200),
            place in any::<proptest::sample::Index>(),
            change in 1..=255_u8,
        ) {
            let (mut client, mut server) = pair(SEALED);
            let mut sealed = client.seal(message).unwrap();
            let place = place.index(sealed.data.len());
            sealed.data[place] ^= change;
            prop_assert_eq!(server.unseal(&sealed.token, sealed.data), Err(SealError::Signature));
        }
    }
}
