//! Why a symbol does not take effect, in words: what Kconfig says, and the next thing to do.
//!
//! Which cause it is, `judge` decides.

use super::codes;
use super::judge::{Absent, Judge};
use super::layer::Origin;
use super::value::Value;
use crate::diagnostic::{Code, Diagnostic, Severity, quoted_list};
use crate::kconfig::{Computed, Condition, SymbolId, Type};

/// How the help ends where no other symbol helps.
const NOTHING_TO_SET: &str = ": remove the line";

/// Conditions that a message shows; the rest is for `--explain`.
const SHOWN: usize = 3;

impl Judge<'_> {
    pub(super) fn wrong_type(
        &self,
        name: &str,
        kind: Type,
        wanted: &Value,
        found: &Computed,
        origin: &Origin,
    ) -> Diagnostic {
        let digits = match (wanted, kind) {
            (Value::Int(text), Type::Int | Type::Hex) | (Value::Hex(text), Type::Hex) => Some(text),
            _ => None,
        };
        if digits.is_some_and(|text| kind == Type::Int || !text.starts_with('-')) {
            return finding(&codes::WRONG_TYPE, format!("`{wanted}` is too large for `{name}`"), origin)
                .because("it has more than 127 bits, and no type of C holds it")
                .help("write a smaller number");
        }
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
            Type::String if wanted.is_off() => {
                format!("write the text that it shall have: `CONFIG_{name}=\"{}\"`", found.text())
            }
            Type::String => format!("write it in double quotes: `CONFIG_{name}=\"{}\"`", text_of(wanted)),
        };
        let message = format!("`{name}` is of type {}, and `{wanted}` is {what}", kind.name());
        finding(&codes::WRONG_TYPE, message, origin)
            .because(format!("Kconfig drops the value; it {}", stays(found, kind)))
            .help(example)
    }

    pub(super) fn forced(&self, name: &str, selector: &str, origin: &Origin) -> Diagnostic {
        let message = format!("`{name}` stays `y`: `{selector}` selects it");
        let mut finding = finding(&codes::FORCED, message, origin);
        if let Some(entry) = self.merged.symbols.get(selector) {
            finding = finding.label(entry.winner.place(), format!("`{selector}` is set here"));
        }
        finding.help(format!("switch `{selector}` off, or remove this line"))
    }

    pub(super) fn unmet(
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
        unmet.iter().take(SHOWN).fold(finding, |finding, condition| self.advise(finding, name, condition, 0))
    }

    /// Adds what to do about a condition that is not met, and who set the symbol that it is about.
    fn advise(&self, finding: Diagnostic, name: &str, condition: &Condition, depth: usize) -> Diagnostic {
        let Some((needed, on)) = condition.needs else {
            return with_help(finding, self.advice_on_expression(name, condition));
        };
        let symbol = self.name(needed);
        let tree = self.known.tree;
        if on && symbol.starts_with("SOC_") {
            let text = format!("{} does not have it (`{symbol}`){NOTHING_TO_SET}", self.known.chip);
            return with_help(finding, text);
        }
        if !tree.has_prompt(needed) {
            return with_help(finding, self.advice_on_promptless(needed, on));
        }
        let choice = tree.symbols.get(needed).and_then(|symbol| symbol.choice);
        let setter = self.merged.symbols.get(symbol).map(|entry| &entry.winner);
        let asked_for = setter.is_some_and(|origin| origin.value().is_off() != on);
        if asked_for {
            // It has no effect either: what it needs in turn is the cause.
            let next = self.values.conditions(needed).into_iter().find(|condition| !condition.met);
            return match next.filter(|_| depth < SHOWN) {
                Some(next) => {
                    let text = format!("`{symbol}` is asked for as well, and needs `{}`", next.text);
                    self.advise(finding.because(text), symbol, &next, depth + 1)
                }
                None => with_help(finding, format!("`cargo xtask sdkconfig --explain {symbol}`")),
            };
        }
        let finding = match setter {
            Some(origin) if !finding.labels.iter().any(|label| &label.place == origin.place()) => {
                finding.label(origin.place(), format!("`{symbol}` is set to `{}` here", origin.value()))
            }
            _ => finding,
        };
        if on
            && depth < SHOWN
            && let Some(next) = self.values.conditions(needed).into_iter().find(|condition| !condition.met)
        {
            // Setting it alone would have no effect either.
            let text = format!("`{symbol}` needs `{}` in turn", next.text);
            let finding = self.advise(finding.because(text), symbol, &next, depth + 1);
            return match finding.help.iter().any(|help| help.ends_with(NOTHING_TO_SET)) {
                true => finding,
                false => with_help(finding, format!("set `CONFIG_{symbol}=y` as well")),
            };
        }
        with_help(
            finding,
            match choice {
                Some(choice) if !on => {
                    format!("choose another member of `{}` than `{symbol}`", tree.choice_name(choice))
                }
                _ => format!("set `CONFIG_{symbol}={}`", if on { "y" } else { "n" }),
            },
        )
    }

    fn advice_on_promptless(&self, needed: SymbolId, on: bool) -> String {
        let symbol = self.name(needed);
        let selectors = self.known.tree.selectors(needed);
        if !selectors.is_empty() {
            let selectors = quoted_list(selectors.into_iter().take(4), "or");
            return format!("`{symbol}` is on {} {selectors}", if on { "with" } else { "because of" });
        }
        let names = self.known.tree.default_symbols(needed);
        match names.is_empty() {
            true => format!("Kconfig gives `{symbol}` a fixed value{NOTHING_TO_SET}"),
            false => format!("`{symbol}` follows from {}", quoted_list(names.into_iter().take(4), "and")),
        }
    }

    /// As [`Self::advise`], where no single bool decides.
    fn advice_on_expression(&self, name: &str, condition: &Condition) -> String {
        let known = self.known;
        // Of alternatives, one that is settled decides only if all are.
        let settled = |(name, value): &(String, Option<String>)| value.is_none() || name.starts_with("SOC_");
        let decides = !condition.text.contains("||") || condition.values.iter().all(settled);
        let missing = condition.values.iter().find(|(_, value)| value.is_none());
        if let Some((unknown, _)) = missing.filter(|_| decides) {
            return match unknown.starts_with("SOC_") {
                true => format!("{} does not have it (`{unknown}`){NOTHING_TO_SET}", known.chip),
                false => format!("ESP-IDF {} has no `{unknown}`", known.idf),
            };
        }
        if let [(only, _)] = condition.values.as_slice()
            && let Some(id) = known.tree.find(only)
        {
            let names = known.tree.default_symbols(id);
            if known.tree.has_prompt(id) {
                return format!("set `CONFIG_{only}` so that `{}`", condition.text);
            } else if !names.is_empty() {
                return format!("`{only}` follows from {}", quoted_list(names.into_iter().take(4), "and"));
            }
        }
        format!("`cargo xtask sdkconfig --explain {name}` shows all of its conditions")
    }

    /// What to do about a line that sets what has no prompt.
    pub(super) fn instead(&self, id: SymbolId) -> &'static str {
        let tree = self.known.tree;
        let settled = |name: &&str| name.starts_with("SOC_");
        match tree.selectors(id).is_empty() && tree.default_symbols(id).iter().all(settled) {
            true => "remove the line",
            false => "set what it follows from, and remove this line",
        }
    }

    pub(super) fn why_promptless(&self, finding: Diagnostic, id: SymbolId, name: &str) -> Diagnostic {
        let selectors = self.known.tree.selectors(id);
        if name.starts_with("SOC_") {
            return finding.because(format!("it says what {} has", self.known.chip));
        }
        match selectors.len() {
            0 => match self.known.tree.default_symbols(id) {
                names if names.is_empty() => finding.because("Kconfig gives it a fixed value"),
                names => finding
                    .because(format!("it follows from {}", quoted_list(names.into_iter().take(4), "and"))),
            },
            1..=4 => finding.because(format!("{} can select it", quoted_list(selectors, "or"))),
            more => {
                let some: Vec<String> = selectors.iter().take(3).map(|name| format!("`{name}`")).collect();
                finding.because(format!("{} and {} more can select it", some.join(", "), more - 3))
            }
        }
    }
}

/// Adds a help that is not there yet.
fn with_help(finding: Diagnostic, help: String) -> Diagnostic {
    if finding.help.contains(&help) { finding } else { finding.help(help) }
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

pub(super) fn not_judged(symbol: &str, component: &Absent, origin: &Origin) -> Diagnostic {
    Diagnostic::note(&codes::NOT_JUDGED, format!("`{symbol}` cannot be judged before configure"))
        .label(origin.place(), "asked for here")
        .because(format!("it may be of `{}`, which is not there yet", component.name))
}

pub(super) fn read_as_hex(symbol: &str, wanted: &Value, origin: &Origin) -> Diagnostic {
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
pub(super) fn shown(value: &Computed, kind: Type) -> String {
    if kind == Type::String { format!("\"{}\"", value.text()) } else { value.text().to_owned() }
}

/// What becomes of a value that is not taken.
pub(super) fn stays(value: &Computed, kind: Type) -> String {
    match value.text().is_empty() && kind != Type::String {
        true => "has no value".into(),
        false => format!("stays `{}`", shown(value, kind)),
    }
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
