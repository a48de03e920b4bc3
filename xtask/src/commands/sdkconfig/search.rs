//! `sdkconfig --search`: the symbols of the chip whose name, prompt or choice has all of some words.

use super::{build, document};
use crate::cli::Format;
use crate::commands::session::{Session, refused};
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::plan::layers::known;
use crate::report::columns;
use crate::sdkconfig::Judge;
use serde_json::json;

pub fn run(session: &mut Session, plans: &[Plan], words: &[String]) -> Result<Exit, Failure> {
    let words: Vec<String> =
        words.iter().flat_map(|word| word.split_whitespace()).map(str::to_lowercase).collect();
    let mut documents = Vec::new();
    for plan in plans {
        let Some(found) = search(plan, &words) else {
            let text = "ESP-IDF is not there, so its symbols are not known: `cargo xtask setup` gets it, `--idf DIR` names one";
            return Err(refused(Exit::Environment, text));
        };
        match session.global.format {
            Format::Json => {
                let symbols: Vec<_> = found
                    .iter()
                    .map(|[name, kind, value, prompt]| {
                        json!({ "name": name, "type": kind, "value": value, "prompt": prompt })
                    })
                    .collect();
                documents.push(build(plan, json!(symbols)));
            }
            Format::Text if found.is_empty() => {
                let text = format!("no symbol for {} has {}", plan.chip, words.join(" and "));
                session.screen.say(&text);
            }
            Format::Text => {
                let rows = found.iter().map(|row| row.as_slice());
                let text = columns(&["SYMBOL", "TYPE", "VALUE", "PROMPT"], rows);
                session.screen.data(&text);
            }
        }
    }
    if session.global.format == Format::Json {
        document(session, documents);
    }
    Ok(Exit::Ok)
}

/// Name, type, value and prompt of each; those with the words in their name first. `None` without ESP-IDF.
fn search(plan: &Plan, words: &[String]) -> Option<Vec<[String; 4]>> {
    let (library, kconfig) = plan.kconfig.as_ref()?;
    let chips_with = |symbol: &str| library.chips_with(symbol);
    let known = known(library, kconfig, &chips_with);
    let judge = Judge::new(&plan.sdkconfig, &known);
    let tree = &kconfig.tree;
    let mut found = Vec::new();
    for (name, id) in tree.names() {
        let Some(symbol) = tree.symbols.get(id) else { continue };
        let Some(kind) = symbol.kind else { continue };
        let prompt = tree.prompt(&symbol.definitions);
        let choice = symbol.choice.map(|choice| tree.choice_name(choice)).unwrap_or_default();
        let by_name = name.to_lowercase();
        let all = format!("{by_name}\n{}\n{choice}", prompt.clone().unwrap_or_default()).to_lowercase();
        if words.iter().all(|word| all.contains(word)) {
            let in_name = words.iter().all(|word| by_name.contains(word));
            let prompt = prompt.unwrap_or_else(|| "(no prompt: it cannot be set)".into());
            let value = judge.values.value(id).text().to_owned();
            found.push((!in_name, [name.to_owned(), kind.name().to_owned(), value, prompt]));
        }
    }
    found.sort();
    Some(found.into_iter().map(|(_, row)| row).collect())
}
