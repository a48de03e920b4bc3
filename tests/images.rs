//! MicroPython's own image, as its users download it, against every way to damage it.

use std::path::PathBuf;
use xtask::diagnostic::Severity;
use xtask::image::{Role, app, frozen, otadata};
use xtask::inspect::{Evidence, Expectation, Inspection, verify};
use xtask::partition::rules::Require;
use xtask::partition::{Options, binary, csv};
use xtask::source::Source;
use xtask::version::Version;

/// Where its table and its app are in the file.
const TABLE: std::ops::Range<usize> = 0x7000..0x7C00;
const APP: usize = 0xF000;

/// MicroPython v1.23.0 for ESP32_GENERIC; starts at flash 0x1000.
fn image() -> Option<Vec<u8>> {
    let Some(folder) = std::env::var_os("XTASK_TEST_DATA").map(PathBuf::from) else {
        crate::judges::skipped("set XTASK_TEST_DATA to a folder with ESP32_GENERIC-20240602-v1.23.0.bin");
        return None;
    };
    Some(std::fs::read(folder.join("ESP32_GENERIC-20240602-v1.23.0.bin")).unwrap())
}

fn judge(bytes: &[u8], require: Require) -> Inspection {
    let expect = Expectation { require, ..Expectation::default() };
    verify(bytes, &Source::binary("firmware.bin"), &expect, &Evidence::default())
}

fn errors(found: &Inspection) -> Vec<&str> {
    let errors = found.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code.id).collect()
}

#[test]
fn micropythons_image_is_what_it_is() {
    let Some(bytes) = image() else { return };
    let found = judge(&bytes, Require::default());
    assert_eq!(errors(&found), Vec::<&str>::new());
    let json = serde_json::to_value(&found.image).unwrap();
    assert_eq!((&json["chip"], &json["flash-size"]), (&"esp32".into(), &(4 << 20).into()));
    let app = &json["app"];
    assert_eq!(
        (&app["partition"], &app["offset"], &app["size"]),
        (&"factory".into(), &0x10000.into(), &1_672_800.into())
    );
    assert_eq!(app["idf-version"], "v5.0.4");
    assert_eq!((&json["ota"]["otadata"], &json["ota"]["slots"]), (&"absent".into(), &serde_json::json!([])));
    let names = frozen::names(&bytes);
    for name in ["_boot.py", "apa106.py", "asyncio/__init__.py", "flashbdev.py"] {
        assert!(names.iter().any(|other| other == name), "{name} is not in {names:?}");
    }
}

#[test]
fn micropythons_image_has_no_ota_and_proves_no_rollback() {
    let Some(bytes) = image() else { return };
    let ota = Require { ota: true, ..Require::default() };
    assert_eq!(errors(&judge(&bytes, ota)), ["E0529", "E0529"]);
    let rollback = Require { rollback: true, ..Require::default() };
    assert!(errors(&judge(&bytes, rollback)).contains(&"E0530"));
}

#[test]
fn every_truncation_is_an_error() {
    let Some(bytes) = image() else { return };
    let source = Source::binary("firmware.bin");
    // Judged whole as far as the app's start, and every 997 bytes from there on.
    let small = 0..APP + 0x200;
    let sampled = (small.end..bytes.len()).step_by(997);
    for length in small.chain(sampled).chain(bytes.len() - 64..bytes.len()) {
        let found = judge(&bytes[..length], Require::default());
        // A bootloader that was cut off behind its digest is a whole bootloader, and is called one.
        let whole = found.image.kind == "bootloader" && found.image.bootloader.is_some();
        assert!(!errors(&found).is_empty() || whole, "{length} bytes");
    }
    // What an image is judged by in the app: at every length it says what is missing, and how much.
    let app = &bytes[APP..];
    for length in 0..app.len() {
        let (read, findings) = app::parse(&app[..length], Role::App, 0x10000, &source);
        let [finding] = findings.0.as_slice() else { panic!("{length} bytes of the app: {findings:?}") };
        assert!(read.is_none() && finding.code.id == "E0501", "{length} bytes of the app");
        assert!(finding.message.ends_with(&format!("bytes, there are {length}")), "{}", finding.message);
    }
}

/// Judges `bytes` with each bit of `range` flipped in turn; returns the places where no error tells of it.
fn untold(bytes: &[u8], range: impl IntoIterator<Item = usize>) -> Vec<(usize, Inspection)> {
    let mut changed = bytes.to_vec();
    let mut untold = Vec::new();
    for at in range {
        for bit in 0..8 {
            changed[at] ^= 1 << bit;
            let found = judge(&changed, Require::default());
            if errors(&found).is_empty() {
                untold.push((at, found));
            }
            changed[at] ^= 1 << bit;
        }
    }
    untold
}

/// Where the headers of an image's segments are.
fn segment_headers(bytes: &[u8], role: Role) -> Vec<usize> {
    let (image, _) = app::parse(bytes, role, 0, &Source::binary("part.bin"));
    let starts = image.unwrap().segments.into_iter().map(|segment| segment.offset as usize - 8);
    starts.flat_map(|start| start..start + 8).collect()
}

#[test]
fn every_flipped_bit_of_the_table_is_found() {
    let Some(bytes) = image() else { return };
    let table = &bytes[TABLE];
    assert_eq!(errors(&judge(table, Require::default())), Vec::<&str>::new());
    assert!(untold(table, 0..table.len()).is_empty());
}

#[test]
fn every_flipped_bit_of_the_bootloader_is_found_or_told() {
    let Some(bytes) = image() else { return };
    let size = judge(&bytes, Require::default()).image.bootloader.unwrap().size as usize;
    let bootloader = &bytes[..size];
    assert_eq!(errors(&judge(bootloader, Require::default())), Vec::<&str>::new());
    // Each bit of what is not data, and a bit of each byte of the rest.
    let small = (0..24).chain(segment_headers(bootloader, Role::Bootloader)).chain(size - 48..size);
    let mut places: Vec<usize> = Vec::new();
    for (at, found) in untold(bootloader, small) {
        assert!(found.findings.iter().any(|finding| finding.code.id == "E0508"), "{at:#x}");
        places.push(at);
    }
    // Flash mode, size and frequency, which tools change after the build: no chip without secure boot looks at the
    // digest over them, and what is told is a warning.
    places.dedup();
    assert_eq!(places, [2, 3]);
    let mut changed = bootloader.to_vec();
    for at in 24..size {
        changed[at] ^= 1 << (at % 8);
        assert!(!errors(&judge(&changed, Require::default())).is_empty(), "{at:#x}");
        changed[at] ^= 1 << (at % 8);
    }
}

#[test]
fn every_flipped_bit_of_the_app_is_found() {
    let Some(bytes) = image() else { return };
    let (app, end) = (&bytes[APP..], bytes.len());
    // Header, descriptor, the headers of the segments, checksum and digest; of the data a sample.
    let small = (0..0x140).chain(segment_headers(app, Role::App)).map(|at| APP + at).chain(end - 64..end);
    let data = (APP + 0x140..end - 64).step_by(20_011);
    let untold = untold(&bytes, small.chain(data));
    assert!(untold.is_empty(), "{:#x?}", untold.iter().map(|(at, _)| *at).collect::<Vec<_>>());
}

#[test]
fn a_changed_byte_between_the_parts_is_found() {
    let Some(bytes) = image() else { return };
    let size = judge(&bytes, Require::default()).image.bootloader.unwrap().size as usize;
    // From the table's end on, `nvs` and `phy_init` may have content; what lies below belongs to nobody.
    let gaps = (size..TABLE.start).step_by(31).chain(TABLE.end..0x8000);
    assert!(untold(&bytes, gaps.step_by(7)).is_empty());
}

#[test]
fn every_flipped_bit_of_otadata_is_told_or_is_read_by_nobody() {
    let Some(mut bytes) = image() else { return };
    // The same app in its place, as the first of two slots, with two records that choose it.
    let text = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,0x1a0000\n\
                ota_1,app,ota_1,,0x1a0000\nvfs,data,fat,,0xb0000\n";
    let table = csv::parse(&Source::new("t.csv", text), &Options::new(Version::new(5, 0, 4))).0.unwrap();
    bytes[TABLE].copy_from_slice(&binary::write(&table, true).unwrap());
    let once = otadata::choose(&[], 0, 2).unwrap();
    const OTADATA: usize = 0xD000 - 0x1000;
    bytes[OTADATA..OTADATA + 0x2000].copy_from_slice(&otadata::choose(&once, 0, 2).unwrap());
    let right = judge(&bytes, Require { ota: true, ..Require::default() });
    assert_eq!(errors(&right), Vec::<&str>::new());
    let told = serde_json::to_value(&right.image.ota).unwrap();
    assert_eq!((&told["boots"], &told["records"].as_array().unwrap().len()), (&"ota_0".into(), &2));

    let records = [0, 0x1000].map(|start| OTADATA + start);
    let fields = records.into_iter().flat_map(|start| start..start + 32);
    let behind = records.into_iter().flat_map(|start| (start + 32..start + 0x1000).step_by(509));
    let mut silent = Vec::new();
    for (at, found) in untold(&bytes, fields.chain(behind.clone())) {
        // Another state is a right record all the same: it is shown, and what it means for the slot that boots.
        if serde_json::to_value(&found.image.ota).unwrap() == told {
            silent.push(at);
        }
    }
    silent.dedup();
    // `seq_label`, and the sector's bytes behind the record: the bootloader and esp_ota_ops.c read neither, and an update
    // erases the sector.
    let labels = records.into_iter().flat_map(|start| start + 4..start + 24);
    assert_eq!(silent, labels.chain(behind).collect::<Vec<_>>());
}
