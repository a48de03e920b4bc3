//! Pairs of images built by hand: what differs, and each reason against an update.

use super::*;
use crate::image::tests::{app, image};
use crate::partition::{Options, csv};
use crate::version::Version;

const OTA: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
                   ota_1,app,ota_1,,0x10000\nvfs,data,fat,,0x10000\n";
const FACTORY: &str =
    "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x20000\nvfs,data,fat,,0x10000\n";

fn merged(text: &str, app: &[u8]) -> Vec<u8> {
    let table = csv::parse(&Source::new("t.csv", text), &Options::new(Version::new(5, 5, 1))).0.unwrap();
    let mut bytes = image(9, &[(0x3FCE_0000, vec![1; 64])]);
    bytes.resize(0x8000, 0xFF);
    bytes.extend_from_slice(&binary::write(&table, true).unwrap());
    bytes.resize(table.first_boot().unwrap().offset as usize, 0xFF);
    bytes.extend_from_slice(app);
    bytes
}

fn diff(a: &[u8], b: &[u8]) -> Comparison {
    compare((a, &Source::binary("a.bin")), (b, &Source::binary("b.bin"))).unwrap()
}

fn update(a: &[u8], b: &[u8]) -> (Option<bool>, Vec<&'static str>) {
    let update = diff(a, b).update;
    (update.possible, update.findings.iter().map(|finding| finding.code.id).collect())
}

/// An app with one byte of its header or descriptor changed, and a right checksum and digest.
fn with(at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = app(&[7; 100]);
    bytes[at] = byte;
    let body = bytes.len() - 32;
    let data = 32..32 + 356;
    bytes[body - 1] = bytes[data].iter().fold(0xEF, |sum, byte| sum ^ byte);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes[..body]);
    bytes[body..].copy_from_slice(&digest);
    bytes
}

#[test]
fn a_file_and_itself_are_the_same() {
    let bytes = merged(OTA, &app(&[7; 100]));
    let mut found = diff(&bytes, &bytes);
    assert!(found.same && found.facts.is_empty() && found.partitions.is_empty() && found.regions.is_empty());
    assert_eq!(found.update.possible, Some(true));
    // 0xFF behind the end is what a blank flash has.
    found = diff(&bytes, &[bytes.as_slice(), &[0xFF; 100]].concat());
    assert!(found.same, "{found:?}");
}

#[test]
fn an_update_needs_what_a_device_keeps() {
    let device = merged(OTA, &with(0, 0xE9));
    let moved = OTA.replace("ota_0,app,ota_0,0x10000", "ota_0,app,ota_0,0x20000");
    let other_chip = image(5, &[(0x3C00_0020, app(&[])[32..32 + 256].to_vec())]);
    let large = app(&vec![0; 0x10000]);
    let mut damaged = with(0, 0xE9);
    damaged[200] ^= 1;
    for (name, b, expected) in [
        ("another app", merged(OTA, &app(&[9; 900])), (Some(true), vec![])),
        ("an app alone", app(&[9; 900]), (Some(true), vec![])),
        ("another table", merged(&moved, &app(&[])), (Some(false), vec!["E0551"])),
        ("a row renamed", merged(&OTA.replace("vfs", "files"), &app(&[])), (Some(false), vec!["E0551"])),
        ("another chip", other_chip, (Some(false), vec!["E0552"])),
        ("too large for both slots", large, (Some(false), vec!["E0412", "E0412"])),
        ("a greater least revision", with(15, 1), (Some(false), vec!["E0553"])),
        ("a lower greatest revision", with(17, 99), (Some(false), vec!["E0553"])),
        ("a damaged app", damaged, (Some(false), vec!["E0503"])),
        ("half an app", merged(OTA, &app(&[])[..100]), (Some(false), vec!["E0501"])),
        ("no app", merged(OTA, &[])[..0x8C00].to_vec(), (Some(false), vec!["E0524"])),
    ] {
        assert_eq!(update(&device, &b), expected, "{name}");
    }
}

#[test]
fn a_device_without_slots_takes_no_update() {
    let device = merged(FACTORY, &app(&[]));
    assert_eq!(update(&device, &device), (Some(false), vec!["E0550", "E0550"]));
    assert_eq!(update(&app(&[]), &app(&[])), (None, vec!["E0556"]));
    assert_eq!(update(&app(&[]), &with(15, 1)), (Some(false), vec!["E0556", "E0553"]));
}

#[test]
fn pages_and_secure_versions_are_compared() {
    // The descriptor's secure version is at 4, its page size at 180.
    let device = merged(OTA, &with(32 + 4, 3));
    assert_eq!(update(&device, &with(32 + 4, 2)), (Some(true), vec!["E0554"]));
    assert_eq!(update(&device, &with(32 + 4, 4)), (Some(true), vec![]));
    let device = merged(OTA, &with(32 + 180, 16));
    assert_eq!(update(&device, &with(32 + 180, 15)), (Some(false), vec!["E0555"]));
    assert_eq!(update(&device, &with(32 + 180, 16)), (Some(true), vec![]));
}

#[test]
fn rows_are_told_by_what_happened_to_them() {
    let b = "nvs,data,nvs,0x9000,0x4000\notadata,data,nvs,,0x2000\nota_0,app,ota_0,0x10000,0x20000\n\
             files,data,fat,0x30000,0x10000\nextra,data,fat,,0x10000\n";
    let a = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
             ota_1,app,ota_1,,0x10000\nvfs,data,fat,,0x10000\n";
    let found = diff(&merged(a, &app(&[])), &merged(b, &app(&[])));
    let name = |change: &RowChange| change.a.as_ref().or(change.b.as_ref()).unwrap().name.clone();
    let told: Vec<(String, &str)> =
        found.partitions.iter().map(|change| (name(change), change.kind.word())).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(name, word)| (name.as_str(), *word)).collect();
    let expected = [
        ("otadata", "retyped"),
        ("ota_0", "resized"),
        ("ota_1", "removed"),
        ("vfs", "renamed"),
        ("extra", "added"),
    ];
    assert_eq!(told, expected);
    let moved =
        diff(&merged(FACTORY, &app(&[])), &merged(&FACTORY.replace("0x10000,0x2", "0x20000,0x2"), &app(&[])));
    assert_eq!(
        moved.partitions.iter().map(|change| change.kind.word()).collect::<Vec<_>>(),
        ["moved", "moved"]
    );
    // The app is the same, though it lies elsewhere.
    assert_eq!(moved.regions.iter().map(|region| region.name.as_str()).collect::<Vec<_>>(), ["table"]);
}

#[test]
fn bytes_segments_and_names_are_told() {
    let a = merged(OTA, &app(b"_boot.py\0old.py\0\0"));
    let mut b = merged(OTA, &app(b"_boot.py\0new.py\0and.py\0\0"));
    b[0x9100] = 0;
    b[0x7000] = 0;
    let found = diff(&a, &b);
    assert_eq!(
        (found.frozen.gone.join(" "), found.frozen.new.join(" ")),
        ("old.py".into(), "and.py new.py".into())
    );
    let segment = found.segments.first().unwrap();
    let sizes = (segment.a.unwrap().size, segment.b.unwrap().size);
    assert_eq!((found.segments.len(), segment.index, sizes), (1, 0, (276, 280)));
    let region = |name: &str| found.regions.iter().find(|region| region.name == name).unwrap();
    assert_eq!((region("bootloader").differ, region("bootloader").first), (1, 0x7000));
    assert_eq!((region("nvs").differ, region("nvs").first), (1, 0x100));
    assert!(region("app").differ > 6 && region("app").first < 0x130);
    let other = diff(&a, &merged(OTA, &with(32 + 16, b'3')));
    let fact = |name: &str| {
        other.facts.iter().find(|fact| fact.name == name).map(|fact| (fact.a.clone(), fact.b.clone()))
    };
    assert_eq!(fact("app-version"), Some((None, Some("3".into()))));
    assert_eq!(fact("app-size"), Some((Some(352.into()), Some(432.into()))));
    assert_eq!(other.facts.len(), 2, "{:?}", other.facts);
}

#[test]
fn what_is_no_image_is_refused() {
    let found = compare((b"hello", &Source::binary("a")), (&app(&[]), &Source::binary("b"))).unwrap_err();
    assert_eq!(found.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["E0500"]);
}
