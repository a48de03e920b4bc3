//! The gate after configure: what the layers ask for, against the effective sdkconfig.
//!
//! What the user's layers or the config's keys ask for and did not get is an error; what MicroPython's own fragments
//! ask for, a note. The reason is the Kconfig tree's, with the effective values in it; where the tree does not say one, the
//! configure log's.

use super::cause::{finding, renamed};
use super::choices::Choices;
use super::codes;
use super::effective::Effective;
use super::judge::{Judge, Known};
use super::layer::Origin;
use super::lint::remedy;
use super::log::{Reason, reasons};
use super::merge::{Entry, Merged};
use super::renames::Renames;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, quoted_list};
use crate::kconfig::value::fit;
use crate::version::Version;
use std::collections::BTreeMap;

/// What else is known about the build.
#[derive(Debug)]
pub struct GateContext<'a> {
    pub idf: Version,
    /// Lines of the configure log; those about symbols give the reasons.
    pub log: &'a [String],
    /// Of the chip; may be empty.
    pub renames: &'a Renames,
    pub choices: &'a Choices,
    /// The Kconfig tree that was configured.
    pub known: Option<&'a Known<'a>>,
}

/// Compares every symbol of the merged sdkconfig with the effective one.
pub fn check(merged: &Merged, effective: &Effective, context: &GateContext<'_>) -> Diagnostics {
    let reasons = reasons(context.log);
    let judge = context.known.map(|known| {
        let mut judge = Judge::new(merged, known);
        judge.values.pin(|name| effective.symbols.get(name).map(Value::given));
        judge
    });
    let gate = Gate { effective, context, judge, reasons };
    let mut findings = Diagnostics::default();
    for entry in merged.symbols.values() {
        findings.0.extend(gate.judge(entry));
    }
    findings.sorted()
}

struct Gate<'a> {
    effective: &'a Effective,
    context: &'a GateContext<'a>,
    judge: Option<Judge<'a>>,
    reasons: BTreeMap<String, Reason>,
}

impl Gate<'_> {
    fn judge(&self, entry: &Entry) -> Option<Diagnostic> {
        let origin = &entry.winner;
        let symbol = origin.symbol();
        let wanted = origin.value();
        let (name, wanted_now) = self.present(symbol, wanted);
        let found = self.effective.symbols.get(&name).or_else(|| self.effective.deprecated.get(symbol));
        if satisfied(&wanted_now, found) {
            let former = name != symbol && origin.kind.is_users();
            return former.then(|| renamed(symbol, &name, &wanted_now, origin));
        }
        if let Some(finding) = self.cause(symbol, &name, &wanted_now, found, origin) {
            return Some(finding);
        }
        let finding = match found {
            Some(found) if wanted_now.as_hex().is_some_and(|hex| found.as_number() == Some(hex)) => {
                read_as_hex(symbol, wanted, found, origin)
            }
            _ => self.other_member(symbol, &name, entry).unwrap_or_else(|| match found {
                Some(found) => self.other_value(symbol, &name, &wanted_now, found, origin),
                None => self.absent(symbol, wanted, origin),
            }),
        };
        Some(if name == symbol {
            finding
        } else {
            finding.because(format!("`{symbol}` is a former name of it"))
        })
    }

    /// What the Kconfig tree says about a symbol that did not take effect.
    fn cause(
        &self,
        symbol: &str,
        name: &str,
        wanted: &Value,
        found: Option<&Value>,
        origin: &Origin,
    ) -> Option<Diagnostic> {
        let judge = self.judge.as_ref()?;
        let tree = self.context.known?.tree;
        let Some(id) = tree.find(name) else {
            return if found.is_none() { judge.unknown(symbol, origin) } else { None };
        };
        let kind = tree.symbols.get(id)?.kind;
        let is = found.and_then(|found| fit(kind, found.given())).unwrap_or_else(|| judge.values.value(id));
        let finding = judge.miss(symbol, id, wanted, &is, origin)?;
        Some(if name == symbol {
            finding
        } else {
            finding.because(format!("`{symbol}` is a former name of it"))
        })
    }

    /// The present name of a symbol, and the value that it stands for there.
    fn present(&self, symbol: &str, wanted: &Value) -> (String, Value) {
        if self.effective.symbols.contains_key(symbol) {
            return (symbol.to_owned(), wanted.clone());
        }
        match (self.context.renames.get(symbol), self.reasons.get(symbol)) {
            (Some(rename), _) if rename.inverted => (rename.new.clone(), Value::bool(wanted.is_off())),
            (Some(rename), _) => (rename.new.clone(), wanted.clone()),
            (None, Some(Reason::Replaced(new))) => (new.clone(), wanted.clone()),
            // A member of a choice by its former name, where the rename files were not given.
            _ => {
                let present = self.context.choices.present(symbol);
                let known = self.effective.symbols.contains_key(present);
                (if known { present } else { symbol }.to_owned(), wanted.clone())
            }
        }
    }

    fn other_member(&self, symbol: &str, name: &str, entry: &Entry) -> Option<Diagnostic> {
        let choice = entry.choice.as_deref().filter(|_| !entry.winner.value().is_off())?;
        let on = |member: &&str| self.effective.symbols.get(*member) == Some(&Value::On);
        let other = self.context.choices.members(choice).filter(|member| *member != name).find(on)?;
        let message = format!("`{symbol}` did not take effect: `{other}` is the chosen member of `{choice}`");
        Some(
            finding(&codes::OTHER_MEMBER, message, &entry.winner)
                .because(
                    self.reason(symbol)
                        .unwrap_or_else(|| "a dependency of the wanted member is not met".into()),
                )
                .help(format!("set the symbols that `{symbol}` depends on, or ask for `{other}`")),
        )
    }

    fn other_value(
        &self,
        symbol: &str,
        name: &str,
        wanted: &Value,
        found: &Value,
        origin: &Origin,
    ) -> Diagnostic {
        let message = format!("`{name}` is `{found}`, not `{wanted}`");
        let finding = finding(&codes::NOT_TAKEN, message, origin);
        let finding = match self.reason(symbol) {
            Some(reason) => finding.because(reason),
            None if wanted.kind() != found.kind() => finding.because(format!("it is a {}", found.kind())),
            None if wanted.is_off() => finding.because("another symbol selects it, or it cannot be set"),
            None => finding.because("a dependency of it is not met, or it cannot be set"),
        };
        finding.help(remedy(symbol).unwrap_or_else(|| {
            format!("see the `depends on`, `range` and `select` lines of `{name}` in ESP-IDF's Kconfig files")
        }))
    }

    fn absent(&self, symbol: &str, wanted: &Value, origin: &Origin) -> Diagnostic {
        let idf = self.context.idf;
        let message = match self.reasons.get(symbol) {
            Some(Reason::Unknown) => {
                format!("`{symbol}` did not take effect: ESP-IDF {idf} has no such symbol for this chip")
            }
            _ => format!(
                "`{symbol}` did not take effect: unknown to ESP-IDF {idf}, not for this chip, or a dependency is unmet"
            ),
        };
        let finding =
            finding(&codes::NOT_TAKEN_ABSENT, message, origin).because(format!("wanted `{wanted}`"));
        if let Some(remedy) = remedy(symbol) {
            return finding.help(remedy);
        }
        // Names of MicroPython's fragments are not the user's to mend, and the search takes a millisecond each.
        let near = if origin.kind.is_promise() {
            nearest(symbol, self.effective.symbols.keys().map(String::as_str))
        } else {
            Vec::new()
        };
        match near.is_empty() {
            true => finding.help("check the name and what it depends on in ESP-IDF's Kconfig files"),
            false => finding.help(format!("did you mean {}?", quoted_list(near, "or"))),
        }
    }

    fn reason(&self, symbol: &str) -> Option<String> {
        match self.reasons.get(symbol)? {
            Reason::OutOfRange(range) => {
                Some(format!("the value is out of the range {range}; Kconfig takes the default"))
            }
            Reason::NotOfType => Some("Kconfig says that the value is not of its type, and drops it".into()),
            Reason::Unknown | Reason::Replaced(_) => None,
        }
    }
}

fn read_as_hex(symbol: &str, wanted: &Value, found: &Value, origin: &Origin) -> Diagnostic {
    let number = wanted.as_number().unwrap_or_default();
    let message = format!("`{symbol}` is a hex symbol: `{wanted}` is read as 0x{wanted}, which is {found}");
    finding(&codes::READ_AS_HEX, message, origin)
        .help(format!("write `0x{wanted}`, or `{number:#x}` for {number}"))
}

/// Whether the value in force is the wanted one. To unset a string that is empty changes nothing. Numbers are compared by value, and by their text: Kconfig keeps the
/// text that it was given.
fn satisfied(wanted: &Value, found: Option<&Value>) -> bool {
    match found {
        None => wanted.is_off(),
        Some(Value::Str(text)) if wanted.is_off() => text.is_empty(),
        Some(found) => wanted == found,
    }
}

/// Where the bootloader's own configuration has another value than the app's and than was asked for: both are made from one
/// sdkconfig, so a difference is a step of the build that changes it.
pub fn bootloader(merged: &Merged, app: &Effective, bootloader: &Effective) -> Diagnostics {
    let promised = merged.symbols.iter().filter(|(_, entry)| entry.winner.kind.is_promise());
    let differs = promised.filter_map(|(symbol, entry)| {
        let wanted = entry.winner.value();
        let (app, found) = (app.symbols.get(symbol), bootloader.symbols.get(symbol)?);
        (satisfied(wanted, app) && !satisfied(wanted, Some(found))).then(|| {
            let message =
                format!("`{symbol}` is `{found}` for the bootloader, not `{wanted}` as for the app");
            finding(&codes::BOOTLOADER_DIFFERS, message, &entry.winner).help(
                "build again with `--force`; if it stays, a component changes the bootloader's sdkconfig",
            )
        })
    });
    Diagnostics(differs.collect())
}
