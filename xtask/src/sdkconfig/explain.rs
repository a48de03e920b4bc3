//! Who set a symbol and whom it beat, for `sdkconfig --explain` and `--format json`.
//!
//! It shows nothing; `report` does.

use super::layer::Origin;
use super::merge::Merged;
use serde::Serialize;

/// How a symbol came by its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    pub name: String,
    /// As sdkconfig writes it.
    pub value: String,
    pub set_by: SetBy,
    pub beat: Vec<Beaten>,
    /// The member of the choice that is `y` instead of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub displaced_by: Option<String>,
}

/// A place in a file; a value that is in no file has no line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SetBy {
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// An assignment that lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Beaten {
    /// The symbol, where it is another member of the same choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    pub value: String,
}

/// How `symbol` (without `CONFIG_`) came by its value; `None` if no layer sets it.
pub fn explain(merged: &Merged, symbol: &str) -> Option<Explanation> {
    if let Some(entry) = merged.symbols.get(symbol) {
        return Some(Explanation {
            name: symbol.to_owned(),
            value: entry.winner.value().to_string(),
            set_by: set_by(&entry.winner),
            beat: entry.beat.iter().map(|origin| beaten(symbol, origin)).collect(),
            displaced_by: None,
        });
    }
    let displaced = merged.displaced.get(symbol)?;
    let winner = &merged.symbols.get(&displaced.by)?.winner;
    Some(Explanation {
        name: symbol.to_owned(),
        value: "n".to_owned(),
        set_by: set_by(winner),
        beat: displaced.origins.iter().map(|origin| beaten(symbol, origin)).collect(),
        displaced_by: Some(displaced.by.clone()),
    })
}

impl Merged {
    /// Every symbol that the merged file has, sorted.
    pub fn explanations(&self) -> Vec<Explanation> {
        self.symbols.keys().filter_map(|symbol| explain(self, symbol)).collect()
    }
}

fn set_by(origin: &Origin) -> SetBy {
    let place = origin.place();
    let line = (!place.source.text().is_empty()).then(|| place.line());
    SetBy { file: place.path().display().to_string(), line }
}

fn beaten(symbol: &str, origin: &Origin) -> Beaten {
    let SetBy { file, line } = set_by(origin);
    let name = (origin.symbol() != symbol).then(|| origin.symbol().to_owned());
    Beaten { name, file, line, value: origin.value().to_string() }
}
