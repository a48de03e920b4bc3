//! A board as MicroPython's CMake files describe it, each value with the line that it comes from.
//!
//! Built from an evaluation; it runs nothing. It reads the CMake files for their lines, and sees which files exist.

use super::codes;
use super::script::{self, GIVEN, Scope};
use super::trace::{Evaluation, Event, elements};
use super::tree::Checkout;
use super::unread::Unread;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Place, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A value with the place that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub place: Place,
}

/// An sdkconfig fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Absolute.
    pub path: PathBuf,
    /// As SDKCONFIG_DEFAULTS has it.
    pub named: String,
    /// The CMake line that names it.
    pub place: Place,
}

/// What the tree says about a board and variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    pub board: String,
    pub variant: Option<String>,
    /// The board's folder, absolute: MICROPY_BOARD_DIR.
    pub folder: PathBuf,
    /// The variant's own CMake file, or `mpconfigvariant.cmake`, where there is one.
    pub variant_file: Option<PathBuf>,
    /// IDF_TARGET; `esp32` where the board sets none.
    pub target: String,
    /// In the order in which MicroPython concatenates them: later ones win.
    pub fragments: Vec<Fragment>,
    /// MICROPY_DEF_BOARD: C defines, such as `MICROPY_HW_BOARD_NAME="..."`.
    pub defines: Vec<Located<String>>,
    /// MICROPY_FROZEN_MANIFEST, absolute, where the board sets it.
    pub manifest: Option<Located<PathBuf>>,
    /// MICROPY_SOURCE_BOARD: C files.
    pub source_board: Vec<Located<PathBuf>>,
    /// Every other MICROPY_, SDKCONFIG, IDF_ variable that the board's files set: MICROPY_PY_TINYUSB, ...
    pub settings: BTreeMap<String, String>,
    /// Every CMake file that was read, sorted.
    pub cmake_inputs: Vec<PathBuf>,
    /// Files in the user's own board folder that no variant of it reads; empty for a board of the tree.
    pub unread: Vec<Unread>,
}

/// The texts of files that places point into, each read once.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<PathBuf, Source>);

impl Sources {
    pub(super) fn get(&mut self, path: &Path) -> Source {
        let read = || {
            let text = fs_err::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            // A file that cmake could read a moment ago: without its text, its name alone is shown.
            Source::new(path, text.unwrap_or_default())
        };
        self.0.entry(path.to_owned()).or_insert_with(read).clone()
    }
}

/// The values of one evaluation, with findings about files that are not there.
pub(super) fn port(
    checkout: &Checkout,
    scope: &Scope,
    evaluation: &Evaluation,
    sources: &mut Sources,
) -> (Port, Diagnostics) {
    let mut list = |name: &str| located(checkout, scope, evaluation, name, sources);
    let absolute = |named: &str| checkout.port.join(named);
    let fragments: Vec<Fragment> = list("SDKCONFIG_DEFAULTS")
        .into_iter()
        .map(|entry| Fragment { path: absolute(&entry.value), named: entry.value, place: entry.place })
        .collect();
    let path = |entry: Located<String>| Located { value: absolute(&entry.value), place: entry.place };
    let variant_file = script::variant_file(&scope.folder, scope.variant.as_deref());
    let port = Port {
        board: scope.board.clone(),
        variant: scope.variant.clone(),
        folder: scope.folder.clone(),
        defines: list("MICROPY_DEF_BOARD"),
        manifest: list("MICROPY_FROZEN_MANIFEST").into_iter().next().map(path),
        source_board: list("MICROPY_SOURCE_BOARD").into_iter().map(path).collect(),
        target: value(evaluation, "IDF_TARGET").unwrap_or("esp32").to_owned(),
        settings: settings(evaluation),
        cmake_inputs: inputs(checkout, evaluation, &variant_file),
        variant_file: Some(variant_file).filter(|file| has_event_in(evaluation, file) || file.is_file()),
        fragments,
        unread: Vec::new(),
    };
    let diagnostics = missing_files(&port);
    (port, diagnostics)
}

fn value<'a>(evaluation: &'a Evaluation, name: &str) -> Option<&'a str> {
    evaluation.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn has_event_in(evaluation: &Evaluation, file: &Path) -> bool {
    evaluation.events.iter().any(|event| event.file == file)
}

fn settings(evaluation: &Evaluation) -> BTreeMap<String, String> {
    const TAKEN: [&str; 5] = [
        "IDF_TARGET",
        "MICROPY_DEF_BOARD",
        "MICROPY_FROZEN_MANIFEST",
        "MICROPY_SOURCE_BOARD",
        "SDKCONFIG_DEFAULTS",
    ];
    let other = |name: &str| !TAKEN.contains(&name) && !GIVEN.contains(&name);
    evaluation.values.iter().filter(|(name, _)| other(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

fn inputs(checkout: &Checkout, evaluation: &Evaluation, variant_file: &Path) -> Vec<PathBuf> {
    let mut files: BTreeSet<PathBuf> = evaluation.events.iter().map(|event| event.file.clone()).collect();
    // A file without commands leaves no event of its own, but the include of it does.
    let included = evaluation
        .events
        .iter()
        .filter(|event| event.cmd == "include")
        .filter_map(|event| event.args.first());
    files.extend(
        included
            .map(|name| checkout.port.join(name))
            .chain([variant_file.to_owned()])
            .filter(|f| f.is_file()),
    );
    files.into_iter().collect()
}

/// The elements of a list variable, each with the place of the CMake line that brought it in.
fn located(
    checkout: &Checkout,
    scope: &Scope,
    evaluation: &Evaluation,
    variable: &str,
    sources: &mut Sources,
) -> Vec<Located<String>> {
    let Some(value) = value(evaluation, variable) else {
        return Vec::new();
    };
    let origins = origins(&evaluation.events, variable);
    let place = |element: &str, sources: &mut Sources| match origins.get(element) {
        Some(event) => precise(&sources.get(&event.file), event, element, &evaluation.values),
        // What the port's own CMakeLists.txt adds, and no board's file (v1.20).
        None => match checkout.cmakelists.text().find(element) {
            Some(start) => checkout.cmakelists.place(start..start + element.len()),
            None => sources.get(&scope.folder.join("mpconfigboard.cmake")).whole(),
        },
    };
    elements(value)
        .into_iter()
        .map(|element| Located { place: place(&element, sources), value: element })
        .collect()
}

/// Which command brought each element into a list variable. A command that repeats the list so far brings nothing.
fn origins<'a>(events: &'a [Event], variable: &str) -> BTreeMap<String, &'a Event> {
    let mut origins: BTreeMap<String, &Event> = BTreeMap::new();
    for event in events {
        let named = match (event.cmd.as_str(), event.args.as_slice()) {
            ("set", [name, values @ ..]) if name == variable => values,
            ("list", [operation, name, values @ ..]) if name == variable => {
                if operation == "REMOVE_ITEM" {
                    for gone in values.iter().flat_map(|value| elements(value)) {
                        origins.remove(&gone);
                    }
                    continue;
                }
                values
            }
            // A macro or function of a shared file may set the variable by another command.
            (_, arguments) if arguments.iter().any(|argument| argument == variable) => arguments,
            _ => continue,
        };
        for element in named.iter().flat_map(|value| elements(value)) {
            origins.entry(element).or_insert(event);
        }
    }
    origins
}

/// The word of a command that stands for an element: as it is, its file name, or the variable that holds it.
fn precise(source: &Source, event: &Event, element: &str, values: &BTreeMap<String, String>) -> Place {
    let first = source.line(event.line);
    let last = source.line(event.line_end.unwrap_or(event.line));
    let command = source.place(first.span.start..last.span.end);
    let tail = element.rfind('/').and_then(|slash| element.get(slash..));
    let holder = values
        .iter()
        .find(|(name, value)| GIVEN.contains(&name.as_str()) && value.as_str() == element)
        .map(|(name, _)| format!("${{{name}}}"));
    for wanted in [Some(element), tail, element.split('=').next(), holder.as_deref()].into_iter().flatten() {
        if let Some(span) = word_with(command.text(), wanted) {
            let start = command.span.start;
            return source.place(start + span.start..start + span.end);
        }
    }
    first
}

/// The word of a command's text that ends with the wanted text, comments left out.
fn word_with(command: &str, wanted: &str) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for line in command.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        for (found, _) in code.match_indices(wanted) {
            let end = found + wanted.len();
            let is_end = |c: char| c.is_whitespace() || matches!(c, ')' | '"' | '=' | ';');
            if code.get(end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(is_end)) {
                let begin = code
                    .get(..found)
                    .and_then(|before| before.rfind(|c: char| c.is_whitespace() || c == '('));
                return Some(start + begin.map_or(0, |index| index + 1)..start + end);
            }
        }
        start += line.len();
    }
    None
}

fn missing_files(port: &Port) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for fragment in port.fragments.iter().filter(|fragment| !fragment.path.is_file()) {
        let message = format!("sdkconfig fragment `{}` does not exist", fragment.named);
        diagnostics.push(missing_help(
            Diagnostic::error(&codes::MISSING_FRAGMENT, message).at(&fragment.place),
            port,
            &fragment.path,
        ));
    }
    if let Some(manifest) = port.manifest.as_ref().filter(|manifest| !manifest.value.is_file()) {
        let message = format!("frozen manifest `{}` does not exist", manifest.value.display());
        let diagnostic = Diagnostic::error(&codes::MISSING_MANIFEST, message).at(&manifest.place);
        diagnostics.push(missing_help(diagnostic, port, &manifest.value));
    }
    diagnostics
}

/// Says where a file of that name is, or which name beside it is near.
fn missing_help(diagnostic: Diagnostic, port: &Port, path: &Path) -> Diagnostic {
    let diagnostic = diagnostic.because(format!("looked for it at `{}`", path.display()));
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return diagnostic;
    };
    if path.parent() != Some(port.folder.as_path()) && port.folder.join(name).is_file() {
        return diagnostic
            .help(format!("for the file in the board's folder write `${{MICROPY_BOARD_DIR}}/{name}`"));
    }
    let beside: Vec<String> = path
        .parent()
        .and_then(|folder| fs_err::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    match nearest(name, beside.iter().map(String::as_str)).first() {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("write the file, or take the line out"),
    }
}
