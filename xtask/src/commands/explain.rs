//! `explain`: what a finding's code means.

use crate::cli::{Explain, Format};
use crate::diagnostic::{Code, did_you_mean};
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;
use serde_json::json;

/// Every area's codes.
pub fn codes() -> Vec<&'static Code> {
    let areas = [
        crate::config::codes::ALL,
        crate::checkout::codes::ALL,
        crate::plan::codes::ALL,
        crate::kconfig::codes::ALL,
        crate::sdkconfig::codes::ALL,
        crate::partition::codes::ALL,
        crate::partition::released::codes::ALL,
        crate::partition::change::codes::ALL,
        crate::toolchain::codes::ALL,
        crate::image::codes::ALL,
        crate::inspect::codes::ALL,
        crate::edit::codes::ALL,
        crate::build::codes::ALL,
    ];
    let mut codes: Vec<&Code> = areas.into_iter().flatten().copied().collect();
    codes.sort_by_key(|code| code.id);
    codes
}

pub fn run(screen: &mut Screen, args: &Explain, format: Format) -> Result<Exit, Failure> {
    let all = codes();
    let wanted = args.code.as_ref().map(|code| code.to_uppercase());
    let chosen: Vec<&&Code> =
        all.iter().filter(|code| wanted.as_deref().is_none_or(|id| id == code.id)).collect();
    if let (Some(id), []) = (&wanted, chosen.as_slice()) {
        let help = did_you_mean(id, all.iter().map(|code| code.id).collect::<Vec<_>>())
            .map(|help| format!("{help} "));
        let text = format!("no code `{id}`; {}`cargo xtask explain` lists all", help.unwrap_or_default());
        return Err(super::session::refused(Exit::Usage, text));
    }
    if format == Format::Json {
        let list: Vec<_> = chosen
            .iter()
            .map(|code| json!({ "code": code.id, "title": code.title, "explanation": code.explanation }))
            .collect();
        screen.json(&json!({ "schema": "xtask/1", "ok": true, "codes": list }));
        return Ok(Exit::Ok);
    }
    let text: String = match (wanted, chosen.as_slice()) {
        (Some(_), [code, ..]) => {
            format!("{}: {}\n\n{}\n", code.id, code.title, crate::report::wrap(code.explanation, 80))
        }
        _ => chosen.iter().map(|code| format!("{}  {}\n", code.id, code.title)).collect(),
    };
    screen.data(&text);
    Ok(Exit::Ok)
}
