//! Two images side by side as a person reads it: facts, rows, segments, bytes, and whether an update is possible.

use super::columns;
use crate::chip::human_size;
use crate::diagnostic::Severity;
use crate::inspect::compare::{Comparison, Extent, Names, RowChange, Update};
use crate::partition::Row;
use serde_json::Value;

/// The whole comparison.
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    if comparison.same {
        text += "The files are the same\n\n";
    }
    text += &facts(comparison);
    text += &rows(&comparison.partitions);
    text += &segments(comparison);
    text += &frozen(&comparison.frozen);
    text += &regions(comparison);
    text += &update(&comparison.update);
    text
}

fn section(head: &[&str], cells: &[Vec<String>]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    columns(head, cells.iter().map(Vec::as_slice))
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect::<String>()
        + "\n"
}

fn facts(comparison: &Comparison) -> String {
    let cells: Vec<Vec<String>> = comparison
        .facts
        .iter()
        .map(|fact| vec![fact.name.replace('-', " "), value(fact.name, &fact.a), value(fact.name, &fact.b)])
        .collect();
    section(&["FACT", "A", "B"], &cells)
}

/// Sizes of flash as people write them, chip revisions as datasheets do, all else as it is.
fn value(name: &str, value: &Option<Value>) -> String {
    match value {
        None => "-".into(),
        Some(Value::String(text)) => text.clone(),
        Some(number) => match (name, number.as_u64()) {
            ("flash-size", Some(size)) => human_size(size),
            ("revision-min" | "revision-max", Some(number)) => format!("{}.{}", number / 100, number % 100),
            _ => number.to_string(),
        },
    }
}

fn rows(changes: &[RowChange]) -> String {
    let place = |row: &Option<Row>| {
        row.as_ref()
            .map_or_else(|| "-".into(), |row| format!("{:#x}, {}", row.offset, human_size(row.size.into())))
    };
    let cell = |change: &RowChange| {
        let names = [&change.a, &change.b].map(|row| row.as_ref().map(|row| row.name.as_str()));
        let name = match names {
            [Some(a), Some(b)] if a != b => format!("{a} -> {b}"),
            [Some(name), _] | [None, Some(name)] => name.to_owned(),
            [None, None] => String::new(),
        };
        vec![name, change.kind.word().to_owned(), place(&change.a), place(&change.b)]
    };
    section(&["PARTITION", "", "A", "B"], &changes.iter().map(cell).collect::<Vec<_>>())
}

fn segments(comparison: &Comparison) -> String {
    let side = |segment: Option<Extent>| {
        segment.map_or_else(|| "-".into(), |at| format!("{:#010x}, {} bytes", at.load_address, at.size))
    };
    let cells: Vec<Vec<String>> = comparison
        .segments
        .iter()
        .map(|segment| {
            let sizes = segment.a.zip(segment.b).map(|(a, b)| i64::from(b.size) - i64::from(a.size));
            let change = sizes.filter(|change| *change != 0).map(|change| format!("{change:+}"));
            vec![segment.index.to_string(), side(segment.a), side(segment.b), change.unwrap_or_default()]
        })
        .collect();
    section(&["SEGMENT", "A", "B", "CHANGE"], &cells)
}

fn frozen(names: &Names) -> String {
    let line = |word: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!("  {word:<14} {}\n", names.join(", ")),
    };
    let text = line("frozen, gone", &names.gone) + &line("frozen, new", &names.new);
    if text.is_empty() { text } else { text + "\n" }
}

fn regions(comparison: &Comparison) -> String {
    let cells: Vec<Vec<String>> = comparison
        .regions
        .iter()
        .map(|region| {
            let (differ, of) = (region.differ.to_string(), human_size(region.of));
            vec![region.name.clone(), differ, of, format!("{:#x}", region.first)]
        })
        .collect();
    section(&["BYTES IN", "DIFFER", "OF", "FIRST AT"], &cells)
}

fn update(update: &Update) -> String {
    let answer = match update.possible {
        Some(true) => "yes: a device that runs A can be updated to B",
        Some(false) => "no: a device that runs A cannot be updated to B",
        None => "not known",
    };
    let mut text = format!("  {:<14} {answer}\n", "over the air");
    for finding in update.findings.iter().filter(|finding| finding.severity != Severity::Note) {
        text += &format!("  {:<14} {} ({})\n", "", finding.message, finding.code.id);
        if !finding.notes.is_empty() {
            text += &format!("  {:<14}   {}\n", "", finding.notes.join(", "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::inspect::compare::{Fact, Region, RowKind, SegmentChange};

    #[test]
    fn a_comparison_is_told_in_sections() {
        let row = |name: &str, offset| Row {
            name: name.into(),
            kind: "data".into(),
            subtype: "fat".into(),
            offset,
            size: 0x10_0000,
            flags: Vec::new(),
        };
        let extent = |size| Some(Extent { load_address: 0x3F40_0020, size });
        let comparison = Comparison {
            same: false,
            facts: vec![
                Fact { name: "flash-size", a: Some((4 << 20).into()), b: Some((8 << 20).into()) },
                Fact { name: "revision-min", a: Some(0.into()), b: Some(301.into()) },
                Fact { name: "app-version", a: None, b: Some("v2".into()) },
            ],
            partitions: vec![RowChange {
                kind: RowKind::Renamed,
                a: Some(row("vfs", 0x20_0000)),
                b: Some(row("files", 0x20_0000)),
            }],
            segments: vec![SegmentChange { index: 1, a: extent(100), b: extent(96) }],
            frozen: Names { gone: vec!["a.py".into()], new: vec!["b.py".into(), "c.py".into()] },
            regions: vec![Region { name: "table".into(), differ: 5, of: 3072, first: 4 }],
            update: Update { possible: Some(true), findings: Diagnostics::default() },
        };
        let expected = "  \
  FACT          A      B
  flash size    4 MiB  8 MiB
  revision min  0.0    3.1
  app version   -      v2

  PARTITION              A                B
  vfs -> files  renamed  0x200000, 1 MiB  0x200000, 1 MiB

  SEGMENT  A                      B                     CHANGE
  1        0x3f400020, 100 bytes  0x3f400020, 96 bytes  -4

  frozen, gone   a.py
  frozen, new    b.py, c.py

  BYTES IN  DIFFER  OF     FIRST AT
  table     5       3 KiB  0x4

  over the air   yes: a device that runs A can be updated to B
";
        assert_eq!(text(&comparison), expected);
    }
}
