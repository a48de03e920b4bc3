//! Decides everything about a build before the first side effect. The plan is printable data; `build` does exactly it.

pub mod alone;
pub mod codes;
pub mod from_image;
pub mod inputs;
pub mod layers;
pub mod project;
pub mod released;
pub mod resolve;
pub mod steps;
pub mod table;

use crate::chip::FlashSize;
use crate::fs::sha256;
use crate::partition::{Row, Table};
use crate::sdkconfig::Merged;
use crate::toolchain::environment;
use crate::toolchain::kconfig::{ChipKconfig, Library};
use crate::version::Version;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

/// A source tree, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tree {
    pub path: PathBuf,
    /// A release, or what `git describe` says.
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub dirty: bool,
}

/// One build, wholly decided. The same inputs give the same plan, byte for byte.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    pub id: String,
    pub board: String,
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// IDF_TARGET.
    pub chip: String,
    /// Bytes; absent when only ESP-IDF's default says it.
    pub flash_size: Option<FlashSize>,
    pub micropython: Tree,
    pub idf: Tree,
    #[serde(skip)]
    pub idf_version: Version,
    #[serde(skip)]
    pub micropython_version: Version,
    pub stand_in: bool,
    pub base: String,
    pub base_variant: Option<String>,
    pub manifest: PathBuf,
    pub modules: Vec<PathBuf>,
    pub require: Vec<&'static str>,
    /// Bytes.
    pub min_free: u32,
    pub reproducible: bool,
    pub folders: project::Folders,
    #[serde(flatten)]
    pub generated: project::Generated,
    /// Folders copied into the project where it does not have them.
    pub seeds: Vec<project::Link>,
    pub steps: Vec<steps::Step>,
    #[serde(skip)]
    pub sdkconfig: Merged,
    /// ESP-IDF's Kconfig for the chip, when the tree is there.
    #[serde(skip)]
    pub kconfig: Option<(Rc<Library>, Rc<ChipKconfig>)>,
    pub partitions: Option<Vec<Row>>,
    #[serde(skip)]
    pub table: Option<Table>,
    /// Whether the config declares the table; else it is the base board's.
    #[serde(skip)]
    pub table_declared: bool,
    /// The table that devices in the field have; an update must not strand them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<released::ReleasedTable>,
    /// Files that the plan was made from.
    #[serde(skip)]
    pub inputs: BTreeSet<PathBuf>,
}

impl Plan {
    /// Names everything that decides the build: of two equal digests the second build has nothing to do.
    pub fn digest(&self) -> String {
        let mut decided = self.clone();
        for step in decided.steps.iter_mut().filter_map(|step| step.run.as_mut()) {
            step.env.retain(|name, _| environment::matters(name));
        }
        let json = serde_json::to_string(&decided).unwrap_or_default();
        // Of the merged sdkconfig only what it sets: its comments name lines of files, which a comment there moves.
        let merged = self.folders.sdkconfig();
        let files = self.generated.files.iter().filter(|file| file.path != merged);
        let symbols =
            self.sdkconfig.symbols.iter().map(|(symbol, entry)| entry.winner.value().to_sdkconfig(symbol));
        let texts: Vec<String> = files.map(|file| file.text.clone()).chain(symbols).collect();
        sha256(format!("{}\n{json}\n{}", env!("CARGO_PKG_VERSION"), texts.join("\u{0}")).as_bytes())
    }
}
