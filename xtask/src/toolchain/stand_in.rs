//! The bundled stand-in port, laid out as two git checkouts: what a machine without MicroPython and ESP-IDF builds with.
//!
//! The trees come from `xtask/stand-in`: what both pairs share, then what one pair has of its own. They get commits and
//! tags, so that every other part of this tool treats them as the real ones. Its programs are PyPI's.

use super::python::{self, Tools};
use crate::fs as door;
use crate::process;
use anyhow::{Context, Result};
use fs_err as fs;
use std::path::{Path, PathBuf};

/// A pair of releases that the stand-in imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub name: &'static str,
    pub micropython: &'static str,
    pub idf: &'static str,
    /// Everything from PyPI, pinned.
    pub requirements: &'static str,
}

pub const V1_28: Pair = Pair {
    name: "1.28",
    micropython: "v1.28.0",
    idf: "v5.5.1",
    requirements: include_str!("../../stand-in/requirements-1.28.txt"),
};

pub const V1_23: Pair = Pair {
    name: "1.23",
    micropython: "v1.23.0",
    idf: "v5.1.2",
    requirements: include_str!("../../stand-in/requirements-1.23.txt"),
};

/// A pair, ready to build with.
#[derive(Debug, Clone)]
pub struct StandIn {
    pub micropython: PathBuf,
    pub idf: PathBuf,
    pub tools: Tools,
}

/// The folder of this package: as cargo says it, since a checkout may be moved; without cargo, where it was compiled.
pub fn package() -> PathBuf {
    let said = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    // Another package's build may start this program as well.
    let own = said.filter(|folder| folder.join(SOURCES).is_dir());
    own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")))
}

const SOURCES: &str = "stand-in";

/// Lays the pair out below `state`, once for each version of its sources, and gets its programs.
///
/// # Errors
/// When the files cannot be written, git is missing, or the programs cannot be fetched.
pub fn prepare(state: &Path, pair: Pair, say: &mut dyn FnMut(&str)) -> Result<StandIn> {
    let tools = python::install(state, pair.requirements, say)?;
    let sources = package().join(SOURCES);
    let layers = [sources.join("common"), sources.join(pair.name)];
    let digest = digest(&layers)?;
    let folder = state.join(format!("stand-in-{}-{}", pair.name, digest.get(..12).unwrap_or(&digest)));
    let stand_in = StandIn { micropython: folder.join("micropython"), idf: folder.join("esp-idf"), tools };
    let _lock = door::Lock::take(&folder.with_extension("lock"), || ())?;
    if folder.is_dir() {
        return Ok(stand_in);
    }
    say(&format!("laying out the stand-in port (MicroPython {}, ESP-IDF {})", pair.micropython, pair.idf));
    let unfinished = folder.with_extension("new");
    door::remove(&unfinished)?;
    for layer in &layers {
        door::copy_tree(layer, &unfinished)?;
    }
    commit(&unfinished.join("micropython"), pair.micropython)?;
    commit(&unfinished.join("esp-idf"), pair.idf)?;
    fs::rename(&unfinished, &folder)?;
    Ok(stand_in)
}

fn digest(layers: &[PathBuf]) -> Result<String> {
    let mut text = String::new();
    for layer in layers {
        for file in door::files_below(layer)? {
            let name = file.strip_prefix(layer).unwrap_or(&file).display().to_string();
            text += &format!("{name} {}\n", door::sha256_file(&file)?);
        }
    }
    Ok(door::sha256(text.as_bytes()))
}

/// Makes a repository of a folder, with one commit that carries the release's tag. The date is fixed, so that the
/// commit is the same on every machine.
fn commit(folder: &Path, tag: &str) -> Result<()> {
    let git = process::find("git").context("there is no git on the PATH (Debian: `apt install git`)")?;
    let run = |args: &[&str]| process::read(folder, &git, args).map(drop);
    let identity =
        ["-c", "user.name=stand-in", "-c", "user.email=stand-in@localhost", "-c", "commit.gpgsign=false"];
    run(&["init", "--quiet", "--initial-branch=main"])?;
    run(&["config", "core.autocrlf", "false"])?;
    run(&["add", "--all", "--force"])?;
    let tree = process::read(folder, &git, &["write-tree"])?;
    let date = "2026-01-01T00:00:00Z";
    let message = format!("Stand-in for {tag}");
    let args = [&identity[..], &["commit-tree", &tree, "-m", &message]].concat();
    let dates = [("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date)];
    let commit = process::read_with(folder, &git, &args, &dates)?;
    run(&["update-ref", "refs/heads/main", &commit])?;
    run(&["tag", tag, &commit])
}
