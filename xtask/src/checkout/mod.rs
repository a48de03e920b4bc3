//! What a MicroPython tree says about a board: its version, its boards and variants, and for one of them the chip, the
//! sdkconfig fragments in order, the defines and the frozen manifest, each with the CMake line that it comes from.
//!
//! cmake itself evaluates the board's files, in script mode; nothing is read out of CMake text by pattern. The tree is
//! never written to. What a fragment *says* is `sdkconfig`'s business, and which ESP-IDF is present `toolchain`'s.

pub mod codes;
mod evaluate;
mod git;
mod manifest;
mod port;
mod releases;
mod scratch;
mod script;
mod trace;
mod tree;
mod unread;
mod variant;

pub use evaluate::{BoardPorts, evaluate, evaluate_all};
pub use git::GitState;
pub use manifest::{Frozen, FrozenManifest, check_port_manifest, manifest_files};
pub use port::{Fragment, Located, Port};
pub use releases::IdfSupport;
pub use tree::{Base, Board, Checkout, MicropythonVersion, Submodule, VariantStyle};
pub use unread::{Unread, unread_diagnostics};
