//! What an image is, as JSON has it. The names of the fields are part of the contract.

use crate::image::app::Check;
use crate::image::held::Held;
use crate::image::otadata::{Record, Summary};
use crate::partition::Row;
use serde::Serialize;

/// An image.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageReport {
    /// `merged image`, `app image`, `partition table`, `bootloader`; empty when it is none.
    pub kind: &'static str,
    pub chip: Option<String>,
    /// Bytes, as the bootloader's header states it.
    pub flash_size: Option<u32>,
    pub flash_mode: Option<&'static str>,
    pub flash_frequency_mhz: Option<u32>,
    /// Bytes of the file, and the flash address of its first one.
    pub file_size: u64,
    pub flash_offset: u32,
    /// Flash address of the partition table, where there is one.
    pub table_offset: Option<u32>,
    pub partitions: Vec<Row>,
    pub bootloader: Option<BootloaderReport>,
    pub app: Option<App>,
    pub ota: Option<Ota>,
    /// What the data partitions hold, as far as the file reaches them.
    pub contents: Vec<PartitionContent>,
}

/// What a data partition holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PartitionContent {
    /// Absent: the space behind the last row, where MicroPython 1.26 and later makes its filesystem.
    pub partition: Option<String>,
    /// Flash address, and bytes up to the end of the partition or of the file.
    pub offset: u32,
    pub bytes: u32,
    #[serde(flatten)]
    pub held: Held,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BootloaderReport {
    /// Flash address.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    pub free: Option<u32>,
    pub idf_version: Option<String>,
    /// CONFIG_BOOTLOADER_PROJECT_VER and the time of the compile; absent before ESP-IDF 5.2.
    pub version: Option<u32>,
    pub compiled: Option<String>,
    /// Of the file.
    pub sha256: String,
    #[serde(flatten)]
    pub stated: Stated,
    pub segments: Vec<FileSegment>,
}

/// What an image's header and end state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stated {
    pub entry: u32,
    pub checksum: Check<u8>,
    /// The SHA-256 that is appended; absent without one.
    pub digest: Option<Check<String>>,
}

/// The app that boots first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct App {
    pub partition: Option<String>,
    /// Flash address; absent for an app alone.
    pub offset: Option<u32>,
    /// Bytes, and what the smallest slot leaves.
    pub size: u32,
    pub free: Option<i64>,
    pub idf_version: Option<String>,
    pub sha256: String,
    pub elf_sha256: Option<String>,
    /// From the descriptor, where they are not empty (MicroPython leaves the first two out).
    pub project: Option<String>,
    pub version: Option<String>,
    pub compiled: Option<String>,
    pub secure_version: Option<u32>,
    /// Bytes of a page of the MMU.
    pub mmu_page: Option<u32>,
    #[serde(flatten)]
    pub stated: Stated,
    pub revision_min: u16,
    pub revision_max: u16,
    pub segments: Vec<FileSegment>,
    pub frozen: Vec<String>,
    /// Room in each partition that an app of this size would go to.
    pub slots: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Slot {
    pub name: String,
    pub size: u32,
    /// Negative: the app is too large by so much.
    pub free: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileSegment {
    pub load_address: u32,
    pub size: u32,
    /// From the image's first byte.
    pub offset: u32,
    pub mapped: bool,
    /// Of a mapped one of an app: whether it lies in the flash at the same place within a page as in memory.
    pub aligned: Option<bool>,
    /// `IRAM`, `DROM`, ...; absent where the chip's map is not known.
    pub region: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ota {
    pub slots: Vec<String>,
    pub otadata: Summary,
    pub records: Vec<Record>,
    /// Name of the partition that boots; absent when none does.
    pub boots: Option<String>,
    pub why: String,
    /// Absent: nothing proves it either way.
    pub rollback: Option<bool>,
}

impl ImageReport {
    /// Flash address of the file's first byte.
    pub fn file_offset(&self) -> u32 {
        self.flash_offset
    }

    /// Whether a device with this image can be updated over the air.
    pub fn is_ota(&self) -> bool {
        self.ota.as_ref().is_some_and(|ota| ota.slots.len() >= 2 && ota.otadata != Summary::Absent)
    }
}
