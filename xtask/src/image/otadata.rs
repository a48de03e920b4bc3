//! otadata: which slot boots, as the bootloader decides it.
//!
//! Source: ESP-IDF v5.5 `components/bootloader_support/src/bootloader_common.c` and `bootloader_utility.c`
//! (`bootloader_utility_get_selected_boot_partition`).

use super::bytes::{is_blank, u32_at};
use serde::Serialize;

/// Bytes of a record, and of the sector that holds one.
const RECORD_BYTES: usize = 32;
const SECTOR_BYTES: usize = 0x1000;

/// What a record says of its slot's app. Source: ESP-IDF v5.5 `esp_flash_partitions.h`, `esp_ota_img_states_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtaState {
    New,
    PendingVerify,
    Valid,
    Invalid,
    Aborted,
    Undefined,
    Unknown,
}

impl OtaState {
    fn of(number: u32) -> Self {
        match number {
            0 => Self::New,
            1 => Self::PendingVerify,
            2 => Self::Valid,
            3 => Self::Invalid,
            4 => Self::Aborted,
            u32::MAX => Self::Undefined,
            _ => Self::Unknown,
        }
    }
}

/// One of the two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// Counts up with each update; the slot is (sequence - 1) modulo the number of slots.
    pub sequence: u32,
    pub state: OtaState,
    pub crc_matches: bool,
    /// Never written.
    pub blank: bool,
}

impl Record {
    fn read(bytes: &[u8]) -> Option<Self> {
        let record = bytes.get(..RECORD_BYTES)?;
        let sequence = u32_at(record, 0)?;
        Some(Self {
            sequence,
            state: OtaState::of(u32_at(record, 24)?),
            crc_matches: u32_at(record, 28)? == crc(sequence),
            blank: is_blank(record),
        })
    }

    fn is_invalid(&self) -> bool {
        self.sequence == u32::MAX || matches!(self.state, OtaState::Invalid | OtaState::Aborted)
    }

    /// Written, and not as ESP-IDF writes it: the CRC, the number or the state is none.
    ///
    /// A sequence of 0 without a state is what Arduino's builds ship beside the record that counts (`boot_app0.bin`).
    pub fn is_damaged(&self) -> bool {
        let arduinos = self.sequence == 0 && self.state == OtaState::Undefined;
        let no_number = self.sequence == 0 && !arduinos || self.sequence == u32::MAX;
        !self.blank && (no_number || !self.crc_matches || self.state == OtaState::Unknown)
    }

    fn is_valid(&self) -> bool {
        !self.is_invalid() && self.crc_matches
    }
}

/// CRC-32 of a sequence number as otadata has it: over its four bytes, starting from 0xFFFFFFFF as the CRC of what came
/// before.
pub fn crc(sequence: u32) -> u32 {
    crc_of(&sequence.to_le_bytes())
}

/// CRC-32 as ESP-IDF computes it for otadata and NVS. Source: ESP-IDF v5.5 `esp_rom_crc.h`, `esp_rom_crc32_le`.
pub(super) fn crc_of(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(bytes);
    hasher.finalize()
}

/// Bytes of the partition: a sector for each record.
pub const PARTITION_BYTES: usize = 2 * SECTOR_BYTES;

/// The bytes of a record that says that its slot's app has proven itself, so that no bootloader rolls it back.
fn record(sequence: u32) -> [u8; RECORD_BYTES] {
    const VALID: u32 = 2;
    let label = [0xFF; 20];
    let mut bytes = sequence
        .to_le_bytes()
        .into_iter()
        .chain(label)
        .chain(VALID.to_le_bytes())
        .chain(crc(sequence).to_le_bytes());
    std::array::from_fn(|_| bytes.next().unwrap_or(0xFF))
}

/// The partition's bytes after choosing a slot of `slots`: a record with the next sequence number that means the slot, in
/// the sector whose record does not count now.
///
/// The other record stays, as a device's own update leaves it. `None`: the slot is not below `slots`, or the numbers have
/// run out. Source: ESP-IDF v5.5 `components/app_update/esp_ota_ops.c`, `esp_rewrite_ota_data`.
pub fn choose(old: &[u8], slot: u32, slots: u32) -> Option<Vec<u8>> {
    let mut bytes = vec![0xFF; PARTITION_BYTES];
    bytes.iter_mut().zip(old).for_each(|(to, from)| *to = *from);
    let read = Otadata::read(&bytes);
    let valid = read.records.iter().enumerate().filter_map(|(index, record)| Some((index, record.as_ref()?)));
    let active = valid.filter(|(_, record)| record.is_valid()).max_by_key(|(_, record)| record.sequence);
    let (sector, last) = active.map_or((0, 0), |(index, record)| (1 - index.min(1), record.sequence));
    if slot >= slots {
        return None;
    }
    // The least number above the last one that is the slot's: (number - 1) modulo the slots.
    let behind = (u64::from(slot) + u64::from(slots) - u64::from(last) % u64::from(slots)) % u64::from(slots);
    let sequence = u32::try_from(u64::from(last) + 1 + behind).ok().filter(|number| *number != u32::MAX)?;
    let start = sector * SECTOR_BYTES;
    let target = bytes.get_mut(start..start + SECTOR_BYTES)?;
    target.fill(0xFF);
    target.iter_mut().zip(record(sequence)).for_each(|(to, from)| *to = from);
    Some(bytes)
}

/// The partition's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otadata {
    pub records: [Option<Record>; 2],
}

/// How otadata is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Summary {
    Absent,
    Blank,
    Valid,
    Invalid,
}

/// Which app boots, by number of its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boots {
    Factory,
    Slot(u32),
    /// No app is found.
    Nothing,
}

impl Otadata {
    /// Reads the partition's bytes; records beyond their end are absent.
    pub fn read(bytes: &[u8]) -> Self {
        let record = |start: usize| bytes.get(start..).and_then(Record::read);
        Self { records: [record(0), record(SECTOR_BYTES)] }
    }

    pub fn summary(&self) -> Summary {
        let records: Vec<&Record> = self.records.iter().flatten().collect();
        if records.iter().all(|record| record.blank) {
            Summary::Blank
        } else if records.iter().any(|record| record.is_valid()) {
            Summary::Valid
        } else {
            Summary::Invalid
        }
    }

    /// What the bootloader picks, and why; `slots` is the number of OTA apps in the table.
    ///
    /// A bootloader with rollback gives up an app that did not confirm itself before the restart: its record is passed
    /// over. Without evidence (`rollback` is `None`) it is taken to have none, and the reason says so.
    pub fn boots(&self, slots: u32, factory: bool, rollback: Option<bool>) -> (Boots, String) {
        let first = if factory { Boots::Factory } else { Boots::Slot(0) };
        if slots == 0 {
            let boots = if factory { Boots::Factory } else { Boots::Nothing };
            return (boots, "the table has no OTA slots".into());
        }
        let pending = |record: &&Record| record.state == OtaState::PendingVerify;
        let valid = self.records.iter().flatten().filter(|record| record.is_valid());
        let valid = valid.filter(|record| rollback != Some(true) || !pending(record));
        // Of equals the first counts.
        let active = valid.reduce(|best, next| if next.sequence > best.sequence { next } else { best });
        match active {
            Some(record) => {
                let slot = record.sequence.wrapping_sub(1) % slots;
                let doubt = if pending(&record) && rollback.is_none() {
                    "; a bootloader with rollback gives it up"
                } else {
                    ""
                };
                let why = format!("otadata has sequence {}, {:?}{doubt}", record.sequence, record.state);
                (Boots::Slot(slot), why)
            }
            None if self.records.iter().flatten().any(|record| record.is_valid()) => {
                (first, "the app in otadata's only valid record did not confirm itself".into())
            }
            None if self.summary() == Summary::Blank => (first, "otadata is blank".into()),
            None => (first, "otadata has no valid record".into()),
        }
    }
}
