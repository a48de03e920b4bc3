//! The sdkconfig layers of one build: MicroPython's fragments, the user's board and variant, what the config's keys own.
//!
//! The texts of the files are handed in; merging is `sdkconfig`'s work.

use super::inputs::Texts;
use crate::config::{
    BuildSpec, Config, OwnedSymbol, SdkconfigEntry, SymbolPattern, SymbolValue, UserLayer, owned_symbols,
};
use crate::diagnostic::Diagnostics;
use crate::sdkconfig::{
    self, Assignment, Choices, Known, Layer, LayerKind, Merged, Owned, OwnedKey, Renames, Value, fragment,
    judge,
};
use crate::source::Place;
use crate::toolchain::kconfig::{ChipKconfig, Library};
use std::path::{Path, PathBuf};

/// What the layers are made from, apart from the config.
#[derive(Debug, Clone, Copy)]
pub struct Ingredients<'a> {
    pub config: &'a Config,
    pub spec: &'a BuildSpec,
    /// The base board's fragments, in MicroPython's order.
    pub base: &'a [PathBuf],
    /// Whether the base's files are the user's own, so that their lint findings are.
    pub base_is_users: bool,
    /// Where the exact table will stand, when the config declares one.
    pub table: Option<&'a Path>,
    /// What the ESP-IDF in use knows for the chip, when it is there.
    pub kconfig: Option<&'a ChipKconfig>,
}

/// The one merged sdkconfig, with everything that is wrong with its sources.
pub fn merged(from: &Ingredients<'_>, texts: &mut Texts) -> (Merged, Diagnostics) {
    let mut findings = Diagnostics::default();
    let mut layers = Vec::new();
    for path in from.base {
        let (assignments, found) = read(path, texts);
        let users = from.base_is_users && from.spec.base.value == crate::config::Base::Folder(parent(path));
        findings.extend(if users { found } else { fragment::as_notes(found) });
        layers.push(Layer { kind: LayerKind::Base, name: file_name(path), assignments });
    }
    for (index, user) in from.spec.layers.iter().enumerate() {
        let kind = if index == 0 { LayerKind::Board } else { LayerKind::Variant };
        let (layer, found) = user_layer(kind, user, texts);
        findings.extend(found);
        if from.kconfig.is_none() {
            findings.extend(sdkconfig::lint(&layer));
        }
        layers.push(layer);
    }
    layers.push(owned_layer(from));
    let owned = owned_keys(from, &layers);
    let none = Renames::default();
    let (choices, renames) = match from.kconfig {
        Some(kconfig) => (&kconfig.choices, &kconfig.renames),
        None => (Choices::builtin(), &none),
    };
    let (merged, found) = sdkconfig::merge(&layers, choices, &owned, renames);
    findings.extend(found);
    (merged, findings)
}

/// What Kconfig will not make of the merged sdkconfig, and what is wrong with the Kconfig files themselves.
pub fn judged(merged: &Merged, library: &Library, kconfig: &ChipKconfig) -> Diagnostics {
    let mut findings = kconfig.tree.findings.clone();
    findings.extend(judge::check(merged, &known(library, kconfig, &|symbol| library.chips_with(symbol))));
    findings
}

/// What the judge of an sdkconfig needs to know.
pub fn known<'a>(
    library: &Library,
    kconfig: &'a ChipKconfig,
    chips_with: &'a dyn Fn(&str) -> Vec<String>,
) -> Known<'a> {
    let ChipKconfig { chip, tree, renames, absent, .. } = kconfig;
    Known { tree, renames, idf: library.version(), chip, absent, chips_with }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path, texts: &mut Texts) -> (Vec<Assignment>, Diagnostics) {
    match texts.read(path) {
        Ok(source) => {
            let (fragment, findings) = fragment::parse(&source);
            (fragment.assignments, findings)
        }
        Err(finding) => (Vec::new(), Diagnostics(vec![finding])),
    }
}

fn user_layer(kind: LayerKind, user: &UserLayer, texts: &mut Texts) -> (Layer, Diagnostics) {
    let mut findings = Diagnostics::default();
    let mut assignments = Vec::new();
    for path in &user.fragments {
        let (mut read, found) = read(&path.value, texts);
        assignments.append(&mut read);
        findings.extend(found);
    }
    for entry in &user.sdkconfig {
        assignments.extend(assignment(entry, &mut findings));
    }
    (Layer { kind, name: user.name.clone(), assignments }, findings)
}

fn assignment(entry: &SdkconfigEntry, findings: &mut Diagnostics) -> Option<Assignment> {
    let value = match &entry.value {
        SymbolValue::Bool(on) => Ok(Value::bool(*on)),
        SymbolValue::Int(literal) => Value::integer(literal),
        SymbolValue::Text(text) => Value::string(text),
    };
    match value {
        Ok(value) => Some(Assignment { symbol: entry.symbol.clone(), value, place: entry.place.clone() }),
        Err(why) => {
            let message = format!("`{}` cannot be written to sdkconfig: {why}", entry.symbol);
            let finding = crate::diagnostic::Diagnostic::error(&super::codes::VALUE, message);
            findings.push(finding.at(&entry.place));
            None
        }
    }
}

/// What the config's keys ask for, as assignments at the places of the keys.
fn owned_layer(from: &Ingredients<'_>) -> Layer {
    let settings = &from.spec.settings;
    let mut assignments = Vec::new();
    let mut add = |symbol: String, value: Value, place: &Place| {
        assignments.push(Assignment { symbol, value, place: place.clone() });
    };
    if let Some(size) = &settings.flash_size {
        add(format!("ESPTOOLPY_FLASHSIZE_{}", size.value), Value::On, &size.place);
    }
    if let (Some(layout), Some(table)) = (&settings.partitions, from.table) {
        add("PARTITION_TABLE_CUSTOM".into(), Value::On, &layout.place);
        let path = Value::Str(table.display().to_string());
        add("PARTITION_TABLE_CUSTOM_FILENAME".into(), path, &layout.place);
    }
    if from.config.build.reproducible {
        let place = from.config.build.reproducible_place.clone();
        let place = place.unwrap_or_else(|| from.config.source.whole());
        add("APP_REPRODUCIBLE_BUILD".into(), Value::On, &place);
    }
    Layer { kind: LayerKind::Owned, name: "config.toml".into(), assignments }
}

/// Which symbols that any layer sets belong to a key that the config sets.
fn owned_keys(from: &Ingredients<'_>, layers: &[Layer]) -> Owned {
    let keys: Vec<OwnedSymbol> = owned_symbols(&from.spec.settings, &from.config.build);
    let symbols =
        layers.iter().flat_map(|layer| &layer.assignments).map(|assignment| assignment.symbol.as_str());
    let exact = keys.iter().filter_map(|key| match key.symbols {
        SymbolPattern::Exactly(name) => Some(name),
        SymbolPattern::Prefix(..) => None,
    });
    let mut owned = Owned::new();
    for symbol in symbols.chain(exact) {
        if let Some(key) = keys.iter().find(|key| key.symbols.matches(symbol)) {
            let entry = OwnedKey { key: key.key.to_owned(), place: key.place.clone() };
            owned.insert(symbol.to_owned(), entry);
        }
    }
    owned
}
