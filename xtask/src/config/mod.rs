//! `config.toml`: what a team declares, read with every fault of the file in one run.
//!
//! [`parse`] takes a text and gives a checked [`Config`]; [`Config::builds`] lays variants over boards. Nothing here
//! reads a file: what exists is asked through [`Files`]. Whether MicroPython knows a board, or ESP-IDF a symbol, is not
//! known here.

mod check;
pub mod codes;
pub mod keys;
mod owned;
mod paths;
mod raw;
mod schema;
mod select;
mod symbols;
mod types;
mod unread;

pub use owned::{OwnedSymbol, SymbolPattern, owned_symbols};
pub use paths::{Files, PathKind, Surroundings};
pub use schema::schema;
pub use select::{BuildSpec, Selection, UserLayer};
pub use symbols::{SdkconfigEntry, SymbolValue};
pub use types::{
    Base, Board, Build, Checkout, Config, Layout, LayoutKind, Located, MIN_FREE_DEFAULT, Require, Settings,
    Variant,
};
pub use unread::unread;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use std::collections::BTreeSet;
use toml::de::DeTable;

/// Findings that say that something is not there: a text with a syntax error may only seem to lack it.
static ABSENCES: [&Code; 4] =
    [&codes::NO_BOARD, &codes::NO_BASE, &codes::NO_SUCH_VARIANT, &codes::NOT_PINNED];

/// Reads a config; `None` when there is an error among the findings. They are sorted by place.
pub fn parse(source: &Source, around: &Surroundings<'_>) -> (Option<Config>, Diagnostics) {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    let syntax: Vec<(Place, String)> = errors
        .iter()
        .map(|error| {
            let place = source.place(error.span().unwrap_or_default());
            (place, lower_first(error.message()))
        })
        .collect();
    let mut findings = Diagnostics::default();
    let raw = raw::read(source, table.get_ref(), &mut findings);
    let config = check::check(source, &raw, around, &mut findings);

    let mut out = Diagnostics::default();
    // One line in error often gives several messages of the parser: the first is the one that helps.
    let mut broken_lines = BTreeSet::new();
    for (place, message) in &syntax {
        if broken_lines.insert(place.line()) {
            out.push(Diagnostic::error(&codes::SYNTAX, message.as_str()).at(place));
        }
    }
    let follows_from_syntax = |finding: &Diagnostic| {
        let on_broken_line = finding.place().is_some_and(|place| broken_lines.contains(&place.line()));
        !broken_lines.is_empty() && (on_broken_line || ABSENCES.contains(&finding.code))
    };
    for finding in findings {
        if !follows_from_syntax(&finding) {
            out.push(finding);
        }
    }
    let config = (!out.has_errors()).then_some(config);
    (config, out.sorted())
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
