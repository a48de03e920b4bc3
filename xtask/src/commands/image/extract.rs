//! `image extract`: a part of an image as a file of its own.

use super::{open, refuse, target};
use crate::cli::{Extract, Format, Output};
use crate::edit;
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;
use serde_json::json;

pub fn run(screen: &mut Screen, args: &Extract, format: Format) -> Result<Exit, Failure> {
    let input = screen.cwd().join(&args.input);
    let output = target(screen, &input, &Output { output: Some(args.output.clone()), in_place: false })?;
    let flash = match open(screen, &input, format)? {
        Ok(flash) => flash,
        Err(exit) => return Ok(exit),
    };
    let part = match edit::extract(&flash, &args.part, args.whole) {
        Ok(part) => part,
        Err(found) => return Ok(refuse(screen, &found, format)),
    };
    crate::fs::write_if_changed(&output, &part.bytes)?;
    let size = part.bytes.len();
    let text = format!("{}: `{}` at {:#x}, {size} bytes", args.output.display(), part.name, part.offset);
    screen.status("Wrote", &text);
    if format == Format::Json {
        screen.json(&json!({
            "schema": "xtask/1", "ok": true, "output": args.output, "part": part.name, "offset": part.offset,
            "size": size, "sha256": crate::fs::sha256(&part.bytes), "findings": [],
        }));
    }
    Ok(Exit::Ok)
}
