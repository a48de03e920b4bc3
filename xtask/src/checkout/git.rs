//! What git says about a checkout: commit, description, whether files were changed.
//!
//! Reads only; a tree without git (an unpacked archive) simply has no state.

use crate::process;
use std::path::Path;

/// Where a checkout stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitState {
    /// The full hash of HEAD.
    pub commit: String,
    /// `git describe --tags --always`: `v1.28.0`, `v1.28.0-732-g1c3c201149`.
    pub describe: String,
    /// Whether tracked files differ from HEAD.
    pub dirty: bool,
}

pub(super) fn state(root: &Path) -> Option<GitState> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    // A tree unpacked inside another repository must not borrow that one's commit.
    if fs_err::canonicalize(top).ok()? != root {
        return None;
    }
    Some(GitState {
        commit: git(root, &["rev-parse", "HEAD"])?,
        describe: git(root, &["describe", "--tags", "--always"])?,
        dirty: !git(root, &["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty"])?
            .is_empty(),
    })
}

/// The output of a git command in a folder; none where git fails or is absent.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    // Without optional locks, `git status` does not write the index of a checkout that is not ours.
    let all: Vec<&str> = std::iter::once("--no-optional-locks").chain(arguments.iter().copied()).collect();
    process::read(folder, Path::new("git"), &all).ok()
}
