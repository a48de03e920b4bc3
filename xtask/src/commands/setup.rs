//! `setup`: clones the pinned MicroPython and ESP-IDF and installs ESP-IDF's tools for the boards' chips.

use super::session::{Session, refused};
use crate::cli::Setup;
use crate::config::Selection;
use crate::exit::{Exit, Failure};
use crate::process::{self, Ending};
use crate::toolchain::setup::{self, Pin};
use std::collections::BTreeSet;

/// Whether a submodule of ESP-IDF is needed for these chips: all are, apart from the radio libraries of other chips, which
/// have a chip's name as a part of their path (ESP-IDF v5.0 to v6.0 `.gitmodules`). `lib_esp32c3_family` serves several.
fn wanted_of_idf(path: &str, chips: &BTreeSet<String>) -> bool {
    let names = |chip: &str| {
        let of_chip = |part: &str| {
            part == chip || part == format!("lib_{chip}") || part.starts_with(&format!("{chip}-"))
        };
        path.split('/').any(of_chip)
    };
    let mut owners = crate::chip::chips().iter().filter(|chip| names(&chip.name)).peekable();
    owners.peek().is_none() || owners.any(|chip| chips.contains(&chip.name))
}

pub fn run(session: &mut Session, args: &Setup) -> Result<Exit, Failure> {
    let micropython = session.micropython_pin().map(owned);
    let idf = session.idf_pin().map(owned);
    let state = session.state.clone();
    for (pin, path) in
        [(&micropython, &session.config.micropython.path), (&idf, &session.config.esp_idf.path)]
    {
        let (Some((name, git, rev)), None) = (pin, path) else {
            continue;
        };
        let folder = setup::folder(&state, &Pin { name, git, rev });
        let there = if folder.is_dir() { "is there already" } else { "will be cloned" };
        session.screen.say(&format!("{name} {rev} from {git}: {there}, in {}", folder.display()));
    }
    if args.dry_run {
        tools_to_come(session, args)?;
        return Ok(Exit::Ok);
    }
    if let (Some((name, git, rev)), None) = (&micropython, &session.config.micropython.path) {
        let screen = &mut session.screen;
        let wanted = |path: &str| path.starts_with("lib/");
        setup::clone(&state, &Pin { name, git, rev }, &wanted, &mut |text| screen.status("Setup", text))?;
    }
    let chips = chips(session, args)?;
    if let (Some((name, git, rev)), None) = (&idf, &session.config.esp_idf.path) {
        let screen = &mut session.screen;
        let wanted = |path: &str| wanted_of_idf(path, &chips);
        setup::clone(&state, &Pin { name, git, rev }, &wanted, &mut |text| screen.status("Setup", text))?;
    }
    let Some(found) = session.idf()? else {
        return Err(refused(
            Exit::Environment,
            "config.toml pins no ESP-IDF: add `[esp-idf] rev = \"v5.5.1\"`",
        ));
    };
    let chips: Vec<&str> = chips.iter().map(String::as_str).collect();
    for install in setup::install_tools(&found.path, &chips) {
        session.screen.status("Setup", &install.display());
        let screen = &mut session.screen;
        match process::stream(&install, |line| screen.say(line))? {
            Ending::Success => {}
            Ending::Interrupted => return Ok(Exit::Interrupted),
            Ending::Failed(_) | Ending::Killed(_) => {
                let text = format!("`{}` failed; its output is above", install.display());
                return Err(refused(Exit::Environment, text));
            }
        }
    }
    session.screen.status("Ready", "cargo xtask build --all");
    Ok(Exit::Ok)
}

/// Says how ESP-IDF's tools would be installed. The chips are known once MicroPython and cmake are there; a dry run fetches
/// neither.
fn tools_to_come(session: &mut Session, args: &Setup) -> Result<(), Failure> {
    let cloned = session.idf_pin().map(|pin| setup::folder(&session.state, &pin));
    let Some(idf) = session.idf()?.map(|idf| idf.path).or(cloned) else {
        session.screen.say("ESP-IDF's tools: config.toml pins no ESP-IDF, so none would be installed");
        return Ok(());
    };
    let known = session.program("cmake").is_some() && session.has_checkout();
    let chips = if known { chips(session, args)? } else { BTreeSet::from(["CHIPS".to_owned()]) };
    let chips: Vec<&str> = chips.iter().map(String::as_str).collect();
    session.screen.say("ESP-IDF's tools will be installed, where they are not there already:");
    for install in setup::install_tools(&idf, &chips) {
        session.screen.say(&format!("  {}", install.display()));
    }
    if !known {
        session.screen.say("where CHIPS are the boards' chips, known once MicroPython and cmake are there");
    }
    Ok(())
}

fn owned(pin: Pin<'_>) -> (String, String, String) {
    (pin.name.to_owned(), pin.git.to_owned(), pin.rev.to_owned())
}

/// The chips of the boards that are set up.
fn chips(session: &mut Session, args: &Setup) -> Result<BTreeSet<String>, Failure> {
    let mut specs = Vec::new();
    if args.board.is_empty() {
        specs = session.builds(&Selection { all: true, ..Selection::default() })?;
    }
    for board in &args.board {
        specs.extend(session.builds(&Selection { board: Some(board.clone()), all: true, variant: None })?);
    }
    let (facts, _) = session.idf_facts()?;
    let mut chips = BTreeSet::new();
    for spec in &specs {
        let (port, findings) = session.port(spec, &facts)?;
        session.screen.findings(&findings, false);
        chips.extend(port.map(|port| port.target));
    }
    Ok(chips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radio_libraries_of_other_chips_are_left_out() {
        let chips = BTreeSet::from(["esp32s3".to_owned()]);
        for (path, wanted) in [
            ("components/mbedtls/mbedtls", true),
            ("components/esp_wifi/lib", true),
            ("components/bt/controller/lib_esp32c3_family", true),
            ("components/bt/controller/lib_esp32c6/esp32c6-bt-lib", false),
            ("components/bt/esp_ble_mesh/lib/lib", true),
        ] {
            assert_eq!(wanted_of_idf(path, &chips), wanted, "{path}");
        }
    }
}
