//! Where ESP-IDF is, which release it is, and how its environment is activated.
//!
//! An environment that the caller has activated is taken as it is; otherwise ESP-IDF's own `idf_tools.py export` says what
//! to add, so that no shell script is sourced. Installing is `setup`'s work.

use super::codes;
use super::environment;
use crate::diagnostic::Diagnostic;
use crate::process::{self, Invocation};
use crate::source::{Place, Source};
use crate::version::Version;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What led to an ESP-IDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    Flag,
    Environment,
    Config,
    Setup,
    StandIn,
}

impl FoundBy {
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "--idf",
            Self::Environment => "IDF_PATH",
            Self::Config => "`[esp-idf] path`",
            Self::Setup => "`cargo xtask setup`",
            Self::StandIn => "--stand-in",
        }
    }
}

/// An ESP-IDF tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idf {
    pub path: PathBuf,
    pub version: Version,
    pub found_by: FoundBy,
}

/// Reads the tree at `path`; `place` is what named it.
///
/// # Errors
/// When it is no ESP-IDF, or its version cannot be read.
pub fn open(path: &Path, found_by: FoundBy, place: Option<&Place>) -> Result<Idf, Box<Diagnostic>> {
    let fail = |found: String| {
        let message = format!("{} (from {}) is no ESP-IDF: {found}", path.display(), found_by.words());
        let diagnostic = Diagnostic::error(&codes::IDF_NOT_A_TREE, message)
            .help("name the root folder of an ESP-IDF checkout, the one with `export.sh`");
        Box::new(match place {
            Some(place) => diagnostic.at(place),
            None => diagnostic,
        })
    };
    let file = path.join("tools/cmake/version.cmake");
    let text =
        fs_err::read_to_string(&file).map_err(|_| fail("it has no `tools/cmake/version.cmake`".into()))?;
    if !path.join("tools/idf.py").is_file() {
        return Err(fail("it has no `tools/idf.py`".into()));
    }
    let version = parse_version(&text)
        .ok_or_else(|| fail(format!("{} sets no IDF_VERSION_MAJOR, _MINOR and _PATCH", file.display())))?;
    Ok(Idf { path: path.to_owned(), version, found_by })
}

/// The version that `tools/cmake/version.cmake` sets (ESP-IDF v5.0 to v6.0).
fn parse_version(text: &str) -> Option<Version> {
    let number = |part: &str| {
        let start = format!("set(IDF_VERSION_{part}");
        let line = text.lines().find_map(|line| line.trim().strip_prefix(&start))?;
        line.trim().trim_end_matches(')').trim().parse::<u16>().ok()
    };
    Some(Version::new(number("MAJOR")?, number("MINOR")?, number("PATCH")?))
}

/// Whether this ESP-IDF may build this MicroPython: `None` when it is listed, else a warning or an error.
///
/// `supported` are the releases that the MicroPython release names; `micropython` is how messages call it.
pub fn judge(idf: &Idf, supported: &[Version], micropython: &str, force: bool) -> Option<Diagnostic> {
    if supported.is_empty() || supported.contains(&idf.version) {
        return None;
    }
    let list: Vec<String> = supported.iter().map(Version::to_string).collect();
    let list = list.join(", ");
    let message =
        |verb: &str| format!("MicroPython {micropython} {verb} ESP-IDF {}; it lists {list}", idf.version);
    let place = Source::binary(idf.path.join("tools/cmake/version.cmake")).whole();
    if supported.iter().any(|version| version.same_minor(idf.version)) {
        return Some(Diagnostic::warning(&codes::IDF_UNTESTED, message("does not list")).at(&place));
    }
    if force {
        let diagnostic = Diagnostic::warning(&codes::IDF_UNSUPPORTED, message("does not support"));
        return Some(diagnostic.at(&place).because("used all the same: `--dangerously-use-unsupported-idf`"));
    }
    let error = Diagnostic::error(&codes::IDF_UNSUPPORTED, message("does not support")).at(&place);
    Some(
        error
            .help("use one of the listed releases: `cargo xtask setup` gets the one that config.toml pins")
            .help("or try it all the same: `--dangerously-use-unsupported-idf`"),
    )
}

/// Whether the caller's environment is this ESP-IDF's, activated: its `idf.py` is on the PATH.
pub fn is_active(idf: &Idf, environment: &BTreeMap<String, String>) -> bool {
    let path = environment.get("PATH").map(String::as_str).unwrap_or_default();
    let found = which::which_in("idf.py", Some(path), "/").ok();
    let same = |found: &Path| {
        let tools = found.parent().and_then(|tools| fs_err::canonicalize(tools).ok());
        tools == fs_err::canonicalize(idf.path.join("tools")).ok()
    };
    environment.contains_key("IDF_PYTHON_ENV_PATH") && found.as_deref().is_some_and(same)
}

/// The command whose output activates this ESP-IDF.
pub fn export(idf: &Idf, environment: &BTreeMap<String, String>) -> Invocation {
    let mut env = environment.clone();
    env.insert("IDF_PATH".into(), idf.path.display().to_string());
    Invocation {
        program: "python3".into(),
        args: vec![
            idf.path.join("tools/idf_tools.py").display().to_string(),
            "export".into(),
            "--format".into(),
            "key-value".into(),
        ],
        cwd: idf.path.clone(),
        env,
    }
}

/// Runs [`export`] and adds what it says; the error has what `idf_tools.py` said.
///
/// # Errors
/// When ESP-IDF's tools are not installed, or Python cannot be run.
pub fn activate(export: &Invocation, environment: &mut BTreeMap<String, String>) -> Result<()> {
    let mut said = String::new();
    let ending = process::stream(export, |line| {
        said.push_str(line);
        said.push('\n');
    })
    .context("ESP-IDF's environment cannot be activated")?;
    if ending != process::Ending::Success {
        let last: Vec<&str> = said.lines().rev().filter(|line| !line.trim().is_empty()).take(6).collect();
        let said: Vec<&str> = last.into_iter().rev().collect();
        anyhow::bail!(
            "ESP-IDF's tools are not installed: `{}` said\n  {}\nrun `cargo xtask setup`, or {}/install.sh",
            export.display(),
            said.join("\n  "),
            export.cwd.display()
        );
    }
    environment::activate(environment, &said);
    Ok(())
}

/// The diagnostic for an ESP-IDF that nothing names.
pub fn missing() -> Diagnostic {
    let message =
        "no ESP-IDF: IDF_PATH is not set, config.toml names no `[esp-idf] path`, and `setup` installed none";
    Diagnostic::error(&codes::IDF_MISSING, message)
        .help("`cargo xtask setup` gets the release that config.toml pins")
        .help("or set IDF_PATH, or `--idf DIR`, to an ESP-IDF that is there")
        .help("or try the tool without ESP-IDF: `--stand-in`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idf(version: &str) -> Idf {
        Idf { path: "/idf".into(), version: version.parse().unwrap(), found_by: FoundBy::Flag }
    }

    #[test]
    fn the_version_is_read_from_cmake() {
        let text = "set(IDF_VERSION_MAJOR 5)\nset(IDF_VERSION_MINOR 5)\nset(IDF_VERSION_PATCH 1)\n";
        assert_eq!(parse_version(text), Some(Version::new(5, 5, 1)));
        assert_eq!(parse_version("set(IDF_VERSION_MAJOR 5)\n"), None);
    }

    #[test]
    fn a_listed_release_passes_a_patch_warns_another_is_refused() {
        let supported = [Version::new(5, 4, 2), Version::new(5, 5, 1)];
        assert_eq!(judge(&idf("5.5.1"), &supported, "v1.28.0", false), None);
        let code = |version, force| judge(&idf(version), &supported, "v1.28.0", force).unwrap();
        assert_eq!(code("5.5.2", false).code, &codes::IDF_UNTESTED);
        let refused = code("5.1.2", false);
        assert_eq!((refused.code, refused.severity.word()), (&codes::IDF_UNSUPPORTED, "error"));
        assert!(refused.message.contains("5.4.2, 5.5.1"));
        assert_eq!(code("5.1.2", true).severity.word(), "warning");
    }

    #[test]
    fn a_folder_that_is_no_idf_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = open(folder.path(), FoundBy::Environment, None).unwrap_err();
        assert!(
            error.message.contains("IDF_PATH") && error.message.contains("version.cmake"),
            "{}",
            error.message
        );
    }
}
