//! SMB2 message signing and signature verification.
//!
//! Supports three signing algorithms, selected by negotiated dialect:
//! - **HMAC-SHA256** (SMB 2.0.2, 2.1): 32-byte hash truncated to 16 bytes.
//! - **AES-128-CMAC** (SMB 3.0, 3.0.2): 16-byte MAC.
//! - **AES-256-GMAC** (SMB 3.1.1 with `SMB2_SIGNING_CAPABILITIES`): AES-256-GCM
//!   with empty plaintext; the 16-byte auth tag is the signature.
//!
//! Reference: MS-SMB2 sections 3.1.4.1 (signing) and 3.1.5.1 (verification).

use ctutils::CtEq;
use log::{error, trace};

use crate::error::SignatureFailure;
use crate::types::{Command, Dialect, MessageId};
use crate::Error;

/// Offset of the 16-byte Signature field within the SMB2 header.
const SIGNATURE_OFFSET: usize = 48;
/// Length of the Signature field.
const SIGNATURE_LEN: usize = 16;
/// Minimum message length (full SMB2 header).
const MIN_MESSAGE_LEN: usize = 64;

/// Signing algorithm, determined by negotiated dialect and capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum SigningAlgorithm {
    /// HMAC-SHA256 truncated to 16 bytes (SMB 2.0.2, 2.1).
    HmacSha256,
    /// AES-128-CMAC (SMB 3.0, 3.0.2).
    AesCmac,
    /// AES-256-GMAC with MessageId-based nonce (SMB 3.1.1).
    AesGmac,
}

/// Select the appropriate signing algorithm for a dialect.
///
/// For SMB 3.1.1, `gmac_negotiated` indicates whether the peer negotiated
/// `AES-256-GMAC` via `SMB2_SIGNING_CAPABILITIES`. When `false`, SMB 3.1.1
/// falls back to AES-128-CMAC.
pub fn algorithm_for_dialect(dialect: Dialect, gmac_negotiated: bool) -> SigningAlgorithm {
    match dialect {
        Dialect::Smb2_0_2 | Dialect::Smb2_1 => SigningAlgorithm::HmacSha256,
        Dialect::Smb3_0 | Dialect::Smb3_0_2 => SigningAlgorithm::AesCmac,
        Dialect::Smb3_1_1 => {
            if gmac_negotiated {
                SigningAlgorithm::AesGmac
            } else {
                SigningAlgorithm::AesCmac
            }
        }
    }
}

/// Sign an SMB2 message in-place (client → server).
///
/// Zeros the signature field (bytes 48-63), computes the signature
/// over the full message, and writes the computed signature back.
///
/// For AES-GMAC, `message_id` and `is_cancel` are used to construct
/// the 12-byte nonce. For other algorithms these parameters are ignored.
///
/// # Errors
///
/// Returns [`Error::InvalidData`] if the message is shorter than 64 bytes
/// or the key length is wrong for the chosen algorithm.
pub fn sign_message(
    message: &mut [u8],
    key: &[u8],
    algorithm: SigningAlgorithm,
    message_id: u64,
    is_cancel: bool,
) -> Result<(), Error> {
    if message.len() < MIN_MESSAGE_LEN {
        return Err(Error::invalid_data(format!(
            "message too short for signing: {} bytes, need at least {}",
            message.len(),
            MIN_MESSAGE_LEN
        )));
    }

    // Step 1: zero the signature field.
    message[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN].fill(0);

    // Step 2: compute signature over the entire message.
    // is_response = false: we're the client, signing an outgoing request.
    let signature = compute_signature(message, key, algorithm, message_id, is_cancel, false)?;

    // Step 3: write the signature back.
    message[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN].copy_from_slice(&signature);

    // TRACE, not DEBUG: fires once per outgoing message (per-frame plumbing), and the
    // signature bytes are byte-level detail. At DEBUG it floods a consumer during
    // high-throughput operations (e.g. a recursive directory scan). See AGENTS.md § Logging.
    trace!(
        "signing: signed msg_id={}, algo={:?}, sig={:02x}{:02x}{:02x}{:02x}...",
        message_id,
        algorithm,
        signature[0],
        signature[1],
        signature[2],
        signature[3]
    );
    Ok(())
}

/// Sign a message the way a SERVER would, so a test can build a frame the
/// client's verifier is supposed to accept.
///
/// Test-only: nothing in this crate ever signs as a server. It exists because
/// the role bit and the CANCEL bit both live in the AES-GMAC nonce, and the
/// only way to pin that the receive path passes the right one is to hand it a
/// frame that is correct except for that bit.
#[cfg(test)]
pub(crate) fn sign_message_as_server(
    message: &mut [u8],
    key: &[u8],
    algorithm: SigningAlgorithm,
    message_id: u64,
    is_cancel: bool,
) -> Result<(), Error> {
    message[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN].fill(0);
    let signature = compute_signature(message, key, algorithm, message_id, is_cancel, true)?;
    message[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN].copy_from_slice(&signature);
    Ok(())
}

/// Verify the signature on a received SMB2 message (server → client).
///
/// Returns `Ok(())` if the signature matches. Otherwise
/// [`Error::SignatureInvalid`], naming the message's command and
/// `message_id`, with [`SignatureFailure::Missing`] when the signature field
/// is empty (all zeros, which is what an unsigned message carries) and
/// [`SignatureFailure::Mismatch`] when it holds a signature this key didn't
/// produce: the message was altered, or the key is wrong. A message shorter
/// than an SMB2 header, or one naming no known command, is
/// [`Error::InvalidData`].
///
/// ❌ The `SMB2_FLAGS_SIGNED` bit plays no part: it travels in the same
/// untrusted bytes, so a caller that skips this for an unflagged message
/// lets anyone clear the bit and rewrite the payload.
///
/// For GMAC, the nonce role bit is set to 1 (server) automatically.
pub fn verify_signature(
    message: &[u8],
    key: &[u8],
    algorithm: SigningAlgorithm,
    message_id: u64,
    is_cancel: bool,
) -> Result<(), Error> {
    if message.len() < MIN_MESSAGE_LEN {
        return Err(Error::invalid_data(format!(
            "message too short for verification: {} bytes, need at least {}",
            message.len(),
            MIN_MESSAGE_LEN
        )));
    }

    // Step 1: save the received signature.
    let mut received_sig = [0u8; SIGNATURE_LEN];
    received_sig.copy_from_slice(&message[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN]);

    // Step 2: zero the signature field in a copy.
    let mut buf = message.to_vec();
    buf[SIGNATURE_OFFSET..SIGNATURE_OFFSET + SIGNATURE_LEN].fill(0);

    // Step 3: compute the expected signature.
    // is_response = true: the server signed this message, so the GMAC
    // nonce must have role bit = 1 (server).
    let expected_sig = compute_signature(&buf, key, algorithm, message_id, is_cancel, true)?;

    // Step 4: compare, in constant time. `!=` on arrays stops at the first
    // differing byte, which tells a forger timing a verifier how many leading
    // bytes of a guess were right.
    if !received_sig.ct_eq(&expected_sig).to_bool() {
        error!(
            "signing: verification failed, msg_id={}, algo={:?}, got={:02x}{:02x}{:02x}{:02x}..., want={:02x}{:02x}{:02x}{:02x}...",
            message_id, algorithm,
            received_sig[0], received_sig[1], received_sig[2], received_sig[3],
            expected_sig[0], expected_sig[1], expected_sig[2], expected_sig[3]
        );
        let code = u16::from_le_bytes([message[12], message[13]]);
        let command = Command::try_from(code).map_err(|_| {
            Error::invalid_data(format!(
                "message names unknown command 0x{code:04x} and fails signature verification"
            ))
        })?;
        // A plain compare is fine here: it only looks at what the sender
        // sent, after the verdict.
        let reason = if received_sig == [0u8; SIGNATURE_LEN] {
            SignatureFailure::Missing
        } else {
            SignatureFailure::Mismatch
        };
        return Err(Error::SignatureInvalid {
            command,
            message_id: MessageId(message_id),
            reason,
        });
    }

    trace!(
        "signing: verified msg_id={}, algo={:?}, sig={:02x}{:02x}{:02x}{:02x}...",
        message_id,
        algorithm,
        received_sig[0],
        received_sig[1],
        received_sig[2],
        received_sig[3]
    );
    Ok(())
}

/// Compute a 16-byte signature over `message` using the given algorithm.
fn compute_signature(
    message: &[u8],
    key: &[u8],
    algorithm: SigningAlgorithm,
    message_id: u64,
    is_cancel: bool,
    is_response: bool,
) -> Result<[u8; 16], Error> {
    match algorithm {
        SigningAlgorithm::HmacSha256 => compute_hmac_sha256(message, key),
        SigningAlgorithm::AesCmac => compute_aes_cmac(message, key),
        SigningAlgorithm::AesGmac => {
            compute_aes_gmac(message, key, message_id, is_cancel, is_response)
        }
    }
}

/// HMAC-SHA256, truncated to 16 bytes. Key must be 16 bytes.
fn compute_hmac_sha256(message: &[u8], key: &[u8]) -> Result<[u8; 16], Error> {
    use digest::KeyInit;
    use hmac::{Hmac, Mac};
    use sha2::Sha256;

    type HmacSha256 = Hmac<Sha256>;

    let mut mac = HmacSha256::new_from_slice(key)
        .map_err(|e| Error::invalid_data(format!("HMAC-SHA256 key error: {e}")))?;
    mac.update(message);
    let result = mac.finalize().into_bytes();

    // Truncate 32-byte hash to first 16 bytes.
    let mut sig = [0u8; 16];
    sig.copy_from_slice(&result[..16]);
    Ok(sig)
}

/// AES-128-CMAC. Key must be 16 bytes.
fn compute_aes_cmac(message: &[u8], key: &[u8]) -> Result<[u8; 16], Error> {
    use aes::Aes128;
    use cmac::{Cmac, Mac};
    use digest::KeyInit;

    type AesCmac = Cmac<Aes128>;

    let mut mac = AesCmac::new_from_slice(key)
        .map_err(|e| Error::invalid_data(format!("AES-CMAC key error: {e}")))?;
    mac.update(message);
    let result = mac.finalize().into_bytes();

    let mut sig = [0u8; 16];
    sig.copy_from_slice(&result);
    Ok(sig)
}

/// AES-128-GMAC (AES-128-GCM with empty plaintext). Key must be 16 bytes.
///
/// The 12-byte nonce is constructed as (MS-SMB2 section 3.1.4.1):
/// - Bytes 0-7: `message_id` (little-endian u64)
/// - Byte 8: bit 0 = role (0=client, 1=server), bit 1 = `is_cancel`
/// - Bytes 9-11: zero
fn compute_aes_gmac(
    message: &[u8],
    key: &[u8],
    message_id: u64,
    is_cancel: bool,
    is_response: bool,
) -> Result<[u8; 16], Error> {
    use aes_gcm::aead::Aead;
    use aes_gcm::{Aes128Gcm, KeyInit, Nonce};

    if key.len() != 16 {
        return Err(Error::invalid_data(format!(
            "AES-128-GMAC requires a 16-byte key, got {} bytes",
            key.len()
        )));
    }

    // Build 12-byte nonce.
    let mut nonce_bytes = [0u8; 12];
    nonce_bytes[0..8].copy_from_slice(&message_id.to_le_bytes());
    // Byte 8: bit 0 = role (0 = client, 1 = server), bit 1 = CANCEL flag.
    let mut flags_byte: u8 = 0;
    if is_response {
        flags_byte |= 0x01; // server role
    }
    if is_cancel {
        flags_byte |= 0x02;
    }
    nonce_bytes[8] = flags_byte;

    let cipher = Aes128Gcm::new(key.try_into().map_err(|_| {
        Error::invalid_data(format!(
            "AES-128-GMAC requires a 16-byte key, got {} bytes",
            key.len()
        ))
    })?);
    let nonce: &Nonce<_> = (&nonce_bytes).into();

    // GMAC mode: encrypt empty plaintext with the message as AAD.
    // The "ciphertext" is empty; the auth tag IS the signature.
    use aes_gcm::aead::Payload;
    let payload = Payload {
        msg: &[],
        aad: message,
    };

    let ciphertext = cipher
        .encrypt(nonce, payload)
        .map_err(|e| Error::invalid_data(format!("AES-256-GMAC encryption error: {e}")))?;

    // The output is the 16-byte auth tag (no ciphertext bytes since plaintext was empty).
    if ciphertext.len() != 16 {
        return Err(Error::invalid_data(format!(
            "unexpected GMAC output length: expected 16, got {}",
            ciphertext.len()
        )));
    }

    let mut sig = [0u8; 16];
    sig.copy_from_slice(&ciphertext);
    Ok(sig)
}
