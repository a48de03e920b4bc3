//! Two images side by side, in terms that a person thinks in, and whether a device that runs the first can be updated to
//! the second over the air.
//!
//! It judges neither image by itself, beyond the app that an update would send.

mod regions;
mod rows;
mod update;

pub use regions::Region;
pub use rows::{RowChange, RowKind};
pub use update::Update;

use super::report::ImageReport;
use super::{Evidence, Expectation, verify};
use crate::diagnostic::Diagnostics;
use crate::image::merged::likely_table_offset;
use crate::image::{Image, Role, app};
use crate::partition::{Table, binary};
use crate::source::Source;
use serde::Serialize;
use serde_json::Value;

/// What differs between two images, A and B.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// Whether every byte of one is the other's, what lies beyond a file's end being 0xFF.
    pub same: bool,
    pub facts: Vec<Fact>,
    pub partitions: Vec<RowChange>,
    pub segments: Vec<SegmentChange>,
    pub frozen: Names,
    pub regions: Vec<Region>,
    pub update: Update,
}

/// One fact of both that differs: a text, or a number (sizes in bytes); absent where an image does not have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fact {
    pub name: &'static str,
    pub a: Option<Value>,
    pub b: Option<Value>,
}

/// A segment of the app that has another address or length, by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SegmentChange {
    pub index: usize,
    pub a: Option<Extent>,
    pub b: Option<Extent>,
}

/// Where a segment is loaded, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Extent {
    pub load_address: u32,
    pub size: u32,
}

/// Names that one has and the other has not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Names {
    pub gone: Vec<String>,
    pub new: Vec<String>,
}

/// An image, read.
pub(super) struct Side<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) source: &'a Source,
    pub(super) report: ImageReport,
    pub(super) findings: Diagnostics,
    pub(super) table: Option<Table>,
    /// The app that boots, or the file when it is an app.
    pub(super) app: Option<Image>,
}

impl<'a> Side<'a> {
    fn read(bytes: &'a [u8], source: &'a Source) -> Self {
        let inspection = verify(bytes, source, &Expectation::default(), &Evidence::default());
        let report = inspection.image;
        let mut side = Self { bytes, source, report, findings: inspection.findings, table: None, app: None };
        if !side.report.partitions.is_empty() {
            let offset = likely_table_offset(bytes);
            let table = binary::parse(side.from(offset), source).0;
            side.table = table.map(|table| Table { table_offset: offset, ..table });
        }
        if let Some(found) = &side.report.app {
            let at = found.offset.unwrap_or(0);
            side.app = app::parse(side.from(at), Role::App, at, source).0;
        }
        side
    }

    /// The file from a flash address on; an app alone has the address 0.
    pub(super) fn from(&self, address: u32) -> &'a [u8] {
        let at = address.checked_sub(self.report.flash_offset).map(|at| at as usize);
        at.and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }
}

/// Compares two files of any kind that is known.
///
/// # Errors
/// The findings of a file that is no image.
pub fn compare(a: (&[u8], &Source), b: (&[u8], &Source)) -> Result<Comparison, Diagnostics> {
    let sides = [Side::read(a.0, a.1), Side::read(b.0, b.1)];
    let mut unknown = Diagnostics::default();
    for side in sides.iter().filter(|side| side.report.kind.is_empty()) {
        unknown.extend(side.findings.clone());
    }
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let [a, b] = &sides;
    Ok(Comparison {
        same: regions::same(a, b),
        facts: facts(a, b),
        partitions: rows::changes(a.table.as_ref(), b.table.as_ref()),
        segments: segments(a, b),
        frozen: frozen(a, b),
        regions: regions::regions(a, b),
        update: update::judge(a, b),
    })
}

fn facts(a: &Side<'_>, b: &Side<'_>) -> Vec<Fact> {
    let [first, second] = [a, b].map(side_facts);
    let pairs = first.into_iter().zip(second).map(|((name, a), (_, b))| Fact { name, a, b });
    // A file that is one part says nothing of the others.
    let is_told = |fact: &Fact| a.report.kind == b.report.kind || fact.a.is_some() && fact.b.is_some();
    pairs.filter(|fact| fact.a != fact.b && is_told(fact)).collect()
}

fn side_facts(side: &Side<'_>) -> Vec<(&'static str, Option<Value>)> {
    let report = &side.report;
    let (app, boot) = (report.app.as_ref(), report.bootloader.as_ref());
    let descriptor = side.app.as_ref().and_then(|image| image.app_descriptor.as_ref());
    let text =
        |text: Option<&String>| text.filter(|text| !text.is_empty()).map(|text| Value::from(text.as_str()));
    let number = |number: Option<u32>| number.map(Value::from);
    vec![
        ("kind", Some(report.kind.into())),
        ("chip", text(report.chip.as_ref())),
        ("flash-size", number(report.flash_size)),
        ("flash-mode", report.flash_mode.map(Value::from)),
        ("flash-frequency-mhz", number(report.flash_frequency_mhz)),
        ("bootloader-size", number(boot.map(|boot| boot.size))),
        ("bootloader-idf-version", text(boot.and_then(|boot| boot.idf_version.as_ref()))),
        ("app-partition", text(app.and_then(|app| app.partition.as_ref()))),
        ("app-size", number(app.map(|app| app.size))),
        ("app-idf-version", text(app.and_then(|app| app.idf_version.as_ref()))),
        ("app-project", text(descriptor.map(|descriptor| &descriptor.project_name))),
        ("app-version", text(descriptor.map(|descriptor| &descriptor.version))),
        ("app-date", text(descriptor.map(|descriptor| &descriptor.date))),
        ("app-time", text(descriptor.map(|descriptor| &descriptor.time))),
        ("app-secure-version", number(descriptor.map(|descriptor| descriptor.secure_version))),
        ("app-elf-sha256", text(app.and_then(|app| app.elf_sha256.as_ref()))),
        ("revision-min", number(app.map(|app| app.revision_min.into()))),
        ("revision-max", number(app.map(|app| app.revision_max.into()))),
        ("boots", text(report.ota.as_ref().and_then(|ota| ota.boots.as_ref()))),
    ]
}

/// `3.1` for 301.
pub(super) fn revision(number: u16) -> String {
    format!("{}.{}", number / 100, number % 100)
}

fn segments(a: &Side<'_>, b: &Side<'_>) -> Vec<SegmentChange> {
    let of = |side: &Side<'_>, index: usize| {
        let segment = side.app.as_ref()?.segments.get(index)?;
        Some(Extent { load_address: segment.load_address, size: segment.size })
    };
    let count = |side: &Side<'_>| side.app.as_ref().map_or(0, |image| image.segments.len());
    // Of an app that only one has, the facts tell.
    let both = a.app.is_some() && b.app.is_some();
    let most = if both { count(a).max(count(b)) } else { 0 };
    let all = (0..most).map(|index| SegmentChange { index, a: of(a, index), b: of(b, index) });
    all.filter(|segment| segment.a != segment.b).collect()
}

fn frozen(a: &Side<'_>, b: &Side<'_>) -> Names {
    let (Some(a), Some(b)) = (&a.report.app, &b.report.app) else { return Names::default() };
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).cloned().collect()
    };
    Names { gone: without(&a.frozen, &b.frozen), new: without(&b.frozen, &a.frozen) }
}

#[cfg(test)]
mod tests;
