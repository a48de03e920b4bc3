//! Judges an image's bytes against what was declared, and against what every device needs.
//!
//! Bytes and expectations in, a report and findings out; it reads no files. How an image is built is not known here.

mod alone;
pub mod codes;
pub mod compare;
mod contents;
mod gaps;
mod linked;
mod memory;
mod report;
mod require;
mod slots;
mod table;
mod verify;

pub use linked::linked;
pub use report::{App, BootloaderReport, FileSegment, ImageReport, Ota, PartitionContent, Stated};
pub use slots::boots;
pub use verify::verify;

use crate::chip::FlashSize;
use crate::diagnostic::Diagnostics;
use crate::partition::{Table, rules};
use crate::version::Version;

/// What an image must be; a field that is absent is not judged.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// IDF_TARGET.
    pub chip: Option<String>,
    pub flash_size: Option<FlashSize>,
    /// The declared table.
    pub table: Option<Table>,
    pub require: rules::Require,
    pub idf: Option<Version>,
    pub micropython: Option<Version>,
    /// Bytes that the app must leave free in every slot.
    pub min_free: u32,
    /// Names of modules that must be frozen in.
    pub frozen: Vec<String>,
    /// Where the table lies, when not at 0x8000.
    pub table_offset: Option<u32>,
}

/// What proves how the bootloader was configured: its bytes do not.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// `bootloader/config/sdkconfig.json`.
    pub bootloader_sdkconfig: Option<serde_json::Value>,
    /// SHA-256 of the bootloader.bin that was built with it, in hex.
    pub bootloader_sha256: Option<String>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Inspection {
    pub image: ImageReport,
    pub findings: Diagnostics,
}

#[cfg(test)]
mod tests;
