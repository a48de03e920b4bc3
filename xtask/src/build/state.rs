//! What a finished build was made from: the plan's digest and a stamp of every input and output.
//!
//! A build is up to date when the plan is the same and every stamp holds. A file whose size, time and inode are
//! unchanged is taken as unchanged; else its content decides, so that a `touch` costs a hash and no build.

use crate::fs as door;
use anyhow::{Context, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file or folder as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    path: PathBuf,
    size: u64,
    modified: (i64, i64),
    inode: u64,
    /// SHA-256 of a file's bytes, or of a folder's list of names.
    sha256: String,
}

impl Stamp {
    /// The present state of a file or folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> Result<Self> {
        let meta = fs::metadata(path)?;
        let sha256 = content(path, meta.is_dir())?;
        Ok(Self {
            path: path.to_owned(),
            size: if meta.is_dir() { 0 } else { meta.size() },
            modified: (meta.mtime(), meta.mtime_nsec()),
            inode: meta.ino(),
            sha256,
        })
    }

    /// Whether the file or folder is still as it was.
    fn holds(&self) -> bool {
        let Ok(meta) = fs::metadata(&self.path) else {
            return false;
        };
        let size = if meta.is_dir() { 0 } else { meta.size() };
        if size != self.size {
            return false;
        }
        let same_file = self.modified == (meta.mtime(), meta.mtime_nsec()) && self.inode == meta.ino();
        same_file || content(&self.path, meta.is_dir()).is_ok_and(|sha256| sha256 == self.sha256)
    }
}

fn content(path: &Path, folder: bool) -> Result<String> {
    if !folder {
        return door::sha256_file(path);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    // Python leaves its caches beside the modules that it imports; they are no input.
    names.retain(|name| name != "__pycache__");
    names.sort();
    Ok(door::sha256(names.join("\n").as_bytes()))
}

/// A finished build's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// Digest of the plan: everything that the config, the trees and the environment decide.
    pub plan: String,
    pub inputs: Vec<Stamp>,
    pub outputs: Vec<Stamp>,
    /// The folder in `dist/`.
    pub dist: PathBuf,
    /// The verified image's report, so that an up-to-date build can show it again.
    pub report: serde_json::Value,
}

impl State {
    /// Reads a record; `None` when there is none, or it is of another version of this tool.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Writes the record, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec(self).context("the build's record cannot be written as JSON")?;
        door::write_if_changed(path, &json)?;
        Ok(())
    }

    /// Why this record no longer tells the present: the first difference; `None` when everything holds.
    pub fn stale(&self, plan: &str, relative_to: &Path) -> Option<String> {
        if self.plan != plan {
            return Some("the plan changed".into());
        }
        let name =
            |stamp: &Stamp| stamp.path.strip_prefix(relative_to).unwrap_or(&stamp.path).display().to_string();
        let gone = |stamp: &Stamp| if stamp.path.exists() { "changed" } else { "is gone" };
        let differs = |stamps: &[Stamp]| {
            stamps.iter().find(|stamp| !stamp.holds()).map(|stamp| format!("{} {}", name(stamp), gone(stamp)))
        };
        differs(&self.inputs).or_else(|| differs(&self.outputs))
    }
}

/// Stamps of these files; one that is gone by now is left out.
pub fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Stamp> {
    paths.into_iter().filter_map(|path| Stamp::of(&path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(input: &Path) -> State {
        State {
            plan: "p".into(),
            inputs: stamps([input.to_owned()]),
            outputs: Vec::new(),
            dist: PathBuf::new(),
            report: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_change_is_found_and_a_touch_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.c");
        fs::write(&file, "one").unwrap();
        let state = state(&file);
        assert_eq!(state.stale("p", folder.path()), None);
        assert_eq!(state.stale("q", folder.path()).as_deref(), Some("the plan changed"));
        fs::write(&file, "one").unwrap();
        assert_eq!(state.stale("p", folder.path()), None, "the same bytes with another time");
        fs::write(&file, "two").unwrap();
        assert_eq!(state.stale("p", folder.path()).as_deref(), Some("a.c changed"));
        fs::remove_file(&file).unwrap();
        assert_eq!(state.stale("p", folder.path()).as_deref(), Some("a.c is gone"));
    }

    #[test]
    fn a_new_file_in_a_folder_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        assert_eq!(state.stale("p", Path::new("/")), None);
        fs::write(folder.path().join("new.py"), "").unwrap();
        assert!(state.stale("p", Path::new("/")).is_some());
    }

    #[test]
    fn a_record_survives_writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        state(folder.path()).write(&path).unwrap();
        assert!(State::read(&path).is_some());
        fs::write(&path, "{").unwrap();
        assert!(State::read(&path).is_none());
    }
}
