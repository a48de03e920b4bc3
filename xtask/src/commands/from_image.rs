//! `build --from-image`: a board's firmware from a stock MicroPython image instead of a compile.

use super::build::{finish, unfinished};
use super::session::{Session, read_named, refused};
use crate::build::{Outcome, dist, from_image};
use crate::chip::Chip;
use crate::config::{Base, BuildSpec};
use crate::diagnostic::Diagnostics;
use crate::exit::{Exit, Failure};
use crate::plan::from_image::{Around, Pin, resolve};
use crate::plan::project::Folders;
use crate::plan::steps::Stage;
use crate::report::json;
use std::path::Path;
use std::time::Instant;

pub fn run(session: &mut Session, spec: &BuildSpec, file: &Path) -> Result<Exit, Failure> {
    let clock = Instant::now();
    let (exit, mut result) = one(session, spec, file)?;
    result.seconds = clock.elapsed().as_secs_f64();
    if session.global.format == crate::cli::Format::Json {
        let document = json::document(&[result], session.screen.cwd());
        session.screen.json(&document);
    }
    Ok(exit)
}

fn one(session: &mut Session, spec: &BuildSpec, file: &Path) -> Result<(Exit, json::Build), Failure> {
    let path = session.screen.cwd().join(file);
    let bytes = read_named(&path)?;
    let folder = session.config.folder.clone();
    let (version, root) = (dist::version(&folder), folder.join("dist"));
    if from_image::is_in_the_way(&path, &root, &spec.id, &version) {
        let text = format!(
            "`{}` lies in the folder that this build replaces: copy it elsewhere first",
            file.display()
        );
        return Err(refused(Exit::Usage, text));
    }
    let opened = match from_image::open(bytes, &path) {
        Ok(opened) => opened,
        Err(findings) => return Ok(stop(session, spec, Stage::Verify, findings)),
    };
    let (around, found) = around(session, spec)?;
    let (plan, mut findings) = resolve(spec, &opened.stock, &around);
    findings.extend(found);
    findings.extend(session.unread(std::slice::from_ref(spec)));
    let findings = findings.sorted();
    let Some(plan) = plan.filter(|_| !findings.has_errors()) else {
        return Ok(stop(session, spec, Stage::Plan, findings));
    };
    session.screen.findings(&findings, false);
    let description = plan.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    session.screen.status("Building", &format!("{}{description}, from {}", plan.id, file.display()));
    let request = from_image::Request {
        plan: &plan,
        opened: &opened,
        folders: &Folders::new(&session.state, &plan.id),
        dist: &root,
        version: &version,
        noted: &findings,
    };
    let screen = &mut session.screen;
    let built = from_image::build(&request, &mut |event| screen.event(&event))?;
    for part in &built.parts {
        session.screen.status("Changed", &format!("{}: {}", part.name, part.words));
    }
    Ok(match built.outcome {
        Outcome::Refused { stage, findings, image } => {
            let (exit, mut result) = stop(session, spec, stage, findings);
            result.image = image;
            (exit, result)
        }
        outcome => finish(session, opened.stand_in, outcome, unfinished(spec, findings)),
    })
}

/// Shows why there is no firmware. What an earlier build left in `dist/` is still there.
fn stop(session: &mut Session, spec: &BuildSpec, stage: Stage, findings: Diagnostics) -> (Exit, json::Build) {
    session.screen.findings(&findings, false);
    session.screen.say(&format!("{}: {}; nothing is written", spec.id, crate::render::summary(&findings)));
    let exit = if stage == Stage::Verify { Exit::Verification } else { Exit::Config };
    let mut result = unfinished(spec, findings);
    result.stage = Some(stage.name());
    (exit, result)
}

/// What the config pins and what the base board is, from as little of the trees as tells it.
fn around(session: &mut Session, spec: &BuildSpec) -> Result<(Around, Diagnostics), Failure> {
    let mut findings = Diagnostics::default();
    let pin = |rev: &Option<crate::config::Located<String>>| {
        rev.as_ref().map(|rev| Pin { text: rev.value.clone(), place: Some(rev.place.clone()) })
    };
    let stand_in = session.stand_in.is_some();
    let own_tree = session.global.micropython.is_some() || session.config.micropython.path.is_some();
    let micropython = if !stand_in && !own_tree {
        pin(&session.config.micropython.rev)
    } else if session.has_checkout() {
        Some(Pin { text: session.checkout()?.version.to_string(), place: None })
    } else {
        None
    };
    let own_idf = session.global.idf.is_some() || session.config.esp_idf.path.is_some();
    let idf = if !stand_in && !own_idf {
        pin(&session.config.esp_idf.rev)
    } else {
        session.idf()?.map(|idf| Pin { text: format!("v{}", idf.version), place: None })
    };
    let chip = match generic(&spec.base.value) {
        Some(chip) => Some(chip),
        // Only a tree tells what another board is.
        None if session.has_checkout() && session.program("cmake").is_some() => {
            let (facts, _) = session.idf_facts()?;
            let (port, found) = session.port(spec, &facts)?;
            // Of a board that the tree has, its sources do not matter here.
            findings.extend(if port.is_none() { found } else { Diagnostics::default() });
            port.map(|port| port.target)
        }
        None => None,
    };
    Ok((Around { micropython, idf, chip, min_free: session.config.build.min_free }, findings))
}

/// The chip of MicroPython's own boards that are named after it: `esp32s3` for `ESP32_GENERIC_S3`.
pub(super) fn generic(base: &Base) -> Option<String> {
    let Base::InTree(name) = base else { return None };
    let rest = name.strip_prefix("ESP32_GENERIC")?;
    let suffix = rest.strip_prefix('_').unwrap_or(rest);
    let chip = format!("esp32{}", suffix.to_ascii_lowercase());
    Chip::by_name(&chip).filter(|_| rest.is_empty() || rest.starts_with('_')).map(|chip| chip.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_boards_name_their_chip() {
        for (board, chip) in [
            ("ESP32_GENERIC", Some("esp32")),
            ("ESP32_GENERIC_S3", Some("esp32s3")),
            ("ESP32_GENERIC_C6", Some("esp32c6")),
            ("ESP32_GENERIC_X9", None),
            ("ESP32_GENERICS3", None),
            ("UM_FEATHERS3", None),
        ] {
            assert_eq!(generic(&Base::InTree(board.into())).as_deref(), chip, "{board}");
        }
    }
}
