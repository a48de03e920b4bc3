//! What the bytes of a data partition hold: a filesystem, NVS, or nothing.
//!
//! It recognises a superblock and reads no files behind it; whether a filesystem is sound is for its own driver to say.

use super::bytes::{is_blank, u8_at, u16_at, u32_at};
use super::otadata;
use serde::Serialize;

/// What is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Every byte is 0xFF.
    Empty,
    Nvs,
    /// The first format, of MicroPython's `VfsLfs1`.
    Littlefs1,
    Littlefs2,
    Fat,
    Romfs,
    /// Bytes that are none of these.
    Unknown,
}

impl Kind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Nvs => "NVS",
            Self::Littlefs1 => "littlefs 1",
            Self::Littlefs2 => "littlefs 2",
            Self::Fat => "FAT",
            Self::Romfs => "romfs",
            Self::Unknown => "content that is no known filesystem",
        }
    }
}

/// What a partition holds. Sizes are those that its content states, and may differ from the partition's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Held {
    pub kind: Kind,
    /// Bytes of a block: littlefs's block, FAT's sector, NVS's page.
    pub block_size: Option<u32>,
    /// Blocks in all; of NVS the pages in use.
    pub block_count: Option<u32>,
    /// Bytes of a romfs, which has no blocks.
    pub size: Option<u32>,
}

/// Bytes of a block of MicroPython's flash filesystems, and of a page of NVS: the flash's sector.
///
/// Source: MicroPython v1.20 to v1.28 `ports/esp32/esp32_partition.c`; ESP-IDF v5.5 `nvs_constants.h`.
const SECTOR_BYTES: usize = 0x1000;

/// Recognises the bytes of a partition, from its first one on; those behind the file's end are missing.
pub fn recognise(bytes: &[u8]) -> Held {
    let found = littlefs(bytes).or_else(|| romfs(bytes)).or_else(|| fat(bytes)).or_else(|| nvs(bytes));
    let kind = if is_blank(bytes) { Kind::Empty } else { Kind::Unknown };
    found.unwrap_or(Held { kind, block_size: None, block_count: None, size: None })
}

fn blocks(kind: Kind, size: u32, count: u32) -> Held {
    Held { kind, block_size: Some(size), block_count: Some(count), size: None }
}

/// The superblock is in block 0 and in block 1, since either may be the one that is being written.
///
/// Source: MicroPython v1.28.0 `extmod/vfs.c` (`mp_vfs_autodetect`), `lib/littlefs/lfs1.h` (`lfs1_disk_superblock`),
/// `lib/littlefs/lfs2.h` (`lfs2_superblock_t`).
fn littlefs(bytes: &[u8]) -> Option<Held> {
    const MAGIC: &[u8] = b"littlefs";
    [0, SECTOR_BYTES].into_iter().find_map(|start| {
        let block = bytes.get(start..)?;
        let has = |at: usize| block.get(at..).is_some_and(|rest| rest.starts_with(MAGIC));
        let read = |kind, at| Some(blocks(kind, u32_at(block, at)?, u32_at(block, at + 4)?));
        if has(8) {
            read(Kind::Littlefs2, 24)
        } else if has(40) {
            read(Kind::Littlefs1, 28)
        } else {
            None
        }
    })
}

/// Source: MicroPython v1.28.0 `extmod/vfs_rom.c`: three bytes, then a length in groups of seven bits, highest first.
fn romfs(bytes: &[u8]) -> Option<Held> {
    /// A length of 32 bits has five groups.
    const GROUPS_MAX: usize = 5;
    let rest = bytes.strip_prefix(&[0xD2, 0xCD, 0x31])?;
    let mut length: u64 = 0;
    for (index, byte) in rest.iter().take(GROUPS_MAX).enumerate() {
        length = length << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            let size = u32::try_from(length + 4 + index as u64).ok()?;
            return Some(Held { kind: Kind::Romfs, block_size: None, block_count: None, size: Some(size) });
        }
    }
    None
}

/// The boot sector: a jump, sectors of 512 to 4096 bytes, a count of them, the signature.
///
/// Source: MicroPython v1.28.0 `lib/oofatfs/ff.c` (`check_fs`, `find_volume`).
fn fat(bytes: &[u8]) -> Option<Held> {
    let jumps = matches!(bytes.first(), Some(0xE8 | 0xE9 | 0xEB));
    let named = [54, 82].iter().any(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"FAT")));
    let sector = u32::from(u16_at(bytes, 11)?);
    if !jumps || !named || u16_at(bytes, 510)? != 0xAA55 || ![512, 1024, 2048, 4096].contains(&sector) {
        return None;
    }
    let count = match u32::from(u16_at(bytes, 19)?) {
        0 => u32_at(bytes, 32)?,
        count => count,
    };
    Some(blocks(Kind::Fat, sector, count))
}

/// Pages with a state and the CRC of their header: so many are in use.
///
/// Source: ESP-IDF v5.5 `components/nvs_flash/src/nvs_page.cpp` (`Page::load`), `nvs_constants.h`.
fn nvs(bytes: &[u8]) -> Option<Held> {
    const STATES: [u32; 3] = [0xFFFF_FFFE, 0xFFFF_FFFC, 0xFFFF_FFF8];
    let is_used = |page: &&[u8]| {
        let crc = page.get(4..28).map(otadata::crc_of);
        u32_at(page, 0).is_some_and(|state| STATES.contains(&state))
            && u8_at(page, 8).is_some_and(|version| version >= 0xFE)
            && crc.is_some()
            && crc == u32_at(page, 28)
    };
    let used = bytes.chunks(SECTOR_BYTES).filter(is_used).count();
    let count = u32::try_from(used).ok().filter(|count| *count > 0)?;
    Some(blocks(Kind::Nvs, SECTOR_BYTES as u32, count))
}
