//! Strings as NTLM writes them.

/// UTF-16, low byte first.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text of UTF-16 bytes; none for half a code unit or half a surrogate pair.
pub(crate) fn from_utf16(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<String, _>>().ok()
}

/// Upper case as Windows and .NET have it: one letter becomes one letter or stays (`ß` stays).
pub(crate) fn upper(text: &str) -> String {
    text.chars()
        .map(|letter| {
            let mut upper = letter.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(one), None) => one,
                _ => letter,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_outside_the_first_plane_survives() {
        assert_eq!(from_utf16(&utf16("a𝄞ß")).as_deref(), Some("a𝄞ß"));
    }

    #[test]
    fn half_letters_are_no_text() {
        assert_eq!(from_utf16(&[0x61]), None);
        assert_eq!(from_utf16(&[0x00, 0xd8]), None);
    }

    #[test]
    fn upper_case_keeps_the_number_of_letters() {
        assert_eq!(upper("jürgen groß"), "JÜRGEN GROß");
    }
}
