//! `plan`: what `build` would do, as text and JSON.

use super::session::{Session, stopped};
use crate::cli::{Format, Plan as Args, Which};
use crate::config::{BuildSpec, Selection};
use crate::diagnostic::Diagnostics;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::report;
use serde_json::json;

impl From<&Which> for Selection {
    fn from(which: &Which) -> Self {
        Self { board: which.board.clone(), variant: which.variant.clone(), all: which.all }
    }
}

pub fn run(session: &mut Session, args: &Args) -> Result<Exit, Failure> {
    let plans = plans(session, &args.which)?;
    match session.global.format {
        Format::Text => {
            let cwd = session.screen.cwd();
            let text: Vec<String> = plans.iter().map(|plan| report::plan::text(plan, cwd)).collect();
            session.screen.data(&text.join("\n"));
        }
        Format::Json => {
            let builds: Vec<_> = plans.iter().map(|plan| json!(plan)).collect();
            session.screen.json(&json!({ "schema": "xtask/1", "ok": true, "builds": builds }));
        }
    }
    Ok(Exit::Ok)
}

/// The plans of the selected builds; all findings of all of them are shown before the first failure ends the run.
pub fn plans(session: &mut Session, which: &Which) -> Result<Vec<Plan>, Failure> {
    let specs = session.builds(&which.into())?;
    let planned = planned(session, &specs)?;
    let mut all = Diagnostics::default();
    let mut plans = Vec::new();
    for (plan, findings) in planned {
        all.extend(findings);
        plans.extend(plan);
    }
    let all = all.sorted();
    session.screen.findings(&all, false);
    if all.has_errors() || plans.len() < specs.len() {
        return Err(stopped(super::check::exit(&all).max(Exit::Config), &all));
    }
    Ok(plans)
}

/// The plans of the selected builds to ask about symbols: what is wrong with a build is often why one asks, so errors are
/// counted and do not end the run where there is an answer.
pub fn plans_to_ask(session: &mut Session, which: &Which) -> Result<Vec<Plan>, Failure> {
    let specs = session.builds(&which.into())?;
    let mut all = Diagnostics::default();
    let mut plans = Vec::new();
    for (plan, findings) in resolved(session, &specs)? {
        all.extend(findings);
        plans.extend(plan);
    }
    let all = all.sorted();
    if plans.len() < specs.len() {
        session.screen.findings(&all, false);
        return Err(stopped(super::check::exit(&all).max(Exit::Config), &all));
    }
    if all.has_errors() {
        let summary = crate::render::summary(&all);
        session.screen.say(&format!("{summary}: `cargo xtask check` shows what is wrong\n"));
    } else {
        session.screen.findings(&all, false);
    }
    Ok(plans)
}

/// Each build's plan and findings; what is wrong with the boards' folders is among the first build's. With an error there is no
/// plan.
pub fn planned(
    session: &mut Session,
    specs: &[BuildSpec],
) -> Result<Vec<(Option<Plan>, Diagnostics)>, Failure> {
    let sound =
        |(plan, findings): (Option<Plan>, Diagnostics)| (plan.filter(|_| !findings.has_errors()), findings);
    Ok(resolved(session, specs)?.into_iter().map(sound).collect())
}

/// As [`planned`], with the plans of builds that have errors, unless their base board cannot be read.
fn resolved(session: &mut Session, specs: &[BuildSpec]) -> Result<Vec<(Option<Plan>, Diagnostics)>, Failure> {
    let (facts, idf) = session.idf_facts()?;
    session.evaluate_ports(specs, &facts)?;
    let mut planned = Vec::new();
    for spec in specs {
        let (plan, mut findings) = session.plan(spec, &facts)?;
        if let (Some(idf), Some(made)) = (&idf, &plan) {
            let force = session.global.dangerously_use_unsupported_idf;
            let chip = made.chip.clone();
            let checkout = session.checkout()?;
            let listed = checkout.idf_support(&chip).listed;
            let name = checkout.version.to_string();
            findings.extend(Diagnostics(
                crate::toolchain::idf::judge(idf, &listed, &name, force).into_iter().collect(),
            ));
        }
        planned.push((plan, findings.sorted()));
    }
    let unread = session.unread(specs);
    if let Some((_, findings)) = planned.first_mut() {
        findings.extend(unread);
    }
    Ok(planned)
}
