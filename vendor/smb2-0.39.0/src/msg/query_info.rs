//! SMB2 QUERY_INFO request and response (spec sections 2.2.37, 2.2.38).
//!
//! Used to query file, filesystem, security, or quota information.
//! The response buffer is stored as raw bytes -- parsing into specific
//! information classes is deferred.

use crate::error::Result;
use crate::msg::header::Header;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::FileId;
use crate::Error;

// ── Enums ────────────────────────────────────────────────────────────────

/// Info type for query/set info operations (MS-SMB2 2.2.37).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum InfoType {
    /// Query file information.
    File = 0x01,
    /// Query filesystem information.
    Filesystem = 0x02,
    /// Query security information.
    Security = 0x03,
    /// Query quota information.
    Quota = 0x04,
}

impl TryFrom<u8> for InfoType {
    type Error = Error;

    fn try_from(value: u8) -> Result<Self> {
        match value {
            0x01 => Ok(Self::File),
            0x02 => Ok(Self::Filesystem),
            0x03 => Ok(Self::Security),
            0x04 => Ok(Self::Quota),
            _ => Err(Error::invalid_data(format!(
                "invalid InfoType: 0x{:02X}",
                value
            ))),
        }
    }
}

// ── QueryInfoRequest ─────────────────────────────────────────────────────

/// SMB2 QUERY_INFO request (spec section 2.2.37).
///
/// Sent by the client to query information about a file, filesystem,
/// security descriptor, or quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryInfoRequest {
    /// The type of information being queried.
    pub info_type: InfoType,
    /// The file information class (interpretation depends on `info_type`).
    pub file_info_class: u8,
    /// Maximum number of output bytes the server may return.
    pub output_buffer_length: u32,
    /// Additional information flags (for example, security information flags).
    pub additional_information: u32,
    /// Query flags.
    pub flags: u32,
    /// Handle to the file or directory being queried.
    pub file_id: FileId,
    /// Optional input buffer (for example, for quota queries).
    pub input_buffer: Vec<u8>,
}

impl QueryInfoRequest {
    pub const STRUCTURE_SIZE: u16 = 41;
}

impl Pack for QueryInfoRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // InfoType (1 byte)
        cursor.write_u8(self.info_type as u8);
        // FileInfoClass (1 byte)
        cursor.write_u8(self.file_info_class);
        // OutputBufferLength (4 bytes)
        cursor.write_u32_le(self.output_buffer_length);
        // InputBufferOffset (2 bytes) -- placeholder
        let input_offset_pos = cursor.position();
        cursor.write_u16_le(0);
        // Reserved (2 bytes)
        cursor.write_u16_le(0);
        // InputBufferLength (4 bytes)
        cursor.write_u32_le(self.input_buffer.len() as u32);
        // AdditionalInformation (4 bytes)
        cursor.write_u32_le(self.additional_information);
        // Flags (4 bytes)
        cursor.write_u32_le(self.flags);
        // FileId (16 bytes)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);

        // Buffer (variable)
        if !self.input_buffer.is_empty() {
            // Offset is from the beginning of the SMB2 header per spec.
            let buf_offset = Header::SIZE + (cursor.position() - start);
            cursor.write_bytes(&self.input_buffer);
            cursor.set_u16_le_at(input_offset_pos, buf_offset as u16);
        }
    }
}

impl Unpack for QueryInfoRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid QueryInfoRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // InfoType (1 byte)
        let info_type = InfoType::try_from(cursor.read_u8()?)?;
        // FileInfoClass (1 byte)
        let file_info_class = cursor.read_u8()?;
        // OutputBufferLength (4 bytes)
        let output_buffer_length = cursor.read_u32_le()?;
        // InputBufferOffset (2 bytes)
        let input_offset = cursor.read_u16_le()? as usize;
        // Reserved (2 bytes)
        let _reserved = cursor.read_u16_le()?;
        // InputBufferLength (4 bytes)
        let input_length = cursor.read_u32_le()? as usize;
        // AdditionalInformation (4 bytes)
        let additional_information = cursor.read_u32_le()?;
        // Flags (4 bytes)
        let flags = cursor.read_u32_le()?;
        // FileId (16 bytes)
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;
        let file_id = FileId {
            persistent,
            volatile,
        };

        // Read input buffer
        // Offset on the wire is from beginning of SMB2 header.
        let input_buffer = if input_length > 0 {
            let current = cursor.position();
            let body_offset = input_offset.saturating_sub(Header::SIZE);
            let target = start + body_offset;
            if target > current {
                cursor.skip(target - current)?;
            }
            cursor.read_bytes_bounded(input_length)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(QueryInfoRequest {
            info_type,
            file_info_class,
            output_buffer_length,
            additional_information,
            flags,
            file_id,
            input_buffer,
        })
    }
}

// ── QueryInfoResponse ────────────────────────────────────────────────────

/// SMB2 QUERY_INFO response (spec section 2.2.38).
///
/// Contains the queried information as raw bytes. The format depends
/// on the `InfoType` and `FileInfoClass` from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryInfoResponse {
    /// Raw output buffer containing the queried information.
    pub output_buffer: Vec<u8>,
}

impl QueryInfoResponse {
    pub const STRUCTURE_SIZE: u16 = 9;
}

impl Pack for QueryInfoResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // OutputBufferOffset (2 bytes) -- placeholder
        let offset_pos = cursor.position();
        cursor.write_u16_le(0);
        // OutputBufferLength (4 bytes)
        cursor.write_u32_le(self.output_buffer.len() as u32);

        // Buffer
        if !self.output_buffer.is_empty() {
            // Offset is from the beginning of the SMB2 header per spec.
            let buf_offset = Header::SIZE + (cursor.position() - start);
            cursor.write_bytes(&self.output_buffer);
            cursor.set_u16_le_at(offset_pos, buf_offset as u16);
        }
    }
}

impl Unpack for QueryInfoResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid QueryInfoResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // OutputBufferOffset (2 bytes)
        let buf_offset = cursor.read_u16_le()? as usize;
        // OutputBufferLength (4 bytes)
        let buf_length = cursor.read_u32_le()? as usize;

        // Read buffer
        // Offset on the wire is from beginning of SMB2 header.
        let output_buffer = if buf_length > 0 {
            let current = cursor.position();
            let body_offset = buf_offset.saturating_sub(Header::SIZE);
            let target = start + body_offset;
            if target > current {
                cursor.skip(target - current)?;
            }
            cursor.read_bytes_bounded(buf_length)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(QueryInfoResponse { output_buffer })
    }
}
