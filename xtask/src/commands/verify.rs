//! `verify`: any image, built here or elsewhere, alone or against a board's declaration.

use super::session::{Session, refused};
use crate::build;
use crate::chip::{Chip, FlashSize, chips};
use crate::cli::{Format, Verify, Which};
use crate::config::Require;
use crate::diagnostic::did_you_mean;
use crate::exit::{Exit, Failure};
use crate::inspect::{self, Evidence, Expectation};
use crate::plan::Plan;
use crate::report::screen::Screen;
use crate::report::{self, json};
use crate::source::Source;
use std::path::Path;

/// An image without a board: what the command line asks, and every rule that holds for all.
pub fn foreign(screen: &mut Screen, args: &Verify, format: Format) -> Result<Exit, Failure> {
    judge(screen, args, format, Expectation::default(), None)
}

/// An image against a board's declaration.
pub fn run(session: &mut Session, args: &Verify) -> Result<Exit, Failure> {
    let which = Which { board: args.board.clone(), variant: args.variant.clone(), all: false };
    let plans = super::plan::plans(session, &which)?;
    let Some(plan) = plans.first() else {
        return Err(refused(Exit::Usage, "no build is selected"));
    };
    let expectation = build::expectation(plan);
    let format = session.global.format;
    judge(&mut session.screen, args, format, expectation, Some(plan))
}

fn judge(
    screen: &mut Screen,
    args: &Verify,
    format: Format,
    mut expectation: Expectation,
    plan: Option<&Plan>,
) -> Result<Exit, Failure> {
    ask(args, &mut expectation)?;
    let path = screen.cwd().join(&args.image);
    let bytes = super::session::read_named(&path)?;
    let evidence = match &args.evidence {
        Some(folder) => build_evidence(&screen.cwd().join(folder))?,
        None => build::recorded_evidence(&path),
    };
    let inspection = inspect::verify(&bytes, &Source::binary(&path), &expectation, &evidence);
    let mut findings = inspection.findings;
    if let Some(plan) = plan {
        let source = Source::binary(&path);
        let released = plan.released.as_ref();
        findings.extend(build::released(released, plan.min_free, &bytes, &inspection.image, &source));
    }
    let findings = findings.sorted();
    let failed = findings.has_errors();
    screen.findings(&findings, true);
    match format {
        Format::Text => screen.data(&report::image::text(&inspection.image, &findings)),
        Format::Json => {
            let result = json::Build {
                id: args.image.display().to_string(),
                board: plan.map(|plan| plan.board.clone()),
                variant: plan.and_then(|plan| plan.variant.clone()),
                status: if failed { "failed" } else { "verified" },
                stage: failed.then_some("verify"),
                seconds: 0.0,
                findings,
                error: None,
                image: Some(serde_json::to_value(&inspection.image).unwrap_or_default()),
                dist: None,
            };
            screen.json(&json::document(&[result], screen.cwd()));
        }
    }
    Ok(if failed { Exit::Verification } else { Exit::Ok })
}

/// What the command line asks beside the declaration.
fn ask(args: &Verify, expectation: &mut Expectation) -> Result<(), Failure> {
    for word in &args.require {
        match Require::by_name(word.trim()) {
            Some(Require::Ota) => expectation.require.ota = true,
            Some(Require::Rollback) => expectation.require.rollback = true,
            Some(Require::Filesystem) => expectation.require.filesystem = true,
            None => {
                let known = Require::ALL.map(Require::name);
                let help = did_you_mean(word, known).unwrap_or_default();
                return Err(refused(Exit::Usage, format!("`--require {word}`: no such requirement; {help}")));
            }
        }
    }
    if let Some(text) = &args.flash_size {
        let size = FlashSize::parse(text);
        let Some(size) = size else {
            let text = format!(
                "`--flash-size {text}` is no flash size such as 8MB: a power of two from 1MB to 128MB"
            );
            return Err(refused(Exit::Usage, text));
        };
        expectation.flash_size = Some(size);
    }
    if let Some(name) = &args.chip {
        if Chip::by_name(name).is_none() {
            let known: Vec<&str> = chips().iter().map(|chip| chip.name.as_str()).collect();
            let help = did_you_mean(name, known).unwrap_or_default();
            return Err(refused(Exit::Usage, format!("`--chip {name}`: no such chip; {help}")));
        }
        expectation.chip = Some(name.clone());
    }
    Ok(())
}

fn build_evidence(folder: &Path) -> Result<Evidence, Failure> {
    let evidence = build::evidence(folder);
    if evidence.bootloader_sdkconfig.is_none() || evidence.bootloader_sha256.is_none() {
        let text = format!(
            "`--evidence {}` is no build folder: it has no bootloader/bootloader.bin with \
             bootloader/config/sdkconfig.json",
            folder.display()
        );
        return Err(refused(Exit::Usage, text));
    }
    Ok(evidence)
}
