//! What a board's declaration asks of an image where there is no MicroPython tree: what the config says itself.
//!
//! What comes from the base board (its table, its flash size, its frozen modules) is not known here, and not asked.

use super::inputs::Texts;
use super::released::{self, ReleasedTable};
use super::table::read_layout;
use crate::chip::{Chip, FlashSize};
use crate::config::{BuildSpec, Require};
use crate::diagnostic::Diagnostics;
use crate::partition::{Options, Table, change};
use crate::version::Version;

/// What is asked; a field that is absent comes from the base.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// IDF_TARGET, where the base's name says it.
    pub chip: Option<String>,
    pub flash_size: Option<FlashSize>,
    pub table: Option<Table>,
    pub released: Option<ReleasedTable>,
    pub require: Vec<Require>,
    /// The release that the config pins.
    pub micropython: Option<Version>,
    /// Bytes that the app must leave in every slot.
    pub min_free: u32,
}

/// What surrounds the board: the config, and the image that is asked about.
#[derive(Debug, Clone, Default)]
pub struct Around {
    pub chip: Option<String>,
    /// The releases that the config pins.
    pub micropython: Option<Version>,
    pub idf: Option<Version>,
    pub min_free: u32,
    /// As the image's header states it: what a layout follows where the board names no flash size.
    pub flash_size: Option<FlashSize>,
    /// Where its table lies.
    pub table_offset: Option<u32>,
}

/// Reads the declared layout and the released table. A declaration that cannot be read is an error.
pub fn asked(spec: &BuildSpec, around: &Around) -> (Asked, Diagnostics) {
    let settings = &spec.settings;
    let flash_size = settings.flash_size.as_ref().map(|size| size.value);
    let mut options = Options::new(around.idf.unwrap_or(change::RULES));
    options.flash_size = flash_size.or(around.flash_size);
    options.table_offset = around.table_offset.unwrap_or(options.table_offset);
    let chip = around.chip.as_deref().and_then(Chip::by_name);
    options.primary_bootloader_offset = chip.map(|chip| chip.bootloader_offset);
    let mut findings = Diagnostics::default();
    let table = settings.partitions.as_ref().and_then(|wanted| {
        let texts = &mut Texts::default();
        let (table, found) = read_layout(&wanted.value.path, wanted.value.kind, &options, wanted, texts);
        findings.extend(found);
        table
    });
    let (released, found) =
        released::read(spec, around.chip.as_deref().unwrap_or_default(), options.table_offset);
    findings.extend(found);
    let asked = Asked {
        chip: around.chip.clone(),
        flash_size,
        table,
        released,
        require: settings.require.iter().map(|require| require.value).collect(),
        micropython: around.micropython,
        min_free: around.min_free,
    };
    (asked, findings.sorted())
}
