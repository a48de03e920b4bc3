//! Whole images built by hand, each broken in one way.

use super::*;
use crate::image::tests::{app, image};
use crate::partition::{Options, Partition, binary, csv};
use crate::source::Source;
use proptest::prelude::*;
use std::path::Path;

mod bootloader;

const OTA: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
                   ota_1,app,ota_1,,0x10000\nvfs,data,fat,,0x10000\n";
const FACTORY: &str =
    "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x20000\nvfs,data,fat,,0x10000\n";

fn table(text: &str) -> Table {
    let options = Options::new(Version::new(5, 5, 1));
    csv::parse(&Source::new("t.csv", text), &options).0.unwrap()
}

/// A merged image for an ESP32-S3 of 8 MB: bootloader, table, app.
fn merged(csv: &str, app: &[u8]) -> Vec<u8> {
    let mut bytes = image(9, &[(0x3FCE_0000, vec![1; 64])]);
    bytes.resize(0x8000, 0xFF);
    bytes.extend_from_slice(&binary::write(&table(csv), true).unwrap());
    bytes.resize(0x10000, 0xFF);
    bytes.extend_from_slice(app);
    bytes
}

fn judge(bytes: &[u8], expect: &Expectation, evidence: &Evidence) -> (ImageReport, Vec<&'static str>) {
    let found = verify(bytes, &Source::binary("firmware.bin"), expect, evidence);
    let ids = found.findings.iter().filter(|f| f.severity == crate::diagnostic::Severity::Error);
    (found.image, ids.map(|finding| finding.code.id).collect())
}

fn errors(bytes: &[u8], expect: &Expectation) -> Vec<&'static str> {
    judge(bytes, expect, &Evidence::default()).1
}

fn declared(csv: &str) -> Expectation {
    Expectation {
        chip: Some("esp32s3".into()),
        flash_size: FlashSize::parse("8MB"),
        table: Some(table(csv)),
        idf: Some(Version::new(5, 5, 1)),
        micropython: Some(Version::new(1, 28, 0)),
        ..Expectation::default()
    }
}

fn require(ota: bool, rollback: bool) -> Expectation {
    let require = rules::Require { ota, rollback, filesystem: false };
    Expectation { require, ..declared(OTA) }
}

#[test]
fn what_was_declared_passes() {
    let bytes = merged(OTA, &app(b"_boot.py\0x.py\0\0"));
    let expect = Expectation {
        frozen: vec!["_boot.py".into(), "x.py".into()],
        min_free: 4096,
        ..require(true, false)
    };
    let (report, errors) = judge(&bytes, &expect, &Evidence::default());
    assert_eq!(errors, Vec::<&str>::new());
    assert!(report.is_ota());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ota"]["boots"], "ota_0");
    assert_eq!(json["ota"]["otadata"], "blank");
    assert_eq!(json["ota"]["slots"], serde_json::json!(["ota_0", "ota_1"]));
    assert_eq!((&json["app"]["offset"], &json["flash-size"]), (&0x10000.into(), &8_388_608.into()));
}

#[test]
fn the_story_is_told_with_both_sides() {
    let bytes = merged(FACTORY, &app(&[]));
    let found = verify(&bytes, &Source::binary("firmware.bin"), &require(true, false), &Evidence::default());
    let messages: Vec<&str> = found.findings.iter().map(|finding| finding.message.as_str()).collect();
    let story = "the image's partition table is not the declared one: declared are the apps `ota_0` and `ota_1`, the \
                 image has `factory`";
    assert!(messages.contains(&story), "{messages:#?}");
    assert!(messages.contains(&"OTA is required: the image has no otadata partition"), "{messages:#?}");
}

#[test]
fn each_way_to_be_wrong_has_its_code() {
    let right = app(&[]);
    let at = |at: usize, byte: u8| {
        let mut bytes = merged(OTA, &right);
        bytes[at] = byte;
        bytes
    };
    let other_chip = image(5, &[(0x3C00_0020, right[32..32 + 256].to_vec())]);
    let blank_app = merged(OTA, &[0xFF; 64]);
    let mut moved = merged(OTA, &[]);
    moved.resize(0x40000, 0xFF);
    moved.extend_from_slice(&right);
    let trailing = [merged(OTA, &right), vec![0xFF; 16], vec![1]].concat();
    for (name, bytes, id) in [
        ("flash size in the header", at(3, 0x2F), "E0523"),
        ("table", at(0x8004, 0x10), "E0521"),
        ("byte in a gap", at(0x7000, 0), "E0525"),
        ("byte behind the table", at(0x8D00, 0), "E0525"),
        ("byte in nvs", at(0x9800, 0), "E0525"),
        ("byte behind the app", trailing, "E0525"),
        ("byte in the app", at(0x10100, 3), "E0504"),
        ("otadata", at(0xD000, 0), "E0532"),
        ("no app", blank_app, "E0524"),
        ("app elsewhere", moved, "E0524"),
        ("another chip's app", merged(OTA, &other_chip), "E0522"),
        ("cut within the app", merged(OTA, &right[..100]), "E0501"),
        ("cut within the table", merged(OTA, &right)[..0x8050].to_vec(), "E0521"),
        ("empty", Vec::new(), "E0500"),
    ] {
        let found = errors(&bytes, &declared(OTA));
        assert!(found.contains(&id), "{name}: {found:?}");
    }
}

#[test]
fn a_table_in_an_image_keeps_every_rule() {
    let right = app(&[]);
    let bytes = |change: &dyn Fn(&mut Table)| {
        let mut table = table(OTA);
        change(&mut table);
        let mut bytes = merged(OTA, &right);
        let rows = binary::write(&table, true).unwrap();
        bytes[0x8000..0x8000 + rows.len()].copy_from_slice(&rows);
        bytes
    };
    let ids = |bytes: &[u8]| -> Vec<&str> {
        // This tool's own rules are warnings for a table that nobody declared. ESP-IDF 5.3 is the last with the rule of
        // 16 MiB for this chip, and the first with that of an app's size.
        let expect = Expectation { idf: Some(Version::new(5, 3, 0)), ..Expectation::default() };
        let found = verify(bytes, &Source::binary("f"), &expect, &Evidence::default());
        found.findings.iter().map(|finding| finding.code.id).filter(|id| *id != "E0528").collect()
    };
    assert_eq!(ids(&bytes(&|_| ())), Vec::<&str>::new());
    let row = |table: &mut Table, name: &str, change: &dyn Fn(&mut Partition)| {
        change(table.partitions.iter_mut().find(|row| row.name == name).unwrap());
    };
    type Change<'a> = &'a dyn Fn(&mut Table);
    let cases: &[(&str, &str, Change<'_>)] = &[
        ("offset of an app", "E0408", &|table| row(table, "ota_1", &|row| row.offset += 0x1000)),
        ("offset of data", "E0408", &|table| row(table, "vfs", &|row| row.offset += 0x10)),
        ("name twice", "E0414", &|table| row(table, "vfs", &|row| row.name = "nvs".into())),
        ("overlap", "E0415", &|table| row(table, "vfs", &|row| row.offset -= 0x8000)),
        ("size of otadata", "E0416", &|table| row(table, "otadata", &|row| row.size = 0x1000)),
        ("two otadata", "E0416", &|table| row(table, "vfs", &|row| (row.subtype, row.size) = (0, 0x2000))),
        ("end of the flash", "E0444", &|table| row(table, "vfs", &|row| row.offset = 0x7F_F000)),
        ("below the table", "E0425", &|table| row(table, "nvs", &|row| row.offset = 0x7000)),
        ("no otadata", "E0430", &|table| table.partitions.retain(|row| row.name != "otadata")),
        ("slot numbers", "E0431", &|table| row(table, "ota_1", &|row| row.subtype = 0x12)),
        ("no app", "E0434", &|table| table.partitions.retain(|row| !row.is_app())),
        ("no bytes", "E0435", &|table| row(table, "vfs", &|row| row.size = 0)),
        ("size of an app", "E0409", &|table| row(table, "ota_1", &|row| row.size += 0x800)),
        ("name of another type", "E0410", &|table| row(table, "vfs", &|row| row.name = "phy".into())),
        ("otadata for reading", "E0411", &|table| row(table, "otadata", &|row| row.readonly = true)),
        ("a flag that is none", "E0421", &|table| row(table, "vfs", &|row| row.unknown_flags = 4)),
        ("one slot", "E0432", &|table| table.partitions.retain(|row| row.name != "ota_1")),
        ("unequal slots", "E0433", &|table| row(table, "ota_1", &|row| row.size += 0x1_0000)),
        ("size of data", "E0436", &|table| row(table, "vfs", &|row| row.size -= 0x100)),
        ("17 MiB for an app", "E0437", &|table| row(table, "ota_1", &|row| row.size = 17 << 20)),
        ("no name", "E0438", &|table| row(table, "vfs", &|row| row.name = String::new())),
        ("16 bytes of name", "E0438", &|table| row(table, "vfs", &|row| row.name = "x".repeat(16))),
        ("no nvs", "E0439", &|table| row(table, "nvs", &|row| row.name = "settings".into())),
        ("another first app", "E0440", &|table| {
            row(table, "ota_0", &|row| row.subtype = 0x11);
            row(table, "ota_1", &|row| row.subtype = 0x10);
        }),
    ];
    for (what, id, change) in cases {
        let found = ids(&bytes(change));
        assert!(found.contains(id), "{what}: {found:?} lacks {id}");
    }
}

#[test]
fn an_app_must_fit_every_slot_with_room_to_spare() {
    let fits = merged(OTA, &app(&vec![0; 0xF000]));
    assert_eq!(errors(&fits, &declared(OTA)), Vec::<&str>::new());
    let spare = Expectation { min_free: 0x1000, ..declared(OTA) };
    assert_eq!(errors(&fits, &spare), ["E0412", "E0412"]);
    let uneven = OTA.replace("ota_1,app,ota_1,,0x10000", "ota_1,app,ota_1,,0x20000");
    let large = merged(&uneven, &app(&vec![0; 0x10000]));
    let found = verify(&large, &Source::binary("f"), &declared(&uneven), &Evidence::default());
    let fits: Vec<&str> =
        found.findings.iter().filter(|f| f.code.id == "E0412").map(|f| f.message.as_str()).collect();
    assert!(matches!(fits.as_slice(), [one] if one.contains("slot `ota_0` of 65536 bytes")), "{fits:?}");
}

#[test]
fn rollback_is_proven_by_evidence_of_the_same_bootloader_alone() {
    let bytes = merged(OTA, &app(&[]));
    let (report, found) = judge(&bytes, &require(true, true), &Evidence::default());
    assert_eq!((found, report.ota.unwrap().rollback), (vec!["E0530"], None));
    let sha256 = report.bootloader.unwrap().sha256;
    let evidence = |on: bool, sha256: &str| Evidence {
        bootloader_sdkconfig: Some(serde_json::json!({ "BOOTLOADER_APP_ROLLBACK_ENABLE": on })),
        bootloader_sha256: Some(sha256.to_owned()),
    };
    for (evidence, expected) in [
        (evidence(true, &sha256), Vec::new()),
        (evidence(false, &sha256), vec!["E0530"]),
        (evidence(true, "00"), vec!["E0530"]),
    ] {
        assert_eq!(judge(&bytes, &require(true, true), &evidence).1, expected);
    }
}

#[test]
fn a_module_that_is_not_frozen_and_another_release_are_found() {
    let bytes = merged(OTA, &app(b"_boot.py\0\0"));
    let expect =
        Expectation { frozen: vec!["smw.py".into()], idf: Some(Version::new(5, 4, 0)), ..declared(OTA) };
    assert_eq!(errors(&bytes, &expect), ["E0528", "E0531"]);
}

#[test]
fn parts_alone_are_recognised_and_cannot_prove_a_requirement() {
    let expect = require(true, false);
    assert_eq!(errors(&app(&[]), &Expectation::default()), Vec::<&str>::new());
    assert_eq!(errors(&app(&[]), &expect), ["E0533"]);
    let factory = binary::write(&table(FACTORY), true).unwrap();
    let ota_alone = Expectation { require: expect.require, ..Expectation::default() };
    assert_eq!(errors(&factory, &ota_alone), ["E0529", "E0529"]);
    let ota = binary::write(&table(OTA), true).unwrap();
    assert_eq!(errors(&ota, &ota_alone), Vec::<&str>::new());
}

#[test]
fn a_dump_of_the_whole_flash_may_have_content_in_partitions() {
    let mut dump = merged(OTA, &app(&[]));
    dump.resize(8 << 20, 0xFF);
    // Files of the device, and what a longer app left behind this one.
    dump[0x31000] = 1;
    dump[0x1F000] = 1;
    assert_eq!(errors(&dump, &declared(OTA)), Vec::<&str>::new());
    dump[0x50000] = 1;
    assert_eq!(errors(&dump, &declared(OTA)), ["E0525"]);
}

#[test]
fn a_dump_may_have_the_filesystem_that_micropython_made_behind_the_last_row() {
    let without = OTA.replace("vfs,data,fat,,0x10000\n", "");
    let mut dump = merged(&without, &app(&[]));
    dump.resize(8 << 20, 0xFF);
    dump[0x30000] = 1;
    assert_eq!(errors(&dump, &declared(&without)), Vec::<&str>::new());
    // Between the rows it still is nobody's.
    dump[0xF800] = 1;
    assert_eq!(errors(&dump, &declared(&without)), ["E0525"]);
}

#[test]
fn a_signature_behind_the_app_belongs_to_it() {
    let mut bytes = merged(OTA, &app(&[]));
    bytes.resize(bytes.len().next_multiple_of(0x1000), 0xFF);
    let unsigned = [bytes.as_slice(), &[7; 0x1000]].concat();
    assert_eq!(errors(&unsigned, &declared(OTA)), ["E0525"]);
    // Secure boot v2 with RSA, and with ECDSA.
    for version in [2, 3] {
        let mut signature = vec![0xE7, version];
        signature.resize(0x1000, 0x33);
        let signed = [bytes.as_slice(), &signature].concat();
        assert_eq!(errors(&signed, &declared(OTA)), Vec::<&str>::new());
    }
}

#[test]
fn a_signature_of_secure_boot_v1_belongs_to_what_it_follows() {
    let block: Vec<u8> = [0; 4].into_iter().chain(1..=64).collect();
    let app = app(&[]);
    // esptool pads an app so that 12 bytes behind the signature a page ends.
    for (signature, fine) in [
        (block.clone(), true),
        ([block.as_slice(), &[9; 12]].concat(), true),
        (block[..67].to_vec(), false),
        (vec![0; 68], false),
        ([&[1], &block[1..]].concat(), false),
        ([block.as_slice(), &[9; 13]].concat(), false),
    ] {
        let found = errors(&[app.as_slice(), &signature].concat(), &Expectation::default());
        assert_eq!(found.is_empty(), fine, "{signature:?}: {found:?}");
    }
    let mut bytes = merged(OTA, &app);
    bytes[0x8C00..0x8C44].copy_from_slice(&block);
    assert_eq!(errors(&bytes, &declared(OTA)), Vec::<&str>::new());
    bytes[0x8C44] = 1;
    bytes[0x8CFF] = 1;
    assert_eq!(errors(&bytes, &declared(OTA)), ["E0525"]);
}

#[test]
fn a_bootloader_that_is_larger_than_the_usual_place_is_one() {
    let large = image(9, &[(0x3FCE_0000, vec![1; 0x9000])]);
    let (report, found) = judge(&large, &Expectation::default(), &Evidence::default());
    assert_eq!((report.kind, found), ("bootloader", vec![]));
    // In a merged image it is too large, since the table lies in it.
    let mut bytes = large;
    bytes[0x8000..0x8C00].copy_from_slice(&binary::write(&table(OTA), true).unwrap());
    assert!(errors(&bytes, &Expectation::default()).contains(&"E0526"));
}

#[test]
fn a_table_that_was_moved_is_found() {
    let mut bytes = merged(OTA, &app(&[]));
    let table: Vec<u8> = bytes[0x8000..0x8C00].to_vec();
    bytes[0x8000..0x8C00].fill(0xFF);
    let moved = OTA.replace("0x9000,0x4000", "0xb000,0x2000");
    let options = Options { table_offset: 0xA000, ..Options::new(Version::new(5, 5, 1)) };
    let moved = csv::parse(&Source::new("t.csv", moved), &options).0.unwrap();
    bytes[0xA000..0xAC00].copy_from_slice(&binary::write(&moved, true).unwrap());
    assert_ne!(bytes[0xA000..0xAC00], table);
    let (report, errors) = judge(&bytes, &Expectation::default(), &Evidence::default());
    assert_eq!(errors, Vec::<&str>::new());
    assert!(report.is_ota());
}

#[test]
fn modules_are_found_in_a_map_by_their_folder() {
    let map = "LOAD CMakeFiles/micropython.elf.dir/a/smw/smw.c.obj\n\
               \x20.text          0x00000000        0x0 CMakeFiles/micropython.elf.dir/a/dropped/x.c.obj\n\
               \x20.text          0x42000020       0xc0 CMakeFiles/micropython.elf.dir/a/smw/smw.c.obj\n\
               \x20.rodata.long_name\n\
               \x20               0x3c140140       0x54 CMakeFiles/micropython.elf.dir/a b/two/y.c.obj\n";
    let folders = ["/a/smw", "/a/dropped", "/a b/two", "/a/sm"].map(Path::new);
    assert_eq!(linked(map, &folders), [true, false, true, false]);
    // As cmake itself names them.
    assert_eq!(linked(&map.replace("a b/two", "a_b/two"), &folders), [true, false, true, false]);
}

proptest! {
    #[test]
    fn no_change_makes_verification_panic(at in 0usize..0x10300, byte in any::<u8>(), cut in 0usize..0x10300) {
        let mut bytes = merged(OTA, &app(&[]));
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        bytes.truncate(cut.max(1));
        errors(&bytes, &require(true, true));
        let (right, source) = (merged(OTA, &app(&[])), Source::binary("f"));
        compare::compare((&right, &source), (&bytes, &source)).ok();
        compare::compare((&bytes, &source), (&right, &source)).ok();
    }
}

#[test]
fn content_of_a_data_partition_is_told_where_no_board_is_declared() {
    let mut bytes = merged(OTA, &app(&[]));
    bytes[0x9800] = 0;
    let found = verify(&bytes, &Source::binary("f"), &Expectation::default(), &Evidence::default());
    let content: Vec<&str> =
        found.findings.iter().filter(|f| f.code.id == "E0534").map(|f| f.message.as_str()).collect();
    assert_eq!((content, found.findings.has_errors()), (vec!["`nvs` has content, from 0x9800 on"], false));
    // What lies behind the partition, in the same gap, is nobody's.
    bytes[0xF800] = 0;
    assert_eq!(errors(&bytes, &Expectation::default()), ["E0525"]);
}

#[test]
fn a_right_app_in_a_slot_that_does_not_boot_belongs_there() {
    let mut bytes = merged(OTA, &app(&[1; 300]));
    bytes.resize(0x20000, 0xFF);
    bytes.extend(app(&[2; 300]));
    bytes[0xD000..0xF000].copy_from_slice(&crate::image::otadata::choose(&[], 1, 2).unwrap());
    let (report, found) = judge(&bytes, &declared(OTA), &Evidence::default());
    assert_eq!((found, report.ota.unwrap().boots.as_deref()), (vec![], Some("ota_1")));
    // A damaged one does not.
    bytes[0x10180] ^= 1;
    assert_eq!(errors(&bytes, &declared(OTA)), ["E0527"]);
}

#[test]
fn data_partitions_of_a_dump_are_told_by_what_they_hold() {
    let without = OTA.replace("vfs,data,fat,,0x10000\n", "");
    let mut dump = merged(&without, &app(&[]));
    dump.resize(8 << 20, 0xFF);
    dump[0x30008..0x30010].copy_from_slice(b"littlefs");
    dump[0x30018..0x30020].copy_from_slice(&[0, 0x10, 0, 0, 0xD0, 7, 0, 0]);
    let (report, found) = judge(&dump, &Expectation::default(), &Evidence::default());
    assert_eq!(found, Vec::<&str>::new());
    let json = serde_json::to_value(&report).unwrap();
    let expected = serde_json::json!([
        { "partition": "nvs", "offset": 0x9000, "bytes": 0x4000, "kind": "empty", "block-size": null, "block-count": null, "size": null },
        { "partition": null, "offset": 0x30000, "bytes": 0x7D_0000, "kind": "littlefs2", "block-size": 4096, "block-count": 2000, "size": null },
    ]);
    assert_eq!((&json["contents"], &json["table-offset"]), (&expected, &0x8000.into()));
    let told = crate::report::image::details(&report);
    assert!(told.contains("  (behind the last row)  0x30000  littlefs 2, 2000 blocks of 4 KiB\n"), "{told}");
    assert!(told.contains("MMU pages of 64 KiB"), "{told}");
    assert!(told.contains("mapped, aligned to the page"), "{told}");
}

#[test]
fn a_file_that_looks_encrypted_is_told_as_such() {
    let help = |bytes: &[u8]| {
        let found =
            verify(bytes, &Source::binary("f"), &Expectation::default(), &Evidence::default()).findings;
        found.iter().flat_map(|finding| finding.help.clone()).collect::<String>()
    };
    let noise: Vec<u8> = (1..=4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(help(&noise).contains("look encrypted"), "{}", help(&noise));
    assert!(help(&b"a text, as long as it may be ".repeat(200)).contains("name a .bin file"));
}

#[test]
fn only_micropython_needs_micropythons_filesystem() {
    let full = OTA.replace("vfs,data,fat,,0x10000", "spiffs,data,spiffs,,0x7d0000");
    let codes = |app: &[u8], filesystem: bool| -> Vec<&str> {
        let require = rules::Require { filesystem, ..rules::Require::default() };
        let expect = Expectation { require, ..Expectation::default() };
        let bytes = merged(&full, app);
        let found = verify(&bytes, &Source::binary("f"), &expect, &Evidence::default()).findings;
        found.iter().map(|finding| finding.code.id).collect()
    };
    let (own, foreign) = (app(b"_boot.py\0\0"), app(&[]));
    assert_eq!(codes(&own, false), ["E0441"]);
    assert_eq!(codes(&foreign, false), Vec::<&str>::new());
    assert!(codes(&foreign, true).contains(&"E0441"));
}
