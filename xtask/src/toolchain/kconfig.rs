//! The Kconfig files of an ESP-IDF tree, read once and put together for a chip.
//!
//! There is no cache on the disk: reading and putting together the tree of ESP-IDF v5.5 takes some 0.04 s, and a cache would
//! have to prove that it is fresh. What the files mean is `kconfig`'s matter.

use crate::chip::chips;
use crate::diagnostic::Diagnostic;
use crate::kconfig::{File, Files, Surroundings, Tree, codes};
use crate::sdkconfig::{Absent, Choices, Renames};
use crate::source::Source;
use crate::version::Version;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

/// Files that were read, whatever the trees that they were read for.
#[derive(Debug, Default)]
pub struct Store {
    files: RefCell<BTreeMap<PathBuf, Option<Arc<File>>>>,
}

impl Files for Store {
    fn read(&self, path: &Path) -> Option<Arc<File>> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let file = fs_err::read(path).ok().map(|bytes| Arc::new(parsed(path, bytes)));
        self.files.borrow_mut().insert(path.to_owned(), file.clone());
        file
    }

    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name()) else {
            return Vec::new();
        };
        let name = name.to_string_lossy();
        let mut found: Vec<PathBuf> = folders(folder)
            .into_iter()
            .filter(|path| {
                path.is_file() && path.file_name().is_some_and(|file| matches(&name, &file.to_string_lossy()))
            })
            .collect();
        found.sort();
        found
    }
}

fn parsed(path: &Path, bytes: Vec<u8>) -> File {
    let (text, broken) = match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    };
    let mut file = File::parse(Source::new(path, text));
    if broken {
        let finding = Diagnostic::warning(&codes::NOT_TEXT, "the file is not UTF-8").at(&file.source.whole());
        file.findings.push(finding);
    }
    file
}

/// Whether a name fits a pattern with `*` and `?`. Of several `*` only the last is tried again, which is enough.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // The last `*`, and where in the name it was tried last.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || name.get(n) == Some(c) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, tried)) => {
                    star = Some((at, tried + 1));
                    (p, n) = (at + 1, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Kconfig as one chip of an ESP-IDF has it, with what belongs to it.
#[derive(Debug)]
pub struct ChipKconfig {
    /// IDF_TARGET.
    pub chip: String,
    pub tree: Tree,
    pub renames: Renames,
    pub choices: Choices,
    /// Components that are fetched during configure and are not there yet.
    pub absent: Vec<Absent>,
}

/// The Kconfig files of one ESP-IDF, put together for the chips that are asked for.
#[derive(Debug)]
pub struct Library {
    idf: PathBuf,
    version: Version,
    store: Store,
    /// By chip and by the folders around ESP-IDF's own components.
    chips: RefCell<BTreeMap<(String, Around), Rc<ChipKconfig>>>,
}

/// What a build adds to ESP-IDF's own components.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Around {
    /// MicroPython's `ports/esp32`, whose main component names the components that are fetched.
    pub port: Option<PathBuf>,
    /// `managed_components`, where they are.
    pub fetched: Option<PathBuf>,
}

impl Library {
    /// `None` when `idf` has no Kconfig: it is not there yet.
    pub fn open(idf: &Path, version: Version) -> Option<Self> {
        let there = idf.join("Kconfig").is_file();
        there.then(|| Self {
            idf: idf.to_owned(),
            version,
            store: Store::default(),
            chips: RefCell::default(),
        })
    }

    pub fn version(&self) -> Version {
        self.version
    }

    /// What Kconfig knows for a chip (IDF_TARGET).
    pub fn chip(&self, chip: &str, around: &Around) -> Rc<ChipKconfig> {
        let key = (chip.to_owned(), around.clone());
        if let Some(known) = self.chips.borrow().get(&key) {
            return known.clone();
        }
        let fetched = around.fetched.as_deref().map(folders).unwrap_or_default();
        let main = around.port.as_deref().and_then(|port| main_component(port, chip));
        let mut components = fetched.clone();
        components.extend(main.clone());
        let tree = self.tree(chip, &components);
        let renames = renames(&self.idf, chip, &components);
        let mut absent = main.map(|main| absent(&main, &fetched, chip)).unwrap_or_default();
        absent.extend(empty_submodules(&self.idf));
        let choices = Choices::of_tree(&tree, &renames);
        let known = Rc::new(ChipKconfig { chip: chip.to_owned(), tree, renames, choices, absent });
        self.chips.borrow_mut().insert(key, known.clone());
        known
    }

    /// What Kconfig knew when a build folder was configured: exactly the files that the build lists, and all of ESP-IDF's where it
    /// lists none.
    pub fn configured(&self, chip: &str, build: &Path) -> ChipKconfig {
        let (projbuild, kconfigs) = configured(build).unwrap_or_else(|| self.files(&[]));
        let folder = |file: &PathBuf| file.parent().map(Path::to_owned);
        let own = self.idf.join("components");
        let more: Vec<PathBuf> = projbuild
            .iter()
            .chain(&kconfigs)
            .filter_map(folder)
            .filter(|folder| !folder.starts_with(&own))
            .collect();
        let tree = self.tree_of(chip, projbuild, kconfigs);
        let renames = renames(&self.idf, chip, &more);
        let choices = Choices::of_tree(&tree, &renames);
        ChipKconfig { chip: chip.to_owned(), tree, renames, choices, absent: Vec::new() }
    }

    /// The chips whose tree has a symbol.
    pub fn chips_with(&self, symbol: &str) -> Vec<String> {
        let chips = chips().iter().map(|chip| chip.name.as_str());
        let there = chips.filter(|chip| self.idf.join("components/soc").join(chip).is_dir());
        let have = there.filter(|chip| self.chip(chip, &Around::default()).tree.find(symbol).is_some());
        have.map(str::to_owned).collect()
    }

    /// The tree for a chip, with the Kconfig files of `components` after ESP-IDF's own. ESP-IDF asks all of its components, whether
    /// they are linked or not (v5.5 `tools/cmake/kconfig.cmake`).
    pub fn tree(&self, chip: &str, components: &[PathBuf]) -> Tree {
        let (projbuild, kconfigs) = self.files(components);
        self.tree_of(chip, projbuild, kconfigs)
    }

    /// The `Kconfig.projbuild` and the `Kconfig` files of all components.
    fn files(&self, components: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let mut all = folders(&self.idf.join("components"));
        all.extend(components.iter().cloned());
        let named =
            |name: &str| all.iter().map(|folder| folder.join(name)).filter(|file| file.is_file()).collect();
        let mut kconfigs: Vec<PathBuf> = named("Kconfig");
        let submodules =
            components_data().submodule.keys().map(|folder| self.idf.join(folder).join("Kconfig"));
        kconfigs.extend(submodules.filter(|file| file.is_file()));
        (named("Kconfig.projbuild"), kconfigs)
    }

    /// The tree for a chip of exactly these files, besides ESP-IDF's own top one: those that a configured build lists.
    pub fn tree_of(&self, chip: &str, projbuild: Vec<PathBuf>, kconfigs: Vec<PathBuf>) -> Tree {
        let version = self.version.to_string();
        let variables = [
            ("IDF_PATH", &*self.idf.to_string_lossy()),
            ("IDF_TARGET", chip),
            ("IDF_TOOLCHAIN", "gcc"),
            ("IDF_VERSION", &version),
            ("IDF_INIT_VERSION", &version),
            ("IDF_ENV_FPGA", ""),
        ];
        let lists = [
            ("COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE", projbuild),
            ("COMPONENT_KCONFIGS_SOURCE_FILE", kconfigs),
        ];
        let surroundings = Surroundings {
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            lists: lists.map(|(name, list)| (name.to_owned(), list)).into(),
        };
        Tree::read(&self.idf.join("Kconfig"), surroundings, &self.store)
    }
}

/// The Kconfig files that a configured build read: `kconfigs_projbuild.in` and `kconfigs.in` of its folder.
fn configured(build: &Path) -> Option<(Vec<PathBuf>, Vec<PathBuf>)> {
    let list = |name: &str| {
        let text = fs_err::read_to_string(build.join(name)).ok()?;
        let files = text.lines().filter_map(|line| line.trim().strip_prefix("source \"")?.strip_suffix('"'));
        Some(files.map(PathBuf::from).collect())
    };
    Some((list("kconfigs_projbuild.in")?, list("kconfigs.in")?))
}

/// Former names of symbols for a chip, from `sdkconfig.rename` and `sdkconfig.rename.<chip>` of the tree and of every component
/// (v5.5 `tools/cmake/kconfig.cmake`).
pub fn renames(idf: &Path, chip: &str, components: &[PathBuf]) -> Renames {
    let mut renames = Renames::default();
    let mut all = vec![idf.to_owned()];
    all.extend(folders(&idf.join("components")));
    all.extend(components.iter().cloned());
    for folder in all {
        for name in ["sdkconfig.rename".to_owned(), format!("sdkconfig.rename.{chip}")] {
            if let Ok(text) = fs_err::read_to_string(folder.join(name)) {
                renames.0.extend(Renames::parse(&text).0);
            }
        }
    }
    renames
}

/// MicroPython's main component: `main` from v1.27 on, `main_<chip>` before.
fn main_component(port: &Path, chip: &str) -> Option<PathBuf> {
    let folders = [port.join(format!("main_{chip}")), port.join("main")];
    folders.into_iter().find(|folder| folder.is_dir())
}

/// The components that `idf_component.yml` of the main component asks for on this chip and that are not among the fetched ones.
fn absent(main: &Path, fetched: &[PathBuf], chip: &str) -> Vec<Absent> {
    let text = fs_err::read_to_string(main.join("idf_component.yml")).unwrap_or_default();
    // Each with the conditions in its block.
    let mut named: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let key = line.strip_prefix("  ").filter(|line| !line.starts_with([' ', '#', '-']));
        if let Some((name, _)) = key.and_then(|key| key.split_once(':')) {
            named.push((name.trim_matches(['"', '\'']).to_owned(), Vec::new()));
        } else if let Some(condition) = line.trim().trim_start_matches(['-', ' ']).strip_prefix("if:")
            && let Some((_, conditions)) = named.last_mut()
        {
            conditions.push(condition);
        }
    }
    let asked = named.into_iter().filter(|(name, conditions)| {
        name.contains('/') && !matches!(conditions.as_slice(), [only] if is_for_others(only, chip))
    });
    let there = |name: &str| {
        let folder = name.replace('/', "__");
        fetched.iter().any(|path| path.file_name().is_some_and(|file| *file == *folder))
    };
    asked
        .map(|(name, _)| name)
        .filter(|name| !there(name))
        .filter_map(|name| {
            let prefixes = components_data().component.get(&name).map(|known| known.symbols.clone());
            let defines = prefixes.as_ref().is_none_or(|prefixes| !prefixes.is_empty());
            defines.then_some(Absent { name, prefixes })
        })
        .collect()
}

/// Whether a component's one condition is `target == CHIP` or `target in [CHIPS]` of other chips. Any other may hold: a component
/// too many only makes a finding milder.
fn is_for_others(condition: &str, chip: &str) -> bool {
    let condition = condition.trim().trim_matches(['"', '\'']);
    let Some(rest) = condition.strip_prefix("target ").map(str::trim) else {
        return false;
    };
    let chips = match rest.strip_prefix("==") {
        Some(one) => one,
        None => match rest.strip_prefix("in [").and_then(|rest| rest.strip_suffix(']')) {
            Some(list) => list,
            None => return false,
        },
    };
    let names: Vec<&str> = chips.split(',').map(str::trim).collect();
    let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    names.iter().all(plain) && !names.contains(&chip)
}

/// Components of ESP-IDF whose Kconfig file is in a git submodule that is not checked out.
fn empty_submodules(idf: &Path) -> impl Iterator<Item = Absent> {
    components_data().submodule.iter().filter_map(move |(folder, known)| {
        let there = idf.join(folder).parent().is_some_and(Path::is_dir);
        let empty = there && !idf.join(folder).join("Kconfig").is_file();
        empty.then(|| Absent { name: folder.clone(), prefixes: Some(known.symbols.clone()) })
    })
}

/// `xtask/data/components.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Components {
    component: BTreeMap<String, KnownComponent>,
    /// By its folder in ESP-IDF.
    submodule: BTreeMap<String, KnownComponent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownComponent {
    /// How its symbols begin.
    symbols: Vec<String>,
}

fn components_data() -> &'static Components {
    static DATA: LazyLock<Components> = LazyLock::new(|| {
        toml::from_str(include_str!("../../data/components.toml")).expect("components.toml is well-formed")
    });
    &DATA
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::File::create(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, bytes))
                .unwrap();
        }
        folder
    }

    #[test]
    fn patterns_match_names() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("Kconfig.*", "Kconfig.in", true),
            ("Kconfig.*", "Kconfig", false),
            ("*.in", "a.b.in", true),
            ("a?c", "aüc", true),
            ("a?c", "ac", false),
            ("*a*b", "xaxxab", true),
            ("*a*b", "xaxxa", false),
            ("**", "x", true),
            ("a*", "ba", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
        // As many stars as one likes take no longer.
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
    }

    #[test]
    fn components_come_from_the_tree_the_port_and_what_was_fetched() {
        let yml = b"dependencies:\n  # a comment: no/name\n  espressif/mdns: \"~1.1.0\"\n  espressif/tinyusb:\n    rules:\n      - if: \"x/y\"\n    git: https://host/a.git\n  \
            espressif/lan867x:\n    version: \"1\"\n  other/thing: \"*\"\n  idf:\n    version: \">=5.3.0\"\n";
        let tree = folder(&[
            ("idf/Kconfig", b"source \"$COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE\"\nsource \"$COMPONENT_KCONFIGS_SOURCE_FILE\"\n"),
            ("idf/components/a/Kconfig", b"config A\n bool \"a\"\n"),
            ("idf/components/b/Kconfig.projbuild", b"config B\n bool \"b\"\n"),
            ("idf/components/mqtt/CMakeLists.txt", b""),
            ("idf/components/soc/esp32s3/x", b""),
            ("idf/sdkconfig.rename", b"CONFIG_OLD CONFIG_A\n"),
            ("idf/components/b/sdkconfig.rename.esp32s3", b"CONFIG_OLD_B CONFIG_B\n"),
            ("port/main/idf_component.yml", yml),
            ("fetched/espressif__mdns/Kconfig", b"config MDNS_X\n int \"x\"\n"),
        ]);
        let path = |name: &str| tree.path().join(name);
        let library = Library::open(&path("idf"), Version::new(5, 5, 1)).unwrap();
        let before = library.chip("esp32s3", &Around { port: Some(path("port")), fetched: None });
        let names =
            |known: &ChipKconfig| known.absent.iter().map(|absent| absent.name.clone()).collect::<Vec<_>>();
        // lan867x defines no symbol; mqtt's Kconfig is in a submodule.
        assert_eq!(
            names(&before),
            ["espressif/mdns", "espressif/tinyusb", "other/thing", "components/mqtt/esp-mqtt"]
        );
        assert_eq!(before.absent.iter().filter(|absent| absent.prefixes.is_none()).count(), 1);
        assert!(before.tree.find("A").is_some() && before.tree.find("B").is_some());
        assert!(before.tree.find("MDNS_X").is_none() && before.renames.get("OLD_B").is_some());
        let around = Around { port: Some(path("port")), fetched: Some(path("fetched")) };
        let after = library.chip("esp32s3", &around);
        assert!(after.tree.find("MDNS_X").is_some() && !names(&after).contains(&"espressif/mdns".to_owned()));
        assert!(library.chip("esp32", &around).renames.get("OLD_B").is_none());
        assert_eq!(library.chips_with("A"), ["esp32s3"]);
    }

    #[test]
    fn a_component_of_other_chips_defines_nothing_here() {
        for (condition, others) in [
            (" \"target == esp32p4\"", true),
            (" \"target in [esp32p4, esp32s2]\"", true),
            (" \"target in [esp32s2, esp32s3]\"", false),
            (" target == esp32s3", false),
            (" \"target == esp32p4 || idf_version >=5.3\"", false),
            (" \"target != esp32p4\"", false),
            (" \"target not in [esp32p4]\"", false),
            (" \"idf_version >=5.3\"", false),
            ("", false),
        ] {
            assert_eq!(is_for_others(condition, "esp32s3"), others, "{condition}");
        }
        let yml = b"dependencies:\n  espressif/esp_wifi_remote:\n    rules:\n      - if: \"target == esp32p4\"\n    version: \"1\"\n  \
            espressif/mdns: \"1\"\n  a/b:\n    rules:\n      - if: \"target == esp32p4\"\n      - if: \"idf_version >=5.3\"\n";
        let tree = folder(&[("main/idf_component.yml", yml)]);
        let names = |chip| {
            let found = absent(&tree.path().join("main"), &[], chip);
            found.into_iter().map(|absent| absent.name).collect::<Vec<_>>()
        };
        assert_eq!(names("esp32s3"), ["espressif/mdns", "a/b"]);
        assert_eq!(names("esp32p4"), ["espressif/esp_wifi_remote", "espressif/mdns", "a/b"]);
    }

    #[test]
    fn a_configured_build_tells_its_files() {
        let tree = folder(&[
            ("idf/Kconfig", b"source \"$COMPONENT_KCONFIGS_SOURCE_FILE\"\n"),
            ("idf/components/a/Kconfig", b"config A\n bool \"a\"\n"),
            ("idf/components/b/Kconfig", b"config B\n bool \"b\"\n"),
            ("more/Kconfig", b"config M\n bool \"m\"\n"),
            ("more/sdkconfig.rename", b"CONFIG_OLD CONFIG_M\n"),
        ]);
        let path = |name: &str| tree.path().join(name);
        let build = path("build");
        fs_err::create_dir_all(&build).unwrap();
        let library = Library::open(&path("idf"), Version::new(5, 5, 1)).unwrap();
        // Nothing is configured: all components.
        assert!(library.configured("esp32", &build).tree.find("B").is_some());
        let line = |file: &str| format!("source \"{}\"\n", path(file).display());
        let list = line("idf/components/a/Kconfig") + &line("more/Kconfig");
        for (name, text) in [("kconfigs.in", list.as_str()), ("kconfigs_projbuild.in", "")] {
            crate::fs::write_if_changed(&build.join(name), text.as_bytes()).unwrap();
        }
        let known = library.configured("esp32", &build);
        assert!(
            known.tree.find("A").is_some()
                && known.tree.find("M").is_some()
                && known.tree.find("B").is_none()
        );
        assert!(known.renames.get("OLD").is_some());
    }

    #[test]
    fn err_a_file_that_is_no_text_is_told_and_read() {
        let tree = folder(&[("idf/Kconfig", b"config A\n bool \"\xff\xfe\"\n default y\n")]);
        let library = Library::open(&tree.path().join("idf"), Version::new(5, 5, 1)).unwrap();
        let known = library.tree("esp32", &[]);
        let told: Vec<&str> = known.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, ["the file is not UTF-8"]);
        assert!(known.find("A").is_some());
        assert!(Library::open(tree.path(), Version::new(5, 5, 1)).is_none());
    }
}
