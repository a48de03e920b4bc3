//! Rows of two tables: which moved, grew, came and went.

use crate::partition::{Row, Table, rows};
use serde::Serialize;

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RowChange {
    pub kind: RowKind,
    pub a: Option<Row>,
    pub b: Option<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    Added,
    Removed,
    /// Another name for the same range of the flash.
    Renamed,
    /// Another offset; perhaps another size as well.
    Moved,
    /// Another size at the same offset.
    Resized,
    /// Another type, subtype or flag alone.
    Retyped,
}

impl RowKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Resized => "resized",
            Self::Retyped => "retyped",
        }
    }
}

/// The rows that differ, in A's order, then the new ones in B's. None when one of the two has no table.
pub(super) fn changes(a: Option<&Table>, b: Option<&Table>) -> Vec<RowChange> {
    let (Some(a), Some(b)) = (a, b) else { return Vec::new() };
    let (a, b) = (rows(a), rows(b));
    let named = |rows: &[Row], name: &str| rows.iter().find(|row| row.name == name).cloned();
    let mut changes = Vec::new();
    let mut renamed: Vec<String> = Vec::new();
    for row in &a {
        let place = |other: &&Row| (other.offset, other.size) == (row.offset, row.size);
        let (kind, other) = match named(&b, &row.name) {
            Some(other) => (difference(row, &other), Some(other)),
            None => match b.iter().find(|other| place(other) && named(&a, &other.name).is_none()) {
                Some(other) => {
                    renamed.push(other.name.clone());
                    (Some(RowKind::Renamed), Some(other.clone()))
                }
                None => (Some(RowKind::Removed), None),
            },
        };
        changes.extend(kind.map(|kind| RowChange { kind, a: Some(row.clone()), b: other }));
    }
    let new = b.iter().filter(|row| named(&a, &row.name).is_none() && !renamed.contains(&row.name));
    changes.extend(new.map(|row| RowChange { kind: RowKind::Added, a: None, b: Some(row.clone()) }));
    changes
}

fn difference(a: &Row, b: &Row) -> Option<RowKind> {
    if a.offset != b.offset {
        Some(RowKind::Moved)
    } else if a.size != b.size {
        Some(RowKind::Resized)
    } else {
        (a != b).then_some(RowKind::Retyped)
    }
}
