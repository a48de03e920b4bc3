//! Tables changed as mp-image-tool-esp32 0.1.1 changes them, and what is refused.

use super::*;
use crate::partition::Partition;
use proptest::prelude::*;

/// MicroPython's own table for 4 MB, up to v1.25.
fn original() -> Table {
    let row = |name: &str, kind, subtype, offset, size| Partition {
        name: name.into(),
        kind,
        subtype,
        offset,
        size,
        ..Partition::default()
    };
    let partitions = vec![
        row("nvs", 1, 2, 0x9000, 0x6000),
        row("phy_init", 1, 1, 0xF000, 0x1000),
        row("factory", 0, 0, 0x1_0000, 0x1F_0000),
        row("vfs", 1, 0x81, 0x20_0000, 0x20_0000),
    ];
    Table { partitions, table_offset: 0x8000 }
}

fn source(flag: &str, text: &str) -> Option<Source> {
    Some(Source::new(format!("--{flag}"), text))
}

fn ask(flash: &str, request: &Request) -> (Option<Table>, Diagnostics) {
    let size = |text| FlashSize::parse(text).unwrap();
    let device = Device { chip: Chip::by_name("esp32"), flash: size(flash), flash_before: Some(size("4MB")) };
    change(&original(), request, device)
}

/// `name offset+size` of each row, or the codes of the errors.
fn outcome(flash: &str, request: &Request) -> String {
    let (table, found) = ask(flash, request);
    if found.has_errors() {
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
        return errors.map(|finding| finding.code.id).collect::<Vec<_>>().join(" ");
    }
    let rows = table.unwrap().partitions;
    let text = |row: &Partition| format!("{} {:#x}+{:#x}", row.name, row.offset, row.size);
    rows.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn tables_come_out_as_mp_image_tool_makes_them() {
    let request = Request::default;
    let preset = |preset| Request { rows: Some(Rows::Preset(preset)), ..Request::default() };
    let head = "nvs 0x9000+0x6000, phy_init 0xf000+0x1000, factory 0x10000+0x1f0000";
    let unchanged = format!("{head}, vfs 0x200000+0x200000");
    for (name, flash, request, expected) in [
        ("flash size alone", "8MB", request(), unchanged.as_str()),
        (
            "the rest",
            "8MB",
            Request { resize: source("resize", "vfs=0"), ..request() },
            &format!("{head}, vfs 0x200000+0x600000"),
        ),
        (
            "ota",
            "4MB",
            preset(Preset::Ota),
            "nvs 0x9000+0x5000, otadata 0xe000+0x2000, ota_0 0x10000+0x180000, ota_1 0x190000+0x180000, vfs 0x310000+0xf0000",
        ),
        (
            "ota, with the size of the apps",
            "4MB",
            Request { app_size: Some(0x1F_0000), ..preset(Preset::Ota) },
            "nvs 0x9000+0x5000, otadata 0xe000+0x2000, ota_0 0x10000+0x1f0000, ota_1 0x200000+0x1f0000, vfs 0x3f0000+0x10000",
        ),
        (
            "ota on 8 MB",
            "8MB",
            preset(Preset::Ota),
            "nvs 0x9000+0x5000, otadata 0xe000+0x2000, ota_0 0x10000+0x200000, ota_1 0x210000+0x200000, vfs 0x410000+0x3f0000",
        ),
        (
            "default",
            "4MB",
            preset(Preset::Default),
            "nvs 0x9000+0x7000, factory 0x10000+0x1f0000, vfs 0x200000+0x200000",
        ),
        ("original", "4MB", preset(Preset::Original), &unchanged),
        (
            "rows",
            "4MB",
            Request {
                rows: source("set", "nvs=28K, factory=2M, vfs=1M, vfs2=fat:rest").map(Rows::Set),
                ..request()
            },
            "nvs 0x9000+0x7000, factory 0x10000+0x200000, vfs 0x210000+0x100000, vfs2 0x310000+0xf0000",
        ),
        (
            "delete",
            "4MB",
            Request { delete: source("delete", "phy_init"), ..request() },
            "nvs 0x9000+0x6000, factory 0x10000+0x1f0000, vfs 0x200000+0x200000",
        ),
        (
            "resize",
            "4MB",
            Request { resize: source("resize", "vfs=1M"), ..request() },
            &format!("{head}, vfs 0x200000+0x100000"),
        ),
        (
            "rename",
            "4MB",
            Request { rename: source("rename", "vfs=vfs2,factory=app"), ..request() },
            "nvs 0x9000+0x6000, phy_init 0xf000+0x1000, app 0x10000+0x1f0000, vfs2 0x200000+0x200000",
        ),
        (
            "add",
            "4MB",
            Request { resize: source("resize", "vfs=1M"), add: source("add", "data=fat:200K"), ..request() },
            &format!("{head}, vfs 0x200000+0x100000, data 0x300000+0x32000"),
        ),
    ] {
        assert_eq!(outcome(flash, &request), expected, "{name}");
    }
}

#[test]
fn a_row_that_grows_moves_those_behind_it() {
    let request = Request { resize: source("resize", "factory=2M,vfs=rest"), ..Request::default() };
    let expected =
        "nvs 0x9000+0x6000, phy_init 0xf000+0x1000, factory 0x10000+0x200000, vfs 0x210000+0x1f0000";
    assert_eq!(outcome("4MB", &request), expected);
    // nvs grows into phy_init, which moves into the app, which moves by whole pages.
    let request = Request { resize: source("resize", "nvs=28K,vfs=rest"), ..Request::default() };
    let expected =
        "nvs 0x9000+0x7000, phy_init 0x10000+0x1000, factory 0x20000+0x1f0000, vfs 0x210000+0x1f0000";
    assert_eq!(outcome("4MB", &request), expected);
}

#[test]
fn rows_are_added_where_they_are_asked_for() {
    let request = Request {
        resize: source("resize", "vfs=1M"),
        add: source("add", "logs=nvs:rest@0x380000,romfs=rest"),
        ..Request::default()
    };
    let (_, found) = ask("4MB", &request);
    let said: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    // The first takes all up to the end, so that the second has no byte.
    assert_eq!(said, ["nothing is left for `romfs`: the rows end at 0x400000, and 4MB of flash at 0x400000"]);
    let request = Request {
        resize: source("resize", "vfs=1M"),
        add: source("add", "logs=nvs:512K@0x380000,romfs=512K@0x300000"),
        ..Request::default()
    };
    assert!(outcome("4MB", &request).ends_with("romfs 0x300000+0x80000, logs 0x380000+0x80000"));
    let request = Request {
        resize: source("resize", "vfs=1M"),
        add: source("add", "x=0x40:rest"),
        ..Request::default()
    };
    let table = ask("4MB", &request).0.unwrap();
    let row = table.find("x").unwrap();
    assert_eq!((row.kind, row.subtype, row.offset, row.size), (1, 0x40, 0x30_0000, 0x10_0000));
}

#[test]
fn what_cannot_be_is_refused() {
    let none = Request::default;
    let set = |text| Request { rows: source("set", text).map(Rows::Set), ..Request::default() };
    let overlap = Table {
        partitions: original()
            .partitions
            .into_iter()
            .map(|row| Partition { size: row.size + 0x1000, ..row })
            .collect(),
        table_offset: 0x8000,
    };
    for (name, request, codes) in [
        ("beyond the flash", Request { resize: source("resize", "vfs=3M"), ..none() }, "E0417"),
        ("apps that push the files out", Request { app_size: Some(0x20_0000), ..none() }, "E0417"),
        ("overlap", Request { rows: Some(Rows::Table(overlap)), ..none() }, "E0415 E0417"),
        ("overlap of an added row", Request { add: source("add", "x=fat:1M@0x200000"), ..none() }, "E0415"),
        ("nothing left", Request { add: source("add", "vfs2=fat:rest"), ..none() }, "E0448"),
        ("gap", Request { resize: source("resize", "factory=1M"), ..none() }, "E0462"),
        ("gap of a deleted row", Request { delete: source("delete", "factory"), ..none() }, "E0434 E0462"),
        ("a slot that is not there", set("nvs=24K,otadata=8K,ota_0=1M,ota_2=1M"), "E0431"),
        ("no otadata", set("nvs=24K,ota_0=1M,ota_1=1M"), "E0430"),
        ("two names", Request { rename: source("rename", "vfs=nvs"), ..none() }, "E0414"),
        ("unknown name", Request { delete: source("delete", "vsf"), ..none() }, "E0461"),
        ("no size", Request { resize: source("resize", "vfs"), ..none() }, "E0460"),
        ("a size that is none", Request { resize: source("resize", "vfs=1X"), ..none() }, "E0460"),
        ("no subtype", set("nvs=24K,factory=2M,files=rest"), "E0460"),
        ("two rests", set("nvs=24K,factory=rest,vfs=rest"), "E0449"),
        ("too large", set("nvs=24K,factory=2M,vfs=3M"), "E0448"),
        ("odd size", Request { resize: source("resize", "vfs=1000"), ..none() }, "E0436"),
        ("empty", set(""), "E0460"),
    ] {
        let found = outcome("4MB", &request);
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort();
            words.dedup();
            words
        };
        assert_eq!(sorted(&found), sorted(codes), "{name}: {found}");
    }
}

#[test]
fn a_gap_may_be_meant() {
    let request = Request { resize: source("resize", "factory=1M"), allow_gaps: true, ..Request::default() };
    assert!(outcome("4MB", &request).contains("factory 0x10000+0x100000, vfs 0x200000"));
    let (_, found) = ask("4MB", &Request { allow_gaps: false, ..request });
    let gap = found.iter().find(|finding| finding.code.id == "E0462").unwrap();
    assert_eq!(gap.message, "960 KiB from 0x110000 to 0x200000 before `vfs` belong to no partition");
}

#[test]
fn what_the_old_table_breaks_does_not_stop_a_change() {
    let mut old = original();
    old.partitions.remove(0);
    let size = FlashSize::parse("2MB").unwrap();
    // Beyond 2 MB before and after, and no nvs: told, not refused.
    let device = Device { chip: None, flash: size, flash_before: Some(size) };
    let request = Request { rename: source("rename", "vfs=ffat"), ..Request::default() };
    let (table, found) = change(&old, &request, device);
    assert!(table.is_some() && !found.has_errors() && !found.is_empty(), "{found:?}");
}

#[test]
fn a_mistake_shows_its_word() {
    let (_, found) =
        ask("4MB", &Request { resize: source("resize", "nvs=24K, vsf=1M"), ..Request::default() });
    let place = found.iter().next().unwrap().place().unwrap();
    assert_eq!((place.text(), place.column(), place.path().to_str()), ("vsf", 10, Some("--resize")));
}

proptest! {
    /// Whatever is asked for: what is not refused is a table without overlaps, within the flash, each row at its unit.
    #[test]
    fn an_accepted_table_is_a_right_one(
        steps in proptest::collection::vec((0usize..5, 0usize..5, 0u32..0x50), 1..5), apps in proptest::option::of(1u32..0x30),
    ) {
        let names = ["nvs", "phy_init", "factory", "vfs", "new"];
        let (mut resize, mut add, mut delete) = (Vec::new(), Vec::new(), Vec::new());
        for (what, name, size) in steps {
            let (name, bytes) = (names[name], size << 16);
            match what {
                0 => resize.push(format!("{name}={bytes:#x}")),
                1 => resize.push(format!("{name}=rest")),
                2 => add.push(format!("new{size}=fat:{bytes:#x}")),
                3 => add.push(format!("app{size}=ota_0:{bytes:#x}@{:#x}", (size + 1) << 16)),
                _ => delete.push(name.to_owned()),
            }
        }
        let list = |flag: &str, words: &[String]| (!words.is_empty()).then(|| Source::new(flag, words.join(",")));
        let request = Request {
            app_size: apps.map(|size| size << 16),
            delete: list("--delete", &delete),
            resize: list("--resize", &resize),
            add: list("--add", &add),
            ..Request::default()
        };
        let (table, found) = ask("4MB", &request);
        if let Some(mut table) = table.filter(|_| !found.has_errors()) {
            table.partitions.sort_by_key(|row| row.offset);
            let mut end = 0x9000;
            for row in &table.partitions {
                prop_assert!(u64::from(row.offset) >= end && row.end() <= 4 << 20 && row.size > 0, "{:?}", row);
                prop_assert!(row.offset.is_multiple_of(rules::offset_alignment(row.kind)), "{:?}", row);
                end = row.end();
            }
            prop_assert!(table.first_boot().is_some());
        }
    }
}
