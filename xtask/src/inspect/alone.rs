//! Parts that are files of their own: an app, a table, a bootloader.

use super::codes;
use super::require::ota_lacks;
use super::slots;
use super::verify::{Work, chip_name};
use crate::chip::Chip;
use crate::fs::hex;
use crate::image::codes as image_codes;
use crate::image::merged::TABLE_OFFSET;
use crate::image::otadata::Summary;
use crate::image::{Layout, Role, app};

impl<'a> Work<'a> {
    pub(super) fn unknown(&mut self) {
        let start = hex(self.bytes.get(..4).unwrap_or(self.bytes));
        let message = match self.bytes {
            [] => "the file is empty".to_owned(),
            _ => format!(
                "the file starts with {start}: no image (e9), no partition table (aa50), no flash dump"
            ),
        };
        let help = if looks_random(self.bytes) {
            "its bytes look encrypted: decrypt it first (`espsecure decrypt-flash-data`), or read it before encryption"
        } else {
            "name a .bin file: MicroPython's firmware.bin, an app, a table"
        };
        self.error(&image_codes::NOT_AN_IMAGE, message, help);
    }

    pub(super) fn app_alone(&mut self) {
        let bytes: &'a [u8] = self.bytes;
        // Slots start at multiples of 64 KiB, as every MMU page does.
        let Some(image) = self.app(bytes, 0) else { return };
        self.report.chip = Some(chip_name(&image));
        self.report.flash_offset = 0;
        self.expected_chip(&image);
        self.trailing(&image);
        if let Some(table) = self.expect.table.clone() {
            let slots =
                slots::fits(&table, image.size, self.expect.min_free, self.source, &mut self.findings);
            if let Some(app) = &mut self.report.app {
                app.free = slots.iter().map(|slot| slot.free).min();
                app.slots = slots;
            }
        }
        self.needs_merged("an app alone");
    }

    pub(super) fn table_alone(&mut self) {
        let offset = self.expect.table_offset.unwrap_or(TABLE_OFFSET);
        let Some(table) = self.table(Some(0), offset, None) else {
            return;
        };
        let chip = self.expect.chip.as_deref().and_then(Chip::by_name);
        self.table_rules(&table, chip);
        if let Some(size) = self.expect.flash_size.filter(|size| table.end() > u64::from(size.bytes())) {
            let message = format!("the table ends at {:#x}, beyond {size} of flash", table.end());
            self.error(&codes::FLASH_SIZE, message, "declare the module's flash size, or a smaller layout");
        }
        if self.expect.require.ota {
            let otadata = table.otadata().map_or(Summary::Absent, |_| Summary::Blank);
            for why in ota_lacks(&table, otadata) {
                self.error(
                    &codes::OTA_REQUIRED,
                    format!("OTA is required: {why}"),
                    "add ota_0, ota_1 and otadata",
                );
            }
        }
        if self.expect.require.rollback {
            self.require_rollback();
        }
    }

    pub(super) fn bootloader_alone(&mut self, layout: &Layout) {
        let bytes: &'a [u8] = self.bytes;
        let (image, findings) = app::parse(bytes, Role::Bootloader, layout.bootloader_offset, self.source);
        self.findings.extend(findings);
        let Some(image) = image else { return };
        self.describe_bootloader(&image, bytes, layout.bootloader_offset, None);
        self.trailing(&image);
        self.expected_chip(&image);
        self.needs_merged("a bootloader alone");
    }

    pub(super) fn needs_merged(&mut self, what: &str) {
        let require = self.expect.require;
        if require.ota || require.rollback || require.filesystem {
            let message =
                format!("the file is {what}: it has no partition table to prove the requirement with");
            self.error(&codes::ONLY_APP, message, "verify the merged image (.factory.bin)");
        }
    }
}

/// Whether a file's first 4 KiB have nearly every value of a byte, as encrypted ones have, and compressed ones.
fn looks_random(bytes: &[u8]) -> bool {
    let start = bytes.get(..4096).unwrap_or_default();
    let values: std::collections::BTreeSet<u8> = start.iter().copied().collect();
    values.len() > 250
}
