//! Changes of a table, as the command line asks for them: a new one by name or by rows, rows resized, deleted, renamed
//! and added. A table and texts in, a table and findings out.
//!
//! It knows no image: whether the app fits its new slot, and where its bytes go, is `edit`'s to say.

pub mod codes;
mod ops;
mod preset;
mod spec;

pub use preset::Preset;

use crate::chip::{Chip, FlashSize};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::partition::layout::{self, Layout};
use crate::partition::{Options, Table, codes as table_codes, rules};
use crate::source::Source;
use crate::version::Version;
use std::collections::BTreeSet;

/// The release whose rules a changed table is held to: the newest one that is known, which is the strictest.
pub const RULES: Version = Version::new(6, 0, 0);

/// The rows that replace a table's.
#[derive(Debug, Clone)]
pub enum Rows {
    Preset(Preset),
    /// A layout file.
    Layout(Layout),
    /// A table that was read, from a CSV or a binary.
    Table(Table),
    /// Rows on the command line: `nvs=28K,factory=2M,vfs=fat:rest`.
    Set(Source),
}

/// What is asked for. It is applied in the order of the fields, each list in its own order.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub rows: Option<Rows>,
    /// Bytes of every app partition.
    pub app_size: Option<u32>,
    /// `NAME,...`
    pub delete: Option<Source>,
    /// `NAME=SIZE,...`
    pub resize: Option<Source>,
    /// `NAME=NEW,...`
    pub rename: Option<Source>,
    /// `NAME=[SUBTYPE:]SIZE[@OFFSET],...`
    pub add: Option<Source>,
    /// Lets the rows leave space between them.
    pub allow_gaps: bool,
}

/// The device that the table is for.
#[derive(Debug, Clone, Copy)]
pub struct Device {
    pub chip: Option<&'static Chip>,
    pub flash: FlashSize,
    /// What the table was made for before.
    pub flash_before: Option<FlashSize>,
}

/// The changed table, and what is wrong with it; it is there when every text could be read and every name is known.
///
/// What the old table breaks as well is a warning: an unchanged table is never refused here.
pub fn change(old: &Table, request: &Request, device: Device) -> (Option<Table>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut options = Options::new(RULES);
    options.table_offset = old.table_offset;
    let table = match &request.rows {
        None => Some(old.clone()),
        Some(rows) => new_rows(rows, old, request.app_size, device.flash, &options, &mut found),
    };
    let Some(mut table) = table else { return (None, found) };
    table.table_offset = old.table_offset;
    let mut ops = ops::Ops { table: &mut table, flash: device.flash, found: &mut found };
    if let Some(size) = request.app_size {
        ops.app_size(size);
    }
    request.delete.iter().for_each(|source| ops.delete(source));
    request.resize.iter().for_each(|source| ops.resize(source));
    request.rename.iter().for_each(|source| ops.rename(source));
    request.add.iter().for_each(|source| ops.add(source));
    if found.has_errors() {
        return (None, found);
    }
    // A layout's own rules were told while it was resolved.
    let judged = judge(&table, device.chip, device.flash, &options);
    let known = judge(old, device.chip, device.flash_before.unwrap_or(device.flash), &options);
    let known: BTreeSet<&str> = known.iter().map(|finding| finding.code.id).collect();
    for mut finding in judged {
        let bears = finding.code.id != table_codes::OVERLAP.id;
        if known.contains(finding.code.id) && bears || is_for_makeimg(finding.code) {
            finding.severity = finding.severity.min(Severity::Warning);
        }
        if finding.code.id == table_codes::BEYOND_FLASH.id
            && let Some(last) = table.partitions.iter().max_by_key(|row| row.offset)
        {
            finding.help = vec![format!(
                "make rows smaller, let the last take what is left (`--resize {}=rest`), or state the device's `--flash-size`",
                last.name
            )];
        }
        found.push(finding);
    }
    if !request.allow_gaps {
        gaps(old, &table, &options, &mut found);
    }
    (Some(table), found.sorted())
}

fn new_rows(
    rows: &Rows,
    old: &Table,
    app_size: Option<u32>,
    flash: FlashSize,
    options: &Options,
    found: &mut Diagnostics,
) -> Option<Table> {
    let layout = match rows {
        Rows::Table(table) => return Some(table.clone()),
        Rows::Layout(layout) => layout.clone(),
        Rows::Set(source) => spec::layout(source, found)?,
        Rows::Preset(preset) => spec::layout(&preset.rows(old, app_size, flash), found)?,
    };
    let (table, findings) = layout::resolve(&layout, flash, options);
    // The rules are applied when every change is made, also to a table that was not to be resolved.
    if table.is_none() {
        found.extend(findings);
    }
    table
}

fn judge(table: &Table, chip: Option<&'static Chip>, flash: FlashSize, options: &Options) -> Diagnostics {
    let options = Options { flash_size: Some(flash), ..options.clone() };
    let mut found = rules::check_idf(table, &options);
    let context =
        rules::OwnContext { chip, idf: Some(RULES), flash_size: Some(flash), ..rules::OwnContext::default() };
    found.extend(rules::check_own(table, &context));
    found.sorted()
}

/// Rules of MicroPython's makeimg.py alone: it takes no part in a changed image.
fn is_for_makeimg(code: &Code) -> bool {
    [&table_codes::NVS_MISSING, &table_codes::FIRST_BOOT].iter().any(|other| other.id == code.id)
}

/// Space between rows that no alignment explains, and that the old table does not leave as well.
fn gaps(old: &Table, table: &Table, options: &Options, found: &mut Diagnostics) {
    let before: Vec<(u64, u64)> =
        spaces(old, options).into_iter().map(|space| (space.start, space.end)).collect();
    for space in spaces(table, options) {
        if before.contains(&(space.start, space.end)) {
            continue;
        }
        let (start, end, bytes) = (space.start, space.end, space.end - space.start);
        let message = format!(
            "{} from {start:#x} to {end:#x} before `{}` belong to no partition",
            crate::chip::bytes(bytes),
            space.name
        );
        found.push(
            rules::at(Diagnostic::error(&codes::GAP, message), space.place)
                .help("resize a row with `rest`, or keep the space with `--allow-gaps`"),
        );
    }
}

struct Space<'t> {
    start: u64,
    end: u64,
    name: &'t str,
    place: Option<&'t crate::source::Place>,
}

fn spaces<'t>(table: &'t Table, options: &Options) -> Vec<Space<'t>> {
    let mut rows: Vec<_> = table.partitions.iter().filter(|row| !rules::is_primary(row)).collect();
    rows.sort_by_key(|row| row.offset);
    let mut from = options.first_offset();
    let mut spaces = Vec::new();
    for row in rows {
        let unit = u64::from(rules::offset_alignment(row.kind));
        if u64::from(row.offset) > from.next_multiple_of(unit) {
            let place = row.place.as_ref();
            spaces.push(Space { start: from, end: row.offset.into(), name: &row.name, place });
        }
        from = from.max(row.end());
    }
    spaces
}

#[cfg(test)]
mod tests;
