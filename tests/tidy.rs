//! The rules of the house, held by a test: module docs, sizes, floors, and documents that tell the truth.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use xtask::config::keys;
use xtask::exit::Exit;

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Lower floors first; a module may use those below its own, and those of its own that are listed.
const FLOORS: &[&[&str]] = &[
    &["source", "diagnostic", "render", "process", "fs", "version", "exit"],
    &["chip", "config", "kconfig", "sdkconfig", "partition", "image"],
    &["checkout", "toolchain"],
    &["plan", "inspect", "edit"],
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
    // What an sdkconfig asks for is judged by the tree that defines it.
    ("sdkconfig", "kconfig"),
    // The record of a build has the verified image as a person reads it: pure text.
    ("build", "report"),
    ("commands", "cli"),
    // No changed image leaves `edit` that verification has an error for.
    ("edit", "inspect"),
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

/// A file without its tests: what stands before an inline test module. A `mod tests;` is one line of code.
fn code(text: &str) -> &str {
    let inline = text.match_indices("\n#[cfg(test)]\nmod ").find(|(index, found)| {
        let rest = &text[index + found.len()..];
        rest.lines().next().unwrap().ends_with('{')
    });
    inline.map_or(text, |(index, _)| &text[..index])
}

/// Whether a line opens a function, whatever stands before `fn`.
fn opens_function(line: &str) -> bool {
    let words = line.split_whitespace().map(|word| word.split('(').next().unwrap());
    let mut words = words.skip_while(|word| ["pub", "const", "unsafe", "async", "extern"].contains(word));
    words.next() == Some("fn")
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
            if opens_function(line) && !line.trim_end().ends_with('}') {
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
        assert!(!text.contains("use crate::{"), "{name}: one `use` a module, so that this test can read it");
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
fn the_pure_floor_does_no_io() {
    let banned =
        ["fs_err", "std::fs", "std::env::", "std::process", "std::net", "crate::process", "xshell", "duct::"];
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let own = name.split(['/', '.']).next().unwrap();
        if !FLOORS[1].contains(&own) {
            continue;
        }
        for word in banned {
            assert!(!code(text).contains(word), "{name} has {word}");
        }
        // Digests and their spelling live in `fs`, and read nothing.
        for after in code(text).split("crate::fs::").skip(1) {
            let used: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(["hex", "sha256"].contains(&used.as_str()), "{name} uses fs::{used}");
        }
    }
}

#[test]
fn processes_have_one_door() {
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let door = name.starts_with("process/");
        for word in ["xshell::", "duct::", "process::Command"] {
            assert!(door || !code(text).contains(word), "{name} has {word}");
        }
    }
}

#[test]
fn the_screen_has_one_door() {
    for (name, text) in sources() {
        for print in ["println!", "eprintln!", "print!(", "dbg!("] {
            assert!(!code(&text).contains(print), "{name} has {print}");
        }
        for stream in ["stdout()", "stderr()"] {
            // `use_stderr` asks clap whether a message is an error.
            let found = code(&text).replace("use_stderr()", "").contains(&format!("::{stream}"));
            assert!(!found || name.starts_with("report/"), "{name} has {stream}");
        }
    }
}

#[test]
fn what_tells_reads_nothing() {
    for (name, text) in sources().iter().filter(|(name, _)| name.starts_with("report/")) {
        for word in ["std::env::", "fs_err", "std::fs", "crate::fs", "crate::process::read", "stdin()"] {
            assert!(!code(text).contains(word), "{name} has {word}");
        }
    }
}

fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn verbs() -> Vec<String> {
    let help = run(&["--help"]);
    let verbs: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(verbs.len() > 10, "{help}");
    verbs
}

/// The documents that people read, with the folder that their links start from.
fn documents() -> Vec<(PathBuf, String)> {
    let names = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "xtask/stand-in/README.md"];
    names.map(|name| (root().join(name), std::fs::read_to_string(root().join(name)).unwrap())).into()
}

#[test]
fn the_documents_commands_exist() {
    let verbs = verbs();
    let sub = ["partitions", "image"];
    let mut seen = BTreeSet::new();
    for (path, text) in documents() {
        for after in text.split("cargo xtask ").skip(1) {
            let command = after.split(['`', '#', '\n', ',']).next().unwrap();
            let words: Vec<&str> = command.split_whitespace().collect();
            let Some(verb) = words.first().filter(|word| !word.starts_with('-')) else { continue };
            assert!(verbs.iter().any(|known| known == verb), "{}: `cargo xtask {verb}`", path.display());
            let mut args = vec![*verb];
            args.extend(words.get(1).filter(|_| sub.contains(verb)));
            let help = run(&[&args[..], &["--help"]].concat());
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                let flag = flag.split('=').next().unwrap();
                let known = help.split([' ', '[', '\n']).any(|word| word == flag);
                assert!(known, "{}: `cargo xtask {verb}` has no {flag}", path.display());
            }
            seen.insert((*verb).to_owned());
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
}

#[test]
fn the_readme_has_every_verb_key_and_exit_code() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = text.split_once("## The verbs").unwrap();
    for verb in verbs() {
        assert!(
            table.contains(&format!("`{verb} ")) || table.contains(&format!("`{verb}`")),
            "the README's table lacks the verb {verb}"
        );
    }
    let keys = [keys::MICROPYTHON, keys::ESP_IDF, keys::BUILD, keys::BOARD];
    let (_, table) = text.split_once("## The keys").unwrap();
    for key in keys.into_iter().flatten().map(|key| key.name) {
        assert!(table.contains(&format!("`{key}`")), "the README's table lacks the key {key}");
    }
    for exit in [
        Exit::Ok,
        Exit::Bug,
        Exit::Usage,
        Exit::Config,
        Exit::Environment,
        Exit::Build,
        Exit::Verification,
        Exit::Some,
        Exit::Interrupted,
    ] {
        let line = format!("\n| {} | ", exit as u8);
        assert!(text.contains(&line), "the README's table lacks the exit code {exit:?}");
    }
}

#[test]
fn the_documents_links_lead_somewhere() {
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            assert!(path.parent().unwrap().join(file).exists(), "{} links to {link}", path.display());
            if file.is_empty() {
                let anchors = text.lines().filter_map(|line| line.strip_prefix('#'));
                let mut anchors =
                    anchors.map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
                assert!(anchors.any(|known| known == anchor), "{} links to {link}", path.display());
            }
        }
    }
}

#[test]
fn the_changelog_has_the_version() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(text.contains(&format!("\n## {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_code_map_has_every_module() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, map) = text.split_once("## Code map").unwrap();
    let modules = std::fs::read_to_string(root().join("xtask/src/lib.rs")).unwrap();
    for module in modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(map.contains(&format!("`{module}`")), "the code map lacks {module}");
        assert!(FLOORS.iter().any(|floor| floor.contains(&module)), "{module} is on no floor");
    }
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
    let titles: BTreeSet<&str> = codes.iter().map(|code| code["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), codes.len(), "two codes have the same title");
    let sources = sources();
    let code_files = sources.iter().filter(|(name, _)| !is_test(name));
    let all: String = code_files.map(|(_, text)| code(text)).collect();
    for id in &ids {
        assert_eq!(all.matches(&format!("\"{id}\"")).count(), 1, "{id} is defined more than once");
    }
    for code in codes {
        assert!(code["explanation"].as_str().unwrap().len() > 40, "{code}");
    }
    assert!(run(&["explain", "E0412"]).contains("app does not fit a slot"));
}
