//! The values that Kconfig gives to symbols when some are set: what ESP-IDF's configure will come to.
//!
//! The rules are those of kconfiglib (esp-idf-kconfig v1.5, v2.5 and v3.14, `core.py`: `Symbol.str_value`,
//! `Symbol.bool_value`, `Choice._selection`, `_propagate_deps`). Only what is asked for is computed, and once.
//! Nothing here says why; `facts` does.

use super::expr::Expr;
use super::file::{File, Kind, Property, Statement, Type};
use super::tree::{ChoiceId, ContextKind, DefinitionId, SymbolId, Tree};
use super::value::{Computed, Given, WrongType, fit, nothing, number};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Symbols and choices that hang on one another deeper than this are not followed; ESP-IDF's chains are some 30 long.
pub(super) const DEEPEST: usize = 400;

#[derive(Debug, Clone)]
enum Memo {
    Unknown,
    InProgress,
    /// The value, and whether Kconfig writes it.
    Known(Computed, bool),
}

/// The values of one configuration.
#[derive(Debug)]
pub struct Values<'t> {
    pub tree: &'t Tree,
    given: BTreeMap<SymbolId, Computed>,
    /// The member of a choice that was set last.
    pub(super) wanted: BTreeMap<ChoiceId, SymbolId>,
    /// Values that are known otherwise and beat what would be computed: those of a real configure.
    pinned: BTreeMap<SymbolId, Computed>,
    memo: RefCell<Vec<Memo>>,
    contexts: RefCell<Vec<Option<bool>>>,
    pub(super) choices: RefCell<Vec<Option<bool>>>,
    /// Whether anything was computed since the last change.
    pub(super) asked: Cell<bool>,
    pub(super) depth: Cell<usize>,
    /// A symbol at which a circle of dependencies was cut.
    pub(super) looped: Cell<Option<SymbolId>>,
}

impl<'t> Values<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            given: BTreeMap::new(),
            wanted: BTreeMap::new(),
            pinned: BTreeMap::new(),
            memo: RefCell::new(vec![Memo::Unknown; tree.symbols.len()]),
            contexts: RefCell::new(vec![None; tree.contexts.len()]),
            choices: RefCell::new(vec![None; tree.choices.len()]),
            asked: Cell::new(false),
            depth: Cell::new(0),
            looped: Cell::new(None),
        }
    }

    /// Sets a symbol as a line of an sdkconfig does; a later one wins.
    ///
    /// # Errors
    /// When Kconfig would drop the value, since it is not of the symbol's type.
    pub fn set(&mut self, id: SymbolId, value: Given<'_>) -> Result<(), WrongType> {
        let symbol = self.tree.symbols.get(id).ok_or(WrongType)?;
        let given = fit(symbol.kind, value).ok_or(WrongType)?;
        if let (Some(choice), Computed::Bool(true)) = (symbol.choice, &given) {
            self.wanted.insert(choice, id);
        }
        self.given.insert(id, given);
        self.forget();
        Ok(())
    }

    /// Takes the values of a real configure; what it does not list is n or empty.
    pub fn pin<'a>(&mut self, effective: impl Fn(&str) -> Option<Given<'a>>) {
        for (name, id) in self.tree.names() {
            let kind = self.tree.symbols.get(id).and_then(|symbol| symbol.kind);
            let known = effective(name).and_then(|value| fit(kind, value));
            self.pinned.insert(id, known.unwrap_or_else(|| nothing(kind)));
        }
        self.forget();
    }

    fn forget(&mut self) {
        if self.asked.replace(false) {
            self.memo.get_mut().fill(Memo::Unknown);
            self.contexts.get_mut().fill(None);
            self.choices.get_mut().fill(None);
        }
    }

    /// A symbol at which dependencies close a circle or go too deep, if one was met.
    pub fn looped(&self) -> Option<SymbolId> {
        self.looped.get()
    }

    pub fn value(&self, id: SymbolId) -> Computed {
        self.computed(id).0
    }

    /// Whether Kconfig writes the symbol into the sdkconfig.
    pub fn is_written(&self, id: SymbolId) -> bool {
        self.computed(id).1
    }

    fn computed(&self, id: SymbolId) -> (Computed, bool) {
        let Some(symbol) = self.tree.symbols.get(id) else {
            return (Computed::Bool(false), false);
        };
        let memo = self.memo.borrow().get(id).cloned();
        match memo {
            Some(Memo::Known(value, written)) => return (value, written),
            Some(Memo::Unknown) if self.depth.get() < DEEPEST => {}
            _ => {
                self.looped.set(Some(id));
                return (nothing(symbol.kind), false);
            }
        }
        self.asked.set(true);
        self.remember(id, Memo::InProgress);
        self.depth.set(self.depth.get() + 1);
        let (value, written) = match symbol.kind {
            None => (Computed::Text(symbol.name.clone()), false),
            Some(Type::Bool) => {
                let (on, written) = self.bool(id);
                (Computed::Bool(on), written)
            }
            Some(kind) => {
                let (text, written) = self.text_value(id, kind);
                (Computed::Text(text), written)
            }
        };
        let value = self.pinned.get(&id).cloned().unwrap_or(value);
        self.depth.set(self.depth.get() - 1);
        self.remember(id, Memo::Known(value.clone(), written));
        (value, written)
    }

    fn remember(&self, id: SymbolId, memo: Memo) {
        if let Some(slot) = self.memo.borrow_mut().get_mut(id) {
            *slot = memo;
        }
    }

    fn bool(&self, id: SymbolId) -> (bool, bool) {
        let Some(symbol) = self.tree.symbols.get(id) else {
            return (false, false);
        };
        let visible = self.visible(id);
        if let Some(choice) = symbol.choice {
            return (visible && self.selection(choice) == Some(id), visible);
        }
        let from_environment = self.environment(&symbol.definitions);
        let (mut on, mut written) = (false, visible);
        match self.given.get(&id) {
            Some(given) if visible => on = given.is_on(),
            _ => {
                if let Some(value) = &from_environment {
                    on = value == "y";
                } else if let Some((value, file)) = self.default(&symbol.definitions) {
                    on = self.holds(value, file);
                    written |= on;
                }
                if self.implied_by(id).next().is_some() && self.is_allowed(id) {
                    (on, written) = (true, true);
                }
            }
        }
        if self.selected_by(id).next().is_some() {
            (on, written) = (true, true);
        }
        (on, written && from_environment.is_none())
    }

    fn text_value(&self, id: SymbolId, kind: Type) -> (String, bool) {
        let Some(symbol) = self.tree.symbols.get(id) else {
            return (String::new(), false);
        };
        let visible = self.visible(id);
        let mut written = visible;
        let range = self.range(id);
        if visible && let Some(given) = self.given.get(&id) {
            let number = number(given.text(), kind);
            let fits = |&(low, high): &(i128, i128)| number.is_some_and(|n| (low..=high).contains(&n));
            if range.as_ref().is_none_or(fits) {
                return (given.text().to_owned(), written);
            }
        }
        let mut text = self.environment(&symbol.definitions).unwrap_or_default();
        if let Some((value, file)) = self.default(&symbol.definitions) {
            written = true;
            if let Expr::Operand(operand) = value {
                text = self.operand(operand, file).0.text().to_owned();
            }
        }
        if let Some((low, high)) = range {
            let number = number(&text, kind).unwrap_or(0);
            if number < low || number > high {
                let clamped = number.clamp(low, high.max(low));
                text = if kind == Type::Hex { format!("{clamped:#x}") } else { clamped.to_string() };
            }
        }
        (text, written)
    }

    /// The value of the first default whose condition holds.
    fn default<'a>(&'a self, definitions: &[DefinitionId]) -> Option<(&'a Expr, &'a File)> {
        definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.tree.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Default { value, condition }
                    if self.condition(condition.as_ref(), file) && self.dependencies(id) =>
                {
                    Some((value, file))
                }
                _ => None,
            })
        })
    }

    fn environment(&self, definitions: &[DefinitionId]) -> Option<String> {
        definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.tree.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Env(name) => self.tree.variable(file.text(*name)).map(str::to_owned),
                _ => None,
            })
        })
    }

    /// The range in force; both ends are allowed.
    pub fn range(&self, id: SymbolId) -> Option<(i128, i128)> {
        let symbol = self.tree.symbols.get(id)?;
        let kind = symbol.kind.filter(|kind| matches!(kind, Type::Int | Type::Hex))?;
        symbol.definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.tree.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Range { low, high, condition }
                    if self.condition(condition.as_ref(), file) && self.dependencies(id) =>
                {
                    let end = |operand| number(self.operand(operand, file).0.text(), kind).unwrap_or(0);
                    Some((end(low), end(high)))
                }
                _ => None,
            })
        })
    }

    /// Whether a user may set it: one of its prompts is visible.
    pub fn visible(&self, id: SymbolId) -> bool {
        self.tree.symbols.get(id).is_some_and(|symbol| self.any_prompt(&symbol.definitions))
    }

    pub(super) fn any_prompt(&self, definitions: &[DefinitionId]) -> bool {
        definitions.iter().any(|&id| {
            self.tree.statement(id).is_some_and(|(definition, statement, file)| {
                // The last prompt of a definition counts.
                let prompt = statement.properties.iter().rev().find_map(|property| match property {
                    Property::Prompt { condition, .. } => Some(condition.as_ref()),
                    _ => None,
                });
                prompt.is_some_and(|condition| {
                    self.condition(condition, file) && self.dependencies(id) && self.shown(definition.context)
                })
            })
        })
    }

    /// The `depends on` of a definition and of the blocks around it.
    pub fn dependencies(&self, id: DefinitionId) -> bool {
        let Some((definition, statement, file)) = self.tree.statement(id) else {
            return false;
        };
        self.own(statement, file) && self.context(definition.context)
    }

    fn own(&self, statement: &Statement, file: &File) -> bool {
        statement.properties.iter().all(|property| match property {
            Property::Depends(on) => self.holds(on, file),
            _ => true,
        })
    }

    /// Whether one of its definitions has its dependencies met.
    pub fn is_allowed(&self, id: SymbolId) -> bool {
        let symbol = self.tree.symbols.get(id);
        symbol.is_some_and(|symbol| symbol.definitions.iter().any(|&id| self.dependencies(id)))
    }

    /// Whether the blocks around hold, from the inner to the outer; without recursion, since there may be many.
    fn context(&self, index: usize) -> bool {
        let mut passed = Vec::new();
        let mut at = index;
        let holds = loop {
            if let Some(Some(known)) = self.contexts.borrow().get(at) {
                break *known;
            }
            let Some(context) = self.tree.contexts.get(at) else {
                break false;
            };
            passed.push(at);
            let here = match context.kind {
                ContextKind::Root => break true,
                ContextKind::TooDeep => break false,
                ContextKind::Choice(choice) => break self.choice_is_on(choice),
                ContextKind::If { file, statement } => {
                    self.tree.block(file, statement).is_some_and(|(statement, file)| match &statement.kind {
                        Kind::If(condition) => self.holds(condition, file),
                        _ => false,
                    })
                }
                ContextKind::Menu { file, statement } => self
                    .tree
                    .block(file, statement)
                    .is_some_and(|(statement, file)| self.own(statement, file)),
            };
            if !here {
                break false;
            }
            at = context.parent;
        };
        self.asked.set(true);
        let mut contexts = self.contexts.borrow_mut();
        for at in passed {
            if let Some(slot) = contexts.get_mut(at) {
                *slot = Some(holds);
            }
        }
        holds
    }

    /// The `visible if` of the menus around.
    fn shown(&self, index: usize) -> bool {
        let mut at = index;
        while let Some(context) = self.tree.contexts.get(at) {
            if let ContextKind::Root = context.kind {
                break;
            }
            if let ContextKind::Menu { file, statement } = context.kind
                && let Some((statement, file)) = self.tree.block(file, statement)
                && !statement.properties.iter().all(|property| match property {
                    Property::Visible(condition) => self.holds(condition, file),
                    _ => true,
                })
            {
                return false;
            }
            at = context.parent;
        }
        true
    }

    /// The symbols that are y and select this one.
    pub fn selected_by(&self, id: SymbolId) -> impl Iterator<Item = SymbolId> {
        self.sources(self.tree.symbols.get(id).map_or(&[], |symbol| &symbol.selected))
    }

    fn implied_by(&self, id: SymbolId) -> impl Iterator<Item = SymbolId> {
        self.sources(self.tree.symbols.get(id).map_or(&[], |symbol| &symbol.implied))
    }

    fn sources(&self, links: &'t [(DefinitionId, usize)]) -> impl Iterator<Item = SymbolId> {
        links.iter().filter_map(|&(definition, property)| {
            let (at, statement, file) = self.tree.statement(definition)?;
            let condition = match statement.properties.get(property)? {
                Property::Select { condition, .. } | Property::Imply { condition, .. } => condition.as_ref(),
                _ => return None,
            };
            let source = at.symbol?;
            (self.value(source).is_on() && self.condition(condition, file) && self.dependencies(definition))
                .then_some(source)
        })
    }
}
