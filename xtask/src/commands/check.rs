//! `check`: everything that can be known before ESP-IDF runs, for all selected builds, in one run.

use super::plan::planned;
use super::session::Session;
use crate::cli::{Check, Format};
use crate::config::Selection;
use crate::diagnostic::{Diagnostics, plural};
use crate::exit::{Exit, Failure};
use crate::report::json;
use crate::toolchain::codes::IDF_UNSUPPORTED;
use std::time::Instant;

pub fn run(session: &mut Session, args: &Check) -> Result<Exit, Failure> {
    let selection = Selection {
        board: args.board.clone(),
        variant: args.variant.clone(),
        all: args.board.is_none() || args.all,
    };
    let specs = session.builds(&selection)?;
    let planned = planned(session, &specs)?;
    let mut results = Vec::new();
    let mut all = Diagnostics::default();
    let mut manifests = Vec::new();
    for (spec, (plan, mut findings)) in specs.iter().zip(planned) {
        let clock = Instant::now();
        if let Some(plan) = &plan {
            let key = (plan.manifest.clone(), plan.base.clone());
            // Variants mostly share their board's manifest: it is run once.
            if !manifests.contains(&key) {
                let place = spec.settings.manifest.as_ref().map(|manifest| &manifest.place);
                findings.extend(super::build::frozen(session, plan, place)?.2);
                manifests.push(key);
            }
        }
        all.extend(findings.clone());
        let failed = findings.has_errors();
        results.push(json::Build {
            id: spec.id.clone(),
            board: Some(spec.board.clone()),
            variant: spec.variant.clone(),
            status: if failed { "failed" } else { "checked" },
            stage: failed.then_some("plan"),
            seconds: clock.elapsed().as_secs_f64(),
            findings,
            error: None,
            image: None,
            dist: None,
        });
    }
    let all = all.sorted();
    session.screen.findings(&all, false);
    match session.global.format {
        Format::Json => {
            let document = json::document(&results, session.screen.cwd());
            session.screen.json(&document);
        }
        Format::Text => {
            let summary = crate::render::summary(&all);
            let summary = if summary.is_empty() { "no findings".to_owned() } else { summary };
            session.screen.status("Checked", &format!("{}: {summary}", plural(specs.len(), "build")));
        }
    }
    Ok(exit(&all))
}

/// The exit code for findings made before a build: the environment's when an ESP-IDF was refused and nothing else.
pub fn exit(findings: &Diagnostics) -> Exit {
    let errors: Vec<_> =
        findings.iter().filter(|finding| finding.severity == crate::diagnostic::Severity::Error).collect();
    if errors.is_empty() {
        Exit::Ok
    } else if errors.iter().all(|finding| finding.code == &IDF_UNSUPPORTED) {
        Exit::Environment
    } else {
        Exit::Config
    }
}
