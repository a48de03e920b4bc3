//! Symbols that a key of the config owns: only that key may set them, not the user's own sdkconfig as well.
//!
//! MicroPython's fragments do set them; overriding those is the sdkconfig layers' work.

use super::codes;
use super::types::{Build, Settings};
use crate::diagnostic::Diagnostic;
use crate::source::Place;

/// Symbols with a key of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedSymbol {
    pub symbols: SymbolPattern,
    /// `flash-size`.
    pub key: &'static str,
    /// How the key is written, as TOML.
    pub example: &'static str,
    /// Where the config sets the key; `None` where it does not, and the symbols come from the base.
    pub place: Option<Place>,
}

/// Names without `CONFIG_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolPattern {
    /// One symbol.
    Exactly(&'static str),
    /// Every symbol with this prefix, apart from those.
    Prefix(&'static str, &'static [&'static str]),
}

impl SymbolPattern {
    pub fn matches(self, symbol: &str) -> bool {
        match self {
            Self::Exactly(name) => symbol == name,
            Self::Prefix(prefix, except) => symbol.starts_with(prefix) && !except.contains(&symbol),
        }
    }
}

/// What has a key, whether the config sets that key or not.
///
/// Names: ESP-IDF v5.0 to v6.0, components/esptool_py/Kconfig.projbuild (the choice and its derived string),
/// components/partition_table/Kconfig.projbuild (the choice and its file names; the table's offset and checksum are
/// other matters), Kconfig.
pub fn owned_symbols(settings: &Settings, build: &Build) -> Vec<OwnedSymbol> {
    vec![
        OwnedSymbol {
            symbols: SymbolPattern::Prefix("ESPTOOLPY_FLASHSIZE", &[]),
            key: "flash-size",
            example: "flash-size = \"8MB\"",
            place: settings.flash_size.as_ref().map(|size| size.place.clone()),
        },
        OwnedSymbol {
            symbols: SymbolPattern::Prefix(
                "PARTITION_TABLE_",
                &["PARTITION_TABLE_OFFSET", "PARTITION_TABLE_MD5"],
            ),
            key: "partitions",
            example: "partitions = \"ota\"",
            place: settings.partitions.as_ref().map(|layout| layout.place.clone()),
        },
        OwnedSymbol {
            symbols: SymbolPattern::Exactly("APP_REPRODUCIBLE_BUILD"),
            key: "reproducible",
            example: "reproducible = true",
            place: build.reproducible_place.clone(),
        },
    ]
}

/// The symbols of an `sdkconfig` table that a key owns; `board` is what a variant overlays.
pub(super) fn conflicts(settings: &Settings, board: Option<&Settings>, build: &Build) -> Vec<Diagnostic> {
    let own = owned_symbols(settings, build);
    let inherited = board.map(|board| owned_symbols(board, build)).unwrap_or_default();
    let mut conflicts = Vec::new();
    for entry in &settings.sdkconfig {
        let Some(owned) = own.iter().find(|owned| owned.symbols.matches(&entry.symbol)) else {
            continue;
        };
        let message = format!("`{}` belongs to the key `{}`", entry.symbol, owned.key);
        let mut diagnostic = Diagnostic::error(&codes::OWNED_SYMBOL, message).label(&entry.place, "set here");
        let other =
            inherited.iter().find(|other| other.key == owned.key).and_then(|other| other.place.as_ref());
        diagnostic = match owned.place.as_ref().or(other) {
            Some(place) => diagnostic
                .label(place, format!("`{}` says it here", owned.key))
                .help(format!("drop `{}`", entry.symbol)),
            None => diagnostic.help(format!("use the key instead, for example `{}`", owned.example)),
        };
        conflicts.push(diagnostic);
    }
    conflicts
}
