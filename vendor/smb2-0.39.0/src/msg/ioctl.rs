//! SMB2 IOCTL Request and Response (MS-SMB2 sections 2.2.31, 2.2.32).
//!
//! The IOCTL request sends a control code to a server, optionally with input
//! data. The response returns output data from the control operation.

use crate::error::Result;
use crate::pack::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::FileId;
use crate::Error;

// ── IOCTL flags ────────────────────────────────────────────────────────

/// The request is a file system control (FSCTL) request.
pub const SMB2_0_IOCTL_IS_FSCTL: u32 = 0x0000_0001;

// ── Common CtlCode values ──────────────────────────────────────────────

/// Named pipe transceive operation.
pub const FSCTL_PIPE_TRANSCEIVE: u32 = 0x0011_C017;

/// Server-side copy chunk (read handle).
pub const FSCTL_SRV_COPYCHUNK: u32 = 0x0014_40F2;

/// Server-side copy chunk (write handle).
pub const FSCTL_SRV_COPYCHUNK_WRITE: u32 = 0x0014_80F2;

/// Request an opaque resume key for a server-side copy source handle.
pub const FSCTL_SRV_REQUEST_RESUME_KEY: u32 = 0x0014_0078;

/// DFS referral request.
pub const FSCTL_DFS_GET_REFERRALS: u32 = 0x0006_0194;

/// Validate negotiate info (SMB 3.x).
pub const FSCTL_VALIDATE_NEGOTIATE_INFO: u32 = 0x0014_0204;

// ── IoctlRequest ───────────────────────────────────────────────────────

/// SMB2 IOCTL Request (MS-SMB2 section 2.2.31).
///
/// Sent by the client to issue a device or file system control command.
/// The fixed part is 56 bytes (StructureSize = 57 indicates 1 byte of
/// variable data is included in the fixed size, per SMB2 convention).
///
/// Layout:
/// - StructureSize (2 bytes, must be 57)
/// - Reserved (2 bytes)
/// - CtlCode (4 bytes)
/// - FileId (16 bytes)
/// - InputOffset (4 bytes)
/// - InputCount (4 bytes)
/// - MaxInputResponse (4 bytes)
/// - OutputOffset (4 bytes)
/// - OutputCount (4 bytes)
/// - MaxOutputResponse (4 bytes)
/// - Flags (4 bytes)
/// - Reserved2 (4 bytes)
/// - Buffer (variable, InputCount bytes)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IoctlRequest {
    /// The control code for the operation.
    pub ctl_code: u32,
    /// The file handle for the operation.
    pub file_id: FileId,
    /// Maximum number of input bytes the server can return.
    pub max_input_response: u32,
    /// Maximum number of output bytes the server can return.
    pub max_output_response: u32,
    /// Flags for the request (for example, `SMB2_0_IOCTL_IS_FSCTL`).
    pub flags: u32,
    /// Input data buffer.
    pub input_data: Vec<u8>,
}

impl IoctlRequest {
    pub const STRUCTURE_SIZE: u16 = 57;

    /// Fixed header size before the variable buffer (56 bytes).
    const FIXED_SIZE: u32 = 56;
}

impl Pack for IoctlRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // Reserved (2 bytes)
        cursor.write_u16_le(0);
        // CtlCode (4 bytes)
        cursor.write_u32_le(self.ctl_code);
        // FileId (16 bytes)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);

        let input_count = self.input_data.len() as u32;
        // Offset is from the beginning of the SMB2 header per spec.
        // `start` is the cursor position at the beginning of the body;
        // in a standalone request this equals Header::SIZE, in a compound
        // it includes the preceding sub-requests.
        let input_offset = if input_count > 0 {
            (start as u32) + Self::FIXED_SIZE
        } else {
            0
        };

        // InputOffset (4 bytes)
        cursor.write_u32_le(input_offset);
        // InputCount (4 bytes)
        cursor.write_u32_le(input_count);
        // MaxInputResponse (4 bytes)
        cursor.write_u32_le(self.max_input_response);
        // OutputOffset (4 bytes) -- no output data in the request
        cursor.write_u32_le(0);
        // OutputCount (4 bytes) -- no output data in the request
        cursor.write_u32_le(0);
        // MaxOutputResponse (4 bytes)
        cursor.write_u32_le(self.max_output_response);
        // Flags (4 bytes)
        cursor.write_u32_le(self.flags);
        // Reserved2 (4 bytes)
        cursor.write_u32_le(0);
        // Buffer (variable)
        cursor.write_bytes(&self.input_data);
    }
}

impl Unpack for IoctlRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid IoctlRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let _reserved = cursor.read_u16_le()?;
        let ctl_code = cursor.read_u32_le()?;
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;
        let _input_offset = cursor.read_u32_le()?;
        let input_count = cursor.read_u32_le()?;
        let max_input_response = cursor.read_u32_le()?;
        let _output_offset = cursor.read_u32_le()?;
        let _output_count = cursor.read_u32_le()?;
        let max_output_response = cursor.read_u32_le()?;
        let flags = cursor.read_u32_le()?;
        let _reserved2 = cursor.read_u32_le()?;

        let input_data = if input_count > 0 {
            cursor.read_bytes_bounded(input_count as usize)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(IoctlRequest {
            ctl_code,
            file_id: FileId {
                persistent,
                volatile,
            },
            max_input_response,
            max_output_response,
            flags,
            input_data,
        })
    }
}

// ── IoctlResponse ──────────────────────────────────────────────────────

/// SMB2 IOCTL Response (MS-SMB2 section 2.2.32).
///
/// Sent by the server to return the results of an IOCTL operation.
///
/// Layout:
/// - StructureSize (2 bytes, must be 49)
/// - Reserved (2 bytes)
/// - CtlCode (4 bytes)
/// - FileId (16 bytes)
/// - InputOffset (4 bytes)
/// - InputCount (4 bytes)
/// - OutputOffset (4 bytes)
/// - OutputCount (4 bytes)
/// - Flags (4 bytes)
/// - Reserved2 (4 bytes)
/// - Buffer (variable -- may contain both input and output data)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IoctlResponse {
    /// The control code echoed from the request.
    pub ctl_code: u32,
    /// The file handle echoed from the request.
    pub file_id: FileId,
    /// Flags echoed from the request.
    pub flags: u32,
    /// Output data buffer returned by the server.
    pub output_data: Vec<u8>,
}

impl IoctlResponse {
    pub const STRUCTURE_SIZE: u16 = 49;

    /// Fixed header size before the variable buffer (48 bytes).
    const FIXED_SIZE: u32 = 48;
}

impl Pack for IoctlResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();
        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // Reserved (2 bytes)
        cursor.write_u16_le(0);
        // CtlCode (4 bytes)
        cursor.write_u32_le(self.ctl_code);
        // FileId (16 bytes)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);

        let output_count = self.output_data.len() as u32;
        // Offset is from the beginning of the SMB2 header per spec.
        let output_offset = if output_count > 0 {
            (start as u32) + Self::FIXED_SIZE
        } else {
            0
        };

        // InputOffset (4 bytes) -- no input data in the response
        cursor.write_u32_le(0);
        // InputCount (4 bytes)
        cursor.write_u32_le(0);
        // OutputOffset (4 bytes)
        cursor.write_u32_le(output_offset);
        // OutputCount (4 bytes)
        cursor.write_u32_le(output_count);
        // Flags (4 bytes)
        cursor.write_u32_le(self.flags);
        // Reserved2 (4 bytes)
        cursor.write_u32_le(0);
        // Buffer (variable)
        cursor.write_bytes(&self.output_data);
    }
}

impl Unpack for IoctlResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid IoctlResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        let _reserved = cursor.read_u16_le()?;
        let ctl_code = cursor.read_u32_le()?;
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;
        let _input_offset = cursor.read_u32_le()?;
        let _input_count = cursor.read_u32_le()?;
        let _output_offset = cursor.read_u32_le()?;
        let output_count = cursor.read_u32_le()?;
        let flags = cursor.read_u32_le()?;
        let _reserved2 = cursor.read_u32_le()?;

        let output_data = if output_count > 0 {
            cursor.read_bytes_bounded(output_count as usize)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(IoctlResponse {
            ctl_code,
            file_id: FileId {
                persistent,
                volatile,
            },
            flags,
            output_data,
        })
    }
}
