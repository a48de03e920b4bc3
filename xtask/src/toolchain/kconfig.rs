//! The Kconfig files of an ESP-IDF tree, read once and put together for a chip.
//!
//! What the component manager fetches is not in ESP-IDF's tree; its folders are given by the caller. What the files mean is
//! `kconfig`'s matter.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kconfig::{File, Files, Surroundings, Tree, codes};
use crate::source::Source;
use crate::version::Version;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that were read, whatever the trees that they were read for.
#[derive(Debug, Default)]
pub struct Store {
    files: RefCell<BTreeMap<PathBuf, Option<Arc<File>>>>,
}

impl Files for Store {
    fn read(&self, path: &Path) -> Option<Arc<File>> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let file = fs_err::read(path).ok().map(|bytes| Arc::new(parsed(path, bytes)));
        self.files.borrow_mut().insert(path.to_owned(), file.clone());
        file
    }

    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name()) else {
            return Vec::new();
        };
        let name = name.to_string_lossy();
        let mut found: Vec<PathBuf> = folders(folder)
            .into_iter()
            .filter(|path| {
                path.is_file() && path.file_name().is_some_and(|file| matches(&name, &file.to_string_lossy()))
            })
            .collect();
        found.sort();
        found
    }
}

fn parsed(path: &Path, bytes: Vec<u8>) -> File {
    let (text, broken) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    };
    let mut file = File::parse(Source::new(path, text));
    if broken {
        let finding = Diagnostic::warning(&codes::NOT_TEXT, "the file is not UTF-8").at(&file.source.whole());
        file.findings.push(finding);
    }
    file
}

/// Whether a name fits a pattern with `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = pattern.get(1..).unwrap_or_default();
            name.char_indices().any(|(at, _)| matches(rest, name.get(at..).unwrap_or_default()))
                || rest.is_empty()
        }
        (Some('?'), Some(c)) => {
            matches(pattern.get(1..).unwrap_or_default(), name.get(c.len_utf8()..).unwrap_or_default())
        }
        (Some(p), Some(c)) if p == c => matches(
            pattern.get(p.len_utf8()..).unwrap_or_default(),
            name.get(c.len_utf8()..).unwrap_or_default(),
        ),
        _ => false,
    }
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The tree of an ESP-IDF for a chip, with the Kconfig files of `components` after its own; `None` when `idf` has no Kconfig.
/// ESP-IDF's own build asks all of its components, whether they are linked or not (v5.5 `tools/cmake/kconfig.cmake`).
pub fn tree(
    store: &Store,
    idf: &Path,
    version: Version,
    target: &str,
    components: &[PathBuf],
) -> Option<Tree> {
    let root = idf.join("Kconfig");
    if !root.is_file() {
        return None;
    }
    let mut all = folders(&idf.join("components"));
    all.extend(components.iter().cloned());
    let named = |name: &str| {
        all.iter().map(|folder| folder.join(name)).filter(|file| file.is_file()).collect::<Vec<_>>()
    };
    let version = version.to_string();
    let variables = [
        ("IDF_PATH", idf.to_str()?),
        ("IDF_TARGET", target),
        ("IDF_TOOLCHAIN", "gcc"),
        ("IDF_VERSION", &version),
        ("IDF_INIT_VERSION", &version),
        ("IDF_ENV_FPGA", ""),
    ];
    let lists = [
        ("COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE", named("Kconfig.projbuild")),
        ("COMPONENT_KCONFIGS_SOURCE_FILE", named("Kconfig")),
    ];
    let surroundings = Surroundings {
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        lists: lists.map(|(name, list)| (name.to_owned(), list)).into(),
    };
    Some(Tree::read(&root, surroundings, store))
}

/// What reading the files found wrong with them; each finding once, however many trees it is in.
pub fn findings<'a>(trees: impl Iterator<Item = &'a Tree>) -> Diagnostics {
    Diagnostics(trees.flat_map(|tree| tree.findings.iter().cloned()).collect()).sorted()
}
