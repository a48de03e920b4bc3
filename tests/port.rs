//! The port: boards and variants of a MicroPython tree, evaluated by cmake; on small trees of three eras that the tests
//! write, and with `XTASK_TEST_MICROPYTHON` (a folder of checkouts, one a tag) on the real ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;
use xshell::{Shell, cmd};
use xtask::checkout::{Base, Checkout, Port, VariantStyle, codes};
use xtask::checkout::{check_port_manifest, evaluate, evaluate_all, manifest_files, unread_diagnostics};
use xtask::diagnostic::{Diagnostic, Diagnostics};
use xtask::version::Version;

const IDF: Version = Version::new(5, 1, 2);

/// cmake, which is always there.
fn cmake() -> Option<PathBuf> {
    Some(crate::judges::cmake())
}

fn python() -> Option<PathBuf> {
    let found = which::which("python3").ok();
    if found.is_none() {
        crate::judges::skipped("no python3");
    }
    found
}

/// A tree in a folder of its own, whose path has a space and a letter beyond ASCII.
struct Tree {
    _folder: TempDir,
    root: PathBuf,
}

const LISTS_IDF52: &str = "set(SDKCONFIG_IDF_VERSION_SPECIFIC \"\")\n\
    if (IDF_VERSION VERSION_GREATER_EQUAL \"5.2.0\")\n\
    set(SDKCONFIG_IDF_VERSION_SPECIFIC boards/sdkconfig.idf52)\nendif()\n\
    include(${MICROPY_BOARD_DIR}/mpconfigboard.cmake)\n";
const LISTS_NEW: &str = "include(${MICROPY_BOARD_DIR}/mpconfigboard.cmake)\n\
    include(${MICROPY_BOARD_DIR}/mpconfigvariant_${MICROPY_BOARD_VARIANT}.cmake)\n";

impl Tree {
    fn new(minor: u16, lists: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("micro python ü");
        let tree = Self { _folder: folder, root };
        tree.file(
            "py/mpconfig.h",
            &format!(
                "#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR {minor}\n#define MICROPY_VERSION_MICRO 0\n"
            ),
        );
        tree.port("CMakeLists.txt", lists);
        tree.port("boards/manifest.py", "freeze(\"$(PORT_DIR)/modules\")\n");
        tree.port("boards/sdkconfig.base", "CONFIG_A=y\n");
        tree.port("boards/sdkconfig.ble", "CONFIG_B=y\n");
        tree
    }

    /// The shape of v1.23: variants are `if` blocks.
    fn conditions() -> Self {
        let tree = Self::new(23, LISTS_IDF52);
        tree.port("boards/sdkconfig.idf52", "CONFIG_C=y\n");
        tree.port("boards/sdkconfig.oct", "CONFIG_D=y\n");
        tree.port("boards/ESP32_GENERIC_S3/sdkconfig.board", "CONFIG_E=y\n");
        tree.port("boards/ESP32_GENERIC_S3/mpconfigboard.cmake", S3_CONDITIONS);
        tree.port(
            "boards/ESP32_GENERIC/mpconfigboard.cmake",
            "set(SDKCONFIG_DEFAULTS boards/sdkconfig.base)\n",
        );
        tree
    }

    /// The shape of v1.28: variants are files.
    fn files() -> Self {
        let tree = Self::new(28, LISTS_NEW);
        tree.port("boards/ESP32_GENERIC_S3/sdkconfig.board", "CONFIG_E=y\n");
        tree.port(
            "boards/ESP32_GENERIC_S3/mpconfigboard.cmake",
            "set(IDF_TARGET esp32s3)\nset(SDKCONFIG_DEFAULTS\n    boards/sdkconfig.base\n    \
             boards/ESP32_GENERIC_S3/sdkconfig.board\n)\n",
        );
        tree.port(
            "boards/ESP32_GENERIC_S3/mpconfigvariant_OCT.cmake",
            "list(APPEND SDKCONFIG_DEFAULTS boards/sdkconfig.ble)\n",
        );
        tree.port("boards/ESP32_GENERIC_S3/mpconfigvariant_EMPTY.cmake", "# nothing yet\n");
        tree
    }

    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path
    }

    fn port(&self, path: &str, text: &str) -> PathBuf {
        self.file(&format!("ports/esp32/{path}"), text)
    }

    fn open(&self) -> Checkout {
        Checkout::open(&self.root).unwrap()
    }

    fn evaluate(&self, cmake: &Path, base: &Base, variant: Option<&str>) -> (Option<Port>, Diagnostics) {
        let before = listing(&self.root);
        let answer = evaluate(&self.open(), cmake, base, variant, IDF).unwrap();
        assert_eq!(listing(&self.root), before, "the tree was written to");
        answer
    }
}

const S3_CONDITIONS: &str = r#"set(IDF_TARGET esp32s3)

set(SDKCONFIG_DEFAULTS
    boards/sdkconfig.base
    ${SDKCONFIG_IDF_VERSION_SPECIFIC}
    boards/ESP32_GENERIC_S3/sdkconfig.board
)

if(MICROPY_BOARD_VARIANT STREQUAL "SPIRAM_OCT")
    set(SDKCONFIG_DEFAULTS
        ${SDKCONFIG_DEFAULTS}
        boards/sdkconfig.oct
    )
    list(APPEND MICROPY_DEF_BOARD
        MICROPY_HW_BOARD_NAME="S3 with Octal"
        MICROPY_OPT=0
    )
elseif("FLASH_4M" STREQUAL MICROPY_BOARD_VARIANT)
    list(APPEND SDKCONFIG_DEFAULTS ${MICROPY_BOARD_DIR}/sdkconfig.board)
endif()

set(MICROPY_PY_TINYUSB OFF)
set(MICROPY_FROZEN_MANIFEST ${MICROPY_PORT}boards/manifest.py)
"#;

fn listing(root: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path);
        }
    }
    found
}

fn in_tree(name: &str) -> Base {
    Base::InTree(name.into())
}

fn only(diagnostics: &Diagnostics) -> &Diagnostic {
    assert_eq!(diagnostics.0.len(), 1, "{diagnostics:#?}");
    &diagnostics.0[0]
}

fn names(port: &Port) -> Vec<&str> {
    port.fragments.iter().map(|fragment| fragment.named.as_str()).collect()
}

fn help(diagnostic: &Diagnostic) -> String {
    diagnostic.help.join("; ")
}

#[test]
fn err_no_tree_names_what_is_missing_and_the_likely_folder() {
    let tree = Tree::files();
    for (path, message, near) in [
        (tree.root.join("ports/esp32"), "has no `py/mpconfig.h`", "did you mean"),
        (tree.root.parent().unwrap().to_owned(), "has no `py/mpconfig.h`", "micro python ü`?"),
        (tree.root.join("nowhere"), "does not exist", "did you mean"),
        (tree.root.join("py/mpconfig.h"), "is no folder", "did you mean"),
    ] {
        let error = Checkout::open(&path).unwrap_err();
        assert_eq!(error.code, &codes::NO_TREE);
        assert!(error.message.contains(message), "{}", error.message);
        assert!(help(&error).contains(near), "{}", help(&error));
    }
    tree.file("py/mpconfig.h", "// cut short\n");
    assert_eq!(Checkout::open(&tree.root).unwrap_err().code, &codes::TREE_UNREADABLE);
}

#[test]
fn a_tree_tells_its_version_boards_and_locks() {
    let tree = Tree::files();
    tree.port("lockfiles/dependencies.lock.esp32s3", "dependencies:\n  idf:\n    version: 5.5.3\n");
    tree.port("main/CMakeLists.txt", "");
    let checkout = tree.open();
    assert_eq!(checkout.version.to_string(), "v1.28.0");
    assert_eq!(checkout.variant_style, VariantStyle::Files);
    assert_eq!(checkout.board("ESP32_GENERIC_S3").unwrap().variants, ["EMPTY", "OCT"]);
    let support = checkout.idf_support("esp32s3");
    assert_eq!(support.recommended, Some(Version::new(5, 5, 3)));
    assert!(support.listed.contains(&Version::new(5, 4, 2)) && support.known_release);
    assert!(checkout.main_folder("esp32s3").unwrap().ends_with("main"));
    assert!(checkout.submodules().iter().all(|submodule| !submodule.present));
    assert_eq!(checkout.git_state(), None);
}

#[test]
fn conditions_resolve_with_file_and_line() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::conditions();
    let (port, diagnostics) = tree.evaluate(&cmake, &in_tree("ESP32_GENERIC_S3"), Some("SPIRAM_OCT"));
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let port = port.unwrap();
    assert_eq!(port.target, "esp32s3");
    assert_eq!(
        names(&port),
        ["boards/sdkconfig.base", "boards/ESP32_GENERIC_S3/sdkconfig.board", "boards/sdkconfig.oct"]
    );
    let lines: Vec<u32> = port.fragments.iter().map(|fragment| fragment.place.line()).collect();
    assert_eq!(lines, [4, 6, 12]);
    assert_eq!(port.fragments[2].place.text(), "boards/sdkconfig.oct");
    let defines: Vec<_> = port.defines.iter().map(|d| (d.value.as_str(), d.place.line())).collect();
    assert_eq!(defines, [("MICROPY_HW_BOARD_NAME=\"S3 with Octal\"", 15), ("MICROPY_OPT=0", 16)]);
    assert_eq!(port.settings["MICROPY_PY_TINYUSB"], "OFF");
    assert_eq!(port.manifest.as_ref().unwrap().value, tree.open().default_manifest());
    assert_eq!(port.manifest.unwrap().place.line(), 23);
    assert_eq!(
        port.cmake_inputs,
        [tree.root.join("ports/esp32/boards/ESP32_GENERIC_S3/mpconfigboard.cmake")]
    );
}

#[test]
fn the_idf_version_adds_its_fragment() {
    let Some(cmake) = cmake() else { return };
    let checkout_of = Tree::conditions();
    let checkout = checkout_of.open();
    let base = in_tree("ESP32_GENERIC_S3");
    let (port, _) = evaluate(&checkout, &cmake, &base, None, Version::new(5, 2, 0)).unwrap();
    let port = port.unwrap();
    assert_eq!(names(&port)[1], "boards/sdkconfig.idf52");
    assert_eq!(
        (port.fragments[1].place.line(), port.fragments[1].place.text()),
        (5, "${SDKCONFIG_IDF_VERSION_SPECIFIC}")
    );
}

#[test]
fn files_and_common_includes_resolve() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::files();
    tree.port(
        "boards/mpconfigboard_esp32s3_common.cmake",
        "set(IDF_TARGET esp32s3)\nset(SDKCONFIG_DEFAULTS\n    boards/sdkconfig.base\n    boards/sdkconfig.ble\n)\n",
    );
    tree.port(
        "boards/COMMON/mpconfigboard.cmake",
        "include(boards/mpconfigboard_esp32s3_common.cmake)\n\nlist(REMOVE_ITEM SDKCONFIG_DEFAULTS boards/sdkconfig.ble)\n\
         list(APPEND SDKCONFIG_DEFAULTS\n    ${MICROPY_BOARD_DIR}/sdkconfig.board # boards/sdkconfig.ble\n    boards/sdkconfig.ble)\n",
    );
    tree.port("boards/COMMON/sdkconfig.board", "");
    let (port, diagnostics) = tree.evaluate(&cmake, &in_tree("COMMON"), None);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let port = port.unwrap();
    let places: Vec<_> =
        port.fragments.iter().map(|f| (f.place.path().file_name().unwrap(), f.place.line())).collect();
    let (common, own) = ("mpconfigboard_esp32s3_common.cmake".as_ref(), "mpconfigboard.cmake".as_ref());
    assert_eq!(places, [(common, 3), (own, 5), (own, 6)]);
    assert_eq!(port.fragments[1].place.text(), "${MICROPY_BOARD_DIR}/sdkconfig.board");
    assert_eq!(port.cmake_inputs.len(), 2);
    let (port, _) = tree.evaluate(&cmake, &in_tree("ESP32_GENERIC_S3"), Some("OCT"));
    let port = port.unwrap();
    assert!(port.variant_file.unwrap().ends_with("mpconfigvariant_OCT.cmake"));
    assert_eq!(port.fragments[2].place.path().file_name().unwrap(), "mpconfigvariant_OCT.cmake");
}

#[test]
fn every_board_and_variant_in_one_go() {
    let Some(cmake) = cmake() else { return };
    for (tree, expected) in [
        (
            Tree::conditions(),
            vec![("ESP32_GENERIC", vec![]), ("ESP32_GENERIC_S3", vec!["FLASH_4M", "SPIRAM_OCT"])],
        ),
        (Tree::files(), vec![("ESP32_GENERIC_S3", vec!["EMPTY", "OCT"])]),
    ] {
        let (boards, diagnostics) = evaluate_all(&tree.open(), &cmake, IDF).unwrap();
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        let found: Vec<(&str, Vec<&str>)> = boards
            .iter()
            .map(|b| (b.board.as_str(), b.variants.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(found, expected);
        for board in &boards {
            let built: Vec<_> =
                board.ports.iter().map(|port| port.variant.clone().unwrap_or_default()).collect();
            assert_eq!(built[0], "");
            assert_eq!(built[1..], board.variants);
            for port in &board.ports {
                let alone = tree.evaluate(&cmake, &in_tree(&board.board), port.variant.as_deref()).0.unwrap();
                assert_eq!(&alone, port, "one alone and all at once must agree");
            }
        }
    }
}

#[test]
fn err_unknown_board_names_the_nearest() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::files();
    for (name, expected) in [
        ("GENERIC_S3", "did you mean `ESP32_GENERIC_S3`?"),
        ("esp32-generic-s3", "did you mean `ESP32_GENERIC_S3`?"),
        ("GENERIC_S3_OCT", "did you mean `ESP32_GENERIC_S3` with the variant `OCT`?"),
        ("ZZZ", "known: `ESP32_GENERIC_S3`"),
    ] {
        let (port, diagnostics) = tree.evaluate(&cmake, &in_tree(name), None);
        assert_eq!(port, None);
        let diagnostic = only(&diagnostics);
        assert_eq!(diagnostic.code, &codes::UNKNOWN_BOARD);
        assert_eq!(help(diagnostic), expected);
    }
}

#[test]
fn err_unknown_variant_is_stopped_in_every_shape() {
    let Some(cmake) = cmake() else { return };
    let base = in_tree("ESP32_GENERIC_S3");
    for (tree, variant, message, expected) in [
        (
            Tree::conditions(),
            "OTA",
            "of MicroPython v1.23.0 has no variant `OTA`",
            "known: `FLASH_4M` and `SPIRAM_OCT`",
        ),
        (Tree::conditions(), "SPIRAM-OCT", "has no variant", "did you mean `SPIRAM_OCT`?"),
        (Tree::files(), "OTA", "of MicroPython v1.28.0 has no variant `OTA`", "`OCT`"),
        (Tree::files(), "../x", "has no variant", "known: `EMPTY` and `OCT`"),
    ] {
        let (port, diagnostics) = tree.evaluate(&cmake, &base, Some(variant));
        assert_eq!(port, None);
        let diagnostic = only(&diagnostics);
        assert_eq!(diagnostic.code, &codes::UNKNOWN_VARIANT);
        assert!(diagnostic.message.contains(message), "{}", diagnostic.message);
        assert!(help(diagnostic).contains(expected), "{}", help(diagnostic));
    }
    let (_, diagnostics) = Tree::conditions().evaluate(&cmake, &in_tree("ESP32_GENERIC"), Some("OTA"));
    assert_eq!(help(only(&diagnostics)), "`ESP32_GENERIC` has no variants: leave it out");
    assert!(only(&diagnostics).notes[0].contains("in silence"));
}

#[test]
fn err_variant_without_effect() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::files();
    let (_, diagnostics) = tree.evaluate(&cmake, &in_tree("ESP32_GENERIC_S3"), Some("EMPTY"));
    assert_eq!(only(&diagnostics).code, &codes::VARIANT_WITHOUT_EFFECT);
    let tree = Tree::conditions();
    tree.port(
        "boards/B/mpconfigboard.cmake",
        "set(SDKCONFIG_DEFAULTS boards/sdkconfig.base)\nif(MICROPY_BOARD_VARIANT STREQUAL \"IDLE\")\nendif()\n",
    );
    let (_, diagnostics) = tree.evaluate(&cmake, &in_tree("B"), Some("IDLE"));
    assert_eq!(only(&diagnostics).code, &codes::VARIANT_WITHOUT_EFFECT);
}

#[test]
fn err_missing_fragment_names_the_cmake_line() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::files();
    tree.port(
        "boards/B/mpconfigboard.cmake",
        "set(SDKCONFIG_DEFAULTS\n    boards/sdkconfig.base\n    boards/sdkconfig.bel\n    sdkconfig.board\n)\n\
         set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)\n",
    );
    tree.port("boards/B/sdkconfig.board", "");
    let (port, diagnostics) = tree.evaluate(&cmake, &in_tree("B"), None);
    assert_eq!(port.unwrap().fragments.len(), 3);
    let found: Vec<_> = diagnostics.iter().map(|d| (d.code.id, d.place().unwrap().line(), help(d))).collect();
    assert_eq!(found[0], ("E0206", 3, "did you mean `sdkconfig.ble`?".to_owned()));
    assert_eq!(found[1].0, "E0206");
    assert_eq!(found[1].2, "for the file in the board's folder write `${MICROPY_BOARD_DIR}/sdkconfig.board`");
    assert_eq!((found[2].0, found[2].1, found.len()), ("E0208", 6, 3));
}

#[test]
fn err_cmake_stops_at_its_own_line_and_spares_the_other_boards() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::files();
    tree.port("boards/BAD/mpconfigboard.cmake", "set(IDF_TARGET esp32)\ninclude(boards/nowhere.cmake)\n");
    tree.port("boards/BAD2/mpconfigboard.cmake", "\n\nmessage(FATAL_ERROR \"no good\")\n");
    tree.port("boards/BAD3/mpconfigboard.cmake", "message(SEND_ERROR \"not so good\")\n");
    let (boards, diagnostics) = evaluate_all(&tree.open(), &cmake, IDF).unwrap();
    let built: Vec<usize> = boards.iter().map(|board| board.ports.len()).collect();
    assert_eq!(built, [0, 0, 0, 3], "{diagnostics:#?}");
    let found: Vec<_> =
        diagnostics.iter().map(|d| (d.code.id, d.place().unwrap().line(), d.message.as_str())).collect();
    assert!(
        matches!(found[0], ("E0207", 2, message) if message.contains("`BAD`") && message.contains("boards/nowhere.cmake")),
        "{found:?}"
    );
    assert!(matches!(found[1], ("E0207", 3, message) if message.ends_with("no good")), "{found:?}");
    assert!(matches!(found[2], ("E0207", 1, message) if message.ends_with("not so good")), "{found:?}");
}

/// The story: a folder copied from a board of the tree whose CMake file still names the original's fragment.
#[test]
fn err_copied_board_folder_whose_own_fragment_is_never_read() {
    let Some(cmake) = cmake() else { return };
    let tree = Tree::conditions();
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().canonicalize().unwrap().join("SET ÜMW S3");
    fs_err::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| fs_err::write(folder.join(name), text).unwrap();
    write("mpconfigboard.cmake", S3_CONDITIONS);
    write("sdkconfig.board", "CONFIG_PARTITION_TABLE_CUSTOM=y\n");
    write("mpconfigboard.h", "");
    write("mpconfigvariant_X.mk", "");
    let base = Base::Folder(folder.clone());
    // A variant that does read it does not help the one that is asked for, but then it is not unread.
    let (port, _) = tree.evaluate(&cmake, &base, None);
    assert_eq!(port.unwrap().unread, []);

    write(
        "mpconfigboard.cmake",
        &S3_CONDITIONS.replace("${MICROPY_BOARD_DIR}/sdkconfig.board", "boards/sdkconfig.ble"),
    );
    let (port, diagnostics) = tree.evaluate(&cmake, &base, Some("SPIRAM_OCT"));
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let port = port.unwrap();
    let findings = unread_diagnostics(&port, &BTreeSet::new());
    let finding = only(&findings);
    assert_eq!(finding.code, &codes::UNREAD_FILE);
    let [file, line] = finding.labels.as_slice() else { panic!("{finding:#?}") };
    assert_eq!((file.place.path(), file.place.line()), (folder.join("sdkconfig.board").as_path(), 1));
    assert_eq!((line.place.path(), line.place.line()), (folder.join("mpconfigboard.cmake").as_path(), 6));
    assert_eq!(line.place.text(), "boards/ESP32_GENERIC_S3/sdkconfig.board");
    assert!(help(finding).contains("`${MICROPY_BOARD_DIR}/sdkconfig.board`"), "{}", help(finding));
    // A key that names it reads it.
    assert!(unread_diagnostics(&port, &BTreeSet::from([folder.join("sdkconfig.board")])).is_empty());

    write("mpconfigboard.cmake", &S3_CONDITIONS.replace("boards/ESP32_GENERIC_S3", "${MICROPY_BOARD_DIR}"));
    let (port, diagnostics) = tree.evaluate(&cmake, &base, None);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    assert_eq!(port.unwrap().unread, []);
}

#[test]
fn err_unread_files_of_other_kinds() {
    let Some(cmake) = cmake() else { return };
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().canonicalize().unwrap();
    for name in ["manifest.py", "pins.csv", "sdkconfig.ota", "mpconfigvariant_OTA.cmake", "board.md"] {
        fs_err::write(folder.join(name), "set(X y)\n").unwrap();
    }
    let board = folder.join("mpconfigboard.cmake");
    fs_err::write(&board, "set(SDKCONFIG_DEFAULTS boards/sdkconfig.base)\n").unwrap();
    let unread = |tree: &Tree| {
        let (port, _) = tree.evaluate(&cmake, &Base::Folder(folder.clone()), None);
        let port = port.unwrap();
        let findings = unread_diagnostics(&port, &BTreeSet::new());
        assert!(findings.iter().all(|finding| !finding.help.is_empty()));
        let names: Vec<_> =
            port.unread.iter().map(|u| u.path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(unread(&Tree::conditions()), "manifest.py mpconfigvariant_OTA.cmake pins.csv sdkconfig.ota");
    let files = Tree::files();
    files.port("boards/make-pins.py", "");
    assert_eq!(unread(&files), "manifest.py sdkconfig.ota");
    fs_err::write(&board, "set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)\n").unwrap();
    fs_err::write(
        folder.join("mpconfigvariant_OTA.cmake"),
        "list(APPEND SDKCONFIG_DEFAULTS ${MICROPY_BOARD_DIR}/sdkconfig.ota)\n",
    )
    .unwrap();
    assert_eq!(unread(&files), "");
    fs_err::remove_file(&board).unwrap();
    let (port, diagnostics) = files.evaluate(&cmake, &Base::Folder(folder.clone()), None);
    assert_eq!((port, only(&diagnostics).code), (None, &codes::NO_BOARD_FILE));
}

#[test]
fn a_missing_cmake_is_an_error_that_names_it() {
    let tree = Tree::files();
    let error =
        evaluate(&tree.open(), Path::new("/no/cmake"), &in_tree("ESP32_GENERIC_S3"), None, IDF).unwrap_err();
    assert!(error.to_string().contains("/no/cmake"), "{error:#}");
}

/// A manifestfile.py of our own, with the same surface as MicroPython's, so that the machinery is tested on a bare
/// machine; the real one is used where `XTASK_TEST_MICROPYTHON` names trees.
const MANIFESTFILE: &str = r#"
import os
MODE_FREEZE = 1
class F:
    def __init__(self, full, target): self.full_path, self.target_path = full, target
class ManifestFile:
    def __init__(self, mode, variables): self.v, self.f, self._visited = variables, [], set()
    def files(self): return self.f
    def path(self, path):
        for name, value in self.v.items(): path = path.replace("$(%s)" % name, value)
        return os.path.abspath(path)
    def execute(self, path): self.include(path)
    def include(self, manifest_path, **kwargs):
        manifest_path = self.path(manifest_path)
        self._visited.add(manifest_path)
        here = os.getcwd()
        try:
            with open(manifest_path) as f:
                os.chdir(os.path.dirname(manifest_path))
                exec(f.read(), {"include": self.include, "freeze": self.freeze, "require": self.require})
        except Exception as e:
            raise ValueError("Error in manifest file: {}: {}".format(manifest_path, e))
        finally:
            os.chdir(here)
    def freeze(self, path):
        path = self.path(path)
        for name in sorted(os.listdir(path)): self.f.append(F(os.path.join(path, name), name))
    def require(self, name): raise ValueError("Library not found in local micropython-lib: " + name)
"#;

#[test]
fn manifests_are_told_by_the_trees_own_tool() {
    let Some(python) = python() else { return };
    let tree = Tree::files();
    tree.file("tools/manifestfile.py", MANIFESTFILE);
    tree.port("modules/_boot.py", "");
    tree.port("boards/manifest.py", "freeze(\"$(PORT_DIR)/modules\")\nrequire(\"neopixel\")\n");
    let own =
        tree.file("my ö/manifest.py", "include(\"$(PORT_DIR)/boards/manifest.py\")\nfreeze(\"modules\")\n");
    tree.file("my ö/modules/app.py", "");
    let checkout = tree.open();
    let before = listing(&tree.root);
    let run =
        |manifest: &Path| manifest_files(&checkout, manifest, &tree.root.join("my ö"), &python).unwrap();
    let (frozen, diagnostics) = run(&own);
    assert_eq!(frozen.files.iter().map(|f| f.target.as_str()).collect::<Vec<_>>(), ["_boot.py", "app.py"]);
    assert!(frozen.files[1].source.ends_with("my ö/modules/app.py") && frozen.manifests.len() == 2);
    assert_eq!(check_port_manifest(&frozen, &own, None), None);
    assert_eq!(
        (only(&diagnostics).code, frozen.unresolved),
        (&codes::REQUIRE_UNRESOLVED, vec!["neopixel".to_owned()])
    );
    assert_eq!(listing(&tree.root), before, "the tree was written to");

    let bare = tree.file("my ö/bare.py", "print('hello')\nfreeze(\"modules\")\n");
    let (frozen, diagnostics) = run(&bare);
    assert!(diagnostics.is_empty());
    let finding = check_port_manifest(&frozen, &bare, None).unwrap();
    assert_eq!(finding.code, &codes::MANIFEST_WITHOUT_PORT);
    assert!(help(&finding).contains("include(\"$(PORT_DIR)/boards/manifest.py\")"));

    for (text, line, message) in [
        ("\nfreeze(\"nowhere\")\n", 2, "nowhere"),
        ("\n\nfreeze(\n", 3, "never closed"),
        ("include(\"$(PORT_DIR)/boards/manifest.py\")\nx = 1 / 0\n", 2, "division by zero"),
    ] {
        let bad = tree.file("my ö/bad.py", text);
        let (frozen, diagnostics) = run(&bad);
        let error = diagnostics.iter().find(|d| d.code == &codes::MANIFEST_FAILED).unwrap();
        assert_eq!((error.place().unwrap().path(), error.place().unwrap().line()), (bad.as_path(), line));
        assert!(error.message.contains(message), "{}", error.message);
        assert_eq!(check_port_manifest(&frozen, &bad, None), None, "one fault, one finding");
    }

    fs_err::create_dir_all(tree.root.join("lib/micropython-lib/micropython")).unwrap();
    let (_, diagnostics) = run(&own);
    assert_eq!(only(&diagnostics).code, &codes::UNKNOWN_PACKAGE);
    assert_eq!(only(&diagnostics).place().unwrap().line(), 2);
}

/// The real checkouts, by tag.
fn real_trees() -> Vec<(String, Checkout)> {
    let Some(folder) = std::env::var_os("XTASK_TEST_MICROPYTHON") else {
        crate::judges::skipped("set XTASK_TEST_MICROPYTHON to a folder of MicroPython checkouts");
        return Vec::new();
    };
    let mut trees: Vec<_> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("ports/esp32").is_dir())
        .map(|entry| (entry.file_name().into_string().unwrap(), Checkout::open(&entry.path()).unwrap()))
        .collect();
    assert!(!trees.is_empty(), "XTASK_TEST_MICROPYTHON names a folder without checkouts");
    trees.sort_by(|a, b| a.0.cmp(&b.0));
    trees
}

#[test]
fn every_board_of_every_real_tree_is_what_the_ports_own_cmakelists_makes_of_it() {
    let Some(cmake) = cmake() else { return };
    for (tag, checkout) in real_trees() {
        let idf = checkout.idf_support("esp32").recommended.unwrap();
        let state = checkout.git_state();
        let start = Instant::now();
        let (boards, diagnostics) = evaluate_all(&checkout, &cmake, idf).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        assert!(diagnostics.is_empty(), "{tag}: {diagnostics:#?}");
        assert_eq!(boards.len(), checkout.boards.len());
        let ports: Vec<&Port> = boards.iter().flat_map(|board| &board.ports).collect();
        for board in &boards {
            assert_eq!(board.ports.len(), board.variants.len() + 1, "{tag} {}", board.board);
        }
        for port in &ports {
            for fragment in &port.fragments {
                let name = fragment.path.file_name().unwrap().to_str().unwrap();
                let text = fragment.place.text();
                assert!(
                    text.ends_with(name) || text.ends_with('}'),
                    "{tag} {}: {:?} {text}",
                    port.board,
                    fragment
                );
            }
            for define in &port.defines {
                assert!(define.value.starts_with(define.place.text()), "{tag} {}: {define:?}", port.board);
            }
        }
        agree_with_cmakelists(&tag, &checkout, &cmake, idf, &ports);
        println!("{tag}: {} boards, {} with variants, {seconds:.3} s", boards.len(), ports.len());
        assert_eq!(checkout.git_state(), state, "{tag} was written to");
    }
}

/// The oracle: the port's own CMakeLists.txt, run in script mode with an ESP-IDF of empty files, concatenates the
/// fragments itself.
fn agree_with_cmakelists(tag: &str, checkout: &Checkout, cmake: &Path, idf: Version, ports: &[&Port]) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs_err::create_dir_all(path("idf/tools/cmake")).unwrap();
    fs_err::write(path("idf/tools/cmake/project.cmake"), "").unwrap();
    let version = format!(
        "set(IDF_VERSION_MAJOR {})\nset(IDF_VERSION_MINOR {})\nset(IDF_VERSION_PATCH {})\n",
        idf.major, idf.minor, idf.patch
    );
    fs_err::write(path("idf/tools/cmake/version.cmake"), &version).unwrap();
    let oracle = r#"cmake_minimum_required(VERSION 3.12)
get_filename_component(CMAKE_BINARY_DIR "${CMAKE_CURRENT_LIST_DIR}/build" ABSOLUTE)
set(ENV{IDF_PATH} "${CMAKE_CURRENT_LIST_DIR}/idf")
include("${CMAKE_CURRENT_LIST_DIR}/idf/tools/cmake/version.cmake")
function(idf_build_set_property)
endfunction()
function(project)
    file(APPEND ${CMAKE_BINARY_DIR}/told "${IDF_TARGET}\n${MICROPY_FROZEN_MANIFEST}\n${MICROPY_DEF_BOARD}\n${MICROPY_SOURCE_BOARD}\n")
endfunction()
include(CMakeLists.txt)
"#;
    fs_err::write(path("oracle.cmake"), oracle).unwrap();
    let shell = Shell::new().unwrap();
    shell.change_dir(&checkout.port);
    let script = path("oracle.cmake");
    for port in ports {
        fs_err::create_dir_all(path("build")).unwrap();
        let board = format!("-DMICROPY_BOARD={}", port.board);
        let variant = port.variant.iter().map(|variant| format!("-DMICROPY_BOARD_VARIANT={variant}"));
        cmd!(shell, "{cmake} {board} {variant...} -P {script}")
            .quiet()
            .ignore_stdout()
            .ignore_stderr()
            .run()
            .unwrap();
        let combined = fs_err::read(path("build/sdkconfig.combined")).unwrap();
        let ours: Vec<u8> = port.fragments.iter().flat_map(|f| fs_err::read(&f.path).unwrap()).collect();
        let what = format!("{tag} {} {:?}", port.board, port.variant);
        assert!(ours == combined, "{what}: other fragments than the port's own CMakeLists.txt concatenates");
        let told = fs_err::read_to_string(path("build/told")).unwrap();
        let told: Vec<&str> = told.lines().collect();
        let join = |items: Vec<&str>| items.join(";");
        let sources = port.source_board.iter().map(|s| s.value.to_str().unwrap()).collect();
        let target = if told[0].is_empty() { "esp32" } else { told[0] };
        assert_eq!(target, port.target, "{what}");
        assert_eq!(told[1], port.manifest_path(checkout).to_str().unwrap(), "{what}");
        assert_eq!(told[2], join(port.defines.iter().map(|d| d.value.as_str()).collect()), "{what}");
        assert_eq!(told[3], join(sources), "{what}");
        fs_err::remove_dir_all(path("build")).unwrap();
    }
}

#[test]
fn every_manifest_of_every_real_tree_keeps_the_ports_own() {
    let (Some(cmake), Some(python)) = (cmake(), python()) else {
        return;
    };
    for (tag, checkout) in real_trees() {
        let (boards, _) = evaluate_all(&checkout, &cmake, IDF).unwrap();
        let mut count = 0;
        for port in boards.iter().filter_map(|board| board.ports.first()) {
            let manifest = port.manifest_path(&checkout);
            let (frozen, diagnostics) = manifest_files(&checkout, &manifest, &port.folder, &python).unwrap();
            assert!(!diagnostics.has_errors(), "{tag} {}: {diagnostics:#?}", port.board);
            assert_eq!(check_port_manifest(&frozen, &manifest, None), None);
            assert!(frozen.files.iter().any(|file| file.target == "_boot.py"), "{tag} {}", port.board);
            count += 1;
        }
        println!("{tag}: {count} manifests");
    }
}
