//! Tables that have a name, for any flash size.
//!
//! They are those of mp-image-tool-esp32, so that its users get the layouts that they know.

use crate::chip::FlashSize;
use crate::partition::Table;
use crate::partition::rules::OTADATA_BYTES;
use crate::source::Source;

/// A table by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Two slots of the size that suits the flash, otadata, the rest for files.
    Ota,
    /// One app, the rest for files.
    Default,
    /// The same with `phy_init`, as MicroPython's images up to v1.25 have it.
    Original,
}

/// Bytes of MicroPython's factory partition on 4 MB of flash. Source: MicroPython v1.20 to v1.28
/// `ports/esp32/partitions-4MiB.csv` and `partitions-4MiBplus.csv`.
const FACTORY_BYTES: u32 = 0x1F_0000;

impl Preset {
    pub const ALL: [Self; 3] = [Self::Ota, Self::Default, Self::Original];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ota => "ota",
            Self::Default => "default",
            Self::Original => "original",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The rows as one would write them; `app_size` is that of each app in bytes.
    pub(super) fn rows(self, old: &Table, app_size: Option<u32>, flash: FlashSize) -> Source {
        let text = match self {
            Self::Ota => {
                let slot = app_size.unwrap_or_else(|| slot_bytes(flash));
                let nvs = nvs_bytes(old);
                format!(
                    "nvs={nvs:#x},otadata={OTADATA_BYTES:#x},ota_0={slot:#x},ota_1={slot:#x},vfs=fat:rest"
                )
            }
            Self::Default => {
                format!("nvs=0x7000,factory={:#x},vfs=fat:rest", app_size.unwrap_or(FACTORY_BYTES))
            }
            Self::Original => {
                let app = app_size.unwrap_or(FACTORY_BYTES);
                format!("nvs=0x6000,phy_init=phy:0x1000,factory={app:#x},vfs=fat:rest")
            }
        };
        Source::new(format!("--layout {}", self.name()), text)
    }
}

/// Bytes of each OTA slot. Source: mp-image-tool-esp32 0.1.1 `layouts.py`, which follows MicroPython's
/// `partitions-*-ota.csv`.
fn slot_bytes(flash: FlashSize) -> u32 {
    match flash.bytes() {
        bytes if bytes > 8 << 20 => 0x27_0000,
        bytes if bytes > 4 << 20 => 0x20_0000,
        _ => 0x18_0000,
    }
}

/// What is left between the table and the first app beside otadata, so that the app stays where it is.
fn nvs_bytes(old: &Table) -> u32 {
    let first = old.table_offset.saturating_add(0x1000);
    let app = old.apps().map(|app| app.offset).min().unwrap_or(0x1_0000);
    let room = app.saturating_sub(first).saturating_sub(OTADATA_BYTES);
    // NVS takes three sectors at least; an app that lies right behind the table has to move.
    if (0x3000..=0x10_0000).contains(&room) { room } else { 0x5000 }
}
