//! Kconfig against the library behind ESP-IDF's kconfgen: every symbol's value, of real trees and real boards.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use xtask::checkout::{Checkout, Port, evaluate_all};
use xtask::diagnostic::{Code, Diagnostic, Diagnostics};
use xtask::kconfig::{File, Tree, Type, Values};
use xtask::sdkconfig::judge::check;
use xtask::sdkconfig::{Known, Layer, LayerKind, Merged, Owned, Value, codes, effective, fragment, merge};
use xtask::source::Source;
use xtask::toolchain::kconfig::{Around, ChipKconfig, Library};
use xtask::toolchain::python::install;
use xtask::toolchain::stand_in::{V1_23, V1_28, prepare};

/// ESP-IDF releases, each with the esp-idf-kconfig that it comes with.
const RELEASES: &[(&str, &str)] = &[
    ("v5.0", "1.5.0"),
    ("v5.0.4", "1.5.0"),
    ("v5.1.2", "1.5.0"),
    ("v5.2.2", "1.5.0"),
    ("v5.3", "2.5.4"),
    ("v5.4.2", "2.5.4"),
    ("v5.5.1", "2.5.4"),
    ("v5.5.2", "2.5.4"),
    ("v6.0", "3.14.0"),
];

/// A Python with that release of esp-idf-kconfig.
fn python(release: &str) -> PathBuf {
    if let Some(named) = std::env::var_os(format!("XTASK_TEST_KCONFIG_{}", release.replace('.', "_"))) {
        return named.into();
    }
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let more = if release.starts_with('1') { "kconfiglib==14.1.0\n" } else { "" };
    let requirements = format!("esp-idf-kconfig=={release}\n{more}");
    install(&state, &requirements, &mut |_| {}).unwrap().program("python")
}

/// An sdkconfig as assignments in their order.
type Assignments = Vec<(String, Value)>;

fn text(assignments: &Assignments) -> String {
    assignments.iter().map(|(name, value)| value.to_sdkconfig(name) + "\n").collect()
}

fn judge(python: &Path, tree: &Tree, root: &Path, texts: &[String]) -> Vec<Json> {
    let (variables, lists) = (&tree.surroundings().variables, &tree.surroundings().lists);
    let job = json!({ "root": root, "environment": variables, "lists": lists, "texts": texts });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle/kconfig.py");
    let mut child = Command::new(python)
        .arg(script)
        .env_remove("IDF_CI_BUILD")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(job.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the judge failed on {}", root.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares every symbol; gives how many there were, and each disagreement.
fn compare(tree: &Tree, assignments: &Assignments, judged: &Json) -> (usize, Vec<String>) {
    let mut values = Values::new(tree);
    for (name, value) in assignments {
        if let Some(id) = tree.find(name) {
            let _ = values.set(id, value.given());
        }
    }
    let judged = judged.as_object().unwrap();
    let mut wrong = Vec::new();
    for (name, id) in tree.names() {
        let kind = tree.symbols[id].kind.map_or("unknown", Type::name);
        let ours = json!([kind, values.value(id).text(), values.visible(id), values.is_written(id)]);
        match judged.get(name) {
            Some(theirs) if *theirs == ours => {}
            theirs => wrong.push(format!("{name}: {ours}, and Kconfig says {theirs:?}")),
        }
    }
    wrong.extend(
        judged.keys().filter(|name| tree.find(name).is_none()).map(|name| format!("{name} is missing")),
    );
    (judged.len(), wrong)
}

fn chips(idf: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(idf.join("components/soc")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut chips: Vec<String> = names.filter(|name| name.starts_with("esp32")).collect();
    chips.sort();
    chips
}

/// Assignments of all kinds to symbols of the tree, some that take and some that do not.
fn random(tree: &Tree) -> impl Strategy<Value = Assignments> {
    let names: Vec<(String, Option<Type>)> =
        tree.symbols.iter().map(|symbol| (symbol.name.clone(), symbol.kind)).collect();
    let one = (proptest::sample::select(names), any::<bool>(), 0..7u32, any::<u16>()).prop_map(
        |((name, kind), on, form, n)| {
            let number = match form {
                0 | 1 => n.to_string(),
                2 => (n % 10).to_string(),
                3 => format!("-{n}"),
                _ => format!("{n:#x}"),
            };
            let value = match (kind, form) {
                (_, 6) => Value::bool(on),
                (Some(Type::Bool), _) => Value::bool(on),
                (Some(Type::String), _) => Value::string(&number).unwrap(),
                (Some(Type::Int), 0..=4) => Value::integer(&n.to_string()).unwrap(),
                _ if number.starts_with('-') => Value::integer("-1").unwrap(),
                _ => Value::integer(&number).unwrap(),
            };
            (name, value)
        },
    );
    // Each symbol once, as the merged sdkconfig has it; two members of one choice may both be set.
    proptest::collection::vec(one, 0..250).prop_map(|all| {
        let mut seen = BTreeSet::new();
        all.into_iter().filter(|(name, _)| seen.insert(name.clone())).collect()
    })
}

/// Random configurations of every chip of an ESP-IDF, against the library; gives how many values were compared.
fn agree_on_values(idf: &Path, release: &str, judged_by: &str, each: usize) -> usize {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let (python, library) = (python(judged_by), Library::open(idf, release.parse().unwrap()).unwrap());
    let mut compared = 0;
    for chip in chips(idf) {
        let tree = library.tree(&chip, &[]);
        let found: Vec<String> = tree.findings.iter().map(|finding| finding.message.clone()).collect();
        assert!(found.is_empty(), "{release} {chip}: {found:#?}");
        let strategy = random(&tree);
        let mut configs = vec![Assignments::new()];
        configs.extend((0..each).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
        let texts: Vec<String> = configs.iter().map(text).collect();
        let judged = judge(&python, &tree, &idf.join("Kconfig"), &texts);
        for ((assignments, judged), text) in configs.iter().zip(&judged).zip(&texts) {
            let (count, wrong) = compare(&tree, assignments, judged);
            assert!(wrong.is_empty(), "{release} {chip}\n{}\nof\n{text}", wrong.join("\n"));
            compared += count;
        }
    }
    compared
}

#[test]
fn every_value_of_the_stand_ins_trees_is_kconfigs_own() {
    for (pair, release, judged_by) in [(V1_28, "v5.5.1", "2.5.4"), (V1_23, "v5.1.2", "1.5.0")] {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = prepare(folder.path(), pair, &mut |_| {}).unwrap();
        let compared = agree_on_values(&stand_in.idf, release, judged_by, 40);
        assert!(compared > 10_000, "{compared}");
    }
}

#[test]
fn every_value_of_every_real_tree_is_kconfigs_own() {
    let Some(idfs) = std::env::var_os("XTASK_TEST_IDF").map(PathBuf::from) else {
        return crate::judges::skipped("set XTASK_TEST_IDF to a folder of ESP-IDF checkouts, named by tag");
    };
    for (release, judged_by) in RELEASES {
        let idf = idfs.join(release);
        if !idf.is_dir() {
            crate::judges::skipped(&format!("no ESP-IDF {release}"));
            continue;
        }
        let compared = agree_on_values(&idf, release, judged_by, 20);
        println!("{release}: {compared} values agree with esp-idf-kconfig {judged_by}");
    }
}

#[test]
fn every_kconfig_file_of_every_release_is_read() {
    let Some(idfs) = std::env::var_os("XTASK_TEST_IDF").map(PathBuf::from) else {
        return crate::judges::skipped("set XTASK_TEST_IDF to a folder of ESP-IDF checkouts, named by tag");
    };
    let (mut files, mut releases) = (0, 0);
    for release in std::fs::read_dir(&idfs).unwrap().map(|entry| entry.unwrap().path()) {
        releases += 1;
        for path in xtask::fs::files_below(&release).unwrap() {
            let name = path.file_name().unwrap().to_string_lossy();
            // Examples, tests and tools as well; not what is fed to a template engine first.
            if !name.starts_with("Kconfig") || name.ends_with(".py") || !path.is_file() {
                continue;
            }
            let file = File::parse(Source::new(&path, std::fs::read_to_string(&path).unwrap()));
            let told: Vec<String> = file
                .findings
                .iter()
                .map(|finding| format!("{:?} {}", finding.place(), finding.message))
                .collect();
            assert!(told.is_empty(), "{told:#?}");
            files += 1;
        }
    }
    println!("{files} Kconfig files of {releases} releases are read without a finding");
}

/// MicroPython releases with an ESP-IDF that each supports, and its esp-idf-kconfig.
const PAIRS: &[(&str, &str, &str)] = &[
    ("v1.21.0", "v5.0.4", "1.5.0"),
    ("v1.22.0", "v5.1.2", "1.5.0"),
    ("v1.23.0", "v5.1.2", "1.5.0"),
    ("v1.24.1", "v5.2.2", "1.5.0"),
    ("v1.26.0", "v5.4.2", "2.5.4"),
    ("v1.28.0", "v5.5.1", "2.5.4"),
    ("master", "v5.5.2", "2.5.4"),
];

/// What the judge of an sdkconfig says about a board's requests, against what the library computes from the same lines: the
/// verdict of each, and whether the cause that is named is one.
fn agree_on_verdicts(
    merged: &Merged,
    kconfig: &ChipKconfig,
    findings: &Diagnostics,
    judged: &Json,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (symbol, entry) in &merged.symbols {
        let wanted = entry.winner.value();
        let rename = kconfig.renames.get(symbol).filter(|_| kconfig.tree.find(symbol).is_none());
        let name = rename.map_or(symbol, |rename| &rename.new);
        let wanted = if rename.is_some_and(|rename| rename.inverted) {
            Value::bool(wanted.is_off())
        } else {
            wanted.clone()
        };
        let theirs = judged.get(name);
        let taken = match theirs {
            None => wanted.is_off(),
            Some(theirs) => takes(&wanted, theirs[0].as_str().unwrap(), theirs[1].as_str().unwrap()),
        };
        let about = |finding: &&Diagnostic| {
            finding.place() == Some(entry.winner.place()) && JUDGED.contains(&finding.code)
        };
        let ours = findings.iter().find(about);
        let visible = theirs.is_some_and(|theirs| theirs[2] == true);
        let cause = ours.map(|finding| finding.code);
        let right = match (taken, cause) {
            (true, None) => true,
            // A component that is not there may change either.
            (_, Some(code)) if code == &codes::NOT_JUDGED => true,
            (false, Some(code)) if code == &codes::UNKNOWN || code == &codes::OTHER_CHIP => theirs.is_none(),
            (false, Some(code)) if code == &codes::NO_PROMPT || code == &codes::UNMET => {
                theirs.is_some() && !visible
            }
            (false, Some(code)) if code == &codes::OUT_OF_RANGE || code == &codes::WRONG_TYPE => visible,
            (false, Some(code)) if code == &codes::FORCED || code == &codes::CHOICE_OFF => {
                theirs.is_some_and(|theirs| theirs[1] == "y")
            }
            _ => false,
        };
        if !right {
            wrong.push(format!(
                "{symbol}={wanted}: Kconfig says {theirs:?}, we say {:?}",
                ours.map(|f| &f.message)
            ));
        }
    }
    wrong
}

/// The codes that say that a request has no effect.
const JUDGED: &[&Code] = &[
    &codes::UNKNOWN,
    &codes::OTHER_CHIP,
    &codes::NO_PROMPT,
    &codes::WRONG_TYPE,
    &codes::OUT_OF_RANGE,
    &codes::UNMET,
    &codes::FORCED,
    &codes::CHOICE_OFF,
    &codes::NOT_JUDGED,
];

fn takes(wanted: &Value, kind: &str, found: &str) -> bool {
    let number = |text: &str| {
        let bare = text.trim_start_matches("0x").trim_start_matches("0X");
        let base = if kind == "hex" || bare.len() < text.len() { 16 } else { 10 };
        i64::from_str_radix(bare, base).ok()
    };
    match wanted {
        Value::On => found == "y",
        Value::Off(_) => found == "n" || found.is_empty(),
        Value::Str(text) => kind == "string" && found == text,
        Value::Int(text) | Value::Hex(text) => {
            kind != "string" && number(text).is_some() && number(text) == number(found)
        }
    }
}

#[test]
fn every_request_of_every_real_board_is_judged_as_kconfig_does() {
    let folders =
        ["XTASK_TEST_MICROPYTHON", "XTASK_TEST_IDF"].map(|name| std::env::var_os(name).map(PathBuf::from));
    let [Some(micropythons), Some(idfs)] = folders else {
        return crate::judges::skipped(
            "set XTASK_TEST_MICROPYTHON and XTASK_TEST_IDF to folders of checkouts, named by tag",
        );
    };
    for (tag, release, judged_by) in PAIRS {
        let (root, idf) = (micropythons.join(tag), idfs.join(release));
        if !root.is_dir() || !idf.is_dir() {
            crate::judges::skipped(&format!("{tag} with {release}: no such checkouts"));
            continue;
        }
        let version = release.parse().unwrap();
        let checkout = Checkout::open(&root).unwrap();
        let (boards, _) = evaluate_all(&checkout, &crate::judges::cmake(), version).unwrap();
        let library = Library::open(&idf, version).unwrap();
        let mut by_chip: BTreeMap<String, Vec<Port>> = BTreeMap::new();
        for port in boards.into_iter().flat_map(|board| board.ports) {
            by_chip.entry(port.target.clone()).or_default().push(port);
        }
        let (mut builds, mut requests, mut dead) = (0, 0, 0);
        for (chip, ports) in &by_chip {
            let around = Around { port: Some(checkout.port.clone()), fetched: None };
            let kconfig = library.chip(chip, &around);
            let merged: Vec<Merged> = ports.iter().map(|port| merge_of(port, &kconfig)).collect();
            let texts: Vec<String> = merged.iter().map(|merged| present(merged, &kconfig)).collect();
            let judged = judge(&python(judged_by), &kconfig.tree, &idf.join("Kconfig"), &texts);
            for ((port, merged), judged) in ports.iter().zip(&merged).zip(&judged) {
                let chips_with = |symbol: &str| library.chips_with(symbol);
                let known = Known {
                    tree: &kconfig.tree,
                    renames: &kconfig.renames,
                    idf: version,
                    chip,
                    absent: &kconfig.absent,
                    chips_with: &chips_with,
                };
                let findings = check(merged, &known);
                let wrong = agree_on_verdicts(merged, &kconfig, &findings, judged);
                assert!(wrong.is_empty(), "{tag} {} {:?}\n{}", port.board, port.variant, wrong.join("\n"));
                builds += 1;
                requests += merged.symbols.len();
                dead += findings.iter().filter(|finding| JUDGED.contains(&finding.code)).count();
            }
        }
        println!(
            "{tag} with {release}: {builds} builds, {requests} requests judged alike; {dead} have no effect"
        );
    }
}

/// A board's own fragments, merged, as the user's: each finding of theirs is told in full.
fn merge_of(port: &Port, kconfig: &ChipKconfig) -> Merged {
    let layers: Vec<Layer> = port
        .fragments
        .iter()
        .map(|fragment| {
            let text = std::fs::read_to_string(&fragment.path).unwrap();
            let (read, _) = fragment::parse(&Source::new(&fragment.path, text));
            Layer { kind: LayerKind::Base, name: String::new(), assignments: read.assignments }
        })
        .collect();
    merge(&layers, &kconfig.choices, &Owned::new(), &kconfig.renames).0
}

/// The merged lines by their present names, as kconfgen replaces former ones before it reads them.
fn present(merged: &Merged, kconfig: &ChipKconfig) -> String {
    let lines = merged.symbols.iter().map(|(symbol, entry)| {
        let value = entry.winner.value();
        match kconfig.renames.get(symbol).filter(|_| kconfig.tree.find(symbol).is_none()) {
            Some(rename) if rename.inverted => Value::bool(value.is_off()).to_sdkconfig(&rename.new) + "\n",
            Some(rename) => value.to_sdkconfig(&rename.new) + "\n",
            None => value.to_sdkconfig(symbol) + "\n",
        }
    });
    lines.collect()
}

#[test]
fn a_real_configure_came_to_what_is_computed() {
    let folders = ["XTASK_TEST_DATA", "XTASK_TEST_IDF"].map(|name| std::env::var_os(name).map(PathBuf::from));
    let [Some(data), Some(idfs)] = folders else {
        return crate::judges::skipped("set XTASK_TEST_DATA and XTASK_TEST_IDF to compare a real configure");
    };
    // MicroPython v1.23.0 with ESP-IDF v5.1.2.
    let library = Library::open(&idfs.join("v5.1.2"), "v5.1.2".parse().unwrap()).unwrap();
    for (build, chip) in [("c3-4MB-factory", "esp32c3"), ("s3-8MB-factory", "esp32s3")] {
        let folder = data.join("real").join(build);
        let read = |name: &str| {
            let path = folder.join(name);
            Source::new(&path, std::fs::read_to_string(&path).unwrap())
        };
        let kconfig = library.chip(chip, &Around::default());
        let mut values = Values::new(&kconfig.tree);
        for assignment in fragment::parse(&read("sdkconfig.combined")).0.assignments {
            let name =
                kconfig.renames.get(&assignment.symbol).map_or(&assignment.symbol, |rename| &rename.new);
            if let Some(id) = kconfig.tree.find(name) {
                let _ = values.set(id, assignment.value.given());
            }
        }
        let effective = effective::parse(&read("sdkconfig"));
        let (mut compared, mut others) = (0, 0);
        for (name, value) in &effective.symbols {
            // Symbols of components that were fetched, or are a submodule of ESP-IDF that is not checked out here.
            let Some(id) = kconfig.tree.find(name) else {
                others += 1;
                assert!(
                    ["MDNS_", "TINYUSB_", "MQTT_"].iter().any(|prefix| name.starts_with(prefix)),
                    "{name}"
                );
                continue;
            };
            let kind = kconfig.tree.symbols[id].kind.unwrap().name();
            let computed = values.value(id);
            assert!(takes(value, kind, computed.text()), "{build} {name}: {value}, and we say {computed:?}");
            assert!(values.is_written(id), "{name}");
            compared += 1;
        }
        let written = kconfig.tree.names().filter(|(_, id)| values.is_written(*id)).count();
        assert_eq!(written, compared, "{build}: every symbol that is written is in the file");
        println!("{build}: {compared} symbols of a real sdkconfig, {others} of fetched components");
    }
}
