//! The Kconfig files of an ESP-IDF tree put together for one chip: its symbols, choices and what they hang on.
//!
//! Expressions are not copied: a definition names its file, statement and the blocks around it. Nothing is evaluated
//! here, and files are asked for through [`Files`]; `walk` puts a tree together.

use super::file::{File, Property, Statement, Type};
use super::lex::{Span, unescaped};
use crate::diagnostic::Diagnostics;
use crate::source::Place;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Where Kconfig files come from.
pub trait Files {
    /// The file, parsed; `None` when there is none. Asked again for each tree, so it should remember.
    fn read(&self, path: &Path) -> Option<Arc<File>>;
    /// The files that a pattern with `*` names, sorted.
    fn matching(&self, pattern: &Path) -> Vec<PathBuf>;
}

/// What the build system tells Kconfig.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `IDF_TARGET` and the like.
    pub variables: BTreeMap<String, String>,
    /// Variables that name a generated file which sources these (`COMPONENT_KCONFIGS_SOURCE_FILE`).
    pub lists: BTreeMap<String, Vec<PathBuf>>,
}

pub type SymbolId = usize;
pub type ChoiceId = usize;
pub type DefinitionId = usize;

/// All that Kconfig knows for one chip.
#[derive(Debug, Default)]
pub struct Tree {
    pub files: Vec<Arc<File>>,
    pub symbols: Vec<Symbol>,
    pub choices: Vec<Choice>,
    pub definitions: Vec<Definition>,
    pub(super) contexts: Vec<Context>,
    pub(super) names: BTreeMap<String, SymbolId>,
    pub(super) surroundings: Surroundings,
    pub findings: Diagnostics,
}

/// A symbol, which may be defined in several places.
#[derive(Debug, Default)]
pub struct Symbol {
    pub name: String,
    pub kind: Option<Type>,
    pub definitions: Vec<DefinitionId>,
    pub choice: Option<ChoiceId>,
    /// The `select` lines that name it: definition and property.
    pub(super) selected: Vec<(DefinitionId, usize)>,
    pub(super) implied: Vec<(DefinitionId, usize)>,
}

#[derive(Debug, Default)]
pub struct Choice {
    pub name: Option<String>,
    pub definitions: Vec<DefinitionId>,
    /// In the order of the file.
    pub members: Vec<SymbolId>,
}

/// One `config` or `choice` statement.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub(super) file: usize,
    pub(super) statement: usize,
    pub(super) context: usize,
    /// The symbol; a choice has none.
    pub symbol: Option<SymbolId>,
}

/// A block around definitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub parent: usize,
    /// How many blocks are around.
    pub depth: usize,
    pub kind: ContextKind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ContextKind {
    Root,
    If {
        file: usize,
        statement: usize,
    },
    Menu {
        file: usize,
        statement: usize,
    },
    Choice(ChoiceId),
    /// Within too many others: what stands in it is taken for n.
    TooDeep,
}

impl Tree {
    /// A symbol by its name without `CONFIG_`.
    pub fn find(&self, name: &str) -> Option<SymbolId> {
        self.names.get(name).copied()
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = (&str, SymbolId)> {
        self.names.iter().map(|(name, &id)| (name.as_str(), id))
    }

    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    pub fn file(&self, definition: &Definition) -> Option<&File> {
        self.files.get(definition.file).map(|file| &**file)
    }

    /// The definition with its statement and file.
    pub fn statement(&self, id: DefinitionId) -> Option<(&Definition, &Statement, &File)> {
        let definition = self.definitions.get(id)?;
        let file = self.file(definition)?;
        Some((definition, file.statements.get(definition.statement)?, file))
    }

    pub(super) fn block(&self, file: usize, statement: usize) -> Option<(&Statement, &File)> {
        let file = self.files.get(file)?;
        Some((file.statements.get(statement)?, file))
    }

    pub fn place(&self, id: DefinitionId) -> Option<Place> {
        self.statement(id).map(|(_, statement, file)| file.place(statement.line))
    }

    /// The first prompt of a symbol or choice.
    pub fn prompt(&self, definitions: &[DefinitionId]) -> Option<String> {
        definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Prompt { text, .. } => Some(self.expand(&unescaped(file.text(*text))).0),
                _ => None,
            })
        })
    }

    pub fn help(&self, definitions: &[DefinitionId]) -> Option<String> {
        definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Help(span) if *span != Span::default() => Some(file.help(*span)),
                _ => None,
            })
        })
    }

    /// `$NAME`, `$(NAME)` and `${NAME}` with their values, and the first that has none: `$(NAME)` is then empty and `$NAME` stays.
    pub fn expand(&self, text: &str) -> (String, Option<String>) {
        let mut plain = String::with_capacity(text.len());
        let mut unset = None;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, after) = rest.split_at(at);
            plain.push_str(before);
            let (name, whole) = variable(after);
            rest = after.get(whole..).unwrap_or_default();
            match self.surroundings.variables.get(name) {
                Some(value) => plain.push_str(value),
                None => {
                    if unset.is_none() {
                        unset = Some(name.to_owned());
                    }
                    if !after[1..].starts_with('(') {
                        plain.push_str(after.get(..whole).unwrap_or_default());
                    }
                }
            }
        }
        plain.push_str(rest);
        (plain, unset)
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.surroundings.variables.get(name).map(String::as_str)
    }
}

/// The name after a `$`, and the bytes from the `$` on that spell it.
fn variable(text: &str) -> (&str, usize) {
    let after = text.get(1..).unwrap_or_default();
    for (open, close) in [("(", ')'), ("{", '}')] {
        if let Some(inner) = after.strip_prefix(open) {
            let end = inner.find(close).unwrap_or(inner.len());
            return (inner.get(..end).unwrap_or_default(), (end + 3).min(text.len()));
        }
    }
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
    (after.get(..end).unwrap_or_default(), end + 1)
}

/// A path without `.` and `..`, by its text alone.
pub fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
