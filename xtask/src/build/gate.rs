//! The gate: after configure, before the compile, what was asked for against what ESP-IDF made of it.

use super::codes;
use crate::config::Require;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, plural};
use crate::plan::Plan;
use crate::plan::layers::known;
use crate::sdkconfig::{Choices, GateContext, Renames, effective, gate as judge};
use crate::source::Source;
use crate::toolchain::kconfig::Library;
use anyhow::{Context, Result};
use fs_err as fs;
use std::path::PathBuf;

/// Where configure's output is kept for the gate's reasons.
pub fn log_file(plan: &Plan) -> PathBuf {
    plan.folders.root.join("configure.log")
}

/// Every finding, and what to say when there is no error.
///
/// # Errors
/// When configure left no sdkconfig.
pub fn gate(plan: &Plan) -> Result<(Diagnostics, String)> {
    let path = plan.folders.build.join("sdkconfig");
    let text = fs::read_to_string(&path).context("configure left no effective sdkconfig")?;
    let effective = effective::parse(&Source::new(&path, text));
    let log: Vec<String> =
        fs::read_to_string(log_file(plan)).unwrap_or_default().lines().map(str::to_owned).collect();
    let library = Library::open(&plan.idf.path, plan.idf_version);
    let chip = library.as_ref().map(|library| library.configured(&plan.chip, &plan.folders.build));
    let chips_with =
        |symbol: &str| library.as_ref().map(|library| library.chips_with(symbol)).unwrap_or_default();
    let known = library.as_ref().zip(chip.as_ref()).map(|(library, chip)| known(library, chip, &chips_with));
    let none = Renames::default();
    let context = GateContext {
        idf: plan.idf_version,
        log: &log,
        renames: chip.as_ref().map_or(&none, |chip| &chip.renames),
        choices: chip.as_ref().map_or(Choices::builtin(), |chip| &chip.choices),
        known: known.as_ref(),
    };
    let mut findings = judge::check(&plan.sdkconfig, &effective, &context);
    let rollback =
        effective.symbols.get("BOOTLOADER_APP_ROLLBACK_ENABLE").is_some_and(|value| !value.is_off());
    if plan.require.contains(&Require::Rollback.name()) && !rollback {
        let message = "`require` asks for `rollback`, and BOOTLOADER_APP_ROLLBACK_ENABLE is not set";
        let finding =
            Diagnostic::error(&codes::ROLLBACK_NOT_EFFECTIVE, message).at(&Source::binary(&path).whole());
        let table = match &plan.variant {
            Some(variant) => format!("[board.{}.variant.{variant}.sdkconfig]", plan.board),
            None => format!("[board.{}.sdkconfig]", plan.board),
        };
        findings.push(finding.help(format!("add `BOOTLOADER_APP_ROLLBACK_ENABLE = true` to `{table}`")));
    }
    let notes = findings.iter().filter(|finding| finding.severity == Severity::Note).count();
    let asked = plural(plan.sdkconfig.symbols.len(), "symbol");
    let note = if notes == 0 {
        format!("{asked}, all in effect")
    } else {
        format!("{asked}; {notes} of MicroPython's own without effect")
    };
    Ok((findings, note))
}
