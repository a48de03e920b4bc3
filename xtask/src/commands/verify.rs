//! `verify`: any image, built here or elsewhere, alone or against a board's declaration.

use super::session::{Session, read_named, refused, stopped};
use crate::build;
use crate::chip::{Chip, FlashSize, chips};
use crate::cli::{Format, Verify, Which};
use crate::config::{Located, Require};
use crate::diagnostic::did_you_mean;
use crate::exit::{Exit, Failure};
use crate::image::Content;
use crate::image::merged::{detect, likely_table_offset};
use crate::inspect::{self, Evidence, Expectation};
use crate::plan;
use crate::plan::alone::Around;
use crate::plan::released::ReleasedTable;
use crate::report::screen::Screen;
use crate::report::{self, json};
use crate::source::Source;
use std::path::Path;

/// What a board's declaration comes to.
#[derive(Default)]
struct Declared {
    expectation: Expectation,
    board: Option<String>,
    variant: Option<String>,
    released: Option<ReleasedTable>,
}

/// An image without a board: what the command line asks, and every rule that holds for all.
pub fn foreign(screen: &mut Screen, args: &Verify, format: Format) -> Result<Exit, Failure> {
    let path = screen.cwd().join(&args.image);
    let bytes = read_named(&path)?;
    judge(screen, args, format, (&path, &bytes), Declared::default())
}

/// An image against a board's declaration.
pub fn run(session: &mut Session, args: &Verify) -> Result<Exit, Failure> {
    let path = session.screen.cwd().join(&args.image);
    let bytes = read_named(&path)?;
    let which = Which { board: args.board.clone(), variant: args.variant.clone(), all: false };
    let declared =
        if session.names_checkout() { planned(session, &which)? } else { alone(session, &which, &bytes)? };
    let format = session.global.format;
    judge(&mut session.screen, args, format, (&path, &bytes), declared)
}

/// What the board and its base come to.
fn planned(session: &mut Session, which: &Which) -> Result<Declared, Failure> {
    let mut plans = super::plan::plans(session, which)?;
    let plan = plans.pop().ok_or_else(|| refused(Exit::Usage, "no build is selected"))?;
    Ok(Declared {
        expectation: build::expectation(&plan),
        board: Some(plan.board),
        variant: plan.variant,
        released: plan.released,
    })
}

/// What the config says of the board itself: without a MicroPython tree nothing is known of its base.
fn alone(session: &mut Session, which: &Which, bytes: &[u8]) -> Result<Declared, Failure> {
    let mut specs = session.builds(&which.into())?;
    let spec = specs.pop().ok_or_else(|| refused(Exit::Usage, "no build is selected"))?;
    let layout = detect(bytes, likely_table_offset(bytes)).filter(|layout| layout.content == Content::Merged);
    let header = layout.and_then(|layout| layout.bootloader_offset.checked_sub(layout.flash_offset));
    let config = &session.config;
    let release = |rev: &Option<Located<String>>| rev.as_ref().and_then(|rev| rev.value.parse().ok());
    let around = Around {
        chip: super::from_image::generic(&spec.base.value),
        micropython: release(&config.micropython.rev),
        idf: release(&config.esp_idf.rev),
        min_free: config.build.min_free,
        flash_size: header
            .and_then(|at| bytes.get(at as usize + 3))
            .and_then(|byte| FlashSize::from_nibble(byte >> 4)),
        table_offset: layout.map(|layout| layout.table_offset),
    };
    let (asked, findings) = plan::alone::asked(&spec, &around);
    session.screen.findings(&findings, false);
    if findings.has_errors() {
        return Err(stopped(Exit::Config, &findings));
    }
    session.screen.say(&format!(
        "no MicroPython tree: judged by what config.toml itself says of {}, and not by its base `{}`",
        spec.id, spec.base.value
    ));
    Ok(Declared {
        expectation: build::expectation_alone(&asked),
        board: Some(spec.board),
        variant: spec.variant,
        released: asked.released,
    })
}

fn judge(
    screen: &mut Screen,
    args: &Verify,
    format: Format,
    (path, bytes): (&Path, &[u8]),
    declared: Declared,
) -> Result<Exit, Failure> {
    let Declared { mut expectation, board, variant, released } = declared;
    ask(args, &mut expectation)?;
    let evidence = match &args.evidence {
        Some(folder) => build_evidence(&screen.cwd().join(folder))?,
        None => build::recorded_evidence(path),
    };
    let source = Source::binary(path);
    let inspection = inspect::verify(bytes, &source, &expectation, &evidence);
    let mut findings = inspection.findings;
    let min_free = expectation.min_free;
    findings.extend(build::released(released.as_ref(), min_free, bytes, &inspection.image, &source));
    let findings = findings.sorted();
    let failed = findings.has_errors();
    screen.findings(&findings, true);
    match format {
        Format::Text => screen.data(&report::image::text(&inspection.image, &findings)),
        Format::Json => {
            let result = json::Build {
                id: args.image.display().to_string(),
                board,
                variant,
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
