//! sdkconfig against independent judges: esp-idf-kconfig's own reader, MicroPython's real fragments, ESP-IDF's Kconfig
//! files, and what a real build made of its fragments.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail as tests do"
)]

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use xtask::diagnostic::Severity;
use xtask::sdkconfig::{
    Choices, GateContext, Layer, LayerKind, Merged, Owned, Renames, Value, effective, fragment, gate, lint,
    merge,
};
use xtask::source::Source;
use xtask::version::Version;

/// A symbol of each type, and a choice that the tool knows.
const KCONFIG: &str = r#"mainmenu "judge"
config B
    bool "off by default"
config BY
    bool "on by default"
    default y
config I
    int "int"
    default 7
config H
    hex "hex"
    default 0x5
config S
    string "string"
    default "default"
choice ESPTOOLPY_FLASHSIZE
    prompt "choice"
    default ESPTOOLPY_FLASHSIZE_2MB
    config ESPTOOLPY_FLASHSIZE_2MB
        bool "2"
    config ESPTOOLPY_FLASHSIZE_4MB
        bool "4"
    config ESPTOOLPY_FLASHSIZE_8MB
        bool "8"
endchoice
"#;

/// Lines that Kconfig and we must take alike.
const LINES: &[&str] = &[
    "CONFIG_B=y",
    "CONFIG_BY=n",
    "CONFIG_BY=",
    "# CONFIG_BY is not set",
    "CONFIG_I=-5",
    "CONFIG_I=",
    "CONFIG_H=0x1F",
    "CONFIG_H=10",
    "# CONFIG_H is not set",
    "CONFIG_S=\"x\"",
    "CONFIG_S=",
    "# CONFIG_S is not set",
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y",
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=n",
    "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y",
    "# CONFIG_ESPTOOLPY_FLASHSIZE_2MB is not set",
    // From here on not in the pairs.
    "CONFIG_I=+5",
    "CONFIG_I=007",
    "CONFIG_I=0",
    "CONFIG_I=0x10",
    "CONFIG_I=\"5\"",
    "CONFIG_I=5 # five",
    "CONFIG_I=abc",
    "CONFIG_H=0X1f",
    "CONFIG_H=1f",
    "CONFIG_H=-1",
    "CONFIG_H=-0x1",
    "CONFIG_H=0xg",
    "CONFIG_B=yes",
    "CONFIG_BY=no",
    "CONFIG_BY=n # why",
    "CONFIG_B=y#x",
    "CONFIG_B=m",
    "CONFIG_B=Y",
    "CONFIG_B=\"y\"",
    "CONFIG_B=1",
    "CONFIG_B=true",
    "   CONFIG_B=y",
    "\tCONFIG_B=y \t",
    "\u{a0}CONFIG_B=y\u{a0}",
    "\u{1f}CONFIG_B=y\u{1c}",
    "CONFIG_B=y\u{c}",
    "CONFIG_B = y",
    "CONFIG_B =y",
    "CONFIG_B= y",
    "CONFIG_B==y",
    "CONFIG_B=y\r\nCONFIG_I=9\r",
    "CONFIG_B=y\rCONFIG_I=9",
    "CONFIG_b=y",
    "CONFIG_B",
    "CONFIG_=y",
    "=y",
    "CONFIG_CONFIG_B=y",
    "config_B=y",
    "export CONFIG_B=y",
    "this is garbage",
    "; CONFIG_B=y",
    "// CONFIG_B=y",
    "#CONFIG_B=y",
    "# CONFIG_B=y",
    "# CONFIG_BY is not set any more",
    "# CONFIG_BY is not setX",
    "  # CONFIG_BY is not set  ",
    "#CONFIG_BY is not set",
    "#  CONFIG_BY is not set",
    "# CONFIG_BY  is not set",
    "# CONFIG_BY is  not set",
    "# CONFIG_B=y is not set",
    "CONFIG_BY is not set",
    "CONFIG_S=\"\"",
    "CONFIG_S=\"a=b\"",
    "CONFIG_S=\"a#b\"",
    "CONFIG_S=\"a\\\"b\\\\c\"",
    "CONFIG_S=\"a\\nb\"",
    "CONFIG_S=\"a\\\"",
    "CONFIG_S=\"a\\\\\"",
    "CONFIG_S=\"a\" # c",
    "CONFIG_S=\"a\"b\"",
    "CONFIG_S=abc",
    "CONFIG_S=\"abc",
    "CONFIG_S=\"abc=",
    "CONFIG_S=\"a\"=",
    "CONFIG_S='a'",
    "CONFIG_S=\"a  \"  ",
    "CONFIG_S=\"ü €\"",
    "CONFIG_S==\"x\"",
    "CONFIG_S=y",
    "CONFIG_S=5",
    "CONFIG_NOWHERE=y",
];
const PAIRED: usize = 16;

/// Lines that Kconfig takes and we refuse on purpose, with the reason.
const STRICTER: &[(&str, &str)] = &[
    ("CONFIG_I= 5", "the space ends up in the C header"),
    ("CONFIG_I=1_0", "the underscore ends up in the C header"),
    ("CONFIG_H=ff", "cannot be told from a string without quotes"),
    ("CONFIG_B=yellow", "Kconfig takes it for y"),
    ("CONFIG_B=yCONFIG_I=9", "Kconfig loses the second line"),
    ("CONFIG_B=y\u{2028}CONFIG_I=9", "no line end to Python's universal newlines"),
];

#[test]
fn kconfig_reads_each_line_as_we_do() {
    let python = crate::judges::kconfig_python();
    let pairs =
        LINES[..PAIRED].iter().flat_map(|a| LINES[..PAIRED].iter().map(move |b| format!("{a}\n{b}\n")));
    let texts: Vec<String> = LINES.iter().map(|line| format!("{line}\n")).chain(pairs).collect();
    let refused: Vec<String> = STRICTER.iter().map(|line| format!("{}\n", line.0)).collect();
    let ours: Vec<Merged> = texts.iter().map(|text| merged(&[text.as_str()])).collect();
    let rewritten = ours.iter().map(|merged| merged.to_text(&["Made for CONFIG_B is not set"]));
    let all: Vec<String> = [String::new()]
        .into_iter()
        .chain(texts.iter().cloned())
        .chain(rewritten)
        .chain(refused.clone())
        .collect();
    let judged = judge(Path::new(&python), &all);
    let (defaults, rest) = judged.split_first().unwrap();
    let (raw, rest) = rest.split_at(texts.len());
    let (again, refused_raw) = rest.split_at(texts.len());
    for (((text, ours), raw), again) in texts.iter().zip(&ours).zip(raw).zip(again) {
        assert_eq!(predicted(ours, defaults), *raw, "{text:?} as we read it, and as Kconfig does");
        assert_eq!(raw, again, "{text:?} as it is, and as we write it:\n{}", ours.to_text(&[]));
    }
    for (text, raw) in refused.iter().zip(refused_raw) {
        assert_ne!(raw, defaults, "{text:?}: Kconfig does not take it either");
        assert!(fragment::parse(&Source::new("x", text.as_str())).1.has_errors(), "{text:?}");
    }
    eprintln!("{} lines and pairs agree with Kconfig, {} are refused on purpose", texts.len(), refused.len());
}

fn judge(python: &Path, texts: &[String]) -> Vec<Json> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sdkconfig_judge.py");
    let job = json!({ "kconfig": KCONFIG, "texts": texts }).to_string();
    let out = duct::cmd!(python, "-B", script).stdin_bytes(job).read().unwrap();
    serde_json::from_str(&out).unwrap()
}

fn merged(texts: &[&str]) -> Merged {
    let layers: Vec<Layer> = texts.iter().map(|text| layer(Path::new("sdkconfig.base"), text)).collect();
    merge(&layers, Choices::builtin(), &Owned::new(), &Renames::default()).0
}

fn layer(path: &Path, text: &str) -> Layer {
    let (fragment, _) = fragment::parse(&Source::new(path, text));
    Layer { kind: LayerKind::Base, name: path.display().to_string(), assignments: fragment.assignments }
}

/// What the merged values come to in the Kconfig above, given its defaults.
fn predicted(merged: &Merged, defaults: &Json) -> Json {
    let mut json = defaults.clone();
    for (symbol, entry) in &merged.symbols {
        let value = entry.winner.value();
        let new = match (symbol.as_str(), value) {
            ("B" | "BY", Value::On | Value::Off(_)) => json!(*value == Value::On),
            ("I", Value::Int(_)) => json!(value.as_number().map(|number| number as i64)),
            ("H", _) => match value.as_hex().filter(|number| *number >= 0) {
                Some(number) => json!(number as i64),
                None => continue,
            },
            ("S", Value::Str(text)) => json!(text),
            (member, Value::On) if member.starts_with("ESPTOOLPY_FLASHSIZE_") => {
                for size in ["2MB", "4MB", "8MB"] {
                    json[format!("ESPTOOLPY_FLASHSIZE_{size}")] =
                        json!(member.ends_with(&format!("_{size}")));
                }
                continue;
            }
            _ => continue,
        };
        json[symbol] = new;
    }
    json
}

const TAGS: [&str; 7] = ["v1.21.0", "v1.22.0", "v1.23.0", "v1.24.1", "v1.26.0", "v1.28.0", "master"];

#[test]
fn real_fragments_merge_as_their_concatenation_reads() {
    let Some(trees) = std::env::var_os("XTASK_TEST_MICROPYTHON").map(PathBuf::from) else {
        crate::judges::skipped(
            "set XTASK_TEST_MICROPYTHON to a folder of MicroPython checkouts, named by their tags",
        );
        return;
    };
    let (mut files, mut lists, mut symbols) = (0, 0, 0);
    for tag in TAGS {
        let port = trees.join(tag).join("ports/esp32");
        let boards = port.join("boards");
        for folder in folders(&boards).into_iter().chain([boards.clone()]) {
            for file in children(&folder).iter().filter(|file| name(file).starts_with("sdkconfig")) {
                let text = fs_err::read_to_string(file).unwrap();
                let (_, findings) = fragment::parse(&Source::new(file, text));
                assert!(findings.iter().all(|d| d.severity == Severity::Note), "{findings:#?}");
                symbols += compare(std::slice::from_ref(file));
                files += 1;
            }
            for list in lists_of(&port, &folder) {
                symbols += compare(&list);
                lists += 1;
            }
        }
    }
    assert!(
        files > 240 && lists > 220,
        "{files} files, {lists} lists: the trees are not what they should be"
    );
    eprintln!("{files} fragments and {lists} lists of fragments agree, {symbols} symbols");
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn folders(boards: &Path) -> Vec<PathBuf> {
    children(boards).into_iter().filter(|path| path.is_dir()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The fragments that a board's CMake file names, in order, whatever its conditions; and those with each variant file's.
fn lists_of(port: &Path, folder: &Path) -> Vec<Vec<PathBuf>> {
    let board = named(port, folder, &folder.join("mpconfigboard.cmake"));
    let variants = children(folder).into_iter().filter(|file| name(file).starts_with("mpconfigvariant"));
    let with = |variant: PathBuf| board.iter().cloned().chain(named(port, folder, &variant)).collect();
    let mut lists: Vec<Vec<PathBuf>> = variants.map(with).collect();
    lists.push(board.clone());
    lists.retain(|list| !list.is_empty());
    lists
}

fn named(port: &Path, folder: &Path, cmake: &Path) -> Vec<PathBuf> {
    let Ok(text) = fs_err::read_to_string(cmake) else {
        return Vec::new();
    };
    let words = text.lines().filter_map(|line| line.split('#').next()).flat_map(str::split_whitespace);
    let fragment = |word: &str| {
        let word = word.trim_matches([')', '(', '"']);
        let path = match word.strip_prefix("${MICROPY_BOARD_DIR}/") {
            Some(rest) => folder.join(rest),
            None => port.join(word),
        };
        (name(&path).starts_with("sdkconfig") && path.is_file()).then_some(path)
    };
    words.filter_map(fragment).collect()
}

/// Compares the merge of the files with a naive reading of them one after another; returns how many symbols there are.
fn compare(files: &[PathBuf]) -> usize {
    let texts: Vec<String> = files.iter().map(|file| fs_err::read_to_string(file).unwrap()).collect();
    let layers: Vec<Layer> = files.iter().zip(&texts).map(|(file, text)| layer(file, text)).collect();
    let (merged, findings) = merge(&layers, Choices::builtin(), &Owned::new(), &Renames::default());
    assert!(findings.iter().all(|d| d.severity == Severity::Note), "{findings:#?}");
    let (plain, chosen) = naive(&texts.join("\n"));
    let ours: BTreeMap<String, String> = merged
        .symbols
        .iter()
        .map(|(symbol, entry)| (symbol.clone(), entry.winner.value().to_string()))
        .collect();
    for (symbol, value) in &plain {
        assert_eq!(ours.get(symbol), Some(value), "{symbol} of {files:?}");
    }
    let ours_on: BTreeSet<&String> = ours.keys().filter(|symbol| !plain.contains_key(*symbol)).collect();
    let ours_on: BTreeSet<&str> =
        ours_on.into_iter().filter(|s| ours[*s] == "y").map(String::as_str).collect();
    assert_eq!(ours_on, chosen.values().map(String::as_str).collect(), "choices of {files:?}");
    ours.len()
}

/// Symbols outside of choices with their last value, and of each choice the last member that is `y`.
fn naive(text: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut plain, mut chosen) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines().map(str::trim) {
        let (symbol, value) = if let Some(rest) = line.strip_prefix("CONFIG_") {
            let (symbol, value) = rest.split_once('=').unwrap();
            (symbol, if value.is_empty() { "n" } else { value })
        } else if let Some(rest) =
            line.strip_prefix("# CONFIG_").and_then(|rest| rest.strip_suffix(" is not set"))
        {
            (rest, "n")
        } else {
            continue;
        };
        match Choices::builtin().of(symbol) {
            None => drop(plain.insert(symbol.to_owned(), value.to_owned())),
            Some(choice) if value == "y" => drop(chosen.insert(choice.to_owned(), symbol.to_owned())),
            Some(_) => {}
        }
    }
    (plain, chosen)
}

#[test]
fn the_data_files_agree_with_every_kconfig_tree() {
    let Some(trees) = std::env::var_os("XTASK_TEST_IDF").map(PathBuf::from) else {
        crate::judges::skipped("set XTASK_TEST_IDF to a folder of ESP-IDF checkouts");
        return;
    };
    let (mut defined, mut members) = (BTreeSet::new(), BTreeSet::new());
    for tree in folders(&trees) {
        for file in kconfigs(&tree) {
            scan(&fs_err::read_to_string(&file).unwrap_or_default(), &mut defined, &mut members);
        }
    }
    let choices = Choices::builtin();
    let known: BTreeSet<&str> = members
        .iter()
        .map(|m| m.0.as_str())
        .filter(|choice| choices.members(choice).next().is_some())
        .collect();
    assert!(known.len() > 50, "{known:?}");
    for choice in known {
        let theirs: BTreeSet<&str> = members.iter().filter(|m| m.0 == choice).map(|m| m.1.as_str()).collect();
        let ours: BTreeSet<&str> = choices.members(choice).collect();
        // XTAL_FREQ_SEL was named XTAL_FREQ, COMPILER_OPTIMIZATION_DEFAULT is a former name, in later releases.
        let missing: Vec<_> = theirs.iter().filter(|member| choices.of(member) != Some(choice)).collect();
        assert!(missing.is_empty(), "{choice} lacks {missing:?}");
        let foreign: Vec<_> = ours.iter().filter(|member| !defined.contains(**member)).collect();
        assert!(foreign.is_empty(), "{choice} has {foreign:?}");
    }
    for (wrong, unknown) in xtask_mistakes() {
        assert_eq!(unknown, !defined.contains(&wrong), "{wrong}");
    }
}

/// The wrong names of the data file, and whether they are said to be unknown.
fn xtask_mistakes() -> Vec<(String, bool)> {
    let text = include_str!("../xtask/data/sdkconfig_mistakes.toml");
    let table: toml::Table = text.parse().unwrap();
    let mistakes = table["mistake"].as_array().unwrap();
    mistakes
        .iter()
        .map(|m| (m["wrong"].as_str().unwrap().to_owned(), m["kind"].as_str() == Some("unknown")))
        .collect()
}

fn kconfigs(tree: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![tree.to_owned()];
    while let Some(folder) = todo.pop() {
        for path in children(&folder) {
            let is_link = fs_err::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink());
            let skipped =
                ["test", "examples", "tools", ".git"].iter().any(|part| name(&path).starts_with(part));
            match path.is_dir() {
                true if !skipped && !is_link => todo.push(path),
                false if name(&path).starts_with("Kconfig") => found.push(path),
                _ => {}
            }
        }
    }
    found
}

fn scan(text: &str, defined: &mut BTreeSet<String>, members: &mut BTreeSet<(String, String)>) {
    let mut choice = None;
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("choice"), Some(name)) => choice = Some(name.to_owned()),
            (Some("endchoice"), _) => choice = None,
            (Some("config" | "menuconfig"), Some(symbol)) => {
                defined.insert(symbol.to_owned());
                members.extend(choice.iter().map(|choice| (choice.clone(), symbol.to_owned())));
            }
            _ => {}
        }
    }
}

#[test]
fn the_gate_on_a_real_build_has_notes_only() {
    let Some(data) = std::env::var_os("XTASK_TEST_DATA").map(PathBuf::from) else {
        crate::judges::skipped("set XTASK_TEST_DATA to the folder of real images, tables and builds");
        return;
    };
    for build in ["c3-4MB-factory", "s3-8MB-factory"] {
        let folder = data.join("real").join(build);
        let read =
            |file: &str| Source::new(folder.join(file), fs_err::read_to_string(folder.join(file)).unwrap());
        let (fragment, _) = fragment::parse(&read("sdkconfig.combined"));
        let mut layer =
            Layer { kind: LayerKind::Base, name: "combined".into(), assignments: fragment.assignments };
        assert!(lint(&layer).iter().all(|d| d.severity == Severity::Note));
        let renames = Renames::default();
        let idf = Version::new(5, 1, 2);
        let context =
            GateContext { idf, log: &[], renames: &renames, choices: Choices::builtin(), known: None };
        let judge = |layer: &Layer, file: &str| {
            let merged =
                merge(std::slice::from_ref(layer), Choices::builtin(), &Owned::new(), &Renames::default()).0;
            gate::check(&merged, &effective::parse(&read(file)), &context)
        };
        for file in ["sdkconfig", "sdkconfig.json"] {
            let notes = judge(&layer, file);
            assert!(notes.iter().all(|d| d.severity == Severity::Note));
            eprintln!("{build}, {file}: {} of MicroPython's own lines do not take", notes.iter().count());
            assert!((1..=20).contains(&notes.iter().count()), "{notes:#?}");
        }
        layer.kind = LayerKind::Board;
        assert!(judge(&layer, "sdkconfig").has_errors());
    }
}
