//! Reads changes from the command line: lists of `NAME=VALUE`, with the place of each word for a caret.
//!
//! It changes nothing.

use super::codes;
use crate::chip::parse_size;
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::partition::layout::{Layout, Row, SizeRule};
use crate::partition::words::{self, APP, DATA};
use crate::source::{Place, Source};

/// A word of the command line, and where it stands.
pub(super) type Word = (String, Place);

/// `NAME`, or `NAME=VALUE`.
pub(super) struct Entry {
    pub(super) name: Word,
    pub(super) value: Option<Word>,
}

/// The entries of a list that is joined by commas.
pub(super) fn entries(source: &Source, found: &mut Diagnostics) -> Vec<Entry> {
    let text = source.text();
    let mut entries = Vec::new();
    let mut start = 0;
    for item in text.split(',') {
        let word = |from: usize, text: &str| {
            let blank = text.len() - text.trim_start().len();
            let trimmed = text.trim();
            (trimmed.to_owned(), source.place(from + blank..from + blank + trimmed.len()))
        };
        let (name, value) = match item.split_once('=') {
            None => (word(start, item), None),
            Some((name, value)) => (word(start, name), Some(word(start + name.len() + 1, value))),
        };
        if name.0.is_empty() {
            found.push(
                Diagnostic::error(&codes::SPEC, format!("a row of `{text}` has no name"))
                    .at(&name.1)
                    .help("write `NAME=SIZE`, several with commas between them"),
            );
        } else {
            entries.push(Entry { name, value });
        }
        start += item.len() + 1;
    }
    entries
}

/// What follows `=` in a new row.
pub(super) struct NewRow {
    pub(super) kind: u8,
    pub(super) subtype: u8,
    pub(super) size: (SizeRule, Place),
    pub(super) offset: Option<(u32, Place)>,
}

/// Reads `[SUBTYPE:]SIZE[@OFFSET]`.
pub(super) fn new_row(entry: &Entry, found: &mut Diagnostics) -> Option<NewRow> {
    let name = &entry.name;
    let Some((text, place)) = &entry.value else {
        let message = format!("`{}` has no size", name.0);
        let help = format!("write `{}=1M`, or `{0}=rest`", name.0);
        found.push(Diagnostic::error(&codes::SPEC, message).at(&name.1).help(help));
        return None;
    };
    let (subtype, rest) =
        text.split_once(':').map_or((None, text.as_str()), |(word, rest)| (Some(word), rest));
    let (size, offset) = rest.split_once('@').map_or((rest, None), |(size, offset)| (size, Some(offset)));
    let (kind, subtype) = subtype_of(name, subtype.map(str::trim), place, found)?;
    let size = size_rule(size, place, found)?;
    let offset = match offset {
        None => None,
        Some(text) => match parse_size(text.trim()) {
            Some(offset) => Some((offset, place.clone())),
            None => {
                let message = format!("offset `{}` of `{}` is none", text.trim(), name.0);
                found.push(
                    Diagnostic::error(&codes::SPEC, message)
                        .at(place)
                        .help("write a number such as `@0x200000`"),
                );
                return None;
            }
        },
    };
    Some(NewRow { kind, subtype, size: (size, place.clone()), offset })
}

/// Reads a size: bytes, `24K`, `2M`, `rest`, `equal`; 0 is what is left, as mp-image-tool-esp32 has it.
pub(super) fn size_rule(text: &str, place: &Place, found: &mut Diagnostics) -> Option<SizeRule> {
    let rule = match text.trim() {
        "rest" | "0" => Some(SizeRule::Rest),
        "equal" => Some(SizeRule::Equal),
        text => parse_size(text).filter(|size| *size > 0).map(SizeRule::Bytes),
    };
    if rule.is_none() {
        let message = format!("size `{}` is none", text.trim());
        let help = "write bytes, `24K`, `2M` or `rest`";
        found.push(Diagnostic::error(&codes::SPEC, message).at(place).help(help));
    }
    rule
}

/// Type and subtype by a word of either type, by a number (of data), or by the row's name.
fn subtype_of(name: &Word, word: Option<&str>, place: &Place, found: &mut Diagnostics) -> Option<(u8, u8)> {
    let usual = match name.0.as_str() {
        "vfs" | "ffat" => "fat",
        "otadata" => "ota",
        "phy_init" => "phy",
        other => other,
    };
    let wanted = word.unwrap_or(usual);
    if let Some(number) = word.and_then(parse_size).and_then(|number| u8::try_from(number).ok()) {
        return Some((DATA, number));
    }
    let of = |kind: u8| (0..=u8::MAX).find(|subtype| words::subtype_name(kind, *subtype) == Some(wanted));
    let known = of(APP).map(|subtype| (APP, subtype)).or_else(|| of(DATA).map(|subtype| (DATA, subtype)));
    if known.is_none() {
        let all: Vec<&str> = [APP, DATA]
            .iter()
            .flat_map(|kind| (0..=u8::MAX).filter_map(|subtype| words::subtype_name(*kind, subtype)))
            .collect();
        let message = match word {
            Some(word) => format!("`{word}` is no subtype of an app or of data"),
            None => format!("`{}` is no subtype, so that the row needs one", name.0),
        };
        let place = if word.is_some() { place } else { &name.1 };
        let mut finding = Diagnostic::error(&codes::SPEC, message).at(place);
        finding.help.extend(word.and_then(|word| did_you_mean(word, all)));
        finding.help.push(format!("write `{}=fat:1M` for files, `{0}=nvs:24K` for settings", name.0));
        found.push(finding);
    }
    known
}

/// The rows of a whole table.
pub(super) fn layout(source: &Source, found: &mut Diagnostics) -> Option<Layout> {
    let entries = entries(source, found);
    let mut rows = Vec::new();
    for entry in &entries {
        let Some(row) = new_row(entry, found) else { continue };
        rows.push(Row {
            name: entry.name.0.clone(),
            kind: (row.kind.to_string(), entry.name.1.clone()),
            subtype: (row.subtype.to_string(), row.size.1.clone()),
            size: row.size,
            offset: row.offset,
            flags: Vec::new(),
            place: entry.name.1.clone(),
        });
    }
    (!found.has_errors()).then(|| Layout { rows, source: source.clone() })
}
