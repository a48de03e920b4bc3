//! Two images side by side as a person reads it: facts, rows, segments, bytes, and whether an update is possible.

use super::columns;
use crate::chip::human_size;
use crate::diagnostic::Severity;
use crate::inspect::compare::{Comparison, Names, RowChange, Update};
use crate::partition::Row;

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
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let cells: Vec<Vec<String>> = comparison
        .facts
        .iter()
        .map(|fact| vec![fact.name.replace('-', " "), word(&fact.a), word(&fact.b)])
        .collect();
    section(&["FACT", "A", "B"], &cells)
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
    let side = |segment: Option<(u32, u32)>| {
        segment.map_or_else(|| "-".into(), |(address, size)| format!("{address:#010x}, {size} bytes"))
    };
    let cells: Vec<Vec<String>> = comparison
        .segments
        .iter()
        .map(|segment| {
            let sizes = segment.a.zip(segment.b).map(|(a, b)| i64::from(b.1) - i64::from(a.1));
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
