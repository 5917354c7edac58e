//! SMB2 NEGOTIATE request and response (spec sections 2.2.3, 2.2.4)
//! and negotiate context structures (spec section 2.2.3.1).
//!
//! Negotiate is the first exchange between client and server. The client
//! advertises which dialects and capabilities it supports, and the server
//! picks the highest mutually supported dialect and returns its own
//! capabilities.
//!
//! For SMB 3.1.1 (dialect 0x0311), both request and response carry a
//! variable-length list of negotiate contexts that negotiate features
//! such as preauthentication integrity, encryption, compression, and
//! signing algorithms.

use crate::error::Result;
use crate::msg::header::Header;
use crate::pack::{Guid, Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::flags::{Capabilities, SecurityMode};
use crate::types::Dialect;
use crate::Error;

// ── Negotiate context type constants ───────────────────────────────────

/// Preauthentication integrity capabilities context type.
pub const NEGOTIATE_CONTEXT_PREAUTH_INTEGRITY: u16 = 0x0001;
/// Encryption capabilities context type.
pub const NEGOTIATE_CONTEXT_ENCRYPTION: u16 = 0x0002;
/// Compression capabilities context type.
pub const NEGOTIATE_CONTEXT_COMPRESSION: u16 = 0x0003;
/// Signing capabilities context type.
pub const NEGOTIATE_CONTEXT_SIGNING: u16 = 0x0008;

// ── Hash algorithm IDs (2.2.3.1.1) ────────────────────────────────────

/// SHA-512 hash algorithm for preauthentication integrity.
pub const HASH_ALGORITHM_SHA512: u16 = 0x0001;

// ── Encryption cipher IDs (2.2.3.1.2) ─────────────────────────────────

/// AES-128-CCM cipher.
pub const CIPHER_AES_128_CCM: u16 = 0x0001;
/// AES-128-GCM cipher.
pub const CIPHER_AES_128_GCM: u16 = 0x0002;
/// AES-256-CCM cipher.
pub const CIPHER_AES_256_CCM: u16 = 0x0003;
/// AES-256-GCM cipher.
pub const CIPHER_AES_256_GCM: u16 = 0x0004;

// ── Signing algorithm IDs (2.2.3.1.7) ─────────────────────────────────

/// HMAC-SHA256 signing algorithm.
pub const SIGNING_HMAC_SHA256: u16 = 0x0000;
/// AES-CMAC signing algorithm.
pub const SIGNING_AES_CMAC: u16 = 0x0001;
/// AES-GMAC signing algorithm.
pub const SIGNING_AES_GMAC: u16 = 0x0002;

// ── Compression algorithm IDs (2.2.3.1.3) ─────────────────────────────

/// No compression.
pub const COMPRESSION_NONE: u16 = 0x0000;
/// LZNT1 compression algorithm.
pub const COMPRESSION_LZNT1: u16 = 0x0001;
/// LZ77 compression algorithm.
pub const COMPRESSION_LZ77: u16 = 0x0002;
/// LZ77+Huffman compression algorithm.
pub const COMPRESSION_LZ77_HUFFMAN: u16 = 0x0003;
/// Pattern scanning algorithm.
pub const COMPRESSION_PATTERN_V1: u16 = 0x0004;
/// LZ4 compression algorithm.
pub const COMPRESSION_LZ4: u16 = 0x0005;

// ── Compression capability flags ───────────────────────────────────────

/// Chained compression is not supported.
pub const COMPRESSION_FLAG_NONE: u32 = 0x0000_0000;
/// Chained compression is supported.
pub const COMPRESSION_FLAG_CHAINED: u32 = 0x0000_0001;

// ── NegotiateContext ───────────────────────────────────────────────────

/// A single negotiate context entry (spec section 2.2.3.1).
///
/// Each context has a type, reserved field, and type-specific data.
/// The four most important types are represented as dedicated variants;
/// unknown types are stored as raw bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegotiateContext {
    /// Preauthentication integrity capabilities (type 0x0001).
    PreauthIntegrity {
        /// Supported hash algorithm IDs.
        hash_algorithms: Vec<u16>,
        /// Salt value.
        salt: Vec<u8>,
    },
    /// Encryption capabilities (type 0x0002).
    Encryption {
        /// Supported cipher IDs in preference order.
        ciphers: Vec<u16>,
    },
    /// Compression capabilities (type 0x0003).
    Compression {
        /// Compression capability flags.
        flags: u32,
        /// Supported compression algorithm IDs in preference order.
        algorithms: Vec<u16>,
    },
    /// Signing capabilities (type 0x0008).
    Signing {
        /// Supported signing algorithm IDs in preference order.
        algorithms: Vec<u16>,
    },
    /// Unknown or unsupported context type, stored as raw bytes.
    Unknown {
        /// The context type identifier.
        context_type: u16,
        /// The raw data bytes.
        data: Vec<u8>,
    },
}

/// Pack a single negotiate context's data (without the header).
fn pack_context_data(ctx: &NegotiateContext, cursor: &mut WriteCursor) {
    match ctx {
        NegotiateContext::PreauthIntegrity {
            hash_algorithms,
            salt,
        } => {
            // HashAlgorithmCount (2)
            cursor.write_u16_le(hash_algorithms.len() as u16);
            // SaltLength (2)
            cursor.write_u16_le(salt.len() as u16);
            // HashAlgorithms (variable)
            for &alg in hash_algorithms {
                cursor.write_u16_le(alg);
            }
            // Salt (variable)
            cursor.write_bytes(salt);
        }
        NegotiateContext::Encryption { ciphers } => {
            // CipherCount (2)
            cursor.write_u16_le(ciphers.len() as u16);
            // Ciphers (variable)
            for &c in ciphers {
                cursor.write_u16_le(c);
            }
        }
        NegotiateContext::Compression { flags, algorithms } => {
            // CompressionAlgorithmCount (2)
            cursor.write_u16_le(algorithms.len() as u16);
            // Padding (2)
            cursor.write_u16_le(0);
            // Flags (4)
            cursor.write_u32_le(*flags);
            // CompressionAlgorithms (variable)
            for &a in algorithms {
                cursor.write_u16_le(a);
            }
        }
        NegotiateContext::Signing { algorithms } => {
            // SigningAlgorithmCount (2)
            cursor.write_u16_le(algorithms.len() as u16);
            // SigningAlgorithms (variable)
            for &a in algorithms {
                cursor.write_u16_le(a);
            }
        }
        NegotiateContext::Unknown { data, .. } => {
            cursor.write_bytes(data);
        }
    }
}

/// Return the context type ID for a negotiate context.
fn context_type_id(ctx: &NegotiateContext) -> u16 {
    match ctx {
        NegotiateContext::PreauthIntegrity { .. } => NEGOTIATE_CONTEXT_PREAUTH_INTEGRITY,
        NegotiateContext::Encryption { .. } => NEGOTIATE_CONTEXT_ENCRYPTION,
        NegotiateContext::Compression { .. } => NEGOTIATE_CONTEXT_COMPRESSION,
        NegotiateContext::Signing { .. } => NEGOTIATE_CONTEXT_SIGNING,
        NegotiateContext::Unknown { context_type, .. } => *context_type,
    }
}

/// Compute the data length of a single negotiate context (without the 8-byte header).
fn context_data_len(ctx: &NegotiateContext) -> usize {
    match ctx {
        NegotiateContext::PreauthIntegrity {
            hash_algorithms,
            salt,
        } => 2 + 2 + hash_algorithms.len() * 2 + salt.len(),
        NegotiateContext::Encryption { ciphers } => 2 + ciphers.len() * 2,
        NegotiateContext::Compression { algorithms, .. } => 2 + 2 + 4 + algorithms.len() * 2,
        NegotiateContext::Signing { algorithms } => 2 + algorithms.len() * 2,
        NegotiateContext::Unknown { data, .. } => data.len(),
    }
}

/// Pack a list of negotiate contexts, each preceded by its header and
/// 8-byte aligned.
fn pack_negotiate_contexts(contexts: &[NegotiateContext], cursor: &mut WriteCursor) {
    for (i, ctx) in contexts.iter().enumerate() {
        // Pad to 8-byte alignment before each context (except the first,
        // which should already be aligned by the caller).
        if i > 0 {
            cursor.align_to(8);
        }

        // ContextType (2)
        cursor.write_u16_le(context_type_id(ctx));
        // DataLength (2)
        cursor.write_u16_le(context_data_len(ctx) as u16);
        // Reserved (4)
        cursor.write_u32_le(0);
        // Data (variable)
        pack_context_data(ctx, cursor);
    }
}

/// Unpack a single negotiate context from the cursor.
fn unpack_negotiate_context(cursor: &mut ReadCursor<'_>) -> Result<NegotiateContext> {
    // ContextType (2)
    let context_type = cursor.read_u16_le()?;
    // DataLength (2)
    let data_length = cursor.read_u16_le()? as usize;
    // Reserved (4)
    let _reserved = cursor.read_u32_le()?;

    match context_type {
        NEGOTIATE_CONTEXT_PREAUTH_INTEGRITY => {
            let hash_count = cursor.read_u16_le()? as usize;
            let salt_length = cursor.read_u16_le()? as usize;
            let mut hash_algorithms = Vec::with_capacity(hash_count);
            for _ in 0..hash_count {
                hash_algorithms.push(cursor.read_u16_le()?);
            }
            let salt = cursor.read_bytes_bounded(salt_length)?.to_vec();
            Ok(NegotiateContext::PreauthIntegrity {
                hash_algorithms,
                salt,
            })
        }
        NEGOTIATE_CONTEXT_ENCRYPTION => {
            let cipher_count = cursor.read_u16_le()? as usize;
            let mut ciphers = Vec::with_capacity(cipher_count);
            for _ in 0..cipher_count {
                ciphers.push(cursor.read_u16_le()?);
            }
            Ok(NegotiateContext::Encryption { ciphers })
        }
        NEGOTIATE_CONTEXT_COMPRESSION => {
            let alg_count = cursor.read_u16_le()? as usize;
            let _padding = cursor.read_u16_le()?;
            let flags = cursor.read_u32_le()?;
            let mut algorithms = Vec::with_capacity(alg_count);
            for _ in 0..alg_count {
                algorithms.push(cursor.read_u16_le()?);
            }
            Ok(NegotiateContext::Compression { flags, algorithms })
        }
        NEGOTIATE_CONTEXT_SIGNING => {
            let alg_count = cursor.read_u16_le()? as usize;
            let mut algorithms = Vec::with_capacity(alg_count);
            for _ in 0..alg_count {
                algorithms.push(cursor.read_u16_le()?);
            }
            Ok(NegotiateContext::Signing { algorithms })
        }
        _ => {
            let data = cursor.read_bytes_bounded(data_length)?.to_vec();
            Ok(NegotiateContext::Unknown { context_type, data })
        }
    }
}

/// Unpack a list of negotiate contexts.
fn unpack_negotiate_contexts(
    cursor: &mut ReadCursor<'_>,
    count: usize,
) -> Result<Vec<NegotiateContext>> {
    let mut contexts = Vec::with_capacity(count);
    for i in 0..count {
        // Each context after the first must be 8-byte aligned.
        if i > 0 {
            let pos = cursor.position();
            let remainder = pos % 8;
            if remainder != 0 {
                cursor.skip(8 - remainder)?;
            }
        }
        contexts.push(unpack_negotiate_context(cursor)?);
    }
    Ok(contexts)
}

// ── NegotiateRequest ───────────────────────────────────────────────────

/// SMB2 NEGOTIATE request (spec section 2.2.3).
///
/// Sent by the client to advertise which dialects and capabilities it
/// supports. For SMB 3.1.1, includes negotiate contexts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegotiateRequest {
    /// Security mode indicating signing requirements.
    pub security_mode: SecurityMode,
    /// Client capabilities.
    pub capabilities: Capabilities,
    /// Client GUID for identification.
    pub client_guid: Guid,
    /// Supported dialect revision numbers.
    pub dialects: Vec<Dialect>,
    /// Negotiate contexts (only for SMB 3.1.1).
    pub negotiate_contexts: Vec<NegotiateContext>,
}

impl NegotiateRequest {
    pub const STRUCTURE_SIZE: u16 = 36;

    /// Returns `true` if the dialects list includes SMB 3.1.1.
    fn has_smb311(&self) -> bool {
        self.dialects.contains(&Dialect::Smb3_1_1)
    }
}

impl Pack for NegotiateRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // DialectCount (2)
        cursor.write_u16_le(self.dialects.len() as u16);
        // SecurityMode (2)
        cursor.write_u16_le(self.security_mode.bits());
        // Reserved (2)
        cursor.write_u16_le(0);
        // Capabilities (4)
        cursor.write_u32_le(self.capabilities.bits());
        // ClientGuid (16)
        self.client_guid.pack(cursor);

        if self.has_smb311() {
            // NegotiateContextOffset (4) -- will be backpatched
            let ctx_offset_pos = cursor.position();
            cursor.write_u32_le(0); // placeholder
                                    // NegotiateContextCount (2)
            cursor.write_u16_le(self.negotiate_contexts.len() as u16);
            // Reserved2 (2)
            cursor.write_u16_le(0);

            // Dialects array
            for &d in &self.dialects {
                cursor.write_u16_le(d.into());
            }

            // Pad to 8-byte alignment (from start of SMB2 header).
            // The offset is measured from the header start, so we align
            // (Header::SIZE + current_struct_pos).
            let abs_pos = Header::SIZE + (cursor.position() - start);
            let remainder = abs_pos % 8;
            if remainder != 0 {
                cursor.write_zeros(8 - remainder);
            }

            // Backpatch NegotiateContextOffset (from header start)
            let ctx_offset = Header::SIZE + (cursor.position() - start);
            cursor.set_u32_le_at(ctx_offset_pos, ctx_offset as u32);

            // Write negotiate contexts
            pack_negotiate_contexts(&self.negotiate_contexts, cursor);
        } else {
            // ClientStartTime (8 bytes, must be 0)
            cursor.write_u64_le(0);

            // Dialects array
            for &d in &self.dialects {
                cursor.write_u16_le(d.into());
            }
        }
    }
}

impl Unpack for NegotiateRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid NegotiateRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // DialectCount (2)
        let dialect_count = cursor.read_u16_le()? as usize;
        // SecurityMode (2)
        let security_mode = SecurityMode::new(cursor.read_u16_le()?);
        // Reserved (2)
        let _reserved = cursor.read_u16_le()?;
        // Capabilities (4)
        let capabilities = Capabilities::new(cursor.read_u32_le()?);
        // ClientGuid (16)
        let client_guid = Guid::unpack(cursor)?;

        // Read the 8-byte field that is either (offset, count, reserved2)
        // or ClientStartTime -- we need to peek at the dialects to know.
        let raw_8 = cursor.read_bytes(8)?;

        // Dialects array
        let mut dialects = Vec::with_capacity(dialect_count);
        for _ in 0..dialect_count {
            let d = cursor.read_u16_le()?;
            dialects.push(
                Dialect::try_from(d)
                    .map_err(|_| Error::invalid_data(format!("invalid dialect: 0x{:04X}", d)))?,
            );
        }

        let has_311 = dialects.contains(&Dialect::Smb3_1_1);

        let negotiate_contexts = if has_311 {
            // Parse the 8-byte field as (offset, count, reserved2)
            let ctx_offset = u32::from_le_bytes([raw_8[0], raw_8[1], raw_8[2], raw_8[3]]) as usize;
            let ctx_count = u16::from_le_bytes([raw_8[4], raw_8[5]]) as usize;

            // Skip padding to reach the negotiate context list.
            let current_abs = Header::SIZE + (cursor.position() - start);
            if ctx_offset > current_abs {
                cursor.skip(ctx_offset - current_abs)?;
            }

            unpack_negotiate_contexts(cursor, ctx_count)?
        } else {
            Vec::new()
        };

        Ok(NegotiateRequest {
            security_mode,
            capabilities,
            client_guid,
            dialects,
            negotiate_contexts,
        })
    }
}

// ── NegotiateResponse ──────────────────────────────────────────────────

/// SMB2 NEGOTIATE response (spec section 2.2.4).
///
/// Sent by the server to indicate the selected dialect, server capabilities,
/// and (for SMB 3.1.1) negotiate contexts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegotiateResponse {
    /// Server security mode.
    pub security_mode: SecurityMode,
    /// Selected dialect revision.
    pub dialect_revision: Dialect,
    /// Server GUID.
    pub server_guid: Guid,
    /// Server capabilities.
    pub capabilities: Capabilities,
    /// Maximum transact buffer size.
    pub max_transact_size: u32,
    /// Maximum read size.
    pub max_read_size: u32,
    /// Maximum write size.
    pub max_write_size: u32,
    /// Server system time as raw FILETIME value.
    pub system_time: u64,
    /// Server start time as raw FILETIME value.
    pub server_start_time: u64,
    /// Security buffer (GSS token).
    pub security_buffer: Vec<u8>,
    /// Negotiate contexts (only for SMB 3.1.1).
    pub negotiate_contexts: Vec<NegotiateContext>,
}

impl NegotiateResponse {
    pub const STRUCTURE_SIZE: u16 = 65;

    /// Returns `true` if the negotiated dialect is SMB 3.1.1.
    fn is_smb311(&self) -> bool {
        self.dialect_revision == Dialect::Smb3_1_1
    }
}

impl Pack for NegotiateResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // SecurityMode (2)
        cursor.write_u16_le(self.security_mode.bits());
        // DialectRevision (2)
        cursor.write_u16_le(self.dialect_revision.into());
        // NegotiateContextCount/Reserved (2)
        if self.is_smb311() {
            cursor.write_u16_le(self.negotiate_contexts.len() as u16);
        } else {
            cursor.write_u16_le(0);
        }
        // ServerGuid (16)
        self.server_guid.pack(cursor);
        // Capabilities (4)
        cursor.write_u32_le(self.capabilities.bits());
        // MaxTransactSize (4)
        cursor.write_u32_le(self.max_transact_size);
        // MaxReadSize (4)
        cursor.write_u32_le(self.max_read_size);
        // MaxWriteSize (4)
        cursor.write_u32_le(self.max_write_size);
        // SystemTime (8)
        cursor.write_u64_le(self.system_time);
        // ServerStartTime (8)
        cursor.write_u64_le(self.server_start_time);

        // SecurityBufferOffset (2) -- offset from header start to the buffer.
        // Fixed part of the response struct is 64 bytes (fields above), so
        // the buffer starts at Header::SIZE + 64.
        let sec_buf_offset = (Header::SIZE + 64) as u16;
        cursor.write_u16_le(sec_buf_offset);
        // SecurityBufferLength (2)
        cursor.write_u16_le(self.security_buffer.len() as u16);

        // NegotiateContextOffset/Reserved2 (4)
        let ctx_offset_pos = cursor.position();
        cursor.write_u32_le(0); // placeholder (will backpatch for 3.1.1)

        // SecurityBuffer (variable)
        cursor.write_bytes(&self.security_buffer);

        if self.is_smb311() && !self.negotiate_contexts.is_empty() {
            // Pad to 8-byte alignment from header start
            let abs_pos = Header::SIZE + (cursor.position() - start);
            let remainder = abs_pos % 8;
            if remainder != 0 {
                cursor.write_zeros(8 - remainder);
            }

            // Backpatch NegotiateContextOffset
            let ctx_offset = Header::SIZE + (cursor.position() - start);
            cursor.set_u32_le_at(ctx_offset_pos, ctx_offset as u32);

            // Write negotiate contexts
            pack_negotiate_contexts(&self.negotiate_contexts, cursor);
        }
    }
}

impl Unpack for NegotiateResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid NegotiateResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // SecurityMode (2)
        let security_mode = SecurityMode::new(cursor.read_u16_le()?);
        // DialectRevision (2)
        let dialect_raw = cursor.read_u16_le()?;
        let dialect_revision = Dialect::try_from(dialect_raw).map_err(|_| {
            Error::invalid_data(format!("invalid dialect revision: 0x{:04X}", dialect_raw))
        })?;
        // NegotiateContextCount/Reserved (2)
        let negotiate_context_count = cursor.read_u16_le()? as usize;
        // ServerGuid (16)
        let server_guid = Guid::unpack(cursor)?;
        // Capabilities (4)
        let capabilities = Capabilities::new(cursor.read_u32_le()?);
        // MaxTransactSize (4)
        let max_transact_size = cursor.read_u32_le()?;
        // MaxReadSize (4)
        let max_read_size = cursor.read_u32_le()?;
        // MaxWriteSize (4)
        let max_write_size = cursor.read_u32_le()?;
        // SystemTime (8)
        let system_time = cursor.read_u64_le()?;
        // ServerStartTime (8)
        let server_start_time = cursor.read_u64_le()?;
        // SecurityBufferOffset (2)
        let _sec_buf_offset = cursor.read_u16_le()?;
        // SecurityBufferLength (2)
        let sec_buf_length = cursor.read_u16_le()? as usize;
        // NegotiateContextOffset/Reserved2 (4)
        let negotiate_context_offset = cursor.read_u32_le()? as usize;

        // SecurityBuffer (variable)
        let security_buffer = if sec_buf_length > 0 {
            cursor.read_bytes_bounded(sec_buf_length)?.to_vec()
        } else {
            Vec::new()
        };

        // Negotiate contexts (only for 3.1.1)
        let negotiate_contexts =
            if dialect_revision == Dialect::Smb3_1_1 && negotiate_context_count > 0 {
                // Skip padding to reach the context list
                let current_abs = Header::SIZE + (cursor.position() - start);
                if negotiate_context_offset > current_abs {
                    cursor.skip(negotiate_context_offset - current_abs)?;
                }
                unpack_negotiate_contexts(cursor, negotiate_context_count)?
            } else {
                Vec::new()
            };

        Ok(NegotiateResponse {
            security_mode,
            dialect_revision,
            server_guid,
            capabilities,
            max_transact_size,
            max_read_size,
            max_write_size,
            system_time,
            server_start_time,
            security_buffer,
            negotiate_contexts,
        })
    }
}
