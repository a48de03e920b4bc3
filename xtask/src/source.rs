//! A text that the tool reads, and places in it: the file, line and column that every message points at.
//!
//! A `Place` carries its whole source by reference count, so that a value from anywhere can be shown with its line and
//! a caret without a registry of files. This module reads no files: [`Source::new`] takes the text.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A named text. Cloning is cheap.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// A source with its text; `path` is what messages show.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|b| b.1 == b'\n').map(|b| b.0 + 1))
            .collect();
        Self(Arc::new(Inner { path: path.into(), text, line_starts }))
    }

    /// A file whose bytes are not text (an image): places in it show its name alone.
    pub fn binary(path: impl Into<PathBuf>) -> Self {
        Self::new(path, "")
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The place of a range of bytes; a range beyond the text is cut to it.
    pub fn place(&self, span: Range<usize>) -> Place {
        let len = self.0.text.len();
        let start = self.floor(span.start.min(len));
        let end = self.floor(span.end.min(len)).max(start);
        Place { source: self.clone(), span: start..end }
    }

    /// The place of a whole line (from 1), without its line end; a line beyond the text is its end.
    pub fn line(&self, line: u32) -> Place {
        let index = (line.max(1) - 1) as usize;
        let starts = &self.0.line_starts;
        let len = self.0.text.len();
        let start = starts.get(index).copied().unwrap_or(len);
        let end = starts.get(index + 1).copied().unwrap_or(len);
        let text = self.0.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        self.place(start..start + text.len())
    }

    /// The place of the file as a whole.
    pub fn whole(&self) -> Place {
        self.place(0..0)
    }

    fn floor(&self, mut offset: usize) -> usize {
        while !self.0.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.0.line_starts.partition_point(|&start| start <= offset);
        let start = line.checked_sub(1).and_then(|i| self.0.line_starts.get(i)).copied().unwrap_or(0);
        let column = self.0.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        (line as u32, column as u32)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.0.path.display())
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.path == other.0.path && self.0.text == other.0.text)
    }
}

impl Eq for Source {}

/// A range of bytes in a [`Source`].
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub source: Source,
    pub span: Range<usize>,
}

impl Place {
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// Line of the first byte, from 1.
    pub fn line(&self) -> u32 {
        self.source.position(self.span.start).0
    }

    /// Column of the first byte, in characters from 1.
    pub fn column(&self) -> u32 {
        self.source.position(self.span.start).1
    }

    /// The text that the place covers.
    pub fn text(&self) -> &str {
        self.source.text().get(self.span.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// `file:line`, as the origin of a value is written; a file without text is named alone.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.text().is_empty() {
            return write!(f, "{}", self.path().display());
        }
        write!(f, "{}:{}", self.path().display(), self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("a.toml", "x = 1\nü = 2\r\nz");
        let place = source.place(6..8);
        assert_eq!((place.line(), place.column(), place.text()), (2, 1, "ü"));
        assert_eq!(source.line(2).text(), "ü = 2");
        assert_eq!((source.line(3).text(), source.line(9).text()), ("z", ""));
        assert_eq!(source.place(7..400).text(), "ü = 2\r\nz");
    }
}
