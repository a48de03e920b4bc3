//! A merged image or a dump, opened: where its parts lie, and their bytes.
//!
//! It judges only what it needs to find them; the rest is `inspect`'s.

use super::codes;
use crate::chip::FlashSize;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::app::signed_end;
use crate::image::bytes::is_blank;
use crate::image::merged::{TABLE_BYTES, detect, likely_table_offset};
use crate::image::{Content, Image, Layout, Otadata, Role, app};
use crate::inspect::codes as inspect_codes;
use crate::partition::{Partition, Table, binary};
use crate::source::Source;
use std::ops::Range;

/// An image with a partition table.
#[derive(Debug, Clone)]
pub struct Flash {
    pub(super) bytes: Vec<u8>,
    pub(super) layout: Layout,
    pub table: Table,
    /// Whether the table has the row of its digest.
    pub(super) md5: bool,
    pub bootloader: Image,
    /// What is wrong with the bootloader.
    pub(super) bootloader_findings: Diagnostics,
    /// As the bootloader's header states it.
    pub flash_size: FlashSize,
    pub(super) source: Source,
}

impl Flash {
    /// Opens an image that has a bootloader and a table.
    ///
    /// # Errors
    /// When it has not, or when they cannot be read.
    pub fn open(bytes: Vec<u8>, source: &Source) -> Result<Self, Diagnostics> {
        let refuse = |message: String, help: &str| {
            let finding = Diagnostic::error(&codes::NOT_MERGED, message).at(&source.whole());
            Diagnostics(vec![finding.help(help)])
        };
        let found = detect(&bytes, likely_table_offset(&bytes));
        let layout = match found {
            Some(layout) if layout.content == Content::Merged => layout,
            Some(layout) => {
                let what = layout.content.with_article();
                let message = format!("the file is {what} alone, without a partition table beside it");
                return Err(refuse(
                    message,
                    "name the merged image (`firmware.bin`), or a dump of the flash",
                ));
            }
            None => return Err(refuse("the file is no firmware image".into(), "name a `firmware.bin`")),
        };
        let at = |flash: u32| flash.checked_sub(layout.flash_offset).map(|at| at as usize);
        let of = |flash: u32| at(flash).and_then(|at| bytes.get(at..)).unwrap_or_default();
        let (image, mut found) =
            app::parse(of(layout.bootloader_offset), Role::Bootloader, layout.bootloader_offset, source);
        let rows = of(layout.table_offset);
        let rows = rows.get(..TABLE_BYTES).unwrap_or(rows);
        let bootloader_findings = found.clone();
        let (table, findings) = binary::parse(rows, source);
        found.extend(findings);
        let (Some(bootloader), Some(table)) = (image, table) else { return Err(found.sorted()) };
        let Some(flash_size) = bootloader.flash_size else { return Err(found.sorted()) };
        let table = Table { table_offset: layout.table_offset, ..table };
        let digest = binary::write(&table, false).is_ok_and(|plain| rows == plain.as_slice());
        Ok(Self {
            bootloader_findings,
            layout,
            table,
            md5: !digest,
            bootloader,
            flash_size,
            source: source.clone(),
            bytes,
        })
    }

    /// Flash address of the file's first byte, and behind its last.
    pub(super) fn span(&self) -> Range<u64> {
        let start = u64::from(self.layout.flash_offset);
        start..start + self.bytes.len() as u64
    }

    /// The bytes of a range of the flash, as far as the file has them.
    pub(super) fn get(&self, range: Range<u64>) -> &[u8] {
        let file = self.span();
        let at = |flash: u64| {
            usize::try_from(flash.clamp(file.start, file.end) - file.start).unwrap_or(usize::MAX)
        };
        self.bytes.get(at(range.start)..at(range.end)).unwrap_or_default()
    }

    pub(super) fn content(&self, row: &Partition) -> &[u8] {
        self.get(u64::from(row.offset)..row.end())
    }

    /// The app that the bootloader starts, by the table and otadata.
    pub fn boots(&self) -> Option<&Partition> {
        let otadata = self.table.otadata().map(|row| Otadata::read(self.content(row)));
        crate::inspect::boots(&self.table, otadata.as_ref())
    }

    /// The bytes of the app in a partition, with its signature and without what follows.
    ///
    /// # Errors
    /// When there is no app whose header, segments, checksum and digest are right.
    pub(super) fn app(&self, row: &Partition) -> Result<(Image, &[u8]), Diagnostics> {
        // Up to the file's end: an app that is too large for its partition is told as such later.
        let bytes = self.get(u64::from(row.offset)..self.span().end);
        if bytes.first() != Some(&app::MAGIC) {
            let what = match bytes {
                [] => "the file ends before it".to_owned(),
                bytes if is_blank(bytes.get(..row.size as usize).unwrap_or(bytes)) => {
                    "it is blank".to_owned()
                }
                [first, ..] => format!("it starts with {first:#04x}, and an image with 0xe9"),
            };
            let message = format!("`{}` at {:#x} has no app: {what}", row.name, row.offset);
            let finding = Diagnostic::error(&inspect_codes::NO_APP, message).at(&self.source.whole());
            let help = format!("put one there first: `image write IMAGE {}=app.bin -o OUT`", row.name);
            return Err(Diagnostics(vec![finding.help(help)]));
        }
        let (image, found) = app::parse(bytes, Role::App, row.offset, &self.source);
        match image {
            Some(image) if !found.has_errors() => {
                let end = signed_end(bytes, image.size as usize);
                let own = bytes.get(..end).unwrap_or(bytes);
                Ok((image, own))
            }
            _ => Err(found.sorted()),
        }
    }
}
