//! sdkconfig: fragments read as Kconfig reads them, layers merged with the origin of every value, and the gate that
//! compares what was asked for with what ESP-IDF made of it.
//!
//! The judge of every reading is `esp-idf-kconfig`; versions 1.5 and 2.5 agree on all of it. What a Kconfig tree says
//! (types, prompts, ranges, dependencies) is `kconfig`'s to read. This module reads no files, and does not decide which
//! fragments a board has.

mod cause;
mod choices;
pub mod codes;
pub mod effective;
mod explain;
pub mod fragment;
pub mod gate;
pub mod judge;
mod layer;
mod lint;
mod log;
mod merge;
mod renames;
mod text;
mod value;

pub use choices::Choices;
pub use effective::Effective;
pub use explain::{Beaten, Explanation, KconfigFacts, SetBy, explain};
pub use fragment::Fragment;
pub use gate::GateContext;
pub use judge::{Absent, Judge, Known};
pub use layer::{Assignment, Layer, LayerKind, Origin};
pub use lint::lint;
pub use merge::{Displaced, Entry, Merged, Owned, OwnedKey, merge};
pub use renames::{Rename, Renames};
pub use value::{Off, Value};

#[cfg(test)]
mod tests;
