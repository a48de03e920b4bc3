//! The shape of a factory image, as MicroPython's makeimg.py gives it: from the bootloader to the app's end, and nothing but
//! the parts in it.
//!
//! A dump of a flash, or an image that starts at flash 0, comes to the same bytes; one with content is refused.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit::{Edited, Extracted};
use crate::image::bytes::first_not_blank;
use crate::image::otadata::Summary;
use crate::inspect::codes;
use crate::partition::Row;
use crate::source::Source;

const HELP: &str = "take a published image, or make its data partitions blank: `image erase`";

/// The image from its bootloader to the end of `app`, which is the one that boots.
///
/// # Errors
/// Something in it is neither bootloader nor table nor that app: settings, files, a chosen slot.
pub(super) fn trimmed(edited: Edited, app: &Extracted, source: &Source) -> Result<Vec<u8>, Diagnostics> {
    let refuse = |message: String| {
        Err(Diagnostics(vec![Diagnostic::error(&codes::CONTENT, message).at(&source.whole()).help(HELP)]))
    };
    let Edited { mut bytes, image, .. } = edited;
    if image.ota.as_ref().is_some_and(|ota| ota.otadata == Summary::Valid) {
        return refuse("otadata has a record: the image is of a device that was updated".into());
    }
    let base = u64::from(image.flash_offset);
    let end = u64::from(app.offset) + app.bytes.len() as u64;
    let at = |flash: u64| usize::try_from(flash.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
    let (start, end) = (at(image.bootloader.as_ref().map_or(base, |boot| boot.offset.into())), at(end));
    for range in [0..start, end..bytes.len()] {
        if let Some(found) = bytes.get(range.clone()).and_then(first_not_blank) {
            let address = base + range.start as u64 + found as u64;
            let covers = |row: &&Row| {
                (u64::from(row.offset)..u64::from(row.offset) + u64::from(row.size)).contains(&address)
            };
            let row = image.partitions.iter().find(covers);
            let name = row.map_or_else(|| "the flash".to_owned(), |row| format!("`{}`", row.name));
            return refuse(format!(
                "{name} has content, from {address:#x} on: a firmware is made of the app alone"
            ));
        }
    }
    bytes.truncate(end);
    bytes.drain(..start.min(end));
    Ok(bytes)
}
