//! Reads cmake's JSON trace (`--trace-expand --trace-format=json-v1`): the commands that a board's files ran, with file
//! and line, and the values that the script told at the end.
//!
//! Text in, values out. Source of the format: cmake's manual, cmake(1), `--trace-format`.

use super::script::{BEGIN, END, VALUE};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Event {
    pub cmd: String,
    /// Expanded. An unquoted list of several elements is one argument, joined by `;`.
    pub args: Vec<String>,
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
    /// Only where the command spans several lines.
    pub line_end: Option<u32>,
}

/// What one scope of the script did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Evaluation {
    /// The commands of every file but the script's own.
    pub events: Vec<Event>,
    /// Every variable that matters, as CMake holds it.
    pub values: BTreeMap<String, String>,
}

/// The scopes that ended, in order, and whether another one began and did not.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub ended: Vec<Evaluation>,
    pub cut: Option<Evaluation>,
}

/// Reads a trace; `script` is the path of the script that it is of.
///
/// # Errors
/// A line that is no event of the format.
pub(super) fn read(text: &str, script: &Path) -> Result<Trace, String> {
    let mut trace = Trace::default();
    // The first line states the format's version.
    for (number, line) in text.lines().enumerate().skip(1) {
        let event: Event = serde_json::from_str(line)
            .map_err(|error| format!("line {} of cmake's trace: {error}", number + 1))?;
        if event.file != script {
            if let Some(open) = &mut trace.cut {
                open.events.push(event);
            }
            continue;
        }
        match (event.cmd.as_str(), event.args.as_slice()) {
            (BEGIN, _) => trace.cut = Some(Evaluation::default()),
            (END, _) => trace.ended.extend(trace.cut.take()),
            (VALUE, [name, value]) => {
                if let Some(open) = &mut trace.cut {
                    open.values.insert(name.clone(), value.clone());
                }
            }
            _ => {}
        }
    }
    Ok(trace)
}

/// The elements of a CMake list: `;` separates, except when escaped or within square brackets; empty ones are dropped,
/// as CMake drops them from an unquoted argument.
pub(super) fn elements(list: &str) -> Vec<String> {
    let mut elements = vec![String::new()];
    let mut depth = 0_usize;
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&';') => {
                characters.next();
                push(&mut elements, ';');
            }
            ';' if depth == 0 => elements.push(String::new()),
            _ => {
                match character {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                push(&mut elements, character);
            }
        }
    }
    elements.retain(|element| !element.is_empty());
    elements
}

fn push(elements: &mut [String], character: char) {
    if let Some(last) = elements.last_mut() {
        last.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_as_cmake_splits_them() {
        for (list, expected) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a;b;;c;", vec!["a", "b", "c"]),
            ("a\\;b;c", vec!["a;b", "c"]),
            ("N=\"x y\";M=[1;2];o", vec!["N=\"x y\"", "M=[1;2]", "o"]),
            ("a\\b;c", vec!["a\\b", "c"]),
        ] {
            assert_eq!(elements(list), expected, "{list:?}");
        }
    }

    #[test]
    fn a_trace_falls_into_scopes() {
        let event = |cmd: &str, args: &str, file: &str| {
            format!(r#"{{"args":[{args}],"cmd":"{cmd}","file":"{file}","frame":1,"line":3,"time":1.5}}"#)
        };
        let text = [
            r#"{"version":{"major":1,"minor":2}}"#.to_owned(),
            event(BEGIN, "\"0\"", "/s"),
            event("set", r#""A","b""#, "/b.cmake"),
            event(VALUE, r#""A","b;ö""#, "/s"),
            event(END, "", "/s"),
            event(BEGIN, "\"1\"", "/s"),
            event("include", "\"x\"", "/b.cmake"),
        ]
        .join("\n");
        let trace = read(&text, Path::new("/s")).unwrap();
        assert_eq!(trace.ended.len(), 1);
        assert_eq!(trace.ended[0].values["A"], "b;ö");
        assert_eq!(trace.ended[0].events[0].args, ["A", "b"]);
        assert_eq!(trace.cut.unwrap().events[0].cmd, "include");
        assert!(read("{}\nnonsense", Path::new("/s")).unwrap_err().contains("line 2"));
    }
}
