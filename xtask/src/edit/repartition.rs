//! A new table for an image: the app goes where the new table boots, what cannot stay is blank and said so.
//!
//! Nothing is converted: the content of a data partition that moves or changes its size is not carried along, since a
//! filesystem knows its size, and whoever has files there wants them on a device and not in an image.

use super::{Edited, Flash, codes, verified};
use crate::chip::{FlashSize, bytes as exact};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::app::signed_end;
use crate::image::bytes::{content_len, is_blank, put};
use crate::image::rewrite::set_flash_size;
use crate::inspect::codes as inspect_codes;
use crate::partition::{Partition, Table, binary, rules};
use crate::source::Source;
use serde::Serialize;

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    /// Name in the new table, or in the old one where the part is gone.
    pub name: String,
    pub fate: Fate,
    /// In a sentence.
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The app is at another offset, or in another partition.
    Moved,
    /// There was content, and there is none now.
    Blank,
    /// A header or the table was written anew.
    Rewritten,
}

/// Gives an image another table and flash size, and verifies the outcome.
///
/// # Errors
/// Why it cannot be: the app does not fit, nothing boots, the bootloader is signed; or what verification says.
pub fn repartition(
    flash: &Flash,
    table: &Table,
    size: FlashSize,
    out: &Source,
) -> Result<Edited, Diagnostics> {
    let mut work = Work::new(flash, table, size)?;
    work.bootloader()?;
    work.table()?;
    let end = work.apps()?;
    work.data();
    work.left_over();
    let Work { mut bytes, parts, reach, .. } = work;
    let whole = flash.span().end == u64::from(flash.flash_size.bytes());
    let start = flash.span().start;
    let end = match flash.end_of_app() {
        _ if whole => u64::from(size.bytes()),
        // A file that ends with its app goes on doing so.
        Some(app) if flash.span().end <= app => end,
        _ => flash
            .span()
            .end
            .max(end)
            .max(reach)
            .max(start + content_len(&bytes) as u64)
            .min(size.bytes().into()),
    };
    bytes.resize(usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX), 0xFF);
    verified(bytes, parts, table.table_offset, out)
}

impl Flash {
    /// Flash address behind the app that boots, if there is a right one.
    fn end_of_app(&self) -> Option<u64> {
        let row = self.boots()?;
        let app = self.app(row).ok()?.1;
        Some(u64::from(row.offset) + app.len() as u64)
    }
}

struct Work<'a> {
    old: &'a Flash,
    table: &'a Table,
    size: FlashSize,
    /// The new image, as far as there is content.
    bytes: Vec<u8>,
    parts: Vec<Part>,
    /// Flash address behind the apps that do not boot: their last byte may be 0xFF.
    reach: u64,
}

impl<'a> Work<'a> {
    fn new(old: &'a Flash, table: &'a Table, size: FlashSize) -> Result<Self, Diagnostics> {
        if table.end() > u64::from(size.bytes()) {
            let mut found = Diagnostics::default();
            let rows = table.partitions.iter().filter(|row| row.end() > u64::from(size.bytes()));
            rows.for_each(|row| found.push(rules::beyond_flash(row, size)));
            return Err(found);
        }
        Ok(Self { old, table, size, bytes: Vec::new(), parts: Vec::new(), reach: 0 })
    }

    /// Puts bytes at a flash address. What lies beyond the flash cannot be: the table was checked against it.
    fn put(&mut self, address: u64, content: &[u8]) {
        if content.is_empty() {
            return;
        }
        let at = address
            .checked_sub(u64::from(self.old.layout.flash_offset))
            .and_then(|at| usize::try_from(at).ok());
        let Some(end) = at.and_then(|at| at.checked_add(content.len())) else { return };
        if self.bytes.len() < end {
            self.bytes.resize(end, 0xFF);
        }
        put(&mut self.bytes, end - content.len(), content);
    }

    fn said(&mut self, name: &str, fate: Fate, words: String) {
        self.parts.push(Part { name: name.to_owned(), fate, words });
    }

    /// All that lies before the table, with the flash size in the bootloader's header.
    fn bootloader(&mut self) -> Result<(), Diagnostics> {
        let old = self.old;
        let table = u64::from(self.table.table_offset);
        self.put(old.span().start, old.get(old.span().start..table));
        // A digest that went stale with the flash settings is mended; one that is wrong for any other reason is evidence.
        if old.bootloader_findings.has_errors() {
            return Err(old.bootloader_findings.clone());
        }
        if self.size == old.flash_size && old.bootloader_findings.is_empty() {
            return Ok(());
        }
        let at = u64::from(old.layout.bootloader_offset);
        let own = old.get(at..table);
        let end = old.bootloader.size as usize;
        if signed_end(own, end) != end {
            let message = format!("the bootloader is signed for {} of flash", old.flash_size);
            let finding = Diagnostic::error(&codes::SIGNED, message).at(&old.source.whole());
            return Err(Diagnostics(vec![finding.help("build it for the flash size, and sign it again")]));
        }
        let mut own = own.to_vec();
        if !set_flash_size(&mut own, &old.bootloader, self.size) {
            return Err(Diagnostics::default());
        }
        self.put(at, &own);
        let words = if self.size == old.flash_size {
            format!("flash size {} in the header as before, digest anew", self.size)
        } else {
            format!("flash size {} instead of {} in the header, digest anew", self.size, old.flash_size)
        };
        self.said("bootloader", Fate::Rewritten, words);
        Ok(())
    }

    fn table(&mut self) -> Result<(), Diagnostics> {
        let rows = binary::write(self.table, self.old.md5).map_err(|finding| Diagnostics(vec![finding]))?;
        self.put(self.table.table_offset.into(), &rows);
        Ok(())
    }

    /// Whether apps and otadata are where they were, so that each slot keeps what it has.
    fn same_slots(&self) -> bool {
        let places = |table: &Table| -> Vec<(u8, u8, u32, u32)> {
            let rows = table.partitions.iter().filter(|row| row.is_app() || table.otadata() == Some(*row));
            rows.map(|row| (row.kind, row.subtype, row.offset, row.size)).collect()
        };
        places(&self.old.table) == places(self.table)
    }

    /// The apps, and otadata with them. Gives the flash address behind the one that boots.
    fn apps(&mut self) -> Result<u64, Diagnostics> {
        let old = self.old;
        let Some(from) = old.boots() else {
            return Err(nothing_boots(&old.source, "the image"));
        };
        let (image, app) = old.app(from)?;
        let table = self.table;
        let same = self.same_slots();
        let Some(to) = table.first_boot().map(|first| if same { from } else { first }) else {
            return Err(nothing_boots(&old.source, "the new table"));
        };
        if app.len() as u64 > u64::from(to.size) {
            return Err(Diagnostics(vec![self.does_not_fit(to, app.len() as u64)]));
        }
        if same {
            for row in self.table.partitions.iter().filter(|row| row.is_app()).chain(self.table.otadata()) {
                self.put(row.offset.into(), old.content(row));
            }
            return Ok(u64::from(from.offset) + app.len() as u64);
        }
        self.put(to.offset.into(), app);
        if (from.offset, &from.name) != (to.offset, &to.name) {
            let words = if from.offset == to.offset {
                format!("the app stays at {:#x}, and is in `{}` now", to.offset, to.name)
            } else {
                format!("the app moved from `{}` at {:#x} to {:#x}", from.name, from.offset, to.offset)
            };
            self.said(&to.name, Fate::Moved, words);
        }
        for row in old.table.apps().filter(|row| row.offset != from.offset) {
            self.other_app(row, to);
        }
        if let Some(row) = old.table.otadata().filter(|row| !is_blank(old.content(row))) {
            let words = "otadata is blank, so that the app boots from its first slot".to_owned();
            self.said(&row.name, Fate::Blank, words);
        }
        Ok(u64::from(to.offset) + u64::from(image.size).max(app.len() as u64))
    }

    /// An app that does not boot goes along where the new table has its name, and room.
    fn other_app(&mut self, row: &Partition, taken: &Partition) {
        let old = self.old;
        if is_blank(old.content(row)) {
            return;
        }
        let fits = |to: &&Partition, app: &[u8]| {
            to.is_app() && *to != taken && app.len() as u64 <= u64::from(to.size)
        };
        let place = old.app(row).ok().and_then(|(_, app)| {
            let to = self.table.find(&row.name).filter(|to| fits(to, app))?;
            Some((to, app))
        });
        match place {
            Some((to, app)) => {
                self.put(to.offset.into(), app);
                self.reach = self.reach.max(u64::from(to.offset) + app.len() as u64);
                if to.offset != row.offset {
                    let words = format!("the app there moved from {:#x} to {:#x}", row.offset, to.offset);
                    self.said(&row.name, Fate::Moved, words);
                }
            }
            None => {
                let words = format!("what it had at {:#x} is left out", row.offset);
                self.said(&row.name, Fate::Blank, words);
            }
        }
    }

    fn does_not_fit(&self, to: &Partition, app: u64) -> Diagnostic {
        let over = app - u64::from(to.size);
        let message =
            format!("app of {app} bytes does not fit `{}` of {} bytes: {over} too many", to.name, to.size);
        let finding = Diagnostic::error(&inspect_codes::APP_DOES_NOT_FIT, message);
        let finding = match to.place.as_ref() {
            Some(place) => finding.at(place),
            None => finding.at(&self.old.source.whole()),
        };
        // Some 100 KiB more than it needs now, since each release of MicroPython is larger than the one before.
        let least = (app + (100 << 10)).next_multiple_of(64 << 10);
        let slots = self.table.app_slots().len().max(1) as u64;
        if least * slots + (64 << 10) <= u64::from(self.size.bytes()) {
            finding.help(format!("give the apps more room: `--app-size {}K`", least >> 10))
        } else {
            finding.help(format!(
                "{slots} apps of {} do not fit {} of flash: take one app, or a larger flash",
                exact(least),
                self.size
            ))
        }
    }

    /// Data stays where its row stays; else it is blank, and said so.
    fn data(&mut self) {
        let old = self.old;
        // Rows that name the bootloader and the table themselves are none: both were written already.
        let is_data = |table: &Table, row: &Partition| {
            !row.is_app() && table.otadata() != Some(row) && row.offset > table.table_offset
        };
        for row in old.table.partitions.iter().filter(|row| is_data(&old.table, row)) {
            let same = |other: &&Partition| {
                (other.kind, other.subtype, other.offset, other.size)
                    == (row.kind, row.subtype, row.offset, row.size)
            };
            let content = old.content(row);
            if self.table.partitions.iter().any(|other| same(&other)) {
                self.put(row.offset.into(), content);
            } else if !is_blank(content) {
                let now = self.table.find(&row.name).filter(|now| !now.is_app());
                let words = match now {
                    None => "the partition is gone, and its content with it".to_owned(),
                    Some(now) if now.offset != row.offset => {
                        format!(
                            "moved from {:#x} to {:#x}, and blank: its content is left out",
                            row.offset, now.offset
                        )
                    }
                    Some(now) => format!(
                        "{} instead of {}, and blank: its content is left out",
                        exact(now.size.into()),
                        exact(row.size.into())
                    ),
                };
                self.said(&row.name, Fate::Blank, words);
            }
        }
    }

    /// What no row of the old table has: the filesystem that MicroPython 1.26 and later makes behind the last row.
    fn left_over(&mut self) {
        let old = self.old;
        let (before, after) = (old.table.end(), self.table.end());
        let content = old.get(before..old.span().end);
        if is_blank(content) {
            return;
        }
        if before == after && old.flash_size == self.size {
            self.put(before, content);
        } else {
            let words = format!("what lies behind the last partition, from {before:#x} on, is left out");
            self.said("vfs", Fate::Blank, words);
        }
    }
}

fn nothing_boots(source: &Source, what: &str) -> Diagnostics {
    let message = format!("{what} has no app that the bootloader starts");
    let finding = Diagnostic::error(&inspect_codes::NO_APP, message).at(&source.whole());
    Diagnostics(vec![finding.help("a table needs a `factory` app, or `ota_0`")])
}
