//! `list`: the config's builds, or MicroPython's own boards and variants.

use super::session::Session;
use crate::cli::{Format, List};
use crate::config::Selection;
use crate::exit::{Exit, Failure};
use serde_json::json;

pub fn run(session: &mut Session, args: &List) -> Result<Exit, Failure> {
    if args.port { port(session) } else { builds(session) }
}

fn builds(session: &mut Session) -> Result<Exit, Failure> {
    let builds = session.builds(&Selection { all: true, ..Selection::default() })?;
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for spec in &builds {
        let settings = &spec.settings;
        let flash = settings.flash_size.as_ref().map(|size| size.value);
        let layout = settings.partitions.as_ref().map(|layout| layout.value.name.as_str());
        let require: Vec<&str> = settings.require.iter().map(|require| require.value.name()).collect();
        let description = settings.description.as_ref().map(|text| text.value.as_str());
        objects.push(json!({
            "id": spec.id, "board": spec.board, "variant": spec.variant, "base": spec.base.value.to_string(),
            "flash-size": flash, "layout": layout, "require": require, "description": description,
        }));
        rows.push([
            spec.board.clone(),
            spec.variant.clone().unwrap_or_else(|| "-".into()),
            spec.base.value.to_string(),
            flash.map_or_else(|| "(base)".into(), |size| size.to_string()),
            layout.unwrap_or("(base)").to_owned(),
            if require.is_empty() { "-".into() } else { require.join(",") },
        ]);
    }
    match session.global.format {
        Format::Json => session.screen.json(&json!({ "schema": "xtask/1", "ok": true, "builds": objects })),
        Format::Text => {
            let head = ["BOARD", "VARIANT", "BASE", "FLASH", "LAYOUT", "REQUIRES"];
            let text = crate::report::columns(&head, rows.iter().map(|row| row.as_slice()));
            session.screen.data(&text);
        }
    }
    Ok(Exit::Ok)
}

fn port(session: &mut Session) -> Result<Exit, Failure> {
    let (facts, _) = session.idf_facts()?;
    let (cmake, _) = session.cmake()?;
    let (boards, findings) = crate::checkout::evaluate_all(session.checkout()?, &cmake, facts.version)?;
    session.screen.findings(&findings, false);
    let chip = |board: &crate::checkout::BoardPorts| {
        board.ports.first().map_or_else(|| "?".to_owned(), |port| port.target.clone())
    };
    match session.global.format {
        Format::Json => {
            let boards: Vec<_> = boards
                .iter()
                .map(|board| json!({ "board": board.board, "chip": chip(board), "variants": board.variants }))
                .collect();
            session.screen.json(&json!({ "schema": "xtask/1", "ok": true, "boards": boards }));
        }
        Format::Text => {
            let rows: Vec<[String; 3]> = boards
                .iter()
                .map(|board| [board.board.clone(), chip(board), board.variants.join(", ")])
                .collect();
            let head = ["BOARD", "CHIP", "VARIANTS"];
            session.screen.data(&crate::report::columns(&head, rows.iter().map(|row| row.as_slice())));
        }
    }
    Ok(Exit::Ok)
}
