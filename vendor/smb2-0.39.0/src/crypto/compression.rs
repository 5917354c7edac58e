//! SMB2 LZ4 compression for unchained mode (MS-SMB2 section 3.1.4.4).
//!
//! In unchained mode, the `CompressionTransformHeader` has `Flags = 0x0000`.
//! The `Offset` field indicates where compressed data starts relative to the
//! original message. Bytes before the offset are sent uncompressed (the
//! "uncompressed prefix"), while bytes from the offset onward are
//! LZ4-compressed.
//!
//! This allows the SMB2 header to remain uncompressed for routing while the
//! payload is compressed.

/// Maximum decompressed size we allow (16 MB). Prevents decompression bombs.
const MAX_DECOMPRESSED_SIZE: u32 = 16 * 1024 * 1024;

/// The result of compressing an SMB2 message (unchained mode).
#[derive(Debug, Clone)]
pub struct CompressedMessage {
    /// The original uncompressed size of the compressed portion.
    pub original_size: u32,
    /// Bytes before the compression offset (sent as-is).
    pub uncompressed_prefix: Vec<u8>,
    /// The LZ4-compressed data.
    pub compressed_data: Vec<u8>,
    /// The offset that was used (same as input offset).
    pub offset: u32,
}

/// Compress an SMB2 message using LZ4 (unchained mode).
///
/// `offset` indicates where compression starts in the original message.
/// Bytes before `offset` are kept as-is (uncompressed prefix).
/// Bytes from `offset` onward are LZ4-compressed.
///
/// Returns `None` if compression doesn't reduce the size (not worth it),
/// or if there is nothing to compress (offset >= message length).
pub fn compress_message(message: &[u8], offset: usize) -> Option<CompressedMessage> {
    // Nothing to compress if offset is at or beyond the end.
    if offset >= message.len() {
        return None;
    }

    let prefix = &message[..offset];
    let to_compress = &message[offset..];

    let compressed = lz4_flex::block::compress(to_compress);

    // Only use compression if it actually reduces size.
    if compressed.len() >= to_compress.len() {
        return None;
    }

    Some(CompressedMessage {
        original_size: to_compress.len() as u32,
        uncompressed_prefix: prefix.to_vec(),
        compressed_data: compressed,
        offset: offset as u32,
    })
}

/// Decompress an SMB2 message (unchained mode).
///
/// `uncompressed_prefix` is the data before the compression offset.
/// `compressed_data` is the LZ4-compressed portion.
/// `original_size` is the expected decompressed size of the compressed portion.
///
/// Returns the full reconstructed message (prefix + decompressed data).
pub fn decompress_message(
    uncompressed_prefix: &[u8],
    compressed_data: &[u8],
    original_size: u32,
) -> Result<Vec<u8>, crate::Error> {
    // Validate original_size to prevent decompression bombs.
    if original_size > MAX_DECOMPRESSED_SIZE {
        return Err(crate::Error::invalid_data(format!(
            "decompressed size {} exceeds maximum allowed size {}",
            original_size, MAX_DECOMPRESSED_SIZE
        )));
    }

    let decompressed = lz4_flex::block::decompress(compressed_data, original_size as usize)
        .map_err(|e| crate::Error::invalid_data(format!("LZ4 decompression failed: {e}")))?;

    let mut result = Vec::with_capacity(uncompressed_prefix.len() + decompressed.len());
    result.extend_from_slice(uncompressed_prefix);
    result.extend_from_slice(&decompressed);
    Ok(result)
}
