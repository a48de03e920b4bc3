//! Files in a board's folder that MicroPython would read if something named them, and that nothing names.
//!
//! It does not know what the CMake files say: their lines are handed in.

use super::codes;
use super::paths::{Files, PathKind, compared};
use super::types::{Base, Config, Settings};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The unread files of every board's folder.
///
/// `reads` is every file that a CMake line names, with that line: of a board folder all variants' lines belong to it,
/// or else a fragment that only another variant reads is taken for a forgotten one.
pub fn unread(config: &Config, files: &dyn Files, reads: &[(PathBuf, Place)]) -> Diagnostics {
    let mut out = Diagnostics::default();
    let mut named: BTreeSet<PathBuf> = reads.iter().map(|(path, _)| compared(path)).collect();
    let all_settings = || {
        config.boards.iter().flat_map(|board| {
            std::iter::once(&board.settings).chain(board.variants.iter().map(|variant| &variant.settings))
        })
    };
    let mut folders: BTreeSet<PathBuf> =
        config.boards.iter().map(|board| compared(&config.folder.join("boards").join(&board.name))).collect();
    for settings in all_settings() {
        named.extend(named_by(settings));
        if let Some(Base::Folder(folder)) = settings.base.as_ref().map(|base| &base.value) {
            let folder = compared(folder);
            let implied = files.names(&folder).into_iter().filter(|name| implied_by_base(name));
            named.extend(implied.map(|name| folder.join(name)));
            folders.insert(folder);
        }
    }
    for folder in folders {
        let names: BTreeSet<String> = files.names(&folder).into_iter().collect();
        for name in names.iter().filter(|name| is_read_by_micropython(name)) {
            let path = folder.join(name);
            if !named.contains(&path) && files.kind(&path) == PathKind::File {
                out.push(finding(config, &path, name, reads));
            }
        }
    }
    out
}

/// Kinds of files that MicroPython's esp32 port reads from a board folder (ports/esp32 of v1.21 to v1.28).
fn is_read_by_micropython(name: &str) -> bool {
    // `sdkconfig.old` is Kconfig's backup of what menuconfig replaced, and an editor's copies end in `~`.
    let is_backup = name.ends_with('~') || name == "sdkconfig.old";
    let kinds = name == "sdkconfig" || name.starts_with("sdkconfig.") || name.starts_with("mpconfig");
    !is_backup && (kinds || matches!(name, "pins.csv" | "manifest.py"))
}

/// What MicroPython reads from the folder of a board without a line that names it.
fn implied_by_base(name: &str) -> bool {
    let is_variant = name.starts_with("mpconfigvariant") && name.ends_with(".cmake");
    is_variant || matches!(name, "mpconfigboard.cmake" | "mpconfigboard.h" | "pins.csv")
}

fn named_by(settings: &Settings) -> impl Iterator<Item = PathBuf> {
    [&settings.manifest, &settings.header, &settings.pins]
        .into_iter()
        .flatten()
        .chain(&settings.fragments)
        .map(|path| compared(&path.value))
}

fn finding(config: &Config, path: &Path, name: &str, reads: &[(PathBuf, Place)]) -> Diagnostic {
    let folder = path.parent().unwrap_or(path);
    let board = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = path.strip_prefix(&config.folder).unwrap_or(path).display().to_string();
    let mut diagnostic = Diagnostic::error(&codes::UNREAD_FILE, format!("nothing reads `{shown}`"))
        .at(&Source::binary(path).whole());
    let namesake = |(other, _): &&(PathBuf, Place)| other.file_name() == path.file_name();
    // The line of this folder's own CMake file is the one to mend; a line elsewhere is the next best.
    let own = |(_, place): &&(PathBuf, Place)| compared(place.path()).parent() == Some(folder);
    let instead = reads.iter().filter(own).find(namesake).or_else(|| reads.iter().find(namesake));
    if let Some((other, place)) = instead {
        diagnostic = diagnostic.label(place, format!("this line reads {} instead", other.display()));
        if own(&&(other.clone(), place.clone())) {
            let help = format!("write `${{MICROPY_BOARD_DIR}}/{name}` in that line, or remove the file");
            return diagnostic.help(help);
        }
    }
    let owner = config.boards.iter().find(|b| b.name == board);
    let table = owner.map_or("[board.NAME]".to_owned(), |owner| format!("[board.{}]", owner.name));
    let help = match name {
        "manifest.py" => format!("add `manifest = \"{shown}\"` to `{table}`, or remove the file"),
        "pins.csv" => format!("add `pins = \"{shown}\"` to `{table}`, or remove the file"),
        _ if name.starts_with("sdkconfig") => {
            format!("add `fragments = [\"{shown}\"]` to `{table}`, or remove the file")
        }
        _ if name.ends_with(".h") => format!("add `header = \"{shown}\"` to `{table}`, or remove the file"),
        _ => {
            let folder = folder.strip_prefix(&config.folder).unwrap_or(folder).display().to_string();
            format!("name its folder: `base = \"{folder}\"` in `{table}`, or remove the file")
        }
    };
    diagnostic.help(help)
}
