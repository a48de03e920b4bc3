//! The descriptors at the start of an app's and a bootloader's first segment.

use super::bytes::{text_at, u8_at, u16_at, u32_at};

/// Offset of either descriptor in an image: behind the header (24 bytes) and the first segment's (8).
pub const OFFSET: usize = 32;

/// Of an app.
///
/// Source: ESP-IDF v5.5 `components/esp_app_format/include/esp_app_desc.h`, `esp_app_desc_t`, 256 bytes.
#[doc(alias = "esp_app_desc_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDescriptor {
    pub secure_version: u32,
    /// Empty for MicroPython.
    pub version: String,
    pub project_name: String,
    /// Time and date of the compile; empty in a reproducible build.
    pub time: String,
    pub date: String,
    /// `v5.5.1`: the ESP-IDF that the app was built with.
    pub idf_version: String,
    pub elf_sha256: [u8; 32],
    /// Bytes of an MMU page; `None` for the chip's default (ESP-IDF before 5.4).
    pub mmu_page_bytes: Option<u32>,
}

const APP_MAGIC: u32 = 0xABCD_5432;
/// Bytes of an app's descriptor.
pub const APP_BYTES: usize = 256;

impl AppDescriptor {
    /// Reads the descriptor of an app image.
    pub fn read(image: &[u8]) -> Option<Self> {
        let bytes = image.get(OFFSET..OFFSET + APP_BYTES)?;
        if u32_at(bytes, 0)? != APP_MAGIC {
            return None;
        }
        let log2 = u8_at(bytes, 180)?;
        Some(Self {
            secure_version: u32_at(bytes, 4)?,
            version: text_at(bytes, 16, 32),
            project_name: text_at(bytes, 48, 32),
            time: text_at(bytes, 80, 16),
            date: text_at(bytes, 96, 16),
            idf_version: text_at(bytes, 112, 32),
            elf_sha256: *bytes.get(144..)?.first_chunk()?,
            mmu_page_bytes: (1..31).contains(&log2).then(|| 1 << log2),
        })
    }
}

/// Of a bootloader, since ESP-IDF 5.2.
///
/// Source: ESP-IDF v5.5 `components/esp_bootloader_format/include/esp_bootloader_desc.h`, 80 bytes.
#[doc(alias = "esp_bootloader_desc_t")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootloaderDescriptor {
    pub version: u32,
    pub idf_version: String,
    pub date_time: String,
}

impl BootloaderDescriptor {
    /// Reads the descriptor of a bootloader image; `None` where there is none, as before ESP-IDF 5.2.
    pub fn read(image: &[u8]) -> Option<Self> {
        let bytes = image.get(OFFSET..OFFSET + 80)?;
        let idf_version = text_at(bytes, 8, 32);
        // The magic is one byte, which code may have as well: the version's form decides.
        let is_version =
            idf_version.starts_with('v') || idf_version.starts_with(|c: char| c.is_ascii_digit());
        let reserved = u16_at(bytes, 1)?;
        (u8_at(bytes, 0)? == 0x50 && reserved == 0 && is_version).then(|| Self {
            version: u32_at(bytes, 4).unwrap_or_default(),
            idf_version,
            date_time: text_at(bytes, 40, 24),
        })
    }
}
