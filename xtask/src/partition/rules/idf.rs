//! What gen_esp32part.py checks once a table is read: `PartitionTable.verify` and `verify_size_fits`.
//!
//! Nothing is added to its rules; the releases differ, and so does this.

use crate::chip::bytes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::partition::table::{Field, Partition, Table};
use crate::partition::words::{self, APP, BOOTLOADER, PARTITION_TABLE, PRIMARY, Words};
use crate::partition::{Options, Secure, binary, codes};
use crate::source::Place;
use crate::version::Version;
use std::collections::BTreeMap;

/// Bytes of otadata: two sectors. Source: ESP-IDF v5.5 `gen_esp32part.py`, `verify`.
pub const OTADATA_BYTES: u32 = 0x2000;
/// Source: ESP-IDF v5.5 `gen_esp32part.py`, NVS_RW_MIN_PARTITION_SIZE.
const NVS_BYTES_MIN: u32 = 0x3000;

/// Judges a table as gen_esp32part.py of `options.idf` does after reading it. An error means that it refuses.
///
/// Source: ESP-IDF v5.0 to v6.0, `gen_esp32part.py`, `verify` of both classes and `verify_size_fits`.
pub fn check_idf(table: &Table, options: &Options) -> Diagnostics {
    let (words, mut found) = Words::new(options);
    check_bootloader_offset(options, &mut found);
    for partition in &table.partitions {
        check_alignment(partition, options, &mut found);
        check_name(partition, &words, &mut found);
        check_flags(partition, options, &mut found);
    }
    check_names(table, &mut found);
    check_overlaps(table, options, &mut found);
    check_otadata(table, words::DATA_OTA, &mut found);
    if options.idf >= Version::new(5, 5, 0) {
        check_otadata(table, words::DATA_TEE_OTA, &mut found);
    }
    check_flash_size(table, options, &mut found);
    found.0.extend(binary::too_many_rows(table, options.md5));
    found
}

fn check_bootloader_offset(options: &Options, found: &mut Diagnostics) {
    let Some(offset) = options.primary_bootloader_offset else {
        return;
    };
    if options.has_primary_rows() && offset >= options.table_offset {
        let table = options.table_offset;
        let message = format!("the bootloader at {offset:#x} is not below the partition table at {table:#x}");
        found.push(
            Diagnostic::error(&codes::BOOTLOADER_OFFSET, message)
                .help("raise CONFIG_PARTITION_TABLE_OFFSET above the bootloader"),
        );
    }
}

/// Whether a row is the primary bootloader or the table itself, which lie below the other partitions.
pub fn is_primary(partition: &Partition) -> bool {
    matches!(partition.kind, BOOTLOADER | PARTITION_TABLE) && partition.subtype == PRIMARY
}

/// Adds the place of a row, where there is one.
pub fn at(diagnostic: Diagnostic, place: Option<&Place>) -> Diagnostic {
    match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

/// The unit of a row's offset in bytes: the MMU's page for apps, the flash's sector for all others.
pub fn offset_alignment(kind: u8) -> u32 {
    if kind == APP { 0x10000 } else { 0x1000 }
}

/// The unit of an app's size in bytes, which depends on the release and on secure boot.
fn app_size_alignment(options: &Options) -> u32 {
    let Options { idf, secure, .. } = options;
    match secure {
        Secure::None if *idf < Version::new(5, 3, 0) => 1,
        // v5.0.0 and v5.0.1 know no kinds of secure boot: all of them ask for 64 KiB.
        Secure::V2 if *idf < Version::new(5, 0, 2) => 0x10000,
        Secure::V1 => 0x10000,
        Secure::None | Secure::V2 => 0x1000,
    }
}

fn check_alignment(partition: &Partition, options: &Options, found: &mut Diagnostics) {
    let name = &partition.name;
    let unit = offset_alignment(partition.kind);
    if !partition.offset.is_multiple_of(unit) {
        let message = format!("offset {:#x} of `{name}` is no multiple of {unit:#x}", partition.offset);
        let below = partition.offset - partition.offset % unit;
        let above = u64::from(below) + u64::from(unit);
        let diagnostic = Diagnostic::error(&codes::OFFSET_ALIGNMENT, message);
        let diagnostic = at(diagnostic, partition.column(Field::Offset));
        found
            .push(diagnostic.help(format!("move it to {below:#x} or {above:#x}, or leave the offset blank")));
    }
    let unit = app_size_alignment(options);
    if partition.is_app() && !partition.size.is_multiple_of(unit) {
        let message = format!("size {:#x} of app `{name}` is no multiple of {unit:#x}", partition.size);
        let below = partition.size - partition.size % unit;
        let diagnostic = Diagnostic::error(&codes::APP_SIZE_ALIGNMENT, message);
        let diagnostic = at(diagnostic, partition.column(Field::Size));
        found.push(
            diagnostic.help(format!("make it {below:#x} or {:#x}", u64::from(below) + u64::from(unit))),
        );
    }
}

fn check_name(partition: &Partition, words: &Words, found: &mut Diagnostics) {
    let name = partition.name.as_str();
    let mut warn = |what: &str| {
        let (kind, subtype) = (partition.type_text(), partition.subtype_text());
        let message = format!("`{name}` is the word of another {what} than this row's `{kind}`, `{subtype}`");
        let diagnostic = Diagnostic::warning(&codes::NAME_IS_KEYWORD, message);
        found.push(
            at(diagnostic, partition.column(Field::Name))
                .help("check the row's columns, or give the partition another name"),
        );
    };
    if words.kind(name).is_some_and(|kind| kind != partition.kind) {
        warn("type");
    }
    if words.is_subtype_word(name) && words.subtype(partition.kind, name) != Some(partition.subtype) {
        warn("subtype");
    }
}

fn check_flags(partition: &Partition, options: &Options, found: &mut Diagnostics) {
    let name = &partition.name;
    let subtype = partition.subtype_text();
    let system = partition.is_data(words::DATA_OTA) || partition.is_data(words::DATA_COREDUMP);
    if system && partition.readonly && options.idf >= Version::new(5, 2, 0) {
        let message = format!("`{name}` is read-only, but the device writes a `{subtype}` partition");
        let diagnostic = Diagnostic::error(&codes::READONLY, message);
        found.push(at(diagnostic, partition.column(Field::Flags)).help("remove the flag `readonly`"));
    }
    let small = partition.is_data(words::DATA_NVS) && partition.size < NVS_BYTES_MIN && !partition.readonly;
    if small && options.idf >= Version::new(5, 5, 0) {
        let size = partition.size;
        let message =
            format!("NVS `{name}` has {size:#x} bytes, but one that is written needs {NVS_BYTES_MIN:#x}");
        let diagnostic = Diagnostic::error(&codes::NVS_SMALL, message);
        let help = format!("make it {NVS_BYTES_MIN:#x} or larger, or add the flag `readonly`");
        found.push(at(diagnostic, partition.column(Field::Size)).help(help));
    }
}

fn check_names(table: &Table, found: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &Partition> = BTreeMap::new();
    for partition in &table.partitions {
        let Some(first) = seen.get(partition.name.as_str()) else {
            seen.insert(&partition.name, partition);
            continue;
        };
        let message = format!("two partitions are named `{}`", partition.name);
        let diagnostic = Diagnostic::error(&codes::NAME_TWICE, message);
        let diagnostic = at(diagnostic, partition.column(Field::Name));
        found.push(at(diagnostic, first.column(Field::Name)).help("give each partition a name of its own"));
    }
}

fn check_overlaps(table: &Table, options: &Options, found: &mut Diagnostics) {
    let mut sorted: Vec<&Partition> = table.partitions.iter().collect();
    sorted.sort_by_key(|partition| partition.offset);
    let first = options.first_offset();
    let mut last: Option<&Partition> = None;
    for partition in sorted {
        let (name, offset) = (&partition.name, partition.offset);
        let exempt = options.has_primary_rows() && is_primary(partition);
        if u64::from(offset) < first && !exempt {
            let message = format!("`{name}` starts at {offset:#x}, below {first:#x} where the table ends");
            let diagnostic = Diagnostic::error(&codes::BELOW_TABLE, message);
            let diagnostic = at(diagnostic, partition.column(Field::Offset));
            found.push(diagnostic.help(format!("start it at {first:#x} or above")));
        }
        if let Some(before) = last.filter(|before| u64::from(offset) < before.end()) {
            let (start, end) = (before.offset, before.end());
            let other = &before.name;
            let message = format!("`{name}` at {offset:#x} overlaps `{other}` from {start:#x} to {end:#x}");
            let diagnostic = Diagnostic::error(&codes::OVERLAP, message);
            let diagnostic = at(at(diagnostic, partition.column(Field::Offset)), before.place.as_ref());
            let over = bytes(end - u64::from(offset));
            found.push(
                diagnostic
                    .help(format!("move `{name}` to {end:#x} or above, or make `{other}` {over} smaller")),
            );
        }
        last = Some(partition);
    }
}

fn check_otadata(table: &Table, subtype: u8, found: &mut Diagnostics) {
    let rows: Vec<&Partition> = table.partitions.iter().filter(|row| row.is_data(subtype)).collect();
    match rows.as_slice() {
        [] => {}
        [row] if row.size == OTADATA_BYTES => {}
        [row] => {
            let (name, word, size) = (&row.name, row.subtype_text(), row.size);
            let message =
                format!("`{name}` of type `data`, `{word}` has {size:#x} bytes, not {OTADATA_BYTES:#x}");
            let diagnostic = Diagnostic::error(&codes::OTADATA, message);
            found.push(
                at(diagnostic, row.column(Field::Size)).help(format!("make its size {OTADATA_BYTES:#x}")),
            );
        }
        [first, others @ ..] => {
            for row in others {
                let (name, word, other) = (&row.name, row.subtype_text(), &first.name);
                let message = format!("`{name}` and `{other}` both are of type `data`, `{word}`");
                let diagnostic = at(Diagnostic::error(&codes::OTADATA, message), row.column(Field::Subtype));
                found.push(at(diagnostic, first.column(Field::Subtype)).help("remove one of the rows"));
            }
        }
    }
}

/// Compares the end of the last partition by offset with the flash. Of several at one offset ESP-IDF takes the first.
fn check_flash_size(table: &Table, options: &Options, found: &mut Diagnostics) {
    let Some(flash) = options.flash_size else { return };
    let last = table.partitions.iter().rev().max_by_key(|partition| partition.offset);
    if let Some(last) = last.filter(|last| last.end() > u64::from(flash.bytes())) {
        found.push(beyond_flash(last, flash));
    }
}

/// The finding that a row ends behind the flash's end.
pub fn beyond_flash(row: &Partition, flash: crate::chip::FlashSize) -> Diagnostic {
    let (name, end, limit) = (&row.name, row.end(), u64::from(flash.bytes()));
    let over = end.saturating_sub(limit);
    let message =
        format!("`{name}` ends at {end:#x}, {} behind the end {limit:#x} of {flash} of flash", bytes(over));
    at(Diagnostic::error(&codes::BEYOND_FLASH, message), row.place.as_ref())
        .help("make partitions smaller, or declare the flash size that the board has (`flash-size`)")
}
