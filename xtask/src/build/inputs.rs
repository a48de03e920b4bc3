//! What a finished build was made from: every file that Ninja, CMake, Kconfig and the frozen manifest name.
//!
//! Each of them knows a part: Ninja's dependency log the sources and headers, its manifest the inputs of other commands,
//! the rule that runs CMake again CMake's own files, project_description.json the Kconfig files.

use crate::plan::Plan;
use crate::process;
use fs_err as fs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every input outside the build's own folder that still exists. Files that no tool names are left out.
pub fn inputs(plan: &Plan, frozen: &[PathBuf], ninja: Option<&Path>) -> BTreeSet<PathBuf> {
    let folders = &plan.folders;
    let mut found: BTreeSet<PathBuf> = plan.inputs.clone();
    found.extend(frozen.iter().cloned());
    // Inside the build's folder they are links: the files are elsewhere.
    found.extend(
        plan.generated.links.iter().map(|link| link.target.clone()).filter(|target| target.is_file()),
    );
    // A new file in one of these folders may be frozen by the manifest.
    found.extend(frozen.iter().filter_map(|file| file.parent()).map(Path::to_owned));
    for build in [folders.build.clone(), folders.build.join("bootloader")] {
        if let Some(ninja) = ninja.filter(|_| build.join("build.ninja").is_file()) {
            for query in [&["-t", "deps"][..], &["-t", "inputs", "all"][..]] {
                let said = process::read(&build, ninja, query).unwrap_or_default();
                found.extend(
                    said.lines().filter(|line| is_path(line)).map(|line| build.join(unescape(line.trim()))),
                );
            }
        }
        found.extend(cmake_inputs(&build));
    }
    found.extend(kconfig_files(&folders.build));
    found.into_iter().filter_map(|path| outside(path, &folders.root)).collect()
}

/// The path if it is there and outside of the build's own folder, or what a link in that folder leads to: the board's
/// `pins.csv` is such a link.
fn outside(path: PathBuf, root: &Path) -> Option<PathBuf> {
    if !path.starts_with(root) {
        return path.exists().then_some(path);
    }
    let real = fs::canonicalize(path).ok()?;
    let root = fs::canonicalize(root).ok()?;
    (!real.starts_with(root)).then_some(real)
}

/// Whether a line of Ninja's answer is a path: of `deps`, the indented ones; of `inputs`, every one.
fn is_path(line: &str) -> bool {
    !line.trim().is_empty() && (line.starts_with(' ') || !line.contains(": #deps "))
}

/// Ninja quotes a path that a shell would split.
fn unescape(path: &str) -> &str {
    path.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(path)
}

/// The files whose change makes CMake run again.
fn cmake_inputs(build: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(build.join("build.ninja")).unwrap_or_default();
    let line =
        text.lines().find(|line| line.starts_with("build build.ninja") && line.contains("RERUN_CMAKE"));
    let Some((_, inputs)) =
        line.and_then(|line| line.split_once('|').and_then(|(_, rest)| rest.split_once(' ')))
    else {
        return Vec::new();
    };
    ninja_words(inputs).into_iter().filter(|word| word != "|").map(|word| build.join(word)).collect()
}

/// The words of a line of build.ninja, where `$ ` is a space and `$$` a dollar.
fn ninja_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let next = match c {
            ' ' => {
                words.push(String::new());
                continue;
            }
            '$' => chars.next(),
            c => Some(c),
        };
        if let (Some(word), Some(c)) = (words.last_mut(), next) {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The Kconfig and rename files that configure read.
fn kconfig_files(build: &Path) -> Vec<PathBuf> {
    let Ok(text) = fs::read(build.join("project_description.json")) else {
        return Vec::new();
    };
    let description: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let environment = description.get("config_environment").and_then(|value| value.as_object());
    let lists = environment.into_iter().flat_map(|map| map.values()).filter_map(|value| value.as_str());
    lists.flat_map(|list| list.split(';')).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninja_words_may_hold_spaces() {
        assert_eq!(ninja_words("/a/b.cmake /c$ d/e.cmake /f$$g"), ["/a/b.cmake", "/c d/e.cmake", "/f$g"]);
    }

    #[test]
    fn the_headlines_of_the_dependency_log_are_no_paths() {
        assert!(!is_path("main.o: #deps 2, deps mtime 17 (VALID)") && !is_path(""));
        assert!(is_path("    /mp/py/obj.h") && is_path("/mp/py/obj.h"));
    }
}
