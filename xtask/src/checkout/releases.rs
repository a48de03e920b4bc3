//! Which ESP-IDF releases a MicroPython release supports: data per release, and the tree's own lock files.
//!
//! Whether another release is refused or merely warned of is decided by `toolchain`.

use super::tree::{Checkout, MicropythonVersion};
use crate::version::Version;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// The ESP-IDF releases that go with a MicroPython tree and a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdfSupport {
    /// The one that MicroPython itself builds with, if known.
    pub recommended: Option<Version>,
    /// Every one that it lists, ascending; with the recommended one.
    pub listed: Vec<Version>,
    /// Whether the release is one that this tool knows; else the lock file alone speaks.
    pub known_release: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    micropython: String,
    recommended: String,
    idf: Vec<String>,
    submodules: Vec<String>,
}

fn release(version: MicropythonVersion) -> Option<&'static Release> {
    static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct File {
            release: Vec<Release>,
        }
        let file: File = toml::from_str(include_str!("../../data/micropython.toml"))
            .expect("micropython.toml is well-formed");
        file.release
    });
    let minor = format!("{}.{}", version.number.major, version.number.minor);
    RELEASES.iter().find(|release| release.micropython == minor)
}

/// What is supported for this chip: the tree's lock file recommends, where it has one for the chip.
pub(super) fn idf_support(checkout: &Checkout, target: &str) -> IdfSupport {
    let release = release(checkout.version);
    let locked = checkout.locks.get(target).or_else(|| checkout.locks.values().next_back()).copied();
    let stated = release.and_then(|release| release.recommended.parse().ok());
    let recommended = locked.or(stated);
    let mut listed: Vec<Version> =
        release.iter().flat_map(|release| &release.idf).filter_map(|text| text.parse().ok()).collect();
    listed.extend(recommended);
    listed.sort_unstable();
    listed.dedup();
    IdfSupport { recommended, listed, known_release: release.is_some() }
}

/// The submodules that the port compiles, as paths from the top of the tree.
pub(super) fn submodules(version: MicropythonVersion) -> Vec<&'static str> {
    match release(version) {
        Some(release) => release.submodules.iter().map(String::as_str).collect(),
        None => vec!["lib/berkeley-db-1.xx", "lib/micropython-lib"],
    }
}

/// The ESP-IDF release of each `lockfiles/dependencies.lock.<target>` (MicroPython v1.27 on); empty before.
pub(super) fn locks(port: &Path) -> BTreeMap<String, Version> {
    let Ok(entries) = fs_err::read_dir(port.join("lockfiles")) else {
        return BTreeMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let target = entry.file_name().to_str()?.strip_prefix("dependencies.lock.")?.to_owned();
            let text = fs_err::read_to_string(entry.path()).ok()?;
            Some((target, locked_idf(&text)?))
        })
        .collect()
}

/// The version of the entry `idf` under `dependencies` of a component manager's lock file (its version 2.0.0).
fn locked_idf(text: &str) -> Option<Version> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "dependencies:").skip(1);
    let outer = indent(lines.by_ref().find(|line| line.trim() == "idf:" && indent(line) > 0)?);
    lines
        .take_while(|line| indent(line) > outer)
        .find_map(|line| line.trim().strip_prefix("version:"))
        .and_then(|value| value.trim().trim_matches(['\'', '"']).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_well_formed() {
        for minor in 20..=29 {
            let version = MicropythonVersion { number: Version::new(1, minor, 0), preview: false };
            let release = release(version).unwrap();
            assert!(release.recommended.parse::<Version>().is_ok(), "{minor}");
            assert!(release.idf.iter().all(|text| text.parse::<Version>().is_ok()), "{minor}");
            assert!(release.idf.contains(&release.recommended), "{minor}");
        }
    }

    #[test]
    fn the_lock_names_its_idf() {
        let text = "dependencies:\n  espressif/mdns:\n    dependencies:\n    - name: idf\n    version: 1.1.0\n  \
                    idf:\n    source:\n      type: idf\n    version: 5.5.1\nversion: 2.0.0\n";
        assert_eq!(locked_idf(text), Some(Version::new(5, 5, 1)));
        assert_eq!(locked_idf("dependencies:\n  idf:\n    source:\n      type: idf\nversion: 2.0.0\n"), None);
        assert_eq!(locked_idf(""), None);
    }
}
