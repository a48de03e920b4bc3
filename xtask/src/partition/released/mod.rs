//! The table of devices in the field against that of a build: whether an update over the air would strand them.
//!
//! It reads no files and judges neither table by itself: what was released is a fact, whatever rules came later.

pub mod codes;

use super::table::{Field, Partition, Table};
use super::words;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};

/// The table that devices in the field have.
#[derive(Debug, Clone)]
pub struct Released {
    pub table: Table,
    /// Whether `table.table_offset` is known; a CSV or a binary does not say where it lies.
    pub offset_known: bool,
    pub source: Source,
}

const BY_WIRE: &str =
    "a device that must have another table is flashed by wire, and is a board or variant of its own";

/// What of a build's table differs from the released one. Findings without a row of their own are at `place`.
pub fn compare(released: &Released, table: &Table, place: &Place) -> Diagnostics {
    let mut work = Work { released, table, place, found: Diagnostics::default() };
    work.updates();
    work.table_offset();
    let mut known = Vec::new();
    for row in released.table.partitions.iter().filter(|row| !is_primary(row)) {
        match counterpart(row, &released.table, table) {
            Some(other) => {
                known.push(other);
                work.row(row, other);
            }
            None => work.gone(row),
        }
    }
    let is_known = |row: &&Partition| known.iter().any(|other| std::ptr::eq(*other, *row));
    for row in table.partitions.iter().filter(|row| !is_primary(row) && !is_known(row)) {
        work.new_row(row);
    }
    work.found
}

/// Whether an app of `size` bytes, with `min_free` bytes to spare, goes into every slot of released devices. Slots that
/// `own`, the image's table, has of the same size are judged with that.
pub fn check_app(
    released: &Released,
    own: Option<&Table>,
    size: u32,
    min_free: u32,
    source: &Source,
) -> Diagnostics {
    let mut found = Diagnostics::default();
    let is_known = |row: &Partition| {
        let mut slots = own.into_iter().flat_map(Table::apps);
        slots.any(|other| (other.subtype, other.size) == (row.subtype, row.size))
    };
    for row in released.table.apps().filter(|row| row.slot().is_some() && !is_known(row)) {
        let free = i64::from(row.size) - i64::from(size);
        let message = if free < 0 {
            format!(
                "app of {size} bytes does not fit slot `{}` of released devices, {} bytes: {} too many",
                row.name, row.size, -free
            )
        } else if free < i64::from(min_free) {
            format!(
                "app of {size} bytes leaves {free} bytes of slot `{}` of released devices ({} bytes), less than \
                 `min-free` asks: {min_free}",
                row.name, row.size
            )
        } else {
            continue;
        };
        let finding = Diagnostic::error(&codes::APP_TOO_LARGE, message).at(&source.whole());
        let finding = labelled(finding, row, "devices in the field have this slot");
        found.push(finding.help("make the app smaller: fewer frozen modules or C modules, -Os"));
    }
    found
}

/// Rows that name the bootloader and the table themselves: their places are the sdkconfig's, not the table's.
fn is_primary(row: &Partition) -> bool {
    matches!(row.kind, words::BOOTLOADER | words::PARTITION_TABLE) && row.subtype == words::PRIMARY
}

/// Whether ESP-IDF finds the row by its type and subtype, so that its name is free: apps, otadata, phy_init, coredump,
/// nvs_keys, efuse. Source: ESP-IDF v5.5, `bootloader_utility.c`, `esp_ota_ops.c`, `phy_init.c`, `core_dump_flash.c`,
/// `nvs_api.cpp`, `esp_efuse_startup.c`.
fn found_by_subtype(row: &Partition) -> bool {
    const FOUND: [u8; 5] = [words::DATA_OTA, DATA_PHY, words::DATA_COREDUMP, DATA_NVS_KEYS, DATA_EFUSE];
    row.is_app() || row.kind == words::DATA && FOUND.contains(&row.subtype)
}

const DATA_PHY: u8 = 1;
const DATA_NVS_KEYS: u8 = 4;
const DATA_EFUSE: u8 = 5;

/// The row of `table` that takes the part of `row`, which is one of `own`: by subtype where that is how it is found, by
/// name, else by its place.
fn counterpart<'t>(row: &Partition, own: &Table, table: &'t Table) -> Option<&'t Partition> {
    let rows = || table.partitions.iter().filter(|other| !is_primary(other));
    let same_kind = |other: &&Partition| (other.kind, other.subtype) == (row.kind, row.subtype);
    let same = |other: &&Partition| same_kind(other) && other.name == row.name;
    let by_subtype = || rows().find(same_kind).filter(|_| found_by_subtype(row));
    let by_name = || rows().find(|other| other.name == row.name);
    // A row that has another counterpart is not taken for a renamed one.
    let is_free = |other: &&Partition| own.find(&other.name).is_none() && !found_by_subtype(other);
    let place = |other: &&Partition| (other.offset, other.size) == (row.offset, row.size);
    rows().find(same).or_else(by_subtype).or_else(by_name).or_else(|| rows().filter(is_free).find(place))
}

/// `nvs, data, nvs, 0x9000, 0x4000`: as a CSV has it.
fn as_csv(row: &Partition) -> String {
    let (kind, subtype, flags) = (row.type_text(), row.subtype_text(), row.flags_text());
    let flags = if flags.is_empty() { String::new() } else { format!(", {flags}") };
    format!("{}, {kind}, {subtype}, {:#x}, {:#x}{flags}", row.name, row.offset, row.size)
}

fn labelled(finding: Diagnostic, released: &Partition, text: &str) -> Diagnostic {
    match &released.place {
        Some(place) => finding.label(place, text),
        None => finding,
    }
}

struct Work<'a> {
    released: &'a Released,
    table: &'a Table,
    place: &'a Place,
    found: Diagnostics,
}

impl Work<'_> {
    fn updates(&mut self) {
        let table = &self.released.table;
        let slots = table.app_slots().len();
        let lacks = match table.otadata() {
            Some(_) if slots >= 2 => return,
            Some(_) => format!("{slots} of at least 2 OTA slots"),
            None => format!("{slots} OTA slots and no otadata"),
        };
        let message = format!("the released table has {lacks}: such devices take no update");
        let finding = Diagnostic::warning(&codes::NO_UPDATES, message).at(&self.released.source.whole());
        self.found.push(finding.help("name the table that the devices have, or drop `released`"));
    }

    /// The table's own place. A file that does not say it has the rows of a table at ESP-IDF's 0x8000, or directly before
    /// the first row.
    fn table_offset(&mut self) {
        let Released { table: released, offset_known, source } = self.released;
        let now = self.table.table_offset;
        let first = released.partitions.iter().filter(|row| !is_primary(row)).map(|row| row.offset).min();
        let before_first = first.and_then(|first| first.checked_sub(0x1000));
        let primary =
            released.partitions.iter().find(|row| row.kind == words::PARTITION_TABLE && is_primary(row));
        let known = primary.map(|row| row.offset).or_else(|| offset_known.then_some(released.table_offset));
        let then = match (known, before_first) {
            (Some(known), _) => known,
            (None, Some(before)) if now > before => before.min(0x8000),
            (None, Some(before)) if now == before || before == 0x8000 => before,
            (None, _) if now == 0x8000 => {
                let message =
                    "where the released table lies is not said: 0x8000 is taken, as this build has it";
                let finding = Diagnostic::note(&codes::HARMLESS, message).at(&source.whole());
                self.found.push(finding.help("name the merged image that the devices were flashed with"));
                return;
            }
            (None, _) => 0x8000,
        };
        if then == now {
            return;
        }
        let message = format!("the table lies at {now:#x}, and released devices have it at {then:#x}");
        let finding = Diagnostic::error(&codes::TABLE_MOVED, message).at(self.place);
        self.found.push(finding.help(format!("set `PARTITION_TABLE_OFFSET = {then:#x}`; {BY_WIRE}")));
    }

    fn row(&mut self, released: &Partition, now: &Partition) {
        let mut harm: Vec<(Field, String)> = Vec::new();
        let mut harmless = Vec::new();
        let mut differs = |field: Field, what: &str, now: String, then: String| {
            harm.push((field, format!("{what} {now}, and released devices have {then}")));
        };
        if (now.kind, now.subtype) != (released.kind, released.subtype) {
            let words = |row: &Partition| format!("{} {}", row.type_text(), row.subtype_text());
            differs(Field::Subtype, "type", words(now), words(released));
        }
        if now.offset != released.offset {
            differs(Field::Offset, "offset", hex(now.offset), hex(released.offset));
        }
        if now.size != released.size {
            differs(Field::Size, "size", hex(now.size), hex(released.size));
        }
        if now.name != released.name {
            let (name, then) = (format!("`{}`", now.name), format!("`{}`", released.name));
            // MicroPython mounts either of `vfs` and `ffat`.
            if found_by_subtype(released) || now.is_filesystem() && released.is_filesystem() {
                harmless.push(format!("is named {name} now, and {then} on released devices"));
            } else {
                differs(Field::Name, "name", name, then);
            }
        }
        if released.readonly && !now.readonly {
            differs(Field::Flags, "flags", "no `readonly`".into(), "`readonly`: writing fails there".into());
        } else if (now.readonly, now.encrypted) != (released.readonly, released.encrypted) {
            let flags = |row: &Partition| match row.flags_text() {
                text if text.is_empty() => "no flags".to_owned(),
                text => format!("`{text}`"),
            };
            harmless.push(format!("has {} now, and {} on released devices", flags(now), flags(released)));
        }
        if let Some((field, _)) = harm.first() {
            let what: Vec<&str> = harm.iter().map(|(_, text)| text.as_str()).collect();
            let message = format!("`{}` is not what was released: {}", released.name, what.join("; "));
            let place = now.column(*field).unwrap_or(self.place);
            let finding = Diagnostic::error(&codes::ROW_DIFFERS, message).at(place);
            let finding = labelled(finding, released, "devices in the field have this");
            self.found.push(finding.help(format!("keep the row: `{}`", as_csv(released))).help(BY_WIRE));
        }
        for what in harmless {
            let place = now.place.as_ref().unwrap_or(self.place);
            let message = format!("`{}` {what}", released.name);
            self.found.push(Diagnostic::note(&codes::HARMLESS, message).at(place));
        }
    }

    /// A row that released devices alone have.
    fn gone(&mut self, row: &Partition) {
        let needed = row.slot().is_some() || row.is_data(words::DATA_OTA);
        if !needed {
            let message = format!("`{}` is on released devices alone", row.name);
            let finding = Diagnostic::note(&codes::HARMLESS, message).at(self.place);
            return self.found.push(labelled(finding, row, "devices in the field have this"));
        }
        let message = format!("`{}` at {:#x} of released devices is not in the table", row.name, row.offset);
        let finding = Diagnostic::error(&codes::ROW_DIFFERS, message).at(self.place);
        let finding = labelled(finding, row, "devices in the field have this");
        self.found.push(finding.help(format!("add the row: `{}`", as_csv(row))).help(BY_WIRE));
    }

    /// A row that no released device has.
    fn new_row(&mut self, row: &Partition) {
        let place = row.place.as_ref().unwrap_or(self.place);
        // Without it the driver takes its own data, and a panic leaves no dump: the app starts all the same.
        if row.is_data(DATA_PHY) || row.is_data(words::DATA_COREDUMP) {
            let message = format!("`{}` is not on released devices, which go without it", row.name);
            return self.found.push(Diagnostic::note(&codes::HARMLESS, message).at(place));
        }
        let message = format!(
            "`{}` ({:#x} bytes at {:#x}) is not on released devices, and an update does not add it",
            row.name, row.size, row.offset
        );
        let mut finding = Diagnostic::error(&codes::ROW_DIFFERS, message).at(place);
        let overlaps =
            |other: &&Partition| u64::from(other.offset) < row.end() && u64::from(row.offset) < other.end();
        if let Some(other) = self.released.table.partitions.iter().find(overlaps) {
            finding = labelled(finding, other, "devices in the field have this there");
        }
        self.found.push(finding.help("remove the row").help(BY_WIRE));
    }
}

fn hex(number: u32) -> String {
    format!("{number:#x}")
}

#[cfg(test)]
mod tests;
