//! Makes the generated project and board real: writes what changed, removes what is no longer part of the plan.
//!
//! Nothing outside the build's own folder is written.

use crate::fs as door;
use crate::plan::Plan;
use crate::process;
use anyhow::Result;
use fs_err as fs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a build folder was configured for; another one cannot go on with it. It is kept inside that folder, so that one
/// that was moved or copied here tells where it comes from, and one that tells nothing is not trusted.
fn origin(plan: &Plan) -> String {
    let idf = &plan.idf;
    let micropython = &plan.micropython;
    format!(
        "folder {}\nchip {}\nESP-IDF {} {} {}\nMicroPython {}\n",
        plan.folders.build.display(),
        plan.chip,
        idf.path.display(),
        idf.version,
        idf.commit.as_deref().unwrap_or("-"),
        micropython.path.display(),
    )
}

/// The mark of a build folder whose outputs were refused: Ninja would take them for up to date.
pub fn distrusted(plan: &Plan) -> PathBuf {
    plan.folders.root.join("distrusted")
}

/// Writes everything that the plan generates, and clears what an earlier plan left; `afresh` clears everything.
///
/// # Errors
/// When a file or link cannot be made.
pub fn materialise(plan: &Plan, afresh: bool) -> Result<()> {
    let folders = &plan.folders;
    let origin_file = folders.build.join("xtask-origin");
    let origin = origin(plan);
    let own = fs::read_to_string(&origin_file).is_ok_and(|old| old == origin);
    if afresh || !own || distrusted(plan).exists() {
        door::remove(&folders.build)?;
        door::remove(&distrusted(plan))?;
    }
    // Kconfig prefers a kept sdkconfig to every changed default, in silence; and a firmware of the last build must not
    // pass for one of this build.
    for stale in ["sdkconfig", "sdkconfig.old", "firmware.bin", "micropython.uf2"] {
        door::remove(&folders.build.join(stale))?;
    }
    // ESP-IDF reads the first of these after the merged sdkconfig, and looks for the chip in the second.
    door::remove(&folders.build.join(format!("sdkconfig.combined.{}", plan.chip)))?;
    door::remove(&folders.project.join("sdkconfig"))?;
    remove_leftovers(plan)?;
    for link in &plan.generated.links {
        door::link(&link.target, &link.path)?;
    }
    for file in &plan.generated.files {
        door::write_if_changed(&file.path, file.text.as_bytes())?;
    }
    for seed in &plan.seeds {
        let target = folders.project.join(&seed.path);
        if !target.exists() {
            door::copy_tree(&seed.target, &target)?;
        }
    }
    fs::create_dir_all(&folders.build)?;
    fs::create_dir_all(folders.temporary())?;
    repository(&folders.project)?;
    door::write_if_changed(&origin_file, origin.as_bytes())?;
    Ok(())
}

/// Files of the board, main component and module folders, and links, that the plan does not have: a `pins.csv` of an
/// earlier plan would still be read. What the component manager writes stays.
fn remove_leftovers(plan: &Plan) -> Result<()> {
    let folders = &plan.folders;
    let generated = &plan.generated;
    let wanted: BTreeSet<&Path> = generated
        .files
        .iter()
        .map(|file| file.path.as_path())
        .chain(generated.links.iter().map(|link| link.path.as_path()))
        .collect();
    let mut present = Vec::new();
    for folder in [&folders.board, &folders.root.join("modules")] {
        if folder.is_dir() {
            present.extend(door::files_below(folder)?);
        }
    }
    if folders.project.is_dir() {
        present.extend(project_files(&folders.project)?);
    }
    for path in present.iter().filter(|path| !wanted.contains(path.as_path())) {
        door::remove(path)?;
    }
    Ok(())
}

/// Links of the project folder, and files of its main components.
fn project_files(project: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(project)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            found.push(entry.path());
        } else if kind.is_dir() && entry.file_name().to_string_lossy().starts_with("main") {
            found.extend(door::files_below(&entry.path())?);
        }
    }
    Ok(found)
}

/// MicroPython's CMakeLists runs `git diff` on its lock file, which fails outside of any repository with a warning that
/// the lock file changed. Source: MicroPython v1.28.0 `ports/esp32/CMakeLists.txt`.
fn repository(project: &Path) -> Result<()> {
    let Some(git) = process::find("git") else {
        return Ok(());
    };
    if process::read(project, &git, &["rev-parse", "--git-dir"]).is_err() {
        process::read(project, &git, &["init", "--quiet"])?;
    }
    Ok(())
}
