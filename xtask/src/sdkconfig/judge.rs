//! What Kconfig makes of the merged sdkconfig, and why a line of it does not take effect.
//!
//! The same causes are told before configure, from computed values ([`check`]), and after it, from those that ESP-IDF
//! wrote (`gate`). Kconfig itself is `kconfig`'s; nothing is guessed where the tree does not say it.

use super::cause::{finding, not_judged, read_as_hex, renamed, shown, stays};
use super::codes;
use super::layer::Origin;
use super::lint::remedy;
use super::merge::{Entry, Merged};
use super::renames::Renames;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, nearest, quoted_list};
use crate::kconfig;
use crate::kconfig::value::number;
use crate::kconfig::{Computed, Condition, SymbolId, Tree, Type, Values};
use crate::version::Version;
use std::collections::BTreeSet;

/// What is known of the Kconfig that a build meets.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub tree: &'a Tree,
    /// Of the chip.
    pub renames: &'a Renames,
    pub idf: Version,
    /// IDF_TARGET.
    pub chip: &'a str,
    /// Components whose Kconfig files are not there yet.
    pub absent: &'a [Absent],
    /// The chips of the same ESP-IDF that have a symbol.
    pub chips_with: &'a dyn Fn(&str) -> Vec<String>,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} {})", self.idf, self.chip)
    }
}

/// A component that the component manager has not fetched yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// `espressif/mdns`.
    pub name: String,
    /// How its symbols begin; `None` when that is not known, so that it may define any.
    pub prefixes: Option<Vec<String>>,
}

impl Absent {
    /// Whether it is known to have symbols that begin like this one.
    pub fn may_have(&self, symbol: &str) -> bool {
        self.prefixes.iter().flatten().any(|prefix| symbol.starts_with(prefix))
    }
}

/// Every symbol of the merged sdkconfig that would not take effect, with its cause.
pub fn check(merged: &Merged, known: &Known<'_>) -> Diagnostics {
    let judge = Judge::new(merged, known);
    let findings = merged.symbols.values().filter_map(|entry| judge.before(entry));
    let mut findings = Diagnostics(findings.collect());
    if let Some(looped) = judge.values.looped() {
        let text = format!("`{}` depends on itself, or on too long a chain of symbols", judge.name(looped));
        let mut finding = Diagnostic::warning(&kconfig::codes::LOOP, text);
        let definitions = known.tree.symbols.get(looped).map_or(&[][..], |symbol| &symbol.definitions);
        if let Some(place) = definitions.first().and_then(|definition| known.tree.place(*definition)) {
            finding = finding.at(&place);
        }
        findings.push(finding);
    }
    findings.sorted()
}

/// A merged sdkconfig in a Kconfig tree.
#[derive(Debug)]
pub struct Judge<'a> {
    pub(super) merged: &'a Merged,
    pub(super) known: &'a Known<'a>,
    pub values: Values<'a>,
    /// Symbols whose value is not of their type.
    rejected: BTreeSet<&'a str>,
}

impl<'a> Judge<'a> {
    pub fn new(merged: &'a Merged, known: &'a Known<'a>) -> Self {
        let mut values = Values::new(known.tree);
        let mut rejected = BTreeSet::new();
        for entry in merged.symbols.values() {
            let symbol = entry.winner.symbol();
            let (name, wanted) = present(known, symbol, entry.winner.value());
            if let Some(id) = known.tree.find(name)
                && values.set(id, wanted.given()).is_err()
            {
                rejected.insert(symbol);
            }
        }
        Self { merged, known, values, rejected }
    }

    fn before(&self, entry: &Entry) -> Option<Diagnostic> {
        let origin = &entry.winner;
        let symbol = origin.symbol();
        let (name, wanted) = present(self.known, symbol, origin.value());
        let Some(id) = self.known.tree.find(name) else {
            return self.unknown(symbol, origin);
        };
        let found = self.values.value(id);
        let taken = self.is(id, &wanted, &found);
        if taken && name != symbol {
            return origin.kind.is_users().then(|| renamed(symbol, name, &wanted, origin));
        }
        if taken {
            return self.taken(id, name, &wanted, origin);
        }
        if let Some(component) = self.fetched(name, false) {
            return Some(not_judged(symbol, component, origin));
        }
        let cause = self.miss(symbol, id, &wanted, &found, origin).unwrap_or_else(|| {
            let message = format!("`{name}` comes to `{}`, not `{wanted}`", found.text());
            finding(&codes::NOT_TAKEN, message, origin)
                .help(format!("`cargo xtask sdkconfig --explain {name}` shows what Kconfig says of it"))
        });
        Some(match name == symbol {
            true => cause,
            false => cause.because(format!("`{symbol}` is a former name of `{name}`")),
        })
    }

    /// Whether a symbol has the wanted value.
    pub fn is(&self, id: SymbolId, wanted: &Value, found: &Computed) -> bool {
        let kind = self.known.tree.symbols.get(id).and_then(|symbol| symbol.kind);
        match (wanted, found) {
            (Value::On, Computed::Bool(on)) => *on,
            (Value::Off(_), Computed::Bool(on)) => !on,
            // Kconfig passes over the unsetting of what is no bool, and so does the merge.
            (Value::Off(_), Computed::Text(text)) => text.is_empty(),
            (Value::Str(wanted), Computed::Text(found)) => kind == Some(Type::String) && wanted == found,
            (Value::Int(wanted) | Value::Hex(wanted), Computed::Text(found)) => {
                let number =
                    |text| kind.filter(|kind| *kind != Type::String).and_then(|kind| number(text, kind));
                number(wanted).is_some() && number(wanted) == number(found)
            }
            _ => false,
        }
    }

    /// What is odd about a line that has what it wants.
    fn taken(&self, id: SymbolId, name: &str, wanted: &Value, origin: &Origin) -> Option<Diagnostic> {
        let kind = self.known.tree.symbols.get(id)?.kind?;
        if kind == Type::Hex && matches!(wanted, Value::Int(text) if text.len() > 1) {
            return Some(read_as_hex(name, wanted, origin));
        }
        if !origin.kind.is_users() || self.known.tree.has_prompt(id) {
            return None;
        }
        let message = format!("`{name}` is `{wanted}` without this line, which has no effect");
        let finding = Diagnostic::warning(&codes::NO_PROMPT, message).label(origin.place(), "asked for here");
        Some(self.why_promptless(finding, id, name).help("remove the line"))
    }

    /// Why a symbol of the tree has another value than the wanted one; `None` where the tree does not say it.
    pub fn miss(
        &self,
        symbol: &str,
        id: SymbolId,
        wanted: &Value,
        found: &Computed,
        origin: &Origin,
    ) -> Option<Diagnostic> {
        let entry = self.known.tree.symbols.get(id)?;
        let name = &entry.name;
        let kind = entry.kind?;
        if self.rejected.contains(symbol) {
            return Some(self.wrong_type(name, kind, wanted, found, origin));
        }
        if !self.known.tree.has_prompt(id) {
            let message = format!("`{name}` cannot be set: it has no prompt, and {}", stays(found, kind));
            let finding = finding(&codes::NO_PROMPT, message, origin);
            let finding = self.why_promptless(finding, id, name);
            return Some(match remedy(name) {
                Some(remedy) => finding.help(remedy),
                None if name.starts_with("SOC_") => finding.help("remove the line"),
                None => finding.help(self.instead(id)),
            });
        }
        if wanted.is_off() && found.is_on() {
            if let Some(selector) = self.values.selected_by(id).next() {
                return Some(self.forced(name, self.name(selector), origin));
            }
            if let Some(choice) = entry.choice {
                let choice = self.known.tree.choice_name(choice);
                let message = format!("`{name}` stays `y`: it is the chosen member of `{choice}`");
                return Some(
                    finding(&codes::CHOICE_OFF, message, origin)
                        .help("set the member that it shall be to `y`"),
                );
            }
        }
        let conditions = self.values.conditions(id);
        let unmet: Vec<&Condition> = conditions.iter().filter(|condition| !condition.met).collect();
        if !unmet.is_empty() {
            return Some(self.unmet(name, kind, wanted, found, &unmet, origin));
        }
        let wanted_number = match wanted {
            Value::Int(text) | Value::Hex(text) => number(text, kind),
            _ => None,
        };
        let (low, high) = self.values.range(id)?;
        let out = wanted_number.is_some_and(|number| number < low || number > high);
        out.then(|| {
            let digits =
                |number: i128| if kind == Type::Hex { format!("{number:#x}") } else { number.to_string() };
            let (low, high) = (digits(low), digits(high));
            let message = format!("`{name}` is out of its range: `{wanted}` is not in {low} to {high}");
            finding(&codes::OUT_OF_RANGE, message, origin)
                .because(format!("Kconfig drops the value and takes the default, `{}`", shown(found, kind)))
                .help(format!("give it a value from {low} to {high}"))
        })
    }

    /// The finding for a name that this chip's tree does not have; none for an `n` that is fulfilled by absence.
    pub fn unknown(&self, symbol: &str, origin: &Origin) -> Option<Diagnostic> {
        let known = self.known;
        let off = origin.value().is_off();
        let chips = if origin.kind.is_promise() { (known.chips_with)(symbol) } else { Vec::new() };
        if !chips.is_empty() {
            let message = format!("`{symbol}` is not for {}", known.chip);
            return (!off).then(|| {
                let chips = quoted_list(chips.iter().map(String::as_str), "and");
                finding(&codes::OTHER_CHIP, message, origin)
                    .because(format!("ESP-IDF {} has it for {chips}", known.idf))
                    .help("remove the line, or keep it in the fragment of a board with such a chip")
            });
        }
        if let Some(component) = self.fetched(symbol, true) {
            return Some(not_judged(symbol, component, origin));
        }
        if off && !origin.kind.is_users() {
            return None;
        }
        let mut found =
            finding(&codes::UNKNOWN, format!("ESP-IDF {} has no symbol `{symbol}`", known.idf), origin);
        if off {
            found.severity = found.severity.min(Severity::Warning);
        }
        Some(self.near(found, symbol, origin))
    }

    /// The component, not fetched yet, that may define a symbol or more of it; `unknown`: no file that is there defines it.
    fn fetched(&self, symbol: &str, unknown: bool) -> Option<&Absent> {
        self.known
            .absent
            .iter()
            .find(|absent| absent.may_have(symbol) || (unknown && absent.prefixes.is_none()))
    }

    fn near(&self, finding: Diagnostic, symbol: &str, origin: &Origin) -> Diagnostic {
        if let Some(remedy) = remedy(symbol) {
            return finding.help(remedy);
        }
        if let Some(members) = self.known.tree.members_of(symbol) {
            let members = quoted_list(members.into_iter().take(6), "or");
            return finding
                .because("it is the name of a choice")
                .help(format!("set one of its members: {members}"));
        }
        // Names of MicroPython's fragments are not the user's to mend.
        if !origin.kind.is_promise() {
            return finding;
        }
        let tree = self.known.tree;
        let settable = || tree.names().filter(|(_, id)| tree.has_prompt(*id)).map(|(name, _)| name);
        let mut near = nearest(symbol, settable());
        if near.is_empty() {
            near = settable().filter(|name| has_words(name, symbol)).take(3).collect();
        }
        match near.is_empty() {
            true => finding.help("look for it: `cargo xtask sdkconfig --search WORDS`"),
            false => finding.help(format!("did you mean {}?", quoted_list(near, "or"))),
        }
    }

    pub(super) fn name(&self, id: SymbolId) -> &str {
        self.known.tree.symbols.get(id).map_or("", |symbol| symbol.name.as_str())
    }
}

/// Whether every word of `symbol` is one of `name`.
fn has_words(name: &str, symbol: &str) -> bool {
    let words: BTreeSet<&str> = name.split('_').collect();
    symbol.split('_').all(|word| words.contains(word))
}

/// The present name of a symbol, and what its value means there.
pub(super) fn present<'a>(known: &'a Known<'_>, symbol: &'a str, wanted: &Value) -> (&'a str, Value) {
    match known.renames.get(symbol).filter(|_| known.tree.find(symbol).is_none()) {
        Some(rename) if rename.inverted => (&rename.new, Value::bool(wanted.is_off())),
        Some(rename) => (&rename.new, wanted.clone()),
        None => (symbol, wanted.clone()),
    }
}

#[cfg(test)]
mod tests;
