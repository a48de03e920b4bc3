//! Files in a user's own board folder that nothing reads.
//!
//! The story that this rule is for: a folder copied from a board of the tree whose CMake file still names the original's
//! fragments, so that the copy's own are never read. Whether a key of `config.toml` names such a file is for the caller
//! to say; this module knows the CMake side alone.

use super::codes;
use super::port::Port;
use super::tree::Checkout;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file of a kind that MicroPython reads, which no variant of the board reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Absolute.
    pub path: PathBuf,
    /// The CMake line that names a file of the same name elsewhere, and that file.
    pub instead: Option<(Place, PathBuf)>,
}

/// The unread files of a folder, by name; `ports` are all its variants, the bare board included.
pub(super) fn unread(checkout: &Checkout, folder: &Path, ports: &[Port]) -> Vec<Unread> {
    let read: BTreeSet<PathBuf> = ports.iter().flat_map(files_read).map(|path| canonical(&path)).collect();
    let has_manifest =
        ports.iter().filter_map(|port| port.manifest.as_ref()).any(|m| m.value.starts_with(folder));
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
        .into_iter()
        .filter(|name| match name.as_str() {
            "pins.csv" => !checkout.port.join("boards/make-pins.py").is_file(),
            // Another manifest of the folder may include it.
            "manifest.py" => !has_manifest,
            name if name.starts_with("sdkconfig") => true,
            name => name.starts_with("mpconfig") && name.ends_with(".cmake"),
        })
        .map(|name| folder.join(name))
        .filter(|path| !read.contains(&canonical(path)))
        .map(|path| Unread { instead: instead(&path, ports), path })
        .collect()
}

/// The findings about a port's unread files, without those that the caller knows to be `named` by something else.
pub fn unread_diagnostics(port: &Port, named: &BTreeSet<PathBuf>) -> Diagnostics {
    let named: BTreeSet<PathBuf> = named.iter().map(|path| canonical(path)).collect();
    let unread = port.unread.iter().filter(|unread| !named.contains(&canonical(&unread.path)));
    Diagnostics(unread.map(diagnostic).collect())
}

fn diagnostic(unread: &Unread) -> Diagnostic {
    let name = unread.path.file_name().unwrap_or_default().to_string_lossy();
    let text = fs_err::read(&unread.path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let file = Source::new(&unread.path, text.unwrap_or_default()).line(1);
    let mend = format!("`${{MICROPY_BOARD_DIR}}/{name}`");
    if let Some((place, other)) = &unread.instead {
        let message =
            format!("`{name}` in the board folder is never read: the CMake file names another `{name}`");
        return Diagnostic::error(&codes::UNREAD_FILE, message)
            .at(&file)
            .label(place, "reads the other one")
            .because(format!("that line reads `{}`", other.display()))
            .help(format!("write {mend} there, or delete the file that nothing reads"));
    }
    let message = format!("`{name}` in the board folder is never read: no CMake line and no key names it");
    let diagnostic = Diagnostic::error(&codes::UNREAD_FILE, message).at(&file);
    match name.as_ref() {
        "manifest.py" => diagnostic
            .help(format!(
                "add `set(MICROPY_FROZEN_MANIFEST ${{MICROPY_BOARD_DIR}}/{name})` to mpconfigboard.cmake"
            ))
            .help("or name it with the key `manifest`, or delete it"),
        "pins.csv" => diagnostic.help("this MicroPython release reads no `pins.csv`: delete it"),
        name if name.starts_with("sdkconfig") => diagnostic
            .help(format!("add {mend} to SDKCONFIG_DEFAULTS in mpconfigboard.cmake"))
            .help("or name it with the key `fragments`, or delete it"),
        name if name.starts_with("mpconfigvariant") => diagnostic
            .because("this MicroPython release has its variants as `if` blocks in mpconfigboard.cmake")
            .help("include it there under such a condition, or delete it"),
        _ => diagnostic.help("include it in mpconfigboard.cmake, or delete it"),
    }
}

fn files_read(port: &Port) -> Vec<PathBuf> {
    let fragments = port.fragments.iter().map(|fragment| fragment.path.clone());
    let manifest = port.manifest.iter().map(|manifest| manifest.value.clone());
    fragments.chain(manifest).chain(port.cmake_inputs.iter().cloned()).collect()
}

fn instead(path: &Path, ports: &[Port]) -> Option<(Place, PathBuf)> {
    let name = path.file_name()?;
    let fragments = ports.iter().flat_map(|port| &port.fragments).map(|f| (&f.place, &f.path));
    let manifests = ports.iter().filter_map(|port| port.manifest.as_ref()).map(|m| (&m.place, &m.value));
    fragments
        .chain(manifests)
        .find(|(_, other)| other.file_name() == Some(name))
        .map(|(place, other)| (place.clone(), other.clone()))
}

fn canonical(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
