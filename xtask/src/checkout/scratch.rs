//! A folder for the files of one cmake run: made empty, gone when dropped.
//!
//! It is never inside a checkout, and nothing in it outlives the run.

use anyhow::{Context, Result};
use fs_err as fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        for _ in 0..1000 {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("xtask-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left by an earlier process of the same id: never ours to use.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).context("no folder for temporary files"),
            }
        }
        anyhow::bail!("`{}` is full of folders of earlier runs: `xtask-*`", parent.display())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed from the temporary folder does no harm there.
        drop(fs::remove_dir_all(&self.0));
    }
}
