//! Each rule of the bootloader on images of every chip: what passes, and what one change makes of it.

use super::*;
use crate::chip::{Chip, chips};
use crate::fs::sha256;
use sha2::{Digest, Sha256};

/// An image for a chip, with a flash frequency that it has; checksum and digest are right.
fn chip_image(chip: &Chip, segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = image(0, segments);
    bytes[12..14].copy_from_slice(&chip.image_id.to_le_bytes());
    let nibble = [15, 0, 1, 2].into_iter().find(|nibble| chip.frequency_mhz(*nibble).is_some()).unwrap();
    bytes[3] = 0x30 | nibble;
    digested(bytes)
}

/// The image with its digest computed anew.
fn digested(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - 32;
    let digest = Sha256::digest(&bytes[..body]);
    bytes[body..].copy_from_slice(&digest);
    bytes
}

/// An address that the chip maps from flash, at a page's start.
fn mapped(chip: &Chip) -> u32 {
    let starts = [0x3F40_0000, 0x3F00_0000, 0x3C00_0000, 0x4200_0000, 0x4000_0000];
    starts.into_iter().find(|start| chip.is_mapped(*start) && chip.is_mapped(*start + 0x2_0000)).unwrap()
}

/// The data of an app's first segment: a descriptor that states an MMU page of so many KiB.
fn descriptor(page_kib: u32) -> Vec<u8> {
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data[180] = u8::try_from((page_kib << 10).ilog2()).unwrap();
    data
}

/// A merged image for a chip, from its bootloader on.
fn chip_merged(chip: &Chip, boot: Vec<u8>, app: &[u8]) -> Vec<u8> {
    let start = chip.bootloader_offset as usize;
    let mut bytes = boot;
    bytes.resize(0x8000 - start, 0xFF);
    bytes.extend_from_slice(&binary::write(&table(OTA), true).unwrap());
    bytes.resize(0x10000 - start, 0xFF);
    bytes.extend_from_slice(app);
    bytes
}

fn boot(chip: &Chip) -> Vec<u8> {
    chip_image(chip, &[(0x3FCE_0000, vec![1; 64])])
}

fn chip_app(chip: &Chip) -> Vec<u8> {
    chip_image(chip, &[(mapped(chip) + 0x20, descriptor(chip.mmu_pages[0]))])
}

#[test]
fn every_chip_is_verified_from_its_bootloader_and_from_flash_0_on() {
    for chip in chips() {
        let expect = Expectation { chip: Some(chip.name.clone()), ..declared(OTA) };
        let own = chip_merged(chip, boot(chip), &chip_app(chip));
        let dump = [vec![0xFF; chip.bootloader_offset as usize], own.clone()].concat();
        for (bytes, offset) in [(&own, chip.bootloader_offset), (&dump, 0)] {
            let (report, found) = judge(bytes, &expect, &Evidence::default());
            assert_eq!(found, Vec::<&str>::new(), "{}", chip.name);
            let json = serde_json::to_value(&report).unwrap();
            assert_eq!((&json["chip"], &json["flash-offset"]), (&chip.name.as_str().into(), &offset.into()));
            assert_eq!(
                (&json["bootloader"]["offset"], &json["flash-size"]),
                (&chip.bootloader_offset.into(), &(8 << 20).into())
            );
            assert_eq!(json["app"]["mmu-page"], chip.mmu_pages[0] << 10, "{}", chip.name);
            assert_eq!(json["app"]["segments"][0]["aligned"], true, "{}", chip.name);
            assert!(json["flash-frequency-mhz"].as_u64() > Some(10), "{}", chip.name);
        }
        let other = chips().iter().find(|other| other.name != chip.name).unwrap();
        let for_other = Expectation { chip: Some(other.name.clone()), ..declared(OTA) };
        assert_eq!(errors(&own, &for_other), ["E0522"], "{}", chip.name);
        let small = Expectation { flash_size: FlashSize::parse("4MB"), ..expect.clone() };
        assert_eq!(errors(&own, &small), ["E0523"], "{}", chip.name);
        let mixed = chip_merged(chip, boot(chip), &chip_app(other));
        assert!(errors(&mixed, &expect).contains(&"E0522"), "{}", chip.name);
        assert_eq!(
            errors(&chip_app(chip), &Expectation { table: None, ..expect }),
            Vec::<&str>::new(),
            "{}",
            chip.name
        );
    }
}

#[test]
fn an_app_is_held_to_the_page_size_of_its_chip_or_its_own() {
    for chip in chips() {
        for page in [8_u32, 16, 32, 64, 128, 256] {
            // Half a page off, for a page of this size; the flash offset 0x10000 is no multiple of more than 64 KiB.
            let address = mapped(chip) + 0x1_0000 + 0x20 + (page << 9);
            let app = chip_image(chip, &[(address, descriptor(page))]);
            let own = chip.mmu_pages.len() > 1;
            let applied = if own { page } else { chip.mmu_pages[0] };
            let right = (0x1_0000 + 0x20) % (applied << 10) == address % (applied << 10);
            let found = errors(&chip_merged(chip, boot(chip), &app), &declared(OTA));
            assert_eq!(!found.contains(&"E0505"), right, "{} {page} KiB: {found:?}", chip.name);
            let fits = chip_image(chip, &[(mapped(chip) + 0x1_0000 + 0x20, descriptor(page))]);
            let found = errors(&chip_merged(chip, boot(chip), &fits), &declared(OTA));
            assert!(!found.contains(&"E0505"), "{} {page} KiB: {found:?}", chip.name);
        }
    }
}

#[test]
fn each_rule_of_the_bootloader_for_images_has_its_code() {
    let chip = Chip::by_name("esp32s3").unwrap();
    let first = || (mapped(chip) + 0x20, descriptor(64));
    let right = || chip_image(chip, &[first(), (0x3FC9_0000, vec![7; 64])]);
    let with = |at: usize, byte: u8| {
        let mut bytes = right();
        bytes[at] = byte;
        digested(bytes)
    };
    let many = |count: u32| {
        let rest = (1..count).map(|index| (0x3FC9_0000 + index * 0x100, vec![7; 4]));
        chip_image(chip, &std::iter::once(first()).chain(rest).collect::<Vec<_>>())
    };
    let revisions = |least: u16, most: u16| {
        let mut bytes = right();
        bytes[15..17].copy_from_slice(&least.to_le_bytes());
        bytes[17..19].copy_from_slice(&most.to_le_bytes());
        digested(bytes)
    };
    let no_hash = {
        let mut bytes = right();
        bytes[23] = 0;
        bytes.truncate(bytes.len() - 32);
        bytes
    };
    let mut no_hash_wrong_sum = no_hash.clone();
    *no_hash_wrong_sum.last_mut().unwrap() ^= 1;
    let mut wrong_digest = right();
    *wrong_digest.last_mut().unwrap() ^= 1;
    let mut short_descriptor = descriptor(64);
    short_descriptor.truncate(200);
    let whole = merged(OTA, &app(&[]));
    let cases: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
        ("a right one", right(), None),
        ("without a digest", no_hash, None),
        ("16 segments", many(16), None),
        ("17 segments", many(17), Some("E0502")),
        ("flash mode 5", with(2, 5), None),
        ("flash mode 6", with(2, 6), Some("E0502")),
        ("flash size nibble 7", with(3, 0x7F), None),
        ("flash size nibble 8", with(3, 0x8F), Some("E0502")),
        ("a frequency that the chip lacks", with(3, 0x35), Some("E0502")),
        ("an unknown chip", with(12, 99), Some("E0502")),
        ("revisions 0.1 to 1.99", revisions(1, 199), None),
        ("revisions from 0.2 on", revisions(2, 0), None),
        ("revisions 2.0 to 1.99", revisions(200, 199), Some("E0502")),
        ("hash_appended is 2", with(23, 2), Some("E0502")),
        ("no descriptor", chip_image(chip, &[(first().0, vec![0; 256])]), Some("E0506")),
        ("a descriptor that is cut", chip_image(chip, &[(first().0, short_descriptor)]), Some("E0506")),
        ("6 bytes in a segment", chip_image(chip, &[first(), (0x3FC9_0000, vec![0; 6])]), Some("E0505")),
        (
            "16 MiB in a segment",
            chip_image(chip, &[first(), (0x3FC9_0000, vec![0; 16 << 20])]),
            Some("E0505"),
        ),
        ("padding anywhere", chip_image(chip, &[first(), (0, vec![0; 0x44])]), None),
        ("another place in the page", chip_image(chip, &[(first().0 + 4, first().1)]), Some("E0505")),
        (
            "over the bootloader's data",
            chip_image(chip, &[first(), (0x3FCD_FFF0, vec![7; 64])]),
            Some("E0505"),
        ),
        ("up to the bootloader's data", chip_image(chip, &[first(), (0x3FCD_FFC0, vec![7; 64])]), None),
        ("a wrong checksum", no_hash_wrong_sum, Some("E0503")),
        ("a wrong digest", wrong_digest, Some("E0504")),
        ("more than the slot", chip_image(chip, &[first(), (0x3FC9_0000, vec![7; 0x1_0000])]), Some("E0412")),
        ("a merged image in a slot", whole, Some("E0506")),
        ("another magic", with(0, 0xE8), Some("E0524")),
    ];
    for (name, app, id) in cases {
        let found = errors(&merged(OTA, &app), &declared(OTA));
        match id {
            Some(id) => assert!(found.contains(&id), "{name}: {found:?} lacks {id}"),
            None => assert_eq!(found, Vec::<&str>::new(), "{name}"),
        }
    }
}

#[test]
fn the_bootloader_keeps_its_own_rules() {
    let right = app(&[]);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = merged(OTA, &right);
        change(&mut bytes);
        bytes
    };
    let large = image(9, &[(0x3FCE_0000, vec![1; 0x8000 - 100])]);
    let larger = image(9, &[(0x3FCE_0000, vec![1; 0x8000])]);
    type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
    let cases: &[(&str, Option<&str>, Change<'_>)] = &[
        ("as large as its room", None, &|bytes| bytes[..large.len()].copy_from_slice(&large)),
        ("larger than its room", Some("E0526"), &|bytes| {
            bytes[..larger.len().min(0x8000)].copy_from_slice(&larger[..0x8000])
        }),
        ("a changed byte", Some("E0504"), &|bytes| bytes[0x30] ^= 1),
        ("another load address", Some("E0504"), &|bytes| bytes[24] ^= 4),
        ("no image", Some("E0502"), &|bytes| bytes[0] = 0),
    ];
    for (name, id, change) in cases {
        let bytes = with(change);
        // A file whose first byte is no image is not recognised; a dump is, by its table.
        let found = errors(&bytes, &Expectation::default());
        match id {
            Some(id) => assert!(found.contains(id), "{name}: {found:?} lacks {id}"),
            None => assert_eq!(found, Vec::<&str>::new(), "{name}"),
        }
    }
    // Flash settings that a tool changed without the digest: told, and no error, since no chip without secure boot looks.
    let changed = with(&|bytes| bytes[3] = 0x4F);
    let found = verify(&changed, &Source::binary("f"), &Expectation::default(), &Evidence::default());
    assert!(!found.findings.has_errors() && found.findings.iter().any(|finding| finding.code.id == "E0508"));
    assert_eq!(found.image.bootloader.unwrap().sha256, sha256(&changed[..144]));
}

#[test]
fn the_table_is_judged_as_the_bootloader_judges_it() {
    let right = app(&[]);
    let row = |bytes: &mut Vec<u8>, index: usize, change: &dyn Fn(&mut [u8])| {
        change(&mut bytes[0x8000 + index * 32..0x8020 + index * 32]);
    };
    type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
    let cases: &[(&str, Option<&str>, Change<'_>)] = &[
        ("a right one", None, &|_| ()),
        ("without a digest", None, &|bytes| row(bytes, 5, &|row| row.fill(0xFF))),
        ("a wrong digest", Some("E0420"), &|bytes| row(bytes, 5, &|row| row[31] ^= 1)),
        ("a changed row", Some("E0420"), &|bytes| row(bytes, 4, &|row| row[5] ^= 1)),
        ("two digests", Some("E0444"), &|bytes| {
            let digest = bytes[0x80A0..0x80C0].to_vec();
            row(bytes, 6, &|row| row.copy_from_slice(&digest));
        }),
        ("a row of another magic", Some("E0419"), &|bytes| row(bytes, 1, &|row| row[0] = 0xAB)),
        ("no end", Some("E0521"), &|bytes| {
            let filler = bytes[0x8000..0x8020].to_vec();
            (5..96).for_each(|index| row(bytes, index, &|row| row.copy_from_slice(&filler)));
        }),
        ("blank", Some("E0444"), &|bytes| bytes[0x8000..0x8C00].fill(0xFF)),
        ("unknown flags", Some("E0420"), &|bytes| row(bytes, 0, &|row| row[28] = 4)),
        ("a byte behind the rows", Some("E0525"), &|bytes| bytes[0x8B00] = 0),
        ("a byte in the sector behind the table", Some("E0525"), &|bytes| bytes[0x8F00] = 0),
    ];
    for (name, id, change) in cases {
        let mut bytes = merged(OTA, &right);
        change(&mut bytes);
        let found = errors(&bytes, &Expectation::default());
        match id {
            Some(id) => assert!(found.contains(id), "{name}: {found:?} lacks {id}"),
            None => assert_eq!(found, Vec::<&str>::new(), "{name}"),
        }
    }
}
