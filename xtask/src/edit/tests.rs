//! Images built by hand, changed, and judged again.

use super::*;
use crate::chip::FlashSize;
use crate::diagnostic::Diagnostics;
use crate::image::tests::{app, image};
use crate::partition::{Partition, Table, binary};
use proptest::prelude::*;

pub(super) fn row(name: &str, kind: u8, subtype: u8, offset: u32, size: u32) -> Partition {
    Partition { name: name.into(), kind, subtype, offset, size, ..Partition::default() }
}

pub(super) fn table(partitions: Vec<Partition>) -> Table {
    Table { partitions, table_offset: 0x8000 }
}

pub(super) fn single() -> Table {
    table(vec![
        row("nvs", 1, 2, 0x9000, 0x6000),
        row("phy_init", 1, 1, 0xF000, 0x1000),
        row("factory", 0, 0, 0x1_0000, 0x10_0000),
        row("vfs", 1, 0x81, 0x11_0000, 0xF_0000),
    ])
}

pub(super) fn ota() -> Table {
    table(vec![
        row("nvs", 1, 2, 0x9000, 0x5000),
        row("otadata", 1, 0, 0xE000, 0x2000),
        row("ota_0", 0, 0x10, 0x1_0000, 0x8_0000),
        row("ota_1", 0, 0x11, 0x9_0000, 0x8_0000),
        row("vfs", 1, 0x81, 0x11_0000, 0xF_0000),
    ])
}

fn put(bytes: &mut Vec<u8>, at: usize, content: &[u8]) {
    if bytes.len() < at + content.len() {
        bytes.resize(at + content.len(), 0xFF);
    }
    bytes[at..at + content.len()].copy_from_slice(content);
}

/// A bootloader for 2 MB of flash.
pub(super) fn bootloader() -> Vec<u8> {
    let mut bytes = image(9, &[(0x3FCE_0000, vec![5; 300])]);
    let source = Source::binary("bootloader.bin");
    let parsed = crate::image::app::parse(&bytes, crate::image::Role::Bootloader, 0, &source).0.unwrap();
    crate::image::rewrite::set_flash_size(&mut bytes, &parsed, size("2MB"));
    bytes
}

/// Bootloader, table, and an app where the table boots.
pub(super) fn merged(table: &Table, app: &[u8]) -> Vec<u8> {
    let mut bytes = bootloader();
    put(&mut bytes, 0x8000, &binary::write(table, true).unwrap());
    put(&mut bytes, table.first_boot().unwrap().offset as usize, app);
    bytes
}

pub(super) fn size(text: &str) -> FlashSize {
    FlashSize::parse(text).unwrap()
}

pub(super) fn open(bytes: &[u8]) -> Flash {
    Flash::open(bytes.to_vec(), &Source::binary("in.bin")).unwrap()
}

pub(super) fn codes_of(found: &Diagnostics) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code.id).collect()
}

fn go(bytes: &[u8], table: &Table, flash: &str) -> Result<Edited, Diagnostics> {
    repartition(&open(bytes), table, size(flash), &Source::binary("out.bin"))
}

fn words(edited: &Edited) -> Vec<String> {
    edited.parts.iter().map(|part| format!("{}: {}", part.name, part.words)).collect()
}

#[test]
fn the_app_goes_where_the_new_table_boots() {
    let app = app(&[7; 3000]);
    let mut moved = ota();
    for row in &mut moved.partitions {
        if row.offset >= 0x1_0000 {
            row.offset += 0x1_0000;
        }
    }
    moved.partitions[4].size = 0xE_0000;
    let edited = go(&merged(&single(), &app), &moved, "2MB").unwrap();
    assert_eq!(edited.bytes.len(), 0x2_0000 + app.len());
    assert_eq!(&edited.bytes[0x2_0000..], app.as_slice());
    assert!(edited.bytes[0x9000..0x2_0000].iter().all(|byte| *byte == 0xFF));
    assert_eq!(words(&edited), ["ota_0: the app moved from `factory` at 0x10000 to 0x20000"]);
}

#[test]
fn the_flash_size_is_stated_with_a_right_digest() {
    let before = merged(&single(), &app(&[1; 64]));
    let edited = go(&before, &single(), "8MB").unwrap();
    assert_eq!(edited.image.flash_size, Some(8 << 20));
    let differs: Vec<usize> = (0..before.len()).filter(|at| before[*at] != edited.bytes[*at]).collect();
    let digest = bootloader().len() - 32..bootloader().len();
    assert!(differs.contains(&3) && differs.iter().all(|at| *at == 3 || digest.contains(at)), "{differs:?}");
    assert_eq!(edited.parts.len(), 1, "the app's own header is nobody's to read, and stays");
}

#[test]
fn a_signed_bootloader_is_not_changed() {
    let mut bytes = merged(&single(), &app(&[]));
    put(&mut bytes, 0x1000, &[0xE7, 0x02]);
    assert!(go(&bytes, &single(), "2MB").is_ok());
    assert_eq!(codes_of(&go(&bytes, &single(), "4MB").unwrap_err()), ["E0541"]);
}

#[test]
fn an_app_that_does_not_fit_is_refused_with_numbers() {
    let app = app(&vec![3; 0x8_1000]);
    let found = go(&merged(&single(), &app), &ota(), "2MB").unwrap_err();
    let finding = found.iter().next().unwrap();
    let expected = format!(
        "app of {} bytes does not fit `ota_0` of 524288 bytes: {} too many",
        app.len(),
        app.len() - 0x8_0000
    );
    assert_eq!((finding.code.id, finding.message.as_str()), ("E0412", expected.as_str()));
    assert_eq!(finding.help, ["give the apps more room: `--app-size 640K`"]);
    let found = go(&merged(&single(), &app), &ota(), "1MB").unwrap_err();
    assert!(codes_of(&found).iter().all(|id| *id == "E0417"), "{found:?}");
}

#[test]
fn data_stays_where_its_row_stays_and_is_blank_elsewhere() {
    let mut bytes = merged(&single(), &app(&[]));
    put(&mut bytes, 0x9000, b"settings");
    put(&mut bytes, 0xF000, b"radio");
    put(&mut bytes, 0x11_0000, b"files");
    bytes.resize(2 << 20, 0xFF);
    let mut renamed = single();
    renamed.partitions[3].name = "vfs2".into();
    let edited = go(&bytes, &renamed, "2MB").unwrap();
    assert_eq!((words(&edited), &edited.bytes[0x11_0000..0x11_0005]), (vec![], b"files".as_slice()));
    // ota() has no phy_init and a smaller nvs; its vfs lies where it lay.
    let edited = go(&bytes, &ota(), "2MB").unwrap();
    assert_eq!(
        words(&edited),
        [
            "ota_0: the app stays at 0x10000, and is in `ota_0` now",
            "nvs: 20 KiB instead of 24 KiB, and blank: its content is left out",
            "phy_init: the partition is gone, and its content with it",
        ]
    );
    assert_eq!(edited.bytes.len(), 2 << 20);
    assert_eq!(&edited.bytes[0x11_0000..0x11_0005], b"files");
    let blank = |range: std::ops::Range<usize>| edited.bytes[range].iter().all(|byte| *byte == 0xFF);
    assert!(blank(0x9000..0x1_0000));
}

#[test]
fn rows_of_the_bootloader_and_the_table_do_not_bring_the_old_ones_back() {
    let mut named = single();
    named.partitions.insert(0, row("boot", 2, 0, 0, 0x8000));
    named.partitions.insert(1, row("table", 3, 0, 0x8000, 0x1000));
    let edited = go(&merged(&named, &app(&[1; 64])), &named, "8MB").unwrap();
    assert_eq!((edited.image.flash_size, open(&edited.bytes).table), (Some(8 << 20), named));
}

#[test]
fn the_filesystem_behind_the_last_row_stays_while_its_place_does() {
    let mut without = single();
    without.partitions.pop();
    let mut bytes = merged(&without, &app(&[1; 64]));
    put(&mut bytes, 0x11_0000, b"files");
    bytes.resize(2 << 20, 0xFF);
    let mut renamed = without.clone();
    renamed.partitions[1].name = "radio".into();
    assert_eq!(&go(&bytes, &renamed, "2MB").unwrap().bytes[0x11_0000..0x11_0005], b"files");
    for (table, flash) in [(&without, "4MB"), (&ota(), "2MB")] {
        let edited = go(&bytes, table, flash).unwrap();
        let last = words(&edited).pop().unwrap();
        assert_eq!(last, "vfs: what lies behind the last partition, from 0x110000 on, is left out");
        assert!(edited.bytes[0x11_0000..].iter().all(|byte| *byte == 0xFF), "{flash}");
    }
}

#[test]
fn a_small_file_for_a_large_flash_takes_no_more_memory_than_it_needs() {
    let edited = go(&merged(&single(), &app(&[1; 64])), &single(), "128MB").unwrap();
    assert!(edited.bytes.capacity() < 4 * edited.bytes.len(), "{}", edited.bytes.capacity());
}

#[test]
fn otadata_and_the_other_app_are_kept_while_the_slots_stay() {
    let (first, second) = (app(&[1; 500]), app(&[2; 700]));
    let mut bytes = merged(&ota(), &first);
    put(&mut bytes, 0x9_0000, &second);
    put(&mut bytes, 0xE000, &crate::image::otadata::choose(&[], 1, 2).unwrap());
    bytes.resize(2 << 20, 0xFF);
    assert_eq!(open(&bytes).boots().unwrap().name, "ota_1");
    let mut larger = ota();
    larger.partitions[4].size = 0x2F_0000;
    let edited = go(&bytes, &larger, "4MB").unwrap();
    assert_eq!(edited.image.ota.as_ref().unwrap().boots.as_deref(), Some("ota_1"));
    assert_eq!(&edited.bytes[0x9_0000..0x9_0000 + second.len()], second.as_slice());
    // Other slots: what boots now goes to the first, and otadata is blank.
    larger.partitions[2].size = 0xA_0000;
    larger.partitions[3] = row("ota_1", 0, 0x11, 0xB_0000, 0xA_0000);
    larger.partitions[4] = row("vfs", 1, 0x81, 0x15_0000, 0x2B_0000);
    let edited = go(&bytes, &larger, "4MB").unwrap();
    assert_eq!(edited.image.ota.as_ref().unwrap().boots.as_deref(), Some("ota_0"));
    assert_eq!(&edited.bytes[0x1_0000..0x1_0000 + second.len()], second.as_slice());
    assert_eq!(
        words(&edited)[1..],
        [
            "ota_0: the app moved from `ota_1` at 0x90000 to 0x10000",
            "ota_0: what it had at 0x10000 is left out",
            "otadata: otadata is blank, so that the app boots from its first slot",
        ]
    );
}

#[test]
fn an_image_that_is_wrong_stays_so_and_is_not_written() {
    let good = merged(&single(), &app(&[9; 100]));
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(codes_of(&go(&damaged, &ota(), "2MB").unwrap_err()), ["E0504"]);
    for (name, bytes, id) in [
        ("an app", app(&[]), "E0540"),
        ("a text", b"hello".to_vec(), "E0540"),
        ("nothing", Vec::new(), "E0540"),
        ("no app", good[..0x9000].to_vec(), "E0524"),
    ] {
        let found = match Flash::open(bytes, &Source::binary("in.bin")) {
            Err(found) => found,
            Ok(flash) => repartition(&flash, &ota(), size("2MB"), &Source::binary("out.bin")).unwrap_err(),
        };
        assert_eq!(codes_of(&found), [id], "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn there_and_back_gives_the_first_file(
        app_bytes in 1usize..40_000, nvs in 3u32..7, slot in 1u32..8, shift in 0u32..4, ota in any::<bool>(),
        phy in any::<bool>(), to in 0usize..4, whole in any::<bool>(), md5 in any::<bool>(),
    ) {
        let content: Vec<u8> = (0..app_bytes).map(|at| (at % 251) as u8).collect();
        let mut first = merged(&single(), &app(&content));
        if !md5 {
            put(&mut first, 0x8000, &binary::write(&single(), false).unwrap());
        }
        if whole {
            first.resize(2 << 20, 0xFF);
        }
        let size_there = FlashSize::ALL[1 + to];
        let at = 0x1_0000 + (shift << 16);
        let room = (slot << 16).max(0x1_0000);
        let mut rows = vec![row("nvs", 1, 2, 0x9000, nvs * 0x1000 - 0x2000)];
        if ota {
            rows.push(row("otadata", 1, 0, 0x9000 + nvs * 0x1000 - 0x2000, 0x2000));
            rows.push(row("ota_0", 0, 0x10, at, room));
            rows.push(row("ota_1", 0, 0x11, at + room, room));
        } else {
            if phy {
                rows.push(row("phy_init", 1, 1, 0xF000, 0x1000));
            }
            rows.push(row("factory", 0, 0, at, room));
        }
        rows.push(row("vfs", 1, 0x81, at + 2 * room, 0x4_0000));
        let there = go(&first, &table(rows), &size_there.to_string()).unwrap();
        let back = go(&there.bytes, &single(), "2MB").unwrap();
        prop_assert_eq!(back.bytes, first);
    }
}

/// An image of two apps on 2 MB, as a whole dump.
fn dump() -> Vec<u8> {
    let mut bytes = merged(&ota(), &app(&[1; 500]));
    put(&mut bytes, 0x9_0000, &app(&[2; 700]));
    put(&mut bytes, 0x11_0000, b"files");
    bytes.resize(2 << 20, 0xFF);
    bytes
}

fn out() -> Source {
    Source::binary("out.bin")
}

fn file(name: &str, bytes: &[u8]) -> (String, Vec<u8>, Source) {
    (name.into(), bytes.to_vec(), Source::binary("part.bin"))
}

#[test]
fn parts_come_out_by_their_own_length_or_whole() {
    let flash = open(&dump());
    let part = |name, whole| extract(&flash, name, whole).unwrap();
    let (first, second) = (app(&[1; 500]), app(&[2; 700]));
    assert_eq!(part("app", false).bytes, first);
    assert_eq!(part("ota_1", false).bytes, second);
    assert_eq!((part("ota_1", true).bytes.len(), part("ota_1", true).offset), (0x8_0000, 0x9_0000));
    assert_eq!(part("bootloader", false).bytes, bootloader());
    assert_eq!(part("bootloader", true).bytes.len(), 0x8000);
    assert_eq!(part("table", false).bytes, binary::write(&ota(), true).unwrap());
    assert_eq!(part("partition-table", true).bytes.len(), 0x1000);
    assert_eq!(
        (part("vfs", false).bytes.len(), &part("vfs", false).bytes[..5]),
        (0xF_0000, b"files".as_slice())
    );
    // Whole is what the place has, also what someone wrote behind the part.
    let mut odd = dump();
    (odd[0x7000], odd[0x8E00]) = (7, 8);
    let odd = open(&odd);
    let last = |name, at: usize| extract(&odd, name, true).unwrap().bytes[at];
    assert_eq!((last("bootloader", 0x7000), last("table", 0xE00)), (7, 8));
    // A row that ends behind the flash gives what there is of it.
    let mut beyond = flash.clone();
    beyond.table.partitions.last_mut().unwrap().size = 0xF000_0000;
    assert_eq!(extract(&beyond, "vfs", false).unwrap().bytes.len(), 0xF_0000);
}

#[test]
fn a_part_that_cannot_be_taken_out_is_said_why() {
    let mut bytes = merged(&ota(), &app(&[1; 500]));
    let refused = |bytes: &[u8], name| codes_of(&extract(&open(bytes), name, false).unwrap_err());
    assert_eq!(refused(&bytes, "vsf"), ["E0542"]);
    assert_eq!(refused(&bytes, "vfs"), ["E0544"]);
    assert_eq!(refused(&bytes, "ota_1"), ["E0544"]);
    bytes.resize(2 << 20, 0xFF);
    assert_eq!(refused(&bytes, "ota_1"), ["E0524"]);
    bytes[0x1_0150] ^= 4;
    assert_eq!(refused(&bytes, "app"), ["E0503", "E0504"]);
    // Whole, it is what it is.
    assert_eq!(extract(&open(&bytes), "app", true).unwrap().bytes, bytes[0x1_0000..0x9_0000]);
}

#[test]
fn a_shorter_or_longer_app_ends_the_file() {
    let before = merged(&single(), &app(&[1; 5000]));
    for length in [100, 9000] {
        let other = app(&vec![3; length]);
        let edited = write(&open(&before), &[file("app", &other)], &out()).unwrap();
        assert_eq!(edited.bytes, merged(&single(), &other));
    }
    // A dump stays as long as it is, and the rest of the slot is blank.
    let edited = write(&open(&dump()), &[file("ota_1", &app(&[])), file("vfs", b"new")], &out()).unwrap();
    assert_eq!(edited.bytes.len(), 2 << 20);
    assert_eq!(&edited.bytes[0x11_0000..0x11_0005], b"new\xFF\xFF");
    let end = 0x9_0000 + app(&[]).len();
    assert!(edited.bytes[end..0x11_0000].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn content_behind_the_app_makes_the_file_longer() {
    let before = merged(&single(), &app(&[1; 100]));
    let edited = write(&open(&before), &[file("vfs", b"files")], &out()).unwrap();
    assert_eq!(edited.bytes.len(), 0x11_0005);
    assert_eq!(edited.parts.first().unwrap().words, "5 bytes of `part.bin`");
}

#[test]
fn what_does_not_belong_into_a_part_is_refused() {
    let before = merged(&single(), &app(&[1; 100]));
    let other = image(5, &[(0x3FCE_0000, vec![5; 300])]);
    let mut damaged = app(&[]);
    damaged[100] ^= 1;
    for (name, part, bytes, codes) in [
        ("unknown part", "vsf", vec![1], vec!["E0542"]),
        ("a table", "table", binary::write(&ota(), true).unwrap().to_vec(), vec!["E0542"]),
        ("a merged image in a slot", "app", before.clone(), vec!["E0548"]),
        ("an app as the bootloader", "bootloader", app(&[]), vec!["E0548"]),
        ("a damaged app", "factory", damaged, vec!["E0503", "E0504"]),
        ("a bootloader in a slot", "app", bootloader(), vec!["E0506"]),
        ("a text", "bootloader", b"text".to_vec(), vec!["E0501"]),
        ("another chip's bootloader", "bootloader", other, vec!["E0522"]),
        ("too large", "phy_init", vec![0; 0x1001], vec!["E0543"]),
        ("an app that is too large", "app", app(&vec![1; 0x10_0000]), vec!["E0543"]),
    ] {
        let found = write(&open(&before), &[file(part, &bytes)], &out()).unwrap_err();
        assert_eq!(codes_of(&found), codes, "{name}");
    }
    let found = write(&open(&before), &[file("phy_init", &vec![0; 0x1001])], &out()).unwrap_err();
    let message = &found.iter().next().unwrap().message;
    assert_eq!(message, "4097 bytes do not fit `phy_init` of 4096 bytes: 1 too many");
}

#[test]
fn partitions_are_erased_but_not_what_starts() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let edited = erase(&open(&dump()), &names(&["vfs", "ota_1", "nvs"]), &out()).unwrap();
    assert!(edited.bytes[0x9_0000..].iter().all(|byte| *byte == 0xFF));
    assert_eq!(edited.bytes.len(), 2 << 20);
    assert_eq!(words(&edited), ["vfs: blank", "ota_1: blank", "nvs: was blank already"]);
    for (part, id) in [("ota_0", "E0524"), ("app", "E0524"), ("bootloader", "E0542"), ("vsf", "E0542")] {
        assert_eq!(codes_of(&erase(&open(&dump()), &names(&[part]), &out()).unwrap_err()), [id], "{part}");
    }
}

#[test]
fn a_chosen_slot_boots_as_after_an_update() {
    let mut flash = open(&dump());
    let mut sequences = Vec::new();
    for name in ["ota_1", "ota_0", "ota_0", "ota_1"] {
        let edited = set_boot(&flash, name, &out()).unwrap();
        let ota = edited.image.ota.as_ref().unwrap();
        assert_eq!(ota.boots.as_deref(), Some(name));
        let records: Vec<u32> = ota.records.iter().map(|record| record.sequence).collect();
        sequences.push(records);
        flash = open(&edited.bytes);
    }
    // Each change goes to the sector that does not count, and the numbers only grow.
    assert_eq!(sequences, [vec![2], vec![2, 3], vec![5, 3], vec![5, 6]]);
    assert_eq!(&open(&flash.bytes).bytes[0xE000..0xE004], &5u32.to_le_bytes());
}

#[test]
fn what_cannot_be_chosen_is_refused() {
    let refused = |bytes: &[u8], name| codes_of(&set_boot(&open(bytes), name, &out()).unwrap_err());
    assert_eq!(refused(&merged(&single(), &app(&[])), "factory"), ["E0546"]);
    assert_eq!(refused(&merged(&ota(), &app(&[])), "ota_1"), ["E0524"], "nothing is in it");
    assert_eq!(refused(&dump(), "vfs"), ["E0524"]);
    assert_eq!(refused(&dump(), "bootloader"), ["E0546"]);
    assert_eq!(refused(&dump(), "ota_2"), ["E0542"]);
    let mut gap = ota();
    gap.partitions[3].subtype = 0x12;
    let mut bytes = dump();
    put(&mut bytes, 0x8000, &binary::write(&gap, true).unwrap());
    assert_eq!(refused(&bytes, "ota_1"), ["E0546"]);
}

#[test]
fn factory_boots_while_otadata_is_blank() {
    let mut both = ota();
    both.partitions[4] = row("factory", 0, 0, 0x11_0000, 0x8_0000);
    let mut bytes = merged(&ota(), &app(&[1; 500]));
    put(&mut bytes, 0x8000, &binary::write(&both, true).unwrap());
    put(&mut bytes, 0x11_0000, &app(&[3; 50]));
    let chosen = set_boot(&open(&bytes), "ota_0", &out()).unwrap();
    assert_eq!(chosen.image.ota.as_ref().unwrap().boots.as_deref(), Some("ota_0"));
    let back = set_boot(&open(&chosen.bytes), "factory", &out()).unwrap();
    assert_eq!(back.bytes, bytes);
}

#[test]
fn the_parts_of_an_image_merge_to_it() {
    let before = merged(&ota(), &app(&[1; 500]));
    let flash = open(&before);
    let part = |name| extract(&flash, name, false).unwrap().bytes;
    let files = || {
        let names = ["app", "table", "bootloader"];
        names.map(|name| file(name, &part(name))).to_vec()
    };
    let go = |files, start, flash, fill| {
        let (parts, table) = place(files, None)?;
        merge(parts, table, start, flash, fill, &out())
    };
    assert_eq!(go(files(), Start::FirstPart, None, false).unwrap().bytes, before);
    let filled = go(files(), Start::Zero, Some(size("4MB")), true).unwrap();
    assert_eq!((filled.bytes.len(), filled.image.flash_size), (4 << 20, Some(4 << 20)));
    // By address, and with more than the three.
    let mut more = files();
    more[0].0 = "0x10000".into();
    more.push(file("ota_1", &app(&[2; 700])));
    more.push(file("otadata", &[0xFF; 0x2000]));
    let dumped = go(more, Start::FirstPart, None, true).unwrap().bytes;
    assert_eq!(dumped.len(), 2 << 20);
    assert_eq!(&dumped[..0x9_0000], &dump()[..0x9_0000]);
    let without = |index: usize| {
        let mut files = files();
        files.remove(index);
        files
    };
    let with = |name: &str, bytes: &[u8]| [files(), vec![file(name, bytes)]].concat();
    for (name, files, codes) in [
        ("no app", without(0), vec!["E0524"]),
        ("no table", without(1), vec!["E0547"]),
        ("no bootloader", without(2), vec!["E0547"]),
        ("unknown", with("vsf", b"x"), vec!["E0542"]),
        ("overlap", with("0x10100", b"x"), vec!["E0545"]),
        ("beyond the flash", with("0xfffff000", b"x"), vec!["E0543"]),
        ("too large", with("otadata", &[0xFF; 0x2001]), vec!["E0543", "E0545"]),
        ("a table for more flash", files(), vec!["E0444", "E0417"]),
    ] {
        let flash = (name == "a table for more flash").then(|| size("1MB"));
        let found = go(files, Start::FirstPart, flash, false).unwrap_err();
        let mut errors = codes_of(&found);
        errors.retain(|id| codes.contains(id));
        errors.dedup();
        assert!(!errors.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn a_bootloader_is_placed_by_its_chip() {
    let mut esp32 = image(0, &[(0x3FFF_0018, vec![5; 300])]);
    let at = |bytes: &[u8]| {
        let files = vec![file("bootloader", bytes), file("table", &binary::write(&single(), true).unwrap())];
        place(files, None).unwrap().0.first().unwrap().address
    };
    assert_eq!((at(&esp32), at(&bootloader())), (0x1000, 0));
    esp32[20] ^= 1;
    let files = vec![file("bootloader", &esp32), file("table", &binary::write(&single(), true).unwrap())];
    assert_eq!(codes_of(&place(files, None).unwrap_err()), ["E0504"]);
}

proptest! {
    #[test]
    fn no_bytes_make_a_change_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0usize..0x1_0000) {
        let mut image = merged(&ota(), &app(&[1; 500]));
        let at = at.min(image.len() - bytes.len().min(image.len()));
        for (to, from) in image.iter_mut().skip(at).zip(&bytes) {
            *to ^= from;
        }
        bytes.clear();
        if let Ok(flash) = Flash::open(image, &out()) {
            repartition(&flash, &single(), size("2MB"), &out()).ok();
            set_boot(&flash, "ota_1", &out()).ok();
            for name in ["app", "bootloader", "table", "vfs"] {
                extract(&flash, name, true).ok();
                erase(&flash, &[name.to_owned()], &out()).ok();
                write(&flash, &[file(name, b"x")], &out()).ok();
            }
        }
    }
}

#[test]
fn a_damaged_bootloader_gets_no_new_digest() {
    let mut bytes = merged(&single(), &app(&[1; 64]));
    // The settings alone: mended, also where the size stays.
    bytes[3] ^= 0x30;
    assert_eq!(open(&bytes).flash_size, size("4MB"));
    for flash in ["4MB", "8MB"] {
        let edited = go(&bytes, &single(), flash).unwrap();
        assert!(edited.findings.iter().all(|finding| finding.code.id != "E0508"), "{flash}");
        assert!(words(&edited)[0].contains("digest anew"), "{flash}");
    }
    // Anything else: evidence of damage, which a new digest would hide.
    bytes[3] ^= 0x30;
    for at in [4, 17, 24, 30] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        for flash in ["2MB", "4MB"] {
            assert!(go(&damaged, &single(), flash).is_err(), "byte {at}, {flash}");
        }
    }
}

#[test]
fn a_dump_of_a_chip_with_its_bootloader_further_up_is_changed_too() {
    let bootloader = image(0, &[(0x3FFF_0018, vec![5; 300])]);
    let mut content = vec![0; 256];
    content[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    content.resize(2000, 3);
    let app = image(0, &[(0x3F40_0020, content)]);
    let mut bytes = vec![0xFF; 0x1000];
    put(&mut bytes, 0x1000, &bootloader);
    put(&mut bytes, 0x8000, &binary::write(&single(), true).unwrap());
    put(&mut bytes, 0x1_0000, &app);
    // The builder states 8 MB.
    for bytes in [bytes.clone(), bytes[0x1000..].to_vec()] {
        let there = go(&bytes, &ota(), "4MB").unwrap();
        assert_eq!((there.image.chip.as_deref(), there.bytes.len()), (Some("esp32"), bytes.len()));
        assert_eq!(go(&there.bytes, &single(), "8MB").unwrap().bytes, bytes);
    }
}

#[test]
fn a_table_that_was_moved_stays_where_it_is() {
    let shifted = |table: Table| Table {
        partitions: table
            .partitions
            .into_iter()
            .map(|row| Partition { offset: row.offset + 0x1_0000, ..row })
            .collect(),
        table_offset: 0x1_8000,
    };
    let (from, mut to) = (shifted(single()), shifted(ota()));
    to.partitions[4].size -= 0x1_0000;
    let mut bytes = bootloader();
    put(&mut bytes, 0x1_8000, &binary::write(&from, true).unwrap());
    put(&mut bytes, 0x2_0000, &app(&[1; 64]));
    let edited = go(&bytes, &to, "4MB").unwrap();
    assert_eq!(open(&edited.bytes).table, to);
}
