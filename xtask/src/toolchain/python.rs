//! Tools from PyPI in a folder of their own: CMake and Ninja for a machine without them, and the stand-in's judges.
//!
//! A folder is made once for each list of pinned requirements and used offline from then on. Nothing is installed
//! into the user's Python.

use crate::fs::{self, Lock};
use crate::process::{self, Ending, Invocation};
use anyhow::{Context, Result, bail};
use fs_err as fs_io;
use std::path::{Path, PathBuf};

/// CMake and Ninja for machines that have none. CMake 3 because the older ESP-IDF releases need it.
pub const CMAKE_AND_NINJA: &str = "cmake==3.31.6\nninja==1.11.1.4\n";

/// A finished folder of tools.
#[derive(Debug, Clone)]
pub struct Tools {
    pub folder: PathBuf,
}

impl Tools {
    pub fn bin(&self) -> PathBuf {
        self.folder.join("bin")
    }

    /// Folders to put on the PATH: first that of cmake itself, since PyPI's `bin/cmake` is a Python script that takes
    /// ten times as long to start.
    pub fn path(&self) -> Vec<PathBuf> {
        let versions = fs_io::read_dir(self.folder.join("lib")).into_iter().flatten().flatten();
        let cmake = versions.map(|entry| entry.path().join("site-packages/cmake/data/bin"));
        let mut folders: Vec<PathBuf> = cmake.filter(|folder| folder.join("cmake").is_file()).collect();
        folders.push(self.bin());
        folders
    }

    /// A program that the requirements brought.
    pub fn program(&self, name: &str) -> PathBuf {
        let found = self.path().into_iter().map(|folder| folder.join(name)).find(|program| program.is_file());
        found.unwrap_or_else(|| self.bin().join(name))
    }
}

/// The folder for these requirements, if it is already there and can be used.
///
/// What pip installs names its folder and the machine's Python: where the checkout was moved, or that Python was
/// removed, it does not start, and is made anew.
pub fn installed(state: &Path, requirements: &str) -> Option<Tools> {
    let folder = folder(state, requirements);
    let made_for = fs_io::read_to_string(folder.join(COMPLETE)).ok()?;
    let is_whole = made_for == place(&folder)? && folder.join("bin/python").is_file();
    is_whole.then_some(Tools { folder })
}

/// Written last, with the place that the folder was made for.
const COMPLETE: &str = ".complete";

fn place(folder: &Path) -> Option<String> {
    Some(fs_io::canonicalize(folder).ok()?.display().to_string())
}

fn folder(state: &Path, requirements: &str) -> PathBuf {
    let digest: String = fs::sha256(requirements.as_bytes()).chars().take(12).collect();
    state.join(format!("python-{digest}"))
}

/// The folder for these requirements; made with pip when it is not there yet. `say` is told what is being done.
///
/// # Errors
/// When Python 3 or a way to install packages is missing, or PyPI cannot be reached; a half-made folder is removed.
pub fn install(state: &Path, requirements: &str, say: &mut dyn FnMut(&str)) -> Result<Tools> {
    if let Some(tools) = installed(state, requirements) {
        return Ok(tools);
    }
    let folder = folder(state, requirements);
    let _lock = Lock::take(&folder.with_extension("lock"), || ())?;
    if let Some(tools) = installed(state, requirements) {
        return Ok(tools);
    }
    let names: Vec<&str> = requirements
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once("==").map(|pair| pair.0))
        .filter(|name| ["cmake", "ninja", "esptool", "esp-idf-kconfig"].contains(name))
        .collect();
    say(&format!("fetching {} from PyPI, once", names.join(", ")));
    let made = make(&folder, requirements);
    if made.is_err() {
        fs::remove(&folder).ok();
    }
    made.with_context(|| format!("the tools that this needs ({}) cannot be installed", names.join(", ")))
}

fn make(folder: &Path, requirements: &str) -> Result<Tools> {
    let Some(python) = process::find("python3") else {
        bail!("there is no python3 on the PATH (Debian: `apt install python3 python3-venv`)");
    };
    fs::remove(folder)?;
    let folder_text = folder.display().to_string();
    let list = folder.join("requirements.txt");
    let list_text = list.display().to_string();
    let pip = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", &list_text];
    let with_pip = run(&python, &["-m", "venv", &folder_text]);
    if with_pip.is_ok() {
        fs::write_if_changed(&list, requirements.as_bytes())?;
        run(&folder.join("bin/python"), &[&["-m", "pip"], &pip[..]].concat())?;
    } else {
        // Debian's Python has no ensurepip without python3-venv; its own pip can fill the folder all the same.
        fs::remove(folder)?;
        let other = folder.join("bin/python").display().to_string();
        run(&python, &["-m", "venv", "--without-pip", &folder_text])
            .and_then(|()| run(&python, &["-m", "pip", "--version"]))
            .map_err(|_| {
                anyhow::anyhow!("Python has neither `venv` nor `pip` (Debian: `apt install python3-venv`)")
            })?;
        fs::write_if_changed(&list, requirements.as_bytes())?;
        run(&python, &[&["-m", "pip", "--python", &other], &pip[..]].concat())?;
    }
    fs_io::write(folder.join(COMPLETE), place(folder).context("the folder is gone")?)?;
    Ok(Tools { folder: folder.to_owned() })
}

/// Runs a Python command in the caller's whole environment (proxies, pip's settings).
fn run(program: &Path, args: &[&str]) -> Result<()> {
    let invocation = Invocation {
        program: program.to_owned(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        cwd: PathBuf::from("/"),
        env: std::env::vars().filter(|(name, _)| name != "PYTHONHOME" && name != "PYTHONPATH").collect(),
    };
    let mut said = Vec::new();
    let ending = process::stream(&invocation, |line| said.push(line.to_owned()))?;
    match ending {
        Ending::Success => Ok(()),
        Ending::Interrupted => bail!("interrupted"),
        Ending::Failed(_) | Ending::Killed(_) => {
            let from = said.len().saturating_sub(5);
            let last = said.get(from..).unwrap_or_default().join("\n  ");
            bail!("`{}` failed:\n  {last}", invocation.display())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_where_it_was_made() {
        let state = tempfile::tempdir().unwrap();
        let made = folder(state.path(), "x==1");
        fs_io::create_dir_all(made.join("bin")).unwrap();
        fs_io::write(made.join("bin/python"), "").unwrap();
        assert!(installed(state.path(), "x==1").is_none(), "no mark: it is half made");
        fs_io::write(made.join(COMPLETE), place(&made).unwrap()).unwrap();
        assert!(installed(state.path(), "x==1").is_some());
        assert!(installed(state.path(), "x==2").is_none(), "other requirements, another folder");

        let moved = tempfile::tempdir().unwrap();
        fs_io::rename(&made, folder(moved.path(), "x==1")).unwrap();
        assert!(installed(moved.path(), "x==1").is_none(), "its programs name the other place");
        fs_io::rename(folder(moved.path(), "x==1"), &made).unwrap();
        fs_io::remove_file(made.join("bin/python")).unwrap();
        assert!(installed(state.path(), "x==1").is_none(), "its Python is gone");
    }
}
