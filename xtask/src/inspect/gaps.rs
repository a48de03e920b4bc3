//! Bytes that belong to no part: in the gaps of a merged image, and behind an image that is a file of its own.

use super::codes;
use super::verify::Work;
use crate::diagnostic::Diagnostic;
use crate::image::app::{signed_end, signed_v1_end};
use crate::image::bytes::first_not_blank;
use crate::image::{Image, Layout, Role, app};
use crate::partition::{Partition, Table};
use std::ops::Range;

impl Work<'_> {
    /// Everything outside the parts and the table's partitions is 0xFF, and so is what a partition has not been given.
    pub(super) fn gaps(
        &mut self,
        layout: &Layout,
        table: &Table,
        ends: &[u64; 3],
        first: Option<&Partition>,
    ) {
        let file_at = |flash: u64| flash.checked_sub(u64::from(layout.flash_offset));
        let signed = |flash: u64, find: fn(&[u8], usize) -> usize| {
            let end = file_at(flash).and_then(|at| usize::try_from(at).ok()).map(|at| find(self.bytes, at));
            end.map_or(flash, |end| end as u64 + u64::from(layout.flash_offset))
        };
        let [boot_end, table_end, app_end] = *ends;
        let boot_end = signed(boot_end, signed_end);
        let table_end = signed(table_end, signed_v1_end);
        let app_end = if app_end > 0 { signed(app_end, signed_end) } else { 0 };
        let mut taken: Vec<Range<u64>> =
            vec![u64::from(layout.bootloader_offset)..boot_end, u64::from(layout.table_offset)..table_end];
        let file_end = u64::from(layout.flash_offset) + self.bytes.len() as u64;
        // What ends with the app was put together from its parts; what goes on is a dump, or has partitions' contents.
        let from_parts = app_end > 0 && file_end == app_end;
        for row in &table.partitions {
            let is_first = first.is_some_and(|first| first.offset == row.offset);
            // otadata is judged by itself.
            if is_first || !from_parts || table.otadata() == Some(row) || self.has_app(row, layout) {
                // A device leaves what it had behind a shorter app; a file that ends in that partition is no dump.
                let end = if is_first && app_end > 0 && file_end < row.end() { app_end } else { row.end() };
                taken.push(u64::from(row.offset)..end);
            }
        }
        // Where no row is the filesystem, MicroPython 1.26 and later makes one of what is left of the flash.
        if !from_parts && table.filesystem().is_none() {
            taken.push(table.end()..file_end);
        }
        taken.sort_by_key(|range| range.start);
        let mut from = u64::from(layout.flash_offset);
        let end = from + self.bytes.len() as u64;
        for range in taken.iter().chain([&(end..end)]) {
            if range.start > from && from < end {
                self.gap(from..range.start.min(end), layout.flash_offset, app_end, table);
            }
            from = from.max(range.end);
        }
    }

    /// Whether a slot that does not boot has a right app all the same.
    fn has_app(&self, row: &Partition, layout: &Layout) -> bool {
        let range = file_range(row, layout.flash_offset, self.bytes.len()).filter(|_| row.is_app());
        let bytes = range.and_then(|range| self.bytes.get(range)).unwrap_or_default();
        let (image, findings) = app::parse(bytes, Role::App, row.offset, self.source);
        image.is_some() && !findings.has_errors()
    }

    fn gap(&mut self, flash: Range<u64>, flash_offset: u32, app_end: u64, table: &Table) {
        let file = |address: u64| usize::try_from(address - u64::from(flash_offset)).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(file(flash.start)..file(flash.end)).unwrap_or_default();
        let Some((at, byte)) = first_not_blank(bytes).and_then(|at| Some((at, *bytes.get(at)?))) else {
            return;
        };
        let address = flash.start + at as u64;
        if byte == app::MAGIC && address.is_multiple_of(0x1_0000) {
            let message = format!("an image starts at {address:#x}, where the table has no app");
            self.error(
                &codes::FOREIGN_IMAGE,
                message,
                "the app was placed by another table: build the image again",
            );
            return;
        }
        // Of a board that is declared nothing has content but the parts; elsewhere someone may have merged settings.
        let owner = table
            .partitions
            .iter()
            .find(|row| !row.is_app() && (u64::from(row.offset)..row.end()).contains(&address));
        if let Some(row) = owner.filter(|_| self.expect.table.is_none()) {
            let message = format!("`{}` has content, from {address:#x} on", row.name);
            let finding = Diagnostic::warning(&codes::CONTENT, message).at(&self.source.whole());
            self.findings.push(finding.help("if it is not meant to be shipped: `image erase`"));
            return self.gap(row.end().min(flash.end)..flash.end, flash_offset, app_end, table);
        }
        let between = if flash.start == app_end { "behind the app" } else { "in a gap" };
        let message =
            format!("byte {byte:#04x} at {address:#x}, {between} ({:#x} to {:#x})", flash.start, flash.end);
        self.error(
            &codes::TRAILING,
            message,
            "every byte that belongs to no part must be 0xff: build the image again",
        );
    }

    /// What follows an image that is a file of its own.
    pub(super) fn trailing(&mut self, image: &Image) {
        let end = signed_end(self.bytes, image.size as usize);
        let rest = self.bytes.get(end..).unwrap_or_default();
        if let Some((at, byte)) = first_not_blank(rest).and_then(|at| Some((at, rest.get(at)?))) {
            let name = image.role.name();
            let message = format!("byte {byte:#04x} at {:#x}, behind the {name}'s end at {end:#x}", end + at);
            self.error(&codes::TRAILING, message, "an image ends with its digest");
        }
    }
}

/// The bytes of a partition, as far as the file has them.
pub(super) fn file_range(row: &Partition, flash_offset: u32, file_bytes: usize) -> Option<Range<usize>> {
    let start = row.offset.checked_sub(flash_offset)? as usize;
    let end = start.checked_add(row.size as usize)?.min(file_bytes);
    (start <= end).then_some(start..end)
}

/// The first image at a multiple of 64 KiB that the table has no app at.
pub(super) fn find_image(bytes: &[u8], layout: &Layout, table: &Table) -> Option<u32> {
    let has_app = |address: u32| table.apps().any(|row| row.offset == address);
    (1..=bytes.len() as u64 >> 16)
        .filter_map(|index| u32::try_from(index << 16).ok())
        .filter(|address| !has_app(*address))
        .find(|address| {
            let at = address.checked_sub(layout.flash_offset).map(|at| at as usize);
            at.and_then(|at| bytes.get(at)) == Some(&app::MAGIC)
        })
}
