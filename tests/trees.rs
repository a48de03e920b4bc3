//! Every board and variant of real MicroPython releases, through the real binary: the merged sdkconfig is, symbol by
//! symbol, what MicroPython's own concatenation of fragments gives when the last line wins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use xtask::checkout::{Checkout, Port, evaluate_all};
use xtask::toolchain::kconfig::{Around, ChipKconfig, Library};

/// The releases that are compared, each with an ESP-IDF that it supports.
const PAIRS: &[(&str, &str)] = &[
    ("v1.21.0", "v5.0.4"),
    ("v1.22.0", "v5.1.2"),
    ("v1.23.0", "v5.1.2"),
    ("v1.24.1", "v5.2.2"),
    ("v1.26.0", "v5.4.2"),
    ("v1.28.0", "v5.5.1"),
    ("master", "v5.5.2"),
];

fn folders() -> Option<(PathBuf, PathBuf)> {
    let found =
        ["XTASK_TEST_MICROPYTHON", "XTASK_TEST_IDF"].map(|name| std::env::var_os(name).map(PathBuf::from));
    match found {
        [Some(micropython), Some(idf)] => Some((micropython, idf)),
        _ => {
            crate::judges::skipped(
                "set XTASK_TEST_MICROPYTHON and XTASK_TEST_IDF to folders of checkouts, named by tag",
            );
            None
        }
    }
}

/// A name that the config takes.
fn id(port: &Port) -> String {
    let name = |text: &str| text.to_lowercase();
    port.variant
        .as_ref()
        .map_or_else(|| name(&port.board), |variant| name(&format!("{}--{variant}", port.board)))
}

/// A config with each board of the tree and nothing else.
fn config(ports: &[Port]) -> String {
    let mut text = "[build]\nreproducible = false\n".to_owned();
    for port in ports {
        text += &format!("[board.{}]\nbase = \"{}\"\n", id(port), port.board);
        if let Some(variant) = &port.variant {
            text += &format!("base-variant = \"{variant}\"\n");
        }
    }
    text
}

fn run(verb: &[&str], config: &Path, micropython: &Path, idf: &Path) -> Output {
    let path = std::env::var("PATH").unwrap();
    let cmake = crate::judges::cmake();
    // The tests' own cmake, and a ninja beside it, so that nothing is fetched a second time.
    let ninja = crate::judges::tools(xtask::toolchain::stand_in::V1_28).bin();
    let path = format!("{}:{}:{path}", cmake.parent().unwrap().display(), ninja.display());
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(verb)
        .arg("--config")
        .arg(config)
        .arg("--micropython")
        .arg(micropython)
        .arg("--idf")
        .arg(idf)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// The last line wins, read naively from the fragments one after another.
fn last_wins(port: &Port, kconfig: &ChipKconfig) -> BTreeMap<String, String> {
    let mut symbols: BTreeMap<String, String> = BTreeMap::new();
    let mut chosen: BTreeMap<&str, String> = BTreeMap::new();
    let (choices, renames) = (&kconfig.choices, &kconfig.renames);
    for fragment in &port.fragments {
        for line in std::fs::read_to_string(&fragment.path).unwrap().lines() {
            let (name, value) = if let Some(rest) = line.strip_prefix("CONFIG_") {
                rest.split_once('=').unwrap()
            } else if let Some(rest) = line.strip_prefix("# CONFIG_") {
                let Some(name) = rest.strip_suffix(" is not set") else { continue };
                (name, "n")
            } else {
                continue;
            };
            let value = if value.is_empty() { "n" } else { value };
            // A former name and its present one are one symbol.
            let name = renames.get(name).map_or(name, |rename| &rename.new);
            if let Some(choice) = choices.of(name).filter(|_| value == "y") {
                chosen.insert(choice, name.to_owned());
            }
            // Kconfig: `n` on the chosen member of a choice does nothing.
            let member = choices.of(name).and_then(|choice| chosen.get(choice));
            if value == "n" && member.is_some_and(|member| member == name) {
                continue;
            }
            symbols.insert(name.to_owned(), value.to_owned());
        }
    }
    // Of a choice, the last member that was set.
    let is_beaten = |name: &str| {
        choices.of(name).and_then(|choice| chosen.get(choice)).is_some_and(|member| member != name)
    };
    symbols.retain(|name, _| !is_beaten(name));
    symbols
}

fn same(ours: &str, naive: &str) -> bool {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    };
    ours == naive || (number(ours).is_some() && number(ours) == number(naive))
}

#[test]
fn every_board_and_variant_is_micropythons_own() {
    let Some((micropython, idf)) = folders() else { return };
    for (tag, release) in PAIRS {
        let (tree, idf) = (micropython.join(tag), idf.join(release));
        if !tree.is_dir() || !idf.is_dir() {
            crate::judges::skipped(&format!("{tag} with {release}: no such checkouts"));
            continue;
        }
        let checkout = Checkout::open(&tree).unwrap();
        let version = release.parse().unwrap();
        let library = Library::open(&idf, version).unwrap();
        let (boards, _) = evaluate_all(&checkout, &crate::judges::cmake(), version).unwrap();
        let ports: Vec<Port> = boards.into_iter().flat_map(|board| board.ports).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, config(&ports)).unwrap();
        let output = run(&["sdkconfig", "--all", "--format", "json"], &path, &tree, &idf);
        assert!(output.status.success(), "{tag}: {}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let builds = document["builds"].as_array().unwrap();
        assert_eq!(builds.len(), ports.len());
        let mut compared = 0;
        for (build, port) in builds.iter().zip(&ports) {
            let naive = last_wins(port, &library.chip(&port.target, &Around::default()));
            let ours: BTreeMap<&str, &str> = build["symbols"]
                .as_array()
                .unwrap()
                .iter()
                .map(|symbol| (symbol["name"].as_str().unwrap(), symbol["value"].as_str().unwrap()))
                .collect();
            let names: BTreeSet<&str> =
                naive.keys().map(String::as_str).chain(ours.keys().copied()).collect();
            for name in names {
                let (ours, naive) = (ours.get(name), naive.get(name));
                let equal = ours.zip(naive).is_some_and(|(ours, naive)| same(ours, naive));
                assert!(equal, "{tag} {} {name}: {ours:?}, and the last line says {naive:?}", id(port));
                compared += 1;
            }
        }
        let output = run(&["check", "--all"], &path, &tree, &idf);
        assert!(output.status.success(), "{tag}: {}", String::from_utf8_lossy(&output.stderr));
        println!("{tag} with {release}: {} boards and variants, {compared} symbols agree", ports.len());
    }
}
