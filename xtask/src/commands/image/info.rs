//! `image info`: what is in an image, without a judgement.

use crate::cli::Format;
use crate::commands::session::read_named;
use crate::exit::{Exit, Failure};
use crate::inspect::{self, Evidence, Expectation};
use crate::report;
use crate::report::screen::Screen;
use crate::source::Source;
use serde_json::json;
use std::path::Path;

pub fn run(screen: &mut Screen, file: &Path, format: Format) -> Result<Exit, Failure> {
    let path = screen.cwd().join(file);
    let bytes = read_named(&path)?;
    let inspection =
        inspect::verify(&bytes, &Source::binary(&path), &Expectation::default(), &Evidence::default());
    let findings = inspection.findings.sorted();
    match format {
        Format::Text => {
            screen.findings(&findings, false);
            screen.data(&report::image::text(&inspection.image, &findings));
            screen.data(&report::image::details(&inspection.image));
        }
        Format::Json => screen.json(&json!({
            "schema": "xtask/1", "ok": true,
            "builds": [{ "id": file, "findings": report::json::findings(&findings, screen.cwd()), "image": inspection.image }],
        })),
    }
    Ok(Exit::Ok)
}
