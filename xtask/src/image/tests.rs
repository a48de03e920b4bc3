//! Images built by hand, byte by byte, so that each rule can be broken alone.

use super::held::{Kind, recognise};
use super::otadata::{Boots, Record, Summary, crc};
use super::*;
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// An app of one mapped segment for the ESP32-S3, with a descriptor, checksum and digest.
pub(crate) fn app(payload: &[u8]) -> Vec<u8> {
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data.extend_from_slice(payload);
    data.resize(data.len().next_multiple_of(4), 0);
    image(9, &[(0x3C00_0020, data)])
}

/// An image for the chip with this id and these segments, 8 MB at 80 MHz.
pub(crate) fn image(chip: u8, segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0; 24];
    bytes[0] = 0xE9;
    bytes[1] = u8::try_from(segments.len()).unwrap();
    bytes[2] = 2;
    bytes[3] = 0x3F;
    bytes[12] = chip;
    bytes[23] = 1;
    let mut sum = 0xEF;
    for (address, data) in segments {
        bytes.extend_from_slice(&address.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(data);
        sum = data.iter().fold(sum, |sum, byte| sum ^ byte);
    }
    let end = (bytes.len() + 1).next_multiple_of(16);
    bytes.resize(end, 0);
    bytes[end - 1] = sum;
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

fn parse(bytes: &[u8]) -> (Option<Image>, Diagnostics) {
    app::parse(bytes, Role::App, 0x10000, &Source::binary("app.bin"))
}

fn ids(findings: &Diagnostics) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

#[test]
fn a_right_app_has_no_findings_and_tells_its_release() {
    let bytes = app(&[7; 100]);
    let (image, findings) = parse(&bytes);
    let image = image.unwrap();
    assert_eq!(findings, Diagnostics::default());
    assert_eq!((image.size as usize, image.idf_version()), (bytes.len(), Some("v5.5.1")));
    assert_eq!(image.chip().map(|chip| chip.name.as_str()), Some("esp32s3"));
}

#[test]
fn every_byte_of_an_app_is_guarded() {
    let bytes = app(&[7; 100]);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x11;
        assert!(parse(&changed).1.has_errors(), "byte {at:#x} changed without a finding");
    }
}

#[test]
fn every_truncation_of_an_app_is_an_error() {
    let bytes = app(&[7; 100]);
    for length in 0..bytes.len() {
        let (image, findings) = parse(&bytes[..length]);
        assert!(image.is_none() && findings.has_errors(), "{length} bytes");
    }
}

#[test]
fn each_rule_of_the_bootloader_has_its_finding() {
    let data = |size: usize| vec![0; size];
    let with_descriptor = |address: u32| {
        let mut data = vec![0; 256];
        data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
        (address, data)
    };
    for (name, bytes, id) in [
        ("no segment", image(9, &[]), "E0502"),
        ("unknown chip", image(99, &[with_descriptor(0x3C00_0020)]), "E0502"),
        ("no descriptor", image(9, &[(0x3C00_0020, data(256))]), "E0506"),
        ("odd length", image(9, &[with_descriptor(0x3C00_0020), (0x3FC8_0000, data(6))]), "E0505"),
        ("wrong page", image(9, &[with_descriptor(0x3C00_0040)]), "E0505"),
    ] {
        assert!(ids(&parse(&bytes).1).contains(&id), "{name}: {:?}", ids(&parse(&bytes).1));
    }
}

#[test]
fn otadata_crc_is_the_one_of_two_other_implementations() {
    assert_eq!((crc(1), crc(2), crc(3)), (0x4743_989A, 0x55F6_3774, 0xED4A_5011));
}

fn record(sequence: u32, state: u32) -> Vec<u8> {
    let mut bytes = vec![0xFF; 0x1000];
    bytes[..4].copy_from_slice(&sequence.to_le_bytes());
    bytes[24..28].copy_from_slice(&state.to_le_bytes());
    bytes[28..32].copy_from_slice(&crc(sequence).to_le_bytes());
    bytes
}

#[test]
fn the_slot_that_boots_is_the_newest_valid_one() {
    let blank = vec![0xFF; 0x1000];
    let mut broken = record(5, 2);
    broken[28] ^= 1;
    for (name, first, second, summary, boots) in [
        ("blank", &blank, &blank, Summary::Blank, Boots::Slot(0)),
        ("one record", &record(1, 2), &blank, Summary::Valid, Boots::Slot(0)),
        ("the newer one", &record(3, 2), &record(4, 2), Summary::Valid, Boots::Slot(1)),
        ("the newer one is aborted", &record(3, 2), &record(4, 4), Summary::Valid, Boots::Slot(0)),
        ("wrong crc", &broken, &blank, Summary::Invalid, Boots::Slot(0)),
    ] {
        let otadata = Otadata::read(&[first.as_slice(), second].concat());
        assert_eq!((otadata.summary(), otadata.boots(2, false, None).0), (summary, boots), "{name}");
    }
    let otadata = Otadata::read(&[blank.as_slice(), &blank].concat());
    assert_eq!(otadata.boots(2, true, None).0, Boots::Factory, "blank, with a factory app");
    assert_eq!(otadata.boots(0, false, None).0, Boots::Nothing, "no app at all");
    let short: [Option<Record>; 2] = Otadata::read(&[0xFF; 8]).records;
    assert_eq!(short, [None, None]);
}

#[test]
fn rollback_gives_up_what_did_not_confirm_itself() {
    let otadata = Otadata::read(&[record(3, 2), record(4, 1)].concat());
    for (rollback, boots) in [(Some(true), 0), (Some(false), 1), (None, 1)] {
        assert_eq!(otadata.boots(2, false, rollback).0, Boots::Slot(boots), "{rollback:?}");
    }
    assert!(otadata.boots(2, false, None).1.ends_with("a bootloader with rollback gives it up"));
    let alone = Otadata::read(&[record(2, 1), vec![0xFF; 0x1000]].concat());
    assert_eq!(alone.boots(2, false, Some(true)).0, Boots::Slot(0));
    assert_eq!(alone.boots(2, true, Some(true)).0, Boots::Factory);
}

#[test]
fn a_record_is_damaged_when_no_esp_idf_wrote_it() {
    let first = |bytes: &[u8]| Otadata::read(bytes).records[0].unwrap().is_damaged();
    for state in [0, 1, 2, 3, 4, u32::MAX] {
        assert!(!first(&record(7, state)), "{state}");
    }
    let mut wrong_crc = record(7, 2);
    wrong_crc[30] ^= 1;
    assert!(first(&wrong_crc) && first(&record(7, 5)) && first(&record(0, 2)) && !first(&[0xFF; 32]));
    // The second record of Arduino's boot_app0.bin.
    let mut unwritten = [0xFF; 32];
    unwritten[..4].fill(0);
    assert!(!first(&unwritten));
}

#[test]
fn the_next_record_is_the_least_number_that_means_the_slot() {
    let sequence = |bytes: &[u8], at: usize| bytes::u32_at(bytes, at).unwrap();
    for (last, slot, slots, next) in [
        (0, 0, 2, 1),
        (0, 1, 2, 2),
        (1, 0, 2, 3),
        (1, 1, 2, 2),
        (2, 1, 2, 4),
        (7, 2, 3, 9),
        (9, 2, 3, 12),
        (5, 0, 1, 6),
    ] {
        let old = if last == 0 { Vec::new() } else { record(last, 2) };
        let bytes = otadata::choose(&old, slot, slots).unwrap();
        let at = if last == 0 { 0 } else { 0x1000 };
        assert_eq!(sequence(&bytes, at), next, "after {last}, slot {slot} of {slots}");
        assert_eq!(Otadata::read(&bytes).boots(slots, false, Some(true)).0, Boots::Slot(slot));
    }
    assert_eq!(otadata::choose(&[], 2, 2), None);
    assert_eq!(otadata::choose(&[], 0, 0), None);
    assert_eq!(otadata::choose(&record(u32::MAX - 1, 2), 0, 2), None, "the numbers have run out");
}

#[test]
fn a_bootloader_whose_settings_were_changed_alone_is_told_as_such() {
    let source = Source::binary("bootloader.bin");
    let judge = |bytes: &[u8]| {
        let found = app::parse(bytes, Role::Bootloader, 0, &source).1;
        found.iter().map(|finding| (finding.code.id, finding.severity)).collect::<Vec<_>>()
    };
    let right = image(9, &[(0x3FCE_0000, vec![1; 64])]);
    let (warning, error) = (crate::diagnostic::Severity::Warning, crate::diagnostic::Severity::Error);
    for (at, byte, expected) in [
        (3, 0x4F, vec![("E0508", warning)]),
        (2, 0, vec![("E0508", warning)]),
        (4, 1, vec![("E0504", error)]),
    ] {
        let mut bytes = right.clone();
        bytes[at] = byte;
        assert_eq!(judge(&bytes), expected, "byte {at}");
    }
    // Signed: the ROM checks what was signed.
    let mut signed = right.clone();
    signed[3] = 0x4F;
    signed.resize(0x1000, 0xFF);
    signed.extend([0xE7, 0x02]);
    assert_eq!(judge(&signed), [("E0504", error)]);
    // An app's digest is checked at each start.
    let mut app = app(&[]);
    app[3] = 0x4F;
    assert_eq!(ids(&parse(&app).1), ["E0504"]);
}

#[test]
fn frozen_names_are_one_list_ended_by_an_empty_name() {
    let mut bytes =
        b"x.py not here\0\0_boot.py\0apa106.py\0asyncio/__init__.py\0smw_update.py\0\0rest".to_vec();
    assert_eq!(frozen::names(&bytes), ["_boot.py", "apa106.py", "asyncio/__init__.py", "smw_update.py"]);
    // Between other strings the name alone is no list.
    bytes = b"heap failed!\0_boot.py\0boot.py\0main.py\0MPY: soft reboot\0".to_vec();
    assert_eq!(frozen::names(&bytes), Vec::<String>::new());
    assert_eq!(frozen::names(b""), Vec::<String>::new());
}

#[test]
fn a_file_is_recognised_by_its_bytes() {
    let mut merged = vec![0xFF; 0x9000];
    merged[..24].copy_from_slice(&app(&[])[..24]);
    merged[0x8000..0x8002].copy_from_slice(&[0xAA, 0x50]);
    let content =
        |bytes: &[u8]| merged::detect(bytes, 0x8000).map(|layout| (layout.content, layout.flash_offset));
    assert_eq!(content(&merged), Some((Content::Merged, 0)));
    // An ESP32's bootloader lies at 0x1000: in a file from there on, and in a dump from 0 on.
    merged[12] = 0;
    assert_eq!(content(&merged[0..0x7000]).map(|found| found.0), Some(Content::Bootloader));
    let mut from_bootloader = merged.clone();
    from_bootloader.drain(0x7000..0x8000);
    assert_eq!(content(&from_bootloader), Some((Content::Merged, 0x1000)));
    let dump = [vec![0xFF; 0x1000], from_bootloader].concat();
    assert_eq!(content(&dump), Some((Content::Merged, 0)));
    assert_eq!(content(&app(&[])), Some((Content::App, 0)));
    assert_eq!(content(&[0xAA, 0x50, 1]).map(|found| found.0), Some(Content::Table));
    assert_eq!(content(b"\x7fELF"), None);
    // An encrypted flash may have the magic byte anywhere.
    let mut noise = vec![0x55; 0x9000];
    noise[0x1000] = 0xE9;
    assert_eq!(content(&noise), None);
    assert_eq!(content(b""), None);
}

#[test]
fn sweeps_agree_with_slow_ones() {
    let mut bytes = vec![0xFF; 1000];
    assert_eq!((bytes::xor(&bytes), bytes::first_not_blank(&bytes)), (0, None));
    assert_eq!(bytes::content_len(&bytes), 0);
    for at in [0, 7, 63, 64, 900, 999, 4095, 4096, 9000] {
        bytes.resize(9001, 0xFF);
        bytes[at] = 0x12;
        let slow = bytes.iter().fold(0, |sum, byte| sum ^ byte);
        assert_eq!(bytes::content_len(&bytes), at + 1);
        assert_eq!((bytes::xor(&bytes), bytes::first_not_blank(&bytes)), (slow, Some(at)));
        bytes[at] = 0xFF;
    }
}

#[test]
fn what_a_data_partition_holds_is_recognised() {
    // As littlefs-python 0.14, fatfsgen.py and esp-idf-nvs-partition-gen of ESP-IDF, and mpremote romfs begin them.
    let at = |parts: &[(usize, &[u8])]| {
        let mut bytes = vec![0xFF; 0x4000];
        parts.iter().for_each(|(at, part)| bytes[*at..at + part.len()].copy_from_slice(part));
        bytes
    };
    let superblock = b"\x2f\xe0\0\x10\x01\0\x02\0\0\x10\0\0\x40\0\0\0";
    let old = b"\x2e\0\0\x08\x03\0\0\0\x02\0\0\0\0\x10\0\0\x20\0\0\0\x07\0\x01\0littlefs";
    let fat = |count: &'static [u8], large: &'static [u8]| {
        let named: &[u8] = b"FAT     ";
        let parts = [(0, &b"\xeb\xfe\x90MSDOS5.0\0\x10"[..]), (19, count), (32, large), (54, named)];
        at(&[&parts[..], &[(510, &b"\x55\xaa"[..])]].concat())
    };
    let mut page = vec![0xFF; 0x1000];
    page[..9].copy_from_slice(&[0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFE]);
    let crc = otadata::crc_of(&page[4..28]);
    page[28..32].copy_from_slice(&crc.to_le_bytes());
    let mut damaged = page.clone();
    damaged[28] ^= 1;
    let blocks = |kind, size, count| (kind, Some(size), Some(count), None);
    let plain = |kind, size| (kind, None, None, size);
    for (name, bytes, expected) in [
        ("blank", at(&[]), plain(Kind::Empty, None)),
        ("no bytes", Vec::new(), plain(Kind::Empty, None)),
        ("text", at(&[(0, b"text")]), plain(Kind::Unknown, None)),
        ("littlefs", at(&[(8, b"littlefs"), (16, superblock)]), blocks(Kind::Littlefs2, 4096, 64)),
        (
            "its second block",
            at(&[(0x1008, b"littlefs"), (0x1010, superblock)]),
            blocks(Kind::Littlefs2, 4096, 64),
        ),
        ("littlefs 1", at(&[(16, old)]), blocks(Kind::Littlefs1, 4096, 32)),
        ("FAT", fat(b"\0\x01", b"\0\0\0\0"), blocks(Kind::Fat, 4096, 256)),
        ("large FAT", fat(b"\0\0", b"\0\0\x02\0"), blocks(Kind::Fat, 4096, 0x2_0000)),
        ("romfs", at(&[(0, b"\xd2\xcd\x31\x80\x0d")]), plain(Kind::Romfs, Some(18))),
        ("romfs without an end", at(&[(0, b"\xd2\xcd\x31")]), plain(Kind::Unknown, None)),
        ("NVS", at(&[(0, &page), (0x2000, &page)]), blocks(Kind::Nvs, 4096, 2)),
        ("damaged NVS", at(&[(0, &damaged)]), plain(Kind::Unknown, None)),
    ] {
        let held = recognise(&bytes);
        assert_eq!((held.kind, held.block_size, held.block_count, held.size), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..2000), magic in any::<bool>()) {
        if magic && let Some(first) = bytes.first_mut() {
            *first = 0xE9;
        }
        let source = Source::binary("x");
        app::parse(&bytes, Role::App, 0x10000, &source);
        app::parse(&bytes, Role::Bootloader, 0, &source);
        merged::detect(&bytes, 0x8000);
        frozen::names(&bytes);
        recognise(&bytes);
        let otadata = Otadata::read(&bytes);
        otadata.boots(3, bytes.len() % 2 == 0, None);
        otadata::choose(&bytes, 1, 3);
    }
}
