//! Names that do nothing, known without any Kconfig tree: `xtask/data/sdkconfig_mistakes.toml`.
//!
//! It judges no value, and knows no more than its short table; the Kconfig index knows all names.

use super::codes;
use super::layer::Layer;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, quoted_list};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mistake {
    wrong: String,
    right: Vec<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// No Kconfig file defines it.
    Unknown,
    /// It has no prompt.
    Derived,
}

/// Every well-known mistake, by name.
pub(super) fn mistakes() -> &'static BTreeMap<String, Mistake> {
    static MISTAKES: LazyLock<BTreeMap<String, Mistake>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct File {
            mistake: Vec<Mistake>,
        }
        let text = include_str!("../../data/sdkconfig_mistakes.toml");
        let file: File = toml::from_str(text).expect("sdkconfig_mistakes.toml is well-formed");
        file.mistake.into_iter().map(|mistake| (mistake.wrong.clone(), mistake)).collect()
    });
    &MISTAKES
}

/// What to write instead.
pub(super) fn remedy(symbol: &str) -> Option<String> {
    mistakes()
        .get(symbol)
        .map(|mistake| format!("set {}", quoted_list(mistake.right.iter().map(String::as_str), "or")))
}

/// Names in a layer that do nothing: an error where no Kconfig file has it, a warning where it follows from others;
/// a note in MicroPython's own fragments.
pub fn lint(layer: &Layer) -> Diagnostics {
    let mut findings = Diagnostics::default();
    for assignment in &layer.assignments {
        let name = &assignment.symbol;
        let Some(mistake) = mistakes().get(name) else {
            continue;
        };
        let (severity, what) = match mistake.kind {
            Kind::Unknown => (Severity::Error, "no ESP-IDF release has it"),
            Kind::Derived => (Severity::Warning, "it cannot be set, it follows from other symbols"),
        };
        let severity = if layer.kind.is_promise() { severity } else { Severity::Note };
        let finding =
            Diagnostic::new(&codes::KNOWN_MISTAKE, severity, format!("`{name}` does nothing: {what}"));
        findings.push(finding.at(&assignment.place).help(remedy(name).unwrap_or_default()));
    }
    findings
}
