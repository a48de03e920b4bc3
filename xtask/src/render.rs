//! Findings as people read them: message, file, line, caret, reasons and the next thing to do.
//!
//! This module and `report` alone know of colour. Nothing is decided and nothing is written here: the text is returned.

use crate::diagnostic::{Diagnostic, Diagnostics, Label, Severity, plural};
use crate::source::{Place, Source};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

/// A line longer than this many characters is cut around what is marked in it.
const LINE_WIDTH_MAX: usize = 200;

/// Stands for the path above a cut excerpt until its true position takes its place.
const CUT_PATH: &str = "\u{F8FF}";

/// How much of a cut line stays before the caret, in characters.
const CONTEXT_BEFORE: usize = 60;

/// How many characters of a cut line are shown.
const CONTEXT_WIDTH: usize = 120;

/// One finding, without a final newline. Paths are shown relative to `cwd` where that is shorter.
pub fn render(diagnostic: &Diagnostic, color: bool, cwd: &Path) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(LINE_WIDTH_MAX);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let excerpts: Vec<Excerpt> = by_source(&diagnostic.labels).iter().map(|g| Excerpt::new(g, cwd)).collect();
    let mut elements: Vec<Element<'_>> = excerpts.iter().map(Excerpt::element).collect();
    for (level, texts) in [(Level::NOTE, &diagnostic.notes), (Level::HELP, &diagnostic.help)] {
        elements.extend(texts.iter().map(|text| level.clone().message(clean(text)).into()));
    }
    let title = level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.id);
    let mut text = renderer.render(&[title.elements(elements)]);
    for excerpt in excerpts.iter().filter(|excerpt| excerpt.cut) {
        text = excerpt.with_true_position(text);
    }
    text
}

/// `2 errors, 1 warning`; notes are not counted. Empty when there is neither.
pub fn summary(diagnostics: &Diagnostics) -> String {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| plural(count, noun))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A path as it is shown: relative to `cwd` where both share more than the root, else as it is.
pub fn shown(path: &Path, cwd: &Path) -> String {
    if path.is_relative() {
        return path.display().to_string();
    }
    let (path_parts, cwd_parts): (Vec<_>, Vec<_>) = (path.components().collect(), cwd.components().collect());
    let common = path_parts.iter().zip(&cwd_parts).take_while(|(a, b)| a == b).count();
    // The root alone in common: `../../../../usr/share` says less than `/usr/share`.
    if common <= 1 {
        return path.display().to_string();
    }
    let up = cwd_parts.iter().skip(common).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path_parts.into_iter().skip(common)).collect();
    if relative.as_os_str().is_empty() { ".".into() } else { relative.display().to_string() }
}

/// What is shown of one file.
struct Excerpt {
    path: String,
    /// Line and column of the leading mark in the file; `None` for a file without text.
    position: Option<(usize, usize)>,
    /// Number of the first line of `text`.
    line: usize,
    text: String,
    cut: bool,
    marks: Vec<Mark>,
}

struct Mark {
    kind: AnnotationKind,
    span: Range<usize>,
    text: String,
}

impl Excerpt {
    /// The lines from the first mark to the last; long ones are cut.
    fn new(labels: &[(AnnotationKind, &Label)], cwd: &Path) -> Self {
        let places = labels.iter().map(|(_, label)| &label.place);
        let path = places.clone().next().map(|place| shown(place.path(), cwd)).unwrap_or_default();
        let leading = places.clone().next().filter(|place| !place.source.text().is_empty());
        let position = leading.map(|place| (place.line() as usize, place.column() as usize));
        let first = places.clone().min_by_key(|place| place.span.start);
        let last = places.max_by_key(|place| place.span.start);
        let (Some(first), Some(last)) = (first, last) else {
            return Self { path, position, line: 0, text: String::new(), cut: false, marks: Vec::new() };
        };
        let source = &first.source;
        let start = source.line(first.line()).span.start;
        let end = source.line(last.line()).span.end;
        let whole = source.text().get(start..end).unwrap_or_default();
        let mut marks: Vec<Mark> =
            labels.iter().map(|(kind, label)| Mark::new(*kind, label, start)).collect();
        let text = cut_long_lines(whole, &mut marks);
        Self { path, position, line: first.line() as usize, cut: text != whole, text, marks }
    }

    fn element(&self) -> Element<'_> {
        let origin = match self.position {
            Some((line, column)) => Origin::path(self.path.as_str()).line(line).char_column(column),
            None => Origin::path(self.path.as_str()),
        };
        if self.text.is_empty() {
            return origin.into();
        }
        let annotation = |mark: &Mark| -> Annotation<'_> {
            let label = (!mark.text.is_empty()).then(|| clean(&mark.text));
            mark.kind.span(mark.span.clone()).label(label)
        };
        let snippet = Snippet::source(self.text.as_str())
            .line_start(self.line)
            .annotations(self.marks.iter().map(annotation));
        snippet.path(if self.cut { CUT_PATH } else { self.path.as_str() }).into()
    }
}

impl Excerpt {
    /// A cut line has lost its columns: the position that was counted in it gives way to the one in the file.
    fn with_true_position(&self, rendered: String) -> String {
        let Some((before, after)) = rendered.split_once(CUT_PATH) else {
            return rendered;
        };
        let rest = after.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
        let (line, column) = self.position.unwrap_or((self.line, 1));
        format!("{before}{}:{line}:{column}{rest}", self.path)
    }
}

impl Mark {
    /// A place of several lines is marked in its first one only.
    fn new(kind: AnnotationKind, label: &Label, origin: usize) -> Self {
        let Place { source, span } = &label.place;
        let line_end = source.line(label.place.line()).span.end;
        let start = span.start.min(line_end);
        let end = span.end.min(line_end).max(start);
        Self {
            kind,
            span: start.saturating_sub(origin)..end.saturating_sub(origin),
            text: label.text.clone(),
        }
    }
}

/// Groups labels by file, in order; the first label of all is the primary one.
fn by_source(labels: &[Label]) -> Vec<Vec<(AnnotationKind, &Label)>> {
    let mut groups: Vec<(&Source, Vec<(AnnotationKind, &Label)>)> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        match groups.iter_mut().find(|(source, _)| **source == label.place.source) {
            Some((_, group)) => group.push((kind, label)),
            None => groups.push((&label.place.source, vec![(kind, label)])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Cuts lines beyond [`LINE_WIDTH_MAX`] to a window around their first mark, and moves the marks with the text.
fn cut_long_lines(text: &str, marks: &mut [Mark]) -> String {
    let mut out = String::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let range = offset..offset + line.len();
        offset = range.end;
        let here = |mark: &&mut Mark| {
            range.contains(&mark.span.start) || mark.span.start == range.end && range.end == text.len()
        };
        let mut on_line: Vec<&mut Mark> = marks.iter_mut().filter(here).collect();
        let Some(first) = on_line.iter().map(|mark| mark.span.start - range.start).min() else {
            // A line between two marks is folded away; its length does not matter, but its text would be kept.
            out.push_str(if line.chars().count() > LINE_WIDTH_MAX { "...\n" } else { line });
            continue;
        };
        let (window, prefix) = window_of(line, first);
        let base = out.len() + prefix.len();
        for mark in &mut on_line {
            let moved = |at: usize| {
                base + at.saturating_sub(range.start).clamp(window.start, window.end) - window.start
            };
            mark.span = moved(mark.span.start)..moved(mark.span.end);
        }
        out.push_str(prefix);
        out.push_str(line.get(window.clone()).unwrap_or_default());
        if window.end < line.len() {
            out.push_str("...\n");
        }
    }
    if text.ends_with('\n') {
        out
    } else {
        out.strip_suffix("...\n").map(|cut| format!("{cut}...")).unwrap_or(out)
    }
}

/// The bytes of a line that are shown, and what stands for those cut off before them.
fn window_of(line: &str, mark: usize) -> (Range<usize>, &'static str) {
    let width = line.chars().count();
    if width <= LINE_WIDTH_MAX {
        return (0..line.len(), "");
    }
    let column = line.get(..mark).unwrap_or_default().chars().count();
    let from = column.saturating_sub(CONTEXT_BEFORE);
    let at = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset);
    (at(from)..at(from + CONTEXT_WIDTH), if from > 0 { "..." } else { "" })
}

fn clean(text: &str) -> String {
    normalize_untrusted_str(text)
}

#[cfg(test)]
mod tests;
