//! What a frozen manifest freezes, told by the tree's own `tools/manifestfile.py`, and whether it keeps the port's own.
//!
//! Manifests are Python and may be written in any way, so none is read by pattern. Nothing is compiled, and no
//! `__pycache__` appears in the tree.

use super::codes;
use super::port::{Port, Sources};
use super::tree::Checkout;
use crate::diagnostic::{Diagnostic, Diagnostics, plural, quoted_list};
use crate::process::{self, Invocation, Said, TooLong};
use crate::source::Place;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A Python file that is frozen into the firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Its name on the device: `_boot.py`, `umqtt/simple.py`.
    pub target: String,
    /// Absolute.
    pub source: PathBuf,
}

/// What a manifest freezes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrozenManifest {
    /// In the manifest's order; a target that is frozen twice is here twice.
    pub files: Vec<Frozen>,
    /// Every manifest that was run, this one included, sorted.
    pub manifests: Vec<PathBuf>,
    /// Folders that the manifest adds as C modules (`c_module`, after MicroPython v1.28).
    pub c_modules: Vec<PathBuf>,
    /// Packages that could not be looked up, since `lib/micropython-lib` is not checked out.
    pub unresolved: Vec<String>,
    /// Whether it includes the port's own manifest, or freezes a `_boot.py` by itself; also where it failed, and so
    /// could not tell.
    pub boots: bool,
}

/// How long a manifest may run; a real one takes a tenth of a second.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Default, Deserialize)]
struct Answer {
    error: Option<String>,
    #[serde(rename = "where")]
    place: Option<(PathBuf, u32)>,
    files: Vec<(String, PathBuf)>,
    manifests: Vec<PathBuf>,
    c_modules: Vec<PathBuf>,
    unresolved: Vec<String>,
    has_library: bool,
}

/// Runs a manifest for a board folder (`$(BOARD_DIR)`) and tells what it freezes.
///
/// # Errors
/// When Python cannot be run or the tree's manifestfile.py is none. What is wrong with the manifest is a finding.
pub fn manifest_files(
    checkout: &Checkout,
    manifest: &Path,
    board_folder: &Path,
    python: &Path,
) -> Result<(FrozenManifest, Diagnostics)> {
    let root = &checkout.root;
    let variables = [
        ("MPY_DIR", root.clone()),
        ("MPY_LIB_DIR", root.join("lib/micropython-lib")),
        ("PORT_DIR", checkout.port.clone()),
        ("BOARD_DIR", board_folder.to_owned()),
    ];
    let variables: Vec<String> =
        variables.iter().map(|(name, path)| format!("{name}={}", path.display())).collect();
    let script = include_str!("manifest.py");
    let paths = [root, manifest].map(|path| path.display().to_string());
    // -I: no user packages; -B: no __pycache__ in the tree; utf8: manifests are UTF-8 whatever the locale.
    let flags = ["-I", "-B", "-X", "utf8", "-c", script].map(str::to_owned);
    let invocation = Invocation {
        program: python.to_owned(),
        args: flags.into_iter().chain(paths).chain(variables).collect(),
        cwd: checkout.port.clone(),
        env: process::environment(),
    };
    let answer = match process::capture(&invocation, LIMIT) {
        Ok(said) => answer(&said)?,
        Err(error) if error.is::<TooLong>() => Answer {
            error: Some(format!("it did not end within {} s", LIMIT.as_secs())),
            ..Answer::default()
        },
        Err(error) => return Err(error.context(format!("cannot run `{}`", python.display()))),
    };
    let diagnostics = diagnostics(&answer, manifest);
    Ok((frozen(checkout, answer), diagnostics))
}

/// A manifest may print; the answer is the last line.
fn answer(said: &Said) -> Result<Answer> {
    let line = said.stdout.lines().next_back();
    line.and_then(|line| serde_json::from_str(line).ok())
        .with_context(|| format!("tools/manifestfile.py of the tree gave no answer: {}", said.stderr.trim()))
}

/// The finding that a manifest leaves out the port's own, so that no filesystem is mounted at start; `place` is where
/// the manifest was named.
pub fn check_port_manifest(
    frozen: &FrozenManifest,
    manifest: &Path,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    if frozen.boots {
        return None;
    }
    let shown = manifest.display();
    let message = format!("manifest `{shown}` leaves out the port's own: nothing freezes `_boot.py`");
    let own = Sources::default().get(manifest).line(1);
    let mut diagnostic = Diagnostic::error(&codes::MANIFEST_WITHOUT_PORT, message).at(&own);
    if let Some(place) = place {
        diagnostic = diagnostic.label(place, "named here");
    }
    Some(
        diagnostic
            .because("`_boot.py` mounts the filesystem at start; without it there is none")
            .help("add the line `include(\"$(PORT_DIR)/boards/manifest.py\")`"),
    )
}

impl Port {
    /// The manifest that is frozen unless the user names one.
    pub fn manifest_path(&self, checkout: &Checkout) -> PathBuf {
        self.manifest.as_ref().map_or_else(|| checkout.default_manifest(), |manifest| manifest.value.clone())
    }
}

fn frozen(checkout: &Checkout, answer: Answer) -> FrozenManifest {
    let own = checkout.default_manifest();
    let boots = answer.error.is_some()
        || answer.manifests.contains(&own)
        || answer.files.iter().any(|(target, _)| target == "_boot.py");
    FrozenManifest {
        files: answer.files.into_iter().map(|(target, source)| Frozen { target, source }).collect(),
        manifests: answer.manifests,
        c_modules: answer.c_modules,
        unresolved: answer.unresolved,
        boots,
    }
}

fn diagnostics(answer: &Answer, manifest: &Path) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    if let Some(error) = &answer.error {
        let code = if is_unknown_package(error, answer.has_library) {
            &codes::UNKNOWN_PACKAGE
        } else {
            &codes::MANIFEST_FAILED
        };
        let place = match &answer.place {
            Some((file, line)) => Sources::default().get(file).line(*line),
            None => Sources::default().get(manifest).whole(),
        };
        diagnostics.push(
            Diagnostic::error(code, format!("frozen manifest fails: {}", error.trim_end_matches('.')))
                .at(&place)
                .help("mend the line: the build runs the same manifest"),
        );
    }
    if !answer.unresolved.is_empty() {
        let names = quoted_list(answer.unresolved.iter().map(String::as_str), "and");
        diagnostics.push(
            Diagnostic::warning(
                &codes::REQUIRE_UNRESOLVED,
                format!(
                    "{} cannot be looked up: {names}",
                    plural(answer.unresolved.len(), "required package")
                ),
            )
            .because("the submodule `lib/micropython-lib` of the MicroPython tree is not checked out")
            .help("fetch it: `git submodule update --init lib/micropython-lib` in the MicroPython tree"),
        );
    }
    diagnostics
}

/// `require` of a package that is in none of the library's folders: how each release's manifestfile.py words it.
fn is_unknown_package(error: &str, has_library: bool) -> bool {
    has_library
        && (error.starts_with("Library not found") || error.contains("not found in any known library"))
}
