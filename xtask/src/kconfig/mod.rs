//! Kconfig as ESP-IDF 5.0 to 6.0 uses it: its files, the tree that they make for a chip, and the values that follow
//! from an sdkconfig.
//!
//! Pure: files come through [`tree::Files`]. It writes no sdkconfig and shows nothing; a build takes its values from
//! ESP-IDF itself, and these are there to say beforehand, and afterwards why.

mod choice;
pub mod codes;
mod conditions;
pub mod expr;
mod facts;
pub mod file;
pub mod lex;
mod read;
pub mod tree;
pub mod value;
pub mod values;
mod walk;

pub use facts::{Condition, DefaultLine};
pub use file::{File, Type};
pub use tree::{Files, Surroundings, SymbolId, Tree};
pub use value::{Computed, Given, WrongType};
pub use values::Values;

#[cfg(test)]
pub(crate) mod tests;
