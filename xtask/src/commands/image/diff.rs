//! `image diff`: what differs between two images, and whether the one can be updated to the other over the air.

use super::refuse;
use crate::cli::{Diff, Format};
use crate::commands::session::read_named;
use crate::exit::{Exit, Failure};
use crate::inspect::compare::compare;
use crate::report;
use crate::report::screen::Screen;
use crate::source::Source;
use serde_json::json;

pub fn run(screen: &mut Screen, args: &Diff, format: Format) -> Result<Exit, Failure> {
    let [a, b] = [&args.a, &args.b].map(|path| screen.cwd().join(path));
    let (first, second) = (read_named(&a)?, read_named(&b)?);
    let comparison = match compare((&first, &Source::binary(&a)), (&second, &Source::binary(&b))) {
        Ok(comparison) => comparison,
        Err(found) => return Ok(refuse(screen, &found, format)),
    };
    let update = &comparison.update;
    let fails = args.updatable && update.possible != Some(true);
    if args.updatable {
        screen.findings(&update.findings, false);
    }
    match format {
        Format::Text => screen.data(&report::compare::text(&comparison)),
        Format::Json => {
            let findings = report::json::findings(&update.findings, screen.cwd());
            screen.json(&json!({
                "schema": "xtask/1", "ok": !fails, "a": args.a, "b": args.b, "findings": findings, "diff": comparison,
            }));
        }
    }
    Ok(if fails { Exit::Verification } else { Exit::Ok })
}
