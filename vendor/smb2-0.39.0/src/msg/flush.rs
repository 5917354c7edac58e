//! SMB2 FLUSH request and response (spec sections 2.2.17, 2.2.18).
//!
//! Flush messages request that the server flush all cached file information
//! for a specified open to persistent storage. If the open refers to a
//! named pipe, the operation completes once all written data has been
//! consumed by a reader.

use crate::error::Result;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::FileId;
use crate::Error;

/// SMB2 FLUSH request (spec section 2.2.17).
///
/// Sent by the client to request that the server flush cached data for a file.
///
/// Wire layout (24 bytes):
/// - StructureSize (2 bytes): must be 24
/// - Reserved1 (2 bytes): must be 0
/// - Reserved2 (4 bytes): must be 0
/// - FileId (16 bytes): persistent (8 bytes) + volatile (8 bytes)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushRequest {
    pub file_id: FileId,
}

impl FlushRequest {
    pub const STRUCTURE_SIZE: u16 = 24;
}

impl Pack for FlushRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // Reserved1 (2 bytes)
        cursor.write_u16_le(0);
        // Reserved2 (4 bytes)
        cursor.write_u32_le(0);
        // FileId: Persistent (8 bytes) + Volatile (8 bytes)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);
    }
}

impl Unpack for FlushRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid FlushRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // Reserved1 (2 bytes)
        let _reserved1 = cursor.read_u16_le()?;

        // Reserved2 (4 bytes)
        let _reserved2 = cursor.read_u32_le()?;

        // FileId: Persistent (8 bytes) + Volatile (8 bytes)
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;

        Ok(FlushRequest {
            file_id: FileId {
                persistent,
                volatile,
            },
        })
    }
}

super::trivial_message! {
    /// SMB2 FLUSH response (spec section 2.2.18).
    ///
    /// Sent by the server to confirm that a FLUSH request was processed.
    /// Contains only StructureSize (2 bytes) and Reserved (2 bytes).
    pub struct FlushResponse;
}
