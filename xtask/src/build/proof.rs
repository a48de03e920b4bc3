//! The proof: the image's bytes, the link map and the bootloader's own configuration against the plan.

use super::{Request, codes};
use crate::config::Require;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::fs as door;
use crate::image::merged::likely_table_offset;
use crate::inspect::{self, Evidence, Expectation};
use crate::partition::released::{check_app, compare};
use crate::partition::{Table, binary};
use crate::plan::released::ReleasedTable;
use crate::plan::table::required;
use crate::plan::{Plan, alone};
use crate::report;
use crate::sdkconfig::{effective, gate};
use crate::source::Source;
use anyhow::{Context, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the bytes show.
#[derive(Debug)]
pub struct Proof {
    pub findings: Diagnostics,
    pub image: Value,
    kept: Kept,
}

/// What of a proof the later stages and runs use.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    pub flash_offset: u32,
    pub ota: bool,
    pub image: Value,
    pub evidence: Value,
    pub text: String,
}

fn kept_file(plan: &Plan) -> PathBuf {
    plan.folders.root.join("proof.json")
}

impl Proof {
    /// Keeps the proof for `collect`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, plan: &Plan) -> Result<()> {
        door::write_if_changed(&kept_file(plan), &serde_json::to_vec(&self.kept)?)?;
        Ok(())
    }
}

impl Kept {
    /// # Errors
    /// When no proof was kept.
    pub fn read(plan: &Plan) -> Result<Self> {
        serde_json::from_slice(&fs::read(kept_file(plan))?).context("the proof that was kept cannot be read")
    }
}

/// Reads everything back and judges it.
///
/// # Errors
/// When a file that every build writes is not there.
pub fn prove(request: &Request<'_>) -> Result<Proof> {
    let plan = request.plan;
    let build = &plan.folders.build;
    let path = build.join("firmware.bin");
    let bytes = fs::read(&path).context("MicroPython's makeimg.py left no firmware.bin")?;
    let source = Source::binary(&path);
    let evidence = evidence(build);
    let expect = Expectation { frozen: request.frozen.to_vec(), ..expectation(plan) };
    let inspection = inspect::verify(&bytes, &source, &expect, &evidence);
    let mut findings = inspection.findings;
    findings.extend(parts(build, &bytes, &source, inspection.image.file_offset())?);
    findings.extend(modules(plan, build)?);
    findings.extend(released(plan.released.as_ref(), plan.min_free, &bytes, &inspection.image, &source));
    findings.extend(bootloader(plan, build));
    let findings = findings.sorted();
    let mut image = serde_json::to_value(&inspection.image)?;
    let mut text = report::image::text(&inspection.image, &findings);
    if plan.stand_in {
        if let Some(fields) = image.as_object_mut() {
            fields.insert("bootable".into(), Value::Bool(false));
        }
        text += &format!("  {:<12} no: built by the stand-in port\n", "bootable");
    }
    let rollback = evidence.bootloader_sdkconfig.as_ref().and_then(|config| config.get(ROLLBACK)).cloned();
    let kept = Kept {
        flash_offset: inspection.image.file_offset(),
        ota: inspection.image.is_ota(),
        image: image.clone(),
        evidence: json!({
            "bootloader-sha256": evidence.bootloader_sha256,
            "bootloader-sdkconfig": { ROLLBACK: rollback },
        }),
        text,
    };
    Ok(Proof { findings, image, kept })
}

const ROLLBACK: &str = "BOOTLOADER_APP_ROLLBACK_ENABLE";

/// What a plan declares of its image.
pub fn expectation(plan: &Plan) -> Expectation {
    Expectation {
        chip: Some(plan.chip.clone()),
        flash_size: plan.flash_size,
        table: plan.table.clone(),
        require: required(plan.require.iter().filter_map(|word| Require::by_name(word))),
        idf: Some(plan.idf_version),
        micropython: Some(plan.micropython_version),
        min_free: plan.min_free,
        table_offset: plan.table.as_ref().map(|table| table.table_offset),
        ..Expectation::default()
    }
}

/// What a board's declaration alone asks of an image.
pub fn expectation_alone(asked: &alone::Asked) -> Expectation {
    Expectation {
        chip: asked.chip.clone(),
        flash_size: asked.flash_size,
        table: asked.table.clone(),
        require: required(asked.require.iter().copied()),
        micropython: asked.micropython,
        min_free: asked.min_free,
        ..Expectation::default()
    }
}

/// An image against the table that devices in the field have: its own table, and its app in their slots.
pub fn released(
    released: Option<&ReleasedTable>,
    min_free: u32,
    bytes: &[u8],
    image: &inspect::ImageReport,
    source: &Source,
) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let Some(ReleasedTable { released, .. }) = released else { return findings };
    let offset = likely_table_offset(bytes);
    let at = offset.checked_sub(image.file_offset()).map(|at| at as usize);
    let rows = at.filter(|_| !image.partitions.is_empty()).and_then(|at| bytes.get(at..));
    // What is wrong with the table itself was told.
    let table = rows.and_then(|rows| binary::parse(rows, source).0);
    let table = table.map(|table| Table { table_offset: offset, ..table });
    if let Some(table) = &table {
        findings.extend(compare(released, table, &source.whole()));
    }
    if let Some(app) = &image.app {
        findings.extend(check_app(released, table.as_ref(), app.size, min_free, source));
    }
    // The plan has told what does no harm.
    findings.0.retain(|finding| finding.severity == Severity::Error);
    findings
}

/// What a build folder tells of its bootloader; nothing where the files are not there.
pub fn evidence(build: &Path) -> Evidence {
    let config = fs::read(build.join("bootloader/config/sdkconfig.json")).ok();
    Evidence {
        bootloader_sdkconfig: config.and_then(|text| serde_json::from_slice(&text).ok()),
        bootloader_sha256: door::sha256_file(&build.join("bootloader/bootloader.bin")).ok(),
    }
}

/// What the build.json beside an image recorded of its bootloader; nothing where there is none.
pub fn recorded_evidence(image: &Path) -> Evidence {
    let text = fs::read(image.with_file_name("build.json")).ok();
    let record = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let evidence = record.as_ref().and_then(|record| record.get("evidence"));
    Evidence {
        bootloader_sdkconfig: evidence.and_then(|e| e.get("bootloader-sdkconfig")).cloned(),
        bootloader_sha256: evidence.and_then(|e| e.get("bootloader-sha256")?.as_str().map(str::to_owned)),
    }
}

/// The bootloader's own effective sdkconfig, where ESP-IDF keeps one, against the app's.
fn bootloader(plan: &Plan, build: &Path) -> Diagnostics {
    let read = |name: &str| {
        let path = build.join(name);
        Some(effective::parse(&Source::new(&path, fs::read_to_string(&path).ok()?)))
    };
    match (read("sdkconfig"), read("bootloader/config/sdkconfig.json")) {
        (Some(app), Some(bootloader)) => gate::bootloader(&plan.sdkconfig, &app, &bootloader),
        _ => Diagnostics::default(),
    }
}

/// Each part of the image is the file that ESP-IDF says is flashed there.
fn parts(build: &Path, image: &[u8], source: &Source, file_offset: u32) -> Result<Diagnostics> {
    let mut findings = Diagnostics::default();
    let text = fs::read(build.join("flasher_args.json")).context("configure left no flasher_args.json")?;
    let args: Value = serde_json::from_slice(&text).context("flasher_args.json is no JSON")?;
    for part in ["bootloader", "partition-table", "app"] {
        let field = |name: &str| args.get(part).and_then(|part| part.get(name)).and_then(Value::as_str);
        let (Some(offset), Some(file)) = (field("offset").and_then(parse_hex), field("file")) else {
            let message = format!("flasher_args.json names no `{part}` with its offset");
            let place = Source::binary(build.join("flasher_args.json")).whole();
            findings.push(Diagnostic::error(&codes::OUTPUT_MISSING, message).at(&place));
            continue;
        };
        let Ok(bytes) = fs::read(build.join(file)) else {
            let message = format!("the build left no `{file}`");
            findings
                .push(Diagnostic::error(&codes::OUTPUT_MISSING, message).help("build again with `--force`"));
            continue;
        };
        let start = offset.checked_sub(file_offset).map(|start| start as usize);
        let slice = start.and_then(|start| image.get(start..start.checked_add(bytes.len())?));
        if slice != Some(bytes.as_slice()) {
            let message = format!("the image does not have `{file}` at {offset:#x}");
            findings.push(
                Diagnostic::error(&codes::PART_DIFFERS, message)
                    .at(&source.whole())
                    .because(format!("sha256 of `{file}`: {}", door::sha256(&bytes)))
                    .help("build again with `--force`; if it stays, makeimg.py or a build step changes the image"),
            );
        }
    }
    Ok(findings)
}

fn parse_hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Each C module has objects in the link.
fn modules(plan: &Plan, build: &Path) -> Result<Diagnostics> {
    let mut findings = Diagnostics::default();
    if plan.modules.is_empty() {
        return Ok(findings);
    }
    let path = build.join("micropython.map");
    let map = fs::read(&path).context("the build left no link map")?;
    let folders: Vec<&Path> = plan.modules.iter().map(PathBuf::as_path).collect();
    let linked = inspect::linked(&String::from_utf8_lossy(&map), &folders);
    for (module, linked) in plan.modules.iter().zip(linked) {
        if !linked {
            let message = format!("C module `{}` is not in the firmware", module.display());
            let cmake = Source::binary(module.join("micropython.cmake"));
            findings.push(
                Diagnostic::error(&codes::MODULE_NOT_LINKED, message)
                    .at(&cmake.whole())
                    .because(format!("no object of it takes any room in {}", path.display()))
                    .help("link `usermod` to its library, and register the module with MP_REGISTER_MODULE"),
            );
        }
    }
    Ok(findings)
}
