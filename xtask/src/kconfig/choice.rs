//! Choices: whether one is on, and which of its members is y (kconfiglib `core.py`: `Choice._selection`).
//!
//! The values of other symbols are `values`'.

use super::expr::Expr;
use super::file::Property;
use super::tree::{ChoiceId, SymbolId};
use super::values::{DEEPEST, Values};

impl Values<'_> {
    /// Whether the choice is on, so that one of its members is y.
    pub fn choice_is_on(&self, id: ChoiceId) -> bool {
        let Some(choice) = self.tree.choices.get(id) else {
            return false;
        };
        if let Some(Some(known)) = self.choices.borrow().get(id) {
            // A named choice may stand within itself: then it is off until it is known.
            return *known;
        }
        if self.depth.get() >= DEEPEST {
            self.looped.set(choice.members.first().copied().or(self.looped.get()));
            return false;
        }
        self.asked.set(true);
        self.remember_choice(id, false);
        self.depth.set(self.depth.get() + 1);
        let on = self.any_prompt(&choice.definitions);
        self.depth.set(self.depth.get() - 1);
        self.remember_choice(id, on);
        on
    }

    fn remember_choice(&self, id: ChoiceId, on: bool) {
        if let Some(slot) = self.choices.borrow_mut().get_mut(id) {
            *slot = Some(on);
        }
    }

    /// The member of a choice that is y.
    pub fn selection(&self, id: ChoiceId) -> Option<SymbolId> {
        let choice = self.tree.choices.get(id)?;
        if !self.choice_is_on(id) {
            return None;
        }
        if let Some(&wanted) = self.wanted.get(&id).filter(|wanted| self.visible(**wanted)) {
            return Some(wanted);
        }
        let from_default = choice.definitions.iter().find_map(|&id| {
            let (_, statement, file) = self.tree.statement(id)?;
            statement.properties.iter().find_map(|property| match property {
                Property::Default { value: Expr::Operand(operand), condition }
                    if self.condition(condition.as_ref(), file) && self.dependencies(id) =>
                {
                    self.tree.find(file.text(operand.span)).filter(|member| self.visible(*member))
                }
                _ => None,
            })
        });
        from_default.or_else(|| choice.members.iter().copied().find(|member| self.visible(*member)))
    }
}
