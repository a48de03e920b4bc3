//! `sdkconfig --explain`: one symbol, its value and what Kconfig says of it.

use super::{build, document};
use crate::cli::Format;
use crate::commands::session::{Session, refused};
use crate::diagnostic::did_you_mean;
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::plan::layers::known;
use crate::report;
use crate::sdkconfig::{Absent, Explanation, Judge, KconfigFacts, SetBy, explain};
use serde_json::json;

pub fn run(session: &mut Session, plans: &[Plan], symbol: &str) -> Result<Exit, Failure> {
    let name = symbol.strip_prefix("CONFIG_").unwrap_or(symbol);
    let mut documents = Vec::new();
    for plan in plans {
        let present = present(plan, name);
        // The merged sdkconfig has present names, apart from inverted ones.
        let mut explanation = explain(&plan.sdkconfig, name).or_else(|| explain(&plan.sdkconfig, present));
        if let Some(explanation) = &mut explanation {
            shorten(session, explanation);
        }
        let text = session.global.format == Format::Text;
        let facts = facts(plan, present).map(|facts| if text { below_idf(plan, facts) } else { facts });
        let facts = facts.map(|facts| short_facts(session, facts));
        if explanation.is_none() && facts.is_none() {
            return Err(unknown(plan, name));
        }
        match session.global.format {
            Format::Json => {
                let mut found = json!(explanation);
                if found.is_null() {
                    found = json!({ "name": name });
                }
                if let (Some(facts), Some(fields)) = (&facts, found.as_object_mut()) {
                    fields.insert("kconfig".into(), json!(facts));
                    if present != name {
                        fields.insert("present-name".into(), json!(present));
                    }
                }
                documents.push(build(plan, json!([found])));
            }
            Format::Text => {
                let names = (name, present);
                let absent = if facts.is_none() { no_entry(plan, present) } else { String::new() };
                let (explanation, facts) = (explanation.as_ref(), facts.as_ref());
                let text = report::sdkconfig::explanation(&plan.id, names, explanation, facts, &absent);
                session.screen.data(&text);
            }
        }
    }
    if session.global.format == Format::Json {
        document(session, documents);
    }
    Ok(Exit::Ok)
}

fn facts(plan: &Plan, name: &str) -> Option<KconfigFacts> {
    let (library, kconfig) = plan.kconfig.as_ref()?;
    let chips_with = |symbol: &str| library.chips_with(symbol);
    let known = known(library, kconfig, &chips_with);
    let judge = Judge::new(&plan.sdkconfig, &known);
    judge.facts(kconfig.tree.find(name)?)
}

/// The name that ESP-IDF has for a symbol now.
fn present<'a>(plan: &'a Plan, name: &'a str) -> &'a str {
    let kconfig = plan.kconfig.as_ref().map(|(_, kconfig)| kconfig);
    let rename = kconfig.filter(|kconfig| kconfig.tree.find(name).is_none());
    rename.and_then(|kconfig| kconfig.renames.get(name)).map_or(name, |rename| &rename.new)
}

/// Nothing sets it and no Kconfig file defines it.
fn unknown(plan: &Plan, name: &str) -> Failure {
    let reason = no_entry(plan, name);
    let (text, names): (String, Vec<&str>) = match &plan.kconfig {
        Some((_, kconfig)) if reason == no_symbol(plan, name) => {
            let names = kconfig.tree.names().map(|(name, _)| name).collect();
            (format!("{reason}, and no layer of {} sets it", plan.id), names)
        }
        Some(_) => (reason, Vec::new()),
        None => {
            let names = plan.sdkconfig.symbols.keys().map(String::as_str).collect();
            (format!("no layer of {} sets `{name}`; {reason}", plan.id), names)
        }
    };
    let help = did_you_mean(name, names).map(|help| format!("\n  {help}")).unwrap_or_default();
    refused(Exit::Usage, text + &help)
}

/// Why there is nothing to say of a symbol from Kconfig.
fn no_entry(plan: &Plan, name: &str) -> String {
    let Some((library, kconfig)) = &plan.kconfig else {
        return "without ESP-IDF its Kconfig entry is not known: `cargo xtask setup`, or `--idf DIR`".into();
    };
    let idf = library.version();
    if let Some(members) = kconfig.tree.members_of(name) {
        return format!("`{name}` is a choice, explain one of its members: {}", members.join(", "));
    }
    let chips = library.chips_with(name);
    if !chips.is_empty() {
        return format!("`{name}` is not for {}: ESP-IDF {idf} has it for {}", plan.chip, chips.join(", "));
    }
    match kconfig.absent.iter().find(|absent| absent.may_have(name)) {
        Some(Absent { name: component, .. }) => {
            format!("`{name}` may be of `{component}`, which the first build fetches")
        }
        None => no_symbol(plan, name),
    }
}

fn no_symbol(plan: &Plan, name: &str) -> String {
    format!("ESP-IDF {} has no symbol `{name}`", plan.idf_version)
}

/// Below the current folder, relative paths are what a person looks for.
pub fn shorten(session: &Session, symbol: &mut Explanation) {
    short(session, &mut symbol.set_by.file);
    symbol.beat.iter_mut().for_each(|beaten| short(session, &mut beaten.file));
}

fn short_facts(session: &Session, mut facts: KconfigFacts) -> KconfigFacts {
    let places = facts.conditions.iter_mut().map(|condition| &mut condition.place);
    places.chain(&mut facts.defined).for_each(|SetBy { file, .. }| short(session, file));
    facts
}

/// ESP-IDF's files by their path in it, so that a line holds them.
fn below_idf(plan: &Plan, mut facts: KconfigFacts) -> KconfigFacts {
    let root = format!("{}/", plan.idf.path.display());
    let places = facts.conditions.iter_mut().map(|condition| &mut condition.place);
    for SetBy { file, .. } in places.chain(&mut facts.defined) {
        if let Some(path) = file.strip_prefix(&root) {
            *file = format!("$IDF_PATH/{path}");
        }
    }
    facts
}

fn short(session: &Session, path: &mut String) {
    let base = format!("{}/", session.screen.cwd().display());
    *path = path.strip_prefix(&base).unwrap_or(path).to_owned();
}
