//! Reads the rows of a CSV: their text, columns, words and numbers.
//!
//! Where a row lies when its offset is blank is `place`'s to find.

use super::place::place_rows;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, quoted_list};
use crate::partition::options::TABLE_SECTOR_BYTES;
use crate::partition::table::{Field, Partition, Table};
use crate::partition::words::{self, BOOTLOADER, PARTITION_TABLE, Words};
use crate::partition::{Options, codes, python, rules};
use crate::source::{Place, Source};
use crate::version::Version;
use std::ops::Range;

const COLUMNS: usize = 6;

/// First release that looks for a byte order mark.
const READS_MARKS: Version = Version::new(5, 4, 2);
/// First release that knows the flag `readonly`.
const KNOWS_READONLY: Version = Version::new(5, 2, 0);

/// Reads a CSV and judges it as gen_esp32part.py of `options.idf` does.
///
/// The table is there when every row could be read and placed, even if a rule about the whole is broken. Source:
/// ESP-IDF v5.0 to v6.0, `gen_esp32part.py`, `PartitionTable.from_csv`.
pub fn parse(source: &Source, options: &Options) -> (Option<Table>, Diagnostics) {
    let mut found = Diagnostics::default();
    // What is wrong with the project's own words is told by `check_idf`.
    let words = Words::new(options).0;
    let mut rows = Vec::new();
    for span in python::lines(source.text()) {
        read_line(source, span, options, &words, &mut rows, &mut found);
    }
    let complete = rows.iter().all(Option::is_some) && !found.has_errors();
    let partitions = place_rows(rows, options, &mut found);
    let complete = complete && !found.has_errors();
    let table = Table { partitions, table_offset: options.table_offset };
    found.extend(rules::check_idf(&table, options));
    (complete.then_some(table), found)
}

/// Decodes the bytes of a file as gen_esp32part.py of this release does. A byte order mark stays: [`parse`] removes it.
///
/// # Errors
/// Bytes that are not the text that they should be.
pub fn decode(bytes: &[u8], path: &std::path::Path, idf: Version) -> Result<String, Diagnostic> {
    let refuse = |message: String| {
        Diagnostic::error(&codes::ENCODING, message)
            .at(&Source::binary(path).whole())
            .help("save the file as UTF-8 without a byte order mark")
    };
    let wide = |unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
        odd.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
    };
    let marked = idf >= READS_MARKS;
    let text = match bytes {
        [0xFF, 0xFE, ..] if marked => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] if marked => wide(u16::from_be_bytes),
        _ => {
            let text = String::from_utf8(bytes.to_vec());
            return text.map_err(|e| refuse(format!("byte {} is not UTF-8", e.utf8_error().valid_up_to())));
        }
    };
    text.ok_or_else(|| refuse("the file is not the UTF-16 that its byte order mark announces".into()))
}

/// A row whose offset may be blank and whose size may be negative.
#[derive(Debug)]
pub(super) struct RawRow {
    pub(super) partition: Partition,
    pub(super) offset: Option<i128>,
    pub(super) size: i128,
}

/// Reads one line; pushes nothing for a blank line or a comment, and `None` for a row that cannot be read.
fn read_line(
    source: &Source,
    span: Range<usize>,
    options: &Options,
    words: &Words,
    rows: &mut Vec<Option<RawRow>>,
    found: &mut Diagnostics,
) {
    let place = source.place(span.clone());
    let mut start = span.start;
    let mut line = source.text().get(span).unwrap_or_default();
    if start == 0
        && options.idf >= READS_MARKS
        && let Some(rest) = line.strip_prefix('\u{feff}')
    {
        start += line.len() - rest.len();
        line = rest;
    }
    let expanded = python::expand(line, &options.env);
    if let Some(name) = python::leading_variable(&expanded) {
        found.push(
            Diagnostic::error(&codes::ROW_VARIABLE, format!("unknown variable `${name}`"))
                .at(&place)
                .help(format!("set {name} in the environment, or write the value itself")),
        );
        rows.push(None);
        return;
    }
    let text = python::strip(&expanded);
    if text.is_empty() || text.starts_with('#') {
        return;
    }
    // Carets need the columns of the file itself: a line with a replaced variable is shown whole.
    let origin = (expanded == line).then_some((source, start + offset_in(line, text)));
    let mut row = RowReader { place, origin, text, columns: columns(text), options, words, found };
    let read = row.read();
    rows.push(read);
}

/// Where `part`, a slice of `whole`, starts in it.
fn offset_in(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The first six fields of a row, stripped; missing ones are empty.
fn columns(text: &str) -> [&str; COLUMNS] {
    let mut fields = text.split(',').map(python::strip);
    std::array::from_fn(|_| fields.next().unwrap_or_default())
}

struct RowReader<'a> {
    place: Place,
    /// The source and where `text` starts in it.
    origin: Option<(&'a Source, usize)>,
    text: &'a str,
    columns: [&'a str; COLUMNS],
    options: &'a Options,
    words: &'a Words,
    found: &'a mut Diagnostics,
}

impl<'a> RowReader<'a> {
    /// Reads every column, so that one run tells all that is wrong with the row.
    fn read(&mut self) -> Option<RawRow> {
        let kind = self.kind();
        let subtype = kind.and_then(|kind| self.subtype(kind));
        let places = [Field::Name, Field::Kind, Field::Subtype, Field::Offset, Field::Size, Field::Flags]
            .map(|field| (!self.column(field).is_empty()).then(|| self.at(field)));
        let mut partition = Partition {
            name: self.column(Field::Name).to_owned(),
            place: Some(self.place.clone()),
            columns: places,
            ..Partition::default()
        };
        let flags = self.flags(&mut partition);
        let offset = self.offset(kind, subtype);
        let size = self.size(kind);
        partition.kind = kind?;
        partition.subtype = subtype?;
        flags.then_some(RawRow { partition, offset: offset?, size: size? })
    }

    fn column(&self, field: Field) -> &'a str {
        self.columns.get(field as usize).copied().unwrap_or_default()
    }

    fn at(&self, field: Field) -> Place {
        let column = self.column(field);
        match self.origin {
            Some((source, start)) if !column.is_empty() => {
                let from = start + offset_in(self.text, column);
                source.place(from..from + column.len())
            }
            _ => self.place.clone(),
        }
    }

    fn refuse(&mut self, code: &'static Code, field: Field, message: String, help: Option<String>) {
        let mut diagnostic = Diagnostic::error(code, message).at(&self.at(field));
        diagnostic.help.extend(help);
        self.found.push(diagnostic);
    }

    fn kind(&mut self) -> Option<u8> {
        let text = self.column(Field::Kind);
        let known = || did_you_mean(&text.to_lowercase(), self.words.type_words());
        if text.is_empty() {
            let name = self.column(Field::Name);
            let help = known();
            self.refuse(&codes::ROW_TYPE, Field::Kind, format!("partition `{name}` has no type"), help);
            return None;
        }
        let Some(value) = python::number(text, |word| self.words.kind(word)) else {
            let help = known();
            let message = match words_known_later(text) {
                true => format!("type `{text}` is unknown to ESP-IDF {}", self.options.idf),
                false => format!("unknown type `{text}`"),
            };
            self.refuse(&codes::ROW_TYPE, Field::Kind, message, help);
            return None;
        };
        self.byte(Field::Kind, "type", value)
    }

    fn subtype(&mut self, kind: u8) -> Option<u8> {
        let text = self.column(Field::Subtype);
        let known = || did_you_mean(&text.to_lowercase(), self.words.subtype_words(kind));
        if text.is_empty() {
            if kind != words::APP {
                return Some(words::DATA_UNDEFINED);
            }
            let message = format!("app `{}` has no subtype", self.column(Field::Name));
            let help = "write `factory`, or `ota_0` for the first of several slots".to_owned();
            self.refuse(&codes::ROW_SUBTYPE, Field::Subtype, message, Some(help));
            return None;
        }
        let Some(value) = python::number(text, |word| self.words.subtype(kind, word)) else {
            let kind_text = words::type_name(kind).map_or_else(|| format!("{kind:#04x}"), str::to_owned);
            let message =
                format!("unknown subtype `{text}` of type `{kind_text}` in ESP-IDF {}", self.options.idf);
            let help = known();
            self.refuse(&codes::ROW_SUBTYPE, Field::Subtype, message, help);
            return None;
        };
        self.byte(Field::Subtype, "subtype", value)
    }

    fn byte(&mut self, field: Field, what: &str, value: i128) -> Option<u8> {
        let byte = u8::try_from(value).ok();
        if byte.is_none() {
            let text = self.column(field);
            let message = format!("{what} `{text}` is not between 0 and 255");
            self.refuse(&codes::ROW_RANGE, field, message, None);
        }
        byte
    }

    /// `Some(None)` is a blank offset. A number that cannot be read is reported, and `None`.
    fn offset(&mut self, kind: Option<u8>, subtype: Option<u8>) -> Option<Option<i128>> {
        if self.options.has_primary_rows() {
            let forced = match (kind, subtype) {
                (Some(BOOTLOADER), Some(words::PRIMARY)) => Some(self.options.primary_bootloader_offset),
                (Some(BOOTLOADER), Some(words::BOOTLOADER_RECOVERY)) => {
                    Some(self.options.recovery_bootloader_offset)
                }
                (Some(PARTITION_TABLE), Some(words::PRIMARY)) => Some(Some(self.options.table_offset)),
                _ => None,
            };
            match forced {
                Some(Some(offset)) => return Some(Some(offset.into())),
                Some(None) => {
                    let message = format!("the offset of `{}` is not configured", self.column(Field::Name));
                    let help = "set CONFIG_BOOTLOADER_RECOVERY_OFFSET or CONFIG_BOOTLOADER_OFFSET_IN_FLASH"
                        .to_owned();
                    self.refuse(&codes::BOOTLOADER_OFFSET, Field::Subtype, message, Some(help));
                    return None;
                }
                None => {}
            }
        }
        match self.column(Field::Offset) {
            "" => Some(None),
            _ => self.number(Field::Offset, "offset").map(Some),
        }
    }

    fn size(&mut self, kind: Option<u8>) -> Option<i128> {
        let options = self.options;
        if options.has_primary_rows() && kind == Some(BOOTLOADER) {
            let size =
                options.primary_bootloader_offset.map(|at| i128::from(options.table_offset) - i128::from(at));
            if size.is_none() {
                let message = format!("the size of `{}` is not configured", self.column(Field::Name));
                let help = "set CONFIG_BOOTLOADER_OFFSET_IN_FLASH".to_owned();
                self.refuse(&codes::BOOTLOADER_OFFSET, Field::Kind, message, Some(help));
            }
            return size;
        }
        if options.has_primary_rows() && kind == Some(PARTITION_TABLE) {
            return Some(TABLE_SECTOR_BYTES.into());
        }
        if self.column(Field::Size).is_empty() {
            let message = format!("partition `{}` has no size", self.column(Field::Name));
            let help = "write its size in the fifth column, such as `0x6000` or `1M`".to_owned();
            self.refuse(&codes::ROW_SIZE_MISSING, Field::Size, message, Some(help));
            return None;
        }
        self.number(Field::Size, "size")
    }

    fn number(&mut self, field: Field, what: &str) -> Option<i128> {
        let text = self.column(field);
        let value = python::number(text, |_| None);
        if value.is_none() {
            let leading_zero =
                text.len() > 1 && text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit());
            let help = match leading_zero {
                true => {
                    let bare = text.trim_start_matches('0');
                    format!("write `{bare}` or `0x{text}`: a decimal number does not start with 0")
                }
                false => "write a number of bytes such as `0x6000`, `24K` or `2M`".to_owned(),
            };
            self.refuse(&codes::ROW_NUMBER, field, format!("{what} `{text}` is no number"), Some(help));
        }
        value
    }

    /// Sets the flags; whether all were known.
    fn flags(&mut self, partition: &mut Partition) -> bool {
        let mut all_known = true;
        for flag in self.column(Field::Flags).split(':') {
            match flag {
                "" => {}
                "encrypted" => partition.encrypted = true,
                "readonly" if self.options.idf >= KNOWS_READONLY => partition.readonly = true,
                _ => {
                    all_known = false;
                    let known: &[&str] = if self.options.idf >= KNOWS_READONLY {
                        &["encrypted", "readonly"]
                    } else {
                        &["encrypted"]
                    };
                    let message = format!("unknown flag `{flag}` in ESP-IDF {}", self.options.idf);
                    let help = format!("known: {}", quoted_list(known.iter().copied(), "and"));
                    self.refuse(&codes::ROW_FLAG, Field::Flags, message, Some(help));
                }
            }
        }
        all_known
    }
}

fn words_known_later(text: &str) -> bool {
    (0..4).any(|kind| words::type_name(kind) == Some(text.to_lowercase().as_str()))
}
