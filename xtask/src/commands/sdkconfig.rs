//! `sdkconfig`: the one merged sdkconfig of a build, or how one symbol came by its value.

use super::session::{Session, refused};
use crate::cli::{Format, Sdkconfig};
use crate::diagnostic::did_you_mean;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::sdkconfig::{Beaten, Explanation, SetBy, explain};
use serde_json::json;

pub fn run(session: &mut Session, args: &Sdkconfig) -> Result<Exit, Failure> {
    let plans = super::plan::plans(session, &args.which)?;
    let mut documents = Vec::new();
    for plan in &plans {
        let mut symbols = match &args.explain {
            Some(symbol) => vec![explanation(plan, symbol)?],
            None => plan.sdkconfig.explanations(),
        };
        // Below the current folder, relative paths are what a person looks for.
        let base = format!("{}/", session.screen.cwd().display());
        let short = |path: &mut String| *path = path.strip_prefix(&base).unwrap_or(path).to_owned();
        for symbol in &mut symbols {
            short(&mut symbol.set_by.file);
            symbol.beat.iter_mut().for_each(|beaten| short(&mut beaten.file));
        }
        match (session.global.format, &args.explain) {
            (Format::Json, _) => documents.push(json!({
                "id": plan.id, "board": plan.board, "variant": plan.variant, "symbols": symbols,
            })),
            (Format::Text, Some(_)) => {
                let text: String = symbols.iter().map(|symbol| text(&plan.id, symbol)).collect();
                session.screen.data(&text);
            }
            (Format::Text, None) => {
                let file = plan.generated.files.iter().find(|file| file.path == plan.folders.sdkconfig());
                session.screen.data(file.map(|file| file.text.as_str()).unwrap_or_default());
            }
        }
    }
    if session.global.format == Format::Json {
        session.screen.json(&json!({ "schema": "xtask/1", "ok": true, "builds": documents }));
    }
    Ok(Exit::Ok)
}

fn explanation(plan: &Plan, symbol: &str) -> Result<Explanation, Failure> {
    let name = symbol.strip_prefix("CONFIG_").unwrap_or(symbol);
    explain(&plan.sdkconfig, name).ok_or_else(|| {
        let known: Vec<&str> = plan.sdkconfig.symbols.keys().map(String::as_str).collect();
        let help = did_you_mean(name, known).map(|help| format!("; {help}")).unwrap_or_default();
        let text = format!("no layer of {} sets `{name}`: it keeps ESP-IDF's default{help}", plan.id);
        refused(Exit::Usage, text)
    })
}

fn text(id: &str, symbol: &Explanation) -> String {
    let mut text = format!("{id}: CONFIG_{}={}\n", symbol.name, symbol.value);
    match &symbol.displaced_by {
        Some(by) => {
            text += &format!("  another member of its choice is set: {by}, at {}\n", at(&symbol.set_by))
        }
        None => text += &format!("  set at {}\n", at(&symbol.set_by)),
    }
    for beaten in &symbol.beat {
        let Beaten { name, file, line, value } = beaten;
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let name = name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
        text += &format!("  over {name}{value}, at {file}{line}\n");
    }
    text
}

fn at(set_by: &SetBy) -> String {
    match set_by.line {
        Some(line) => format!("{}:{line}", set_by.file),
        None => set_by.file.clone(),
    }
}
