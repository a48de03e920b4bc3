//! What a file is, and where its parts lie: a merged image, a dump, an app, a bootloader, a table.

use super::app::{self, MAGIC};
use super::bytes::u16_at;
use crate::chip::{Chip, chips};

/// Bytes of a partition table, and its first two bytes.
pub const TABLE_BYTES: usize = 0xC00;
const TABLE_MAGIC: [u8; 2] = [0xAA, 0x50];

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Bootloader, table and apps, from `flash_offset` on.
    Merged,
    /// An app alone, as it is sent over the air.
    App,
    /// A partition table alone.
    Table,
    Bootloader,
}

impl Content {
    pub fn words(self) -> &'static str {
        match self {
            Self::Merged => "merged image",
            Self::App => "app image",
            Self::Table => "partition table",
            Self::Bootloader => "bootloader",
        }
    }

    /// The words within a sentence.
    pub fn with_article(self) -> String {
        let article = if matches!(self, Self::App) { "an" } else { "a" };
        format!("{article} {}", self.words())
    }
}

/// A file's kind and the flash address of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub content: Content,
    /// Flash address of the file's first byte.
    pub flash_offset: u32,
    /// Flash address of the bootloader, and of the table.
    pub bootloader_offset: u32,
    pub table_offset: u32,
}

/// CONFIG_PARTITION_TABLE_OFFSET unless the config says otherwise.
pub const TABLE_OFFSET: u32 = 0x8000;

/// Recognises a file; `None` when it is nothing that is known.
///
/// A file that starts at flash 0 has its bootloader at the chip's offset; MicroPython's `firmware.bin` starts at the
/// bootloader (v1.21 to v1.28 `ports/esp32/makeimg.py`).
pub fn detect(bytes: &[u8], table_offset: u32) -> Option<Layout> {
    let table_at =
        |offset: u32| bytes.get(offset as usize..).is_some_and(|rest| rest.starts_with(&TABLE_MAGIC));
    let image_at = |offset: u32| bytes.get(offset as usize) == Some(&MAGIC);
    let layout = |content, flash_offset, bootloader_offset| Layout {
        content,
        flash_offset,
        bootloader_offset,
        table_offset,
    };
    if bytes.starts_with(&TABLE_MAGIC) {
        return Some(layout(Content::Table, table_offset, 0));
    }
    if bytes.first() == Some(&MAGIC) {
        let chip = u16_at(bytes, 12).and_then(Chip::by_image_id);
        let offsets = chip.map(|chip| chip.bootloader_offset).into_iter().chain([0, 0x1000, 0x2000]);
        for offset in offsets.filter(|offset| *offset <= table_offset) {
            if table_at(table_offset - offset) {
                return Some(layout(Content::Merged, offset, offset));
            }
        }
        let own = chip.map_or(0, |chip| chip.bootloader_offset);
        let is_app = super::AppDescriptor::read(bytes).is_some();
        // What reaches beyond the table's place is a merged image whose table is damaged, unless it is one image that
        // does: a bootloader with secure boot, or one that logs much.
        let place = table_offset.saturating_sub(own) as usize;
        let reaches_table = bytes.len() > place && app::length(bytes).is_none_or(|length| length <= place);
        let content = match (is_app, reaches_table) {
            (true, _) => Content::App,
            (false, true) => Content::Merged,
            (false, false) => Content::Bootloader,
        };
        return Some(layout(content, own, own));
    }
    // From flash 0, with a bootloader further up.
    let mut offsets: Vec<u32> =
        chips().iter().map(|chip| chip.bootloader_offset).filter(|offset| *offset > 0).collect();
    offsets.sort_unstable();
    offsets.dedup();
    // One byte of what is no image, or is encrypted, may be the magic one.
    let has_chip = |offset: u32| {
        let chip = bytes.get(offset as usize..).and_then(|rest| u16_at(rest, 12)).and_then(Chip::by_image_id);
        chip.is_some_and(|chip| chip.bootloader_offset == offset)
    };
    let bootloader =
        offsets.into_iter().find(|offset| image_at(*offset) && (table_at(table_offset) || has_chip(*offset)));
    match bootloader {
        Some(offset) => Some(layout(Content::Merged, 0, offset)),
        None if table_at(table_offset) => Some(layout(Content::Merged, 0, 0)),
        None => None,
    }
}

/// Where a file's table is when nothing says it: at 0x8000, or at the first sector behind it that starts with one.
///
/// Larger bootloaders (secure boot, verbose logs) move it by CONFIG_PARTITION_TABLE_OFFSET.
pub fn likely_table_offset(bytes: &[u8]) -> u32 {
    const LAST: u32 = 0x2_0000;
    let default = detect(bytes, TABLE_OFFSET);
    if default.is_none_or(|layout| layout.content == Content::App) {
        return TABLE_OFFSET;
    }
    let has_table = |offset: &u32| {
        detect(bytes, *offset).filter(|layout| layout.content == Content::Merged).is_some_and(|layout| {
            let at = offset.checked_sub(layout.flash_offset).map(|at| at as usize);
            at.and_then(|at| bytes.get(at..)).is_some_and(|rest| rest.starts_with(&TABLE_MAGIC))
        })
    };
    (TABLE_OFFSET..=LAST).step_by(0x1000).find(has_table).unwrap_or(TABLE_OFFSET)
}
