//! `build`: plan, build, verify and collect the selected boards, one after another.

use super::manifests::{Frozen, frozen};
use super::plan::planned;
use super::session::{Session, refused};
use crate::build::{self, Outcome, Request, dist, run::Failure as RunFailure};
use crate::cli::{Build, Format};
use crate::config::BuildSpec;
use crate::diagnostic::Diagnostics;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::plan::steps::Stage;
use crate::report::{self, json};
use std::path::Path;
use std::time::Instant;

pub fn run(session: &mut Session, args: &Build) -> Result<Exit, Failure> {
    let specs = session.builds(&(&args.which).into())?;
    if let (Some(image), [spec]) = (&args.from_image, specs.as_slice()) {
        return super::from_image::run(session, spec, image);
    }
    if session.idf()?.is_none() {
        session.screen.findings(&Diagnostics(vec![crate::toolchain::idf::missing()]), false);
        return Err(refused(Exit::Environment, "no ESP-IDF to build with"));
    }
    let planned = planned(session, &specs)?;
    let mut results = Vec::new();
    let mut exits = Vec::new();
    for (spec, (plan, findings)) in specs.iter().zip(planned) {
        let clock = Instant::now();
        let (exit, mut result) = one(session, args, spec, plan, findings);
        result.seconds = clock.elapsed().as_secs_f64();
        exits.push(exit);
        results.push(result);
        if exit == Exit::Interrupted {
            break;
        }
    }
    if specs.len() > 1 {
        summary(session, &results);
    }
    if session.global.format == Format::Json {
        let document = json::document(&results, session.screen.cwd());
        session.screen.json(&document);
    }
    Ok(overall(&exits))
}

/// One exit code for several builds: that of a single one, `Some` when only some of several failed.
pub fn overall(exits: &[Exit]) -> Exit {
    let worst = exits.iter().copied().max().unwrap_or(Exit::Ok);
    let same = exits.iter().all(|exit| *exit == worst);
    match worst {
        Exit::Interrupted | Exit::Ok => worst,
        _ if same => worst,
        _ => Exit::Some,
    }
}

fn one(
    session: &mut Session,
    args: &Build,
    spec: &BuildSpec,
    plan: Option<Plan>,
    findings: Diagnostics,
) -> (Exit, json::Build) {
    let mut result = unfinished(spec, findings.clone());
    session.screen.findings(&findings, false);
    let Some(plan) = plan else {
        session.screen.say(&format!("{}: {}", spec.id, crate::render::summary(&findings)));
        return (super::check::exit(&findings), result);
    };
    match carry_out(session, args, spec, &plan) {
        Ok(outcome) => finish(session, plan.stand_in, outcome, result),
        Err(error) => {
            let failure = error.error.downcast_ref::<RunFailure>();
            let exit = match failure {
                Some(RunFailure::Interrupted) => Exit::Interrupted,
                Some(RunFailure::Program { .. }) => Exit::Build,
                None => error.exit,
            };
            if let Some(RunFailure::Program { stage, .. }) = failure {
                result.stage = Some(stage.name());
            }
            result.error = Some(format!("{:#}", error.error));
            session.screen.error(&error.error);
            (exit, result)
        }
    }
}

/// What is known of a build before its first stage.
pub(super) fn unfinished(spec: &BuildSpec, findings: Diagnostics) -> json::Build {
    json::Build {
        id: spec.id.clone(),
        board: Some(spec.board.clone()),
        variant: spec.variant.clone(),
        status: "failed",
        stage: Some(Stage::Plan.name()),
        seconds: 0.0,
        findings,
        error: None,
        image: None,
        dist: None,
    }
}

/// Tells how a build ended.
pub(super) fn finish(
    session: &mut Session,
    stand_in: bool,
    outcome: Outcome,
    mut result: json::Build,
) -> (Exit, json::Build) {
    let id = result.id.clone();
    match outcome {
        Outcome::Refused { stage, findings, image } => {
            session.screen.findings(&findings, false);
            let what =
                if stage == Stage::Gate { "stopped before the compile" } else { "nothing is in dist/" };
            session.screen.say(&format!("{id}: {}; {what}", crate::render::summary(&findings)));
            result.stage = Some(stage.name());
            result.findings.extend(findings);
            result.image = image;
            let exit = if stage == Stage::Gate { Exit::Config } else { Exit::Verification };
            (exit, result)
        }
        Outcome::UpToDate(done) => {
            session.screen.status("Up to date", &format!("{id} in {}", shown(session, &done.dist)));
            say_done(session, stand_in, &done);
            result.status = "up-to-date";
            (Exit::Ok, kept(result, done))
        }
        Outcome::Built(done) => {
            session.screen.findings(&done.findings, false);
            session.screen.status("Built", &format!("{id} in {}", shown(session, &done.dist)));
            say_done(session, stand_in, &done);
            result.status = "built";
            (Exit::Ok, kept(result, done))
        }
    }
}

fn kept(mut result: json::Build, done: build::Done) -> json::Build {
    result.stage = None;
    result.findings.extend(done.findings);
    result.image = Some(done.image);
    result.dist = Some(done.dist.display().to_string());
    result
}

fn shown(session: &Session, path: &Path) -> String {
    path.strip_prefix(session.screen.cwd()).unwrap_or(path).display().to_string()
}

fn say_done(session: &mut Session, stand_in: bool, done: &build::Done) {
    if session.global.format == Format::Text {
        session.screen.data(&done.text);
    }
    if stand_in {
        session.screen.say("this is the stand-in's image: everything but bootable; do not flash it");
        return;
    }
    session.screen.say(&format!("flash it:  {}", done.flash));
    session.screen.say("erase first (erase_flash) if the device has another partition table");
}

fn carry_out(session: &mut Session, args: &Build, spec: &BuildSpec, plan: &Plan) -> Result<Outcome, Failure> {
    let folder = session.config.folder.clone();
    let version = dist::version(&folder);
    let dist = folder.join("dist");
    session.screen.status("Building", &report::plan::title(plan));
    if !args.force {
        let screen = &mut session.screen;
        if let Some(done) = build::up_to_date(plan, &dist, &version, &mut |_| ()) {
            screen.findings(&done.findings, false);
            return Ok(Outcome::UpToDate(done));
        }
    }
    let place = spec.settings.manifest.as_ref().map(|manifest| &manifest.place);
    let Frozen { names, inputs, findings } = frozen(session, plan, place)?;
    if findings.has_errors() {
        return Ok(Outcome::Refused { stage: Stage::Gate, findings, image: None });
    }
    session.screen.findings(&findings, false);
    let request = Request {
        plan,
        frozen: &names,
        frozen_inputs: &inputs,
        force: args.force,
        dist: &dist,
        version: &version,
    };
    let screen = &mut session.screen;
    Ok(build::build(&request, &mut |event| screen.event(&event))?)
}

fn summary(session: &mut Session, results: &[json::Build]) {
    let rows: Vec<[String; 4]> = results
        .iter()
        .map(|result| {
            let what = match (result.status, result.stage) {
                ("failed", Some(stage)) => format!("failed ({stage})"),
                (status, _) => status.to_owned(),
            };
            let why = result.findings.iter().find(|f| f.severity == crate::diagnostic::Severity::Error);
            let why = why
                .map(|finding| finding.message.clone())
                .or_else(|| result.error.as_ref().and_then(|error| error.lines().next()).map(str::to_owned));
            let dist = result.dist.clone().unwrap_or_default();
            [result.id.clone(), what, format!("{:.1} s", result.seconds), why.unwrap_or(dist)]
        })
        .collect();
    let text = report::columns(&["BUILD", "STATUS", "TIME", ""], rows.iter().map(|row| row.as_slice()));
    session.screen.say(text.trim_end());
}
