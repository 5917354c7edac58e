use compcol::xpress_huffman::Decoder;
use compcol::{Decoder as _, Status};

use super::XpressError;

/// Decodes one block. A seam: the crate behind it is young, and pinned.
pub trait BlockCodec {
    /// Exactly `original` plain bytes out of `block`.
    fn decode(&self, block: &[u8], original: usize) -> Result<Vec<u8>, XpressError>;
}

/// LZ77 with Huffman codes (MS-XCA 2.1, 2.2).
#[derive(Debug, Clone, Copy, Default)]
pub struct Lz77Huffman;

/// The table of code lengths and the two words that fill the bit register.
const LEAST: usize = 256 + 4;

impl BlockCodec for Lz77Huffman {
    fn decode(&self, block: &[u8], original: usize) -> Result<Vec<u8>, XpressError> {
        complete_table(block)?;
        // The decoder wants the plain length before the block, and that the register can always be filled.
        let length = u32::try_from(original).map_err(|_| XpressError::TooLarge)?;
        let mut input = Vec::with_capacity(block.len() + 8);
        input.extend_from_slice(&length.to_le_bytes());
        input.extend_from_slice(block);
        input.resize(input.len().max(4 + LEAST), 0);
        // Missing words at the end count as zero.
        input.extend_from_slice(&[0; 4]);
        let mut plain = vec![0; original];
        let mut decoder = Decoder::new();
        let (progress, mut status) = decoder.decode(&input, &mut plain).map_err(|_| XpressError::Corrupt)?;
        let mut written = progress.written;
        while written < original && status != Status::StreamEnd {
            let rest = plain.get_mut(written..).ok_or(XpressError::Corrupt)?;
            let (progress, next) = decoder.finish(rest).map_err(|_| XpressError::Corrupt)?;
            if progress.written == 0 {
                break;
            }
            written += progress.written;
            status = next;
        }
        if written == original { Ok(plain) } else { Err(XpressError::Corrupt) }
    }
}

/// MS-XCA 2.2.4: the lengths must make a complete code, that is, fill a table of 2^15 entries exactly.
fn complete_table(block: &[u8]) -> Result<(), XpressError> {
    let table = block.get(..256).ok_or(XpressError::Corrupt)?;
    let entries: u32 = table
        .iter()
        .flat_map(|byte| [byte & 15, byte >> 4])
        .filter(|length| *length > 0)
        .map(|length| 1u32 << (15 - length))
        .sum();
    if entries == 1 << 15 { Ok(()) } else { Err(XpressError::Corrupt) }
}
