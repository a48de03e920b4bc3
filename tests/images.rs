//! MicroPython's own image, as its users download it, against every way to damage it.

use std::path::PathBuf;
use xtask::diagnostic::Severity;
use xtask::image::frozen;
use xtask::inspect::{Evidence, Expectation, Inspection, verify};
use xtask::partition::rules::Require;
use xtask::source::Source;

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
    // Small ones are cheap to judge; those beyond the table take in the whole app.
    let small = (0..0x8000).chain((0x8000..0x10000).step_by(7));
    let sampled = (0x10000..bytes.len()).step_by(49_999);
    for length in small.chain(sampled).chain(bytes.len() - 64..bytes.len()) {
        let found = judge(&bytes[..length], Require::default());
        // A bootloader that was cut off behind its digest is a whole bootloader, and is called one.
        let whole = found.image.kind == "bootloader" && found.image.bootloader.is_some();
        assert!(!errors(&found).is_empty() || whole, "{length} bytes");
    }
}

#[test]
fn every_changed_byte_of_the_small_regions_is_found() {
    let Some(bytes) = image() else { return };
    let app = 0x10000 - 0x1000;
    let end = bytes.len();
    let regions = [
        ("bootloader header and first segment", 0..0x200, 1),
        ("bootloader", 0x200..23_072, 61),
        ("gap", 23_072..0x7000, 97),
        ("table", 0x7000..0x7C00, 1),
        ("gap behind the table", 0x7C00..0x8000, 13),
        ("app header and descriptor", app..app + 0x140, 1),
        ("app", app + 0x140..end - 64, 40_009),
        ("checksum and digest", end - 64..end, 1),
    ];
    for (name, range, step) in regions {
        for at in range.step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x24;
            let found = judge(&changed, Require::default());
            assert!(!errors(&found).is_empty(), "{name}: byte {at:#x} changed without an error");
        }
    }
}

#[test]
fn every_flipped_bit_of_the_headers_is_found_or_told() {
    let Some(bytes) = image() else { return };
    let app = 0x10000 - 0x1000;
    // Header and first segment's header of the bootloader and of the app.
    let mut told = Vec::new();
    for at in (0..32).chain(app..app + 32) {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let found = judge(&changed, Require::default());
            if errors(&found).is_empty() {
                assert!(
                    found.findings.iter().any(|finding| finding.code.id == "E0508"),
                    "bit {bit} of {at:#x}"
                );
                told.push(at);
            }
        }
    }
    // Flash mode, size and frequency of the bootloader, which tools change after the build: no chip without secure boot
    // looks at the digest over them, and what is told is a warning.
    told.dedup();
    assert_eq!(told, [2, 3]);
}
