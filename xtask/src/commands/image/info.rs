//! `image info`: what is in an image, without a judgement.

use super::{file_to_write, is_same};
use crate::cli::{Format, Info};
use crate::commands::session::{read_named, refused};
use crate::exit::{Exit, Failure};
use crate::inspect::{self, Evidence, Expectation};
use crate::report;
use crate::report::screen::Screen;
use crate::source::Source;
use serde_json::json;

pub fn run(screen: &mut Screen, args: &Info, format: Format) -> Result<Exit, Failure> {
    let path = screen.cwd().join(&args.file);
    let bytes = read_named(&path)?;
    let inspection =
        inspect::verify(&bytes, &Source::binary(&path), &Expectation::default(), &Evidence::default());
    let findings = inspection.findings.sorted();
    if let Some(output) = &args.svg {
        let target = file_to_write(screen, output)?;
        if is_same(&path, &target) {
            let text = format!("`--svg {}` is the image itself: name another file", output.display());
            return Err(refused(Exit::Usage, text));
        }
        let picture = report::svg::svg(&inspection.image);
        if picture.is_empty() {
            let text = format!("`{}` has no partition table to draw", args.file.display());
            return Err(refused(Exit::Verification, text));
        }
        crate::fs::write_if_changed(&target, picture.as_bytes())?;
        screen.status("Wrote", &output.display().to_string());
    }
    // A right image or a wrong one is told; of a file that is none there is nothing to tell.
    let is_known = !inspection.image.kind.is_empty();
    match format {
        Format::Text => {
            screen.findings(&findings, false);
            screen.data(&report::image::text(&inspection.image, &findings));
            screen.data(&report::image::details(&inspection.image));
        }
        Format::Json => screen.json(&json!({
            "schema": "xtask/1", "ok": is_known,
            "builds": [{ "id": args.file, "findings": report::json::findings(&findings, screen.cwd()), "image": inspection.image }],
        })),
    }
    Ok(if is_known { Exit::Ok } else { Exit::Verification })
}
