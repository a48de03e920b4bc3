//! Two images side by side: whatever their bytes, the comparison is made or refused, one image with itself differs in
//! nothing, and what differs one way differs the other way.

#![no_main]

use xtask::image::app;
use xtask::inspect::compare::{Comparison, compare};
use xtask::partition::{Options, binary, csv};
use xtask::source::Source;
use xtask::version::Version;
use xtask_fuzz::{choice, sound, source, target};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &["_boot.py\0", "main.mpy\0", "v5.5.1", "nvs", "vfs", "\u{aa}P"];

const OTA: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,0x10000\n\
                   ota_1,app,ota_1,0x20000,0x10000\nvfs,data,fat,0x30000,0x10000\n";

/// Bits of the first byte: the app alone in place of the merged image, for each side.
const FIRST_ALONE: usize = 1;
const SECOND_ALONE: usize = 2;

const APP_AT: usize = 0x1_0000;

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

fn base() -> Vec<u8> {
    let table =
        csv::parse(&source(OTA), &Options::new(Version::new(5, 5, 1))).0.expect("the seed is a table");
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data.extend(b"_boot.py\0main.mpy\0\0\0");
    let mut file = image(0x3FCE_0000, &[1; 16]);
    file.resize(0x8000, 0xFF);
    file.extend(binary::write(&table, true).expect("the seed fits"));
    file.resize(APP_AT, 0xFF);
    file.extend(image(0x3C00_0020, &data));
    file
}

fn seeds() -> Vec<Vec<u8>> {
    let patch = |at: u32, byte: u8| [&at.to_le_bytes()[..3], &[byte]].concat();
    vec![
        vec![0],
        [vec![0], patch(0x8004, 7)].concat(),
        [vec![0], patch(0x3, 0x3F), patch(0x1_0080, b'x')].concat(),
        [vec![SECOND_ALONE as u8], patch(0x1_0010, 1)].concat(),
        [vec![(FIRST_ALONE | SECOND_ALONE) as u8], patch(0x1_0001, 2)].concat(),
    ]
}

/// The second image is the first one with changed bytes, each with its place in three.
fn run(data: &[u8]) {
    let (what, rest) = choice(data);
    let first = base();
    let mut second = first.clone();
    let (patches, _) = rest.as_chunks::<4>();
    for [low, middle, high, byte] in patches {
        let at = u32::from_le_bytes([*low, *middle, *high, 0]) as usize % second.len();
        second[at] = *byte;
    }
    let side =
        |bytes: Vec<u8>, alone: usize| if what & alone == 0 { bytes } else { bytes[APP_AT..].to_vec() };
    let (first, second) = (side(first, FIRST_ALONE), side(second, SECOND_ALONE));
    let name = Source::binary("firmware.bin");
    let there = judged(&first, &second, &name);
    let back = judged(&second, &first, &name);
    assert_eq!(there.is_some(), back.is_some());
    if let (Some(there), Some(back)) = (there, back) {
        assert_eq!(there.same, back.same);
        assert_eq!(there.facts.len(), back.facts.len());
        assert_eq!(there.partitions.len(), back.partitions.len());
        assert_eq!(there.segments.len(), back.segments.len());
        assert_eq!((there.frozen.gone, there.frozen.new), (back.frozen.new, back.frozen.gone));
    }
    if let Some(none) = judged(&second, &second, &name) {
        assert!(none.same && none.facts.is_empty() && none.partitions.is_empty() && none.segments.is_empty());
    }
}

fn judged(a: &[u8], b: &[u8], name: &Source) -> Option<Comparison> {
    match compare((a, name), (b, name)) {
        Ok(found) => {
            sound(&found.update.findings);
            assert_eq!(found.update.possible == Some(false), found.update.findings.has_errors());
            Some(found)
        }
        Err(found) => {
            sound(&found);
            assert!(!found.is_empty());
            None
        }
    }
}
