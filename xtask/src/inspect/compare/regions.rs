//! Bytes that differ, by the part of the image that they are in. A part that moved is compared from its start.

use super::Side;
use crate::image::bytes::content_len;
use crate::image::merged::TABLE_BYTES;
use serde::Serialize;

/// A part whose bytes differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Region {
    /// `bootloader`, `table`, `app` (the one that boots), a partition's name, or `gaps` for what belongs to none.
    pub name: String,
    /// Bytes that differ.
    pub differ: u64,
    /// Bytes that were compared; what lies beyond a file's end counts as 0xFF.
    pub of: u64,
    /// From the part's start.
    pub first: u64,
}

/// The parts of a file: name, and bytes as far as they are in it.
type Parts<'a> = Vec<(String, &'a [u8])>;

pub(super) fn regions<'a>(a: &Side<'a>, b: &Side<'a>) -> Vec<Region> {
    let (first, second) = (parts(a), parts(b));
    let names: Vec<&String> = first.iter().chain(&second).map(|part| &part.0).collect();
    let mut seen: Vec<&String> = Vec::new();
    let mut regions = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let in_both = [&first, &second].iter().all(|parts| parts.iter().any(|part| part.0 == *name));
        // Of a file that is one part, the other's other parts are nothing to compare with.
        if a.report.kind != b.report.kind && !in_both {
            continue;
        }
        let of = |parts: &Parts<'a>| -> Vec<&'a [u8]> {
            parts.iter().filter(|part| part.0 == *name).map(|part| part.1).collect()
        };
        regions.extend(match (of(&first).as_slice(), of(&second).as_slice()) {
            ([one], [other]) => difference(name, one, other),
            (these, those) => difference(name, &these.concat(), &those.concat()),
        });
    }
    regions
}

/// Whether the files are one, but for 0xFF behind an end.
pub(super) fn same(a: &Side<'_>, b: &Side<'_>) -> bool {
    a.report.kind == b.report.kind
        && a.report.flash_offset == b.report.flash_offset
        && difference("", a.bytes, b.bytes).is_none()
}

fn difference(name: &str, a: &[u8], b: &[u8]) -> Option<Region> {
    let of = a.len().max(b.len());
    let mut first = None;
    let mut differ = 0u64;
    let short = a.len().min(b.len());
    const BLOCK: usize = 4096;
    let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK)).enumerate();
    for (index, (left, right)) in blocks {
        let left = left.get(..left.len().min(right.len())).unwrap_or(left);
        let right = right.get(..left.len()).unwrap_or(right);
        if left == right {
            continue;
        }
        for (at, _) in left.iter().zip(right).enumerate().filter(|(_, (left, right))| left != right) {
            first.get_or_insert((index * BLOCK + at) as u64);
            differ += 1;
        }
    }
    let longer = if a.len() > b.len() { a } else { b };
    let rest = longer.get(short..).unwrap_or_default();
    let rest = rest.get(..content_len(rest)).unwrap_or(rest);
    for (at, _) in rest.iter().enumerate().filter(|(_, byte)| **byte != 0xFF) {
        first.get_or_insert((short + at) as u64);
        differ += 1;
    }
    Some(Region { name: name.to_owned(), differ, of: of as u64, first: first? })
}

fn parts<'a>(side: &Side<'a>) -> Parts<'a> {
    let Some(table) = &side.table else {
        let name = match side.report.kind {
            "app image" => "app",
            "partition table" => "table",
            other => other,
        };
        return vec![(name.to_owned(), side.bytes)];
    };
    let slice = |from: u64, to: u64| -> &'a [u8] {
        let start = u64::from(side.report.flash_offset);
        let at = |flash: u64| {
            usize::try_from(flash.saturating_sub(start)).unwrap_or(usize::MAX).min(side.bytes.len())
        };
        side.bytes.get(at(from)..at(to)).unwrap_or_default()
    };
    let table_at = u64::from(table.table_offset);
    let boot_at = u64::from(side.report.bootloader.as_ref().map_or(0, |boot| boot.offset));
    let mut taken = vec![("bootloader".to_owned(), boot_at, table_at)];
    taken.push(("table".to_owned(), table_at, table_at + TABLE_BYTES as u64));
    let app = side.report.app.as_ref().and_then(|app| app.partition.as_deref());
    for row in &table.partitions {
        // The app that boots is one part, whatever its partition is called.
        let name = if app == Some(row.name.as_str()) { "app" } else { row.name.as_str() };
        taken.push((name.to_owned(), row.offset.into(), row.end()));
    }
    if side.report.kind == "partition table" {
        taken.retain(|part| part.0 == "table");
    }
    taken.sort_by_key(|part| part.1);
    let mut parts: Parts<'a> = Vec::new();
    let mut from = u64::from(side.report.flash_offset);
    for (name, start, end) in taken {
        if start > from {
            parts.push(("gaps".to_owned(), slice(from, start)));
        }
        parts.push((name, slice(start, end)));
        from = from.max(end);
    }
    parts.push(("gaps".to_owned(), slice(from, u64::MAX)));
    parts
}
