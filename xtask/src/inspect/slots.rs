//! The app in its slots: where it must be, whether it fits each of them, which one boots.

use super::codes;
use super::report::{Ota, Slot};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::otadata::{Boots, Otadata, Summary};
use crate::partition::{Partition, Table};
use crate::source::Source;

/// Partitions that an app of this firmware may go to: the factory one and every OTA slot.
pub(super) fn app_rows(table: &Table) -> Vec<&Partition> {
    table.apps().filter(|row| row.slot().is_some() || table.factory() == Some(*row)).collect()
}

/// Room in every slot, with a finding for each that is too small.
pub(super) fn fits(
    table: &Table,
    size: u32,
    min_free: u32,
    source: &Source,
    findings: &mut Diagnostics,
) -> Vec<Slot> {
    let mut slots = Vec::new();
    for row in app_rows(table) {
        let free = i64::from(row.size) - i64::from(size);
        if free < i64::from(min_free) {
            let message = if free < 0 {
                format!(
                    "app of {size} bytes does not fit slot `{}` of {} bytes: {} too many",
                    row.name, row.size, -free
                )
            } else {
                format!(
                    "app of {size} bytes leaves {free} bytes of slot `{}` ({} bytes), less than `min-free` asks: {min_free}",
                    row.name, row.size
                )
            };
            let finding = Diagnostic::error(&codes::APP_DOES_NOT_FIT, message).at(&source.whole());
            let finding = match &row.place {
                Some(place) => finding.label(place, "this slot"),
                None => finding,
            };
            findings
                .push(finding.help("make the slots larger, or the app smaller (fewer frozen modules, -Os)"));
        }
        slots.push(Slot { name: row.name.clone(), size: row.size, free });
    }
    slots
}

/// The partition that the bootloader starts; without otadata the factory app, else the first slot.
pub fn boots<'t>(table: &'t Table, otadata: Option<&Otadata>) -> Option<&'t Partition> {
    partition_of(table, choice(table, otadata, None).0)
}

fn choice(table: &Table, otadata: Option<&Otadata>, rollback: Option<bool>) -> (Boots, String) {
    let count = table.apps().filter(|row| row.slot().is_some()).count();
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    match otadata {
        Some(otadata) => otadata.boots(count, table.factory().is_some(), rollback),
        None if table.factory().is_some() => (Boots::Factory, "there is no otadata".to_owned()),
        None => (Boots::Slot(0), "there is neither otadata nor a factory app".to_owned()),
    }
}

fn partition_of(table: &Table, boots: Boots) -> Option<&Partition> {
    match boots {
        Boots::Factory => table.factory(),
        // Of two rows with one subtype, the bootloader keeps the last.
        Boots::Slot(number) => table.apps().filter(|row| row.slot().map(u32::from) == Some(number)).last(),
        Boots::Nothing => None,
    }
}

/// What boots, from the otadata in the image; a range that the file does not have is blank.
pub(super) fn ota(table: &Table, otadata: Option<&[u8]>, rollback: Option<bool>) -> (Ota, Option<Partition>) {
    let numbers: Vec<&Partition> = table.app_slots();
    let read = otadata.map(Otadata::read);
    let summary = read.as_ref().map_or(Summary::Absent, Otadata::summary);
    let (boots, why) = choice(table, read.as_ref(), rollback);
    let partition = partition_of(table, boots);
    let ota = Ota {
        slots: numbers.iter().map(|row| row.name.clone()).collect(),
        otadata: summary,
        records: read
            .map(|otadata| otadata.records.into_iter().flatten().filter(|r| !r.blank).collect())
            .unwrap_or_default(),
        boots: partition.map(|row| row.name.clone()),
        why,
        rollback,
    };
    (ota, partition.cloned())
}
