//! The tree itself: is it MicroPython with an esp32 port, which version, which boards.
//!
//! It reads a few files and lists folders; no process runs here, except for git where its state is asked for.

use super::codes;
use super::git::{self, GitState};
use super::releases::{self, IdfSupport};
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::version::Version;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A MicroPython tree with an esp32 port.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// The top folder, absolute, without symbolic links.
    pub root: PathBuf,
    /// `ports/esp32` in it.
    pub port: PathBuf,
    pub version: MicropythonVersion,
    /// Every folder of `boards` with a `mpconfigboard.cmake`, by name.
    pub boards: Vec<Board>,
    pub variant_style: VariantStyle,
    /// The port's CMakeLists.txt.
    pub cmakelists: Source,
    /// The ESP-IDF release in the lock file of each chip; empty before v1.27.
    pub locks: BTreeMap<String, Version>,
}

/// The version macros of `py/mpconfig.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MicropythonVersion {
    pub number: Version,
    /// On the way to that version, not the release.
    pub preview: bool,
}

impl fmt::Display for MicropythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}{}", self.number, if self.preview { "-preview" } else { "" })
    }
}

/// A board of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    pub name: String,
    pub folder: PathBuf,
    /// By name. Complete for [`VariantStyle::Files`]; empty for the other, where only an evaluation tells them.
    pub variants: Vec<String>,
}

/// How the port declares variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariantStyle {
    /// `if(MICROPY_BOARD_VARIANT STREQUAL ...)` in the board's file: v1.21 to v1.23. v1.20 has no variants.
    Conditions,
    /// `mpconfigvariant_NAME.cmake` in the board's folder: v1.24 on.
    Files,
}

/// What a board builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A board of the tree, by name.
    InTree(String),
    /// A board folder of the user's own, by absolute path.
    Folder(PathBuf),
}

/// A submodule that the port compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submodule {
    /// From the top of the tree: `lib/micropython-lib`.
    pub path: &'static str,
    /// Whether it is checked out.
    pub present: bool,
}

impl Checkout {
    /// Reads what a tree is.
    ///
    /// # Errors
    /// When it is no MicroPython tree with an esp32 port: what is missing, and the likely folder nearby.
    pub fn open(path: &Path) -> Result<Self, Diagnostic> {
        let root = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some(missing) = missing(&root) {
            return Err(no_tree(path, &root, missing));
        }
        let port = root.join("ports/esp32");
        let version = version(&root.join("py/mpconfig.h"))?;
        let cmakelists = read(&port.join("CMakeLists.txt"))?;
        let variant_style = if cmakelists.text().contains("mpconfigvariant_") {
            VariantStyle::Files
        } else {
            VariantStyle::Conditions
        };
        let boards = boards(&port.join("boards"), variant_style);
        let locks = releases::locks(&port);
        Ok(Self { root, port, version, boards, variant_style, cmakelists, locks })
    }

    /// The board of this name.
    pub fn board(&self, name: &str) -> Option<&Board> {
        self.boards.iter().find(|board| board.name == name)
    }

    /// The manifest that is frozen where neither the board nor the user names one.
    pub fn default_manifest(&self) -> PathBuf {
        self.port.join("boards/manifest.py")
    }

    /// The folder of the main component for a chip: `main` (v1.20, v1.25 on) or `main_<target>` (v1.21 to v1.24).
    pub fn main_folder(&self, target: &str) -> Option<PathBuf> {
        [format!("main_{target}"), "main".to_owned()]
            .into_iter()
            .map(|name| self.port.join(name))
            .find(|folder| folder.join("CMakeLists.txt").is_file())
    }

    /// The lock file of a chip, which the component manager would rewrite in place (v1.27 on).
    pub fn lock_file(&self, target: &str) -> Option<PathBuf> {
        Some(self.port.join(format!("lockfiles/dependencies.lock.{target}"))).filter(|path| path.is_file())
    }

    /// The ESP-IDF releases for a chip.
    pub fn idf_support(&self, target: &str) -> IdfSupport {
        releases::idf_support(self, target)
    }

    /// The submodules that the port compiles, and whether they are there.
    pub fn submodules(&self) -> Vec<Submodule> {
        let present = |path: &str| {
            fs_err::read_dir(self.root.join(path)).is_ok_and(|mut entries| entries.next().is_some())
        };
        releases::submodules(self.version)
            .into_iter()
            .map(|path| Submodule { path, present: present(path) })
            .collect()
    }

    /// Commit and changes, from git; none where the tree is no git checkout. Takes tens of milliseconds.
    pub fn git_state(&self) -> Option<GitState> {
        git::state(&self.root)
    }
}

fn missing(root: &Path) -> Option<&'static str> {
    let files = ["py/mpconfig.h", "ports/esp32/CMakeLists.txt"];
    files
        .into_iter()
        .find(|file| !root.join(file).is_file())
        .or_else(|| (!root.join("ports/esp32/boards").is_dir()).then_some("ports/esp32/boards"))
}

fn no_tree(given: &Path, root: &Path, missing: &str) -> Diagnostic {
    let shown = given.display();
    let message = if !root.exists() {
        format!("MicroPython folder `{shown}` does not exist")
    } else if !root.is_dir() {
        format!("`{shown}` is no folder, but a MicroPython checkout is one")
    } else {
        format!("`{shown}` is no MicroPython tree: it has no `{missing}`")
    };
    let diagnostic = Diagnostic::error(&codes::NO_TREE, message);
    match nearby(root) {
        Some(near) => diagnostic.help(format!("did you mean `{}`?", near.display())),
        None => diagnostic
            .help("name the top folder of a MicroPython checkout, the one that holds `py` and `ports`"),
    }
}

/// A tree above the given folder (someone named `ports/esp32`), in it, or beside it.
fn nearby(root: &Path) -> Option<PathBuf> {
    let above = root.ancestors().skip(1).map(Path::to_owned);
    let mut inside: Vec<PathBuf> = [Some(root), root.parent()]
        .into_iter()
        .flatten()
        .flat_map(|folder| fs_err::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .collect();
    inside.sort();
    above.chain(inside).find(|folder| folder.is_dir() && missing(folder).is_none())
}

fn read(path: &Path) -> Result<Source, Diagnostic> {
    fs_err::read(path)
        .map(|bytes| Source::new(path, String::from_utf8_lossy(&bytes)))
        .map_err(|error| Diagnostic::error(&codes::TREE_UNREADABLE, error.to_string()))
}

fn version(header: &Path) -> Result<MicropythonVersion, Diagnostic> {
    let source = read(header)?;
    let number = |name: &str| -> Result<u16, Diagnostic> {
        source
            .text()
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("#define"))
            .filter_map(|rest| rest.trim_start().strip_prefix(name))
            .find_map(|rest| rest.split_whitespace().next().and_then(|word| word.parse().ok()))
            .ok_or_else(|| {
                Diagnostic::error(
                    &codes::TREE_UNREADABLE,
                    format!("no `#define {name}` with a number in mpconfig.h"),
                )
                .at(&source.whole())
                .help("the checkout may be incomplete: look at `git status` in it")
            })
    };
    let number_of = Version::new(
        number("MICROPY_VERSION_MAJOR")?,
        number("MICROPY_VERSION_MINOR")?,
        number("MICROPY_VERSION_MICRO")?,
    );
    // v1.20 and v1.21 do not have this macro.
    Ok(MicropythonVersion {
        number: number_of,
        preview: number("MICROPY_VERSION_PRERELEASE").is_ok_and(|n| n != 0),
    })
}

fn boards(folder: &Path, style: VariantStyle) -> Vec<Board> {
    let mut boards: Vec<Board> = fs_err::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("mpconfigboard.cmake").is_file())
        .filter_map(|entry| {
            let variants =
                if style == VariantStyle::Files { variant_files(&entry.path()) } else { Vec::new() };
            Some(Board { name: entry.file_name().into_string().ok()?, folder: entry.path(), variants })
        })
        .collect();
    boards.sort_by(|a, b| a.name.cmp(&b.name));
    boards
}

/// The variants that files in a board folder declare, by name.
pub(super) fn variant_files(folder: &Path) -> Vec<String> {
    let mut variants: Vec<String> = fs_err::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_prefix("mpconfigvariant_")?.strip_suffix(".cmake")?.to_owned())
        })
        .collect();
    variants.sort();
    variants
}
