//! Paths of the config: `~`, relative ones, existence and kind, partition layouts by name.
//!
//! It asks for what exists through [`Files`] and touches no file system itself.

use super::codes;
use super::types::{Layout, LayoutKind, Located};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean, nearest, quoted_list};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    Missing,
    File,
    Folder,
}

impl PathKind {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::File => "a file",
            Self::Folder => "a folder",
        }
    }
}

/// What the checks ask of a file system.
pub trait Files {
    fn kind(&self, path: &Path) -> PathKind;
    /// The names in a folder, in any order; none when it cannot be read.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// What surrounds the config file.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder of config.toml, absolute.
    pub folder: &'a Path,
    /// The user's home folder, if the environment names one.
    pub home: Option<&'a Path>,
    pub files: &'a dyn Files,
    /// `--micropython` stands in for `[micropython]`: what that table says need not exist.
    pub micropython_given: bool,
    /// `--idf` stands in for `[esp-idf]`.
    pub idf_given: bool,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("folder", &self.folder).field("home", &self.home).finish()
    }
}

impl Surroundings<'_> {
    /// The absolute path that a text of the config means.
    pub(super) fn resolve(&self, text: &Located<String>, out: &mut Diagnostics) -> Option<PathBuf> {
        let value = text.value.as_str();
        if value.trim().is_empty() || value.contains('\0') {
            out.push(Diagnostic::error(&codes::BAD_TEXT, "the path is empty").at(&text.place));
            return None;
        }
        let Some(rest) = value.strip_prefix('~') else {
            return Some(self.folder.join(clean(Path::new(value))));
        };
        let fault = match (rest.strip_prefix('/'), self.home) {
            (Some(inner), Some(home)) => return Some(home.join(clean(Path::new(inner)))),
            (None, Some(home)) if rest.is_empty() => return Some(home.to_owned()),
            (None, _) if !rest.is_empty() => format!("`{value}` starts at another user's home folder"),
            _ => format!("`{value}` starts at the home folder, and the environment names none"),
        };
        let help = "write the whole path, or set HOME";
        out.push(Diagnostic::error(&codes::NO_HOME, fault).at(&text.place).help(help));
        None
    }

    /// A path that must exist and be of this kind.
    pub(super) fn existing(
        &self,
        key: &str,
        text: &Located<String>,
        wanted: PathKind,
        out: &mut Diagnostics,
    ) -> Option<Located<PathBuf>> {
        let path = self.resolve(text, out)?;
        let found = self.files.kind(&path);
        if found == wanted {
            return Some(text.with(path));
        }
        if found == PathKind::Missing {
            out.push(self.missing(key, text, &path));
        } else {
            let message = format!("`{}` is {}, `{key}` takes {}", text.value, found.name(), wanted.name());
            let mut diagnostic = Diagnostic::error(&codes::PATH_KIND, message).at(&text.place);
            if let (PathKind::Folder, Some((folder, _))) = (wanted, text.value.rsplit_once('/')) {
                diagnostic = diagnostic.help(format!("name its folder: `{folder}`"));
            }
            out.push(diagnostic);
        }
        None
    }

    fn missing(&self, key: &str, text: &Located<String>, path: &Path) -> Diagnostic {
        let message = format!("`{}` does not exist", text.value);
        let mut diagnostic = Diagnostic::error(&codes::PATH_MISSING, message).at(&text.place);
        if path.is_absolute() && Path::new(&text.value).is_relative() {
            diagnostic = diagnostic.because(format!("`{key}` was looked for at {}", path.display()));
        }
        // The first part that is not there is where the spelling goes wrong.
        let mut parent = path;
        let mut lost = None;
        while let (Some(up), Some(name)) = (parent.parent(), parent.file_name()) {
            if self.files.kind(parent) != PathKind::Missing {
                break;
            }
            lost = Some((up, name.to_string_lossy().into_owned()));
            parent = up;
        }
        if let Some((folder, name)) = lost {
            let names: BTreeSet<String> = self.files.names(folder).into_iter().collect();
            let near = nearest(&name, names.iter().map(String::as_str));
            if near.is_empty() {
                diagnostic = diagnostic.help(format!("{} has no `{name}`", folder.display()));
            } else {
                let near = quoted_list(near, "or");
                diagnostic =
                    diagnostic.help(format!("{} has no `{name}`: did you mean {near}?", folder.display()));
            }
        }
        diagnostic
    }

    /// The layout of this name.
    pub(super) fn layout(&self, name: &Located<String>, out: &mut Diagnostics) -> Option<Located<Layout>> {
        let folder = self.folder.join("partitions");
        let value = name.value.as_str();
        let known: BTreeSet<String> =
            self.files.names(&folder).iter().filter_map(|file| stem(file)).collect();
        let known = || known.iter().map(String::as_str);
        if let Some(bare) = bare_name(value) {
            let mut diagnostic = Diagnostic::error(
                &codes::LAYOUT_IS_A_PATH,
                format!("`partitions` takes a name, not `{value}`"),
            )
            .at(&name.place)
            .because("layouts lie in the folder `partitions` beside config.toml");
            diagnostic.help.extend(match known().find(|layout| *layout == bare) {
                Some(_) => Some(format!("write `partitions = \"{bare}\"`")),
                None => did_you_mean(&bare, known()),
            });
            out.push(diagnostic);
            return None;
        }
        let file = |extension: &str| folder.join(format!("{value}.{extension}"));
        let is_there = |extension: &str| self.files.kind(&file(extension)) == PathKind::File;
        let (kind, extension) = match (is_there("csv"), is_there("toml")) {
            (true, false) => (LayoutKind::Csv, "csv"),
            (false, true) => (LayoutKind::Toml, "toml"),
            (true, true) => {
                let message = format!("both `partitions/{value}.csv` and `partitions/{value}.toml` exist");
                let help = "rename one of them, so that the name says which one is meant";
                out.push(Diagnostic::error(&codes::TWO_LAYOUTS, message).at(&name.place).help(help));
                return None;
            }
            (false, false) => {
                let message = format!("unknown partition layout `{value}`");
                let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_LAYOUT, message).at(&name.place);
                diagnostic.help.extend(did_you_mean(value, known()).or_else(|| {
                    Some(format!(
                        "write `partitions/{value}.csv` or `partitions/{value}.toml` beside config.toml"
                    ))
                }));
                out.push(diagnostic);
                return None;
            }
        };
        Some(name.with(Layout { name: value.to_owned(), path: file(extension), kind }))
    }
}

/// What a layout file is called by.
fn stem(file: &str) -> Option<String> {
    file.strip_suffix(".csv").or_else(|| file.strip_suffix(".toml")).map(str::to_owned)
}

/// The name within something that is a path; `None` for a plain name.
fn bare_name(value: &str) -> Option<String> {
    let file = value.rsplit(['/', '\\']).next().unwrap_or(value);
    let is_path = file != value || stem(value).is_some() || matches!(value, "" | "." | "..");
    is_path.then(|| stem(file).unwrap_or_else(|| file.to_owned()))
}

/// Without `.` and doubled slashes. `..` stays: behind a link it means another folder than the text says.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

/// For comparing only: also without `..`, as the text says.
pub(super) fn compared(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            part => out.push(part),
        }
    }
    out
}
