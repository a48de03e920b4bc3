//! The rules about apps: which one boots, and whether updates over the air can work.
//!
//! What the bootloader does is read from its source (ESP-IDF v5.5 `bootloader_utility.c`), not tried on a device.

use super::{OwnContext, at};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::partition::codes;
use crate::partition::table::{Field, Partition, Table};
use crate::partition::words::APP_FACTORY;
use crate::source::Place;

/// Rules that a table breaks or not whatever it is for.
pub(super) fn check_apps(table: &Table, context: &OwnContext, found: &mut Diagnostics) {
    let place = first_place(table);
    let Some(written) = table.apps().next() else {
        let diagnostic = Diagnostic::error(&codes::NO_APP, "the table has no app partition");
        found.push(at(diagnostic, place).help("add a row `factory, app, factory, , 1984K`"));
        return;
    };
    match table.first_boot() {
        Some(boots) if boots.offset == written.offset => {}
        Some(boots) => {
            let message = format!(
                "the app is written to `{}` at {:#x}, but `{}` at {:#x} boots",
                written.name, written.offset, boots.name, boots.offset
            );
            let diagnostic = at(Diagnostic::error(&codes::FIRST_BOOT, message), written.place.as_ref());
            let diagnostic = at(diagnostic, boots.place.as_ref());
            found.push(diagnostic.help(format!("move the row `{}` before the other apps", boots.name)));
        }
        None => {
            let message = format!("no app boots: the bootloader does not start `{}`", written.name);
            let diagnostic = at(Diagnostic::error(&codes::FIRST_BOOT, message), written.place.as_ref());
            found.push(diagnostic.help("give the app the subtype `factory` or `ota_0`, and a size"));
        }
    }
    let mut factories = table.apps().filter(|app| app.subtype == APP_FACTORY);
    if let (Some(first), Some(second)) = (factories.next(), factories.next()) {
        found.push(twice(first, second));
    }
    if !wants_updates(context) {
        check_numbers(table, Severity::Error, found);
        check_otadata(table, Severity::Error, found);
    }
}

/// Rules of updates over the air: errors where they are required, else what cannot be meant is told all the same.
pub(super) fn check_updates(table: &Table, context: &OwnContext, found: &mut Diagnostics) {
    let wanted = wants_updates(context);
    let severity = if wanted { Severity::Error } else { Severity::Warning };
    let slots = table.app_slots();
    if wanted {
        check_numbers(table, severity, found);
        check_otadata(table, severity, found);
    }
    match slots.as_slice() {
        [] if wanted => {
            let message = "updates over the air are required, but the table has no OTA slots";
            let diagnostic = at(Diagnostic::error(&codes::NO_SLOTS, message), first_place(table));
            found.push(diagnostic.help(
                "choose a layout with `otadata`, `ota_0` and `ota_1`, such as MicroPython's OTA variant",
            ));
        }
        [] => {}
        [slot] => {
            let message =
                format!("`{}` is the only OTA slot, so that an update has no place to go", slot.name);
            let diagnostic = Diagnostic::new(&codes::SLOT_ALONE, severity, message);
            found.push(at(diagnostic, slot.place.as_ref()).help("add a slot `ota_1` of the same size"));
        }
        [first, others @ ..] => {
            for slot in others.iter().filter(|slot| slot.size != first.size) {
                let message = format!(
                    "slots differ in size: `{}` has {:#x}, `{}` has {:#x}",
                    first.name, first.size, slot.name, slot.size
                );
                let diagnostic = Diagnostic::new(&codes::SLOT_SIZES, severity, message);
                let diagnostic = at(at(diagnostic, slot.column(Field::Size)), first.column(Field::Size));
                found.push(diagnostic.help("give every slot the same size"));
            }
        }
    }
}

fn wants_updates(context: &OwnContext) -> bool {
    context.require.ota || context.require.rollback
}

/// Slots must count from 0 without a gap, each number once.
fn check_numbers(table: &Table, severity: Severity, found: &mut Diagnostics) {
    let slots = table.app_slots();
    for pair in slots.windows(2) {
        if let [first, second] = pair
            && first.subtype == second.subtype
        {
            let mut diagnostic = twice(first, second);
            diagnostic.severity = severity;
            found.push(diagnostic);
        }
    }
    let mut numbers: Vec<u8> = slots.iter().filter_map(|slot| slot.slot()).collect();
    numbers.dedup();
    let misplaced = numbers.iter().zip(0u8..).find(|(number, expected)| *number != expected);
    if let Some((number, expected)) = misplaced
        && let Some(slot) = slots.iter().find(|slot| slot.slot() == Some(*number))
    {
        let count = slots.len();
        let message = format!(
            "slot `{}` is ota_{number}, but there is no ota_{expected}: the bootloader reaches numbers below {count}",
            slot.name
        );
        let diagnostic = Diagnostic::new(&codes::SLOT_NUMBERS, severity, message);
        found.push(
            at(diagnostic, slot.column(Field::Subtype)).help(format!("make its subtype `ota_{expected}`")),
        );
    }
}

fn check_otadata(table: &Table, severity: Severity, found: &mut Diagnostics) {
    let slots = table.app_slots();
    if let (Some(slot), None) = (slots.first(), table.otadata()) {
        let message =
            format!("the table has the OTA slot `{}` but no otadata to remember which one boots", slot.name);
        let diagnostic = Diagnostic::new(&codes::OTADATA_MISSING, severity, message);
        found.push(
            at(diagnostic, slot.place.as_ref())
                .help("add a row `otadata, data, ota, , 0x2000` before the apps"),
        );
    }
}

fn twice(first: &Partition, second: &Partition) -> Diagnostic {
    let (one, other, subtype) = (&first.name, &second.name, first.subtype_text());
    let message =
        format!("apps `{one}` and `{other}` both are `{subtype}`: the bootloader sees the last one alone");
    let diagnostic = at(Diagnostic::error(&codes::SLOT_NUMBERS, message), second.column(Field::Subtype));
    at(diagnostic, first.column(Field::Subtype)).help("give each app a subtype of its own")
}

fn first_place(table: &Table) -> Option<&Place> {
    table.partitions.first().and_then(|row| row.place.as_ref())
}
