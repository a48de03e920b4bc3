//! Puts a tree together: follows `source`, keeps the blocks around each definition, links `select` and `imply`.
//!
//! It evaluates nothing.

use super::codes;
use super::file::{File, Kind, Property, Statement, Type};
use super::lex::Span;
use super::tree::{
    Choice, ChoiceId, Context, ContextKind, Definition, DefinitionId, Files, Surroundings, Symbol, SymbolId,
    Tree, lexical,
};
use crate::diagnostic::Diagnostic;
use crate::source::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that include one another deeper than this are not read; ESP-IDF's go five deep.
const DEEPEST: usize = 40;

/// Blocks within more others are not evaluated; ESP-IDF's go ten deep.
const DEEPEST_BLOCK: usize = 200;

impl Tree {
    /// Reads `root` and all that it sources.
    pub fn read(root: &Path, surroundings: Surroundings, files: &dyn Files) -> Self {
        let mut tree = Self { surroundings, ..Self::default() };
        tree.contexts.push(Context { parent: 0, depth: 0, kind: ContextKind::Root });
        let mut walk = Walk {
            root: root.parent().unwrap_or(Path::new("/")).to_owned(),
            tree,
            files,
            seen: BTreeMap::new(),
            path: Vec::new(),
            named_choices: BTreeMap::new(),
            reverse: Vec::new(),
        };
        if !walk.file(root, 0) {
            let text = format!("there is no {}", root.display());
            walk.tree.findings.push(Diagnostic::warning(&codes::MISSING_SOURCE, text));
        }
        let Walk { mut tree, reverse, .. } = walk;
        for (definition, property) in reverse {
            tree.link(definition, property);
        }
        for choice in &tree.choices {
            for &member in &choice.members {
                if let Some(symbol) = tree.symbols.get_mut(member) {
                    symbol.kind = symbol.kind.or(Some(Type::Bool));
                }
            }
        }
        tree
    }

    /// Registers a `select` or `imply` with the symbol that it names.
    fn link(&mut self, definition: DefinitionId, property: usize) {
        let Some((_, statement, file)) = self.statement(definition) else {
            return;
        };
        let (target, selects) = match statement.properties.get(property) {
            Some(Property::Select { target, .. }) => (*target, true),
            Some(Property::Imply { target, .. }) => (*target, false),
            _ => return,
        };
        let Some(id) = self.find(file.text(target)) else {
            return;
        };
        if let Some(symbol) = self.symbols.get_mut(id) {
            let links = if selects { &mut symbol.selected } else { &mut symbol.implied };
            links.push((definition, property));
        }
    }

    fn symbol(&mut self, name: &str) -> SymbolId {
        if let Some(&id) = self.names.get(name) {
            return id;
        }
        let id = self.symbols.len();
        self.symbols.push(Symbol { name: name.to_owned(), ..Symbol::default() });
        self.names.insert(name.to_owned(), id);
        id
    }
}

struct Walk<'a> {
    /// The folder that plain `source` paths are relative to.
    root: PathBuf,
    tree: Tree,
    files: &'a dyn Files,
    /// Files by path, so that one that is sourced twice is held once.
    seen: BTreeMap<PathBuf, Option<usize>>,
    /// The files that are being read, outermost first.
    path: Vec<PathBuf>,
    named_choices: BTreeMap<String, ChoiceId>,
    /// `select` and `imply` lines, linked when all symbols are known.
    reverse: Vec<(DefinitionId, usize)>,
}

impl Walk<'_> {
    /// Reads a file within a context; `false` when there is none.
    fn file(&mut self, path: &Path, context: usize) -> bool {
        let path = lexical(path);
        let index = match self.seen.get(&path) {
            Some(index) => *index,
            None => {
                let index = self.files.read(&path).map(|file| {
                    self.tree.findings.extend(file.findings.clone());
                    self.tree.files.push(file);
                    self.tree.files.len() - 1
                });
                self.seen.insert(path.clone(), index);
                index
            }
        };
        let Some(index) = index else {
            return false;
        };
        let Some(file) = self.tree.files.get(index).cloned() else {
            return false;
        };
        self.path.push(path);
        self.statements(&file, index, context);
        self.path.pop();
        true
    }

    fn statements(&mut self, file: &File, index: usize, context: usize) {
        let mut context = context;
        for (number, statement) in file.statements.iter().enumerate() {
            match &statement.kind {
                Kind::Config { name } => {
                    let symbol = self.tree.symbol(file.text(*name));
                    let definition = self.define(index, number, context, Some(symbol));
                    self.config(symbol, definition, statement, context);
                    self.unsupported(file, statement);
                }
                Kind::Choice { name } => {
                    let choice = self.choice(name.map(|name| file.text(name)));
                    let definition = self.define(index, number, context, None);
                    if let Some(choice) = self.tree.choices.get_mut(choice) {
                        choice.definitions.push(definition);
                    }
                    context = self.open(context, ContextKind::Choice(choice), &file.place(statement.line));
                }
                Kind::Menu => {
                    context = self.open(
                        context,
                        ContextKind::Menu { file: index, statement: number },
                        &file.place(statement.line),
                    );
                }
                Kind::If(_) => {
                    context = self.open(
                        context,
                        ContextKind::If { file: index, statement: number },
                        &file.place(statement.line),
                    );
                }
                Kind::EndMenu | Kind::EndChoice | Kind::EndIf => {
                    context = self.tree.contexts.get(context).map_or(0, |context| context.parent);
                }
                Kind::Comment => {}
                Kind::Source { path, relative, optional } => {
                    self.source(file, statement, (*path, *relative, *optional), context);
                }
            }
        }
    }

    fn open(&mut self, parent: usize, kind: ContextKind, at: &Place) -> usize {
        let depth = self.tree.contexts.get(parent).map_or(0, |context| context.depth) + 1;
        let kind = if depth > DEEPEST_BLOCK { ContextKind::TooDeep } else { kind };
        if depth == DEEPEST_BLOCK + 1 {
            let text = format!("more than {DEEPEST_BLOCK} blocks stand within one another");
            self.tree.findings.push(Diagnostic::warning(&codes::CYCLE, text).at(at));
        }
        self.tree.contexts.push(Context { parent, depth, kind });
        self.tree.contexts.len() - 1
    }

    fn define(
        &mut self,
        file: usize,
        statement: usize,
        context: usize,
        symbol: Option<SymbolId>,
    ) -> DefinitionId {
        self.tree.definitions.push(Definition { file, statement, context, symbol });
        self.tree.definitions.len() - 1
    }

    fn choice(&mut self, name: Option<&str>) -> ChoiceId {
        if let Some(&known) = name.and_then(|name| self.named_choices.get(name)) {
            return known;
        }
        let id = self.tree.choices.len();
        self.tree.choices.push(Choice { name: name.map(str::to_owned), ..Choice::default() });
        if let Some(name) = name {
            self.named_choices.insert(name.to_owned(), id);
        }
        id
    }

    fn config(&mut self, id: SymbolId, definition: DefinitionId, statement: &Statement, context: usize) {
        let choice = self.choice_around(context);
        let Some(symbol) = self.tree.symbols.get_mut(id) else {
            return;
        };
        symbol.definitions.push(definition);
        for (number, property) in statement.properties.iter().enumerate() {
            match property {
                Property::Type(kind) => symbol.kind = Some(*kind),
                Property::Select { .. } | Property::Imply { .. } => self.reverse.push((definition, number)),
                _ => {}
            }
        }
        if let (Some(choice), None) = (choice, symbol.choice) {
            symbol.choice = Some(choice);
            if let Some(choice) = self.tree.choices.get_mut(choice) {
                choice.members.push(id);
            }
        }
    }

    fn unsupported(&mut self, file: &File, statement: &Statement) {
        if statement.properties.iter().any(|property| matches!(property, Property::Set { .. })) {
            self.tree.findings.push(
                Diagnostic::warning(&codes::NOT_EVALUATED, "`set` is not evaluated")
                    .at(&file.place(statement.line)),
            );
        }
    }

    /// The choice that a definition is a member of: between the two there may be `if` blocks.
    fn choice_around(&self, context: usize) -> Option<ChoiceId> {
        let mut context = self.tree.contexts.get(context)?;
        loop {
            match context.kind {
                ContextKind::Choice(choice) => return Some(choice),
                ContextKind::If { .. } => context = self.tree.contexts.get(context.parent)?,
                ContextKind::Root | ContextKind::Menu { .. } | ContextKind::TooDeep => return None,
            }
        }
    }

    fn source(&mut self, file: &File, statement: &Statement, named: (Span, bool, bool), context: usize) {
        let (span, relative, optional) = named;
        let text = file.text(span);
        let place = file.place(span);
        let list = text.strip_prefix('$').map(|name| name.trim_matches(['(', ')', '{', '}']));
        if let Some(list) = list.and_then(|name| self.tree.surroundings.lists.get(name).cloned()) {
            for path in list {
                self.one_source(&path, &place, context);
            }
            return;
        }
        let (path, unset) = self.tree.expand(text);
        if let Some(name) = unset {
            if !optional {
                let text = format!("`{name}` is not set, so this file is not read");
                self.tree.findings.push(Diagnostic::warning(&codes::UNSET_VARIABLE, text).at(&place));
            }
            return;
        }
        let folder = if relative { file.source.path().parent().unwrap_or(&self.root) } else { &self.root };
        let path = lexical(&folder.join(path));
        if path.to_string_lossy().contains(['*', '?']) {
            for path in self.files.matching(&path) {
                self.one_source(&path, &place, context);
            }
        } else if !self.one_source(&path, &place, context) && !optional {
            let text = format!("there is no {}", path.display());
            let place = file.place(statement.line);
            self.tree.findings.push(Diagnostic::warning(&codes::MISSING_SOURCE, text).at(&place));
        }
    }

    fn one_source(&mut self, path: &Path, place: &Place, context: usize) -> bool {
        if self.path.iter().any(|open| open == path) || self.path.len() > DEEPEST {
            let text = format!("{} is not read again: it includes itself", path.display());
            self.tree.findings.push(Diagnostic::warning(&codes::CYCLE, text).at(place));
            return true;
        }
        self.file(path, context)
    }
}
