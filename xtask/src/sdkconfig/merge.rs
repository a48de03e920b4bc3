//! One sdkconfig out of layers: each symbol once, with the place that set it and whom it beat.
//!
//! The result is what Kconfig makes of all layers one after another (the last value wins, a choice is its last `y`),
//! so it may be sorted. What contradicts within one of the user's layers, or what the config owns, is an error.
//! Whether a symbol exists is not known here.

use super::choices::Choices;
use super::codes;
use super::layer::{Layer, LayerKind, Origin};
use super::renames::Renames;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::Place;
use std::collections::BTreeMap;

/// The one sdkconfig.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    /// By the name that the ESP-IDF in use has for it, without `CONFIG_`, whatever name a layer wrote. Of a choice, the member
    /// that is `y`, and no other.
    pub symbols: BTreeMap<String, Entry>,
    /// Members of choices that were set and are left out, since another member is `y`.
    pub displaced: BTreeMap<String, Displaced>,
}

/// A symbol's value, and how it came by it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub winner: Origin,
    /// The assignments of other values that it overrode, in their order; for a choice those of other members.
    pub beat: Vec<Origin>,
    pub choice: Option<String>,
}

/// A choice's member that is not the one.
#[derive(Debug, Clone)]
pub struct Displaced {
    /// The member that is `y`.
    pub by: String,
    pub origins: Vec<Origin>,
}

/// Symbols that keys of the config own: those of the layer of that kind, and others that go with them.
pub type Owned = BTreeMap<String, OwnedKey>;

/// The key that owns a symbol.
#[derive(Debug, Clone)]
pub struct OwnedKey {
    /// As it stands in config.toml: `flash-size`.
    pub key: String,
    pub place: Option<Place>,
}

/// Merges layers. Those of a lower kind come first, whatever their order; within a kind their order stands.
/// `owned` names the symbols (of a choice: any member) that no layer of the user's may set. `renames`: those of the
/// ESP-IDF in use, since a former name and the present one are one symbol; empty if no tree is at hand. An inverted
/// rename is not followed (ESP-IDF 5.0 to 6.0 has none).
pub fn merge(layers: &[Layer], choices: &Choices, owned: &Owned, renames: &Renames) -> (Merged, Diagnostics) {
    let mut sorted: Vec<&Layer> = layers.iter().collect();
    sorted.sort_by_key(|layer| layer.kind);
    let mut symbols: BTreeMap<&str, Vec<Origin>> = BTreeMap::new();
    let mut members: BTreeMap<&str, Vec<Origin>> = BTreeMap::new();
    let mut findings = Diagnostics::default();
    for layer in sorted {
        for assignment in &layer.assignments {
            let origin =
                Origin { kind: layer.kind, layer: layer.name.clone(), assignment: assignment.clone() };
            let name = present(&assignment.symbol, renames);
            findings.0.extend(owned_by_key(&origin, name, choices, owned));
            match choices.of(&assignment.symbol) {
                Some(choice) => members.entry(choice).or_default().push(origin),
                None => symbols.entry(name).or_default().push(origin),
            }
        }
    }
    let mut merged = Merged::default();
    for (name, origins) in symbols {
        merge_symbol(&mut merged, name, &origins, &mut findings);
    }
    for (choice, origins) in members {
        merge_choice(&mut merged, choice, &origins, choices, &mut findings);
    }
    (merged, findings.sorted())
}

fn present<'a>(symbol: &'a str, renames: &'a Renames) -> &'a str {
    renames.get(symbol).filter(|rename| !rename.inverted).map_or(symbol, |rename| &rename.new)
}

fn owned_by_key(origin: &Origin, name: &str, choices: &Choices, owned: &Owned) -> Option<Diagnostic> {
    if !origin.kind.is_users() {
        return None;
    }
    let symbol = origin.symbol();
    let choice = choices.of(symbol);
    let same_choice = |name: &str| choice.is_some() && choices.of(name) == choice;
    let key =
        owned.get(name).or_else(|| owned.iter().find(|entry| same_choice(entry.0)).map(|entry| entry.1))?;
    let message = format!("`{symbol}` is set here, but the key `{}` owns it", key.key);
    let mut finding = Diagnostic::error(&codes::OWNED, message).at(origin.place());
    if let Some(place) = &key.place {
        finding = finding.label(place, "the key");
    }
    Some(finding.help(format!("remove the line, and say it with `{}`", key.key)))
}

/// Two assignments of one layer that do not go together: an error in the user's, a note in MicroPython's.
fn clash(code: &'static Code, message: String, earlier: &Origin, later: &Origin, help: &str) -> Diagnostic {
    let severity = if later.kind.is_promise() { Severity::Error } else { Severity::Note };
    let finding =
        Diagnostic::new(code, severity, message).at(later.place()).label(earlier.place(), "set here before");
    if severity == Severity::Note { finding.because("the last one wins") } else { finding.help(help) }
}

fn merge_symbol(merged: &mut Merged, name: &str, origins: &[Origin], findings: &mut Diagnostics) {
    let mut winner: Option<&Origin> = None;
    for origin in origins {
        let Some(earlier) = winner else {
            winner = Some(origin);
            continue;
        };
        let symbol = origin.symbol();
        let (was, is) = (earlier.value(), origin.value());
        let same_layer = earlier.kind == origin.kind;
        if is.is_off() && !was.is_bool() {
            let kind = was.kind();
            let message = format!("`{symbol}` is a {kind}, `{was}`; unsetting it has no effect");
            let help = format!("write the value that it shall have, as `CONFIG_{symbol}=...`");
            findings.push(clash(&codes::OFF_NOT_BOOL, message, earlier, origin, &help));
            continue;
        }
        if was.is_off() && !is.is_bool() {
            winner = Some(origin);
            continue;
        }
        if was.kind() != is.kind() {
            let message = format!(
                "`{symbol}` is given the {} `{is}`, but before the {} `{was}`",
                is.kind(),
                was.kind()
            );
            findings.push(clash(
                &codes::TYPE_CLASH,
                message,
                earlier,
                origin,
                "give it one type: see its Kconfig entry",
            ));
        } else if same_layer && was != is {
            let message = format!("`{symbol}` is set to `{is}` here and to `{was}` before");
            findings.push(clash(&codes::CONTRADICTION, message, earlier, origin, "keep one of the two"));
        } else if same_layer {
            findings.0.extend(duplicate(symbol, earlier, origin));
        }
        winner = Some(origin);
    }
    let Some(winner) = winner else { return };
    let beat = origins.iter().filter(|origin| origin.value() != winner.value()).cloned().collect();
    let entry = Entry { winner: winner.clone(), beat, choice: None };
    merged.symbols.insert(name.to_owned(), entry);
}

fn duplicate(symbol: &str, earlier: &Origin, later: &Origin) -> Option<Diagnostic> {
    let message = format!("`{symbol}` is set to `{}` twice", later.value());
    later.kind.is_users().then(|| {
        Diagnostic::warning(&codes::DUPLICATE, message)
            .at(later.place())
            .label(earlier.place(), "set here before")
            .help("remove one of the two")
    })
}

fn merge_choice(
    merged: &mut Merged,
    choice: &str,
    origins: &[Origin],
    choices: &Choices,
    findings: &mut Diagnostics,
) {
    let on: Vec<&Origin> = origins.iter().filter(|origin| !origin.value().is_off()).collect();
    for kind in [LayerKind::Base, LayerKind::Board, LayerKind::Variant, LayerKind::Owned] {
        members_of_one_layer(choice, &on, kind, choices, findings);
    }
    let winner = on.last().copied();
    for origin in origins.iter().filter(|origin| origin.value().is_off() && origin.kind.is_users()) {
        findings.0.extend(off_without_effect(choice, origin, winner, origins, choices));
    }
    let Some(winner) = winner else {
        // No member is `y`: the lines change nothing, and stay for the record.
        for origin in origins {
            let entry = Entry { winner: origin.clone(), beat: Vec::new(), choice: Some(choice.to_owned()) };
            merged.symbols.insert(choices.written(origin.symbol()).to_owned(), entry);
        }
        return;
    };
    let chosen = choices.present(winner.symbol());
    let mut beat = Vec::new();
    for origin in origins.iter().filter(|origin| choices.present(origin.symbol()) != chosen) {
        if !origin.value().is_off() {
            beat.push(origin.clone());
        }
        let name = choices.written(origin.symbol()).to_owned();
        let by = choices.written(winner.symbol());
        let entry = merged.displaced.entry(name);
        let displaced = entry.or_insert_with(|| Displaced { by: by.to_owned(), origins: Vec::new() });
        displaced.origins.push(origin.clone());
    }
    let entry = Entry { winner: winner.clone(), beat, choice: Some(choice.to_owned()) };
    merged.symbols.insert(choices.written(winner.symbol()).to_owned(), entry);
}

fn members_of_one_layer(
    choice: &str,
    on: &[&Origin],
    kind: LayerKind,
    choices: &Choices,
    findings: &mut Diagnostics,
) {
    let mine: Vec<&Origin> = on.iter().copied().filter(|origin| origin.kind == kind).collect();
    for (earlier, later) in mine.iter().zip(mine.iter().skip(1)) {
        let (was, is) = (earlier.symbol(), later.symbol());
        if choices.present(was) == choices.present(is) {
            findings.0.extend(duplicate(is, earlier, later));
        } else {
            let message = format!("`{is}` and `{was}` are both set, and of `{choice}` only one can be");
            findings.push(clash(&codes::TWO_MEMBERS, message, earlier, later, "keep one of the two"));
        }
    }
}

fn off_without_effect(
    choice: &str,
    off: &Origin,
    winner: Option<&Origin>,
    origins: &[Origin],
    choices: &Choices,
) -> Option<Diagnostic> {
    let name = off.symbol();
    let help = format!("set the member of `{choice}` that it shall be to `y`");
    let Some(winner) = winner else {
        if choices.is_of_tree() {
            return None;
        }
        let message = format!("`{name}` is set to `n`, but no other member of `{choice}` to `y`");
        return Some(Diagnostic::warning(&codes::CHOICE_OFF, message).at(off.place()).help(help));
    };
    if choices.present(winner.symbol()) != choices.present(name) || winner.kind > off.kind {
        return None;
    }
    let twice = origins.iter().any(|origin| origin.kind == off.kind && origin == winner);
    let message = if twice {
        format!("`{name}` is set to `n` and to `y`")
    } else {
        format!("`{name}` is set to `n`, but stays the chosen member of `{choice}`")
    };
    Some(
        Diagnostic::error(&codes::CHOICE_OFF, message)
            .at(off.place())
            .label(winner.place(), "chosen here")
            .help(help),
    )
}
