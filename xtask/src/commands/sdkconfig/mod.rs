//! `sdkconfig`: the one merged sdkconfig of a build, how one symbol came by its value, which symbols there are, and what two
//! builds ask for differently.

mod diff;
mod explain;
mod search;

use super::session::Session;
use crate::cli::{Format, Sdkconfig, SdkconfigAction};
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use serde_json::{Value, json};

pub fn run(session: &mut Session, args: &Sdkconfig) -> Result<Exit, Failure> {
    if let Some(SdkconfigAction::Diff(args)) = &args.action {
        return diff::run(session, args);
    }
    if let Some(symbol) = &args.explain {
        let plans = super::plan::plans_to_ask(session, &args.which)?;
        return explain::run(session, &plans, symbol);
    }
    if !args.search.is_empty() {
        let plans = super::plan::plans_to_ask(session, &args.which)?;
        return search::run(session, &plans, &args.search);
    }
    let plans = super::plan::plans(session, &args.which)?;
    if session.global.format == Format::Json {
        let builds = plans.iter().map(|plan| {
            let mut symbols = plan.sdkconfig.explanations();
            symbols.iter_mut().for_each(|symbol| explain::shorten(session, symbol));
            build(plan, json!(symbols))
        });
        let builds = builds.collect();
        document(session, builds);
        return Ok(Exit::Ok);
    }
    for plan in &plans {
        let file = plan.generated.files.iter().find(|file| file.path == plan.folders.sdkconfig());
        session.screen.data(file.map(|file| file.text.as_str()).unwrap_or_default());
    }
    Ok(Exit::Ok)
}

fn build(plan: &Plan, symbols: Value) -> Value {
    json!({ "id": plan.id, "board": plan.board, "variant": plan.variant, "symbols": symbols })
}

fn document(session: &mut Session, builds: Vec<Value>) {
    session.screen.json(&json!({ "schema": "xtask/1", "ok": true, "builds": builds }));
}
