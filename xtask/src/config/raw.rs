//! The file exactly: its tables, keys and values with their places, as far as their shapes are right.
//!
//! It judges names of keys and shapes of values, and nothing that a value means.

use super::codes;
use super::keys::{self, Key, Shape};
use super::symbols::{self, SdkconfigEntry};
use super::types::Located;
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::source::{Place, Source};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct RawConfig {
    pub micropython: RawTable,
    pub esp_idf: RawTable,
    pub build: RawTable,
    pub boards: Vec<RawBoard>,
}

/// `[board.NAME]` or `[board.NAME.variant.NAME]`; a variant has no variants.
#[derive(Debug)]
pub(super) struct RawBoard {
    pub name: Located<String>,
    pub table: RawTable,
    pub sdkconfig: Vec<SdkconfigEntry>,
    pub variants: Vec<Self>,
}

/// The plain keys of a table.
#[derive(Debug, Default)]
pub(super) struct RawTable {
    /// The table's own key; `None` when the file has no such table.
    pub place: Option<Place>,
    fields: BTreeMap<&'static str, Located<RawValue>>,
}

#[derive(Debug, Clone)]
pub(super) enum RawValue {
    Text(String),
    Flag(bool),
    /// As written.
    Integer(String),
    List(Vec<Located<String>>),
}

impl RawTable {
    pub(super) fn text(&self, key: &str) -> Option<Located<String>> {
        let field = self.fields.get(key)?;
        match &field.value {
            RawValue::Text(text) => Some(field.with(text.clone())),
            _ => None,
        }
    }

    pub(super) fn flag(&self, key: &str) -> Option<Located<bool>> {
        let field = self.fields.get(key)?;
        match field.value {
            RawValue::Flag(flag) => Some(field.with(flag)),
            _ => None,
        }
    }

    /// A size as written, with or without quotes.
    pub(super) fn size(&self, key: &str) -> Option<Located<String>> {
        let field = self.fields.get(key)?;
        match &field.value {
            RawValue::Text(text) | RawValue::Integer(text) => Some(field.with(text.clone())),
            _ => None,
        }
    }

    pub(super) fn list(&self, key: &str) -> &[Located<String>] {
        match self.fields.get(key).map(|field| &field.value) {
            Some(RawValue::List(list)) => list,
            _ => &[],
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }
}

/// Reads the tables; `out` gets what is wrong with keys and shapes.
pub(super) fn read(source: &Source, root: &DeTable<'_>, out: &mut Diagnostics) -> RawConfig {
    let mut reader = Reader { source, out };
    let mut raw = RawConfig::default();
    for (key, value) in entries(root) {
        let name = key.get_ref().as_ref();
        if !keys::SECTIONS.contains(&name) {
            reader.unknown_section(key);
            continue;
        }
        let Some(table) = reader.table(key, value, section_example(name)) else {
            continue;
        };
        let place = source.place(key.span());
        match name {
            "micropython" => raw.micropython = reader.plain(place, table, "[micropython]", keys::MICROPYTHON),
            "esp-idf" => raw.esp_idf = reader.plain(place, table, "[esp-idf]", keys::ESP_IDF),
            "build" => raw.build = reader.plain(place, table, "[build]", keys::BUILD),
            _ => raw.boards = reader.boards(table),
        }
    }
    raw
}

fn section_example(name: &str) -> &'static str {
    match name {
        "micropython" => "[micropython]",
        "esp-idf" => "[esp-idf]",
        "build" => "[build]",
        _ => "[board.NAME]",
    }
}

type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// The entries of a table in the order of the file.
pub(super) fn entries<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// What a value is, with its article.
pub(super) fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "a switch",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub out: &'a mut Diagnostics,
}

impl Reader<'_> {
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        self.source.place(span)
    }

    /// The value as a table, or a finding.
    fn table<'t, 'i>(
        &mut self,
        key: &Spanned<std::borrow::Cow<'i, str>>,
        value: &'t Spanned<DeValue<'i>>,
        example: &str,
    ) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let message = format!("`{}` is {}, a table is expected", key.get_ref(), found(value.get_ref()));
            let place = self.place(key.span());
            self.out.push(
                Diagnostic::error(&codes::WRONG_TYPE, message)
                    .at(&place)
                    .help(format!("write it as `{example}`")),
            );
        }
        table
    }

    fn boards(&mut self, table: &DeTable<'_>) -> Vec<RawBoard> {
        let keys: Vec<&Key> = keys::BOARD.iter().collect();
        let mut boards = Vec::new();
        for (key, value) in entries(table) {
            let example = format!("[board.{}]", key.get_ref());
            if let Some(inner) = self.table(key, value, &example) {
                boards.push(self.board(key, inner, &example, &keys));
            } else if let Some(known) = keys.iter().find(|known| known.name == key.get_ref().as_ref()) {
                // `[board]` with a key of a board directly below it: the name was forgotten.
                if let Some(last) = self.out.0.last_mut() {
                    last.help =
                        vec![format!("give the board a name: `[board.NAME]`, then `{}`", known.example)];
                }
            }
        }
        boards
    }

    fn board(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        table: &DeTable<'_>,
        title: &str,
        known: &[&'static Key],
    ) -> RawBoard {
        let place = self.place(key.span());
        let name = Located { value: key.get_ref().to_string(), place: place.clone() };
        let mut board =
            RawBoard { name, table: RawTable::default(), sdkconfig: Vec::new(), variants: Vec::new() };
        board.table.place = Some(place);
        for (key, value) in entries(table) {
            let Some(known_key) = self.known(key, title, known) else {
                continue;
            };
            match known_key.shape {
                Shape::Symbols => {
                    if let Some(inner) = self.table(key, value, known_key.example) {
                        board.sdkconfig = symbols::read(self, inner);
                    }
                }
                Shape::Tables => {
                    if let Some(inner) = self.table(key, value, known_key.example) {
                        board.variants = self.variants(inner, title);
                    }
                }
                _ => self.field(&mut board.table, key, value, known_key),
            }
        }
        board
    }

    fn variants(&mut self, table: &DeTable<'_>, board: &str) -> Vec<RawBoard> {
        let keys = keys::variant_keys();
        let board = board.trim_end_matches(']');
        let mut variants = Vec::new();
        for (key, value) in entries(table) {
            let title = format!("{board}.variant.{}]", key.get_ref());
            if let Some(inner) = self.table(key, value, &title) {
                variants.push(self.board(key, inner, &title, &keys));
            }
        }
        variants
    }

    fn plain(&mut self, place: Place, table: &DeTable<'_>, title: &str, keys: &'static [Key]) -> RawTable {
        let known: Vec<&Key> = keys.iter().collect();
        let mut raw = RawTable { place: Some(place), fields: BTreeMap::new() };
        for (key, value) in entries(table) {
            if let Some(known_key) = self.known(key, title, &known) {
                self.field(&mut raw, key, value, known_key);
            }
        }
        raw
    }

    fn field(
        &mut self,
        raw: &mut RawTable,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        known: &'static Key,
    ) {
        let place = self.place(value.span());
        let read = match (known.shape, value.get_ref()) {
            (Shape::Text | Shape::Size, DeValue::String(text)) => Some(RawValue::Text(text.to_string())),
            (Shape::Size, DeValue::Integer(_)) => Some(RawValue::Integer(place.text().replace('_', ""))),
            (Shape::Flag, DeValue::Boolean(flag)) => Some(RawValue::Flag(*flag)),
            (Shape::List, DeValue::Array(items)) => {
                Some(RawValue::List(items.iter().filter_map(|item| self.item(item, known)).collect()))
            }
            _ => None,
        };
        match read {
            Some(read) => {
                raw.fields.insert(known.name, Located { value: read, place });
            }
            None => self.wrong_type(known, value, &place, key.get_ref()),
        }
    }

    fn item(&mut self, item: &Spanned<DeValue<'_>>, known: &Key) -> Option<Located<String>> {
        let place = self.place(item.span());
        if let Some(text) = item.get_ref().as_str() {
            return Some(Located { value: text.to_owned(), place });
        }
        let message =
            format!("an entry of `{}` is {}, a text is expected", known.name, found(item.get_ref()));
        let example = format!("for example: `{}`", known.example);
        self.out.push(Diagnostic::error(&codes::WRONG_TYPE, message).at(&place).help(example));
        None
    }

    fn wrong_type(&mut self, known: &Key, value: &Spanned<DeValue<'_>>, place: &Place, key: &str) {
        let value = value.get_ref();
        let message = format!("`{key}` is {}, {} is expected", found(value), known.shape.name());
        let help = match (known.shape, value) {
            (Shape::List, DeValue::String(_)) => format!("write `{key} = [{}]`", place.text()),
            (Shape::Flag, DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
                format!("write `{key} = {text}`, without quotes")
            }
            _ => format!("for example: `{}`", known.example),
        };
        self.out.push(Diagnostic::error(&codes::WRONG_TYPE, message).at(place).help(help));
    }

    /// The key of this name, or a finding.
    fn known(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        title: &str,
        known: &[&'static Key],
    ) -> Option<&'static Key> {
        let name = key.get_ref().as_ref();
        if let Some(found) = known.iter().find(|candidate| candidate.name == name) {
            return Some(found);
        }
        let place = self.place(key.span());
        let mut diagnostic =
            Diagnostic::error(&codes::UNKNOWN_KEY, format!("unknown key `{name}` in `{title}`")).at(&place);
        let help = elsewhere(name, title).or_else(|| did_you_mean(name, known.iter().map(|key| key.name)));
        diagnostic.help.extend(help);
        self.out.push(diagnostic);
        None
    }

    fn unknown_section(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>) {
        let name = key.get_ref().as_ref();
        let message = format!("unknown key `{name}` at the top of the file");
        let place = self.place(key.span());
        let help = elsewhere(name, "").or_else(|| did_you_mean(name, keys::SECTIONS));
        let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_KEY, message).at(&place);
        diagnostic.help.extend(help);
        self.out.push(diagnostic);
    }
}

/// Where a key of another table belongs.
fn elsewhere(name: &str, title: &str) -> Option<String> {
    let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
    let home = if title.contains(".variant.") && keys::BOARD_ONLY.contains(&name) {
        "[board.NAME], not to a variant"
    } else if has(keys::BOARD) && !title.starts_with("[board.") {
        "[board.NAME]"
    } else if has(keys::BUILD) {
        "[build]"
    } else if matches!(name, "git" | "rev" | "path") {
        "[micropython] or [esp-idf]"
    } else {
        return None;
    };
    let (table, rest) = home.split_once(", ").map_or((home, String::new()), |(t, r)| (t, format!(", {r}")));
    let table = table.replace(" or ", "` or `");
    Some(format!("`{name}` belongs to `{table}`{rest}"))
}
