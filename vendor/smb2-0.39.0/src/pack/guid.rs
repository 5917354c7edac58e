//! GUID (Globally Unique Identifier) type for SMB2.
//!
//! GUIDs follow the mixed-endian layout defined in MS-DTYP section 2.3.4:
//! - Bytes 0-3: `data1` (`u32`, little-endian)
//! - Bytes 4-5: `data2` (`u16`, little-endian)
//! - Bytes 6-7: `data3` (`u16`, little-endian)
//! - Bytes 8-15: `data4` (8 raw bytes, big-endian order)

use std::fmt;

use super::{Pack, ReadCursor, Unpack, WriteCursor};
use crate::error::Result;

/// A 128-bit GUID in mixed-endian wire format (MS-DTYP 2.3.4).
///
/// With the `serde` feature on, the JSON form mirrors the in-memory
/// field shape (`{data1, data2, data3, data4}`), **not** the wire byte
/// order — the wire layout is mixed-endian and round-tripping it through
/// JSON would just be confusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Guid {
    /// First component (bytes 0-3, little-endian on wire).
    pub data1: u32,
    /// Second component (bytes 4-5, little-endian on wire).
    pub data2: u16,
    /// Third component (bytes 6-7, little-endian on wire).
    pub data3: u16,
    /// Fourth component (bytes 8-15, raw byte order on wire).
    pub data4: [u8; 8],
}

impl Guid {
    /// The NULL GUID: `{00000000-0000-0000-0000-000000000000}`.
    pub const ZERO: Self = Self {
        data1: 0,
        data2: 0,
        data3: 0,
        data4: [0; 8],
    };
}

impl Pack for Guid {
    fn pack(&self, cursor: &mut WriteCursor) {
        cursor.write_u32_le(self.data1);
        cursor.write_u16_le(self.data2);
        cursor.write_u16_le(self.data3);
        cursor.write_bytes(&self.data4);
    }
}

impl Unpack for Guid {
    fn unpack(cursor: &mut ReadCursor<'_>) -> Result<Self> {
        let data1 = cursor.read_u32_le()?;
        let data2 = cursor.read_u16_le()?;
        let data3 = cursor.read_u16_le()?;
        let raw = cursor.read_bytes(8)?;
        let mut data4 = [0u8; 8];
        data4.copy_from_slice(raw);
        Ok(Self {
            data1,
            data2,
            data3,
            data4,
        })
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{{{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}}}",
            self.data1,
            self.data2,
            self.data3,
            self.data4[0],
            self.data4[1],
            self.data4[2],
            self.data4[3],
            self.data4[4],
            self.data4[5],
            self.data4[6],
            self.data4[7],
        )
    }
}
