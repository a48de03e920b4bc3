//! What a checked `config.toml` means: boards, variants and their settings, each with the place it came from.
//!
//! Values of these types are right as far as the file and the names of other files tell; nothing here reads or checks.

use super::symbols::SdkconfigEntry;
use crate::chip::FlashSize;
use crate::source::{Place, Source};
use std::fmt;
use std::path::PathBuf;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub place: Place,
}

impl<T> Located<T> {
    /// Another value of the same place.
    pub fn with<U>(&self, value: U) -> Located<U> {
        Located { value, place: self.place.clone() }
    }
}

/// A checked `config.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    pub source: Source,
    /// The folder of config.toml, absolute: relative paths start there.
    pub folder: PathBuf,
    pub micropython: Checkout,
    pub esp_idf: Checkout,
    pub build: Build,
    /// In the order of the file.
    pub boards: Vec<Board>,
}

/// Which MicroPython or ESP-IDF. Where `path` is there, `git` and `rev` do not matter.
#[derive(Debug, Clone, Default)]
pub struct Checkout {
    /// The table's own place, if the file has it.
    pub place: Option<Place>,
    /// `None`: the project's own address.
    pub git: Option<Located<String>>,
    /// A tag or commit.
    pub rev: Option<Located<String>>,
    pub path: Option<Located<PathBuf>>,
}

/// `[build]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Default: true.
    pub ccache: bool,
    /// Default: true.
    pub reproducible: bool,
    /// The key `reproducible` or, without it, nothing.
    pub reproducible_place: Option<Place>,
    /// Least room in bytes that an app leaves in every slot. Default: 32 KiB.
    pub min_free: u32,
}

/// Room that an app must leave when the config does not say: MicroPython's app grew by 35 to 112 KB in each of its
/// releases up to v1.28, so that less than this will not hold the next patch release.
pub const MIN_FREE_DEFAULT: u32 = 32 << 10;

impl Default for Build {
    fn default() -> Self {
        Self { ccache: true, reproducible: true, reproducible_place: None, min_free: MIN_FREE_DEFAULT }
    }
}

/// `[board.NAME]`
#[derive(Debug, Clone)]
pub struct Board {
    pub name: String,
    pub place: Place,
    pub default_variant: Option<Located<String>>,
    /// `settings.base` is always there.
    pub settings: Settings,
    /// In the order of the file.
    pub variants: Vec<Variant>,
}

/// `[board.NAME.variant.NAME]`
#[derive(Debug, Clone)]
pub struct Variant {
    pub name: String,
    pub place: Place,
    pub settings: Settings,
}

/// Every key that a board and its variants have in common. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub description: Option<Located<String>>,
    pub base: Option<Located<Base>>,
    pub base_variant: Option<Located<String>>,
    pub board_name: Option<Located<String>>,
    pub flash_size: Option<Located<FlashSize>>,
    pub partitions: Option<Located<Layout>>,
    /// The file with the table that devices in the field have.
    pub released: Option<Located<PathBuf>>,
    pub require: Vec<Located<Require>>,
    /// Folders with a `micropython.cmake`.
    pub modules: Vec<Located<PathBuf>>,
    pub manifest: Option<Located<PathBuf>>,
    pub fragments: Vec<Located<PathBuf>>,
    pub header: Option<Located<PathBuf>>,
    pub pins: Option<Located<PathBuf>>,
    /// Each symbol once.
    pub sdkconfig: Vec<SdkconfigEntry>,
}

/// What a board builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A board of the MicroPython tree; whether it exists is not known here.
    InTree(String),
    /// A board folder of the user's, with an `mpconfigboard.cmake`.
    Folder(PathBuf),
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InTree(name) => f.write_str(name),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A partition layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub name: String,
    pub path: PathBuf,
    pub kind: LayoutKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutKind {
    /// As gen_esp32part.py reads it.
    Csv,
    /// Computed from the flash size.
    Toml,
}

/// What must be proven of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Require {
    Ota,
    Rollback,
    Filesystem,
}

impl Require {
    pub const ALL: [Self; 3] = [Self::Ota, Self::Rollback, Self::Filesystem];

    /// As `require` and `--require` write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ota => "ota",
            Self::Rollback => "rollback",
            Self::Filesystem => "filesystem",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|require| require.name() == name)
    }
}
