//! SMB2 TREE_CONNECT request and response (spec sections 2.2.9, 2.2.10).
//!
//! Tree connect messages establish access to a share on the server.
//! The request contains a UTF-16LE encoded share path (for example,
//! `\\server\share`), and the response contains share metadata such as
//! the share type, flags, capabilities, and maximal access rights.

use crate::error::Result;
use crate::msg::header::Header;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::flags::{ShareCapabilities, ShareFlags};
use crate::Error;

// ── Share type ─────────────────────────────────────────────────────────

/// Type of share being accessed (spec section 2.2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ShareType {
    /// Physical disk share.
    Disk = 0x01,
    /// Named pipe share.
    Pipe = 0x02,
    /// Printer share.
    Print = 0x03,
}

impl ShareType {
    /// Try to convert a raw `u8` to a `ShareType`.
    pub fn try_from_u8(val: u8) -> Result<Self> {
        match val {
            0x01 => Ok(ShareType::Disk),
            0x02 => Ok(ShareType::Pipe),
            0x03 => Ok(ShareType::Print),
            other => Err(Error::invalid_data(format!(
                "invalid share type: 0x{:02X}",
                other
            ))),
        }
    }
}

// ── Tree connect request flags ─────────────────────────────────────────

/// Flags for the TREE_CONNECT request (spec section 2.2.9, SMB 3.1.1 only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeConnectRequestFlags(pub u16);

impl TreeConnectRequestFlags {
    /// Client has previously connected to the specified cluster share.
    pub const CLUSTER_RECONNECT: u16 = 0x0001;
    /// Client can handle synchronous share redirects.
    pub const REDIRECT_TO_OWNER: u16 = 0x0002;
    /// Tree connect request extension is present.
    pub const EXTENSION_PRESENT: u16 = 0x0004;
}

// ── TreeConnectRequest ─────────────────────────────────────────────────

/// SMB2 TREE_CONNECT request (spec section 2.2.9).
///
/// Sent by the client to request access to a particular share on the
/// server. The path is a Unicode string in the form `\\server\share`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeConnectRequest {
    /// Flags controlling the request (SMB 3.1.1 only, otherwise 0).
    pub flags: TreeConnectRequestFlags,
    /// Full share path name in UTF-8 (encoded as UTF-16LE on the wire).
    pub path: String,
}

impl TreeConnectRequest {
    pub const STRUCTURE_SIZE: u16 = 9;
}

impl Pack for TreeConnectRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // Flags/Reserved (2 bytes)
        cursor.write_u16_le(self.flags.0);

        // Compute path length in UTF-16LE bytes
        let path_u16: Vec<u16> = self.path.encode_utf16().collect();
        let path_byte_len = path_u16.len() * 2;

        // PathOffset (2 bytes) -- offset from start of SMB2 header
        let offset = (Header::SIZE + 8) as u16; // 8 = fixed part of this struct
        cursor.write_u16_le(offset);
        // PathLength (2 bytes)
        cursor.write_u16_le(path_byte_len as u16);
        // Buffer: path in UTF-16LE
        cursor.write_utf16_le(&self.path);
    }
}

impl Unpack for TreeConnectRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid TreeConnectRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // Flags/Reserved (2 bytes)
        let flags = TreeConnectRequestFlags(cursor.read_u16_le()?);
        // PathOffset (2 bytes) -- we ignore, read sequentially
        let _offset = cursor.read_u16_le()?;
        // PathLength (2 bytes)
        let path_length = cursor.read_u16_le()? as usize;
        // Buffer: path in UTF-16LE
        if path_length > ReadCursor::MAX_UNPACK_BUFFER {
            return Err(Error::invalid_data(format!(
                "buffer size {} exceeds maximum {} bytes",
                path_length,
                ReadCursor::MAX_UNPACK_BUFFER
            )));
        }
        let path = cursor.read_utf16_le(path_length)?;

        Ok(TreeConnectRequest { flags, path })
    }
}

// ── TreeConnectResponse ────────────────────────────────────────────────

/// SMB2 TREE_CONNECT response (spec section 2.2.10).
///
/// Sent by the server when a TREE_CONNECT request is processed
/// successfully. Contains share metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeConnectResponse {
    /// The type of share being accessed (disk, pipe, or print).
    pub share_type: ShareType,
    /// Properties for this share.
    pub share_flags: ShareFlags,
    /// Capabilities for this share.
    pub capabilities: ShareCapabilities,
    /// Maximum access rights for the connecting user.
    pub maximal_access: u32,
}

impl TreeConnectResponse {
    pub const STRUCTURE_SIZE: u16 = 16;
}

impl Pack for TreeConnectResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // ShareType (1 byte)
        cursor.write_u8(self.share_type as u8);
        // Reserved (1 byte)
        cursor.write_u8(0);
        // ShareFlags (4 bytes)
        cursor.write_u32_le(self.share_flags.bits());
        // Capabilities (4 bytes)
        cursor.write_u32_le(self.capabilities.bits());
        // MaximalAccess (4 bytes)
        cursor.write_u32_le(self.maximal_access);
    }
}

impl Unpack for TreeConnectResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid TreeConnectResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // ShareType (1 byte)
        let share_type = ShareType::try_from_u8(cursor.read_u8()?)?;
        // Reserved (1 byte)
        let _reserved = cursor.read_u8()?;
        // ShareFlags (4 bytes)
        let share_flags = ShareFlags::new(cursor.read_u32_le()?);
        // Capabilities (4 bytes)
        let capabilities = ShareCapabilities::new(cursor.read_u32_le()?);
        // MaximalAccess (4 bytes)
        let maximal_access = cursor.read_u32_le()?;

        Ok(TreeConnectResponse {
            share_type,
            share_flags,
            capabilities,
            maximal_access,
        })
    }
}
