//! A partition table as values, and the questions that reports and verification ask of it.
//!
//! It judges nothing: see `rules`.

use super::words::{self, APP, DATA};
use crate::source::Place;

/// A column of a CSV row, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    Kind,
    Subtype,
    Offset,
    Size,
    Flags,
}

/// One row of a table.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    /// As written; the binary keeps its first 16 bytes.
    pub name: String,
    /// The row's `type`: 0 app, 1 data.
    pub kind: u8,
    pub subtype: u8,
    /// Bytes from the flash's start.
    pub offset: u32,
    pub size: u32,
    /// Flag bit 0.
    pub encrypted: bool,
    /// Flag bit 1.
    pub readonly: bool,
    /// The other bits of the flag word.
    pub unknown_flags: u32,
    /// The row in the file it was read from.
    pub place: Option<Place>,
    /// Its columns, in the order of [`Field`].
    pub columns: [Option<Place>; 6],
}

/// Rows are equal when they mean the same, wherever they were read.
impl PartialEq for Partition {
    fn eq(&self, other: &Self) -> bool {
        let values =
            |p: &Self| (p.kind, p.subtype, p.offset, p.size, p.encrypted, p.readonly, p.unknown_flags);
        self.name == other.name && values(self) == values(other)
    }
}

impl Eq for Partition {}

impl Partition {
    /// First byte behind the partition.
    pub fn end(&self) -> u64 {
        u64::from(self.offset) + u64::from(self.size)
    }

    pub fn is_app(&self) -> bool {
        self.kind == APP
    }

    pub fn is_data(&self, subtype: u8) -> bool {
        self.kind == DATA && self.subtype == subtype
    }

    /// The number of an OTA slot: 0 for `ota_0`.
    pub fn slot(&self) -> Option<u8> {
        (self.is_app() && (words::APP_OTA_0..words::APP_TEST).contains(&self.subtype))
            .then(|| self.subtype.saturating_sub(words::APP_OTA_0))
    }

    /// The label as the binary keeps it: 16 bytes at most.
    pub fn label(&self) -> &[u8] {
        let bytes = self.name.as_bytes();
        bytes.get(..LABEL_BYTES).unwrap_or(bytes)
    }

    /// `app`, or `0x40`.
    pub fn type_text(&self) -> String {
        words::type_name(self.kind).map_or_else(|| format!("{:#04x}", self.kind), str::to_owned)
    }

    /// `ota_0`, or `0x40`.
    pub fn subtype_text(&self) -> String {
        let name = words::subtype_name(self.kind, self.subtype);
        name.map_or_else(|| format!("{:#04x}", self.subtype), str::to_owned)
    }

    /// `encrypted:readonly`, as in a CSV; empty without flags.
    pub fn flags_text(&self) -> String {
        let flags = [(self.encrypted, "encrypted"), (self.readonly, "readonly")];
        let set: Vec<&str> = flags.iter().filter(|flag| flag.0).map(|flag| flag.1).collect();
        set.join(":")
    }

    /// Whether MicroPython mounts this row as its filesystem: data, labelled `vfs` or `ffat`.
    ///
    /// Source: MicroPython v1.20 to v1.28, `ports/esp32/modules/flashbdev.py`.
    pub fn is_filesystem(&self) -> bool {
        self.kind == DATA && matches!(self.name.as_str(), "vfs" | "ffat")
    }

    /// The place of a column, else of the row.
    pub fn column(&self, field: Field) -> Option<&Place> {
        self.columns.get(field as usize).and_then(Option::as_ref).or(self.place.as_ref())
    }
}

/// Bytes of a label in the binary.
pub const LABEL_BYTES: usize = 16;

/// A table: its rows in the order of the file, which the binary keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub partitions: Vec<Partition>,
    /// Where the table itself lies in the flash.
    pub table_offset: u32,
}

impl Table {
    /// First byte behind every partition, and behind the table.
    pub fn end(&self) -> u64 {
        let table = u64::from(self.table_offset) + u64::from(super::options::TABLE_SECTOR_BYTES);
        self.partitions.iter().map(Partition::end).max().unwrap_or(0).max(table)
    }

    pub fn find(&self, name: &str) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.name == name)
    }

    /// Every app partition in table order.
    pub fn apps(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter().filter(|partition| partition.is_app())
    }

    /// The OTA slots by their number; rows of equal number stay in table order.
    pub fn app_slots(&self) -> Vec<&Partition> {
        let mut slots: Vec<&Partition> = self.apps().filter(|app| app.slot().is_some()).collect();
        slots.sort_by_key(|app| app.slot());
        slots
    }

    /// The row that records which slot boots.
    pub fn otadata(&self) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.is_data(words::DATA_OTA))
    }

    pub fn factory(&self) -> Option<&Partition> {
        self.apps().filter(|app| app.subtype == words::APP_FACTORY).last()
    }

    /// The app that boots while otadata is blank: factory, else the first slot that can be reached, else test.
    ///
    /// The bootloader keeps the last row of each subtype, reaches slots numbered below their count, and passes over
    /// empty ones. Source: ESP-IDF v5.5 `bootloader_utility.c` (`load_partition_table`, `load_boot_image`).
    pub fn first_boot(&self) -> Option<&Partition> {
        let filled = |app: &&Partition| app.size > 0;
        let slots = self.app_slots();
        let numbered = |number: usize| {
            let of_number = |app: &&&Partition| app.slot().map(usize::from) == Some(number);
            slots.iter().rfind(of_number).copied().filter(filled)
        };
        let test = || self.apps().filter(|app| app.subtype == words::APP_TEST).last().filter(filled);
        self.factory().filter(filled).or_else(|| (0..slots.len()).find_map(numbered)).or_else(test)
    }

    /// The row that MicroPython mounts as its filesystem.
    pub fn filesystem(&self) -> Option<&Partition> {
        let named = |name: &str| self.partitions.iter().find(|p| p.is_filesystem() && p.name == name);
        named("vfs").or_else(|| named("ffat"))
    }

    /// Bytes between the last partition and the flash's end: where MicroPython 1.26 and later puts its `vfs`.
    pub fn free_at_end(&self, flash_bytes: u32) -> u64 {
        u64::from(flash_bytes).saturating_sub(self.end())
    }
}
