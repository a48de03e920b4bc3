//! The chips of the ESP32 family, flash sizes, and byte counts as people write them.
//!
//! The facts are data: `xtask/data/chips.toml`. Nothing here knows of a partition table or an image's layout.

mod size;

pub use size::{FlashSize, bytes, human_size, parse_size};

use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// A chip, as far as image bytes show it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chip {
    /// ESP-IDF's IDF_TARGET: `esp32s3`.
    pub name: String,
    /// As datasheets write it: `ESP32-S3`.
    pub label: String,
    /// `chip_id` of an image's header.
    pub image_id: u16,
    /// Default flash offset of the bootloader, in bytes.
    pub bootloader_offset: u32,
    /// Family id of UF2 files.
    pub uf2_family: u32,
    mapped: Vec<(u32, u32)>,
    /// Name, first address, address behind the last.
    #[serde(default)]
    memory: Vec<(String, u32, u32)>,
    /// MMU page sizes in KiB, default first; one alone means that it is fixed.
    pub mmu_pages: Vec<u32>,
    frequencies: BTreeMap<String, u32>,
    large_apps_since: String,
}

impl Chip {
    /// The chip with this IDF_TARGET.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        chips().iter().find(|chip| chip.name == name)
    }

    /// The chip with this `chip_id` in its image headers.
    pub fn by_image_id(id: u16) -> Option<&'static Self> {
        chips().iter().find(|chip| chip.image_id == id)
    }

    /// Whether an address is one that the MMU maps from flash or PSRAM, so that its segment must be page-aligned.
    pub fn is_mapped(&self, address: u32) -> bool {
        self.mapped.iter().map(|&(start, end)| Range { start, end }).any(|range| range.contains(&address))
    }

    /// What memory an address is in: `IRAM`, `DROM`; `None` where the chip's map is not known or has nothing there.
    pub fn region(&self, address: u32) -> Option<&str> {
        let fits = |region: &&(String, u32, u32)| (region.1..region.2).contains(&address);
        self.memory.iter().find(fits).map(|region| region.0.as_str())
    }

    /// Whether an address is in memory that takes data and no instructions: on some chips one memory takes both.
    pub fn is_data_memory(&self, address: u32) -> bool {
        let kinds = self.memory.iter().filter(|(_, start, end)| (*start..*end).contains(&address));
        let names: Vec<&str> = kinds.map(|(name, ..)| name.as_str()).collect();
        names.contains(&"DRAM") && !names.contains(&"IRAM")
    }

    /// Flash frequency in MHz for the low nibble of header byte 3.
    pub fn frequency_mhz(&self, nibble: u8) -> Option<u32> {
        self.frequencies.get(&nibble.to_string()).copied()
    }

    /// Whether the bootloader of this ESP-IDF release loads an app of more than 16 MiB.
    pub fn boots_large_apps(&self, idf: crate::version::Version) -> bool {
        self.large_apps_since.parse().is_ok_and(|since: crate::version::Version| idf >= since)
    }
}

/// Every known chip.
pub fn chips() -> &'static [Chip] {
    static CHIPS: LazyLock<Vec<Chip>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct File {
            chip: Vec<Chip>,
        }
        let file: File =
            toml::from_str(include_str!("../../data/chips.toml")).expect("chips.toml is well-formed");
        file.chip
    });
    &CHIPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_distinct_and_found_both_ways() {
        assert_eq!(chips().len(), 13);
        for chip in chips() {
            assert_eq!(Chip::by_name(&chip.name).map(|c| c.image_id), Some(chip.image_id));
            assert_eq!(Chip::by_image_id(chip.image_id).map(|c| &c.name), Some(&chip.name));
        }
        assert_eq!(Chip::by_name("esp32s3").and_then(|chip| chip.frequency_mhz(0xF)), Some(80));
    }

    #[test]
    fn mapped_ranges_are_half_open() {
        let chip = Chip::by_name("esp32c3").unwrap();
        assert!(chip.is_mapped(0x3C00_0000) && !chip.is_mapped(0x3C80_0000) && chip.is_mapped(0x4200_0020));
    }

    #[test]
    fn addresses_are_in_a_region() {
        let region = |chip, address| Chip::by_name(chip).unwrap().region(address);
        assert_eq!(region("esp32", 0x3F40_0020), Some("DROM"));
        assert_eq!(region("esp32", 0x4008_0000), Some("IRAM"));
        assert_eq!(region("esp32s3", 0x4200_0020), Some("IROM"));
        assert_eq!((region("esp32", 0x9000_0000), region("esp32h21", 0)), (None, None));
        let is_data = |chip, address| Chip::by_name(chip).unwrap().is_data_memory(address);
        assert!(is_data("esp32s3", 0x3FC9_0000) && !is_data("esp32s3", 0x4037_8000));
        assert!(!is_data("esp32c6", 0x4080_0000), "one memory for both");
    }

    #[test]
    fn large_apps_boot_since_a_release_where_there_is_one() {
        let s3 = Chip::by_name("esp32s3").unwrap();
        assert!(
            s3.boots_large_apps("5.5.1".parse().unwrap()) && !s3.boots_large_apps("5.4.1".parse().unwrap())
        );
        assert!(!Chip::by_name("esp32").unwrap().boots_large_apps("6.0.0".parse().unwrap()));
    }
}
