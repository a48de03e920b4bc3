//! Carries a plan out: stages in order, each checked before the next, and the result kept whole or not at all.

pub mod codes;
pub mod dist;
pub mod event;
pub mod from_image;
mod gate;
mod inputs;
pub mod log;
mod materialise;
mod proof;
pub use proof::{evidence, expectation, expectation_alone, recorded_evidence, released};
pub mod run;
pub mod state;

use crate::diagnostic::Diagnostics;
use crate::fs::{self as door, Lock};
use crate::plan::Plan;
use crate::plan::steps::{Stage, Step};
use crate::process::Invocation;
use crate::toolchain::idf;
use anyhow::{Result, anyhow};
use event::Event;
use log::Log;
use serde_json::Value;
use state::State;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a build needs to know beside its plan.
#[derive(Debug)]
pub struct Request<'a> {
    pub plan: &'a Plan,
    /// Names of the modules that the manifest freezes, and every file that it read.
    pub frozen: &'a [String],
    pub frozen_inputs: &'a [PathBuf],
    /// Build from nothing, also when nothing changed.
    pub force: bool,
    /// `dist/`, and the version that its folder is named after.
    pub dist: &'a Path,
    pub version: &'a str,
}

/// How a build ended.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing changed since the last build, and its outputs are intact.
    UpToDate(Done),
    Built(Done),
    /// The gate or the verification found errors; nothing is in `dist/`.
    Refused {
        stage: Stage,
        findings: Diagnostics,
        image: Option<Value>,
    },
}

/// A finished build.
#[derive(Debug)]
pub struct Done {
    pub dist: PathBuf,
    /// The verified image as JSON, and as a person reads it.
    pub image: Value,
    pub text: String,
    pub findings: Diagnostics,
    pub flash: String,
}

/// Whether the last build's result still stands, told without running anything.
pub fn up_to_date(plan: &Plan, dist: &Path, version: &str, watch: &mut dyn FnMut(Event<'_>)) -> Option<Done> {
    let state = State::read(&plan.folders.state())?;
    let wanted = dist::folder(dist, &plan.id, version);
    let relative_to = plan.folders.root.ancestors().nth(3).unwrap_or(Path::new("/"));
    let reason = state.stale(&plan.digest(), relative_to).or_else(|| {
        (state.dist != wanted).then(|| format!("this is another version of the repository: {version}"))
    });
    if let Some(reason) = reason {
        watch(Event::Stale { reason: &reason });
        return None;
    }
    let text = |key: &str| state.report.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Done {
        dist: state.dist,
        image: state.report.get("image").cloned().unwrap_or_default(),
        text: text("text"),
        findings: Diagnostics::default(),
        flash: text("flash"),
    })
}

/// Builds, verifies and collects.
///
/// # Errors
/// [`run::Failure`] when a program fails or the user interrupts; others when this machine fails.
pub fn build(request: &Request<'_>, watch: &mut dyn FnMut(Event<'_>)) -> Result<Outcome> {
    let plan = request.plan;
    let _lock = Lock::take(&plan.folders.lock(), || watch(Event::Waiting { id: &plan.id }))?;
    if !request.force
        && let Some(done) = up_to_date(plan, request.dist, request.version, watch)
    {
        return Ok(Outcome::UpToDate(done));
    }
    dist::try_out(plan, request.dist, request.version)?;
    door::remove(&plan.folders.state())?;
    materialise::materialise(plan, request.force)?;
    let started = std::time::SystemTime::now();
    let mut work = Work {
        plan,
        log: Log::create(&plan.folders.log)?,
        activated: BTreeMap::new(),
        findings: Diagnostics::default(),
        watch,
    };
    for step in &plan.steps {
        if let Some(outcome) = work.step(step, request, started)? {
            return Ok(outcome);
        }
    }
    Err(anyhow!("the plan of {} does not end with `collect`", plan.id))
}

struct Work<'a, 'w> {
    plan: &'a Plan,
    log: Log,
    /// What activation adds to each program's environment.
    activated: BTreeMap<String, String>,
    /// Notes and warnings of the stages so far.
    findings: Diagnostics,
    watch: &'w mut dyn FnMut(Event<'_>),
}

impl Work<'_, '_> {
    /// One stage, with its beginning and end told; `Some` when the build ends with it.
    fn step(
        &mut self,
        step: &Step,
        request: &Request<'_>,
        started: std::time::SystemTime,
    ) -> Result<Option<Outcome>> {
        anyhow::ensure!(!crate::process::interrupted(), run::Failure::Interrupted);
        let stage = step.stage;
        let clock = Instant::now();
        (self.watch)(Event::Started { stage });
        let result = self.carry_out(step, request, started);
        let took = clock.elapsed();
        match &result {
            Ok((Some(Outcome::Refused { .. }), _)) | Err(_) => (self.watch)(Event::Failed { stage, took }),
            Ok((_, note)) => (self.watch)(Event::Finished { stage, took, note }),
        }
        result.map(|(outcome, _)| outcome)
    }

    fn carry_out(
        &mut self,
        step: &Step,
        request: &Request<'_>,
        started: std::time::SystemTime,
    ) -> Result<(Option<Outcome>, String)> {
        let none = String::new();
        match (step.stage, &step.run) {
            (Stage::Activate, Some(export)) => self.activate(export).map(|()| (None, none)),
            (Stage::MpyCross, Some(make)) => self.mpy_cross(make).map(|note| (None, note)),
            (stage, Some(program)) => {
                run::run(stage, program, &self.activated, &mut self.log, self.watch)?;
                if stage == Stage::Configure {
                    let lines = self.log.lines().join("\n");
                    door::write_if_changed(&gate::log_file(self.plan), lines.as_bytes())?;
                }
                Ok((None, none))
            }
            (Stage::Gate, None) => {
                let (findings, note) = gate::gate(self.plan)?;
                let refused = findings.has_errors();
                self.findings.extend(findings.clone());
                let outcome = Outcome::Refused { stage: Stage::Gate, findings, image: None };
                Ok((refused.then_some(outcome), note))
            }
            (Stage::Verify, None) => {
                let proof = proof::prove(request)?;
                if proof.findings.has_errors() {
                    door::write_if_changed(&materialise::distrusted(self.plan), b"")?;
                    // A folder of this name would claim to be this version.
                    door::remove(&dist::folder(request.dist, &self.plan.id, request.version))?;
                    let outcome = Outcome::Refused {
                        stage: Stage::Verify,
                        findings: proof.findings,
                        image: Some(proof.image),
                    };
                    return Ok((Some(outcome), none));
                }
                let note = crate::render::summary(&proof.findings);
                proof.keep(self.plan)?;
                self.findings.extend(proof.findings);
                Ok((None, note))
            }
            (Stage::Collect, None) => {
                self.collect(request, started).map(|done| (Some(Outcome::Built(done)), none))
            }
            (stage, None) => Err(anyhow!("stage `{}` has no program to run", stage.name())),
        }
    }

    fn activate(&mut self, export: &Invocation) -> Result<()> {
        let mut env = export.env.clone();
        idf::activate(export, &mut env)?;
        env.retain(|name, value| export.env.get(name) != Some(value));
        self.activated = env;
        Ok(())
    }

    /// Compiles mpy-cross unless this commit's is there; a changed checkout's is always brought up to date.
    fn mpy_cross(&mut self, make: &Invocation) -> Result<String> {
        let program = PathBuf::from(make.env.get("MICROPY_MPYCROSS").cloned().unwrap_or_default());
        let folder = program.parent().unwrap_or(Path::new("/")).to_owned();
        let _lock = Lock::take(&folder.with_extension("lock"), || ())?;
        if program.is_file() && self.plan.micropython.commit.is_some() && !self.plan.micropython.dirty {
            return Ok("kept".into());
        }
        let made = run::run(Stage::MpyCross, make, &self.activated, &mut self.log, self.watch);
        if made.is_err() {
            door::remove(&folder)?;
        }
        made.map(|()| String::new())
    }

    fn collect(&mut self, request: &Request<'_>, started: std::time::SystemTime) -> Result<Done> {
        let plan = self.plan;
        let kept = proof::Kept::read(plan)?;
        let contents = dist::Contents {
            version: request.version,
            flash_offset: kept.flash_offset,
            ota: kept.ota,
            image: &kept.image,
            findings: &crate::report::json::findings(&self.findings, &plan.folders.root),
            evidence: &kept.evidence,
        };
        let dist = dist::collect(plan, request.dist, &contents)?;
        let flash = dist::flash_command(&plan.id, &plan.chip, &dist, request.version, kept.flash_offset);
        let env_path = self.activated.get("PATH");
        let ninja = which::which_in("ninja", env_path.or(self.plan_path()), "/").ok();
        let inputs = inputs::inputs(plan, request.frozen_inputs, ninja.as_deref());
        // What changed while the build ran may or may not be in it: the next build decides.
        let changed_meanwhile = |path: &PathBuf| {
            let modified = fs_err::metadata(path).and_then(|meta| meta.modified());
            path.is_file() && modified.is_ok_and(|modified| modified >= started)
        };
        let mut outputs = door::files_below(&dist)?;
        outputs.extend(
            ["sdkconfig", "firmware.bin", "micropython.bin"].map(|name| plan.folders.build.join(name)),
        );
        let report = serde_json::json!({ "image": kept.image, "text": kept.text, "flash": flash });
        if !inputs.iter().any(changed_meanwhile) {
            let (inputs, outputs) = (state::stamps(inputs), state::stamps(outputs));
            let state = State { plan: plan.digest(), inputs, outputs, dist: dist.clone(), report };
            state.write(&plan.folders.state())?;
        }
        let findings = std::mem::take(&mut self.findings);
        Ok(Done { dist, image: kept.image, text: kept.text, findings, flash })
    }

    fn plan_path(&self) -> Option<&String> {
        self.plan.steps.iter().find_map(|step| step.run.as_ref()).and_then(|run| run.env.get("PATH"))
    }
}
