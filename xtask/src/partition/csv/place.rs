//! Finds where the rows of a CSV lie: blank offsets, sizes that mean an end, and the order of rows.
//!
//! It reads no text.

use super::read::RawRow;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::partition::table::{Field, Partition};
use crate::partition::{Options, codes, rules};
use crate::source::Place;

/// Gives blank offsets their value and negative sizes theirs; rows that cannot be placed are reported and left out.
pub(super) fn place_rows(
    rows: Vec<Option<RawRow>>,
    options: &Options,
    found: &mut Diagnostics,
) -> Vec<Partition> {
    let mut partitions = Vec::new();
    // `None` while an unreadable row precedes: where it ends is unknown, so nothing is said about what follows.
    let mut last_end = Some(i128::from(options.first_offset()));
    let mut previous: Option<Place> = None;
    for (index, row) in rows.into_iter().enumerate() {
        let Some(RawRow { mut partition, offset, mut size }) = row else {
            last_end = None;
            continue;
        };
        let is_primary = options.has_primary_rows() && rules::is_primary(&partition);
        if !is_primary
            && let (Some(offset), Some(end)) = (offset, last_end)
            && offset < end
        {
            found.push(order(&partition, offset, end, index == 0, previous.as_ref(), options));
        }
        let aligned = |end: i128| {
            let unit = i128::from(rules::offset_alignment(partition.kind));
            (end + unit - 1).div_euclid(unit) * unit
        };
        let Some(offset) = offset.or_else(|| last_end.map(aligned)) else {
            continue;
        };
        if size < 0 {
            size = -size - offset;
        }
        if !is_primary {
            last_end = Some(offset + size);
            previous = partition.place.clone();
        }
        let (Some(offset), Some(size)) =
            (word(&partition, Field::Offset, offset, found), word(&partition, Field::Size, size, found))
        else {
            last_end = None;
            continue;
        };
        (partition.offset, partition.size) = (offset, size);
        partitions.push(partition);
    }
    partitions
}

fn word(partition: &Partition, field: Field, value: i128, found: &mut Diagnostics) -> Option<u32> {
    let word = u32::try_from(value).ok();
    if word.is_none() {
        let what = if field == Field::Offset { "offset" } else { "size" };
        let name = &partition.name;
        let message = format!("the {what} of `{name}` is {value}, not between 0 and 4294967295");
        let diagnostic = Diagnostic::error(&codes::ROW_RANGE, message);
        found.push(rules::at(diagnostic, partition.column(field)));
    }
    word
}

fn order(
    partition: &Partition,
    offset: i128,
    end: i128,
    is_first: bool,
    previous: Option<&Place>,
    options: &Options,
) -> Diagnostic {
    let name = &partition.name;
    let (message, help) = if is_first {
        let table = options.table_offset;
        let message =
            format!("`{name}` starts at {offset:#x}, but the table takes {table:#x} to {:#x}", end - 1);
        (message, format!("start it at {end:#x} or above, or leave the offset blank"))
    } else {
        let message = format!("`{name}` starts at {offset:#x}, before the end {end:#x} of the row above");
        (message, "leave the offset blank, or put the rows in the order of their offsets".to_owned())
    };
    let mut diagnostic =
        rules::at(Diagnostic::error(&codes::ROW_ORDER, message), partition.column(Field::Offset));
    if let Some(place) = previous {
        diagnostic = diagnostic.label(place, format!("ends at {end:#x}"));
    }
    diagnostic.help(help)
}
