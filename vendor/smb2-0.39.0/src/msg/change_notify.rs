//! SMB2 CHANGE_NOTIFY Request and Response (MS-SMB2 sections 2.2.35, 2.2.36).
//!
//! The CHANGE_NOTIFY request registers for change notifications on a
//! directory. The response returns FILE_NOTIFY_INFORMATION entries
//! describing the changes that occurred.

use crate::error::Result;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::FileId;
use crate::Error;

// ── Change Notify flags ────────────────────────────────────────────────

/// Watch the entire subtree (recursive).
pub const SMB2_WATCH_TREE: u16 = 0x0001;

// ── CompletionFilter values ────────────────────────────────────────────

/// Notify when a file name changes.
pub const FILE_NOTIFY_CHANGE_FILE_NAME: u32 = 0x0000_0001;

/// Notify when a directory name changes.
pub const FILE_NOTIFY_CHANGE_DIR_NAME: u32 = 0x0000_0002;

/// Notify when file attributes change.
pub const FILE_NOTIFY_CHANGE_ATTRIBUTES: u32 = 0x0000_0004;

/// Notify when the file size changes.
pub const FILE_NOTIFY_CHANGE_SIZE: u32 = 0x0000_0008;

/// Notify when the last write time changes.
pub const FILE_NOTIFY_CHANGE_LAST_WRITE: u32 = 0x0000_0010;

/// Notify when the last access time changes.
pub const FILE_NOTIFY_CHANGE_LAST_ACCESS: u32 = 0x0000_0020;

/// Notify when the creation time changes.
pub const FILE_NOTIFY_CHANGE_CREATION: u32 = 0x0000_0040;

/// Notify when extended attributes change.
pub const FILE_NOTIFY_CHANGE_EA: u32 = 0x0000_0080;

/// Notify when the security descriptor changes.
pub const FILE_NOTIFY_CHANGE_SECURITY: u32 = 0x0000_0100;

/// Notify when a stream name changes.
pub const FILE_NOTIFY_CHANGE_STREAM_NAME: u32 = 0x0000_0200;

/// Notify when a stream size changes.
pub const FILE_NOTIFY_CHANGE_STREAM_SIZE: u32 = 0x0000_0400;

/// Notify when stream data is written.
pub const FILE_NOTIFY_CHANGE_STREAM_WRITE: u32 = 0x0000_0800;

// ── ChangeNotifyRequest ────────────────────────────────────────────────

/// SMB2 CHANGE_NOTIFY Request (MS-SMB2 section 2.2.35).
///
/// Registers for directory change notifications. The structure is 32 bytes:
/// - StructureSize (2 bytes, must be 32)
/// - Flags (2 bytes)
/// - OutputBufferLength (4 bytes)
/// - FileId (16 bytes)
/// - CompletionFilter (4 bytes)
/// - Reserved (4 bytes)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeNotifyRequest {
    /// Flags controlling the notification. Use `SMB2_WATCH_TREE` for recursive.
    pub flags: u16,
    /// Maximum size of the output buffer for notification data.
    pub output_buffer_length: u32,
    /// The directory handle to watch.
    pub file_id: FileId,
    /// Bitmask of change types to watch for.
    pub completion_filter: u32,
}

impl ChangeNotifyRequest {
    pub const STRUCTURE_SIZE: u16 = 32;
}

impl Pack for ChangeNotifyRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // Flags (2 bytes)
        cursor.write_u16_le(self.flags);
        // OutputBufferLength (4 bytes)
        cursor.write_u32_le(self.output_buffer_length);
        // FileId (16 bytes)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);
        // CompletionFilter (4 bytes)
        cursor.write_u32_le(self.completion_filter);
        // Reserved (4 bytes)
        cursor.write_u32_le(0);
    }
}

impl Unpack for ChangeNotifyRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid ChangeNotifyRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let flags = cursor.read_u16_le()?;
        let output_buffer_length = cursor.read_u32_le()?;
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;
        let completion_filter = cursor.read_u32_le()?;
        let _reserved = cursor.read_u32_le()?;

        Ok(ChangeNotifyRequest {
            flags,
            output_buffer_length,
            file_id: FileId {
                persistent,
                volatile,
            },
            completion_filter,
        })
    }
}

// ── ChangeNotifyResponse ───────────────────────────────────────────────

/// SMB2 CHANGE_NOTIFY Response (MS-SMB2 section 2.2.36).
///
/// Returns FILE_NOTIFY_INFORMATION entries describing directory changes.
/// The buffer contains raw FILE_NOTIFY_INFORMATION entries; parsing those
/// is left to the caller for now.
///
/// Layout:
/// - StructureSize (2 bytes, must be 9)
/// - OutputBufferOffset (2 bytes)
/// - OutputBufferLength (4 bytes)
/// - Buffer (variable, OutputBufferLength bytes)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeNotifyResponse {
    /// Raw FILE_NOTIFY_INFORMATION data. Parsing individual entries is
    /// deferred to a higher layer.
    pub output_data: Vec<u8>,
}

impl ChangeNotifyResponse {
    pub const STRUCTURE_SIZE: u16 = 9;

    /// Fixed header size before the variable buffer (8 bytes).
    const FIXED_SIZE: u32 = 8;
}

impl Pack for ChangeNotifyResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);

        let output_len = self.output_data.len() as u32;
        // Offset is from the beginning of the SMB2 header per spec.
        let output_offset = if output_len > 0 {
            (start as u32) + Self::FIXED_SIZE
        } else {
            0
        };

        // OutputBufferOffset (2 bytes)
        cursor.write_u16_le(output_offset as u16);
        // OutputBufferLength (4 bytes)
        cursor.write_u32_le(output_len);
        // Buffer (variable)
        cursor.write_bytes(&self.output_data);
    }
}

impl Unpack for ChangeNotifyResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid ChangeNotifyResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let _output_buffer_offset = cursor.read_u16_le()?;
        let output_buffer_length = cursor.read_u32_le()?;

        let output_data = if output_buffer_length > 0 {
            cursor
                .read_bytes_bounded(output_buffer_length as usize)?
                .to_vec()
        } else {
            Vec::new()
        };

        Ok(ChangeNotifyResponse { output_data })
    }
}
