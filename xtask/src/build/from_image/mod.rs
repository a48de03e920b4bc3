//! A firmware from a stock MicroPython image instead of a compile: read, changed, verified, collected.
//!
//! The image file is read and nothing else. What the outcome must be was decided by `plan::from_image`.

mod record;
mod stock;
mod trim;

pub use stock::{Opened, open};

use super::event::Event;
use super::{Done, Outcome, dist, proof};
use crate::diagnostic::Diagnostics;
use crate::edit::{self, Edited, Flash, Part};
use crate::fs::Lock;
use crate::inspect::{self, Evidence, Expectation, Inspection};
use crate::plan::from_image::FromImage;
use crate::plan::project::Folders;
use crate::plan::steps::Stage;
use crate::plan::table::required;
use crate::report;
use crate::source::Source;
use anyhow::Result;
use fs_err as fs;
use serde_json::{Value, json};
use std::path::Path;

/// What a build from an image needs beside its plan.
#[derive(Debug)]
pub struct Request<'a> {
    pub plan: &'a FromImage,
    pub opened: &'a Opened,
    pub folders: &'a Folders,
    /// `dist/`, and the version that its folder is named after.
    pub dist: &'a Path,
    pub version: &'a str,
    /// What the plan had to say already.
    pub noted: &'a Diagnostics,
}

/// A finished build, and what became of the image's parts.
#[derive(Debug)]
pub struct Built {
    pub outcome: Outcome,
    pub parts: Vec<Part>,
}

/// Changes, verifies and collects; nothing is written before all of it is right.
///
/// # Errors
/// When `dist/` cannot be written.
pub fn build(request: &Request<'_>, watch: &mut dyn FnMut(Event<'_>)) -> Result<Built> {
    let Request { plan, opened, .. } = request;
    let _lock = Lock::take(&request.folders.lock(), || watch(Event::Waiting { id: &plan.id }))?;
    let source = &opened.stock.source;
    let refused = |findings, image, parts| Built {
        outcome: Outcome::Refused { stage: Stage::Verify, findings, image },
        parts,
    };
    let repartitioned = edit::repartition(&opened.flash, &plan.table, plan.flash_size, source);
    let (parts, made) = match repartitioned {
        Ok(edited) => (edited.parts.clone(), made(edited, source)),
        Err(findings) => (Vec::new(), Err(findings)),
    };
    let Made { firmware, app, table, bootloader_sha256 } = match made {
        Ok(made) => made,
        Err(findings) => return Ok(refused(findings, None, parts)),
    };
    let evidence = Evidence {
        bootloader_sdkconfig: opened.bootloader_sdkconfig.clone(),
        // Its code is that of the image; only the flash size in the header may be another one.
        bootloader_sha256: bootloader_sha256.filter(|_| opened.bootloader_sdkconfig.is_some()),
    };
    let Inspection { image, findings } = verify(request, &firmware, &evidence);
    let findings = findings.sorted();
    let mut value = serde_json::to_value(&image)?;
    if let Some(fields) = value.as_object_mut().filter(|_| opened.stand_in) {
        fields.insert("bootable".into(), Value::Bool(false));
    }
    if findings.has_errors() {
        return Ok(refused(findings, Some(value), parts));
    }
    let mut text = report::image::text(&image, &findings);
    if opened.stand_in {
        text += &format!("  {:<12} no: built by the stand-in port\n", "bootable");
    }
    let outputs = record::Outputs {
        firmware: &firmware,
        app: &app,
        table: &table,
        report: &image,
        image: &value,
        parts: &parts,
        evidence: &json!({
            "bootloader-sha256": evidence.bootloader_sha256,
            "bootloader-sdkconfig": evidence.bootloader_sdkconfig,
        }),
        findings: &findings,
    };
    let dist =
        dist::put(request.dist, &plan.id, request.version, |folder| record::fill(folder, request, &outputs))?;
    let chip = &opened.stock.chip.name;
    let flash = dist::flash_command(&plan.id, chip, &dist, request.version, image.file_offset());
    let done = Done { dist, image: value, text, findings, flash };
    Ok(Built { outcome: Outcome::Built(done), parts })
}

/// A firmware, and its parts as they lie in it.
struct Made {
    firmware: Vec<u8>,
    app: Vec<u8>,
    table: Vec<u8>,
    bootloader_sha256: Option<String>,
}

fn made(edited: Edited, source: &Source) -> Result<Made, Diagnostics> {
    let flash = Flash::open(edited.bytes.clone(), source)?;
    let app = edit::extract(&flash, "app", false)?;
    let table = edit::extract(&flash, "table", false)?.bytes;
    let bootloader_sha256 = edited.image.bootloader.as_ref().map(|bootloader| bootloader.sha256.clone());
    let firmware = trim::trimmed(edited, &app, source)?;
    Ok(Made { firmware, app: app.bytes, table, bootloader_sha256 })
}

fn verify(request: &Request<'_>, bytes: &[u8], evidence: &Evidence) -> Inspection {
    let Request { plan, opened, .. } = request;
    let expect = Expectation {
        chip: Some(opened.stock.chip.name.clone()),
        flash_size: Some(plan.flash_size),
        table: Some(plan.table.clone()),
        require: required(plan.require.iter().copied()),
        idf: opened.stock.idf.as_deref().and_then(|text| text.parse().ok()),
        micropython: plan.micropython,
        min_free: plan.min_free,
        // Without it there is no filesystem; what else is frozen is the image's own affair.
        frozen: vec!["_boot.py".into()],
        table_offset: Some(plan.table.table_offset),
    };
    let source: &Source = &opened.stock.source;
    let mut inspection = inspect::verify(bytes, source, &expect, evidence);
    let released = proof::released(plan.released.as_ref(), plan.min_free, bytes, &inspection.image, source);
    inspection.findings.extend(released);
    inspection
}

/// Whether a file is in the folder that a build of this id and version replaces.
pub fn is_in_the_way(file: &Path, dist: &Path, id: &str, version: &str) -> bool {
    let folder = dist::folder(dist, id, version);
    match (fs::canonicalize(file), fs::canonicalize(folder)) {
        (Ok(file), Ok(folder)) => file.starts_with(folder),
        _ => false,
    }
}
