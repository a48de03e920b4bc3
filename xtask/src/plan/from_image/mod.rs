//! Decides what becomes of a stock MicroPython image that stands in for a compile: its table and flash size, and what of a
//! board's declaration no image can give.
//!
//! It reads the declared layouts alone: what the image is, and what the config pins, is handed in.

mod lacks;

use super::inputs::Texts;
use super::released::{self, ReleasedTable};
use super::table::{read_layout, required};
use crate::chip::{Chip, FlashSize};
use crate::config::{BuildSpec, Require};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::partition::codes::BEYOND_FLASH;
use crate::partition::{Options, Table, change, rules};
use crate::source::{Place, Source};
use crate::version::Version;

/// What an image is, as far as it can be read.
#[derive(Debug, Clone)]
pub struct Stock {
    pub source: Source,
    pub chip: &'static Chip,
    pub flash_size: FlashSize,
    pub table: Table,
    /// As its banner says it: `v1.28.0`. Absent: no MicroPython is in it.
    pub micropython: Option<String>,
    /// As the app's descriptor says it: `v5.5.1`.
    pub idf: Option<String>,
    /// Whether its bootloader rolls back, where a record that is tied to it proves that.
    pub rollback: Option<bool>,
}

impl Stock {
    /// The release whose rules hold.
    fn idf_version(&self) -> Version {
        self.idf.as_deref().and_then(|text| text.parse().ok()).unwrap_or(change::RULES)
    }

    fn micropython_version(&self) -> Option<Version> {
        self.micropython.as_deref()?.parse().ok()
    }
}

/// A release that the config pins, or that a tree has.
#[derive(Debug, Clone)]
pub struct Pin {
    pub text: String,
    pub place: Option<Place>,
}

/// What surrounds the board.
#[derive(Debug, Clone, Default)]
pub struct Around {
    pub micropython: Option<Pin>,
    pub idf: Option<Pin>,
    /// IDF_TARGET of the base board, where it is known.
    pub chip: Option<String>,
    /// Bytes that the app must leave in every slot.
    pub min_free: u32,
}

/// A firmware from an image, wholly decided.
#[derive(Debug, Clone)]
pub struct FromImage {
    pub id: String,
    pub board: String,
    pub variant: Option<String>,
    pub description: Option<String>,
    pub base: String,
    pub base_variant: Option<String>,
    pub flash_size: FlashSize,
    pub table: Table,
    /// Whether the config declares the table; else it is the image's.
    pub table_declared: bool,
    pub released: Option<ReleasedTable>,
    pub require: Vec<Require>,
    pub min_free: u32,
    pub micropython: Option<Version>,
}

/// The plan, and what is wrong with it: every declaration that the image cannot give, each at its line.
pub fn resolve(spec: &BuildSpec, stock: &Stock, around: &Around) -> (Option<FromImage>, Diagnostics) {
    let mut findings = lacks::declarations(spec, stock);
    findings.extend(lacks::identity(spec, stock, around));
    let flash_size = spec.settings.flash_size.as_ref().map_or(stock.flash_size, |size| size.value);
    let (table, found) = table(spec, stock, flash_size);
    findings.extend(found);
    let offset = stock.table.table_offset;
    let (released, found) = released::read(spec, &stock.chip.name, offset);
    findings.extend(found);
    if let (Some(released), Some(table)) = (&released, &table) {
        let place = released::place(spec, released);
        findings.extend(crate::partition::released::compare(&released.released, table, place));
    }
    let settings = &spec.settings;
    let plan = table.filter(|_| !findings.has_errors()).map(|table| FromImage {
        id: spec.id.clone(),
        board: spec.board.clone(),
        variant: spec.variant.clone(),
        description: settings.description.as_ref().map(|text| text.value.clone()),
        base: spec.base.value.to_string(),
        base_variant: settings.base_variant.as_ref().map(|variant| variant.value.clone()),
        flash_size,
        table,
        table_declared: settings.partitions.is_some(),
        released,
        require: settings.require.iter().map(|require| require.value).collect(),
        min_free: around.min_free,
        micropython: stock.micropython_version(),
    });
    (plan, findings.sorted())
}

/// The declared table; without one the image's own, which is the base's.
fn table(spec: &BuildSpec, stock: &Stock, flash_size: FlashSize) -> (Option<Table>, Diagnostics) {
    let idf = stock.idf_version();
    let mut options = Options::new(idf);
    options.flash_size = Some(flash_size);
    options.table_offset = stock.table.table_offset;
    options.primary_bootloader_offset = Some(stock.chip.bootloader_offset);
    let (table, mut findings) = match &spec.settings.partitions {
        Some(wanted) => {
            read_layout(&wanted.value.path, wanted.value.kind, &options, wanted, &mut Texts::default())
        }
        None => (Some(stock.table.clone()), Diagnostics::default()),
    };
    if let Some(table) = &table {
        let context = rules::OwnContext {
            chip: Some(stock.chip),
            idf: Some(idf),
            micropython: stock.micropython_version(),
            flash_size: Some(flash_size),
            require: required(spec.settings.require.iter().map(|require| require.value)),
            unchanged_stock_table: spec.settings.partitions.is_none(),
            min_app_size: None,
        };
        let found = rules::check_own(table, &context).into_iter();
        findings.extend(Diagnostics(found.map(|finding| placed(finding, spec)).collect()));
    }
    (table, findings)
}

/// A finding of the image's own table, which has no rows to be shown at, where the config asks for what it breaks.
fn placed(mut finding: Diagnostic, spec: &BuildSpec) -> Diagnostic {
    if !finding.labels.is_empty() {
        return finding;
    }
    let settings = &spec.settings;
    let required = settings.require.first().map(|require| &require.place);
    let flash = settings.flash_size.as_ref().map(|size| &size.place);
    let place = if finding.code.id == BEYOND_FLASH.id {
        // A warning for MicroPython's own table on its own flash; here the flash is another one.
        finding.severity = Severity::Error;
        flash
    } else {
        required
    };
    finding.at(place.unwrap_or(&spec.base.place))
}

#[cfg(test)]
mod tests;
