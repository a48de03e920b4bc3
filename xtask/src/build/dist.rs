//! `dist/`: what a verified build leaves for people and devices, written whole or not at all.
//!
//! Names say what a file is for: `.factory.bin` goes to a blank flash, `.ota.bin` to a device that runs already.

use crate::fs as door;
use crate::partition::{Table, csv};
use crate::plan::Plan;
use crate::process::{self, quote};
use anyhow::{Context, Result};
use fs_err as fs;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What `collect` needs beside the plan.
#[derive(Debug)]
pub struct Contents<'a> {
    /// The version of the config's repository.
    pub version: &'a str,
    /// Flash offset of the factory image, in bytes.
    pub flash_offset: u32,
    /// Whether a device can be updated over the air with this app.
    pub ota: bool,
    /// The verified image, as the report has it.
    pub image: &'a Value,
    pub findings: &'a Value,
    /// SHA-256 of the bootloader, and the part of its configuration that proves what was required.
    pub evidence: &'a Value,
}

/// `git describe` of the config's repository; `unversioned` outside of one.
pub fn version(folder: &Path) -> String {
    let said = process::find("git").and_then(|git| {
        process::read(folder, &git, &["--no-optional-locks", "describe", "--always", "--dirty", "--tags"])
            .ok()
    });
    said.filter(|text| !text.is_empty()).map_or_else(|| "unversioned".into(), |text| text.replace('/', "-"))
}

/// The folder of a build in `dist/`.
pub fn folder(root: &Path, id: &str, version: &str) -> PathBuf {
    root.join(format!("{id}-{version}"))
}

/// Whether a build's folder can be made here, told before the compile rather than after it.
///
/// # Errors
/// When it cannot.
pub fn try_out(plan: &Plan, root: &Path, version: &str) -> Result<()> {
    let there = root.is_dir();
    let unfinished = unfinished(root, &plan.id, version);
    let tried = door::remove(&unfinished)
        .and_then(|()| Ok(fs::create_dir_all(&unfinished)?))
        .and_then(|()| door::remove(&unfinished));
    if !there {
        fs::remove_dir(root).ok();
    }
    tried.with_context(|| format!("{} cannot be written", folder(root, &plan.id, version).display()))
}

fn unfinished(root: &Path, id: &str, version: &str) -> PathBuf {
    root.join(format!(".{id}-{version}.new"))
}

/// Copies the outputs, writes the records and puts the folder in its place.
///
/// # Errors
/// When a file is missing or cannot be written; what was in `dist/` before is then still there.
pub fn collect(plan: &Plan, root: &Path, contents: &Contents<'_>) -> Result<PathBuf> {
    put(root, &plan.id, contents.version, |folder| fill(folder, plan, contents))
}

/// Fills a build's folder beside its place and puts it there whole.
///
/// # Errors
/// What filling it says; what was in `dist/` before is then still there.
pub(super) fn put(
    root: &Path,
    id: &str,
    version: &str,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let target = folder(root, id, version);
    let unfinished = unfinished(root, id, version);
    let cleared = door::remove(&unfinished).and_then(|()| Ok(fs::create_dir_all(&unfinished)?));
    let made = cleared.and_then(|()| fill(&unfinished)).and_then(|()| {
        let old = root.join(format!(".{id}-{version}.old"));
        door::remove(&old)?;
        if target.exists() {
            fs::rename(&target, &old)?;
        }
        if let Err(error) = fs::rename(&unfinished, &target) {
            fs::rename(&old, &target).ok();
            return Err(error.into());
        }
        door::remove(&old)
    });
    if made.is_err() {
        door::remove(&unfinished).ok();
    }
    made.with_context(|| format!("{} cannot be written", target.display()))?;
    Ok(target)
}

fn fill(folder: &Path, plan: &Plan, contents: &Contents<'_>) -> Result<()> {
    let name = format!("{}-{}", plan.id, contents.version);
    let build = &plan.folders.build;
    let app = if contents.ota { "ota.bin" } else { "app.bin" };
    let mut copies = vec![
        ("firmware.bin", format!("{name}.factory.bin")),
        ("micropython.bin", format!("{name}.{app}")),
        ("micropython.elf", format!("{name}.elf")),
        ("micropython.map", format!("{name}.map")),
        ("partition_table/partition-table.bin", "partition-table.bin".to_owned()),
        ("sdkconfig", "sdkconfig".to_owned()),
    ];
    if build.join("micropython.uf2").is_file() {
        copies.push(("micropython.uf2", format!("{name}.uf2")));
    }
    for (from, to) in &copies {
        fs::copy(build.join(from), folder.join(to))?;
    }
    seal(folder, &name, plan.table.as_ref(), contents.ota, |files| record(plan, contents, &name, files))
}

/// Adds what every build's folder has beside its images: the table's CSV, the manifest of an update, the record and the
/// digests. `record` is given the files with their sizes and digests.
pub(super) fn seal(
    folder: &Path,
    name: &str,
    table: Option<&Table>,
    ota: bool,
    record: impl FnOnce(&[Value]) -> Value,
) -> Result<()> {
    if let Some(csv) = table.and_then(|table| csv::write(table).ok()) {
        fs::write(folder.join("partitions.csv"), csv)?;
    }
    if ota {
        let bytes = fs::read(folder.join(format!("{name}.ota.bin")))?;
        // The keys that `ota.update.from_json` of micropython-esp32-ota reads.
        let manifest = json!({ "firmware": format!("{name}.ota.bin"), "sha": door::sha256(&bytes), "length": bytes.len() });
        fs::write(folder.join(format!("{name}.ota.json")), pretty(&manifest)?)?;
    }
    let mut sums = String::new();
    let mut files = Vec::new();
    for file in door::files_below(folder)? {
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        let sha256 = door::sha256_file(&file)?;
        sums += &format!("{sha256}  {name}\n");
        files.push(json!({ "name": name, "size": fs::metadata(&file)?.len(), "sha256": sha256 }));
    }
    fs::write(folder.join("build.json"), pretty(&record(&files))?)?;
    sums += &format!("{}  build.json\n", door::sha256_file(&folder.join("build.json"))?);
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(())
}

fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value).context("JSON cannot be written")? + "\n")
}

/// Everything that it takes to know, or to build again, what lies beside it.
fn record(plan: &Plan, contents: &Contents<'_>, name: &str, files: &[Value]) -> Value {
    let symbols: serde_json::Map<String, Value> = plan
        .sdkconfig
        .symbols
        .iter()
        .map(|(symbol, entry)| (symbol.clone(), json!(entry.winner.value().to_string())))
        .collect();
    let record = json!({
        "schema": "xtask/1",
        "id": plan.id,
        "board": plan.board,
        "variant": plan.variant,
        "version": contents.version,
        "tool": env!("CARGO_PKG_VERSION"),
        "stand-in": plan.stand_in,
        "bootable": !plan.stand_in,
        "chip": plan.chip,
        "flash-offset": contents.flash_offset,
        "factory": format!("{name}.factory.bin"),
        "micropython": tree(&plan.micropython),
        "idf": tree(&plan.idf),
        "base": plan.base,
        "base-variant": plan.base_variant,
        "require": plan.require,
        "released": plan.released.as_ref().map(|released| &released.file),
        "reproducible": plan.reproducible,
        "plan": plan.digest(),
        "sdkconfig": symbols,
        "image": contents.image,
        "findings": contents.findings,
        "evidence": contents.evidence,
        "files": files,
    });
    relative(record, plan)
}

/// The record with every path below one of the build's folders or trees made relative: paths differ between machines.
fn relative(value: Value, plan: &Plan) -> Value {
    match value {
        Value::String(text) => {
            let folders = [
                (&plan.folders.root, ""),
                (&plan.micropython.path, "micropython/"),
                (&plan.idf.path, "esp-idf/"),
            ];
            let config = plan.folders.root.ancestors().nth(3).unwrap_or(Path::new("/"));
            let names = folders.map(|(path, name)| (path.as_path(), name)).into_iter().chain([(config, "")]);
            names.fold(text, |text, (path, name)| text.replace(&format!("{}/", path.display()), name)).into()
        }
        Value::Array(items) => items.into_iter().map(|item| relative(item, plan)).collect(),
        Value::Object(map) => map.into_iter().map(|(key, item)| (key, relative(item, plan))).collect(),
        other => other,
    }
}

/// A tree without its path, which differs between machines.
fn tree(tree: &crate::plan::Tree) -> Value {
    json!({ "version": tree.version, "commit": tree.commit, "dirty": tree.dirty })
}

/// The command that writes the factory image to a device.
pub fn flash_command(id: &str, chip: &str, dist: &Path, version: &str, flash_offset: u32) -> String {
    let file = dist.join(format!("{id}-{version}.factory.bin"));
    let file = quote(&file.display().to_string());
    format!("esptool.py --chip {chip} write_flash {flash_offset:#x} {file}")
}
