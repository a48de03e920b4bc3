//! Reads a layout file: its rows, each value with its place, every fault in one run.
//!
//! It computes no offsets, and knows neither the flash size nor the ESP-IDF release.

use crate::chip::parse_size;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::partition::codes;
use crate::source::{Place, Source};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A layout file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub rows: Vec<Row>,
    pub source: Source,
}

/// A row of it; words are checked when it is resolved, since they depend on the ESP-IDF release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// The type's word or number.
    pub kind: (String, Place),
    pub subtype: (String, Place),
    pub size: (SizeRule, Place),
    /// Bytes; without it the row follows the one above.
    pub offset: Option<(u32, Place)>,
    /// Words of flags.
    pub flags: Vec<(String, Place)>,
    /// Where the row's name stands.
    pub place: Place,
}

/// How large a row becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeRule {
    Bytes(u32),
    /// The same share of what is left for each such row, in steps of 64 KiB.
    Equal,
    /// All that is left.
    Rest,
}

const KEYS: [&str; 6] = ["name", "type", "subtype", "size", "offset", "flags"];

/// Reads a layout; it is there when nothing in the file was wrong.
pub fn parse(source: &Source) -> (Option<Layout>, Diagnostics) {
    let mut found = Diagnostics::default();
    let (root, errors) = DeTable::parse_recoverable(source.text());
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end_matches('.').to_owned();
        found.push(
            Diagnostic::error(&codes::LAYOUT_SYNTAX, message)
                .at(&source.place(span))
                .help("write `[[partition]]` tables with `name`, `type`, `subtype` and `size`"),
        );
    }
    let mut rows = Vec::new();
    let mut listed = false;
    for (key, value) in root.get_ref() {
        let name: &str = key.get_ref();
        if name != "partition" {
            found.push(unknown_key(source, key.span(), name, &["partition"]));
            continue;
        }
        listed = true;
        match value.get_ref() {
            DeValue::Array(values) => {
                for value in values.iter() {
                    read_row(source, value, &mut rows, &mut found);
                }
            }
            _ => found.push(
                Diagnostic::error(&codes::LAYOUT_VALUE, "`partition` is not a list of tables")
                    .at(&source.place(key.span()))
                    .help("write `[[partition]]`, with two brackets, before each row"),
            ),
        }
    }
    if !found.has_errors() && (!listed || rows.is_empty()) {
        let message = "the layout has no partitions";
        found.push(
            Diagnostic::error(&codes::LAYOUT_KEY, message)
                .at(&source.whole())
                .help("add `[[partition]]` tables with `name`, `type`, `subtype` and `size`"),
        );
    }
    let ok = !found.has_errors();
    (ok.then(|| Layout { rows, source: source.clone() }), found)
}

fn unknown_key(source: &Source, span: Range<usize>, key: &str, known: &[&str]) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::error(&codes::LAYOUT_KEY, format!("unknown key `{key}`")).at(&source.place(span));
    diagnostic.help.extend(did_you_mean(key, known.iter().copied()));
    diagnostic
}

fn read_row(source: &Source, value: &Spanned<DeValue<'_>>, rows: &mut Vec<Row>, found: &mut Diagnostics) {
    let place = source.place(value.span());
    let DeValue::Table(table) = value.get_ref() else {
        found.push(
            Diagnostic::error(
                &codes::LAYOUT_VALUE,
                format!("a partition is a table, not {}", kind_of(value)),
            )
            .at(&place)
            .help("write `[[partition]]` before each row"),
        );
        return;
    };
    for (key, _) in table.iter().filter(|(key, _)| !KEYS.contains(&&**key.get_ref())) {
        found.push(unknown_key(source, key.span(), key.get_ref(), &KEYS));
    }
    let mut reader = RowReader { source, table, place, found };
    let (name, kind, subtype) = (reader.text("name"), reader.word("type"), reader.word("subtype"));
    let (size, offset, flags) = (reader.size(), reader.offset(), reader.flags());
    if let (Some((name, place)), Some(kind), Some(subtype), Some(size), Some(offset), Some(flags)) =
        (name, kind, subtype, size, offset, flags)
    {
        rows.push(Row { name, kind, subtype, size, offset, flags, place });
    }
}

struct RowReader<'a, 'i> {
    source: &'a Source,
    table: &'a DeTable<'i>,
    place: Place,
    found: &'a mut Diagnostics,
}

impl<'a, 'i> RowReader<'a, 'i> {
    fn get(&self, key: &str) -> Option<(&'a DeValue<'i>, Place)> {
        let value = self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)?;
        Some((value.get_ref(), self.source.place(value.span())))
    }

    fn needed(&mut self, key: &str) -> Option<(&'a DeValue<'i>, Place)> {
        let value = self.get(key);
        if value.is_none() {
            let message = format!("a partition has no `{key}`");
            let diagnostic = Diagnostic::error(&codes::LAYOUT_KEY, message).at(&self.place);
            self.found.push(diagnostic.help(format!("add `{key} = ...`")));
        }
        value
    }

    fn refuse(&mut self, place: &Place, message: String, help: &str) {
        let code: &'static Code = &codes::LAYOUT_VALUE;
        self.found.push(Diagnostic::error(code, message).at(place).help(help));
    }

    fn text(&mut self, key: &str) -> Option<(String, Place)> {
        let (value, place) = self.needed(key)?;
        match value {
            DeValue::String(text) => Some((text.to_string(), place)),
            _ => {
                self.refuse(&place, format!("`{key}` is not a text"), "put it in double quotes");
                None
            }
        }
    }

    /// A word, or a number as text.
    fn word(&mut self, key: &str) -> Option<(String, Place)> {
        let (value, place) = self.needed(key)?;
        match value {
            DeValue::String(text) if !text.trim().is_empty() => Some((text.trim().to_owned(), place)),
            DeValue::Integer(_) => match integer(value).and_then(|n| u8::try_from(n).ok()) {
                Some(number) => Some((number.to_string(), place)),
                None => {
                    self.refuse(
                        &place,
                        format!("`{key}` is not between 0 and 255"),
                        "write a number of one byte",
                    );
                    None
                }
            },
            _ => {
                self.refuse(
                    &place,
                    format!("`{key}` is neither a word nor a number"),
                    "write a word such as `\"app\"`",
                );
                None
            }
        }
    }

    fn size(&mut self) -> Option<(SizeRule, Place)> {
        let (value, place) = self.needed("size")?;
        let rule = match value {
            DeValue::String(text) => match text.trim() {
                "equal" => Some(SizeRule::Equal),
                "rest" => Some(SizeRule::Rest),
                text => parse_size(text).map(SizeRule::Bytes),
            },
            _ => integer(value).and_then(|n| u32::try_from(n).ok()).map(SizeRule::Bytes),
        };
        match rule {
            Some(SizeRule::Bytes(0)) | None => {
                let message = format!("size {} is none", place.text());
                self.refuse(
                    &place,
                    message,
                    "write a number of bytes, `\"24K\"`, `\"2M\"`, `\"equal\"` or `\"rest\"`",
                );
                None
            }
            Some(rule) => Some((rule, place)),
        }
    }

    /// `Some(None)` without an offset; `None` if it cannot be read.
    fn offset(&mut self) -> Option<Option<(u32, Place)>> {
        let Some((value, place)) = self.get("offset") else {
            return Some(None);
        };
        let offset = match value {
            DeValue::String(text) => parse_size(text),
            _ => integer(value).and_then(|n| u32::try_from(n).ok()),
        };
        if offset.is_none() {
            let message = format!("offset {} is none", place.text());
            self.refuse(&place, message, "write a number of bytes such as `0x10000` or `\"64K\"`");
        }
        offset.map(|offset| Some((offset, place)))
    }

    fn flags(&mut self) -> Option<Vec<(String, Place)>> {
        let Some((value, place)) = self.get("flags") else {
            return Some(Vec::new());
        };
        let DeValue::Array(values) = value else {
            self.refuse(&place, "`flags` is not a list".into(), "write `flags = [\"encrypted\"]`");
            return None;
        };
        let mut flags = Vec::new();
        for value in values.iter() {
            let place = self.source.place(value.span());
            match value.get_ref() {
                DeValue::String(text) if matches!(text.as_ref(), "encrypted" | "readonly") => {
                    flags.push((text.to_string(), place));
                }
                _ => {
                    let message = format!("unknown flag {}", place.text());
                    self.refuse(&place, message, "known: `encrypted` and `readonly`");
                }
            }
        }
        (flags.len() == values.len()).then_some(flags)
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn kind_of(value: &Spanned<DeValue<'_>>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Array(_) => "a list",
        _ => "this",
    }
}
