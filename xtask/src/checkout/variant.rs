//! Names of boards and variants: the known ones, the nearest, and what became of renamed boards.
//!
//! What a variant *does* is for cmake to say; here are only names and the findings about them.

use super::codes;
use super::trace::Event;
use super::tree::{Checkout, VariantStyle};
use crate::diagnostic::{Diagnostic, did_you_mean, quoted_list};
use std::collections::BTreeSet;

/// A variant that no board has. Evaluated with it, every comparison of a chain is made and shows in the trace.
pub(super) const PROBE: &str = "xtask-no-such-variant";

/// The variable that names the variant.
const VARIABLE: &str = "MICROPY_BOARD_VARIANT";

/// The names that the conditions in a board's files compare the variant with, from an evaluation with [`PROBE`].
pub(super) fn compared(events: &[Event]) -> BTreeSet<String> {
    let is_variant = |text: &str| text == VARIABLE || text == PROBE;
    let mut names = BTreeSet::new();
    for event in events.iter().filter(|event| matches!(event.cmd.as_str(), "if" | "elseif")) {
        for triple in event.args.windows(3) {
            if let [left, operator, right] = triple
                && operator == "STREQUAL"
            {
                let name = match (is_variant(left), is_variant(right)) {
                    (true, false) => right,
                    (false, true) => left,
                    _ => continue,
                };
                if !name.is_empty() {
                    names.insert(name.clone());
                }
            }
        }
    }
    names
}

/// A board that the tree does not have.
pub(super) fn unknown_board(checkout: &Checkout, name: &str) -> Diagnostic {
    let version = checkout.version;
    let message = format!("MicroPython {version} has no board `{name}`");
    let diagnostic = Diagnostic::error(&codes::UNKNOWN_BOARD, message);
    let names = checkout.boards.iter().map(|board| board.name.as_str());
    if let Some((renamed, variant)) = renamed(checkout, name) {
        let diagnostic = diagnostic
            .because("MicroPython v1.21 renamed the boards `GENERIC...` to `ESP32_GENERIC...`, and made some of them variants");
        return match variant {
            None => diagnostic.help(format!("did you mean `{renamed}`?")),
            Some(variant) => {
                diagnostic.help(format!("did you mean `{renamed}` with the variant `{variant}`?"))
            }
        };
    }
    match did_you_mean(name, names) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("`cargo xtask list --port` names them all"),
    }
}

/// What a board of another era is called here: the board, and the variant that it became.
fn renamed(checkout: &Checkout, name: &str) -> Option<(String, Option<String>)> {
    if let Some(old) = name.strip_prefix("ESP32_").filter(|old| checkout.board(old).is_some()) {
        return Some((old.to_owned(), None));
    }
    let new = format!("ESP32_{name}");
    if !name.starts_with("GENERIC") {
        return None;
    }
    if checkout.board(&new).is_some() {
        return Some((new, None));
    }
    let longest = checkout
        .boards
        .iter()
        .filter_map(|board| Some((board, new.strip_prefix(&board.name)?.strip_prefix('_')?)))
        .max_by_key(|(board, _)| board.name.len());
    let (board, rest) = longest?;
    let known =
        checkout.variant_style == VariantStyle::Conditions || board.variants.iter().any(|v| v == rest);
    known.then(|| (board.name.clone(), Some(rest.to_owned())))
}

/// A variant that the board does not know.
pub(super) fn unknown_variant(
    checkout: &Checkout,
    board: &str,
    variant: &str,
    known: &[String],
) -> Diagnostic {
    let version = checkout.version;
    let message = format!("board `{board}` of MicroPython {version} has no variant `{variant}`");
    let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_VARIANT, message);
    if checkout.variant_style == VariantStyle::Conditions {
        diagnostic = diagnostic.because(format!(
            "MicroPython {version} itself ignores an unknown variant in silence, and builds the bare board"
        ));
    }
    let names = || known.iter().map(String::as_str);
    if known.is_empty() {
        return diagnostic.help(format!("`{board}` has no variants: leave it out"));
    }
    match did_you_mean(variant, names()) {
        Some(help) if help.starts_with("did you mean") && known.len() > 1 => {
            diagnostic.help(help).help(format!("known: {}", quoted_list(names(), "and")))
        }
        _ => diagnostic.help(format!("known: {}", quoted_list(names(), "and"))),
    }
}

/// A variant that the board's files know, but that makes no difference.
pub(super) fn without_effect(board: &str, variant: &str) -> Diagnostic {
    Diagnostic::error(
        &codes::VARIANT_WITHOUT_EFFECT,
        format!("variant `{variant}` of board `{board}` changes nothing: same chip, fragments and defines as without it"),
    )
    .help("leave the variant out, or give it its settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compared_names_are_found_in_every_form() {
        let event = |cmd: &str, args: &[&str]| Event {
            cmd: cmd.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            file: "/b".into(),
            line: 1,
            line_end: None,
        };
        let events = [
            event("if", &["MICROPY_BOARD_VARIANT", "STREQUAL", "OTA"]),
            event("elseif", &[PROBE, "STREQUAL", "A", "OR", "B", "STREQUAL", "MICROPY_BOARD_VARIANT"]),
            event("if", &["IDF_TARGET", "STREQUAL", "esp32"]),
            event("if", &["MICROPY_BOARD_VARIANT", "STREQUAL", ""]),
            event("set", &["MICROPY_BOARD_VARIANT", "STREQUAL", "NO"]),
        ];
        assert_eq!(compared(&events).into_iter().collect::<Vec<_>>(), ["A", "B", "OTA"]);
    }
}
