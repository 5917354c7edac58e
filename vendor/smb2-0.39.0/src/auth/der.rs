//! Shared ASN.1/DER encoding and decoding primitives.
//!
//! These low-level helpers are used by both `spnego.rs` and `kerberos/messages.rs`
//! to build and parse DER-encoded structures. Only the core TLV operations live
//! here; type-specific helpers (INTEGER, GeneralString, etc.) stay in their
//! respective modules.

use crate::Error;

/// Encode a DER length field (X.690 § 8.1.3).
///
/// - Lengths < 128 are encoded as a single byte.
/// - Anything longer is `0x80 | n` followed by the length in `n` big-endian
///   bytes, as few as it takes. Every `usize` fits, so this can't fail: a
///   large-AD Kerberos token past 64 KiB gets `0x83`.
pub(crate) fn der_length(len: usize) -> Vec<u8> {
    if len < 128 {
        return vec![len as u8];
    }
    let bytes = len.to_be_bytes();
    let significant = &bytes[len.leading_zeros() as usize / 8..];
    let mut out = Vec::with_capacity(1 + significant.len());
    out.push(0x80 | significant.len() as u8);
    out.extend_from_slice(significant);
    out
}

/// Wrap data in a DER TLV (tag-length-value).
pub(crate) fn der_tlv(tag: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend_from_slice(&der_length(data.len()));
    out.extend_from_slice(data);
    out
}

/// Parse a DER length field, returning `(length, bytes_consumed)`.
pub(crate) fn parse_der_length(data: &[u8]) -> Result<(usize, usize), Error> {
    if data.is_empty() {
        return Err(Error::invalid_data("DER: truncated length"));
    }
    let first = data[0];
    if first < 128 {
        Ok((first as usize, 1))
    } else if (0x81..=0x84).contains(&first) {
        // Long form: the low bits say how many length bytes follow. Four is
        // the most any token this crate handles could need (4 GiB).
        let n = (first & 0x7f) as usize;
        if data.len() < 1 + n {
            return Err(Error::invalid_data(format!(
                "DER: truncated length (0x{first:02x})"
            )));
        }
        let len = data[1..=n]
            .iter()
            .fold(0usize, |acc, &b| (acc << 8) | b as usize);
        Ok((len, 1 + n))
    } else {
        Err(Error::invalid_data(format!(
            "DER: unsupported length encoding: 0x{first:02x}"
        )))
    }
}

/// Parse a DER TLV, returning `(tag, value_slice, total_bytes_consumed)`.
pub(crate) fn parse_der_tlv(data: &[u8]) -> Result<(u8, &[u8], usize), Error> {
    if data.is_empty() {
        return Err(Error::invalid_data("DER: truncated TLV"));
    }
    let tag = data[0];
    let (len, len_bytes) = parse_der_length(&data[1..])?;
    let header_len = 1 + len_bytes;
    let total = header_len.saturating_add(len);
    if data.len() < total {
        return Err(Error::invalid_data(format!(
            "DER: TLV truncated: need {total} bytes, have {}",
            data.len()
        )));
    }
    Ok((tag, &data[header_len..total], total))
}
