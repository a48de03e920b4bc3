//! The words for types and subtypes, by ESP-IDF release.
//!
//! The facts are data: `xtask/data/partition_types.toml`. A word unknown to a release is refused by `csv`, not here.

use super::{Options, codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::version::Version;
use serde::Deserialize;
use std::sync::LazyLock;

pub const APP: u8 = 0;
pub const DATA: u8 = 1;
pub const BOOTLOADER: u8 = 2;
pub const PARTITION_TABLE: u8 = 3;

pub const APP_FACTORY: u8 = 0x00;
/// Subtype of `ota_0`; `ota_15` is 0x1F.
pub const APP_OTA_0: u8 = 0x10;
pub const APP_TEST: u8 = 0x20;
pub const DATA_OTA: u8 = 0;
pub const DATA_NVS: u8 = 2;
pub const DATA_COREDUMP: u8 = 3;
/// What a blank subtype stands for.
pub const DATA_UNDEFINED: u8 = 6;
pub const DATA_TEE_OTA: u8 = 0x90;
/// Subtype of the bootloader and the table that the chip starts with.
pub const PRIMARY: u8 = 0;
pub const BOOTLOADER_RECOVERY: u8 = 2;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    typical_app_bytes: u64,
    types: Vec<Type>,
    subtypes: Vec<Subtype>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    name: String,
    value: u8,
    since: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subtype {
    r#type: u8,
    name: String,
    count: Option<u8>,
    value: u8,
    since: Vec<String>,
}

struct Word {
    kind: u8,
    name: String,
    value: u8,
    since: Vec<Version>,
}

struct Data {
    typical_app_bytes: u64,
    types: Vec<Word>,
    subtypes: Vec<Word>,
}

fn data() -> &'static Data {
    static DATA: LazyLock<Data> = LazyLock::new(|| {
        let text = include_str!("../../data/partition_types.toml");
        let file: File = toml::from_str(text).expect("partition_types.toml is well-formed");
        let versions = |since: &[String]| since.iter().filter_map(|text| text.parse().ok()).collect();
        let subtype = |row: &Subtype, number: Option<u8>| Word {
            kind: row.r#type,
            name: number.map_or_else(|| row.name.clone(), |n| format!("{}{n}", row.name)),
            value: row.value.saturating_add(number.unwrap_or(0)),
            since: versions(&row.since),
        };
        let subtypes = file.subtypes.iter().flat_map(|row| match row.count {
            None => vec![subtype(row, None)],
            Some(count) => (0..count).map(|number| subtype(row, Some(number))).collect(),
        });
        Data {
            typical_app_bytes: file.typical_app_bytes,
            subtypes: subtypes.collect(),
            types: file
                .types
                .iter()
                .map(|row| Word {
                    kind: row.value,
                    name: row.name.clone(),
                    value: row.value,
                    since: versions(&row.since),
                })
                .collect(),
        }
    });
    &DATA
}

/// Size in bytes of a MicroPython app without modules of its own.
pub fn typical_app_bytes() -> u64 {
    data().typical_app_bytes
}

/// `app`, `data`, `bootloader` or `partition_table`.
pub fn type_name(kind: u8) -> Option<&'static str> {
    data().types.iter().find(|word| word.value == kind).map(|word| word.name.as_str())
}

/// The word for a subtype of a type, in any release, and MicroPython's `romfs`.
pub fn subtype_name(kind: u8, subtype: u8) -> Option<&'static str> {
    data()
        .subtypes
        .iter()
        .find(|word| word.kind == kind && word.value == subtype)
        .map(|word| word.name.as_str())
}

/// Whether the type's word is a keyword of this ESP-IDF release.
pub fn type_is_known(kind: u8, idf: Version) -> bool {
    data().types.iter().any(|word| word.value == kind && is_known(&word.since, idf))
}

/// Whether the subtype's word is a keyword of this ESP-IDF release.
pub fn subtype_is_known(kind: u8, subtype: u8, idf: Version) -> bool {
    data()
        .subtypes
        .iter()
        .any(|word| (word.kind, word.value) == (kind, subtype) && is_known(&word.since, idf))
}

/// The words that one ESP-IDF release and one project know.
#[derive(Debug, Clone)]
pub struct Words {
    /// Word and type.
    types: Vec<(&'static str, u8)>,
    /// Type, word and subtype.
    subtypes: Vec<(u8, String, u8)>,
}

impl Words {
    /// The release's words and the project's own; a value that is taken already is an error, as in gen_esp32part.py.
    pub fn new(options: &Options) -> (Self, Diagnostics) {
        let mut found = Diagnostics::default();
        let idf = options.idf;
        let known = |word: &&Word| is_known(&word.since, idf);
        let types = data().types.iter().filter(known).map(|word| (word.name.as_str(), word.value)).collect();
        let mut subtypes: Vec<(u8, String, u8)> = data()
            .subtypes
            .iter()
            .filter(known)
            .map(|word| (word.kind, word.name.clone(), word.value))
            .collect();
        for extra in &options.extra_subtypes {
            match subtypes.iter().find(|(kind, _, value)| (*kind, *value) == (extra.kind, extra.value)) {
                Some((_, taken, _)) => found.push(
                    Diagnostic::error(
                        &codes::EXTRA_SUBTYPE,
                        format!(
                            "extra subtype `{}` has the value {:#04x} of `{taken}`",
                            extra.name, extra.value
                        ),
                    )
                    .help("give EXTRA_PARTITION_SUBTYPES a value of its own, from 0x40 to 0xfe"),
                ),
                None => subtypes.push((extra.kind, extra.name.clone(), extra.value)),
            }
        }
        (Self { types, subtypes }, found)
    }

    /// The value of a type's word in lower case.
    pub fn kind(&self, word: &str) -> Option<u8> {
        self.types.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }

    /// The value of a subtype's word in lower case.
    pub fn subtype(&self, kind: u8, word: &str) -> Option<u8> {
        // The last wins: a project may give a word a second value, as a Python dictionary does.
        self.subtypes.iter().rev().find(|(k, name, _)| *k == kind && name == word).map(|(_, _, value)| *value)
    }

    pub fn type_words(&self) -> Vec<&str> {
        self.types.iter().map(|(name, _)| *name).collect()
    }

    /// The subtype words of a type.
    pub fn subtype_words(&self, kind: u8) -> Vec<&str> {
        self.subtypes.iter().filter(|(k, _, _)| *k == kind).map(|(_, name, _)| name.as_str()).collect()
    }

    /// Whether a word names a subtype of any type.
    pub fn is_subtype_word(&self, word: &str) -> bool {
        self.subtypes.iter().any(|(_, name, _)| name == word)
    }
}

fn is_known(since: &[Version], idf: Version) -> bool {
    since.last().is_some_and(|last| idf >= *last)
        || since.iter().any(|first| first.same_minor(idf) && idf >= *first)
}
