//! What the smaller verbs say to a person: everything that the main job does not run through.

use super::world::{OTA, World};
use std::process::Command;

#[test]
fn doctor_finds_what_a_build_of_the_stand_in_would() {
    for pair in ["--stand-in", "--stand-in=1.23"] {
        let mut world = World::new(OTA);
        world.stand_in = pair;
        let run = world.run(&["doctor", "--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&run.succeeds().out).unwrap();
        let item = |name: &str| {
            let items = told["items"].as_array().unwrap();
            items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}: {told}")).clone()
        };
        assert_eq!((&told["ok"], &item("tools")["state"]), (&true.into(), &"ok".into()), "{told}");
        for name in ["cmake", "ninja"] {
            let found = item(name)["found"].as_str().unwrap().to_owned();
            assert!(found.contains("target/xtask/python-"), "{name}: {found}");
        }
    }
}

#[test]
fn doctor_says_why_the_tools_of_an_esp_idf_do_not_start() {
    let world = World::new(OTA);
    world.run(&["list", "--port"]).succeeds();
    let script = world.tree("esp-idf/tools/idf_tools.py");
    std::fs::write(script, "import sys\nsys.exit('ERROR: nothing is installed')\n").unwrap();
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, 4, "{}", run.err);
    let line = run.out.lines().find(|line| line.starts_with("tools ")).unwrap();
    assert!(line.contains("missing") && line.contains("ERROR: nothing is installed; mend: "), "{line}");
}

/// The line that draws 8 MB of flash in 76 characters.
fn is_bar(line: &str) -> bool {
    line.starts_with("  ") && line.len() == 78 && line[2..].chars().all(|c| "|=#.".contains(c))
}

#[test]
fn plan_and_show_draw_the_flash() {
    let world = World::new(OTA);
    let show = ["partitions", "show", "--flash-size", "8MB", "partitions/ota.toml"];
    for args in [&show[..], &["plan", "--board", "b"]] {
        let run = world.run(args);
        assert!(run.succeeds().out.contains("8 MiB\n") && run.out.lines().any(is_bar), "{}", run.out);
        assert!(run.out.contains("\n  nvs "), "{}", run.out);
    }
}

#[test]
fn plan_names_what_is_below_the_current_folder_without_the_folder() {
    let world = World::new(OTA);
    let run = world.run(&["plan", "--board", "b"]);
    for line in ["  manifest     manifest.py", "  C module     modules/smw", "Files, below target/xtask/b"] {
        assert!(run.succeeds().out.lines().any(|known| known == line), "{line}:\n{}", run.out);
    }
    let steps = run.out.split("\nSteps\n").next().unwrap();
    assert!(!steps.contains(world.path("").to_str().unwrap()), "{steps}");
}

/// What bash offers for the last of these words, with a completion of cargo's own there before.
fn completed(script: &str, words: &[&str]) -> Vec<String> {
    let list: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let last = words.len() - 1;
    let text = format!(
        "_own() {{ COMPREPLY=(own); }}\ncomplete -F _own cargo\n{script}\n{script}\n\
         COMP_WORDS=({}); COMP_CWORD={last}\n\
         [[ $(complete -p cargo) =~ -F\\ ([^ ]+) ]] && ${{BASH_REMATCH[1]}} cargo '{}' '{}'\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        list.join(" "),
        words[last],
        words[last - 1],
    );
    let output = Command::new("bash").args(["--norc", "-c", &text]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_cargo_xtask_and_leaves_the_rest_to_cargo() {
    let world = World::new(OTA);
    let script = world.run(&["completions", "bash"]).succeeds().out.clone();
    assert_eq!(completed(&script, &["cargo", "xtask", "bu"]), ["build"]);
    assert_eq!(completed(&script, &["cargo", "xtask", "build", "--forc"]), ["--force"]);
    assert_eq!(completed(&script, &["cargo", "xtask", "partitions", "sh"]), ["show"]);
    assert_eq!(completed(&script, &["cargo", "xtask", "build", "--color", "n"]), ["never"]);
    assert_eq!(completed(&script, &["cargo", "bu"]), ["own"]);
    assert_eq!(completed(&script, &["cargo", "xta"]), ["own"]);
}

#[test]
fn every_help_fits_a_screen_with_the_verbs_own_options_first() {
    let help = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = help(&[]);
    let (_, list) = whole.split_once("Commands:\n").unwrap();
    let verbs = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split(' ').nth(2));
    let mut all: Vec<Vec<&str>> = verbs.map(|verb| vec![verb]).collect();
    assert!(all.len() > 10, "{whole}");
    all.extend([vec!["partitions", "show"], vec!["partitions", "convert"], vec!["image", "info"], vec![]]);
    for args in all {
        let text = help(&args);
        let at = |heading: &str| text.find(heading).unwrap_or_else(|| panic!("{heading}:\n{text}"));
        assert!(at("\nOptions:\n") < at("\nOptions of every verb:\n"), "{text}");
        assert!(at("\nOptions of every verb:\n") < at("\nRarely:\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.lines().count() <= 48, "{} lines:\n{text}", text.lines().count());
        let config = text.lines().find(|line| line.contains(" --config ")).unwrap();
        assert!(config.contains("The config to use"), "an option and its text are on one line:\n{text}");
    }
}

#[test]
fn only_under_github_actions_a_stage_is_folded() {
    let world = World::new(OTA);
    let args = ["build", "--board", "b", "--verbose", "--force"];
    let run = world.run_with(&args, &[("GITHUB_ACTIONS", "true")]);
    assert!(run.succeeds().err.contains("::group::configure\n"), "{}", run.err);
    assert!(!world.run(&args).succeeds().err.contains("::group::"));
}

#[test]
fn a_dry_setup_lists_the_installation_of_the_tools_and_does_nothing() {
    let mut world = World::new(OTA);
    let run = world.run(&["setup", "--dry-run"]);
    let lines =
        ["/tools/idf_tools.py' install --targets=esp32s3\n", "/tools/idf_tools.py' install-python-env\n"];
    assert!(lines.iter().all(|line| run.succeeds().err.contains(line)), "{}", run.err);
    // Without any tree: nothing is cloned nor fetched to know the chips.
    world.stand_in = "--color=never";
    let before = std::fs::read_dir(world.path("target/xtask")).unwrap().count();
    let run = world.run(&["setup", "--dry-run"]);
    let texts =
        ["MicroPython v1.28.0 from", "will be cloned", "/tools/idf_tools.py' install --targets=CHIPS\n"];
    assert!(texts.iter().all(|text| run.succeeds().err.contains(text)), "{}", run.err);
    assert_eq!(std::fs::read_dir(world.path("target/xtask")).unwrap().count(), before);
}
