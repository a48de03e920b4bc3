//! A table's rows as JSON and reports have them.

use super::{Partition, Table};
use serde::Serialize;

/// One row; the names of the fields are part of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub subtype: String,
    /// Bytes.
    pub offset: u32,
    pub size: u32,
    pub flags: Vec<&'static str>,
}

/// Every row, in the table's order.
pub fn rows(table: &Table) -> Vec<Row> {
    table.partitions.iter().map(row).collect()
}

fn row(partition: &Partition) -> Row {
    let flags = [("encrypted", partition.encrypted), ("readonly", partition.readonly)];
    Row {
        name: partition.name.clone(),
        kind: partition.type_text(),
        subtype: partition.subtype_text(),
        offset: partition.offset,
        size: partition.size,
        flags: flags.into_iter().filter_map(|(name, on)| on.then_some(name)).collect(),
    }
}
