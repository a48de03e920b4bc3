//! `sdkconfig diff`: what two builds ask for differently, and where each asks for it.

use super::explain::shorten;
use crate::cli::{Format, SdkconfigDiff};
use crate::commands::plan::planned;
use crate::commands::session::{Session, refused, stopped};
use crate::config::{BuildSpec, Selection};
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::exit::{Exit, Failure};
use crate::report::columns;
use crate::sdkconfig::{Explanation, explain};
use serde_json::json;
use std::collections::BTreeSet;

pub fn run(session: &mut Session, args: &SdkconfigDiff) -> Result<Exit, Failure> {
    let specs = [spec(session, &args.a)?, spec(session, &args.b)?];
    let mut all = Diagnostics::default();
    let mut plans = Vec::new();
    for (plan, findings) in planned(session, &specs)? {
        all.extend(findings);
        plans.extend(plan);
    }
    let all = all.sorted();
    session.screen.findings(&all, false);
    let [a, b] = plans.as_slice() else {
        return Err(stopped(Exit::Config, &all));
    };
    let names: BTreeSet<&String> = a.sdkconfig.symbols.keys().chain(b.sdkconfig.symbols.keys()).collect();
    let mut rows = Vec::new();
    let mut symbols = Vec::new();
    for name in names {
        let side = |plan: &crate::plan::Plan| {
            let mut found =
                plan.sdkconfig.symbols.contains_key(name).then(|| explain(&plan.sdkconfig, name))??;
            shorten(session, &mut found);
            Some(found)
        };
        let (left, right) = (side(a), side(b));
        if left.as_ref().map(|found| &found.value) != right.as_ref().map(|found| &found.value) {
            rows.push([name.clone(), shown(left.as_ref()), shown(right.as_ref())]);
            symbols.push(json!({ "name": name, "a": value(left.as_ref()), "b": value(right.as_ref()) }));
        }
    }
    match session.global.format {
        Format::Json => {
            let document =
                json!({ "schema": "xtask/1", "ok": true, "a": a.id, "b": b.id, "symbols": symbols });
            session.screen.json(&document);
        }
        Format::Text if rows.is_empty() => {
            session.screen.say(&format!("{} and {} ask for the same", a.id, b.id));
        }
        Format::Text => {
            let text = columns(&["SYMBOL", &a.id, &b.id], rows.iter().map(|row| row.as_slice()));
            session.screen.data(&text);
        }
    }
    Ok(Exit::Ok)
}

/// The build with this id; for a board's name, the build of the board alone.
fn spec(session: &mut Session, name: &str) -> Result<BuildSpec, Failure> {
    let all = session.builds(&Selection { board: None, variant: None, all: true })?;
    if let Some(spec) = all.iter().find(|spec| spec.id == name) {
        return Ok(spec.clone());
    }
    if session.config.boards.iter().any(|board| board.name == name) {
        let selection = Selection { board: Some(name.to_owned()), variant: None, all: false };
        if let Some(spec) = session.builds(&selection)?.into_iter().next() {
            return Ok(spec);
        }
    }
    let ids: Vec<&str> = all.iter().map(|spec| spec.id.as_str()).collect();
    let help = did_you_mean(name, ids).map(|help| format!("\n  {help}")).unwrap_or_default();
    Err(refused(Exit::Usage, format!("there is no build `{name}`{help}")))
}

fn shown(found: Option<&Explanation>) -> String {
    let Some(found) = found else { return "not set".into() };
    let line = found.set_by.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{} ({}{line})", found.value, found.set_by.file)
}

fn value(found: Option<&Explanation>) -> serde_json::Value {
    found.map_or(serde_json::Value::Null, |found| json!({ "value": found.value, "set-by": found.set_by }))
}
