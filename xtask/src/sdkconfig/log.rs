//! What Kconfig said about a symbol in the configure log.
//!
//! The lines come in a varying order and from two generations of kconfiglib (esp-idf-kconfig 1.5 and 2.5); what is not
//! recognised is no reason, and no error.

use std::collections::BTreeMap;

/// Why Kconfig did not take a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    Unknown,
    Replaced(String),
    /// The range, `[1, 9]`.
    OutOfRange(String),
    NotOfType,
}

/// Reasons by symbol.
pub(super) fn reasons(lines: &[String]) -> BTreeMap<String, Reason> {
    lines.iter().filter_map(|line| reason(line)).collect()
}

fn reason(line: &str) -> Option<(String, Reason)> {
    let after = |mark: &str| line.split_once(mark).map(|parts| parts.1);
    let name = |rest: &str| -> Option<String> {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    if let Some(rest) = after("unknown kconfig symbol '").or_else(|| after("to the undefined symbol ")) {
        return Some((name(rest)?, Reason::Unknown));
    }
    if let Some((before, new)) = line.split_once(" was replaced with CONFIG_") {
        let old = before.rsplit_once("CONFIG_")?.1;
        return Some((name(old)?, Reason::Replaced(name(new)?)));
    }
    if let Some((before, range)) = line.split_once("being outside the active range (") {
        let on = before.split_once(" symbol ")?.1;
        return Some((name(on)?, Reason::OutOfRange(range.split(')').next()?.to_owned())));
    }
    let bad = after("is invalid for ")
        .or_else(|| after("malformed string literal in assignment to "))
        .or_else(|| {
            after("is not a valid value for the ").and_then(|rest| rest.split_once("symbol ").map(|p| p.1))
        })?;
    Some((name(bad)?, Reason::NotOfType))
}
