//! The texts of the files that a plan is made from, each read once, so that places in one file share their source.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files read so far.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<PathBuf, Source>);

impl Texts {
    /// The file's text.
    ///
    /// # Errors
    /// When it cannot be read, or is no UTF-8 (with the line of the first bad byte).
    pub fn read(&mut self, path: &Path) -> Result<Source, Diagnostic> {
        if let Some(source) = self.0.get(path) {
            return Ok(source.clone());
        }
        let bytes =
            fs_err::read(path).map_err(|error| Diagnostic::error(&codes::UNREADABLE, error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
        let source = Source::new(path, text);
        self.0.insert(path.to_owned(), source.clone());
        Ok(source)
    }

    /// Every file that was read.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let good = error.utf8_error().valid_up_to();
    let source = Source::new(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
    Diagnostic::error(&codes::UNREADABLE, format!("{} is no UTF-8 text", path.display()))
        .label(&source.place(good..good + 1), "this byte belongs to no character")
        .help("save the file as UTF-8")
}
