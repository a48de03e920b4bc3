use super::*;
use crate::render::render;
use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod faults;
mod rules;

/// A file system of names: what is listed is a file, and what lies above it a folder.
pub(super) struct Names(Vec<&'static str>);

impl Files for Names {
    fn kind(&self, path: &Path) -> PathKind {
        let path = paths::compared(path);
        if self.0.iter().any(|file| Path::new(file) == path) {
            PathKind::File
        } else if self.0.iter().any(|file| Path::new(file).starts_with(&path)) {
            PathKind::Folder
        } else {
            PathKind::Missing
        }
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let below = self.0.iter().filter_map(|file| Path::new(file).strip_prefix(folder).ok());
        let mut names: Vec<String> = below
            .filter_map(|rest| rest.iter().next())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.dedup();
        names
    }
}

pub(super) fn names() -> Names {
    Names(vec![
        "/p/boards/smw/frag",
        "/p/boards/smw/frag2",
        "/p/boards/smw/manifest.py",
        "/p/boards/smw/my.h",
        "/p/boards/smw/my.csv",
        "/p/boards/smw/modules/blink/micropython.cmake",
        "/p/boards/smw/modules/net/micropython.cmake",
        "/p/boards/own/mpconfigboard.cmake",
        "/p/partitions/ota.toml",
        "/p/partitions/single.csv",
        "/p/partitions/twice.csv",
        "/p/partitions/twice.toml",
        "/home/me/esp/esp-idf/Kconfig",
        "/micropython/README.md",
    ])
}

pub(super) fn around(files: &dyn Files) -> Surroundings<'_> {
    Surroundings {
        folder: Path::new("/p"),
        home: Some(Path::new("/home/me")),
        files,
        micropython_given: true,
        idf_given: false,
    }
}

pub(super) fn parse_text(text: &str) -> (Option<Config>, Diagnostics) {
    parse(&Source::new("config.toml", text), &around(&names()))
}

/// A config that must be right.
pub(super) fn config(text: &str) -> Config {
    let (config, findings) = parse_text(text);
    assert_eq!(shown(&findings), "");
    config.unwrap()
}

pub(super) fn shown(findings: &Diagnostics) -> String {
    findings.iter().map(|finding| format!("{}\n", render(finding, false, Path::new("/p")))).collect()
}

pub(super) fn check(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&parse_text(text).1));
}

fn codes_of(findings: &Diagnostics) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.id).collect()
}

proptest::proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        parse_text(&text);
    }

    #[test]
    fn random_toml_never_panics(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "[board.a]\n", "[board", "]", "[[", "variant", ".", "=", "\"", "'", "'''\n", "base", "sdkconfig", "\n", "{", "}",
                "[", ",", "1", "0x", "-", "1979-05-27", "partitions", "\"../x\"", "modules", "é", "\r\n", "#", "true",
                "path", "\"~\"", "micropython", "\u{FEFF}", "\\", "\"\"\"", "build.min-free", "1e9999", "inf", "_",
            ]),
            0..60,
        )
    ) {
        let (config, findings) = parse_text(&words.concat());
        shown(&findings);
        if let Some(config) = config {
            config.builds(&Selection { all: true, ..Selection::default() }).unwrap();
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let (config, findings) = parse_text(&format!("a = {}", "[".repeat(100_000)));
    assert!(config.is_none() && findings.has_errors());
}

#[test]
fn codes_are_distinct_and_in_their_range() {
    let mut seen = BTreeMap::new();
    for code in codes::ALL {
        assert!(("E0100".."E0170").contains(&code.id), "{}", code.id);
        assert_eq!(seen.insert(code.id, code.title), None);
        assert!(code.explanation.ends_with('.') && !code.title.ends_with('.'));
    }
}

/// Every rule has a test that breaks it.
#[test]
fn every_code_is_shown_by_a_fault() {
    let tests = concat!(include_str!("faults.rs"), include_str!("rules.rs"));
    for code in codes::ALL {
        assert!(tests.contains(&format!("[{}]", code.id)), "{} has no test", code.id);
    }
}

#[test]
fn requirements_of_schema_and_reader_are_the_same() {
    assert_eq!(keys::REQUIREMENTS.map(|(word, _)| word), Require::ALL.map(Require::name));
}

#[test]
fn tables_of_one_file_are_read_in_its_order() {
    let config =
        config("[board.z]\nbase = 'X'\n[board.a]\nbase = 'X'\n[board.z.variant.b]\n[board.z.variant.a]\n");
    assert_eq!(config.boards.iter().map(|board| board.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(config.boards[0].variants.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn paths_are_absolute_and_keep_their_parents() {
    let text = "[esp-idf]\npath = '~/esp/esp-idf'\n[micropython]\npath = '../micropython'\n[board.a]\nbase = './boards/own'\n";
    let files = names();
    let (config, findings) = parse(
        &Source::new("config.toml", text),
        &Surroundings { micropython_given: false, ..around(&files) },
    );
    assert_eq!(shown(&findings), "");
    let config = config.unwrap();
    assert_eq!(config.esp_idf.path.unwrap().value, PathBuf::from("/home/me/esp/esp-idf"));
    assert_eq!(config.micropython.path.unwrap().value, PathBuf::from("/p/../micropython"));
    assert_eq!(
        config.boards[0].settings.base.as_ref().unwrap().value,
        Base::Folder(PathBuf::from("/p/boards/own"))
    );
}

#[test]
fn a_byte_order_mark_and_crlf_do_no_harm() {
    let board = &config("\u{FEFF}[board.a]\r\nbase = \"X\"\r\nflash-size = \"8MB\"\r\n").boards[0];
    assert_eq!((board.place.line(), board.settings.flash_size.as_ref().unwrap().place.line()), (1, 3));
    check(
        "\u{FEFF}[board.a]\r\nbase = \"X\"\r\nflash-size = \"9MB\"\r\n",
        expect![[r#"
        error[E0104]: `9MB` is no flash size
         --> config.toml:3:14
          |
        3 | flash-size = "9MB"
          |              ^^^^^
          |
          = help: one of `1MB`, `2MB`, `4MB`, `8MB`, `16MB`, `32MB`, `64MB` and `128MB`
    "#]],
    );
}
