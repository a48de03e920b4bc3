//! `check`: everything that can be known before ESP-IDF runs, for all selected builds, in one run.

use super::manifests::frozen_all;
use super::plan::planned;
use super::session::Session;
use crate::cli::{Check, Format};
use crate::config::Selection;
use crate::diagnostic::{Diagnostics, plural};
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::report::json;
use crate::sdkconfig::codes::NO_KCONFIG;
use crate::source::Place;
use crate::toolchain::codes::IDF_UNSUPPORTED;
use std::collections::BTreeMap;
use std::time::Instant;

pub fn run(session: &mut Session, args: &Check) -> Result<Exit, Failure> {
    let selection = Selection {
        board: args.board.clone(),
        variant: args.variant.clone(),
        all: args.board.is_none() || args.all,
    };
    let specs = session.builds(&selection)?;
    let clock = Instant::now();
    let planned = planned(session, &specs)?;
    let mut results = Vec::new();
    let mut all = Diagnostics::default();
    // Variants mostly share their board's manifest: each is run once, for the first of its builds.
    let mut manifests: Vec<(&Plan, Option<&Place>)> = Vec::new();
    let mut shown_by: Vec<usize> = Vec::new();
    for (index, (spec, (plan, _))) in specs.iter().zip(&planned).enumerate() {
        let Some(plan) = plan else { continue };
        let same = |known: &Plan| known.manifest == plan.manifest && known.base == plan.base;
        if !manifests.iter().any(|(known, _)| same(known)) {
            manifests.push((plan, spec.settings.manifest.as_ref().map(|manifest| &manifest.place)));
            shown_by.push(index);
        }
    }
    let frozen = frozen_all(session, &manifests)?;
    let mut of_manifests: BTreeMap<usize, Diagnostics> =
        shown_by.into_iter().zip(frozen).map(|(index, frozen)| (index, frozen.findings)).collect();
    // The builds are checked together, so each has its share of the time.
    let seconds = clock.elapsed().as_secs_f64() / specs.len().max(1) as f64;
    for (index, (spec, (_, mut findings))) in specs.iter().zip(planned).enumerate() {
        findings.extend(of_manifests.remove(&index).unwrap_or_default());
        all.extend(findings.clone());
        let failed = findings.has_errors();
        results.push(json::Build {
            id: spec.id.clone(),
            board: Some(spec.board.clone()),
            variant: spec.variant.clone(),
            status: if failed { "failed" } else { "checked" },
            stage: failed.then_some("plan"),
            seconds,
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
            if all.iter().any(|finding| finding.code == &NO_KCONFIG) {
                let text = "sdkconfig symbols: ESP-IDF is not there; `cargo xtask setup` gets it, `--idf DIR` names one";
                session.screen.status("Not judged", text);
            }
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
