//! SMB2 CREATE request and response (spec sections 2.2.13, 2.2.14).
//!
//! The CREATE request opens or creates a file, named pipe, or printer.
//! The response carries the file handle ([`FileId`]) plus timestamps,
//! attributes, and optional create contexts.

use crate::error::Result;
use crate::msg::header::Header;
use crate::pack::{FileTime, Pack, ReadCursor, Unpack, WriteCursor};
use crate::types::flags::FileAccessMask;
use crate::types::{FileId, OplockLevel};
use crate::Error;

// ── Enums ────────────────────────────────────────────────────────────────

/// Impersonation level (MS-SMB2 2.2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ImpersonationLevel {
    /// Anonymous impersonation.
    Anonymous = 0,
    /// Identification impersonation.
    Identification = 1,
    /// Impersonation level.
    Impersonation = 2,
    /// Delegate impersonation.
    Delegate = 3,
}

impl TryFrom<u32> for ImpersonationLevel {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Self::Anonymous),
            1 => Ok(Self::Identification),
            2 => Ok(Self::Impersonation),
            3 => Ok(Self::Delegate),
            _ => Err(Error::invalid_data(format!(
                "invalid ImpersonationLevel: {}",
                value
            ))),
        }
    }
}

/// Share access flags (MS-SMB2 2.2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShareAccess(pub u32);

impl ShareAccess {
    /// Allow other opens to read the file.
    pub const FILE_SHARE_READ: u32 = 0x0000_0001;
    /// Allow other opens to write the file.
    pub const FILE_SHARE_WRITE: u32 = 0x0000_0002;
    /// Allow other opens to delete the file.
    pub const FILE_SHARE_DELETE: u32 = 0x0000_0004;
}

/// Create disposition (MS-SMB2 2.2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum CreateDisposition {
    /// If the file exists, supersede it. Otherwise, create.
    FileSupersede = 0,
    /// If the file exists, open it. Otherwise, fail.
    FileOpen = 1,
    /// If the file exists, fail. Otherwise, create.
    FileCreate = 2,
    /// If the file exists, open it. Otherwise, create.
    FileOpenIf = 3,
    /// If the file exists, overwrite it. Otherwise, fail.
    FileOverwrite = 4,
    /// If the file exists, overwrite it. Otherwise, create.
    FileOverwriteIf = 5,
}

impl TryFrom<u32> for CreateDisposition {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Self::FileSupersede),
            1 => Ok(Self::FileOpen),
            2 => Ok(Self::FileCreate),
            3 => Ok(Self::FileOpenIf),
            4 => Ok(Self::FileOverwrite),
            5 => Ok(Self::FileOverwriteIf),
            _ => Err(Error::invalid_data(format!(
                "invalid CreateDisposition: {}",
                value
            ))),
        }
    }
}

/// Create action returned in the response (MS-SMB2 2.2.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum CreateAction {
    /// An existing file was superseded.
    FileSuperseded = 0,
    /// An existing file was opened.
    FileOpened = 1,
    /// A new file was created.
    FileCreated = 2,
    /// An existing file was overwritten.
    FileOverwritten = 3,
}

impl TryFrom<u32> for CreateAction {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Self::FileSuperseded),
            1 => Ok(Self::FileOpened),
            2 => Ok(Self::FileCreated),
            3 => Ok(Self::FileOverwritten),
            _ => Err(Error::invalid_data(format!(
                "invalid CreateAction: {}",
                value
            ))),
        }
    }
}

// ── CreateRequest ────────────────────────────────────────────────────────

/// SMB2 CREATE request (spec section 2.2.13).
///
/// Sent by the client to open or create a file on the server.
/// The buffer contains the filename encoded as UTF-16LE, optionally
/// followed by create context data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    /// Requested oplock level.
    pub requested_oplock_level: OplockLevel,
    /// Impersonation level.
    pub impersonation_level: ImpersonationLevel,
    /// Desired access rights.
    pub desired_access: FileAccessMask,
    /// File attributes for create/open.
    pub file_attributes: u32,
    /// Sharing mode.
    pub share_access: ShareAccess,
    /// Disposition: what to do if file exists/does not exist.
    pub create_disposition: CreateDisposition,
    /// Create options flags.
    pub create_options: u32,
    /// The filename to create or open.
    pub name: String,
    /// Raw create context bytes (unparsed).
    pub create_contexts: Vec<u8>,
}

impl CreateRequest {
    pub const STRUCTURE_SIZE: u16 = 57;
}

impl Pack for CreateRequest {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // SecurityFlags (1 byte) -- must be 0
        cursor.write_u8(0);
        // RequestedOplockLevel (1 byte)
        cursor.write_u8(self.requested_oplock_level as u8);
        // ImpersonationLevel (4 bytes)
        cursor.write_u32_le(self.impersonation_level as u32);
        // SmbCreateFlags (8 bytes) -- must be 0
        cursor.write_u64_le(0);
        // Reserved (8 bytes)
        cursor.write_u64_le(0);
        // DesiredAccess (4 bytes)
        cursor.write_u32_le(self.desired_access.bits());
        // FileAttributes (4 bytes)
        cursor.write_u32_le(self.file_attributes);
        // ShareAccess (4 bytes)
        cursor.write_u32_le(self.share_access.0);
        // CreateDisposition (4 bytes)
        cursor.write_u32_le(self.create_disposition as u32);
        // CreateOptions (4 bytes)
        cursor.write_u32_le(self.create_options);

        // NameOffset (2 bytes) -- placeholder, backpatch later
        let name_offset_pos = cursor.position();
        cursor.write_u16_le(0);
        // NameLength (2 bytes) -- placeholder, backpatch later
        let name_length_pos = cursor.position();
        cursor.write_u16_le(0);
        // CreateContextsOffset (4 bytes) -- placeholder
        let ctx_offset_pos = cursor.position();
        cursor.write_u32_le(0);
        // CreateContextsLength (4 bytes) -- placeholder
        let ctx_length_pos = cursor.position();
        cursor.write_u32_le(0);

        // Buffer: filename in UTF-16LE
        // Offsets are from the beginning of the SMB2 header per spec.
        let name_offset = Header::SIZE + (cursor.position() - start);
        let name_start = cursor.position();
        cursor.write_utf16_le(&self.name);
        let name_byte_len = cursor.position() - name_start;

        // Backpatch name offset and length
        cursor.set_u16_le_at(name_offset_pos, name_offset as u16);
        cursor.set_u16_le_at(name_length_pos, name_byte_len as u16);

        // Create contexts (if any)
        if !self.create_contexts.is_empty() {
            // Align to 8-byte boundary before create contexts
            cursor.align_to(8);
            let ctx_offset = Header::SIZE + (cursor.position() - start);
            cursor.write_bytes(&self.create_contexts);
            let ctx_len = self.create_contexts.len();

            cursor.set_u32_le_at(ctx_offset_pos, ctx_offset as u32);
            cursor.set_u32_le_at(ctx_length_pos, ctx_len as u32);
        } else if name_byte_len == 0 {
            // Per spec, buffer must be at least 1 byte even if name is empty
            cursor.write_u8(0);
        }
    }
}

impl Unpack for CreateRequest {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid CreateRequest structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // SecurityFlags (1 byte)
        let _security_flags = cursor.read_u8()?;
        // RequestedOplockLevel (1 byte)
        let oplock_raw = cursor.read_u8()?;
        let requested_oplock_level = OplockLevel::try_from(oplock_raw)?;
        // ImpersonationLevel (4 bytes)
        let imp_raw = cursor.read_u32_le()?;
        let impersonation_level = ImpersonationLevel::try_from(imp_raw)?;
        // SmbCreateFlags (8 bytes)
        let _smb_create_flags = cursor.read_u64_le()?;
        // Reserved (8 bytes)
        let _reserved = cursor.read_u64_le()?;
        // DesiredAccess (4 bytes)
        let desired_access = FileAccessMask::new(cursor.read_u32_le()?);
        // FileAttributes (4 bytes)
        let file_attributes = cursor.read_u32_le()?;
        // ShareAccess (4 bytes)
        let share_access = ShareAccess(cursor.read_u32_le()?);
        // CreateDisposition (4 bytes)
        let disp_raw = cursor.read_u32_le()?;
        let create_disposition = CreateDisposition::try_from(disp_raw)?;
        // CreateOptions (4 bytes)
        let create_options = cursor.read_u32_le()?;
        // NameOffset (2 bytes)
        let name_offset = cursor.read_u16_le()? as usize;
        // NameLength (2 bytes)
        let name_length = cursor.read_u16_le()? as usize;
        // CreateContextsOffset (4 bytes)
        let ctx_offset = cursor.read_u32_le()? as usize;
        // CreateContextsLength (4 bytes)
        let ctx_length = cursor.read_u32_le()? as usize;

        // Read filename
        // Offsets on the wire are from the beginning of the SMB2 header,
        // so subtract Header::SIZE to get position within the body.
        let name = if name_length > 0 {
            let current = cursor.position();
            let body_offset = name_offset.saturating_sub(Header::SIZE);
            let target = start + body_offset;
            if target > current {
                cursor.skip(target - current)?;
            }
            cursor.read_utf16_le(name_length)?
        } else {
            String::new()
        };

        // Read create contexts
        let create_contexts = if ctx_length > 0 {
            let current = cursor.position();
            let body_offset = ctx_offset.saturating_sub(Header::SIZE);
            let target = start + body_offset;
            if target > current {
                cursor.skip(target - current)?;
            }
            cursor.read_bytes_bounded(ctx_length)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(CreateRequest {
            requested_oplock_level,
            impersonation_level,
            desired_access,
            file_attributes,
            share_access,
            create_disposition,
            create_options,
            name,
            create_contexts,
        })
    }
}

// ── CreateResponse ───────────────────────────────────────────────────────

/// SMB2 CREATE response (spec section 2.2.14).
///
/// Returned by the server with the file handle and metadata about
/// the created or opened file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateResponse {
    /// Oplock level granted by the server.
    pub oplock_level: OplockLevel,
    /// Flags (SMB 3.x only).
    pub flags: u8,
    /// Action taken by the server (opened, created, etc.).
    pub create_action: CreateAction,
    /// Time the file was created.
    pub creation_time: FileTime,
    /// Time the file was last accessed.
    pub last_access_time: FileTime,
    /// Time the file was last written.
    pub last_write_time: FileTime,
    /// Time the file metadata was last changed.
    pub change_time: FileTime,
    /// Allocation size of the file in bytes.
    pub allocation_size: u64,
    /// End-of-file position (actual file size in bytes).
    pub end_of_file: u64,
    /// File attributes.
    pub file_attributes: u32,
    /// The file handle.
    pub file_id: FileId,
    /// Raw create context bytes from the response.
    pub create_contexts: Vec<u8>,
}

impl CreateResponse {
    pub const STRUCTURE_SIZE: u16 = 89;
}

impl Pack for CreateResponse {
    fn pack(&self, cursor: &mut WriteCursor) {
        let start = cursor.position();

        // StructureSize (2 bytes)
        cursor.write_u16_le(Self::STRUCTURE_SIZE);
        // OplockLevel (1 byte)
        cursor.write_u8(self.oplock_level as u8);
        // Flags (1 byte)
        cursor.write_u8(self.flags);
        // CreateAction (4 bytes)
        cursor.write_u32_le(self.create_action as u32);
        // CreationTime (8 bytes)
        self.creation_time.pack(cursor);
        // LastAccessTime (8 bytes)
        self.last_access_time.pack(cursor);
        // LastWriteTime (8 bytes)
        self.last_write_time.pack(cursor);
        // ChangeTime (8 bytes)
        self.change_time.pack(cursor);
        // AllocationSize (8 bytes)
        cursor.write_u64_le(self.allocation_size);
        // EndOfFile (8 bytes)
        cursor.write_u64_le(self.end_of_file);
        // FileAttributes (4 bytes)
        cursor.write_u32_le(self.file_attributes);
        // Reserved2 (4 bytes)
        cursor.write_u32_le(0);
        // FileId (16 bytes = persistent u64 + volatile u64)
        cursor.write_u64_le(self.file_id.persistent);
        cursor.write_u64_le(self.file_id.volatile);
        // CreateContextsOffset (4 bytes) -- placeholder
        let ctx_offset_pos = cursor.position();
        cursor.write_u32_le(0);
        // CreateContextsLength (4 bytes) -- placeholder
        let ctx_length_pos = cursor.position();
        cursor.write_u32_le(0);

        // Create contexts (if any)
        if !self.create_contexts.is_empty() {
            cursor.align_to(8);
            let ctx_offset = Header::SIZE + (cursor.position() - start);
            cursor.write_bytes(&self.create_contexts);
            let ctx_len = self.create_contexts.len();

            cursor.set_u32_le_at(ctx_offset_pos, ctx_offset as u32);
            cursor.set_u32_le_at(ctx_length_pos, ctx_len as u32);
        }
    }
}

impl Unpack for CreateResponse {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let start = cursor.position();

        // StructureSize (2 bytes)
        let structure_size = cursor.read_u16_le()?;
        if structure_size != Self::STRUCTURE_SIZE {
            return Err(Error::invalid_data(format!(
                "invalid CreateResponse structure size: expected {}, got {}",
                Self::STRUCTURE_SIZE,
                structure_size
            )));
        }

        // OplockLevel (1 byte)
        let oplock_level = OplockLevel::try_from(cursor.read_u8()?)?;
        // Flags (1 byte)
        let flags = cursor.read_u8()?;
        // CreateAction (4 bytes)
        let create_action = CreateAction::try_from(cursor.read_u32_le()?)?;
        // CreationTime (8 bytes)
        let creation_time = FileTime::unpack(cursor)?;
        // LastAccessTime (8 bytes)
        let last_access_time = FileTime::unpack(cursor)?;
        // LastWriteTime (8 bytes)
        let last_write_time = FileTime::unpack(cursor)?;
        // ChangeTime (8 bytes)
        let change_time = FileTime::unpack(cursor)?;
        // AllocationSize (8 bytes)
        let allocation_size = cursor.read_u64_le()?;
        // EndOfFile (8 bytes)
        let end_of_file = cursor.read_u64_le()?;
        // FileAttributes (4 bytes)
        let file_attributes = cursor.read_u32_le()?;
        // Reserved2 (4 bytes)
        let _reserved2 = cursor.read_u32_le()?;
        // FileId (16 bytes)
        let persistent = cursor.read_u64_le()?;
        let volatile = cursor.read_u64_le()?;
        let file_id = FileId {
            persistent,
            volatile,
        };
        // CreateContextsOffset (4 bytes)
        let ctx_offset = cursor.read_u32_le()? as usize;
        // CreateContextsLength (4 bytes)
        let ctx_length = cursor.read_u32_le()? as usize;

        // Read create contexts
        // Offset on the wire is from beginning of SMB2 header.
        let create_contexts = if ctx_length > 0 {
            let current = cursor.position();
            let body_offset = ctx_offset.saturating_sub(Header::SIZE);
            let target = start + body_offset;
            if target > current {
                cursor.skip(target - current)?;
            }
            cursor.read_bytes_bounded(ctx_length)?.to_vec()
        } else {
            Vec::new()
        };

        Ok(CreateResponse {
            oplock_level,
            flags,
            create_action,
            creation_time,
            last_access_time,
            last_write_time,
            change_time,
            allocation_size,
            end_of_file,
            file_attributes,
            file_id,
            create_contexts,
        })
    }
}
