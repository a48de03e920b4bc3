//! Images: whatever the bytes, they are recognised or not, read within their bounds, and reported.

#![no_main]

use xtask::chip::FlashSize;
use xtask::image::merged::{detect, likely_table_offset};
use xtask::image::{Role, app, frozen};
use xtask::inspect::{Evidence, Expectation, verify};
use xtask::partition::{Options, Table, binary, csv, rules};
use xtask::source::Source;
use xtask::version::Version;
use xtask_fuzz::{bounded, choice, sound, source, target};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &["_boot.py\0", "main.mpy\0", "v5.5.1", "\u{0}\u{10}", "nvs", "vfs"];

const PAGE_BYTES: usize = 0x1000;
/// The app lies at page 16; one more slot of the smallest size follows.
const PAGES: usize = 40;

/// Bits of the first byte.
const RAW: usize = 1;
const DECLARED: usize = 2;
const FROM_BOOTLOADER: usize = 4;
const WITHOUT_DIGEST: usize = 8;
const TABLE_MOVED: usize = 16;

const OTA: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
                   ota_1,app,ota_1,0x20000,0x10000\nvfs,data,fat,0x30000,0x10000\n";

fn table() -> Table {
    csv::parse(&source(OTA), &Options::new(Version::new(5, 5, 1))).0.expect("the seed is a table")
}

/// An image of one segment for the ESP32-S3, with its checksum and without a digest.
fn image(address: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; app::HEADER_BYTES];
    bytes[..4].copy_from_slice(&[app::MAGIC, 1, 2, 0x3F]);
    bytes[12] = 9;
    bytes.extend(address.to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.resize((bytes.len() + 1).next_multiple_of(16) - 1, 0);
    bytes.push(data.iter().fold(0xEF, |sum, byte| sum ^ byte));
    bytes
}

fn app_image() -> Vec<u8> {
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data.extend(b"_boot.py\0main.mpy\0\0\0");
    image(0x3C00_0020, &data)
}

/// A piece of a file: the page where it starts, its length, its bytes.
fn piece(page: u8, bytes: &[u8]) -> Vec<u8> {
    [&[page], &(bytes.len() as u16).to_le_bytes()[..], bytes].concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let bootloader = image(0x3FCE_0000, &[1; 16]);
    let table = binary::write(&table(), true).expect("the seed fits");
    let app = app_image();
    let pieces = [piece(0, &bootloader), piece(8, &table[..7 * 32]), piece(16, &app)].concat();
    let found =
        verify(&assembled(&pieces, 0), &source(""), &Expectation::default(), &Evidence::default()).findings;
    assert!(!found.has_errors(), "the seed is an image: {found:#?}");
    let choice = |bits: usize| vec![bits as u8];
    vec![
        [choice(0), pieces.clone()].concat(),
        [choice(DECLARED), pieces.clone(), piece(0xd, &[0xFF; 32])].concat(),
        [choice(FROM_BOOTLOADER | DECLARED), pieces].concat(),
        [choice(RAW), app].concat(),
        [choice(RAW | DECLARED), bootloader].concat(),
        [choice(RAW), table[..7 * 32].to_vec()].concat(),
    ]
}

/// A file put together from its pieces, blank between them.
fn assembled(mut rest: &[u8], choice: usize) -> Vec<u8> {
    let mut file = Vec::new();
    while let Some((&[page, low, high], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high]));
        let (bytes, after) = after.split_at(length.min(after.len()));
        let start = usize::from(page) % PAGES * PAGE_BYTES;
        let end = start + bytes.len();
        if file.len() < end {
            file.resize(end, 0xFF);
        }
        file[start..end].copy_from_slice(bytes);
        rest = after;
    }
    // No mutation finds an MD5: the digest's row becomes the end of the table.
    if choice & WITHOUT_DIGEST != 0 {
        let rows = file.get_mut(0x8000..).unwrap_or_default().chunks_mut(binary::ROW_BYTES).take(96);
        rows.filter(|row| row.starts_with(&[0xEB, 0xEB])).for_each(|row| row.fill(0xFF));
    }
    if choice & FROM_BOOTLOADER != 0 { file.split_off(file.len().min(PAGE_BYTES)) } else { file }
}

fn run(data: &[u8]) {
    let (choice, rest) = choice(data);
    let file = if choice & RAW != 0 { rest.to_vec() } else { assembled(rest, choice) };
    let name = Source::binary("firmware.bin");
    let expect = expectation(choice);
    bounded(file.len(), || {
        parts(&file, &name);
        let found = verify(&file, &name, &expect, &Evidence::default());
        sound(&found.findings);
        assert_eq!(found.image.file_size, file.len() as u64);
        assert!(
            detect(&file, 0x8000).is_some() || found.findings.has_errors() || expect.table_offset.is_some()
        );
        let rows = found.image.partitions.len();
        let text = xtask::report::image::text(&found.image, &found.findings);
        assert_eq!(text.is_empty(), found.image.kind.is_empty());
        rows + found.findings.0.len()
    });
}

fn expectation(choice: usize) -> Expectation {
    let table_offset = (choice & TABLE_MOVED != 0).then_some(0x9000);
    if choice & DECLARED == 0 {
        return Expectation { table_offset, ..Expectation::default() };
    }
    Expectation {
        chip: Some("esp32s3".into()),
        flash_size: FlashSize::from_bytes(8 << 20),
        table: Some(table()),
        require: rules::Require { ota: true, rollback: true, filesystem: true },
        idf: Some(Version::new(5, 5, 1)),
        micropython: Some(Version::new(1, 28, 0)),
        min_free: 4096,
        frozen: vec!["_boot.py".into(), "other.py".into()],
        table_offset,
    }
}

/// The readers of the parts, each on the whole file.
fn parts(file: &[u8], name: &Source) {
    for (role, offset) in [(Role::App, 0x10000), (Role::Bootloader, 0x1000)] {
        let (image, findings) = app::parse(file, role, offset, name);
        sound(&findings);
        let Some(image) = image else {
            assert!(findings.has_errors());
            continue;
        };
        assert!(image.body <= image.size && image.size as usize <= file.len());
        for segment in &image.segments {
            let end = u64::from(segment.offset) + u64::from(segment.size);
            assert!(end < u64::from(image.body));
        }
    }
    let offset = likely_table_offset(file);
    assert!((0x8000..=0x2_0000).contains(&offset) && offset.is_multiple_of(0x1000));
    assert!(frozen::names(file).is_sorted());
}
