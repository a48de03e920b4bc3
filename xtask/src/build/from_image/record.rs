//! What a build from an image leaves in `dist/`, and its record.
//!
//! Putting the folder in its place is `dist`'s.

use super::{Opened, Request};
use crate::build::dist;
use crate::diagnostic::Diagnostics;
use crate::edit::Part;
use crate::fs::hex;
use crate::inspect::ImageReport;
use crate::partition::{Row, rows};
use anyhow::Result;
use fs_err as fs;
use serde_json::{Value, json};
use std::path::Path;

/// What was made and verified.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    pub firmware: &'a [u8],
    pub app: &'a [u8],
    pub table: &'a [u8],
    pub report: &'a ImageReport,
    /// The same as JSON.
    pub image: &'a Value,
    pub parts: &'a [Part],
    pub evidence: &'a Value,
    pub findings: &'a Diagnostics,
}

/// Fills the folder with the files of a build and seals it.
pub(super) fn fill(folder: &Path, request: &Request<'_>, outputs: &Outputs<'_>) -> Result<()> {
    let plan = request.plan;
    let name = format!("{}-{}", plan.id, request.version);
    let ota = outputs.report.is_ota();
    let app = if ota { "ota.bin" } else { "app.bin" };
    fs::write(folder.join(format!("{name}.factory.bin")), outputs.firmware)?;
    fs::write(folder.join(format!("{name}.{app}")), outputs.app)?;
    fs::write(folder.join("partition-table.bin"), outputs.table)?;
    dist::seal(folder, &name, Some(&plan.table), ota, |files| record(request, outputs, &name, files))
}

/// As a compiled build's, where it says the same; what was compiled where and how is the image's secret.
fn record(request: &Request<'_>, outputs: &Outputs<'_>, name: &str, files: &[Value]) -> Value {
    let Request { plan, opened, folders, .. } = request;
    let stock = &opened.stock;
    let config = folders.root.ancestors().nth(3).unwrap_or(Path::new("/"));
    let mut findings = request.noted.clone();
    findings.extend(outputs.findings.clone());
    let relative = |path: &Path| path.strip_prefix(config).unwrap_or(path).display().to_string();
    let require: Vec<&str> = plan.require.iter().map(|require| require.name()).collect();
    let table: Vec<Row> = rows(&stock.table);
    json!({
        "schema": "xtask/1",
        "id": plan.id,
        "board": plan.board,
        "variant": plan.variant,
        "version": request.version,
        "tool": env!("CARGO_PKG_VERSION"),
        "stand-in": opened.stand_in,
        "bootable": !opened.stand_in,
        "chip": stock.chip.name,
        "flash-offset": outputs.report.file_offset(),
        "factory": format!("{name}.factory.bin"),
        "micropython": { "version": stock.micropython },
        "idf": { "version": stock.idf },
        "base": plan.base,
        "base-variant": plan.base_variant,
        "require": require,
        "released": plan.released.as_ref().map(|released| relative(&released.file)),
        "from-image": {
            "file": stock.source.path().file_name().map(|name| name.to_string_lossy()),
            "sha256": opened.sha256,
            "size": opened.size,
            "flash-size": stock.flash_size.bytes(),
            "partitions": table,
            "app": app(opened),
            "changes": outputs.parts,
        },
        "image": outputs.image,
        "findings": crate::report::json::findings(&findings, config),
        "evidence": outputs.evidence,
        "files": files,
    })
}

/// The app as it came, which is the app that goes out.
fn app(opened: &Opened) -> Value {
    let descriptor = opened.descriptor.as_ref().map(|descriptor| {
        json!({
            "idf-version": descriptor.idf_version,
            "version": descriptor.version,
            "project-name": descriptor.project_name,
            "date": descriptor.date,
            "time": descriptor.time,
            "secure-version": descriptor.secure_version,
            "elf-sha256": hex(&descriptor.elf_sha256),
        })
    });
    json!({ "sha256": opened.app_sha256, "size": opened.app_size, "descriptor": descriptor })
}
