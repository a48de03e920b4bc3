//! The changes of single rows: sizes, names, rows that go and come.
//!
//! A row that grows moves those behind it up, as far as they must; nothing is ever made smaller to make room.

use super::codes;
use super::spec::{Entry, Word, entries, new_row, size_rule};
use crate::chip::FlashSize;
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::partition::codes as table_codes;
use crate::partition::layout::SizeRule;
use crate::partition::rules::offset_alignment;
use crate::partition::{Partition, Table};
use crate::source::Source;

pub(super) struct Ops<'a> {
    pub(super) table: &'a mut Table,
    pub(super) flash: FlashSize,
    pub(super) found: &'a mut Diagnostics,
}

impl Ops<'_> {
    /// Gives every app the same size.
    pub(super) fn app_size(&mut self, size: u32) {
        for index in self.by_offset() {
            let row = self.table.partitions.get_mut(index).filter(|row| row.is_app() && row.size != size);
            if let Some(row) = row {
                row.size = size;
                self.make_room(index);
            }
        }
    }

    pub(super) fn delete(&mut self, source: &Source) {
        for entry in entries(source, self.found) {
            if entry.value.is_some() {
                self.refuse(&entry.name, "a row to delete has no value", "write its name alone");
            } else if let Some(index) = self.index(&entry.name) {
                self.table.partitions.remove(index);
            }
        }
    }

    pub(super) fn resize(&mut self, source: &Source) {
        for entry in entries(source, self.found) {
            let Some(index) = self.index(&entry.name) else { continue };
            let Some((text, place)) = self.value(&entry, "SIZE") else { continue };
            let Some(rule) = size_rule(&text, &place, self.found) else { continue };
            let size = match rule {
                SizeRule::Bytes(size) => size,
                SizeRule::Rest => self.room(index),
                SizeRule::Equal => {
                    self.refuse(
                        &entry.name,
                        "`equal` shares a new table alone",
                        "use `--set`, or `--app-size`",
                    );
                    continue;
                }
            };
            if let Some(row) = self.table.partitions.get_mut(index) {
                row.size = size;
                row.place = Some(place);
                row.columns = [const { None }; 6];
            }
            self.make_room(index);
        }
    }

    pub(super) fn rename(&mut self, source: &Source) {
        for entry in entries(source, self.found) {
            let Some(index) = self.index(&entry.name) else { continue };
            let Some((name, place)) = self.value(&entry, "NEW") else { continue };
            if let Some(row) = self.table.partitions.get_mut(index) {
                row.name = name;
                row.place = Some(place);
                row.columns = [const { None }; 6];
            }
        }
    }

    /// Adds rows behind all others, or at their offset, in the order of the offsets.
    pub(super) fn add(&mut self, source: &Source) {
        for entry in entries(source, self.found) {
            let Some(new) = new_row(&entry, self.found) else { continue };
            let unit = offset_alignment(new.kind);
            let end = u32::try_from(self.table.end()).unwrap_or(u32::MAX);
            let offset =
                new.offset.map_or_else(|| end.checked_next_multiple_of(unit), |offset| Some(offset.0));
            let offset = offset.unwrap_or(u32::MAX);
            let size = match new.size.0 {
                SizeRule::Bytes(size) => size,
                SizeRule::Rest | SizeRule::Equal => {
                    let starts = self.table.partitions.iter().map(|row| row.offset);
                    let next = starts.filter(|start| *start > offset).min();
                    match next.unwrap_or(self.flash.bytes()).saturating_sub(offset) {
                        0 => {
                            self.nothing_left(&entry.name);
                            continue;
                        }
                        room => room,
                    }
                }
            };
            let row = Partition {
                name: entry.name.0.clone(),
                kind: new.kind,
                subtype: new.subtype,
                offset,
                size,
                place: Some(entry.name.1.clone()),
                ..Partition::default()
            };
            let at = self.table.partitions.iter().position(|other| other.offset > offset);
            self.table.partitions.insert(at.unwrap_or(self.table.partitions.len()), row);
        }
    }

    fn nothing_left(&mut self, name: &Word) {
        let (flash, end) = (self.flash, self.table.end());
        let message = format!(
            "nothing is left for `{}`: the rows end at {end:#x}, and {flash} of flash at {:#x}",
            name.0,
            flash.bytes()
        );
        let last = self.table.partitions.iter().max_by_key(|row| row.offset);
        let last = last.map_or("vfs", |row| row.name.as_str());
        let help = format!("make room first (`--resize {last}=1M`), or state a larger `--flash-size`");
        self.found.push(Diagnostic::error(&table_codes::LAYOUT_ROOM, message).at(&name.1).help(help));
    }

    /// Indices of the rows in the order of their offsets.
    fn by_offset(&self) -> Vec<usize> {
        let mut order: Vec<(u32, usize)> =
            self.table.partitions.iter().enumerate().map(|(index, row)| (row.offset, index)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, index)| index).collect()
    }

    /// Bytes up to the next row, or to the flash's end.
    fn room(&self, index: usize) -> u32 {
        let Some(row) = self.table.partitions.get(index) else { return 0 };
        let others = self.table.partitions.iter().map(|other| other.offset);
        let next = others.filter(|offset| *offset > row.offset).min();
        next.unwrap_or(self.flash.bytes()).saturating_sub(row.offset)
    }

    /// Moves the rows behind this one up until none overlaps.
    fn make_room(&mut self, index: usize) {
        let order = self.by_offset();
        let mut end = self.table.partitions.get(index).map_or(0, Partition::end);
        for next in order.into_iter().skip_while(|other| *other != index).skip(1) {
            let Some(row) = self.table.partitions.get_mut(next) else { continue };
            if u64::from(row.offset) < end {
                let offset = end.next_multiple_of(u64::from(offset_alignment(row.kind)));
                // Beyond 4 GiB it is beyond every flash, and refused as such.
                row.offset = u32::try_from(offset).unwrap_or(u32::MAX);
            }
            end = row.end();
        }
    }

    fn index(&mut self, name: &Word) -> Option<usize> {
        let index = self.table.partitions.iter().position(|row| row.name == name.0);
        if index.is_none() {
            let message = format!("the table has no partition `{}`", name.0);
            let mut finding = Diagnostic::error(&codes::NO_SUCH_ROW, message).at(&name.1);
            let names: Vec<&str> = self.table.partitions.iter().map(|row| row.name.as_str()).collect();
            finding.help.extend(did_you_mean(&name.0, names));
            self.found.push(finding);
        }
        index
    }

    fn value(&mut self, entry: &Entry, what: &str) -> Option<Word> {
        let value = entry.value.clone().filter(|value| !value.0.is_empty());
        if value.is_none() {
            let message = format!("`{}` has no value", entry.name.0);
            self.refuse(&entry.name, &message, &format!("write `{}={what}`", entry.name.0));
        }
        value
    }

    fn refuse(&mut self, word: &Word, message: &str, help: &str) {
        self.found.push(Diagnostic::error(&codes::SPEC, message).at(&word.1).help(help));
    }
}
