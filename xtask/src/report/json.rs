//! The JSON document of a run: one for all builds, with every finding's code and place.

use crate::diagnostic::{Diagnostic, Diagnostics};
use serde_json::{Value, json};
use std::path::Path;

/// One build's part.
#[derive(Debug)]
pub struct Build {
    pub id: String,
    pub board: Option<String>,
    pub variant: Option<String>,
    /// `built`, `up-to-date`, `checked`, `verified` or `failed`.
    pub status: &'static str,
    /// Where it failed.
    pub stage: Option<&'static str>,
    pub seconds: f64,
    pub findings: Diagnostics,
    /// What the world refused, when that is why it failed.
    pub error: Option<String>,
    pub image: Option<Value>,
    pub dist: Option<String>,
}

/// The document; paths below `cwd` are relative to it.
pub fn document(builds: &[Build], cwd: &Path) -> Value {
    let ok = builds.iter().all(|build| build.status != "failed");
    json!({ "schema": "xtask/1", "ok": ok, "builds": builds.iter().map(|build| one(build, cwd)).collect::<Vec<_>>() })
}

fn one(build: &Build, cwd: &Path) -> Value {
    let mut object = json!({
        "id": build.id, "board": build.board, "variant": build.variant, "status": build.status, "stage": build.stage,
        "seconds": (build.seconds * 10.0).round() / 10.0, "findings": findings(&build.findings, cwd),
    });
    let Some(map) = object.as_object_mut() else {
        return object;
    };
    if let Some(error) = &build.error {
        map.insert("error".into(), json!(error));
    }
    if let Some(image) = &build.image {
        map.insert("image".into(), image.clone());
    }
    if let Some(dist) = &build.dist {
        map.insert("dist".into(), json!(dist));
    }
    object
}

/// Findings as JSON; paths below `cwd` are relative to it.
pub fn findings(findings: &Diagnostics, cwd: &Path) -> Value {
    findings.iter().map(|one| finding(one, cwd)).collect()
}

fn finding(finding: &Diagnostic, cwd: &Path) -> Value {
    let place = finding.place().map(|place| {
        let path = place.path().strip_prefix(cwd).unwrap_or(place.path());
        if place.source.text().is_empty() {
            return json!({ "file": path });
        }
        json!({ "file": path, "line": place.line(), "column": place.column() })
    });
    json!({
        "code": finding.code.id, "severity": finding.severity, "message": finding.message,
        "notes": finding.notes, "help": finding.help.join("\n"), "where": place,
    })
}
