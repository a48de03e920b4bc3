//! otadata: two records of any bytes, and what would boot.

#![no_main]

use xtask::image::otadata::{Boots, Otadata, Summary, crc};
use xtask_fuzz::{bounded, choice, target};

const SECTOR_BYTES: usize = 0x1000;
const RECORD_BYTES: usize = 32;

target!(seeds: seeds(), words: &["\x7f"], run: run);

/// A record for this sequence number and state.
fn record(sequence: u32, state: u32) -> Vec<u8> {
    let mut bytes = sequence.to_le_bytes().to_vec();
    bytes.resize(24, 0xFF);
    bytes.extend(state.to_le_bytes());
    bytes.extend(crc(sequence).to_le_bytes());
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let two = |first: Vec<u8>, second: Vec<u8>| [vec![2], first, second].concat();
    vec![
        two(vec![0xFF; 32], vec![0xFF; 32]),
        two(record(1, u32::MAX), vec![0xFF; 32]),
        two(record(3, 2), record(4, 1)),
        two(record(9, 4), record(8, 3)),
    ]
}

/// The first byte is the number of slots; the rest are the records, the second one in its own sector.
fn run(data: &[u8]) {
    let (slots, rest) = choice(data);
    let mut bytes = rest[..rest.len().min(RECORD_BYTES)].to_vec();
    if let Some(second) = rest.get(RECORD_BYTES..) {
        bytes.resize(SECTOR_BYTES, 0xFF);
        bytes.extend(second);
    }
    bounded(bytes.len(), || {
        let otadata = Otadata::read(&bytes);
        for (factory, rollback) in [false, true]
            .into_iter()
            .flat_map(|factory| [None, Some(false), Some(true)].map(|r| (factory, r)))
        {
            for slots in [slots as u32, slots as u32 % 4, u32::MAX] {
                let (boots, why) = otadata.boots(slots, factory, rollback);
                assert!(!why.is_empty());
                // With rollback a record that is valid may be given up.
                let chosen = otadata.summary() == Summary::Valid && rollback != Some(true);
                match boots {
                    Boots::Slot(slot) => assert!(slot < slots),
                    Boots::Factory => assert!(factory && !chosen || slots == 0),
                    Boots::Nothing => assert!(slots == 0 && !factory),
                }
            }
        }
        0
    });
}
