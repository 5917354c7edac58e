//! Directory-listing entries: what a QUERY_DIRECTORY response's output buffer
//! holds, for the two information classes this crate asks for.
//!
//! - `FileBothDirectoryInformation` (class 3, MS-FSCC § 2.4.8): what every
//!   listing asks for by default.
//! - `FileIdBothDirectoryInformation` (class 37, MS-FSCC § 2.4.22): the same
//!   entry plus `Reserved2` and the 64-bit `FileId` after the short name, the
//!   value `FileInternalInformation` calls `IndexNumber` (§ 2.4.27). Asked for
//!   only when a caller opts in.
//!
//! Entries are chained by `NextEntryOffset` and 8-byte aligned. Names come out
//! exactly as the wire carries them; mapping the private-use characters back
//! (`crate::name`) is the client's job, so both classes go through the one
//! decode site.

use crate::msg::query_directory::FileInformationClass;
use crate::pack::{FileTime, Pack, ReadCursor, Unpack, WriteCursor};
use crate::Result;

/// Size of the fixed part of a class 3 entry, up to `FileName`.
const BOTH_FIXED: usize = 94;
/// Size of the fixed part of a class 37 entry: class 3's plus `Reserved2` (2)
/// and `FileId` (8).
const ID_BOTH_FIXED: usize = 104;
/// `ShortName` is always 24 bytes on the wire, however long the name in it.
const SHORT_NAME_BYTES: usize = 24;

/// One directory entry, in either class.
///
/// `ShortName` isn't kept: nothing here uses 8.3 names, and the packer writes
/// it empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryInfoEntry {
    pub file_index: u32,
    pub creation_time: FileTime,
    pub last_access_time: FileTime,
    pub last_write_time: FileTime,
    pub change_time: FileTime,
    pub end_of_file: u64,
    pub allocation_size: u64,
    pub file_attributes: u32,
    pub ea_size: u32,
    /// The 64-bit file ID: `Some` for a class 37 entry, whatever its value
    /// (0 means the file system has none, MS-FSCC § 2.4.22), `None` for
    /// class 3, which doesn't carry one.
    pub file_id: Option<u64>,
    /// The name as the wire carries it, private-use mapping and all.
    pub file_name: String,
}

/// The classes [`parse_entries`] and [`pack_entries`] speak.
fn fixed_len(class: FileInformationClass) -> Result<usize> {
    match class {
        FileInformationClass::FileBothDirectoryInformation => Ok(BOTH_FIXED),
        FileInformationClass::FileIdBothDirectoryInformation => Ok(ID_BOTH_FIXED),
        other => Err(crate::Error::invalid_data(format!(
            "no directory entry parser for {other:?}"
        ))),
    }
}

/// Every entry in a QUERY_DIRECTORY output buffer of `class`.
///
/// A tail too short for a whole fixed part ends the walk rather than failing
/// it, as does a `NextEntryOffset` of 0. A name running past the buffer is an
/// error.
pub fn parse_entries(class: FileInformationClass, data: &[u8]) -> Result<Vec<DirectoryInfoEntry>> {
    let fixed = fixed_len(class)?;
    let with_id = fixed == ID_BOTH_FIXED;
    let mut entries = Vec::new();
    let mut offset = 0usize;
    while data.len().saturating_sub(offset) >= fixed {
        let mut cursor = ReadCursor::new(&data[offset..]);
        let next_entry_offset = cursor.read_u32_le()? as usize;
        let file_index = cursor.read_u32_le()?;
        let creation_time = FileTime::unpack(&mut cursor)?;
        let last_access_time = FileTime::unpack(&mut cursor)?;
        let last_write_time = FileTime::unpack(&mut cursor)?;
        let change_time = FileTime::unpack(&mut cursor)?;
        let end_of_file = cursor.read_u64_le()?;
        let allocation_size = cursor.read_u64_le()?;
        let file_attributes = cursor.read_u32_le()?;
        let file_name_length = cursor.read_u32_le()? as usize;
        let ea_size = cursor.read_u32_le()?;
        let _short_name_length = cursor.read_u8()?;
        let _reserved1 = cursor.read_u8()?;
        cursor.skip(SHORT_NAME_BYTES)?;
        let file_id = if with_id {
            let _reserved2 = cursor.read_u16_le()?;
            Some(cursor.read_u64_le()?)
        } else {
            None
        };
        let file_name = cursor.read_utf16_le(file_name_length)?;
        entries.push(DirectoryInfoEntry {
            file_index,
            creation_time,
            last_access_time,
            last_write_time,
            change_time,
            end_of_file,
            allocation_size,
            file_attributes,
            ea_size,
            file_id,
            file_name,
        });
        if next_entry_offset == 0 {
            break;
        }
        offset += next_entry_offset;
    }
    Ok(entries)
}

/// The output buffer a server would send for `entries`: chained, each but the
/// last padded to 8 bytes. A class 37 entry with no `file_id` packs a 0.
pub fn pack_entries(
    class: FileInformationClass,
    entries: &[DirectoryInfoEntry],
) -> Result<Vec<u8>> {
    let with_id = fixed_len(class)? == ID_BOTH_FIXED;
    let mut w = WriteCursor::new();
    for (i, entry) in entries.iter().enumerate() {
        let start = w.position();
        let name_len = entry.file_name.encode_utf16().count() * 2;
        w.write_u32_le(0); // NextEntryOffset, set once the entry's length is known.
        w.write_u32_le(entry.file_index);
        entry.creation_time.pack(&mut w);
        entry.last_access_time.pack(&mut w);
        entry.last_write_time.pack(&mut w);
        entry.change_time.pack(&mut w);
        w.write_u64_le(entry.end_of_file);
        w.write_u64_le(entry.allocation_size);
        w.write_u32_le(entry.file_attributes);
        w.write_u32_le(name_len as u32);
        w.write_u32_le(entry.ea_size);
        w.write_u8(0); // ShortNameLength
        w.write_u8(0); // Reserved1
        w.write_zeros(SHORT_NAME_BYTES);
        if with_id {
            w.write_u16_le(0); // Reserved2
            w.write_u64_le(entry.file_id.unwrap_or(0));
        }
        w.write_utf16_le(&entry.file_name);
        if i + 1 < entries.len() {
            w.align_to(8);
            w.set_u32_le_at(start, (w.position() - start) as u32);
        }
    }
    Ok(w.into_inner())
}
