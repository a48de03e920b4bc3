//! Kconfig against the library behind ESP-IDF's kconfgen: every symbol's value, of real trees and real boards.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use xtask::kconfig::{Tree, Type, Values};
use xtask::sdkconfig::Value;
use xtask::toolchain::kconfig::Library;
use xtask::toolchain::python::install;

/// ESP-IDF releases, each with the esp-idf-kconfig that it comes with.
const RELEASES: &[(&str, &str)] = &[
    ("v6.0", "3.14.0"),
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

#[test]
fn every_value_of_every_real_tree_is_kconfigs_own() {
    let Some(idfs) = std::env::var_os("XTASK_TEST_IDF").map(PathBuf::from) else {
        return crate::judges::skipped("set XTASK_TEST_IDF to a folder of ESP-IDF checkouts, named by tag");
    };
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    for (release, judged_by) in RELEASES {
        let idf = idfs.join(release);
        if !idf.is_dir() {
            crate::judges::skipped(&format!("no ESP-IDF {release}"));
            continue;
        }
        let python = python(judged_by);
        let library = Library::open(&idf, release.parse().unwrap()).unwrap();
        let (mut compared, mut chips_seen) = (0, 0);
        for chip in chips(&idf) {
            let tree = library.tree(&chip, &[]);
            let found: Vec<String> = tree.findings.iter().map(|finding| finding.message.clone()).collect();
            assert!(found.is_empty(), "{release} {chip}: {found:#?}");
            let strategy = random(&tree);
            let mut configs = vec![Assignments::new()];
            configs.extend((0..20).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
            let texts: Vec<String> = configs.iter().map(text).collect();
            let judged = judge(&python, &tree, &idf.join("Kconfig"), &texts);
            for ((assignments, judged), text) in configs.iter().zip(&judged).zip(&texts) {
                let (count, wrong) = compare(&tree, assignments, judged);
                assert!(wrong.is_empty(), "{release} {chip}\n{}\nof\n{text}", wrong.join("\n"));
                compared += count;
            }
            chips_seen += 1;
        }
        println!("{release}: {chips_seen} chips, {compared} values agree with esp-idf-kconfig {judged_by}");
    }
}
