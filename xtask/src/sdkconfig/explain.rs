//! Who set a symbol and whom it beat, and what Kconfig says of it, for `sdkconfig --explain` and `--format json`.
//!
//! It shows nothing; `report` does.

use super::judge::Judge;
use super::layer::Origin;
use super::merge::Merged;
use crate::kconfig::{Computed, DefaultLine, SymbolId, Type};
use crate::source::Place;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a symbol came by its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    pub name: String,
    /// As sdkconfig writes it.
    pub value: String,
    pub set_by: SetBy,
    /// The former name by which it is set there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_as: Option<String>,
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
    /// The symbol, where it is another member of the same choice or a former name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    pub value: String,
}

/// How `symbol` (its present name, without `CONFIG_`) came by its value; `None` if no layer sets it.
pub fn explain(merged: &Merged, symbol: &str) -> Option<Explanation> {
    if let Some(entry) = merged.symbols.get(symbol) {
        return Some(Explanation {
            name: symbol.to_owned(),
            value: entry.winner.value().to_string(),
            set_by: set_by(&entry.winner),
            written_as: former(&entry.winner, symbol),
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
        written_as: former(winner, &displaced.by),
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

/// What Kconfig says of a symbol, with the values that the merged sdkconfig comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KconfigFacts {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// What it comes to, as sdkconfig writes it.
    pub value: String,
    /// Whether a line of an sdkconfig can set it now.
    pub can_be_set: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChoiceFacts>,
    /// Lowest and highest value, both allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[String; 2]>,
    /// What it needs before it can be set.
    pub conditions: Vec<ConditionFacts>,
    /// Symbols that are y and select it.
    pub selected_by: Vec<String>,
    /// Symbols that can select it.
    pub selectors: Vec<String>,
    /// Its `default` lines, in their order.
    pub defaults: Vec<DefaultFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    pub defined: Vec<SetBy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceFacts {
    pub name: String,
    /// Each with whether it is the one.
    pub members: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DefaultFacts {
    /// As Kconfig writes it.
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Whether it is the first whose conditions hold.
    pub in_force: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionFacts {
    /// As Kconfig writes it.
    pub condition: String,
    pub met: bool,
    /// The symbols in it; `null` for one that does not exist.
    pub values: BTreeMap<String, Option<String>>,
    #[serde(rename = "where")]
    pub place: SetBy,
}

impl Judge<'_> {
    /// What Kconfig says of a symbol; `None` for a name that no file of the chip's tree gives a type.
    pub fn facts(&self, id: SymbolId) -> Option<KconfigFacts> {
        let (tree, values) = (self.values.tree, &self.values);
        let symbol = tree.symbols.get(id)?;
        let kind = symbol.kind?;
        let name = |id: &SymbolId| tree.symbols.get(*id).map(|symbol| symbol.name.clone());
        let written = |value: &Computed| match kind {
            Type::String => format!("\"{}\"", value.text()),
            _ => value.text().to_owned(),
        };
        let choice = symbol.choice.and_then(|id| {
            let chosen = values.selection(id);
            let members = &tree.choices.get(id)?.members;
            let members = members.iter().filter_map(|member| Some((name(member)?, chosen == Some(*member))));
            Some(ChoiceFacts { name: tree.choice_name(id), members: members.collect() })
        });
        let number = |n: i128| if kind == Type::Hex { format!("{n:#x}") } else { n.to_string() };
        let conditions = values.conditions(id).into_iter().map(|condition| ConditionFacts {
            condition: condition.text,
            met: condition.met,
            values: condition.values.into_iter().collect(),
            place: at(&condition.place),
        });
        Some(KconfigFacts {
            kind: kind.name(),
            prompt: tree.prompt(&symbol.definitions),
            value: written(&values.value(id)),
            can_be_set: values.visible(id),
            choice,
            range: values.range(id).map(|(low, high)| [number(low), number(high)]),
            conditions: conditions.collect(),
            selected_by: values.selected_by(id).filter_map(|id| name(&id)).collect(),
            selectors: tree.selectors(id).into_iter().map(str::to_owned).collect(),
            defaults: values.defaults(id).into_iter().map(DefaultFacts::from).collect(),
            help: tree.help(&symbol.definitions),
            defined: symbol
                .definitions
                .iter()
                .filter_map(|id| tree.place(*id))
                .map(|place| at(&place))
                .collect(),
        })
    }
}

impl From<DefaultLine> for DefaultFacts {
    fn from(line: DefaultLine) -> Self {
        Self { value: line.value, condition: line.condition, in_force: line.in_force }
    }
}

fn at(place: &Place) -> SetBy {
    SetBy { file: place.path().display().to_string(), line: Some(place.line()) }
}

fn set_by(origin: &Origin) -> SetBy {
    let place = origin.place();
    let line = (!place.source.text().is_empty()).then(|| place.line());
    SetBy { file: place.path().display().to_string(), line }
}

fn former(origin: &Origin, symbol: &str) -> Option<String> {
    (origin.symbol() != symbol).then(|| origin.symbol().to_owned())
}

fn beaten(symbol: &str, origin: &Origin) -> Beaten {
    let SetBy { file, line } = set_by(origin);
    Beaten { name: former(origin, symbol), file, line, value: origin.value().to_string() }
}
