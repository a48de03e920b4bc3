//! What the data partitions of an image hold, as far as the file reaches them.
//!
//! It judges nothing: content where none was declared is `gaps`'s to say.

use super::report::PartitionContent;
use crate::image::Layout;
use crate::image::held::recognise;
use crate::partition::{Partition, Table};
use std::ops::Range;

/// Every data partition but otadata, and the space behind the last row where no row is the filesystem.
pub(super) fn contents(bytes: &[u8], layout: &Layout, table: &Table) -> Vec<PartitionContent> {
    let start = u64::from(layout.flash_offset);
    let file_end = start + bytes.len() as u64;
    let read = |partition: Option<&Partition>, flash: Range<u64>| {
        let offset = u32::try_from(flash.start).ok()?;
        let at = usize::try_from(flash.start.checked_sub(start)?).ok()?;
        let end = usize::try_from(flash.end.min(file_end).checked_sub(start)?).ok()?;
        let own = bytes.get(at..end).filter(|own| !own.is_empty())?;
        let held = recognise(own);
        let partition = partition.map(|row| row.name.clone());
        Some(PartitionContent { partition, offset, bytes: u32::try_from(own.len()).ok()?, held })
    };
    let rows = table.partitions.iter().filter(|row| !row.is_app() && table.otadata() != Some(*row));
    let mut found: Vec<PartitionContent> =
        rows.filter_map(|row| read(Some(row), u64::from(row.offset)..row.end())).collect();
    if table.filesystem().is_none() {
        found.extend(read(None, table.end()..file_end));
    }
    found
}
