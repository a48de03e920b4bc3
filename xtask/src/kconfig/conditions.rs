//! Conditions and operands, evaluated.
//!
//! Comparison is kconfiglib's (`core.py`: `expr_value`, `_sym_to_num`): of two strings as texts, else as numbers, and as texts
//! when one of them is none.

use super::expr::{Expr, Operand};
use super::file::{File, Type};
use super::lex::unescaped;
use super::value::{Computed, number};
use super::values::Values;
use std::borrow::Cow;

impl Values<'_> {
    pub(super) fn condition(&self, condition: Option<&Expr>, file: &File) -> bool {
        condition.is_none_or(|condition| self.holds(condition, file))
    }

    /// Whether an expression of `file` is y.
    pub fn holds(&self, expression: &Expr, file: &File) -> bool {
        match expression {
            Expr::Operand(operand) => self.operand(operand, file).0.is_on(),
            Expr::Not(inner) => !self.holds(inner, file),
            Expr::And(parts) => parts.iter().all(|part| self.holds(part, file)),
            Expr::Or(parts) => parts.iter().any(|part| self.holds(part, file)),
            Expr::Compare(relation, left, right) => {
                let (left, right) = (self.operand(left, file), self.operand(right, file));
                relation.holds(order(&left, &right))
            }
        }
    }

    /// What an operand stands for, and its type; an unknown name is its own text.
    pub fn operand(&self, operand: &Operand, file: &File) -> (Computed, Option<Type>) {
        let text = file.text(operand.span);
        let text = match operand.quoted || text.contains('$') {
            true => Cow::Owned(self.tree.expand(&unescaped(text)).0),
            false => Cow::Borrowed(text),
        };
        match &*text {
            "y" => return (Computed::Bool(true), Some(Type::Bool)),
            "n" => return (Computed::Bool(false), Some(Type::Bool)),
            _ => {}
        }
        if operand.quoted {
            return (Computed::Text(text.into_owned()), Some(Type::String));
        }
        match self.tree.find(&text) {
            Some(id) => (self.value(id), self.tree.symbols.get(id).and_then(|symbol| symbol.kind)),
            None => (Computed::Text(text.into_owned()), None),
        }
    }
}

fn order(left: &(Computed, Option<Type>), right: &(Computed, Option<Type>)) -> std::cmp::Ordering {
    let text = || left.0.text().cmp(right.0.text());
    if left.1 == Some(Type::String) && right.1 == Some(Type::String) {
        return text();
    }
    let number = |side: &(Computed, Option<Type>)| match (&side.0, side.1) {
        (Computed::Bool(on), _) => Some(if *on { 2 } else { 0 }),
        (Computed::Text(text), Some(kind @ (Type::Int | Type::Hex))) => number(text, kind),
        // Of a text and an unknown name the prefix tells the base.
        (Computed::Text(text), _) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i128::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        },
    };
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => text(),
    }
}
