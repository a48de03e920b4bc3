//! The `sdkconfig` tables: Kconfig symbols and their values, as text that sdkconfig and Kconfig read.
//!
//! Whether ESP-IDF knows a symbol, and of which type, is not known here.

use super::codes;
use super::raw::{Reader, entries, found};
use crate::diagnostic::Diagnostic;
use crate::source::Place;
use toml::de::{DeTable, DeValue};

/// A symbol that the config sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkconfigEntry {
    /// Without `CONFIG_`.
    pub symbol: String,
    pub value: SymbolValue,
    /// Of the value.
    pub place: Place,
}

/// A literal of the config; its Kconfig type is Kconfig's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolValue {
    Bool(bool),
    /// Decimal or `0x` hexadecimal, as it is written, apart from `_` and a leading `+`.
    Int(String),
    Text(String),
}

/// Reads the symbols that can be read; a finding for each other one.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<SdkconfigEntry> {
    let mut symbols = Vec::new();
    for (key, value) in entries(table) {
        let place = reader.place(value.span());
        let key_place = reader.place(key.span());
        let symbol = key.get_ref().as_ref();
        let name_fault = name_fault(symbol, &key_place);
        let value = match read_value(symbol, value.get_ref(), &place) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                reader.out.push(*diagnostic);
                None
            }
        };
        match (name_fault, value) {
            (Some(diagnostic), _) => reader.out.push(diagnostic),
            (None, Some(value)) => symbols.push(SdkconfigEntry { symbol: symbol.to_owned(), value, place }),
            (None, None) => {}
        }
    }
    symbols
}

fn name_fault(symbol: &str, place: &Place) -> Option<Diagnostic> {
    let well_formed = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let upper = symbol.to_ascii_uppercase();
    let (message, help) = if let Some(bare) = upper.strip_prefix("CONFIG_") {
        let message = format!("`{symbol}` has the prefix `CONFIG_`");
        (message, well_formed(bare).then(|| format!("drop the prefix: `{bare}`")))
    } else if well_formed(symbol) {
        return None;
    } else {
        let message = format!("`{symbol}` is no sdkconfig symbol");
        let corrected = upper.replace(['-', ' '], "_");
        (message, well_formed(&corrected).then(|| format!("symbols are written in capitals: `{corrected}`")))
    };
    let mut diagnostic = Diagnostic::error(&codes::BAD_SYMBOL, message).at(place);
    diagnostic.help.extend(help);
    Some(diagnostic)
}

fn read_value(symbol: &str, value: &DeValue<'_>, place: &Place) -> Result<SymbolValue, Box<Diagnostic>> {
    let fail = |message: String| Box::new(Diagnostic::error(&codes::BAD_SYMBOL_VALUE, message).at(place));
    match value {
        DeValue::Boolean(value) => Ok(SymbolValue::Bool(*value)),
        DeValue::Integer(_) => integer(place.text())
            .map(SymbolValue::Int)
            .map_err(|(message, help)| Box::new(fail(message).help(help))),
        DeValue::String(text) => match text.as_ref() {
            "y" | "n" => {
                let switch = text == "y";
                let help = format!("write `{symbol} = {switch}`");
                Err(Box::new(
                    fail(format!("`{symbol}` is the text `{text}`, a switch was probably meant")).help(help),
                ))
            }
            text if text.chars().any(char::is_control) => {
                Err(fail(format!("`{symbol}` is a text with a line break or control character")))
            }
            text => Ok(SymbolValue::Text(text.to_owned())),
        },
        other => {
            let message = format!("`{symbol}` is {}, a switch, number or text is expected", found(other));
            let help = "for example: `true`, `4`, `0x10` or `\"text\"`";
            Err(Box::new(fail(message).help(help)))
        }
    }
}

/// The literal as Kconfig reads it, or a message and the way out.
fn integer(literal: &str) -> Result<String, (String, String)> {
    let text = literal.replace('_', "");
    let text = text.strip_prefix('+').unwrap_or(&text);
    if let Some(hex) = text.strip_prefix("0x") {
        return match u64::from_str_radix(hex, 16) {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err((format!("`{literal}` has more than 64 bits"), "write a smaller number".into())),
        };
    }
    for (prefix, radix) in [("0o", 8), ("0b", 2)] {
        if let Some(value) =
            text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok())
        {
            let message = format!("`{literal}` is neither decimal nor hexadecimal");
            return Err((
                message,
                format!("Kconfig reads no other numbers: write `{value}` or `{value:#x}`"),
            ));
        }
    }
    match text.parse::<i64>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err((format!("`{literal}` does not fit 64 bits"), "write a smaller number".into())),
    }
}
