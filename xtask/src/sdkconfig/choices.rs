//! The Kconfig choices, of which one member is y: those of ESP-IDF's tree, or without one those of
//! `xtask/data/sdkconfig_choices.toml`.
//!
//! A choice that is in neither is handled symbol by symbol, in sorted order; the gate then tells whether it took.

use super::renames::Renames;
use crate::kconfig::Tree;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Choices by member.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Member, present or former: its choice and its present name.
    members: BTreeMap<String, (String, String)>,
    /// Whether they are those of a tree, which also tells the default member of each.
    of_tree: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    members: Vec<String>,
    #[serde(default)]
    former: BTreeMap<String, String>,
}

impl Choices {
    /// The choices of the data file.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Choices> = LazyLock::new(|| {
            let text = include_str!("../../data/sdkconfig_choices.toml");
            Choices::parse(text).expect("sdkconfig_choices.toml is well-formed")
        });
        &BUILTIN
    }

    /// Reads choices in the data file's form.
    ///
    /// # Errors
    /// When it is no TOML of that form.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let raw: BTreeMap<String, RawChoice> = toml::from_str(text)?;
        let mut members = BTreeMap::new();
        for (choice, raw) in raw {
            for member in raw.members {
                members.insert(member.clone(), (choice.clone(), member));
            }
            for (old, new) in raw.former {
                members.insert(old, (choice.clone(), new));
            }
        }
        Ok(Self { members, of_tree: false })
    }

    /// The choices of a Kconfig tree, whose members' former names are those of `renames`.
    pub fn of_tree(tree: &Tree, renames: &Renames) -> Self {
        let mut members = BTreeMap::new();
        let mut names = BTreeSet::new();
        for (id, choice) in tree.choices.iter().enumerate() {
            let mut name = tree.choice_name(id);
            if let (false, Some(first)) = (names.insert(name.clone()), choice.members.first()) {
                // Two choices without a name may have one prompt.
                let first = tree.symbols.get(*first).map_or("", |symbol| symbol.name.as_str());
                name = format!("{name} ({first})");
            }
            for member in choice.members.iter().filter_map(|&member| tree.symbols.get(member)) {
                members.insert(member.name.clone(), (name.clone(), member.name.clone()));
            }
        }
        let former: Vec<_> = renames
            .0
            .iter()
            .filter(|(old, rename)| !rename.inverted && !members.contains_key(*old))
            .filter_map(|(old, rename)| Some((old.clone(), members.get(&rename.new)?.clone())))
            .collect();
        members.extend(former);
        Self { members, of_tree: true }
    }

    /// Whether the Kconfig tree judges what the merge cannot know: which member a choice has when none is set.
    pub fn is_of_tree(&self) -> bool {
        self.of_tree
    }

    /// The choice that a symbol is a member of.
    pub fn of(&self, symbol: &str) -> Option<&str> {
        self.members.get(symbol).map(|member| member.0.as_str())
    }

    /// The present name of a member, which may be written by a former one; any other symbol is itself.
    pub fn present<'a>(&'a self, symbol: &'a str) -> &'a str {
        self.members.get(symbol).map_or(symbol, |member| &member.1)
    }

    /// The name under which a member is set: the present one, where a tree says which that is.
    pub fn written<'a>(&'a self, symbol: &'a str) -> &'a str {
        if self.of_tree { self.present(symbol) } else { symbol }
    }

    /// The present members of a choice, sorted.
    pub fn members<'a>(&'a self, choice: &'a str) -> impl Iterator<Item = &'a str> {
        self.members
            .iter()
            .filter(move |(name, of)| of.0 == choice && **name == of.1)
            .map(|(name, _)| name.as_str())
    }
}
