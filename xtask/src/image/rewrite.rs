//! Rewrites what a new flash size changes in an image: one nibble of the header, and the digest over it.
//!
//! It rewrites no signature: whoever signed the image must sign it again.

use super::app::Image;
use crate::chip::FlashSize;
use sha2::{Digest, Sha256};

/// Bytes of an appended digest.
const DIGEST_BYTES: usize = 32;

/// States another flash size in the image at the start of `bytes`, and computes its digest anew.
///
/// The checksum stays: it is over the segments' data alone. False when `bytes` ends before the image does. Source:
/// esptool v4.8 and v5, which rewrites a bootloader in the same way when it is given `--flash-size`.
pub fn set_flash_size(bytes: &mut [u8], image: &Image, size: FlashSize) -> bool {
    let body = image.body as usize;
    let end = if image.hash_appended { body.saturating_add(DIGEST_BYTES) } else { body };
    let Some(own) = bytes.get_mut(..end) else { return false };
    if let Some(byte) = own.get_mut(3) {
        *byte = size.nibble() << 4 | *byte & 0x0F;
    }
    let Some((content, digest)) = own.split_at_mut_checked(body) else { return false };
    digest.iter_mut().zip(Sha256::digest(&*content)).for_each(|(to, from)| *to = from);
    true
}
