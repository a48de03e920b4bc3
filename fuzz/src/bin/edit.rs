//! Images changed: whatever the image and the request, nothing panics, what comes out has no errors and can be read again,
//! and the same table once more changes nothing.

#![no_main]

use xtask::chip::FlashSize;
use xtask::edit::{Edited, Flash, Start, erase, extract, merge, place, repartition, set_boot, write};
use xtask::image::app;
use xtask::inspect::{Evidence, Expectation, verify};
use xtask::partition::change::{Device, Preset, Request, Rows, change};
use xtask::partition::{Options, binary, csv};
use xtask::source::Source;
use xtask::version::Version;
use xtask_fuzz::{choice, sound, source, target, text};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &[
    "nvs=",
    "otadata=",
    "ota_0=",
    "ota_1=",
    "factory=",
    "vfs=",
    "fat:",
    "romfs:",
    "littlefs:",
    "rest",
    "0x10000",
    "64K",
    "1M",
    "@0x30000",
    "app",
    "bootloader",
    "table",
    ",",
    "\n",
];

const OTA: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
                   ota_1,app,ota_1,0x20000,0x10000\nvfs,data,fat,0x30000,0x10000\n";

/// An image of one segment for the ESP32-S3, with its checksum and without a digest.
fn image(address: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; app::HEADER_BYTES];
    bytes[..4].copy_from_slice(&[app::MAGIC, 1, 2, 0x2F]);
    bytes[12] = 9;
    bytes.extend(address.to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.resize((bytes.len() + 1).next_multiple_of(16) - 1, 0);
    bytes.push(data.iter().fold(0xEF, |sum, byte| sum ^ byte));
    bytes
}

fn app_image(fill: u8) -> Vec<u8> {
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data.resize(300, fill);
    image(0x3C00_0020, &data)
}

/// Two slots with an app each, 4 MB in the header.
fn base() -> Vec<u8> {
    let table =
        csv::parse(&source(OTA), &Options::new(Version::new(5, 5, 1))).0.expect("the seed is a table");
    let mut file = image(0x3FCE_0000, &[1; 16]);
    for (at, part) in [
        (0x8000, binary::write(&table, true).expect("the seed fits").to_vec()),
        (0x1_0000, app_image(1)),
        (0x2_0000, app_image(2)),
    ] {
        file.resize(at, 0xFF);
        file.extend(part);
    }
    file
}

/// The first byte chooses what is done; then a count of changed bytes, each with its place in three; the rest is text.
fn input(what: u8, patches: &[(u32, u8)], words: &str) -> Vec<u8> {
    let mut bytes = vec![what, patches.len() as u8];
    for (at, byte) in patches {
        bytes.extend(&at.to_le_bytes()[..3]);
        bytes.push(*byte);
    }
    bytes.extend(words.as_bytes());
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        input(0, &[], "nvs=28K,factory=1M,vfs=1M,vfs2=fat:rest"),
        input(1, &[(0x9000, 0)], "0x10000\nnvs\nvfs=rest\nota_0=main\nx=64K"),
        input(2, &[], "x"),
        input(3, &[(0x3_0000, 7)], "app\nnvs\nbootloader\ntable"),
        input(4, &[(0x9000, 7)], "nvs\nota_1"),
        input(5, &[], "ota_1"),
        input(6, &[(0x1_0100, 7)], "ota_1\nsome text"),
        input(7, &[], "bootloader\ntable\napp"),
    ]
}

fn run(data: &[u8]) {
    const PATCHES_MAX: usize = 64;
    let (what, rest) = choice(data);
    let (count, mut rest) = choice(rest);
    let mut bytes = base();
    for _ in 0..count.min(PATCHES_MAX) {
        let Some((&[low, middle, high, byte], after)) = rest.split_first_chunk() else { break };
        let at = u32::from_le_bytes([low, middle, high, 0]) as usize % bytes.len();
        bytes[at] = byte;
        rest = after;
    }
    let words = text(rest);
    let name = Source::binary("in.bin");
    let flash = match Flash::open(bytes.clone(), &name) {
        Ok(flash) => flash,
        Err(found) => return refused(&found),
    };
    let out = Source::binary("out.bin");
    let lines: Vec<&str> = words.split('\n').collect();
    let line =
        |index: usize| lines.get(index).map(|line| source(*line)).filter(|line| !line.text().is_empty());
    let size = [1, 2, 4, 8, 16].map(|size| FlashSize::from_bytes(size << 20))[what / 8 % 5]
        .unwrap_or(flash.flash_size);
    match what % 8 {
        0 => again(&flash, &Request { rows: line(0).map(Rows::Set), ..Request::default() }, size, &out),
        1 => {
            let request = Request {
                app_size: line(0).and_then(|line| xtask::chip::parse_size(line.text())),
                delete: line(1),
                resize: line(2),
                rename: line(3),
                add: line(4),
                allow_gaps: what / 64 == 1,
                ..Request::default()
            };
            again(&flash, &request, size, &out);
        }
        2 => {
            let rows = Some(Rows::Preset(Preset::ALL[words.len() % Preset::ALL.len()]));
            again(&flash, &Request { rows, ..Request::default() }, size, &out);
        }
        3 => extracted(&flash, &bytes, &lines),
        4 => {
            let names: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
            judged(erase(&flash, &names, &out));
        }
        5 => {
            judged(set_boot(&flash, &words, &out));
        }
        6 => {
            let (part, content) = words.split_once('\n').unwrap_or((&words, ""));
            let content = if content.is_empty() { app_image(3) } else { content.as_bytes().to_vec() };
            judged(write(&flash, &[(part.to_owned(), content, name)], &out));
        }
        _ => merged(&flash, &lines, what / 8, &out),
    }
}

fn refused(found: &xtask::diagnostic::Diagnostics) {
    sound(found);
    assert!(found.has_errors());
}

/// What comes out is read again without an error.
fn judged(edited: Result<Edited, xtask::diagnostic::Diagnostics>) -> Option<Vec<u8>> {
    match edited {
        Err(found) => refused(&found),
        Ok(edited) => {
            let found = verify(&edited.bytes, &source(""), &Expectation::default(), &Evidence::default());
            assert!(!found.findings.has_errors(), "{:#?}", found.findings);
            return Some(edited.bytes);
        }
    }
    None
}

/// Another table; then the same once more, which changes nothing.
fn again(flash: &Flash, request: &Request, size: FlashSize, out: &Source) {
    let device = Device { chip: flash.bootloader.chip(), flash: size, flash_before: Some(flash.flash_size) };
    let (table, found) = change(&flash.table, request, device);
    sound(&found);
    let Some(table) = table.filter(|_| !found.has_errors()) else { return };
    let Some(bytes) = judged(repartition(flash, &table, size, out)) else { return };
    let flash = Flash::open(bytes.clone(), out).expect("what was verified can be opened");
    assert_eq!(flash.table.partitions, table.partitions);
    let same = repartition(&flash, &table, size, out).expect("the same table fits");
    assert!(same.bytes == bytes, "the same table changes the image");
}

/// What is taken out is what the file has there.
fn extracted(flash: &Flash, bytes: &[u8], names: &[&str]) {
    for name in names {
        for whole in [false, true] {
            match extract(flash, name, whole) {
                Err(found) => refused(&found),
                Ok(part) => {
                    let own = bytes.get(part.offset as usize..).unwrap_or_default();
                    let length = own.len().min(part.bytes.len());
                    assert!(own[..length] == part.bytes[..length], "{name}");
                }
            }
        }
    }
}

/// Parts taken out and merged anew.
fn merged(flash: &Flash, names: &[&str], choice: usize, out: &Source) {
    let parts =
        names.iter().filter_map(|name| Some(((*name).to_owned(), extract(flash, name, false).ok()?.bytes)));
    let files: Vec<(String, Vec<u8>, Source)> =
        parts.map(|(name, bytes)| (name, bytes, Source::binary("part.bin"))).collect();
    let (placed, table_offset) = match place(files, None) {
        Ok(placed) => placed,
        Err(found) => return refused(&found),
    };
    let start = if choice & 1 == 0 { Start::FirstPart } else { Start::Zero };
    judged(merge(placed, table_offset, start, None, choice & 2 == 2, out));
}
