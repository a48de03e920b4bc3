//! An sdkconfig fragment: the file that a board names in SDKCONFIG_DEFAULTS.
//!
//! It is read as kconfgen reads a defaults file (esp-idf-kconfig v1.5 and v2.5: `kconfgen/core.py` strips each line and
//! completes an empty assignment; `_load_config` of kconfiglib then matches it). What Kconfig would drop with at most a
//! warning is an error here. It reads no types, so an `n` for a string is not found here, and no rename files.

use super::codes;
use super::layer::Assignment;
use super::value::{Off, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, plural};
use crate::source::{Place, Source};

/// The assignments of a fragment, in order.
#[derive(Debug, Clone, Default)]
pub struct Fragment {
    pub assignments: Vec<Assignment>,
}

/// Reads a fragment. A line that Kconfig would not take is an error; the others are kept.
pub fn parse(source: &Source) -> (Fragment, Diagnostics) {
    let mut fragment = Fragment::default();
    let mut findings = Diagnostics::default();
    let mut block = Block::default();
    if let Some(place) = byte_order_mark(source) {
        let text = "the file begins with a byte order mark";
        findings.push(
            Diagnostic::warning(&codes::BYTE_ORDER_MARK, text)
                .at(&place)
                .because("Kconfig would not read the first line; this tool does")
                .help("save the file as UTF-8 without a byte order mark"),
        );
    }
    for place in lines(source) {
        if block.skips(&place) {
            continue;
        }
        match read_line(&place) {
            Line::Nothing => {}
            Line::Set(symbol, value, finding) => {
                findings.0.extend(finding);
                fragment.assignments.push(Assignment { symbol, value, place });
            }
            Line::Bad(finding) => findings.push(finding),
        }
    }
    findings.0.extend(block.finding());
    findings.0.extend(final_newline(source));
    (fragment, findings)
}

/// The same findings as notes: for MicroPython's own fragments, which are not the user's to mend.
pub fn as_notes(findings: Diagnostics) -> Diagnostics {
    Diagnostics(
        findings.into_iter().map(|finding| Diagnostic { severity: Severity::Note, ..finding }).collect(),
    )
}

/// The lines that are not blank, without the white space around them. A line ends as Python's universal newlines
/// have it: `\n`, `\r\n`, or `\r` alone.
fn lines(source: &Source) -> impl Iterator<Item = Place> {
    let text = source.text();
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(start..).unwrap_or_default();
    body.split(['\n', '\r']).filter_map(move |line| {
        let left = line.len() - line.trim_start_matches(is_space).len();
        let trimmed = line.trim_matches(is_space);
        let begin = start + left;
        start += line.len() + 1;
        (!trimmed.is_empty()).then(|| source.place(begin..begin + trimmed.len()))
    })
}

/// What Python's `str.strip` strips; it counts the four separators U+001C to U+001F, Rust does not.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn byte_order_mark(source: &Source) -> Option<Place> {
    source.text().starts_with('\u{feff}').then(|| source.line(1))
}

fn final_newline(source: &Source) -> Option<Diagnostic> {
    let text = source.text();
    if text.trim_matches(is_space).is_empty() || text.ends_with(['\n', '\r']) {
        return None;
    }
    let last = source.place(text.trim_end_matches(is_space).len()..text.len());
    Some(
        Diagnostic::warning(&codes::NO_FINAL_NEWLINE, "the last line has no line end")
            .at(&source.line(last.line()))
            .because("MicroPython's CMake glues the next fragment to it, and both lines are lost; this tool reads both")
            .help("end the file with a line end"),
    )
}

/// The block of old names that Kconfig appends to a full sdkconfig: in it, kconfgen does not apply renames, so its
/// lines set nothing (v2.5 `DeprecatedOptions.replace`).
#[derive(Default)]
struct Block {
    inside: bool,
    begin: Option<Place>,
    skipped: usize,
}

const BLOCK_BEGIN: &str = "# Deprecated options for backward compatibility";
const BLOCK_END: &str = "# End of deprecated options";

impl Block {
    fn skips(&mut self, place: &Place) -> bool {
        let line = place.text();
        if line.contains(BLOCK_BEGIN) {
            self.inside = true;
            self.begin.get_or_insert_with(|| place.clone());
            return true;
        }
        if line.contains(BLOCK_END) {
            self.inside = false;
            return true;
        }
        self.skipped += usize::from(self.inside);
        self.inside
    }

    fn finding(self) -> Option<Diagnostic> {
        let place = self.begin?;
        let count = plural(self.skipped, "line");
        let text = format!("{count} of the block of deprecated options not read");
        Some(
            Diagnostic::note(&codes::DEPRECATED_BLOCK, text)
                .at(&place)
                .help("keep only the lines that differ from the defaults"),
        )
    }
}

enum Line {
    Nothing,
    Set(String, Value, Option<Diagnostic>),
    Bad(Diagnostic),
}

fn read_line(place: &Place) -> Line {
    let line = place.text();
    if line.starts_with('#') {
        return read_comment(place);
    }
    let Some(rest) = line.strip_prefix("CONFIG_") else {
        return Line::Bad(garbage(place));
    };
    let Some((name, text)) = rest.split_once('=') else {
        return Line::Bad(garbage(place));
    };
    if let Some(finding) = bad_name(place, name, text) {
        return Line::Bad(finding);
    }
    match read_value(place, name, text) {
        Ok((value, finding)) => Line::Set(name.into(), value, finding),
        Err(finding) => Line::Bad(*finding),
    }
}

/// `# CONFIG_X is not set` sets a value; Kconfig looks at the beginning of the line only.
fn read_comment(place: &Place) -> Line {
    let line = place.text();
    if let Some((name, rest)) = line.strip_prefix("# CONFIG_").and_then(|rest| rest.split_once(' '))
        && let Some(after) = rest.strip_prefix("is not set")
        && is_name(name)
    {
        let finding = (!after.is_empty()).then(|| loosely(place, name, "n", after));
        return Line::Set(name.into(), Value::Off(Off::NotSet), finding);
    }
    let body = line.trim_start_matches('#').trim_matches(is_space);
    let mut words = body.split_whitespace();
    let name = words.next().and_then(|word| word.strip_prefix("CONFIG_")).filter(|name| is_name(name));
    if let Some(name) = name
        && words.eq(["is", "not", "set"])
    {
        let text = format!("`{line}` is a plain comment and sets nothing");
        return Line::Bad(Diagnostic::warning(&codes::COMMENT_NOT_SET, text).at(place).help(format!(
            "write `# CONFIG_{name} is not set`, with one space at each place, or `CONFIG_{name}=n`"
        )));
    }
    Line::Nothing
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn garbage(place: &Place) -> Diagnostic {
    let line = place.text();
    let finding = Diagnostic::error(&codes::UNREADABLE_LINE, format!("cannot read `{}`", shortened(line)))
        .at(place)
        .because(
            "expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line",
        );
    match line.split_once('=') {
        Some((name, value)) if is_name(name) && !name.starts_with("CONFIG") => {
            finding.help(format!("did you mean `CONFIG_{name}={}`?", shortened(value)))
        }
        _ => finding.help("mend or remove the line"),
    }
}

fn bad_name(place: &Place, name: &str, text: &str) -> Option<Diagnostic> {
    let bare = name.trim_matches(is_space);
    if bare != name && is_name(bare) || (is_name(name) && text.starts_with(is_space)) {
        let value = text.trim_matches(is_space);
        let message = format!("white space around the `=` of `{bare}`");
        return Some(
            Diagnostic::error(&codes::SPACE_AROUND_EQUALS, message)
                .at(place)
                .because("Kconfig takes the space for a part of the name or of the value and drops the line")
                .help(format!("write `CONFIG_{bare}={}`", shortened(value))),
        );
    }
    if !is_name(name) {
        return Some(garbage(place));
    }
    let single = name.trim_start_matches("CONFIG_");
    (single != name).then(|| {
        Diagnostic::error(&codes::DOUBLED_PREFIX, format!("`CONFIG_{name}` has its prefix twice"))
            .at(place)
            .help(format!("write `CONFIG_{single}={}`", shortened(text)))
    })
}

type Read = Result<(Value, Option<Diagnostic>), Box<Diagnostic>>;

fn read_value(place: &Place, name: &str, text: &str) -> Read {
    if let Some(at) = text.find("CONFIG_").filter(|_| !text.starts_with('"')) {
        let (head, tail) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
        return Err(Box::new(glued(place, name, head, tail)));
    }
    match text.chars().next() {
        None => Ok((Value::Off(Off::Empty), None)),
        Some('"') => read_string(place, name, text),
        Some(first @ ('y' | 'n')) => {
            let rest = text.get(1..).unwrap_or_default();
            let value = if first == 'y' { Value::On } else { Value::Off(Off::No) };
            if rest.is_empty() {
                return Ok((value, None));
            }
            let comment = rest.trim_start_matches(is_space).starts_with('#');
            if comment || matches!(text, "yes" | "no") {
                let dropped = if comment { rest } else { text };
                return Ok((value, Some(loosely(place, name, &first.to_string(), dropped))));
            }
            Err(Box::new(unquoted(place, name, text)))
        }
        Some(_) => match Value::number(text) {
            Some(value) => Ok((value, None)),
            None => Err(Box::new(unquoted(place, name, text))),
        },
    }
}

/// A string ends at the first quote without a backslash before it; Kconfig ignores what follows.
fn read_string(place: &Place, name: &str, text: &str) -> Read {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            '"' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                if rest.is_empty() {
                    return Ok((Value::Str(value), None));
                }
                if let Some(tail) = rest.strip_prefix("CONFIG_") {
                    let head = text.get(..=at).unwrap_or_default();
                    return Err(Box::new(glued(place, name, head, &format!("CONFIG_{tail}"))));
                }
                let kept = Value::Str(value);
                let finding = loosely(place, name, &kept.to_string(), rest);
                return Ok((kept, Some(finding)));
            }
            c => value.push(c),
        }
    }
    let message = format!("the string `{}` has no closing quote", shortened(text));
    Err(Box::new(
        Diagnostic::error(&codes::UNREADABLE_VALUE, message)
            .at(place)
            .because("Kconfig drops the line")
            .help("close it with `\"`; within it write `\\\"` for a quote and `\\\\` for a backslash"),
    ))
}

fn loosely(place: &Place, name: &str, kept: &str, dropped: &str) -> Diagnostic {
    let dropped = shortened(dropped.trim_matches(is_space));
    if matches!(dropped.as_str(), "yes" | "no") {
        let message = format!("`{dropped}` of `{name}` is read as `{kept}`");
        return Diagnostic::warning(&codes::LOOSE_VALUE, message)
            .at(place)
            .help(format!("write `CONFIG_{name}={kept}`"));
    }
    Diagnostic::warning(
        &codes::LOOSE_VALUE,
        format!("`{name}` is read as `{kept}`; `{dropped}` after it is ignored"),
    )
    .at(place)
    .help("put a comment on a line of its own")
}

fn glued(place: &Place, name: &str, head: &str, tail: &str) -> Diagnostic {
    let message = format!("two lines in one: `CONFIG_{name}={}` and `{}`", shortened(head), shortened(tail));
    Diagnostic::error(&codes::GLUED_LINES, message)
        .at(place)
        .because("Kconfig loses at least one of them")
        .help("put each on a line of its own")
}

fn unquoted(place: &Place, name: &str, text: &str) -> Diagnostic {
    let message = format!("cannot read the value `{}` of `{name}`", shortened(text));
    let finding = Diagnostic::error(&codes::UNREADABLE_VALUE, message).at(place);
    if Value::number(&format!("0x{text}")).is_some() {
        return finding
            .because("a hex symbol takes it for a number; of any other Kconfig drops the line")
            .help(format!("write `CONFIG_{name}=0x{text}`, or `CONFIG_{name}=\"{text}\"` for a string"));
    }
    let finding = finding.because(
        "expected `y`, `n`, a number such as `4` or `0x10`, or a string in quotes; Kconfig drops the line",
    );
    let bare = text.split('#').next().unwrap_or_default().trim_matches(is_space);
    match text {
        "m" | "M" => finding.help("ESP-IDF has no modules: write `y` or `n`"),
        "Y" | "N" => finding.help(format!("write `{}`", text.to_ascii_lowercase())),
        "true" | "True" | "TRUE" | "on" => finding.help(format!("write `CONFIG_{name}=y`")),
        "false" | "False" | "FALSE" | "off" => finding.help(format!("write `CONFIG_{name}=n`")),
        _ if bare != text && Value::number(bare).is_some() => {
            finding.help(format!("write `CONFIG_{name}={bare}`, and the comment on a line of its own"))
        }
        _ => {
            let inner = text.trim_matches('\'');
            finding.help(format!("for a string, write `CONFIG_{name}={}`", Value::Str(shortened(inner))))
        }
    }
}

/// For messages: at most 60 characters.
fn shortened(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}
