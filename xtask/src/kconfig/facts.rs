//! What a person wants to know of a symbol: its conditions and which of them are not met, what selects it, its help.
//!
//! It judges no request; `sdkconfig` does.

use super::expr::{Expr, Operand};
use super::file::{File, Kind, Property, Type};
use super::tree::{ChoiceId, ContextKind, DefinitionId, SymbolId, Tree};
use super::values::Values;
use crate::source::Place;
use std::collections::BTreeMap;

/// One condition that a symbol needs before a user can set it: an operand of the `&&` in a `depends on`, `if` or `visible if`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As Kconfig writes it.
    pub text: String,
    pub place: Place,
    pub met: bool,
    /// The symbols in it, each once, with their values as sdkconfig writes them; `None` for a name that no file defines.
    pub values: Vec<(String, Option<String>)>,
    /// The one bool symbol that it is about, and the value that it needs.
    pub needs: Option<(SymbolId, bool)>,
}

/// The conditions of the choices that were met on the way, each worked out once: a named choice may stand within itself.
type OfChoices = BTreeMap<ChoiceId, Vec<Condition>>;

/// A `default` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultLine {
    /// As Kconfig writes it.
    pub value: String,
    /// Of its `if`.
    pub condition: Option<String>,
    /// Whether it is the first whose conditions hold, those around the symbol included.
    pub in_force: bool,
}

impl Values<'_> {
    /// Its `default` lines, in their order.
    pub fn defaults(&self, id: SymbolId) -> Vec<DefaultLine> {
        let definitions = self.tree.symbols.get(id).map_or(&[][..], |symbol| &symbol.definitions);
        let mut lines = Vec::new();
        let mut found = false;
        for &definition in definitions {
            let Some((_, statement, file)) = self.tree.statement(definition) else { continue };
            for property in &statement.properties {
                let Property::Default { value, condition } = property else { continue };
                let holds = self.condition(condition.as_ref(), file) && self.dependencies(definition);
                lines.push(DefaultLine {
                    value: written(value, file, false),
                    condition: condition.as_ref().map(|condition| written(condition, file, false)),
                    in_force: holds && !found,
                });
                found |= holds;
            }
        }
        lines
    }

    /// The conditions under which a user can set it, of the definition that is nearest to that; empty when it has no prompt, or
    /// none is needed.
    pub fn conditions(&self, id: SymbolId) -> Vec<Condition> {
        self.tree
            .symbols
            .get(id)
            .map_or_else(Vec::new, |symbol| self.conditions_of(&symbol.definitions, &mut OfChoices::new()))
    }

    fn conditions_of(&self, definitions: &[DefinitionId], choices: &mut OfChoices) -> Vec<Condition> {
        let with_prompt = definitions.iter().filter_map(|&id| self.conditions_at(id, choices));
        let unmet =
            |conditions: &Vec<Condition>| conditions.iter().filter(|condition| !condition.met).count();
        with_prompt.min_by_key(unmet).unwrap_or_default()
    }

    fn conditions_at(&self, id: DefinitionId, choices: &mut OfChoices) -> Option<Vec<Condition>> {
        let (definition, statement, file) = self.tree.statement(id)?;
        let mut found = Vec::new();
        let mut prompt = false;
        for property in &statement.properties {
            match property {
                Property::Depends(condition) => self.split(condition, file, &mut found),
                Property::Prompt { condition, .. } => {
                    prompt = true;
                    if let Some(condition) = condition {
                        self.split(condition, file, &mut found);
                    }
                }
                _ => {}
            }
        }
        self.around(definition.context, choices, &mut found);
        // A condition that several blocks repeat is one.
        let mut kept: Vec<Condition> = Vec::new();
        for condition in found {
            if !kept.iter().any(|known| known.text == condition.text) {
                kept.push(condition);
            }
        }
        prompt.then_some(kept)
    }

    fn around(&self, context: usize, choices: &mut OfChoices, found: &mut Vec<Condition>) {
        let Some(context) = self.tree.contexts.get(context) else {
            return;
        };
        match context.kind {
            ContextKind::Root | ContextKind::TooDeep => return,
            ContextKind::If { file, statement } => {
                if let Some((statement, file)) = self.tree.block(file, statement)
                    && let Kind::If(condition) = &statement.kind
                {
                    self.split(condition, file, found);
                }
            }
            ContextKind::Menu { file, statement } => {
                if let Some((statement, file)) = self.tree.block(file, statement) {
                    for property in &statement.properties {
                        if let Property::Depends(condition) | Property::Visible(condition) = property {
                            self.split(condition, file, found);
                        }
                    }
                }
            }
            ContextKind::Choice(choice) => {
                // Its own blocks are among its conditions.
                if let Some(known) = self.tree.choices.get(choice).filter(|_| !choices.contains_key(&choice))
                {
                    choices.insert(choice, Vec::new());
                    let conditions = self.conditions_of(&known.definitions, choices);
                    choices.insert(choice, conditions);
                }
                found.extend(choices.get(&choice).cloned().unwrap_or_default());
                return;
            }
        }
        self.around(context.parent, choices, found);
    }

    fn split(&self, expression: &Expr, file: &File, found: &mut Vec<Condition>) {
        if let Expr::And(parts) = expression {
            parts.iter().for_each(|part| self.split(part, file, found));
            return;
        }
        let mut operands = Vec::new();
        operands_of(expression, &mut operands);
        let mut values: Vec<(String, Option<String>)> = Vec::new();
        for operand in operands.iter().filter(|operand| !operand.quoted) {
            let name = file.text(operand.span);
            if !is_name(name) || values.iter().any(|(known, _)| known == name) {
                continue;
            }
            values.push((name.to_owned(), self.tree.find(name).map(|id| self.value(id).text().to_owned())));
        }
        let start = operands.iter().map(|operand| operand.span.start).min().unwrap_or_default();
        let end = operands.iter().map(|operand| operand.span.end).max().unwrap_or_default();
        found.push(Condition {
            text: written(expression, file, false),
            place: file.source.place(start as usize..end as usize),
            met: self.holds(expression, file),
            values,
            needs: self.needs(expression, file, true),
        });
    }

    fn needs(&self, expression: &Expr, file: &File, on: bool) -> Option<(SymbolId, bool)> {
        match expression {
            Expr::Not(inner) => self.needs(inner, file, !on),
            Expr::Operand(operand) if !operand.quoted => {
                let id = self.tree.find(file.text(operand.span))?;
                let kind = self.tree.symbols.get(id)?.kind;
                (kind == Some(Type::Bool)).then_some((id, on))
            }
            _ => None,
        }
    }
}

impl Tree {
    /// Whether some file gives the symbol a prompt, visible or not.
    pub fn has_prompt(&self, id: SymbolId) -> bool {
        self.symbols.get(id).is_some_and(|symbol| self.prompt(&symbol.definitions).is_some())
    }

    /// The symbols that can select this one, sorted, each once.
    pub fn selectors(&self, id: SymbolId) -> Vec<&str> {
        let links = self.symbols.get(id).map_or(&[][..], |symbol| &symbol.selected);
        let sources = links.iter().filter_map(|&(definition, _)| self.definitions.get(definition)?.symbol);
        let mut names: Vec<&str> =
            sources.filter_map(|id| self.symbols.get(id)).map(|symbol| symbol.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The symbols that its defaults and their conditions name, in their order, each once.
    pub fn default_symbols(&self, id: SymbolId) -> Vec<&str> {
        let definitions = self.symbols.get(id).map_or(&[][..], |symbol| &symbol.definitions);
        let mut names = Vec::new();
        for (_, statement, file) in definitions.iter().filter_map(|&id| self.statement(id)) {
            for property in &statement.properties {
                let Property::Default { value, condition } = property else { continue };
                let mut operands = Vec::new();
                condition.iter().chain([value]).for_each(|part| operands_of(part, &mut operands));
                let named =
                    operands.iter().filter(|operand| !operand.quoted).map(|operand| file.text(operand.span));
                for name in named.filter(|name| self.find(name).is_some()) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        names
    }

    /// The members of the choice with this name.
    pub fn members_of(&self, choice: &str) -> Option<Vec<&str>> {
        let choice = self.choices.iter().find(|known| known.name.as_deref() == Some(choice))?;
        let members = choice.members.iter().filter_map(|&member| self.symbols.get(member));
        Some(members.map(|symbol| symbol.name.as_str()).collect())
    }

    /// What a choice is called: its name, else its prompt.
    pub fn choice_name(&self, id: ChoiceId) -> String {
        let Some(choice) = self.choices.get(id) else {
            return String::new();
        };
        choice
            .name
            .clone()
            .or_else(|| self.prompt(&choice.definitions))
            .unwrap_or_else(|| format!("choice {id}"))
    }
}

fn is_name(text: &str) -> bool {
    !matches!(text, "y" | "n") && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}

fn operands_of<'a>(expression: &'a Expr, into: &mut Vec<&'a Operand>) {
    match expression {
        Expr::Operand(operand) => into.push(operand),
        Expr::Not(inner) => operands_of(inner, into),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| operands_of(part, into)),
        Expr::Compare(_, left, right) => into.extend([left, right]),
    }
}

/// An expression as Kconfig writes it; `inner`: within another one, so that `||` needs parentheses.
fn written(expression: &Expr, file: &File, inner: bool) -> String {
    let join = |parts: &[Expr], sign: &str| {
        let parts: Vec<String> = parts.iter().map(|part| written(part, file, true)).collect();
        let text = parts.join(sign);
        if inner { format!("({text})") } else { text }
    };
    match expression {
        Expr::Operand(operand) => operand_text(operand, file),
        Expr::Not(negated) => format!("!{}", written(negated, file, true)),
        Expr::And(parts) => join(parts, " && "),
        Expr::Or(parts) => join(parts, " || "),
        Expr::Compare(relation, left, right) => {
            let text =
                format!("{} {} {}", operand_text(left, file), relation.sign(), operand_text(right, file));
            if inner { format!("({text})") } else { text }
        }
    }
}

fn operand_text(operand: &Operand, file: &File) -> String {
    let text = file.text(operand.span);
    if operand.quoted { format!("\"{text}\"") } else { text.to_owned() }
}
