//! The JSON schema of `config.toml`, for editors that complete and check it while it is written.
//!
//! It is made from the list of keys that the reader uses. Paths, ids and names of layouts are not in it: `check` knows.

use super::keys::{self, Key, Shape};
use crate::chip::FlashSize;
use serde_json::{Map, Value, json};

/// The schema, ready to be written to `config.schema.json`.
pub fn schema() -> Value {
    let board: Vec<&Key> = keys::BOARD.iter().collect();
    let mut board_table = table(&board, "A board: what `cargo xtask build --board NAME` builds.");
    if let Some(object) = board_table.as_object_mut() {
        object.insert("required".into(), json!(["base"]));
    }
    let plain = |keys: &'static [Key], about: &str| table(&keys.iter().collect::<Vec<_>>(), about);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "config.toml",
        "description": "MicroPython firmware for the ESP32 family: boards, variants and what must be proven of them.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "micropython": plain(keys::MICROPYTHON, "Which MicroPython is built."),
            "esp-idf": plain(keys::ESP_IDF, "Which ESP-IDF it is built with."),
            "build": plain(keys::BUILD, "How every board is built."),
            "board": named("The boards, by name.", board_table),
        },
        "required": ["board"],
    })
}

fn table(keys: &[&Key], about: &str) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

/// A table of tables whose names become file names.
fn named(about: &str, inner: Value) -> Value {
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": false,
        "patternProperties": { "^[a-z0-9][a-z0-9_-]{0,63}$": inner },
    })
}

fn property(key: &Key) -> Value {
    let mut value = match key.shape {
        Shape::Text if key.name == "flash-size" => {
            json!({ "enum": FlashSize::ALL.map(|size| size.to_string()) })
        }
        Shape::Text => json!({ "type": "string" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Size => json!({ "type": ["string", "integer"], "minimum": 0 }),
        Shape::List if key.name == "require" => {
            let words: Vec<Value> = keys::REQUIREMENTS
                .iter()
                .map(|(word, about)| json!({ "const": word, "description": about }))
                .collect();
            json!({ "type": "array", "uniqueItems": true, "items": { "oneOf": words } })
        }
        Shape::List => json!({ "type": "array", "uniqueItems": true, "items": { "type": "string" } }),
        Shape::Symbols => json!({
            "type": "object",
            "additionalProperties": false,
            "patternProperties": { "^(?!CONFIG_)[A-Z0-9_]+$": { "type": ["boolean", "integer", "string"] } },
        }),
        Shape::Tables => {
            return named(key.about, table(&keys::variant_keys(), "An overlay on its board."));
        }
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("description".into(), json!(key.about));
    }
    value
}
