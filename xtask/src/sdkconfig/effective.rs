//! The effective sdkconfig: what ESP-IDF wrote after configure, `build/sdkconfig` or `config/sdkconfig.json`.
//!
//! Kconfig wrote it, so nothing here judges it: a value of unknown form is kept as its text.

use super::value::{Off, Value};
use crate::source::Source;
use std::collections::BTreeMap;

/// The values in force.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effective {
    /// By name, without `CONFIG_`.
    pub symbols: BTreeMap<String, Value>,
    /// Former names with the values that they would have, as the end of `build/sdkconfig` lists them.
    pub deprecated: BTreeMap<String, Value>,
}

/// Reads either form; a text that begins with `{` is JSON. Unreadable JSON has no symbols.
pub fn parse(source: &Source) -> Effective {
    let text = source.text();
    if text.trim_start().starts_with('{') { from_json(text) } else { from_lines(text) }
}

fn from_lines(text: &str) -> Effective {
    let mut effective = Effective::default();
    let mut deprecated = false;
    for line in text.lines() {
        let line = line.trim_end();
        let pair = if let Some(rest) = line.strip_prefix("CONFIG_") {
            rest.split_once('=').map(|(name, value)| (name, value_of(value)))
        } else if let Some(rest) = line.strip_prefix("# CONFIG_") {
            rest.strip_suffix(" is not set").map(|name| (name, Value::Off(Off::NotSet)))
        } else {
            match line {
                "# Deprecated options for backward compatibility" => deprecated = true,
                "# End of deprecated options" => deprecated = false,
                _ => {}
            }
            None
        };
        if let Some((name, value)) = pair {
            let into = if deprecated { &mut effective.deprecated } else { &mut effective.symbols };
            into.insert(name.to_owned(), value);
        }
    }
    effective
}

fn value_of(text: &str) -> Value {
    match text {
        "y" => Value::On,
        "n" => Value::Off(Off::No),
        _ => match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inner) => Value::Str(unescaped(inner)),
            None => Value::number(text).unwrap_or_else(|| Value::Str(text.to_owned())),
        },
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    plain
}

fn from_json(text: &str) -> Effective {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) else {
        return Effective::default();
    };
    let value = |value: serde_json::Value| match value {
        serde_json::Value::Bool(on) => Some(Value::bool(on)),
        serde_json::Value::Number(number) => Some(Value::Int(number.to_string())),
        serde_json::Value::String(text) => Some(Value::Str(text)),
        _ => None,
    };
    let symbols = object.into_iter().filter_map(|(name, json)| Some((name, value(json)?))).collect();
    Effective { symbols, deprecated: BTreeMap::new() }
}
