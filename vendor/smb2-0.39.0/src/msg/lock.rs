//! SMB2 LOCK Request and Response (MS-SMB2 sections 2.2.26, 2.2.27).
//!
//! The LOCK request locks or unlocks byte ranges within a file.
//! Multiple ranges can be locked/unlocked in a single request.

use crate::error::Result;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::FileId;
use crate::Error;

/// Lock flag: shared lock (allows other readers).
pub const SMB2_LOCKFLAG_SHARED_LOCK: u32 = 0x0000_0001;

/// Lock flag: exclusive lock (no other readers or writers).
pub const SMB2_LOCKFLAG_EXCLUSIVE_LOCK: u32 = 0x0000_0002;

/// Lock flag: unlock a previously locked range.
pub const SMB2_LOCKFLAG_UNLOCK: u32 = 0x0000_0004;

/// Lock flag: fail immediately if the lock conflicts.
pub const SMB2_LOCKFLAG_FAIL_IMMEDIATELY: u32 = 0x0000_0010;

/// A single lock element describing a byte range to lock or unlock.
///
/// Each element is 24 bytes on the wire:
/// - Offset (8 bytes)
/// - Length (8 bytes)
/// - Flags (4 bytes)
/// - Reserved (4 bytes)
///
/// Reference: MS-SMB2 section 2.2.26.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockElement {
    /// Starting offset in bytes from where the range begins.
    pub offset: u64,
    /// Length of the range in bytes.
    pub length: u64,
    /// Flags describing how the range is locked or unlocked.
    pub flags: u32,
}

impl LockElement {
    /// Wire size of a single lock element.
    pub const SIZE: usize = 24;
}

impl Pack for LockElement {
    fn pack(&self, cursor: &mut WriteCursor) {
        cursor.write_u64_le(self.offset);
        cursor.write_u64_le(self.length);
        cursor.write_u32_le(self.flags);
        cursor.write_u32_le(0); // Reserved
    }
}

impl Unpack for LockElement {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let offset = cursor.read_u64_le()?;
        let length = cursor.read_u64_le()?;
        let flags = cursor.read_u32_le()?;
        let _reserved = cursor.read_u32_le()?;

        Ok(LockElement {
            offset,
            length,
            flags,
        })
    }
}

/// SMB2 LOCK Request (MS-SMB2 section 2.2.26).
///
/// Sent by the client to lock or unlock byte ranges. The fixed portion
/// is 48 bytes (StructureSize=48, which includes one `LockElement`):
/// - StructureSize (2 bytes, must be 48)
/// - LockCount (2 bytes)
/// - LockSequenceNumber/Index (4 bytes)
/// - FileId (16 bytes)
/// - Locks (variable, LockCount x 24 bytes each)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRequest {
    /// Combined lock sequence number (4 bits) and index (28 bits).
    /// In SMB 2.0.2 this field is reserved (0).
    pub lock_sequence: u32,
    /// File handle to lock ranges on.
    pub file_id: FileId,
    /// Array of lock elements. Must contain at least one element.
    pub locks: Vec<LockElement>,
}

impl LockRequest {
    pub const STRUCTURE_SIZE: u16 = 48;
}

impl Pack for LockRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        cursor.write_u16_le(self.locks.len() as u16); // LockCount
        cursor.write_u32_le(self.lock_sequence);
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);
        for lock in &self.locks {
            lock.pack(cursor);
        }
    }
}

impl Unpack for LockRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid LockRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let lock_count = cursor.read_u16_le()?;
        let lock_sequence = cursor.read_u32_le()?;
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;

        let mut locks = Vec::with_capacity(lock_count as usize);
        for _ in 0..lock_count {
            locks.push(LockElement::unpack(cursor)?);
        }

        Ok(LockRequest {
            lock_sequence,
            file_id: FileId {
                persistent,
                volatile,
            },
            locks,
        })
    }
}

/// SMB2 LOCK Response (MS-SMB2 section 2.2.27).
///
/// Sent by the server to confirm a lock operation. The structure is 4 bytes:
/// - StructureSize (2 bytes, must be 4)
/// - Reserved (2 bytes)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockResponse;

impl LockResponse {
    pub const STRUCTURE_SIZE: u16 = 4;
}

impl Pack for LockResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        cursor.write_u16_le(0); // Reserved
    }
}

impl Unpack for LockResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid LockResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let _reserved = cursor.read_u16_le()?;

        Ok(LockResponse)
    }
}
