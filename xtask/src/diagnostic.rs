//! What is wrong with the user's input: a value with a stable code, its places, and the next thing to do.
//!
//! Functions collect [`Diagnostics`] and go on, so that one run tells everything. Showing them is `render`'s work;
//! failures of the world (a missing program, a full disk) are `anyhow` errors and no diagnostics.

use crate::source::Place;
use serde::Serialize;

/// A kind of finding: the stable name of a rule. Documented by `cargo xtask explain`.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `E` and four digits.
    pub id: &'static str,
    /// The rule in a few words, without a final period.
    pub title: &'static str,
    /// What it means and what to do: a few full sentences.
    pub explanation: &'static str,
}

/// Declares an area's codes, and `ALL`, the list of them.
#[macro_export]
macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: $crate::diagnostic::Code =
                $crate::diagnostic::Code { id: $id, title: $title, explanation: $explanation };
        )*
        /// Every code of this area.
        pub static ALL: &[&$crate::diagnostic::Code] = &[$(&$name),*];
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub place: Place,
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    pub severity: Severity,
    /// What was found, in lower case, with both sides and both numbers.
    pub message: String,
    /// The first label is where it is; the others are what it conflicts with.
    pub labels: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// The next action.
    pub help: Vec<String>,
}

impl Diagnostic {
    pub fn new(code: &'static Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    pub fn error(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    pub fn warning(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    pub fn note(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// Adds a place; the first one is where the finding is.
    #[must_use]
    pub fn at(self, place: &Place) -> Self {
        self.label(place, "")
    }

    #[must_use]
    pub fn label(mut self, place: &Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place: place.clone(), text: text.into() });
        self
    }

    #[must_use]
    pub fn because(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Where the finding is, if it is in a file.
    pub fn place(&self) -> Option<&Place> {
        self.labels.first().map(|label| &label.place)
    }
}

/// Findings in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Sorts by file, line and column; what has no place comes last. A finding made twice is kept once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort_by_key(|d| match d.place() {
            Some(place) => (0, place.path().to_owned(), place.span.start),
            None => (1, std::path::PathBuf::new(), 0),
        });
        self.0.dedup();
        self
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The known names nearest to `name` by spelling, best first; at most three.
///
/// A name is near when it differs only in case or separators, is a beginning of the other, or when at least 70 % of
/// it agrees (Jaro-Winkler similarity above 0.85, or an edit distance of at most a third of its length).
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = fold(name);
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let other = fold(candidate);
            let similarity = strsim::jaro_winkler(&folded, &other);
            let distance = strsim::osa_distance(&folded, &other);
            let near = folded == other || similarity > 0.85 || distance * 3 <= folded.chars().count();
            near.then_some((distance as f64 - similarity, candidate))
        })
        .collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    scored.into_iter().map(|s| s.1).take(3).collect()
}

/// The help for an unknown name: the nearest known ones, else the whole list when it is short.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    let near = nearest(name, known.clone());
    if !near.is_empty() {
        return Some(format!("did you mean {}?", quoted_list(near, "or")));
    }
    let all: Vec<&str> = known.into_iter().collect();
    match all.len() {
        0 => None,
        1..=12 => Some(format!("known: {}", quoted_list(all, "and"))),
        _ => None,
    }
}

/// `` `a`, `b` and `c` ``.
pub fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

/// `1 board`, `2 boards`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_prefers_the_smallest_difference() {
        let known = ["ESP32_GENERIC", "ESP32_GENERIC_S2", "ESP32_GENERIC_S3", "UM_PROS3"];
        assert_eq!(nearest("esp32-generic-s3", known).first(), Some(&"ESP32_GENERIC_S3"));
        assert_eq!(nearest("UM_PRO3", known).first(), Some(&"UM_PROS3"));
        assert_eq!(nearest("zzz", known), Vec::<&str>::new());
    }

    #[test]
    fn a_short_list_is_shown_when_nothing_is_near() {
        assert_eq!(did_you_mean("otaa", ["ota", "single"]).as_deref(), Some("did you mean `ota`?"));
        assert_eq!(did_you_mean("zzz", ["ota", "single"]).as_deref(), Some("known: `ota` and `single`"));
    }
}
