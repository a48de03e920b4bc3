//! Layers of assignments, lowest first: MicroPython's fragments, the board, the variant, what the config owns.
//!
//! Which files make up a layer is the caller's decision.

use super::value::Value;
use crate::source::Place;

/// One symbol set once, somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The name without `CONFIG_`.
    pub symbol: String,
    pub value: Value,
    pub place: Place,
}

/// Whose a layer is; a later kind overrides an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// A fragment of MicroPython's own; the layers of this kind override one another in their order.
    Base,
    /// The user's board: its fragments and its `sdkconfig` table. All layers of this kind are one.
    Board,
    /// The user's variant, likewise.
    Variant,
    /// What the config's own keys ask for.
    Owned,
}

impl LayerKind {
    /// Whether the user wrote it in a fragment or an `sdkconfig` table.
    pub fn is_users(self) -> bool {
        matches!(self, Self::Board | Self::Variant)
    }

    /// Whether what it asks for must take effect.
    pub fn is_promise(self) -> bool {
        self != Self::Base
    }
}

/// Assignments of one origin, in their order.
#[derive(Debug, Clone)]
pub struct Layer {
    pub kind: LayerKind,
    /// What messages call it: a file's name, `board.smw-s3.sdkconfig`.
    pub name: String,
    pub assignments: Vec<Assignment>,
}

/// An assignment with the layer that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    pub kind: LayerKind,
    pub layer: String,
    pub assignment: Assignment,
}

impl Origin {
    pub fn value(&self) -> &Value {
        &self.assignment.value
    }

    pub fn place(&self) -> &Place {
        &self.assignment.place
    }

    pub fn symbol(&self) -> &str {
        &self.assignment.symbol
    }
}
