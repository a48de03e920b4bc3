//! Gets the pinned trees: a shallow clone of exactly one revision, with the submodules that the boards need.
//!
//! A clone appears under its name whole or not at all. Installing ESP-IDF's tools is left to its own `idf_tools.py`.

use crate::fs as door;
use crate::process::{self, Ending, Invocation};
use anyhow::{Context, Result, bail};
use fs_err as fs;
use std::path::{Path, PathBuf};

/// A tree that the config pins.
#[derive(Debug, Clone, Copy)]
pub struct Pin<'a> {
    /// What it is called in messages: `MicroPython`.
    pub name: &'a str,
    pub git: &'a str,
    /// A tag or a commit.
    pub rev: &'a str,
}

/// The folder that [`clone`] makes for a pin.
pub fn folder(state: &Path, pin: &Pin<'_>) -> PathBuf {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }
    };
    let rev: String = pin.rev.chars().map(safe).collect();
    let digest: String = door::sha256(pin.git.as_bytes()).chars().take(6).collect();
    state.join(format!("{}-{rev}-{digest}", pin.name.to_lowercase()))
}

/// Clones the pinned revision with the submodules that `wanted` accepts (by path); what is there already stays.
///
/// # Errors
/// When git is missing, the remote cannot be reached or does not have the revision; the message names both.
pub fn clone(
    state: &Path,
    pin: &Pin<'_>,
    wanted: &dyn Fn(&str) -> bool,
    say: &mut dyn FnMut(&str),
) -> Result<PathBuf> {
    let target = folder(state, pin);
    let _lock = door::Lock::take(&target.with_extension("lock"), || ())?;
    if target.is_dir() {
        return Ok(target);
    }
    let unfinished = target.with_extension("new");
    fs::create_dir_all(&unfinished)?;
    say(&format!("cloning {} {} from {}", pin.name, pin.rev, pin.git));
    fetch(&unfinished, pin).with_context(|| {
        format!("{} {} cannot be fetched from {}; is the network there?", pin.name, pin.rev, pin.git)
    })?;
    submodules(&unfinished, wanted, say)
        .with_context(|| format!("the submodules of {} {} cannot be fetched", pin.name, pin.rev))?;
    fs::rename(&unfinished, &target)?;
    Ok(target)
}

fn fetch(folder: &Path, pin: &Pin<'_>) -> Result<()> {
    git(folder, &["init", "--quiet"])?;
    let tag = format!("+refs/tags/{0}:refs/tags/{0}", pin.rev);
    let by_tag = git(folder, &["fetch", "--quiet", "--depth", "1", pin.git, &tag]);
    if by_tag.is_err() {
        git(folder, &["fetch", "--quiet", "--depth", "1", pin.git, pin.rev])?;
    }
    let commit = if by_tag.is_ok() { pin.rev } else { "FETCH_HEAD" };
    git(folder, &["-c", "advice.detachedHead=false", "checkout", "--quiet", commit])?;
    // Submodules may have relative addresses.
    git(folder, &["remote", "add", "origin", pin.git])
        .or_else(|_| git(folder, &["remote", "set-url", "origin", pin.git]))
}

fn submodules(folder: &Path, wanted: &dyn Fn(&str) -> bool, say: &mut dyn FnMut(&str)) -> Result<()> {
    let Some(program) = process::find("git") else { bail!("there is no git on the PATH") };
    if !folder.join(".gitmodules").is_file() {
        return Ok(());
    }
    let list =
        process::read(folder, &program, &["config", "--file", ".gitmodules", "--get-regexp", r"\.path$"])?;
    let paths: Vec<&str> = list.lines().filter_map(|line| line.split_once(' ')).map(|pair| pair.1).collect();
    let paths: Vec<&str> = paths.into_iter().filter(|path| wanted(path)).collect();
    for (index, path) in paths.iter().enumerate() {
        say(&format!("submodule {} of {}: {path}", index + 1, paths.len()));
        git(
            folder,
            &["submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1", "--", path],
        )?;
    }
    Ok(())
}

fn git(folder: &Path, args: &[&str]) -> Result<()> {
    let invocation = Invocation {
        program: process::find("git").context("there is no git on the PATH (Debian: `apt install git`)")?,
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        cwd: folder.to_owned(),
        env: std::env::vars().chain([("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned())]).collect(),
    };
    let mut said = String::new();
    match process::stream(&invocation, |line| said = format!("{said}\n  {line}"))? {
        Ending::Success => Ok(()),
        Ending::Interrupted => bail!("interrupted"),
        Ending::Failed(_) | Ending::Killed(_) => bail!("`{}` failed:{said}", invocation.display()),
    }
}

/// The command that installs ESP-IDF's compilers for these chips, and the one for its Python environment.
pub fn install_tools(idf: &Path, chips: &[&str]) -> [Invocation; 2] {
    let run = |args: Vec<String>| Invocation {
        program: "python3".into(),
        args: std::iter::once(idf.join("tools/idf_tools.py").display().to_string()).chain(args).collect(),
        cwd: idf.to_owned(),
        env: std::env::vars().chain([("IDF_PATH".to_owned(), idf.display().to_string())]).collect(),
    };
    [
        run(vec!["install".into(), format!("--targets={}", chips.join(","))]),
        run(vec!["install-python-env".into()]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A remote with a tag on its first commit, and a submodule.
    fn remote(folder: &Path) -> (PathBuf, String) {
        let run = |at: &Path, args: &[&str]| {
            let base =
                ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "protocol.file.allow=always"];
            git(at, &[&base[..], args].concat()).unwrap();
        };
        let [lib, tree] = ["lib", "tree"].map(|name| folder.join(name));
        for repository in [&lib, &tree] {
            fs::create_dir_all(repository).unwrap();
            run(repository, &["init", "--quiet", "--initial-branch=main"]);
            fs::write(repository.join("file"), "text").unwrap();
            run(repository, &["add", "."]);
            run(repository, &["commit", "--quiet", "-m", "one"]);
        }
        run(&tree, &["tag", "v1.0"]);
        fs::write(tree.join("file"), "newer").unwrap();
        run(&tree, &["commit", "--quiet", "-a", "-m", "two"]);
        run(&tree, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let head = process::read(&tree, &process::find("git").unwrap(), &["rev-parse", "HEAD"]).unwrap();
        (tree, head)
    }

    #[test]
    fn a_tag_and_a_commit_are_cloned_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, head) = remote(folder.path());
        let url = format!("file://{}", tree.display());
        let text = |rev: &str| {
            let pin = Pin { name: "MicroPython", git: &url, rev };
            let clone = clone(&folder.path().join("state"), &pin, &|_| true, &mut |_| ()).unwrap();
            fs::read_to_string(clone.join("file")).unwrap()
        };
        assert_eq!(text("v1.0"), "text");
        assert_eq!(text(&head), "newer");
        assert_eq!(text("v1.0"), "text", "the second time it is there already");
    }

    #[test]
    fn a_remote_that_is_not_there_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let pin = Pin { name: "ESP-IDF", git: "file:///no/such/remote", rev: "v5.5.1" };
        let error = format!("{:#}", clone(folder.path(), &pin, &|_| true, &mut |_| ()).unwrap_err());
        assert!(error.contains("ESP-IDF v5.5.1 cannot be fetched from file:///no/such/remote"), "{error}");
        assert!(!super::folder(folder.path(), &pin).exists());
    }
}
