//! Reading numbers and texts out of bytes, and fast sweeps over large ranges.

/// A little-endian number of 1, 2 or 4 bytes.
pub fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// A text of at most `len` bytes, up to its NUL; empty when it is no text.
pub fn text_at(bytes: &[u8], at: usize, len: usize) -> String {
    let field = at.checked_add(len).and_then(|end| bytes.get(at..end)).unwrap_or_default();
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// XOR of every byte, eight at a time.
pub fn xor(bytes: &[u8]) -> u8 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let wide = chunks.iter().fold(0, |sum, chunk| sum ^ u64::from_le_bytes(*chunk));
    wide.to_le_bytes().iter().chain(rest).fold(0, |sum, byte| sum ^ byte)
}

/// Index of the first byte that is not 0xFF.
pub fn first_not_blank(bytes: &[u8]) -> Option<usize> {
    const BLANK: [u8; 4096] = [0xFF; 4096];
    // Comparing whole blocks is the fastest there is, in a build without optimisation too.
    let mut start = 0;
    for block in bytes.chunks(BLANK.len()) {
        if BLANK.get(..block.len()) != Some(block) {
            return block.iter().position(|byte| *byte != 0xFF).map(|index| start + index);
        }
        start += block.len();
    }
    None
}

/// Bytes up to the last one that is not 0xFF, and with it.
pub fn content_len(bytes: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let last = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte != 0xFF).map(|at| at + 1);
    let whole = blocks.len() * BLOCK;
    if let Some(at) = last(rest) {
        return whole + at;
    }
    let filled = blocks.iter().enumerate().rev().find(|(_, block)| !is_blank(block.as_slice()));
    filled.map_or(0, |(index, block)| index * BLOCK + last(block).unwrap_or(0))
}

/// Puts `content` at `at`, as far as there is room.
pub fn put(bytes: &mut [u8], at: usize, content: &[u8]) {
    let Some(place) = bytes.get_mut(at..) else { return };
    let length = place.len().min(content.len());
    if let (Some(place), Some(content)) = (place.get_mut(..length), content.get(..length)) {
        place.copy_from_slice(content);
    }
}

/// Whether every byte is 0xFF.
pub fn is_blank(bytes: &[u8]) -> bool {
    first_not_blank(bytes).is_none()
}
