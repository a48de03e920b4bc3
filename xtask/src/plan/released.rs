//! The table that devices in the field have, from the file that `released` names, against that of the build.
//!
//! What it must not strand is `partition::released`'s to say; here is where the file is read.

use super::table::{Declared, Question};
use crate::chip::Chip;
use crate::config::BuildSpec;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::Content;
use crate::image::merged::{detect, likely_table_offset};
use crate::partition::released::{self, Released, codes};
use crate::partition::{Options, Row, Table, binary, change, csv, rows};
use crate::source::{Place, Source};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The released table, as a plan has it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReleasedTable {
    pub file: PathBuf,
    pub partitions: Vec<Row>,
    #[serde(skip)]
    pub released: Released,
    /// The config's line.
    #[serde(skip)]
    pub place: Place,
}

/// Reads the released table, if the build has one, and compares it with that of the build as far as this is known.
pub fn released(question: &Question<'_>, declared: &Declared) -> (Option<ReleasedTable>, Diagnostics) {
    let (read, mut findings) = read(question.spec, &question.port.target, question.table_offset());
    if let (Some(read), Some(table)) = (&read, &declared.table) {
        findings.extend(released::compare(&read.released, table, place(question.spec, read)));
    }
    (read, findings)
}

/// Where the build's table comes from: the line that a difference is shown at when it has no row.
pub fn place<'a>(spec: &'a BuildSpec, released: &'a ReleasedTable) -> &'a Place {
    spec.settings.partitions.as_ref().map_or(&released.place, |layout| &layout.place)
}

/// Reads the file that `released` names, for a chip and the offset that the build's own table has.
pub fn read(spec: &BuildSpec, chip: &str, table_offset: u32) -> (Option<ReleasedTable>, Diagnostics) {
    let Some(named) = &spec.settings.released else { return (None, Diagnostics::default()) };
    let bytes = match fs_err::read(&named.value) {
        Ok(bytes) => bytes,
        Err(error) => {
            let finding = Diagnostic::error(&codes::NO_TABLE, error.to_string()).at(&named.place);
            return (None, Diagnostics(vec![finding]));
        }
    };
    match parse(&named.value, &bytes, chip, table_offset) {
        Ok(released) => {
            let partitions = rows(&released.table);
            let (file, place) = (named.value.clone(), named.place.clone());
            (Some(ReleasedTable { file, partitions, released, place }), Diagnostics::default())
        }
        Err(mut findings) => {
            let message = format!("`{}` has no partition table that can be read", named.value.display());
            findings.push(Diagnostic::error(&codes::NO_TABLE, message).at(&named.place));
            (None, findings)
        }
    }
}

/// The table of a CSV, a binary table or a merged image. Devices have it whatever the rules say that came later: only
/// what keeps it from being understood is an error.
fn parse(path: &Path, bytes: &[u8], chip: &str, table_offset: u32) -> Result<Released, Diagnostics> {
    let file = Source::binary(path);
    let binary = |rows: &[u8]| match binary::parse(rows, &file) {
        (Some(table), findings) if !findings.has_errors() => Ok(table),
        (_, findings) => Err(findings),
    };
    if bytes.starts_with(&binary::MAGIC) {
        return Ok(Released { table: binary(bytes)?, offset_known: false, source: file.clone() });
    }
    if let Some(layout) = detect(bytes, likely_table_offset(bytes)) {
        let at = layout.table_offset.checked_sub(layout.flash_offset).map(|at| at as usize);
        let rows = at.filter(|_| layout.content == Content::Merged).and_then(|at| bytes.get(at..));
        let rows = rows.map(|rows| rows.get(..binary::TABLE_BYTES).unwrap_or(rows)).unwrap_or_default();
        let table = Table { table_offset: layout.table_offset, ..binary(rows)? };
        return Ok(Released { table, offset_known: true, source: file.clone() });
    }
    let mut options = Options::new(change::RULES);
    options.table_offset = table_offset.min(options.table_offset);
    options.primary_bootloader_offset = Chip::by_name(chip).map(|chip| chip.bootloader_offset);
    let text = csv::decode(bytes, path, options.idf).map_err(|finding| Diagnostics(vec![finding]))?;
    let source = Source::new(path, text);
    match csv::parse(&source, &options) {
        (Some(table), _) if !table.partitions.is_empty() => {
            Ok(Released { table, offset_known: false, source })
        }
        (_, findings) => Err(findings),
    }
}
