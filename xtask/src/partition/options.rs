//! What ESP-IDF's build hands to gen_esp32part.py besides the table itself.
//!
//! Nothing here is found out: the caller reads it from the sdkconfig and the environment.

use crate::chip::FlashSize;
use crate::version::Version;
use std::collections::BTreeMap;

/// Bytes of the sector that holds the table: partitions start after it.
pub const TABLE_SECTOR_BYTES: u32 = 0x1000;

/// Secure boot, as far as it decides about the size of app partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secure {
    #[default]
    None,
    V1,
    V2,
}

/// A word that a project adds with CMake's `EXTRA_PARTITION_SUBTYPES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraSubtype {
    /// Type of the partition: 0 app, 1 data.
    pub kind: u8,
    pub name: String,
    pub value: u8,
}

/// The settings under which a table is read and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The ESP-IDF release whose rules apply.
    pub idf: Version,
    /// CONFIG_PARTITION_TABLE_OFFSET, in bytes.
    pub table_offset: u32,
    /// CONFIG_ESPTOOLPY_FLASHSIZE; without it no end is checked.
    pub flash_size: Option<FlashSize>,
    pub secure: Secure,
    /// CONFIG_PARTITION_TABLE_MD5: the row of the digest takes one of the 95 places.
    pub md5: bool,
    /// CONFIG_BOOTLOADER_OFFSET_IN_FLASH; needed by rows of type `bootloader` since ESP-IDF 5.5.
    pub primary_bootloader_offset: Option<u32>,
    /// CONFIG_BOOTLOADER_RECOVERY_OFFSET; needed by the row of the recovery bootloader since ESP-IDF 5.5.
    pub recovery_bootloader_offset: Option<u32>,
    pub extra_subtypes: Vec<ExtraSubtype>,
    /// Values for `$NAME` in a CSV.
    pub env: BTreeMap<String, String>,
}

/// The first ESP-IDF release whose rules are known.
pub const OLDEST: Version = Version::new(5, 0, 0);

impl Options {
    /// ESP-IDF's defaults: table at 0x8000, with its digest, no secure boot, no flash size.
    pub fn new(idf: Version) -> Self {
        Self {
            // An image may be of an older release; its table is judged by the oldest rules that are known.
            idf: idf.max(OLDEST),
            table_offset: 0x8000,
            flash_size: None,
            secure: Secure::None,
            md5: true,
            primary_bootloader_offset: None,
            recovery_bootloader_offset: None,
            extra_subtypes: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    /// First byte that a partition may take.
    pub fn first_offset(&self) -> u64 {
        u64::from(self.table_offset) + u64::from(TABLE_SECTOR_BYTES)
    }

    /// Whether the table may name the primary bootloader and the table itself, whose places are forced.
    pub fn has_primary_rows(&self) -> bool {
        self.idf >= Version::new(5, 5, 0)
    }
}
