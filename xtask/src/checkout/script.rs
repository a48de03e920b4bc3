//! The CMake script that evaluates boards: each board and variant in a function scope of its own, then every variable
//! that matters, as the arguments of a function that does nothing but appear in the trace.
//!
//! Text only: running it is `evaluate`'s work, reading the trace `trace`'s.

use super::tree::{Checkout, VariantStyle};
use crate::version::Version;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One board folder with one variant, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// What MICROPY_BOARD is.
    pub board: String,
    pub folder: PathBuf,
    pub variant: Option<String>,
}

/// The functions whose calls carry the results.
pub(super) const BEGIN: &str = "xtask_begin";
pub(super) const VALUE: &str = "xtask_value";
pub(super) const END: &str = "xtask_end";

/// The variables that the script itself sets: what a board was asked for, not what it answers.
pub(super) const GIVEN: [&str; 9] = [
    "IDF_VERSION",
    "IDF_VERSION_MAJOR",
    "IDF_VERSION_MINOR",
    "IDF_VERSION_PATCH",
    "MICROPY_BOARD",
    "MICROPY_BOARD_DIR",
    "MICROPY_BOARD_VARIANT",
    "MICROPY_PORT_DIR",
    IDF_SPECIFIC,
];

/// Set by the port's CMakeLists.txt of v1.23 and v1.24 before it includes a board, from ESP-IDF 5.2 on.
const IDF_SPECIFIC: &str = "SDKCONFIG_IDF_VERSION_SPECIFIC";
const IDF_SPECIFIC_FILE: &str = "boards/sdkconfig.idf52";
/// Appended by the port's CMakeLists.txt of v1.20 after the board, by ESP-IDF version.
const NIMBLE: [&str; 2] = ["boards/sdkconfig.nimble_core0", "boards/sdkconfig.nimble_core1"];

/// The script for these scopes, in this order.
pub(super) fn script(checkout: &Checkout, idf: Version, scopes: &[Scope]) -> String {
    let mut text = header(checkout, idf);
    for (index, scope) in scopes.iter().enumerate() {
        write_scope(&mut text, checkout, idf, index, scope);
    }
    text
}

fn header(checkout: &Checkout, idf: Version) -> String {
    // 3.17 is the first cmake with JSON traces; script mode needs no later policies than the port's own.
    let mut text = String::from("cmake_minimum_required(VERSION 3.17)\n");
    for name in [BEGIN, VALUE, END] {
        line(&mut text, format_args!("function({name})\nendfunction()"));
    }
    line(
        &mut text,
        format_args!(
            "function(xtask_tell)\n\
             get_cmake_property(xtask_names VARIABLES)\n\
             list(FILTER xtask_names INCLUDE REGEX \"^(MICROPY_|SDKCONFIG|IDF_|USER_C_MODULES|EXTRA_COMPONENT_DIRS)\")\n\
             foreach(xtask_name IN LISTS xtask_names)\n\
             {VALUE}(\"${{xtask_name}}\" \"${{${{xtask_name}}}}\")\n\
             endforeach()\n\
             endfunction()"
        ),
    );
    line(&mut text, format_args!("set(IDF_VERSION {idf})"));
    line(&mut text, format_args!("set(ENV{{IDF_VERSION}} {idf})"));
    for (part, number) in [("MAJOR", idf.major), ("MINOR", idf.minor), ("PATCH", idf.patch)] {
        line(&mut text, format_args!("set(IDF_VERSION_{part} {number})"));
    }
    let port = checkout.cmakelists.text();
    if port.contains("set(MICROPY_PORT_DIR") {
        line(&mut text, format_args!("set(MICROPY_PORT_DIR {})", path(&checkout.port)));
    }
    if port.contains(IDF_SPECIFIC) {
        let file = if idf >= Version::new(5, 2, 0) { IDF_SPECIFIC_FILE } else { "" };
        line(&mut text, format_args!("set({IDF_SPECIFIC} \"{file}\")"));
    }
    text
}

fn write_scope(text: &mut String, checkout: &Checkout, idf: Version, index: usize, scope: &Scope) {
    line(text, format_args!("function(xtask_scope_{index})\n{BEGIN}({index})"));
    line(text, format_args!("set(MICROPY_BOARD {})", bracket(&scope.board)));
    line(text, format_args!("set(MICROPY_BOARD_DIR {})", path(&scope.folder)));
    if let Some(variant) = &scope.variant {
        line(text, format_args!("set(MICROPY_BOARD_VARIANT {})", bracket(variant)));
    }
    line(text, format_args!("include({})", path(&scope.folder.join("mpconfigboard.cmake"))));
    if checkout.variant_style == VariantStyle::Files {
        let optional = if scope.variant.is_none() { " OPTIONAL" } else { "" };
        line(
            text,
            format_args!(
                "include({}{optional})",
                path(&variant_file(&scope.folder, scope.variant.as_deref()))
            ),
        );
    }
    if let [core0, core1] = NIMBLE
        && checkout.cmakelists.text().contains(core1)
    {
        let file = if idf < Version::new(4, 2, 0) { core0 } else { core1 };
        line(text, format_args!("list(APPEND SDKCONFIG_DEFAULTS {file})"));
    }
    line(text, format_args!("xtask_tell()\n{END}({index})\nendfunction()\nxtask_scope_{index}()"));
}

/// The file of a variant, or the one that is included where no variant is asked for (v1.24 on).
pub(super) fn variant_file(folder: &Path, variant: Option<&str>) -> PathBuf {
    folder.join(
        variant.map_or_else(
            || "mpconfigvariant.cmake".to_owned(),
            |name| format!("mpconfigvariant_{name}.cmake"),
        ),
    )
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}

fn path(path: &Path) -> String {
    bracket(&path.display().to_string())
}

/// A CMake bracket argument: nothing in it is expanded or escaped.
fn bracket(value: &str) -> String {
    let mut fence = String::new();
    while value.contains(&format!("]{fence}]")) || value.ends_with(&format!("]{fence}")) {
        fence.push('=');
    }
    format!("[{fence}[{value}]{fence}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_argument_holds_any_value() {
        assert_eq!(bracket("a ${b} \"c\""), "[[a ${b} \"c\"]]");
        assert_eq!(bracket("a]]b"), "[=[a]]b]=]");
        assert_eq!(bracket("a]"), "[=[a]]=]");
    }
}
