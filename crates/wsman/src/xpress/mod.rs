//! Compressed streams (MS-WSMV 2.2.9.1 and its note 134, MS-XCA): blocks of at most 64 KiB of plain bytes, each behind two
//! little-endian numbers, its plain length less one and its compressed length less one. Equal lengths mean that the block
//! is stored as it is.

mod codec;

use bytes::Bytes;
use thiserror::Error;

pub use codec::{BlockCodec, Lz77Huffman};

/// The plain bytes of a block, at most.
const BLOCK: usize = 65536;

/// What is wrong with compressed data. The peer is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum XpressError {
    /// The data end in the middle of a block.
    #[error("the compressed data are cut off")]
    Truncated,
    /// A block cannot be decoded.
    #[error("a block of the compressed data is not valid")]
    Corrupt,
    /// More plain bytes than allowed.
    #[error("the compressed data hold too much")]
    TooLarge,
}

/// The plain bytes of one `rsp:Stream`, at most `limit` of them.
pub fn decode(mut data: &[u8], limit: usize, codec: &dyn BlockCodec) -> Result<Bytes, XpressError> {
    let mut plain = Vec::new();
    while let Some((head, rest)) = data.split_first_chunk::<4>() {
        let [a, b, c, d] = *head;
        let original = usize::from(u16::from_le_bytes([a, b])) + 1;
        let compressed = usize::from(u16::from_le_bytes([c, d])) + 1;
        let (block, rest) = rest.split_at_checked(compressed).ok_or(XpressError::Truncated)?;
        if plain.len() + original > limit {
            return Err(XpressError::TooLarge);
        }
        if original == compressed {
            plain.extend_from_slice(block);
        } else {
            plain.extend_from_slice(&codec.decode(block, original)?);
        }
        data = rest;
    }
    if data.is_empty() { Ok(plain.into()) } else { Err(XpressError::Truncated) }
}

/// Stored blocks: always allowed, and cheaper than compressing.
pub(crate) fn encode<B: AsRef<[u8]>>(pieces: &[B]) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::with_capacity(pieces.iter().map(|piece| piece.as_ref().len()).sum());
    for piece in pieces {
        plain.extend_from_slice(piece.as_ref());
    }
    let mut data = Vec::with_capacity(plain.len() + plain.len() / BLOCK * 4 + 4);
    for block in plain.chunks(BLOCK) {
        let length = u16::try_from(block.len() - 1).unwrap_or(u16::MAX).to_le_bytes();
        data.extend_from_slice(&length);
        data.extend_from_slice(&length);
        data.extend_from_slice(block);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(data: &[u8]) -> Result<Bytes, XpressError> {
        decode(data, 1 << 20, &Lz77Huffman)
    }

    /// A table of code lengths: where, which bytes.
    fn table(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut table = vec![0u8; 256];
        for (at, bytes) in parts {
            table[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        table
    }

    fn block(original: usize, payload: &[u8]) -> Vec<u8> {
        let mut data = u16::try_from(original - 1).unwrap().to_le_bytes().to_vec();
        data.extend(u16::try_from(payload.len() - 1).unwrap().to_le_bytes());
        data.extend(payload);
        data
    }

    /// MS-XCA 3.2, first example.
    fn alphabet() -> Vec<u8> {
        let lengths = [0x50, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x45, 0x44, 0x04];
        let mut payload = table(&[(48, &lengths), (128, &[0x04])]);
        payload
            .extend([0xD8, 0x52, 0x3E, 0xD7, 0x94, 0x11, 0x5B, 0xE9, 0x19, 0x5F, 0xF9, 0xD6, 0x7C, 0xDF, 0x8D, 0x04]);
        payload.extend([0; 4]);
        payload
    }

    #[test]
    fn w_085_the_examples_of_the_specification_are_decoded() {
        assert_eq!(plain(&block(26, &alphabet())).unwrap(), &b"abcdefghijklmnopqrstuvwxyz"[..]);
        // MS-XCA 3.2, second example: a hundred times "abc", one match over itself.
        let mut payload = table(&[(48, &[0x30, 0x23]), (128, &[0x02]), (143, &[0x20])]);
        payload.extend([0xA8, 0xDC, 0x00, 0x00, 0xFF, 0x26, 0x01]);
        assert_eq!(plain(&block(300, &payload)).unwrap(), "abc".repeat(100).as_bytes());
        // Both kinds of blocks in one stream.
        let mut both = block(26, &alphabet());
        both.extend(encode(&[b"!"]));
        both.extend(block(300, &payload));
        assert_eq!(plain(&both).unwrap().len(), 327);
    }

    #[test]
    fn w_086_three_bytes_are_stored_as_in_the_worked_example() {
        assert_eq!(encode(&[&[1u8, 2][..], &[3]]), [2, 0, 2, 0, 1, 2, 3]);
        assert_eq!(plain(&[2, 0, 2, 0, 1, 2, 3]).unwrap(), &[1, 2, 3][..]);
        assert_eq!(encode::<&[u8]>(&[]), Vec::<u8>::new());
    }

    #[test]
    fn w_085_a_stored_block_of_windows_is_read() {
        let mut data = vec![0x1D, 0, 0x1D, 0];
        data.extend([7; 30]);
        assert_eq!(plain(&data).unwrap(), &[7; 30][..]);
    }

    #[test]
    fn w_085_more_than_64_kib_in_several_blocks() {
        let whole: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let data = encode(&[&whole]);
        assert_eq!(data.len(), whole.len() + 4 * 4);
        assert_eq!(plain(&data).unwrap(), &whole[..]);
    }

    #[test]
    fn w_085_what_is_cut_off_or_trails_is_refused() {
        let data = encode(&[b"abcdef"]);
        for end in 1..data.len() {
            assert_eq!(plain(&data[..end]), Err(XpressError::Truncated), "{end}");
        }
        for garbage in [&[0u8][..], &[0, 0], &[0, 0, 0], &[0, 0, 0, 0]] {
            let mut longer = data.clone();
            longer.extend_from_slice(garbage);
            assert_eq!(plain(&longer), Err(XpressError::Truncated));
        }
    }

    #[test]
    fn w_085_a_bomb_is_refused_before_it_goes_off() {
        let mut blocks = Vec::new();
        for _ in 0..100 {
            blocks.extend([0xFF, 0xFF, 0x04, 0x01]);
            blocks.extend([0; 261]);
        }
        assert_eq!(decode(&blocks, 1000, &Lz77Huffman), Err(XpressError::TooLarge));
        assert_eq!(decode(&encode(&[&[0; 1001]]), 1000, &Lz77Huffman), Err(XpressError::TooLarge));
    }

    #[test]
    fn w_085_blocks_that_cannot_be_decoded_are_refused() {
        // A table that is not complete; a match before the beginning; too short for what it claims.
        let mut incomplete = alphabet();
        incomplete[128] = 0;
        assert_eq!(plain(&block(26, &incomplete)), Err(XpressError::Corrupt));
        let mut before = table(&[(48, &[0x30, 0x23]), (128, &[0x02]), (143, &[0x20])]);
        before.extend([0x00, 0x80, 0x00, 0x00, 0xFF, 0x26, 0x01]);
        assert_eq!(plain(&block(300, &before)), Err(XpressError::Corrupt));
        assert_eq!(plain(&[9, 0, 1, 0, 1, 2]), Err(XpressError::Corrupt));
    }

    proptest! {
        #[test]
        fn w_114_no_bytes_panic_and_none_grow_beyond_the_limit(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
            if let Ok(plain) = decode(&data, 5000, &Lz77Huffman) {
                prop_assert!(plain.len() <= 5000);
            }
        }

        #[test]
        fn w_114_no_table_panics(table in proptest::collection::vec(any::<u8>(), 256..400), length in 0u16..2000) {
            let mut data = length.to_le_bytes().to_vec();
            data.extend(u16::try_from(table.len() - 1).unwrap().to_le_bytes());
            data.extend(&table);
            let _ = decode(&data, 1 << 17, &Lz77Huffman);
        }
    }
}
