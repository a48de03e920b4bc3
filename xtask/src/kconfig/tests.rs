//! Kconfig texts of all kinds, broken ones first.

use super::*;
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by path.
pub(crate) struct Memory(BTreeMap<PathBuf, String>);

impl Memory {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect())
    }

    /// The tree for a chip; `/Kconfig` is its root.
    pub(crate) fn tree(&self, chip: &str) -> Tree {
        let variables =
            [("IDF_TARGET".to_owned(), chip.to_owned()), ("IDF_ENV_FPGA".to_owned(), String::new())];
        let lists =
            [("COMPONENT_KCONFIGS_SOURCE_FILE".to_owned(), vec!["/a/Kconfig".into(), "/b/Kconfig".into()])];
        let surroundings = Surroundings { variables: variables.into(), lists: lists.into() };
        Tree::read(Path::new("/Kconfig"), surroundings, self)
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> Option<Arc<File>> {
        let text = self.0.get(path)?;
        Some(Arc::new(File::parse(Source::new(path, text.clone()))))
    }

    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        let pattern = pattern.to_string_lossy();
        let (before, after) = pattern.split_once('*').unwrap_or((&pattern, ""));
        let fits = |path: &&PathBuf| {
            let path = path.to_string_lossy();
            path.starts_with(before) && path.ends_with(after)
        };
        self.0.keys().filter(fits).cloned().collect()
    }
}

fn tree(text: &str) -> Tree {
    Memory::new(&[("/Kconfig", text)]).tree("esp32s3")
}

fn told(findings: &Diagnostics) -> String {
    let tell = |finding: &crate::diagnostic::Diagnostic| {
        let place =
            finding.place().map(|place| format!("{place} `{}`", place.text().trim())).unwrap_or_default();
        format!("{} {}: {} at {place}\n", finding.severity.word(), finding.code.id, finding.message)
    };
    findings.iter().map(tell).collect()
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&told(&tree(text).findings));
}

/// All values as `NAME=value`, those that are written with a star.
fn values(tree: &Tree, given: &[(&str, Given<'_>)]) -> String {
    let mut values = Values::new(tree);
    for (name, value) in given {
        values.set(tree.find(name).unwrap(), *value).unwrap();
    }
    let shown = tree.names().map(|(name, id)| {
        let star = if values.is_written(id) { "*" } else { "" };
        format!("{name}={}{star}", values.value(id).text())
    });
    shown.collect::<Vec<_>>().join(" ")
}

const ON: Given<'_> = Given::Bool(true);
const OFF: Given<'_> = Given::Bool(false);

#[test]
fn a_tree_of_everything() {
    let files = Memory::new(&[
        (
            "/Kconfig",
            "mainmenu \"Top\"\norsource \"./soc/$IDF_TARGET/caps.in\"\nrsource \"more/*.in\"\nsource \"$COMPONENT_KCONFIGS_SOURCE_FILE\"\n",
        ),
        ("/soc/esp32s3/caps.in", "config SOC_A\n\tbool\n\tdefault y\n"),
        (
            "/more/1.in",
            "config TARGET\n  string\n  default \"$IDF_TARGET\"\nconfig T2\n  string\n  default \"is-$(IDF_TARGET)!\"\n",
        ),
        ("/more/2.in", "config FPGA\n  bool\n  option env=\"IDF_ENV_FPGA\"\n"),
        (
            "/a/Kconfig",
            "menu \"A\" # a comment\n config A\n  bool \"A with a \\\"quote\\\"\" if SOC_A && \\\n   !FPGA\n  help\n    First.\n\n      Indented.\n    Last.\n endmenu\n",
        ),
        ("/b/Kconfig", "config B\n  int \"B\"\n  range 1 9\n  default 4 if A\n  default 12\n"),
    ]);
    let tree = files.tree("esp32s3");
    assert!(tree.findings.is_empty(), "{}", told(&tree.findings));
    assert_eq!(values(&tree, &[]), "A=n* B=9* FPGA=n SOC_A=y* T2=is-esp32s3!* TARGET=esp32s3*");
    assert_eq!(values(&tree, &[("A", ON)]), "A=y* B=4* FPGA=n SOC_A=y* T2=is-esp32s3!* TARGET=esp32s3*");
    let a = &tree.symbols[tree.find("A").unwrap()];
    assert_eq!(tree.prompt(&a.definitions).unwrap(), "A with a \"quote\"");
    assert_eq!(tree.help(&a.definitions).unwrap(), "First.\n\n  Indented.\nLast.");
    assert_eq!(tree.place(a.definitions[0]).unwrap().to_string(), "/a/Kconfig:2");
    // Another chip has no such file, and that is no finding.
    assert!(files.tree("esp32").findings.is_empty() && files.tree("esp32").find("SOC_A").is_none());
}

#[test]
fn choices_selects_and_implies() {
    let tree = tree(
        "config M\n bool \"m\"\nchoice C\n prompt \"c\"\n default Y if M\n default X\nconfig X\n bool \"x\"\nif M\nconfig Y\n bool \"y\"\nendif\nendchoice\n\
         config S\n bool\nconfig D\n bool \"d\"\n select S if X\n imply I\nconfig I\n bool \"i\"\n",
    );
    assert_eq!(values(&tree, &[]), "D=n* I=n* M=n* S=n X=y* Y=n");
    assert_eq!(values(&tree, &[("M", ON), ("D", ON)]), "D=y* I=y* M=y* S=n X=n* Y=y*");
    assert_eq!(
        values(&tree, &[("M", ON), ("X", ON), ("D", ON), ("I", OFF)]),
        "D=y* I=n* M=y* S=y* X=y* Y=n*"
    );
    // A member that is not visible cannot be the one.
    assert_eq!(values(&tree, &[("Y", ON)]), "D=n* I=n* M=n* S=n X=y* Y=n");
}

#[test]
fn comparisons_are_by_number_where_both_are_one() {
    let tree = tree(
        "config N\n int\n default 10\nconfig H\n hex\n default 0x0A\nconfig T\n string\n default \"9\"\n\
         config A\n bool\n default y if N = H && N > 9 && N <= 0xA\nconfig B\n bool\n default y if T > \"10\"\n\
         config C\n bool\n default y if N != 10 || T = 9x || UNKNOWN = \"UNKNOWN\"\n",
    );
    assert_eq!(values(&tree, &[]), "A=y* B=y* C=y* H=0x0A* N=10* T=9*");
}

#[test]
fn err_lines_that_cannot_be_read_are_told_and_left_out() {
    check(
        "config\n bool\nfrobnicate X\nconfig A\n bool \"open\n depends A\n range 1\n select\n default (y && n\n default y y\n\
         menu A\nif\nendmenu\nconfig B\n boolean\nbool \"late\"\n option env\n visible on A\n default !\n source\n prompt prompt\n",
        &expect![[r#"
            warning E0380: expected a symbol at /Kconfig:1 `config`
            warning E0380: expected a Kconfig keyword at /Kconfig:3 `frobnicate X`
            warning E0380: expected a closing quote at /Kconfig:5 `"open`
            warning E0380: expected `on` at /Kconfig:6 `A`
            warning E0380: expected a symbol, a number or a quoted text at /Kconfig:7 `range 1`
            warning E0380: expected a symbol at /Kconfig:8 `select`
            warning E0380: expected a closing `)` at /Kconfig:9 `default (y && n`
            warning E0380: expected the end of the line at /Kconfig:10 `y`
            warning E0380: expected a quoted text at /Kconfig:11 `A`
            warning E0380: expected a symbol, a number or a quoted text at /Kconfig:12 `if`
            warning E0381: expected a block that this ends at /Kconfig:13 `endmenu`
            warning E0380: expected a Kconfig keyword at /Kconfig:15 `boolean`
            warning E0380: expected `=` at /Kconfig:17 `option env`
            warning E0380: expected `if` at /Kconfig:18 `on A`
            warning E0380: expected a symbol, a number or a quoted text at /Kconfig:19 `default !`
            warning E0380: expected a symbol, a number or a quoted text at /Kconfig:20 `source`
            warning E0380: expected a quoted text at /Kconfig:21 `prompt`
        "#]],
    );
}

#[test]
fn err_blocks_that_do_not_match() {
    check(
        "menu \"a\"\nchoice\nendmenu\nendif\n bool\nif y\nconfig A\n bool\n",
        &expect![[r#"
            warning E0381: expected `endchoice` at /Kconfig:3 `endmenu`
            warning E0381: expected `endchoice` at /Kconfig:4 `endif`
            warning E0381: this block is not closed at /Kconfig:6 `if y`
            warning E0381: this block is not closed at /Kconfig:2 `choice`
            warning E0381: this block is not closed at /Kconfig:1 `menu "a"`
        "#]],
    );
}

#[test]
fn err_sources_that_are_missing_circular_or_unset() {
    let files = Memory::new(&[
        (
            "/Kconfig",
            "source \"gone\"\nrsource \"a\"\nosource \"gone\"\nsource \"$NO_SUCH/x\"\norsource \"$(NO_SUCH)/x\"\nset_nothing\n",
        ),
        ("/a", "rsource \"b\"\nconfig A\n bool\n default y\n set B = 3\n"),
        ("/b", "source \"/Kconfig\"\nrsource \"b\"\n"),
    ]);
    let tree = files.tree("esp32");
    expect![[r#"
        warning E0380: expected a Kconfig keyword at /Kconfig:6 `set_nothing`
        warning E0382: there is no /gone at /Kconfig:1 `source "gone"`
        warning E0383: /Kconfig is not read again: it includes itself at /b:1 `/Kconfig`
        warning E0383: /b is not read again: it includes itself at /b:2 `b`
        warning E0385: `set` is not evaluated at /a:2 `config A`
        warning E0386: `NO_SUCH` is not set, so this file is not read at /Kconfig:4 `$NO_SUCH/x`
    "#]]
    .assert_eq(&told(&tree.findings));
    assert!(tree.find("A").is_some());
    let empty = Memory::new(&[]).tree("esp32");
    assert_eq!(told(&empty.findings), "warning E0382: there is no /Kconfig at \n");
}

#[test]
fn err_a_circle_of_dependencies_is_told_and_ends() {
    let tree = tree(
        "config A\n bool \"a\"\n default y if B\nconfig B\n bool \"b\"\n default y if !A\nconfig C\n bool \"c\"\n depends on C\n",
    );
    let values = Values::new(&tree);
    for (_, id) in tree.names() {
        values.value(id);
    }
    let names = ["A", "B", "C"];
    assert!(values.looped().is_some_and(|id| names.contains(&tree.symbols[id].name.as_str())));
}

#[test]
fn deep_and_long_input_ends_soon() {
    // A chain of dependencies longer than any real one.
    let mut text: String =
        (0..5000).map(|n| format!("config A{n}\n bool \"a\"\n depends on A{}\n", n + 1)).collect();
    text += "config A5000\n bool \"a\"\n";
    let chain = tree(&text);
    let computed = Values::new(&chain);
    assert!(!computed.value(chain.find("A0").unwrap()).is_on());
    assert!(computed.looped().is_some());
    // The same through choices that are opened again within one another, and through blocks.
    let mut text: String = (1..20_000)
        .map(|n| {
            format!(
                "choice C{}\nchoice C{n}\n prompt \"c\"\nconfig M{n}\n bool \"m\"\nendchoice\nendchoice\n",
                n - 1
            )
        })
        .collect();
    text += "choice C0\n prompt \"c\"\nendchoice\n";
    let choices = tree(&text);
    let computed = Values::new(&choices);
    assert!(!computed.value(choices.find("M19999").unwrap()).is_on() && computed.looped().is_some());
    let text: String = (0..450)
        .map(|n| {
            format!(
                "if A{}\n{}config A{n}\n bool \"a\"\n{}",
                n + 1,
                "if y\n".repeat(190),
                "endif\n".repeat(191)
            )
        })
        .collect();
    let blocks = tree(&text);
    let computed = Values::new(&blocks);
    assert!(!computed.value(blocks.find("A0").unwrap()).is_on() && computed.looped().is_some());
    // Parentheses, negations, operands and blocks without end.
    let parentheses = format!("config A\n bool\n default {}y\n", "(".repeat(100_000));
    assert!(told(&tree(&parentheses).findings).contains("fewer parentheses"));
    let long = format!("config A\n bool\n default {}y{}\n", "!".repeat(100_001), " && y".repeat(100_000));
    assert_eq!(values(&tree(&long), &[]), "A=n");
    let blocks = format!("{}config A\n bool\n default y\n", "if y\n".repeat(100_000));
    assert_eq!(values(&tree(&blocks), &[]), "A=n");
    assert!(told(&tree(&blocks).findings).contains("more than 200 blocks"));
    // A line of ten megabytes.
    let line = format!("config A\n bool \"{}\"\n default y\n", "x".repeat(10_000_000));
    assert_eq!(values(&tree(&line), &[]), "A=y*");
}

#[test]
fn err_a_number_of_more_than_128_bits_is_none() {
    let tree = tree("config A\n hex\n default --80000000000000000000000000000000\n range 1 2\n");
    assert_eq!(values(&tree, &[]), "A=0x1*");
}

#[test]
fn line_ends_tabs_and_comments_do_not_matter() {
    let unix = "config A\n\tbool \"a\" # c\n\tdefault y if \\\n\t\tB\n\thelp\n\t\tText.\n\t        More.\n\nconfig B\n\tdef_bool y\n";
    let one = tree(unix);
    let two = tree(&unix.replace('\n', "\r\n"));
    for tree in [&one, &two] {
        assert!(tree.findings.is_empty(), "{}", told(&tree.findings));
        assert_eq!(values(tree, &[]), "A=y* B=y*");
        let a = &tree.symbols[tree.find("A").unwrap()];
        assert_eq!(tree.help(&a.definitions).unwrap().lines().count(), 2);
    }
}

#[test]
fn codes_are_distinct_and_in_their_range() {
    let mut ids: Vec<_> = codes::ALL.iter().map(|code| code.id).collect();
    ids.dedup();
    assert!(ids.is_sorted() && ids.len() == codes::ALL.len());
    assert!(ids.iter().all(|id| ("E0380".."E0390").contains(id)));
}

/// Lines of Kconfig, mostly well-formed.
fn lines() -> impl Strategy<Value = String> {
    let name = || "[A-D]";
    let expression = || {
        let leaf = prop_oneof![
            name(),
            Just("y".to_owned()),
            Just("\"n\"".to_owned()),
            "[A-D] (=|!=|<|>=) ([A-D]|\"x\"|3)"
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
                inner.prop_map(|a| format!("!({a})")),
            ]
        })
    };
    let line = prop_oneof![
        4 => name().prop_map(|name| format!("config {name}")),
        2 => Just(" bool \"p\"".to_owned()),
        1 => Just(" int \"p\"".to_owned()),
        1 => Just(" hex".to_owned()),
        1 => Just(" string \"p\"".to_owned()),
        2 => (expression(), expression()).prop_map(|(value, condition)| format!(" default {value} if {condition}")),
        2 => expression().prop_map(|condition| format!(" depends on {condition}")),
        1 => (name(), expression()).prop_map(|(name, condition)| format!(" select {name} if {condition}")),
        1 => name().prop_map(|name| format!(" imply {name}")),
        1 => " range [0-9] ([0-9]|[A-D])",
        1 => Just("choice C\n prompt \"c\"".to_owned()),
        1 => Just("endchoice".to_owned()),
        1 => Just("menu \"m\"".to_owned()),
        1 => Just("endmenu".to_owned()),
        1 => expression().prop_map(|condition| format!("if {condition}")),
        1 => Just("endif".to_owned()),
        1 => Just(" help\n  text".to_owned()),
        1 => "\\PC{0,12}",
    ];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_hang(text in lines(), noise in "\\PC*", given in proptest::collection::vec(("[A-D]", any::<bool>()), 0..4)) {
        for text in [&text, &noise, &format!("{text}\n{noise}")] {
            let tree = tree(text);
            let mut values = Values::new(&tree);
            for (name, on) in &given {
                if let Some(id) = tree.find(name) {
                    let _ = values.set(id, Given::Bool(*on));
                }
            }
            for (_, id) in tree.names() {
                let value = values.value(id);
                prop_assert_eq!(&value, &values.value(id));
                // What a user sets and nothing selects takes effect exactly when it is visible and has no choice.
                let symbol = &tree.symbols[id];
                if symbol.kind == Some(Type::Bool) && symbol.choice.is_none() && values.looped().is_none() {
                    let asked = given.iter().rev().find(|(name, _)| *name == symbol.name);
                    if let Some((_, on)) = asked && values.visible(id) {
                        prop_assert_eq!(value.is_on(), *on || values.selected_by(id).next().is_some());
                    }
                }
                let unmet = values.conditions(id).iter().any(|condition| !condition.met);
                prop_assert!(values.looped().is_some() || !(unmet && values.visible(id)));
            }
        }
    }
}
