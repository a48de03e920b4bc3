//! Each difference from a released table: those that strand a device, and those that do not.

use super::*;
use crate::partition::{Options, csv};
use crate::version::Version;

const RELEASED: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nphy_init,data,phy,0xf000,0x1000\n\
                        ota_0,app,ota_0,0x10000,0x180000\nota_1,app,ota_1,0x190000,0x180000\n\
                        vfs,data,fat,0x310000,0xf0000\n";

fn table(name: &str, text: &str, table_offset: u32) -> (Table, Source) {
    let source = Source::new(name, text);
    let mut options = Options::new(Version::new(5, 5, 1));
    options.table_offset = table_offset;
    let (table, found) = csv::parse(&source, &options);
    (table.unwrap_or_else(|| panic!("{found:?}")), source)
}

fn released(text: &str) -> Released {
    let (table, source) = table("released.csv", text, 0x8000);
    Released { table, offset_known: false, source }
}

/// `error E0450 message` of each finding.
fn said(released: &Released, now: &Table) -> Vec<String> {
    let place = Source::new("config.toml", "partitions = \"ota\"").whole();
    let found = compare(released, now, &place);
    found.iter().map(|f| format!("{} {} {}", f.severity.word(), f.code.id, f.message)).collect()
}

fn edited(from: &str, to: &str) -> Vec<String> {
    assert!(RELEASED.contains(from), "{from}");
    said(&released(RELEASED), &table("now.csv", &RELEASED.replace(from, to), 0x8000).0)
}

#[test]
fn the_same_table_is_silent_whatever_the_order_and_the_way_it_is_written() {
    assert!(edited("nvs", "nvs").is_empty());
    assert!(edited("0x4000", "16K").is_empty());
    let twice = RELEASED.replace("0xf000,0x1000\n", "0xf000,0x1000\nphy_2,data,phy,0x400000,0x1000\n");
    let twice: String = {
        let mut rows: Vec<&str> = twice.lines().collect();
        rows.sort_by_key(|row| row.starts_with("phy_2"));
        rows.join("\n")
    };
    assert!(said(&released(&twice), &released(&twice).table).is_empty(), "two rows of one subtype");
    let mut turned = released(RELEASED).table;
    turned.partitions.reverse();
    assert!(said(&released(RELEASED), &turned).is_empty());
}

#[test]
fn what_an_update_cannot_change_is_an_error_with_both_numbers() {
    for (from, to, expected) in [
        (
            "vfs,data,fat,0x310000,0xf0000",
            "vfs,data,fat,0x310000,0xe0000",
            "E0450 `vfs` is not what was released: size 0xe0000, and released devices have 0xf0000",
        ),
        (
            "vfs,data,fat,0x310000,0xf0000",
            "vfs,data,fat,0x320000,0xe0000",
            "E0450 `vfs` is not what was released: offset 0x320000, and released devices have 0x310000; size 0xe0000, and \
             released devices have 0xf0000",
        ),
        (
            "vfs,data,fat",
            "vfs,data,spiffs",
            "E0450 `vfs` is not what was released: type data spiffs, and released devices have data fat",
        ),
        (
            "vfs,data,fat",
            "files,data,fat",
            "E0450 `vfs` is not what was released: name `files`, and released devices have `vfs`",
        ),
        (
            "nvs,data,nvs,0x9000",
            "settings,data,nvs,0x9000",
            "E0450 `nvs` is not what was released: name `settings`, and released devices have `nvs`",
        ),
        (
            "ota_1,app,ota_1,0x190000,0x180000\n",
            "",
            "E0450 `ota_1` at 0x190000 of released devices is not in the table",
        ),
        (
            "otadata,data,ota,0xd000,0x2000\n",
            "",
            "E0450 `otadata` at 0xd000 of released devices is not in the table",
        ),
        (
            "vfs,data,fat,0x310000,0xf0000",
            "vfs,data,fat,0x310000,0xf0000\nlog,data,spiffs,0x400000,0x10000",
            "E0450 `log` (0x10000 bytes at 0x400000) is not on released devices, and an update does not add it",
        ),
    ] {
        assert_eq!(edited(from, to), [format!("error {expected}")], "{to}");
    }
}

#[test]
fn a_flag_strands_when_the_device_alone_has_it() {
    let row = "vfs,data,fat,0x310000,0xf0000";
    let readonly = format!("{row},readonly");
    let (with, without) = (RELEASED.replace(row, &readonly), RELEASED);
    let now = |text: &str| table("now.csv", text, 0x8000).0;
    let said_with = said(&released(&with), &now(without));
    assert_eq!(said_with.len(), 1);
    assert!(said_with[0].starts_with("error E0450"), "{said_with:?}");
    assert_eq!(
        said(&released(without), &now(&with)),
        ["note E0453 `vfs` has `readonly` now, and no flags on released devices"]
    );
}

#[test]
fn what_does_no_harm_is_a_note() {
    for (from, to, expected) in [
        ("ota_0,app", "main,app", "`ota_0` is named `main` now, and `ota_0` on released devices"),
        ("otadata,data", "boot,data", "`otadata` is named `boot` now, and `otadata` on released devices"),
        ("vfs,data", "ffat,data", "`vfs` is named `ffat` now, and `vfs` on released devices"),
        ("phy_init,data,phy,0xf000,0x1000\n", "", "`phy_init` is on released devices alone"),
        ("vfs,data,fat,0x310000,0xf0000\n", "", "`vfs` is on released devices alone"),
        (
            "vfs,data,fat,0x310000,0xf0000",
            "vfs,data,fat,0x310000,0xf0000\ncore,data,coredump,0x400000,0x10000",
            "`core` is not on released devices, which go without it",
        ),
    ] {
        assert_eq!(edited(from, to), [format!("note E0453 {expected}")], "{to}");
    }
}

#[test]
fn a_row_is_shown_where_it_differs_beside_the_released_one() {
    let (now, _) = table("now.csv", &RELEASED.replace("0xf0000", "0xe0000"), 0x8000);
    let place = Source::new("config.toml", "x").whole();
    let found = compare(&released(RELEASED), &now, &place);
    let labels: Vec<_> = found.0[0]
        .labels
        .iter()
        .map(|l| (l.place.path().to_owned(), l.place.line(), l.place.column()))
        .collect();
    assert_eq!(labels, [("now.csv".into(), 6, 23), ("released.csv".into(), 6, 1)]);
    assert_eq!(found.0[0].help[0], "keep the row: `vfs, data, fat, 0x310000, 0xf0000`");
}

#[test]
fn a_moved_table_is_told_as_far_as_it_can_be_known() {
    let moved = |text: &str, now: u32| {
        let mut table = released(text).table;
        table.table_offset = now;
        let found = said(&released(text), &table);
        found.iter().map(|line| line.chars().take(10).collect::<String>()).collect::<Vec<_>>()
    };
    let high = "ota_0,app,ota_0,0x20000,0x100000\nota_1,app,ota_1,0x120000,0x100000\notadata,data,ota,0x220000,0x2000\n";
    assert!(moved(RELEASED, 0x8000).is_empty());
    assert_eq!(moved(RELEASED, 0x1_0000), ["error E045"]);
    assert_eq!(moved(RELEASED, 0x6000), ["error E045"]);
    // The first row leaves room: 0x8000 may be right, directly before it as well, anything else cannot.
    assert_eq!(moved(high, 0x8000), ["note E0453"]);
    assert!(moved(high, 0x1_F000).is_empty());
    assert_eq!(moved(high, 0x1_0000), ["error E045"]);
    let mut known = released(high);
    known.offset_known = true;
    let mut now = known.table.clone();
    assert!(said(&known, &now).is_empty());
    now.table_offset = 0x1_F000;
    assert_eq!(
        said(&known, &now),
        ["error E0452 the table lies at 0x1f000, and released devices have it at 0x8000"]
    );
}

#[test]
fn a_released_table_that_takes_no_update_is_told() {
    let factory = "nvs,data,nvs,0x9000,24K\nfactory,app,factory,0x10000,1984K\n";
    let released = released(factory);
    assert_eq!(
        said(&released, &released.table),
        ["warning E0454 the released table has 0 OTA slots and no otadata: such devices take no update"]
    );
}

#[test]
fn the_app_must_fit_the_slots_of_released_devices() {
    let released = released(RELEASED);
    let said = |size, min_free| {
        let found = check_app(&released, None, size, min_free, &Source::binary("firmware.bin"));
        found.iter().map(|f| f.message.clone()).collect::<Vec<_>>()
    };
    assert!(said(0x18_0000, 0).is_empty());
    let own = check_app(&released, Some(&released.table), 0x18_0010, 0, &Source::binary("firmware.bin"));
    assert!(own.is_empty(), "the image's own slots have their own finding");
    assert_eq!(
        said(0x18_0010, 0)[1],
        "app of 1572880 bytes does not fit slot `ota_1` of released devices, 1572864 bytes: 16 too many"
    );
    assert_eq!(
        said(0x18_0000 - 100, 101)[0],
        "app of 1572764 bytes leaves 100 bytes of slot `ota_0` of released devices (1572864 bytes), less than `min-free` \
         asks: 101"
    );
}

#[test]
fn every_code_has_a_test() {
    let tests = concat!(include_str!("tests.rs"), include_str!("../../../../tests/main_job/released.rs"));
    for code in codes::ALL {
        assert!(("E0450".."E0460").contains(&code.id));
        assert!(
            tests.contains(&format!("{} ", code.id)) || tests.contains(&format!("[{}]", code.id)),
            "{}",
            code.id
        );
    }
}
