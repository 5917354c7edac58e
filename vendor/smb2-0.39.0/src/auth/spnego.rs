//! SPNEGO (Simple and Protected GSS-API Negotiation Mechanism) token wrapping.
//!
//! Implements the thin ASN.1/DER wrapper that SMB2 requires around authentication
//! tokens (NTLM, Kerberos). The client sends a NegTokenInit with supported
//! mechanism OIDs and the first mechanism's token, the server responds with
//! NegTokenResp indicating the selected mechanism and its response token, and
//! subsequent client messages use NegTokenResp as well.
//!
//! References:
//! - RFC 4178 (SPNEGO)
//! - MS-SPNG (Microsoft SPNEGO Extension)

use super::der::{der_tlv, parse_der_tlv};
use crate::Error;

// ---------------------------------------------------------------------------
// OID constants (DER-encoded, including tag and length bytes)
// ---------------------------------------------------------------------------

/// SPNEGO OID: 1.3.6.1.5.5.2
pub const OID_SPNEGO: &[u8] = &[0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

/// NTLM (NTLMSSP) OID: 1.3.6.1.4.1.311.2.2.10
pub const OID_NTLMSSP: &[u8] = &[
    0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a,
];

/// Kerberos OID: 1.2.840.113554.1.2.2 (standard, RFC 4121)
pub const OID_KERBEROS: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02,
];

/// Microsoft Kerberos OID: 1.2.840.48018.1.2.2 (MS-KILE, used by Windows SPNEGO)
///
/// Windows expects this OID as the primary mechanism in SPNEGO NegTokenInit.
/// Using the standard Kerberos OID causes Windows to reject the AP-REQ.
pub const OID_MS_KERBEROS: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02,
];

// ---------------------------------------------------------------------------
// ASN.1 DER tag constants
// ---------------------------------------------------------------------------

/// SEQUENCE tag (constructed).
const TAG_SEQUENCE: u8 = 0x30;
/// OCTET STRING tag.
const TAG_OCTET_STRING: u8 = 0x04;
/// ENUMERATED tag.
const TAG_ENUMERATED: u8 = 0x0a;
/// APPLICATION [0] (constructed) -- wraps the initial NegotiationToken.
const TAG_APPLICATION_0: u8 = 0x60;
/// Context-specific [0] (constructed).
const TAG_CONTEXT_0: u8 = 0xa0;
/// Context-specific [1] (constructed).
const TAG_CONTEXT_1: u8 = 0xa1;
/// Context-specific [2] (constructed).
const TAG_CONTEXT_2: u8 = 0xa2;
/// Context-specific [3] (constructed).
const TAG_CONTEXT_3: u8 = 0xa3;

// ---------------------------------------------------------------------------
// NegState enum
// ---------------------------------------------------------------------------

/// SPNEGO negotiation state from NegTokenResp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NegState {
    /// Authentication completed successfully.
    AcceptCompleted,
    /// Authentication is in progress (more tokens needed).
    AcceptIncomplete,
    /// Authentication was rejected.
    Reject,
}

impl NegState {
    /// Parse from the DER enumerated value.
    fn from_value(v: u8) -> Option<NegState> {
        match v {
            0 => Some(NegState::AcceptCompleted),
            1 => Some(NegState::AcceptIncomplete),
            2 => Some(NegState::Reject),
            _ => None,
        }
    }
}

// ---------------------------------------------------------------------------
// NegTokenResp struct
// ---------------------------------------------------------------------------

/// Parsed SPNEGO NegTokenResp from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegTokenResp {
    /// The negotiation state.
    pub neg_state: Option<NegState>,
    /// The selected mechanism OID (raw DER-encoded OID TLV).
    pub supported_mech: Option<Vec<u8>>,
    /// The mechanism-specific response token.
    pub response_token: Option<Vec<u8>>,
    /// The mechanism list MIC.
    pub mech_list_mic: Option<Vec<u8>>,
}

// DER encoding/decoding helpers are in `super::der`. Imported at the top.

// ---------------------------------------------------------------------------
// Public API: wrapping
// ---------------------------------------------------------------------------

/// Wrap a mechanism token in a SPNEGO NegTokenInit.
///
/// The initial token sent by the client. Wraps the raw NTLM or Kerberos
/// token with mechanism OID negotiation.
///
/// Structure (RFC 4178 section 4.2):
/// ```text
/// APPLICATION [0] {
///   OID_SPNEGO,
///   [0] {  -- NegTokenInit choice tag
///     SEQUENCE {
///       [0] { SEQUENCE { mechOID1, mechOID2, ... } },  -- mechTypes
///       [2] { OCTET STRING { mechToken } }             -- mechToken
///     }
///   }
/// }
/// ```
pub fn wrap_neg_token_init(mech_oids: &[&[u8]], mech_token: &[u8]) -> Vec<u8> {
    // Build mechTypes: SEQUENCE OF OID
    let mut mech_list_contents = Vec::new();
    for oid in mech_oids {
        mech_list_contents.extend_from_slice(oid);
    }
    let mech_list_seq = der_tlv(TAG_SEQUENCE, &mech_list_contents);
    let mech_types = der_tlv(TAG_CONTEXT_0, &mech_list_seq);

    // Build mechToken: [2] OCTET STRING
    let mech_token_octet = der_tlv(TAG_OCTET_STRING, mech_token);
    let mech_token_ctx = der_tlv(TAG_CONTEXT_2, &mech_token_octet);

    // NegTokenInit SEQUENCE
    let mut init_contents = Vec::new();
    init_contents.extend_from_slice(&mech_types);
    init_contents.extend_from_slice(&mech_token_ctx);
    let init_seq = der_tlv(TAG_SEQUENCE, &init_contents);

    // Wrap in context [0] (NegotiationToken CHOICE for negTokenInit)
    let choice = der_tlv(TAG_CONTEXT_0, &init_seq);

    // Wrap in APPLICATION [0] with SPNEGO OID
    let mut app_contents = Vec::new();
    app_contents.extend_from_slice(OID_SPNEGO);
    app_contents.extend_from_slice(&choice);
    der_tlv(TAG_APPLICATION_0, &app_contents)
}

/// Wrap a mechanism token in a SPNEGO NegTokenResp.
///
/// Used by the client in the second round-trip (for example, the NTLM
/// AUTHENTICATE_MESSAGE). Only the responseToken field is set.
///
/// Structure:
/// ```text
/// [1] {  -- NegotiationToken CHOICE for negTokenResp
///   SEQUENCE {
///     [2] { OCTET STRING { mechToken } }  -- responseToken
///   }
/// }
/// ```
pub fn wrap_neg_token_resp(mech_token: &[u8]) -> Vec<u8> {
    // Build responseToken: [2] OCTET STRING
    let mech_token_octet = der_tlv(TAG_OCTET_STRING, mech_token);
    let response_token_ctx = der_tlv(TAG_CONTEXT_2, &mech_token_octet);

    // NegTokenResp SEQUENCE
    let resp_seq = der_tlv(TAG_SEQUENCE, &response_token_ctx);

    // Wrap in context [1] (NegotiationToken CHOICE for negTokenResp)
    der_tlv(TAG_CONTEXT_1, &resp_seq)
}

// ---------------------------------------------------------------------------
// Public API: parsing
// ---------------------------------------------------------------------------

/// Parse a SPNEGO NegTokenResp from the server.
///
/// The input can be either:
/// - A bare `[1] { SEQUENCE { ... } }` NegTokenResp
/// - An `APPLICATION [0] { OID, [0] { ... } }` wrapping a NegTokenInit2
///   (server-initiated SPNEGO, which we parse the inner token from)
///
/// Extracts the negotiation state, selected mechanism, and response token.
pub fn parse_neg_token_resp(data: &[u8]) -> Result<NegTokenResp, Error> {
    if data.is_empty() {
        return Err(Error::invalid_data("SPNEGO: empty token"));
    }

    // Check if this is an APPLICATION [0] wrapper (server-initiated NegTokenInit2)
    // or a NegTokenResp [1] wrapper.
    let (tag, value, _) = parse_der_tlv(data)?;

    match tag {
        TAG_CONTEXT_1 => {
            // Standard NegTokenResp: [1] { SEQUENCE { ... } }
            parse_neg_token_resp_inner(value)
        }
        TAG_APPLICATION_0 => {
            // APPLICATION [0] { OID_SPNEGO, [0] { NegTokenInit2 } }
            // or could contain a [1] { NegTokenResp }
            // Skip the SPNEGO OID
            let (oid_tag, _, oid_total) = parse_der_tlv(value)?;
            if oid_tag != 0x06 {
                return Err(Error::invalid_data(format!(
                    "SPNEGO: expected OID in APPLICATION [0], got tag 0x{oid_tag:02x}"
                )));
            }
            let remaining = &value[oid_total..];
            let (inner_tag, inner_value, _) = parse_der_tlv(remaining)?;
            match inner_tag {
                TAG_CONTEXT_0 => {
                    // NegTokenInit2 wrapped in [0]: parse as NegTokenInit2
                    // to extract mechTypes (as supportedMech) and mechToken
                    parse_neg_token_init2_as_resp(inner_value)
                }
                TAG_CONTEXT_1 => {
                    // NegTokenResp wrapped inside APPLICATION [0]
                    parse_neg_token_resp_inner(inner_value)
                }
                _ => Err(Error::invalid_data(format!(
                    "SPNEGO: unexpected tag 0x{inner_tag:02x} inside APPLICATION [0]"
                ))),
            }
        }
        _ => Err(Error::invalid_data(format!(
            "SPNEGO: expected NegTokenResp [1] or APPLICATION [0], got tag 0x{tag:02x}"
        ))),
    }
}

/// Parse the inner SEQUENCE of a NegTokenResp.
fn parse_neg_token_resp_inner(data: &[u8]) -> Result<NegTokenResp, Error> {
    // Expect SEQUENCE
    let (tag, seq_data, _) = parse_der_tlv(data)?;
    if tag != TAG_SEQUENCE {
        return Err(Error::invalid_data(format!(
            "SPNEGO: expected SEQUENCE in NegTokenResp, got tag 0x{tag:02x}"
        )));
    }

    let mut neg_state = None;
    let mut supported_mech = None;
    let mut response_token = None;
    let mut mech_list_mic = None;

    let mut pos = 0;
    while pos < seq_data.len() {
        let (ctx_tag, ctx_value, ctx_total) = parse_der_tlv(&seq_data[pos..])?;
        match ctx_tag {
            TAG_CONTEXT_0 => {
                // negState: ENUMERATED
                let (enum_tag, enum_value, _) = parse_der_tlv(ctx_value)?;
                if enum_tag != TAG_ENUMERATED {
                    return Err(Error::invalid_data(format!(
                        "SPNEGO: expected ENUMERATED for negState, got tag 0x{enum_tag:02x}"
                    )));
                }
                if enum_value.is_empty() {
                    return Err(Error::invalid_data("SPNEGO: empty ENUMERATED for negState"));
                }
                neg_state = NegState::from_value(enum_value[0]);
                if neg_state.is_none() {
                    return Err(Error::invalid_data(format!(
                        "SPNEGO: unknown negState value: {}",
                        enum_value[0]
                    )));
                }
            }
            TAG_CONTEXT_1 => {
                // supportedMech: OID (the full TLV)
                supported_mech = Some(ctx_value.to_vec());
            }
            TAG_CONTEXT_2 => {
                // responseToken: OCTET STRING
                let (oct_tag, oct_value, _) = parse_der_tlv(ctx_value)?;
                if oct_tag != TAG_OCTET_STRING {
                    return Err(Error::invalid_data(format!(
                        "SPNEGO: expected OCTET STRING for responseToken, got tag 0x{oct_tag:02x}"
                    )));
                }
                response_token = Some(oct_value.to_vec());
            }
            TAG_CONTEXT_3 => {
                // mechListMIC: OCTET STRING
                let (oct_tag, oct_value, _) = parse_der_tlv(ctx_value)?;
                if oct_tag != TAG_OCTET_STRING {
                    return Err(Error::invalid_data(format!(
                        "SPNEGO: expected OCTET STRING for mechListMIC, got tag 0x{oct_tag:02x}"
                    )));
                }
                mech_list_mic = Some(oct_value.to_vec());
            }
            _ => {
                // Unknown context tag, skip it (forward compatibility).
            }
        }
        pos += ctx_total;
    }

    Ok(NegTokenResp {
        neg_state,
        supported_mech,
        response_token,
        mech_list_mic,
    })
}

/// Parse a NegTokenInit2 (server-initiated) and return it as a NegTokenResp.
///
/// NegTokenInit2 has mechTypes at [0] and mechToken at [2]. We map the
/// first mechType to supportedMech and mechToken to responseToken.
fn parse_neg_token_init2_as_resp(data: &[u8]) -> Result<NegTokenResp, Error> {
    let (tag, seq_data, _) = parse_der_tlv(data)?;
    if tag != TAG_SEQUENCE {
        return Err(Error::invalid_data(format!(
            "SPNEGO: expected SEQUENCE in NegTokenInit2, got tag 0x{tag:02x}"
        )));
    }

    let mut supported_mech = None;
    let mut response_token = None;

    let mut pos = 0;
    while pos < seq_data.len() {
        let (ctx_tag, ctx_value, ctx_total) = parse_der_tlv(&seq_data[pos..])?;
        match ctx_tag {
            TAG_CONTEXT_0 => {
                // mechTypes: SEQUENCE OF OID -- take the first one
                let (seq_tag, mech_list_data, _) = parse_der_tlv(ctx_value)?;
                if seq_tag != TAG_SEQUENCE {
                    return Err(Error::invalid_data(
                        "SPNEGO: expected SEQUENCE for mechTypes",
                    ));
                }
                if !mech_list_data.is_empty() {
                    // Take the first OID TLV as the supported mech
                    let (oid_tag, _, oid_total) = parse_der_tlv(mech_list_data)?;
                    if oid_tag == 0x06 {
                        supported_mech = Some(mech_list_data[..oid_total].to_vec());
                    }
                }
            }
            TAG_CONTEXT_2 => {
                // mechToken: OCTET STRING
                let (oct_tag, oct_value, _) = parse_der_tlv(ctx_value)?;
                if oct_tag == TAG_OCTET_STRING {
                    response_token = Some(oct_value.to_vec());
                }
            }
            _ => {
                // Skip reqFlags [1], negHints [3], mechListMIC [4]
            }
        }
        pos += ctx_total;
    }

    Ok(NegTokenResp {
        neg_state: None,
        supported_mech,
        response_token,
        mech_list_mic: None,
    })
}

// ---------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------
