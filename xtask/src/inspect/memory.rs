//! An app's segments against the memory of the bootloader that loads them.
//!
//! The bootloader also keeps its stack and its loading code: where they are, its bytes do not show.

use super::verify::Work;
use crate::image::{Image, Segment, codes as image_codes};
use std::ops::Range;

impl Work<'_> {
    /// No segment of the app is loaded over the bootloader's data.
    ///
    /// Source: ESP-IDF v5.0 to v6.0 `esp_image_format.c`, `verify_load_addresses`.
    pub(super) fn memory(&mut self, bootloader: Option<&Image>, app: Option<&Image>) {
        let Some((boot, app)) = bootloader.zip(app).filter(|(boot, app)| boot.chip_id == app.chip_id) else {
            return;
        };
        let Some(chip) = boot.chip() else { return };
        let is_data = |segment: &&Segment| chip.is_data_memory(segment.load_address);
        for (index, segment) in app.segments.iter().enumerate() {
            let own = loaded(segment);
            let others = boot.segments.iter().filter(is_data).map(loaded);
            for other in others.filter(|other| own.start < other.end && other.start < own.end) {
                let message = format!(
                    "segment {index} of the app, {:#x} to {:#x}, is loaded over the bootloader's data, {:#x} to {:#x}",
                    own.start, own.end, other.start, other.end
                );
                self.error(&image_codes::BAD_SEGMENT, message, "build bootloader and app in one build");
            }
        }
    }
}

fn loaded(segment: &Segment) -> Range<u64> {
    let start = u64::from(segment.load_address);
    start..start + u64::from(segment.size)
}
