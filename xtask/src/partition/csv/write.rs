//! Writes a table as a CSV in which nothing is left to be computed.
//!
//! It judges no table: gen_esp32part.py refuses rows that break its rules as it would in any CSV.

use crate::diagnostic::Diagnostic;
use crate::partition::table::{Partition, Table};
use crate::partition::{codes, python, rules, words};
use crate::version::Version;

const HEADER: [&str; COLUMNS] = ["# Name", "Type", "SubType", "Offset", "Size", "Flags"];
const COLUMNS: usize = 6;

/// The CSV that gen_esp32part.py of every release reads to the same rows: each offset and size in hexadecimal, words
/// where ESP-IDF 5.0 has them. Only the flag `readonly` needs ESP-IDF 5.2, and rows of types 2 and 3 need the release
/// for which they were written. Flag bits without a word are left out, as ESP-IDF's tool leaves them out.
///
/// # Errors
/// A name that a CSV cannot express: with a comma, a line end, a blank at an end, a variable, or `#` first.
pub fn write(table: &Table) -> Result<String, Diagnostic> {
    let mut rows = vec![HEADER.map(str::to_owned)];
    for partition in &table.partitions {
        if !is_expressible(&partition.name) {
            let message = format!("name `{}` cannot be written in a CSV", partition.name.escape_debug());
            return Err(rules::at(Diagnostic::error(&codes::LABEL, message), partition.place.as_ref())
                .help("give the partition a name of letters, digits and underscores"));
        }
        rows.push(columns(partition));
    }
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, column) in widths.iter_mut().zip(row) {
            *width = (*width).max(column.chars().count() + 1);
        }
    }
    let mut out = String::from("# ESP-IDF partition table; every offset and size is exact\n");
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(column, width)| format!("{:width$}", format!("{column},")));
        let line = cells.collect::<Vec<_>>().join(" ");
        out.push_str(line.trim_end_matches([' ', ',']));
        // The comma before blank flags stays, as in MicroPython's own tables.
        if row.last().is_some_and(String::is_empty) {
            out.push(',');
        }
        out.push('\n');
    }
    Ok(out)
}

fn columns(partition: &Partition) -> [String; COLUMNS] {
    let oldest = Version::new(5, 0, 0);
    let kind = words::type_name(partition.kind).filter(|_| words::type_is_known(partition.kind, oldest));
    let subtype = words::subtype_name(partition.kind, partition.subtype)
        .filter(|_| words::subtype_is_known(partition.kind, partition.subtype, oldest));
    [
        partition.name.clone(),
        kind.map_or_else(|| format!("{:#04x}", partition.kind), str::to_owned),
        subtype.map_or_else(|| format!("{:#04x}", partition.subtype), str::to_owned),
        format!("{:#x}", partition.offset),
        format!("{:#x}", partition.size),
        partition.flags_text(),
    ]
}

fn is_expressible(name: &str) -> bool {
    let one_line = python::lines(name).len() <= 1 && python::strip(name) == name;
    // An empty name is expressible: the row starts with a comma.
    one_line && !name.starts_with('#') && !name.starts_with('\u{feff}') && !name.contains([',', '$'])
}
