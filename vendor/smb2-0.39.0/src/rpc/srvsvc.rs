//! NetShareEnumAll NDR encoding/decoding for the srvsvc interface.
//!
//! Encodes the NetrShareEnum request (opnum 15) and decodes the response,
//! extracting share names, types, and comments.

use crate::error::Result;
use crate::pack::{ReadCursor, WriteCursor};
use crate::Error;

/// Share type: disk share.
pub const STYPE_DISKTREE: u32 = 0x0000_0000;
/// Share type: printer queue.
pub const STYPE_PRINTQ: u32 = 0x0000_0001;
/// Share type: device.
pub const STYPE_DEVICE: u32 = 0x0000_0002;
/// Share type: IPC (inter-process communication).
pub const STYPE_IPC: u32 = 0x0000_0003;
/// Share type modifier: special/admin share (combined with above via OR).
pub const STYPE_SPECIAL: u32 = 0x8000_0000;

/// Mask for the base share type (low bits).
const STYPE_BASE_MASK: u32 = 0x0000_FFFF;

/// Information about a single network share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareInfo {
    /// The share name (for example, "Documents" or "IPC$").
    pub name: String,
    /// The share type as a raw u32 (see `STYPE_*` constants).
    pub share_type: u32,
    /// An optional comment/description for the share.
    pub comment: String,
}

/// Build the NDR-encoded stub data for a NetShareEnumAll request.
///
/// The stub is meant to be wrapped in an RPC REQUEST PDU with opnum 15.
pub fn build_net_share_enum_all_stub(server_name: &str) -> Vec<u8> {
    let mut w = WriteCursor::with_capacity(128);

    // ServerName: NDR unique pointer to conformant+varying string (UTF-16LE, null-terminated)
    // Referent ID (non-null pointer)
    w.write_u32_le(0x0002_0000); // referent ID

    // Encode the server name as a conformant+varying NDR string
    let name_utf16: Vec<u16> = server_name
        .encode_utf16()
        .chain(std::iter::once(0))
        .collect();
    let char_count = name_utf16.len() as u32;

    // MaxCount
    w.write_u32_le(char_count);
    // Offset
    w.write_u32_le(0);
    // ActualCount
    w.write_u32_le(char_count);
    // String data (UTF-16LE)
    for &code_unit in &name_utf16 {
        w.write_u16_le(code_unit);
    }
    // Align to 4 bytes after string data
    w.align_to(4);

    // InfoStruct: SHARE_ENUM_STRUCT
    // Level = 1 (we want SHARE_INFO_1)
    w.write_u32_le(1);

    // ShareInfo union discriminant = 1 (matches level)
    w.write_u32_le(1);

    // Pointer to SHARE_INFO_1_CONTAINER (unique pointer)
    w.write_u32_le(0x0002_0004); // referent ID

    // SHARE_INFO_1_CONTAINER (deferred pointer data)
    // EntriesRead = 0 (server fills this)
    w.write_u32_le(0);
    // Buffer pointer = NULL (let server allocate)
    w.write_u32_le(0);

    // PreferedMaximumLength = 0xFFFFFFFF (no limit)
    w.write_u32_le(0xFFFF_FFFF);

    // ResumeHandle: unique pointer to u32
    // NULL pointer (no resume)
    w.write_u32_le(0);

    w.into_inner()
}

/// Build a complete RPC REQUEST PDU for NetShareEnumAll.
///
/// Combines the RPC REQUEST header (opnum 15) with the NDR stub data.
pub fn build_net_share_enum_all(call_id: u32, server_name: &str) -> Vec<u8> {
    let stub = build_net_share_enum_all_stub(server_name);
    super::build_request(call_id, 15, &stub)
}

/// Parse the NDR stub data from a NetShareEnumAll RPC RESPONSE.
///
/// Extracts all share entries from the response. The caller should use
/// [`filter_disk_shares`] to get only disk shares.
pub fn parse_net_share_enum_all_response(data: &[u8]) -> Result<Vec<ShareInfo>> {
    // First, parse the RPC RESPONSE envelope to get the stub data
    let stub = super::parse_response(data)?;
    parse_net_share_enum_all_stub(stub)
}

/// Parse the NDR stub data directly (without the RPC envelope).
///
/// Used by the share-enumeration reassembly path, which concatenates the stub
/// of each RPC fragment before decoding.
pub(crate) fn parse_net_share_enum_all_stub(stub: &[u8]) -> Result<Vec<ShareInfo>> {
    let mut r = ReadCursor::new(stub);

    // Level (u32) -- should be 1
    let level = r.read_u32_le()?;
    if level != 1 {
        return Err(Error::invalid_data(format!(
            "expected share info level 1, got {level}"
        )));
    }

    // Union discriminant (u32) -- should be 1
    let discriminant = r.read_u32_le()?;
    if discriminant != 1 {
        return Err(Error::invalid_data(format!(
            "expected union discriminant 1, got {discriminant}"
        )));
    }

    // Pointer to SHARE_INFO_1_CONTAINER
    let container_ptr = r.read_u32_le()?;
    if container_ptr == 0 {
        return Ok(Vec::new());
    }

    // SHARE_INFO_1_CONTAINER
    let count = r.read_u32_le()?;

    // Pointer to array of SHARE_INFO_1
    let array_ptr = r.read_u32_le()?;
    if array_ptr == 0 || count == 0 {
        return Ok(Vec::new());
    }

    // Array: MaxCount header
    let max_count = r.read_u32_le()?;
    if max_count < count {
        return Err(Error::invalid_data(format!(
            "array max_count ({max_count}) < entries ({count})"
        )));
    }

    // Read the fixed-size parts of each SHARE_INFO_1 entry:
    // Each entry has: name_ptr (u32), type (u32), comment_ptr (u32)
    struct RawEntry {
        name_ptr: u32,
        share_type: u32,
        comment_ptr: u32,
    }

    let mut entries = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let name_ptr = r.read_u32_le()?;
        let share_type = r.read_u32_le()?;
        let comment_ptr = r.read_u32_le()?;
        entries.push(RawEntry {
            name_ptr,
            share_type,
            comment_ptr,
        });
    }

    // Now read the deferred pointer data (conformant+varying strings)
    let mut shares = Vec::with_capacity(count as usize);
    for entry in &entries {
        let name = if entry.name_ptr != 0 {
            read_ndr_string(&mut r)?
        } else {
            String::new()
        };

        let comment = if entry.comment_ptr != 0 {
            read_ndr_string(&mut r)?
        } else {
            String::new()
        };

        shares.push(ShareInfo {
            name,
            share_type: entry.share_type,
            comment,
        });
    }

    Ok(shares)
}

/// Read an NDR conformant+varying UTF-16LE string from the cursor.
///
/// Format: MaxCount(u32) + Offset(u32) + ActualCount(u32) + UTF-16LE data.
/// The string is null-terminated on the wire; we strip the null.
fn read_ndr_string(r: &mut ReadCursor<'_>) -> Result<String> {
    let _max_count = r.read_u32_le()?;
    let _offset = r.read_u32_le()?;
    let actual_count = r.read_u32_le()?;

    if actual_count == 0 {
        return Ok(String::new());
    }

    let byte_len = actual_count as usize * 2;
    let s = r.read_utf16_le(byte_len)?;

    // Align to 4 bytes after reading string data
    let pos = r.position();
    let padding = (4 - (pos % 4)) % 4;
    if padding > 0 && r.remaining() >= padding {
        r.skip(padding)?;
    }

    // Strip trailing null
    Ok(s.trim_end_matches('\0').to_string())
}

/// Filter shares, keeping only disk shares and excluding admin shares (ending with `$`).
pub fn filter_disk_shares(shares: Vec<ShareInfo>) -> Vec<ShareInfo> {
    shares
        .into_iter()
        .filter(|s| {
            let base_type = s.share_type & STYPE_BASE_MASK;
            let is_disk = base_type == STYPE_DISKTREE;
            let is_special = (s.share_type & STYPE_SPECIAL) != 0;
            let ends_with_dollar = s.name.ends_with('$');
            is_disk && !is_special && !ends_with_dollar
        })
        .collect()
}

// ---------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------
