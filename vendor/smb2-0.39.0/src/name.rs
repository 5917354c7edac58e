//! Mapping for filename characters SMB2 does not allow on the wire.
//!
//! SMB2 borrows its name syntax from Windows, so eight ASCII characters are
//! illegal in a file or directory name -- `"`, `*`, `:`, `<`, `>`, `?`, `\`,
//! and `|` are wildcards or separators in the protocol's own grammar -- along
//! with the control characters and a trailing space or period. A server asked
//! to create such a name answers `STATUS_OBJECT_NAME_INVALID` (0xC0000033) and
//! there is nothing the client can retry.
//!
//! Every SMB client that has to carry POSIX names solves this the same way, and
//! has since Services for Macintosh: substitute each illegal character with a
//! code point in the Unicode private-use area at U+F000, and substitute back on
//! the way in. The server stores an ordinary legal name and never knows. **No
//! server-side configuration is involved**, which is why matching the table
//! exactly matters more than choosing a good one: a file written by this crate
//! and the same file written by macOS Finder have to land on the same on-disk
//! name, or the two clients disagree about what a share contains.
//!
//! # The table
//!
//! | Local | Wire | | Local | Wire |
//! |---|---|---|---|---|
//! | `0x01`–`0x1F` | U+F001–U+F01F | | `?` | U+F025 |
//! | `"` | U+F020 | | `\` | U+F026 |
//! | `*` | U+F021 | | `\|` | U+F027 |
//! | `:` | U+F022 | | trailing ` ` | U+F028 |
//! | `<` | U+F023 | | trailing `.` | U+F029 |
//! | `>` | U+F024 | | | |
//!
//! The trailing rule applies to the **last character of each path component**
//! and to that character alone: `"a.. "` maps to `a..` + U+F028, not to three
//! substitutions. Leading and interior spaces and periods are legal and stay
//! as they are.
//!
//! Verified against macOS 15 smbfs writing to a QNAP TS-464 (Samba) share on
//! 2026-08-05, by creating probe files through the `/Volumes` mount and reading
//! the resulting on-disk bytes over SSH on the NAS. The real name that started
//! this, `"how_are_you_feeling?"_emojis.json`, is stored as
//! `ef80a0 how_are_you_feeling ef80a5 ef80a0 _emojis.json`.
//!
//! # Always on
//!
//! [`encode_path`] runs on every path this crate puts on the wire and
//! [`decode_name`] on every name it reads back; there is no switch. For a name
//! with no illegal character -- almost every name -- encoding is the identity
//! and the input string is returned unchanged, so the common case costs a scan.
//! For a name with one, the mapped form is the only form the server will
//! accept, so there is no competing "correct" behavior to offer. The functions
//! are public, so a consumer that wants to see or construct the literal wire
//! name can call them directly.
//!
//! # Where the round trip is not exact
//!
//! Both gaps are inherent to the scheme and both match what macOS does, which
//! is the point:
//!
//! - **A local name that already holds U+F001–U+F029 goes out unchanged**, so
//!   it reads back as the illegal character it stands for: `decode_name` of
//!   `encode_name("a\u{F025}b")` is `a?b`, not the original. Escaping it
//!   instead would put a name on the server that Finder renders differently.
//! - **U+F028 and U+F029 decode wherever they appear**, but only encode at the
//!   end of a component, so a wire name carrying one in the middle (which only
//!   a client that does not implement this scheme can produce) decodes to a
//!   space or period that re-encoding will not restore.
//!
//! Every other name round-trips exactly, in both directions.
//!
//! # Separators
//!
//! In this crate a `/` is the only path separator a caller can write, and a
//! `\` is an ordinary character in a name (it becomes U+F026). [`encode_path`]
//! splits on `/`, maps each component, and joins with the `\` the protocol
//! wants; [`decode_path`] does the reverse. A `.` or `..` component is passed
//! through untouched so relative paths keep working.
//!
//! U+F000 is deliberately **not** in the table, though the scheme nominally
//! pairs it with NUL. Decoding it would hand a caller a name with an embedded
//! NUL, which truncates in every C API it reaches -- macOS does exactly that
//! and produces a cut-off name. Leaving it alone keeps the mapping symmetric
//! and costs nothing, because no filesystem can hold a name containing NUL.
//!
//! This crate does **not** apply Unicode normalization. macOS smbfs converts
//! decomposed names to NFC before sending (verified the same way, same date),
//! because its local filesystem stores NFD; a cross-platform crate has no such
//! local form to convert from, and an NFD name is perfectly legal on the wire.
//! A consumer that wants byte-for-byte Finder parity on macOS should normalize
//! to NFC before calling.

use std::borrow::Cow;

/// First code point of the private-use block this scheme maps into.
const PUA_BASE: u32 = 0xF000;

/// Highest code point the scheme assigns (trailing period).
const PUA_LAST: u32 = 0xF029;

/// The wire form of a trailing space.
const WIRE_TRAILING_SPACE: char = '\u{F028}';

/// The wire form of a trailing period.
const WIRE_TRAILING_PERIOD: char = '\u{F029}';

/// Map one character that is illegal in *any* position of an SMB2 name.
///
/// `None` means the character is legal and travels as itself. The trailing
/// space and period are not here: they are only illegal at the end of a
/// component, so [`encode_name`] handles them positionally.
fn encode_char(c: char) -> Option<char> {
    match c {
        // Control characters. NUL is excluded on purpose; see the module docs.
        '\u{01}'..='\u{1F}' => char::from_u32(PUA_BASE + c as u32),
        '"' => Some('\u{F020}'),
        '*' => Some('\u{F021}'),
        ':' => Some('\u{F022}'),
        '<' => Some('\u{F023}'),
        '>' => Some('\u{F024}'),
        '?' => Some('\u{F025}'),
        '\\' => Some('\u{F026}'),
        '|' => Some('\u{F027}'),
        _ => None,
    }
}

/// Map one private-use code point back to the character it stands for.
///
/// `None` means the character is not part of the scheme and travels as itself,
/// including private-use code points outside U+F001–U+F029.
fn decode_char(c: char) -> Option<char> {
    match c {
        '\u{F001}'..='\u{F01F}' => char::from_u32(c as u32 - PUA_BASE),
        '\u{F020}' => Some('"'),
        '\u{F021}' => Some('*'),
        '\u{F022}' => Some(':'),
        '\u{F023}' => Some('<'),
        '\u{F024}' => Some('>'),
        '\u{F025}' => Some('?'),
        '\u{F026}' => Some('\\'),
        '\u{F027}' => Some('|'),
        '\u{F028}' => Some(' '),
        '\u{F029}' => Some('.'),
        _ => None,
    }
}

/// Map one path component to the form SMB2 accepts on the wire.
///
/// Takes a single name, never a path: a `/` is left alone here and a `\`
/// becomes U+F026, so handing this a path would turn its separators into name
/// characters. Use [`encode_path`] for anything with separators in it.
///
/// A name with nothing to map is returned borrowed and unchanged.
///
/// ```
/// # use smb2::name::encode_name;
/// assert_eq!(encode_name("report.pdf"), "report.pdf");
/// assert_eq!(encode_name("who?"), "who\u{F025}");
/// assert_eq!(encode_name("trailing "), "trailing\u{F028}");
/// ```
pub fn encode_name(name: &str) -> Cow<'_, str> {
    let ends_illegally = matches!(name.chars().next_back(), Some(' ') | Some('.'));
    if !ends_illegally && !name.chars().any(|c| encode_char(c).is_some()) {
        return Cow::Borrowed(name);
    }

    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let is_last = chars.peek().is_none();
        let mapped = match c {
            ' ' if is_last => Some(WIRE_TRAILING_SPACE),
            '.' if is_last => Some(WIRE_TRAILING_PERIOD),
            _ => encode_char(c),
        };
        out.push(mapped.unwrap_or(c));
    }
    Cow::Owned(out)
}

/// Map one name that came off the wire back to the characters it stands for.
///
/// Takes a single name, never a path: U+F026 decodes to a `\`, which a path
/// would then be indistinguishable from a separator. Use [`decode_path`] for
/// a wire path.
///
/// A name with nothing to map is returned borrowed and unchanged.
///
/// ```
/// # use smb2::name::decode_name;
/// assert_eq!(decode_name("report.pdf"), "report.pdf");
/// assert_eq!(decode_name("who\u{F025}"), "who?");
/// ```
pub fn decode_name(name: &str) -> Cow<'_, str> {
    if !name.chars().any(is_mapped) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(
        name.chars()
            .map(|c| decode_char(c).unwrap_or(c))
            .collect::<String>(),
    )
}

/// Cheap pre-check for the borrowed fast path: is this code point in the block
/// the scheme uses at all?
fn is_mapped(c: char) -> bool {
    let v = c as u32;
    v > PUA_BASE && v <= PUA_LAST
}

/// Turn a caller's path into the wire path SMB2 wants.
///
/// Splits on `/`, maps each component with [`encode_name`], and joins with
/// `\`. Leading `/` characters are dropped, because SMB2 paths are relative to
/// the share root. A `.` or `..` component passes through untouched.
///
/// ```
/// # use smb2::name::encode_path;
/// assert_eq!(encode_path("/reports/q3.pdf"), "reports\\q3.pdf");
/// assert_eq!(encode_path("notes/who?.txt"), "notes\\who\u{F025}.txt");
/// ```
pub fn encode_path(path: &str) -> String {
    let path = path.trim_start_matches('/');
    let mut out = String::with_capacity(path.len());
    for (i, component) in path.split('/').enumerate() {
        if i > 0 {
            out.push('\\');
        }
        if component == "." || component == ".." {
            out.push_str(component);
        } else {
            out.push_str(&encode_name(component));
        }
    }
    out
}

/// Turn a wire path back into a caller's path.
///
/// Splits on `\`, maps each component with [`decode_name`], and joins with
/// `/`, so the result can be handed straight back to any method on
/// [`Tree`](crate::Tree).
///
/// ```
/// # use smb2::name::decode_path;
/// assert_eq!(decode_path("notes\\who\u{F025}.txt"), "notes/who?.txt");
/// ```
pub fn decode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (i, component) in path.split('\\').enumerate() {
        if i > 0 {
            out.push('/');
        }
        out.push_str(&decode_name(component));
    }
    out
}
