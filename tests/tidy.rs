//! The rules of the house, held by a test: module docs, sizes, floors, and documents that tell the truth.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Lower floors first; a module may use those below its own, and those of its own that are listed.
const FLOORS: &[&[&str]] = &[
    &["source", "diagnostic", "render", "process", "fs", "version", "exit"],
    &["chip", "config", "sdkconfig", "partition", "image"],
    &["checkout", "toolchain"],
    &["plan", "inspect"],
    &["build"],
    &["report"],
    &["cli", "commands"],
];

/// What may be used against the rule, and why.
const ALLOWED: &[(&str, &str)] = &[
    // A failure's exit code depends on whether the user interrupted.
    ("exit", "process"),
    // `fs` waits for locks until the user interrupts.
    ("fs", "process"),
    ("diagnostic", "source"),
    ("render", "diagnostic"),
    ("render", "source"),
    // Sizes and addresses of flash.
    ("partition", "chip"),
    ("config", "chip"),
    ("image", "chip"),
    ("sdkconfig", "chip"),
    // The record of a build has the verified image as a person reads it: pure text.
    ("build", "report"),
    ("commands", "cli"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every source file with its path below `xtask/src`.
fn sources() -> Vec<(String, String)> {
    let folder = root().join("xtask/src");
    let files = xtask::fs::files_below(&folder).unwrap();
    let rust = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    rust.map(|file| {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        (name, std::fs::read_to_string(file).unwrap())
    })
    .collect()
}

/// Tests are as long as their tables.
fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/")
}

/// A file without its tests.
fn code(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap()
}

#[test]
fn every_module_says_what_it_is_for() {
    for (name, text) in sources().into_iter().filter(|(name, _)| !name.contains("/tests/")) {
        assert!(text.starts_with("//! "), "{name} does not open with `//!`");
    }
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let lines: Vec<&str> = code(text).lines().collect();
        if lines.len() > FILE_LINES_MAX {
            long.push(format!("{name}: {} lines", lines.len()));
        }
        let mut start = None;
        for (index, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_function = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn "]
                .iter()
                .any(|head| line.trim_start().starts_with(head));
            if is_function && !line.trim_end().ends_with('}') {
                start = Some((index, indent));
            }
            if let Some((first, depth)) = start
                && indent == depth
                && line.trim() == "}"
            {
                if index - first + 1 > FUNCTION_LINES_MAX {
                    long.push(format!("{name}:{}: {} lines", first + 1, index - first + 1));
                }
                start = None;
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn imports_go_down_only() {
    let floor = |module: &str| FLOORS.iter().position(|floor| floor.contains(&module));
    let mut wrong = BTreeSet::new();
    for (name, text) in sources() {
        let own = name.split(['/', '.']).next().unwrap();
        if matches!(own, "lib" | "main") || is_test(&name) {
            continue;
        }
        let here = floor(own).unwrap_or_else(|| panic!("{own} is on no floor"));
        for (index, _) in code(&text).match_indices("crate::") {
            let rest = &text[index + "crate::".len()..];
            let used: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let Some(there) = floor(&used) else { continue };
            let fine = used == own || there < here || ALLOWED.contains(&(own, used.as_str()));
            if !fine {
                wrong.insert(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_screen_has_one_door() {
    for (name, text) in sources() {
        for print in ["println!", "eprintln!", "print!(", "dbg!("] {
            assert!(!code(&text).contains(print), "{name} has {print}");
        }
    }
}

fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_documents_name_verbs_and_files_that_exist() {
    let help = run(&["--help"]);
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.len() > 10, "{help}");
    for document in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for after in text.split("cargo xtask ").skip(1) {
            let verb: String = after.chars().take_while(|c| c.is_ascii_lowercase()).collect();
            assert!(verb.is_empty() || verbs.contains(&verb.as_str()), "{document}: `cargo xtask {verb}`");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(link.starts_with("http") || root().join(link).exists(), "{document} links to {link}");
        }
    }
    let changelog = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(changelog.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_schema_in_the_repository_is_the_tools() {
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema"])).unwrap();
    let text = std::fs::read_to_string(root().join("config.schema.json")).unwrap();
    let mend = "write it anew: `cargo xtask schema > config.schema.json`";
    assert_eq!(schema, serde_json::from_str::<serde_json::Value>(&text).unwrap(), "{mend}");
}

#[test]
fn every_code_is_one_rule_and_is_explained() {
    let codes: serde_json::Value = serde_json::from_str(&run(&["explain", "--format", "json"])).unwrap();
    let codes = codes["codes"].as_array().unwrap();
    let ids: BTreeSet<&str> = codes.iter().map(|code| code["code"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), codes.len(), "a code stands for two rules");
    for code in codes {
        assert!(code["explanation"].as_str().unwrap().len() > 40, "{code}");
    }
    assert!(run(&["explain", "E0412"]).contains("app does not fit a slot"));
}
