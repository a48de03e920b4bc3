//! config.toml: any text is read or refused, and what was read gives builds of different names.

#![no_main]

use std::collections::BTreeSet;
use std::path::Path;
use xtask::config::{Files, PathKind, Selection, Surroundings, owned_symbols, parse};
use xtask_fuzz::{choice, sound, source, target, text};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &[
    "[micropython]\n",
    "[esp-idf]\n",
    "[build]\n",
    "[board.",
    ".variant.",
    ".sdkconfig]\n",
    "git = ",
    "rev = ",
    "path = ",
    "ccache = ",
    "reproducible = ",
    "min-free = ",
    "description = ",
    "base = \"ESP32_GENERIC\"\n",
    "base-variant = ",
    "board-name = ",
    "flash-size = ",
    "partitions = \"ota\"\n",
    "require = [",
    "\"rollback\"",
    "modules = [",
    "manifest = ",
    "fragments = [",
    "header = ",
    "pins = ",
    "default-variant = ",
    "sdkconfig = {",
    "CONFIG_",
    "0x10",
    "\"\"\"",
    "../",
    "~/",
    "true",
    "1.5",
    "1979-05-27",
];

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        include_str!("../../../config.toml"),
        "[micropython]\npath = \"../mp\"\n[esp-idf]\nrev = \"v5.5\"\n[board.a]\nbase = \"./boards/x\"\n\
         sdkconfig = { A = true, B = \"x\", C = 0x10 }\n[board.a.variant.b]\nfragments = [\"f.conf\"]\n",
        "[build]\nmin-free = 0\n[board.\"a b\"]\nbase = 1\n[board.c]\nbase=\"C\"\nflash-size = \"3MB\"\nwhat = 1\n",
        "[micropython]\nrev = \"v1.28.0\"\n[board.a]\nbase = \"A\"\n[board.a.variant.b]\n[board.a-b]\nbase = \"A\"\n",
    ];
    texts.iter().map(|text| [b"@", text.as_bytes()].concat()).collect()
}

/// Everything exists: names with a dot are files, except in the folder of layouts, where the table is TOML.
struct Everything;

impl Files for Everything {
    fn kind(&self, path: &Path) -> PathKind {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match name.rsplit_once('.') {
            Some((_, "csv")) if path.parent().is_some_and(|folder| folder.ends_with("partitions")) => {
                PathKind::Missing
            }
            Some((_, "missing")) => PathKind::Missing,
            Some(_) => PathKind::File,
            None => PathKind::Folder,
        }
    }

    fn names(&self, _: &Path) -> Vec<String> {
        ["ota.toml", "single.toml", "a.missing"].map(String::from).into()
    }
}

fn run(data: &[u8]) {
    let (choice, rest) = choice(data);
    let around = Surroundings {
        folder: Path::new("/home/someone/project"),
        home: (choice & 1 == 0).then_some(Path::new("/home/someone")),
        files: &Everything,
        micropython_given: choice & 2 != 0,
        idf_given: choice & 4 != 0,
    };
    let (config, findings) = parse(&source(text(rest)), &around);
    sound(&findings);
    assert_eq!(config.is_some(), !findings.has_errors());
    let Some(config) = config else { return };
    let all = Selection { all: true, ..Selection::default() };
    let builds = config.builds(&all).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let ids: BTreeSet<&str> = builds.iter().map(|build| build.id.as_str()).collect();
    assert_eq!(ids.len(), builds.len(), "{ids:?}");
    assert!(!builds.is_empty() && builds.len() >= config.boards.len());
    for build in &builds {
        // An id names folders and files.
        assert!(!build.id.is_empty() && !build.id.contains(['/', '\\', '\0']) && !build.id.starts_with('.'));
        assert!(!owned_symbols(&build.settings, &config.build).is_empty());
        let one = Selection { board: Some(build.board.clone()), variant: build.variant.clone(), all: false };
        let again = config.builds(&one).unwrap_or_else(|findings| panic!("{findings:#?}"));
        assert!(build.variant.is_none() || again.iter().any(|other| other.id == build.id));
    }
}
