//! The frozen manifests of the selected builds, run by the tree's own Python tool: several at a time.
//!
//! What a manifest may say is `checkout`'s.

use super::session::{Session, refused};
use crate::checkout::{Checkout, FrozenManifest, check_port_manifest, manifest_files};
use crate::diagnostic::Diagnostics;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::source::Place;
use anyhow::Result;
use std::path::PathBuf;
use std::thread;

/// What a build's manifest freezes.
#[derive(Debug)]
pub struct Frozen {
    /// On the device: `_boot.py`.
    pub names: Vec<String>,
    /// Every file that it read or freezes.
    pub inputs: Vec<PathBuf>,
    pub findings: Diagnostics,
}

/// What the manifest of a build freezes; `place` is where the config names it.
///
/// # Errors
/// When there is no Python, or the tree has no `tools/manifestfile.py`.
pub fn frozen(session: &mut Session, plan: &Plan, place: Option<&Place>) -> Result<Frozen, Failure> {
    let mut all = frozen_all(session, &[(plan, place)])?;
    all.pop().ok_or_else(|| refused(Exit::Bug, "a manifest was not run"))
}

/// As [`frozen`], of many builds, in their order. As many run at a time as the machine has processors.
///
/// # Errors
/// As [`frozen`].
pub fn frozen_all(session: &mut Session, builds: &[(&Plan, Option<&Place>)]) -> Result<Vec<Frozen>, Failure> {
    let Some(python) = crate::process::find("python3") else {
        let text = "there is no python3 on the PATH (Debian: `apt install python3`)";
        return Err(refused(Exit::Environment, text));
    };
    let checkout = session.checkout()?;
    let jobs: Vec<(PathBuf, PathBuf)> =
        builds.iter().map(|(plan, _)| (plan.manifest.clone(), board_folder(checkout, plan))).collect();
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = jobs.len().div_ceil(workers).max(1);
    let run = |(manifest, board): &(PathBuf, PathBuf)| manifest_files(checkout, manifest, board, &python);
    let answers: Vec<Result<(FrozenManifest, Diagnostics)>> = thread::scope(|scope| {
        let work = |chunk| scope.spawn(move || <[_]>::iter(chunk).map(run).collect::<Vec<_>>());
        let started: Vec<_> = jobs.chunks(share).map(work).collect();
        started
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut all = Vec::new();
    for (answer, (plan, place)) in answers.into_iter().zip(builds) {
        let (manifest, mut findings) = answer?;
        findings.extend(Diagnostics(
            check_port_manifest(&manifest, &plan.manifest, *place).into_iter().collect(),
        ));
        let names = manifest.files.iter().map(|file| file.target.clone()).collect();
        let inputs = manifest.files.into_iter().map(|file| file.source).chain(manifest.manifests).collect();
        all.push(Frozen { names, inputs, findings });
    }
    Ok(all)
}

fn board_folder(checkout: &Checkout, plan: &Plan) -> PathBuf {
    checkout.board(&plan.base).map_or_else(|| PathBuf::from(&plan.base), |board| board.folder.clone())
}
