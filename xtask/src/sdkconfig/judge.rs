//! What Kconfig makes of the merged sdkconfig, and why a line of it does not take effect.
//!
//! The same causes are told before configure, from computed values ([`check`]), and after it, from those that ESP-IDF
//! wrote (`gate`). Kconfig itself is `kconfig`'s; nothing is guessed where the tree does not say it.

use super::codes;
use super::layer::Origin;
use super::lint::remedy;
use super::merge::{Entry, Merged};
use super::renames::Renames;
use super::value::Value;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, nearest, quoted_list};
use crate::kconfig::value::number;
use crate::kconfig::{Computed, Condition, SymbolId, Tree, Type, Values};
use crate::version::Version;
use std::collections::BTreeSet;

/// Conditions that a message shows; the rest is for `--explain`.
const SHOWN: usize = 3;

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

/// Every symbol of the merged sdkconfig that would not take effect, with its cause.
pub fn check(merged: &Merged, known: &Known<'_>) -> Diagnostics {
    let judge = Judge::new(merged, known);
    let findings = merged.symbols.iter().filter_map(|(symbol, entry)| judge.before(symbol, entry));
    Diagnostics(findings.collect()).sorted()
}

/// A merged sdkconfig in a Kconfig tree.
#[derive(Debug)]
pub struct Judge<'a> {
    merged: &'a Merged,
    known: &'a Known<'a>,
    pub values: Values<'a>,
    /// Symbols whose value is not of their type.
    rejected: BTreeSet<&'a str>,
}

impl<'a> Judge<'a> {
    pub fn new(merged: &'a Merged, known: &'a Known<'a>) -> Self {
        let mut values = Values::new(known.tree);
        let mut rejected = BTreeSet::new();
        for (symbol, entry) in &merged.symbols {
            let (name, wanted) = present(known, symbol, entry.winner.value());
            if let Some(id) = known.tree.find(name)
                && values.set(id, wanted.given()).is_err()
            {
                rejected.insert(symbol.as_str());
            }
        }
        Self { merged, known, values, rejected }
    }

    fn before(&self, symbol: &str, entry: &Entry) -> Option<Diagnostic> {
        let origin = &entry.winner;
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
        self.miss(symbol, id, &wanted, &found, origin).map(|finding| match name == symbol {
            true => finding,
            false => finding.because(format!("`{symbol}` is a former name of `{name}`")),
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
            let message =
                format!("`{name}` cannot be set: it has no prompt, and stays `{}`", shown(found, kind));
            let finding = finding(&codes::NO_PROMPT, message, origin);
            let finding = self.why_promptless(finding, id, name);
            return Some(match remedy(name) {
                Some(remedy) => finding.help(remedy),
                None => finding.help("set what it follows from, and remove this line"),
            });
        }
        if wanted.is_off() && found.is_on() {
            if let Some(selector) = self.values.selected_by(id).next() {
                return Some(self.forced(name, self.name(selector), origin));
            }
            if let Some(choice) = entry.choice.filter(|choice| self.values.selection(*choice) == Some(id)) {
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

    fn wrong_type(
        &self,
        name: &str,
        kind: Type,
        wanted: &Value,
        found: &Computed,
        origin: &Origin,
    ) -> Diagnostic {
        let what = match wanted {
            Value::On | Value::Off(_) => "a bool's value",
            Value::Int(_) if kind == Type::Hex => "negative",
            Value::Int(_) => "a number",
            Value::Hex(_) => "a hexadecimal number",
            Value::Str(_) => "a text",
        };
        let example = match kind {
            Type::Bool => format!("write `CONFIG_{name}=y` or `CONFIG_{name}=n`"),
            Type::Int => {
                format!("write a decimal number, such as `CONFIG_{name}={}`", decimal(wanted, found))
            }
            Type::Hex => {
                format!("write a hexadecimal number, such as `CONFIG_{name}={}`", example_of(found, "0x10"))
            }
            Type::Float => format!("write a number, such as `CONFIG_{name}={}`", example_of(found, "1.5")),
            Type::String => format!("write it in double quotes: `CONFIG_{name}=\"{}\"`", text_of(wanted)),
        };
        let message = format!("`{name}` is of type {}, and `{wanted}` is {what}", kind.name());
        finding(&codes::WRONG_TYPE, message, origin)
            .because(format!("Kconfig drops the value; it stays `{}`", shown(found, kind)))
            .help(example)
    }

    fn forced(&self, name: &str, selector: &str, origin: &Origin) -> Diagnostic {
        let message = format!("`{name}` stays `y`: `{selector}` selects it");
        let mut finding = finding(&codes::FORCED, message, origin);
        if let Some(entry) = self.merged.symbols.get(selector) {
            finding = finding.label(entry.winner.place(), format!("`{selector}` is set here"));
        }
        finding.help(format!("switch `{selector}` off, or remove this line"))
    }

    fn unmet(
        &self,
        name: &str,
        kind: Type,
        wanted: &Value,
        found: &Computed,
        unmet: &[&Condition],
        origin: &Origin,
    ) -> Diagnostic {
        let conditions =
            quoted_list(unmet.iter().map(|condition| condition.text.as_str()).take(SHOWN), "and");
        let rest = match unmet.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = match (wanted, found) {
            (Value::Off(_), Computed::Bool(true)) => {
                format!("`{name}` stays `y`: it could be switched off with {conditions}{rest}")
            }
            _ => format!("`{name}` has no effect: it needs {conditions}{rest}"),
        };
        let mut finding = finding(&codes::UNMET, message, origin);
        for condition in unmet.iter().take(SHOWN) {
            finding = finding.label(&condition.place, format!("not met: {}", values_of(condition)));
        }
        if kind != Type::Bool && !found.text().is_empty() {
            finding = finding.because(format!("it is `{}`", shown(found, kind)));
        }
        let mut helps: Vec<String> =
            unmet.iter().take(SHOWN).map(|condition| self.advice(name, condition)).collect();
        helps.dedup();
        helps.into_iter().fold(finding, Diagnostic::help)
    }

    /// What to do about a condition that is not met.
    fn advice(&self, name: &str, condition: &Condition) -> String {
        let tree = self.known.tree;
        let Some((needed, on)) = condition.needs else {
            return match condition.values.iter().find(|(_, value)| value.is_none()) {
                Some((unknown, _)) => format!("ESP-IDF {} has no `{unknown}`", self.known.idf),
                None => format!("`cargo xtask sdkconfig --explain {name}` shows all of its conditions"),
            };
        };
        let symbol = self.name(needed);
        let set_here = self.merged.symbols.get(symbol).map(|entry| entry.winner.place().to_string());
        let choice = tree.symbols.get(needed).and_then(|symbol| symbol.choice);
        let selectors = tree.selectors(needed);
        if on && symbol.starts_with("SOC_") {
            return format!("{} does not have it (`{symbol}`): remove the line", self.known.chip);
        }
        if !tree.has_prompt(needed) {
            return match selectors.is_empty() {
                true => format!("`{symbol}` follows from others: `cargo xtask sdkconfig --explain {symbol}`"),
                false if on => {
                    format!("`{symbol}` is on with {}", quoted_list(selectors.into_iter().take(4), "or"))
                }
                false => format!(
                    "`{symbol}` is on because of {}",
                    quoted_list(selectors.into_iter().take(4), "or")
                ),
            };
        }
        match (on, choice, set_here) {
            (false, Some(choice), _) => {
                format!("choose another member of `{}` than `{symbol}`", tree.choice_name(choice))
            }
            (true, _, Some(place)) if self.is_requested(symbol, on) => {
                format!("`{symbol}`, set at {place}, has no effect itself")
            }
            (true, ..) => format!("set `CONFIG_{symbol}=y`"),
            (false, _, Some(place)) => format!("`{symbol}` is set at {place}: set it to `n`"),
            (false, ..) => format!("set `CONFIG_{symbol}=n`"),
        }
    }

    fn is_requested(&self, symbol: &str, on: bool) -> bool {
        self.merged.symbols.get(symbol).is_some_and(|entry| entry.winner.value().is_off() != on)
    }

    fn why_promptless(&self, finding: Diagnostic, id: SymbolId, name: &str) -> Diagnostic {
        let selectors = self.known.tree.selectors(id);
        if name.starts_with("SOC_") {
            return finding.because(format!("it says what {} has", self.known.chip));
        }
        match selectors.len() {
            0 => finding.because("it follows from its defaults"),
            1..=4 => finding.because(format!("{} can select it", quoted_list(selectors, "or"))),
            more => {
                let some: Vec<String> = selectors.iter().take(3).map(|name| format!("`{name}`")).collect();
                finding.because(format!("{} and {} more can select it", some.join(", "), more - 3))
            }
        }
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
        self.known.absent.iter().find(|absent| match &absent.prefixes {
            Some(prefixes) => prefixes.iter().any(|prefix| symbol.starts_with(prefix)),
            None => unknown,
        })
    }

    fn near(&self, finding: Diagnostic, symbol: &str, origin: &Origin) -> Diagnostic {
        if let Some(remedy) = remedy(symbol) {
            return finding.help(remedy);
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

    fn name(&self, id: SymbolId) -> &str {
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

/// A finding about a request: an error for what the user or the config asks for, a note for MicroPython's own.
pub(super) fn finding(code: &'static Code, message: String, origin: &Origin) -> Diagnostic {
    let severity = if origin.kind.is_promise() { Severity::Error } else { Severity::Note };
    Diagnostic::new(code, severity, message).label(origin.place(), "asked for here")
}

pub(super) fn renamed(symbol: &str, name: &str, wanted: &Value, origin: &Origin) -> Diagnostic {
    Diagnostic::warning(&codes::RENAMED, format!("`{symbol}` is a former name of `{name}`"))
        .label(origin.place(), "asked for here")
        .help(format!("write `{}`", wanted.to_sdkconfig(name)))
}

fn not_judged(symbol: &str, component: &Absent, origin: &Origin) -> Diagnostic {
    Diagnostic::note(&codes::NOT_JUDGED, format!("`{symbol}` cannot be judged before configure"))
        .label(origin.place(), "asked for here")
        .because(format!("it may be of `{}`, which is fetched then", component.name))
}

fn read_as_hex(symbol: &str, wanted: &Value, origin: &Origin) -> Diagnostic {
    let (number, read) = (wanted.as_number().unwrap_or_default(), wanted.as_hex().unwrap_or_default());
    let message = format!("`{symbol}` is a hex symbol: `{wanted}` is read as 0x{wanted}, which is {read}");
    finding(&codes::READ_AS_HEX, message, origin)
        .help(format!("write `0x{wanted}`, or `{number:#x}` for {number}"))
}

fn values_of(condition: &Condition) -> String {
    let values = condition.values.iter().map(|(name, value)| match value {
        Some(value) if value.is_empty() => format!("`{name}` is empty"),
        Some(value) => format!("`{name}` is `{value}`"),
        None => format!("`{name}` does not exist"),
    });
    values.collect::<Vec<_>>().join(", ")
}

/// A value as sdkconfig writes it.
fn shown(value: &Computed, kind: Type) -> String {
    if kind == Type::String { format!("\"{}\"", value.text()) } else { value.text().to_owned() }
}

fn example_of<'a>(found: &'a Computed, other: &'a str) -> &'a str {
    if found.text().is_empty() { other } else { found.text() }
}

/// What an int's value may have been meant for.
fn decimal(wanted: &Value, found: &Computed) -> String {
    match wanted.as_number() {
        Some(number) => number.to_string(),
        None => example_of(found, "1").to_owned(),
    }
}

fn text_of(wanted: &Value) -> String {
    match wanted {
        Value::Str(text) => text.clone(),
        other => other.to_string(),
    }
}
