//! Fragments, merging and the gate: tables of short texts.

use super::*;
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::Source;
use crate::version::Version;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn read(text: &str) -> (Fragment, Diagnostics) {
    fragment::parse(&Source::new("sdkconfig.extra", text))
}

fn layer(kind: LayerKind, name: &str, text: &str) -> Layer {
    let (fragment, findings) = fragment::parse(&Source::new(name, text));
    assert!(!findings.has_errors(), "{}", told(&findings));
    Layer { kind, name: name.into(), assignments: fragment.assignments }
}

fn base(text: &str) -> Layer {
    layer(LayerKind::Base, "sdkconfig.base", text)
}

fn board(text: &str) -> Layer {
    layer(LayerKind::Board, "sdkconfig.extra", text)
}

fn merged(layers: &[Layer]) -> (Merged, Diagnostics) {
    merge(layers, Choices::builtin(), &Owned::new(), &Renames::default())
}

/// A finding a line, then its places, reasons and help, indented.
fn told(findings: &Diagnostics) -> String {
    let mut text = String::new();
    for d in findings.iter() {
        text += &format!("{} {}: {}\n", d.severity.word(), d.code.id, d.message);
        for label in &d.labels {
            text += format!("  at {} {}", label.place, label.text).trim_end();
            text.push('\n');
        }
        d.notes.iter().for_each(|note| text += &format!("  because {note}\n"));
        d.help.iter().for_each(|help| text += &format!("  help: {help}\n"));
    }
    text
}

fn check(findings: &Diagnostics, expected: &Expect) {
    expected.assert_eq(&told(findings));
}

fn lines_of(merged: &Merged) -> String {
    merged
        .to_text(&[])
        .lines()
        .filter(|line| !line.starts_with("##") && !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn values_are_read_as_kconfig_reads_them() {
    for (line, value) in [
        ("CONFIG_X=y", "y"),
        ("CONFIG_X=n", "n"),
        ("CONFIG_X=", "n"),
        ("# CONFIG_X is not set", "n"),
        ("  # CONFIG_X is not set  ", "n"),
        ("\tCONFIG_X=y  \r", "y"),
        ("CONFIG_X=0x10", "0x10"),
        ("CONFIG_X=-60", "-60"),
        ("CONFIG_X=+5", "+5"),
        ("CONFIG_X=007", "007"),
        (r#"CONFIG_X="a=b""#, r#""a=b""#),
        (r#"CONFIG_X="a\"b\\c""#, r#""a\"b\\c""#),
        (r#"CONFIG_X="a\nb""#, r#""anb""#),
        (r#"CONFIG_X="a#b""#, r#""a#b""#),
        (r#"CONFIG_X="""#, r#""""#),
        (r#"CONFIG_X="CONFIG_Y=y""#, r#""CONFIG_Y=y""#),
        ("CONFIG_X=\"smüw 3\"", "\"smüw 3\""),
    ] {
        let (fragment, findings) = read(&format!("{line}\n"));
        assert!(findings.is_empty(), "{line}: {}", told(&findings));
        let found: Vec<_> =
            fragment.assignments.iter().map(|a| (a.symbol.as_str(), a.value.to_string())).collect();
        assert_eq!(found, [("X", value.to_owned())], "{line}");
    }
}

#[test]
fn blank_lines_and_comments_set_nothing() {
    let (fragment, findings) = read("\n# CONFIG_X=y\n#CONFIG_X=y\n   \n# words\n\r\n");
    assert!(fragment.assignments.is_empty() && findings.is_empty());
}

#[test]
fn a_bom_crlf_lone_cr_and_a_missing_newline_lose_nothing() {
    let (fragment, findings) = read("\u{feff}CONFIG_A=y\r\nCONFIG_B=1\rCONFIG_C=\"c\"\nCONFIG_D=n");
    let found: Vec<_> = fragment.assignments.iter().map(|a| format!("{}={}", a.symbol, a.value)).collect();
    assert_eq!(found, ["A=y", "B=1", "C=\"c\"", "D=n"]);
    assert_eq!(fragment.assignments[3].place.text(), "CONFIG_D=n");
    check(
        &findings,
        &expect![[r#"
            warning E0308: the file begins with a byte order mark
              at sdkconfig.extra:1
              because Kconfig would not read the first line; this tool does
              help: save the file as UTF-8 without a byte order mark
            warning E0307: the last line has no line end
              at sdkconfig.extra:3
              because MicroPython's CMake glues the next fragment to it, and both lines are lost; this tool reads both
              help: end the file with a line end
        "#]],
    );
}

#[test]
fn err_lines_that_kconfig_would_drop() {
    let (fragment, findings) = read(
        "this is garbage\nCONFIG_X = n\nCONFIG_X= 5\nCONFIG_X=maybe\nCONFIG_X=m\nCONFIG_X=5 # five\nCONFIG_X=\"open\n\
         CONFIG_CONFIG_X=y\nLWIP_X=\"a\"\nexport CONFIG_X=y\nCONFIG_X\nCONFIG_HZ=200CONFIG_X=y\nCONFIG_A=yCONFIG_X=y\n\
         CONFIG_S=\"a\"CONFIG_X=y\nCONFIG_X-Y=y\nCONFIG_X=name\n#CONFIG_X is not set\n",
    );
    assert!(fragment.assignments.is_empty(), "{fragment:?}");
    check(
        &findings,
        &expect![[r#"
        error E0300: cannot read `this is garbage`
          at sdkconfig.extra:1
          because expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line
          help: mend or remove the line
        error E0301: white space around the `=` of `X`
          at sdkconfig.extra:2
          because Kconfig takes the space for a part of the name or of the value and drops the line
          help: write `CONFIG_X=n`
        error E0301: white space around the `=` of `X`
          at sdkconfig.extra:3
          because Kconfig takes the space for a part of the name or of the value and drops the line
          help: write `CONFIG_X=5`
        error E0302: cannot read the value `maybe` of `X`
          at sdkconfig.extra:4
          because expected `y`, `n`, a number such as `4` or `0x10`, or a string in quotes; Kconfig drops the line
          help: for a string, write `CONFIG_X="maybe"`
        error E0302: cannot read the value `m` of `X`
          at sdkconfig.extra:5
          because expected `y`, `n`, a number such as `4` or `0x10`, or a string in quotes; Kconfig drops the line
          help: ESP-IDF has no modules: write `y` or `n`
        error E0302: cannot read the value `5 # five` of `X`
          at sdkconfig.extra:6
          because expected `y`, `n`, a number such as `4` or `0x10`, or a string in quotes; Kconfig drops the line
          help: write `CONFIG_X=5`, and the comment on a line of its own
        error E0302: the string `"open` has no closing quote
          at sdkconfig.extra:7
          because Kconfig drops the line
          help: close it with `"`; within it write `\"` for a quote and `\\` for a backslash
        error E0304: `CONFIG_CONFIG_X` has its prefix twice
          at sdkconfig.extra:8
          help: write `CONFIG_X=y`
        error E0300: cannot read `LWIP_X="a"`
          at sdkconfig.extra:9
          because expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line
          help: did you mean `CONFIG_LWIP_X="a"`?
        error E0300: cannot read `export CONFIG_X=y`
          at sdkconfig.extra:10
          because expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line
          help: mend or remove the line
        error E0300: cannot read `CONFIG_X`
          at sdkconfig.extra:11
          because expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line
          help: mend or remove the line
        error E0303: two lines in one: `CONFIG_HZ=200` and `CONFIG_X=y`
          at sdkconfig.extra:12
          because Kconfig loses at least one of them
          help: put each on a line of its own
        error E0303: two lines in one: `CONFIG_A=y` and `CONFIG_X=y`
          at sdkconfig.extra:13
          because Kconfig loses at least one of them
          help: put each on a line of its own
        error E0303: two lines in one: `CONFIG_S="a"` and `CONFIG_X=y`
          at sdkconfig.extra:14
          because Kconfig loses at least one of them
          help: put each on a line of its own
        error E0300: cannot read `CONFIG_X-Y=y`
          at sdkconfig.extra:15
          because expected `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, a comment with `#`, or a blank line
          help: mend or remove the line
        error E0302: cannot read the value `name` of `X`
          at sdkconfig.extra:16
          because expected `y`, `n`, a number such as `4` or `0x10`, or a string in quotes; Kconfig drops the line
          help: for a string, write `CONFIG_X="name"`
        warning E0306: `#CONFIG_X is not set` is a plain comment and sets nothing
          at sdkconfig.extra:17
          help: write `# CONFIG_X is not set`, with one space at each place, or `CONFIG_X=n`
    "#]],
    );
}

#[test]
fn err_a_hex_number_without_its_prefix_may_be_one_or_be_dropped() {
    let (fragment, findings) = read("CONFIG_X=ab\n");
    assert!(fragment.assignments.is_empty(), "{fragment:?}");
    check(
        &findings,
        &expect![[r#"
        error E0302: cannot read the value `ab` of `X`
          at sdkconfig.extra:1
          because a hex symbol takes it for a number; of any other Kconfig drops the line
          help: write `CONFIG_X=0xab`, or `CONFIG_X="ab"` for a string
    "#]],
    );
}

#[test]
fn what_follows_a_value_is_a_warning() {
    let (fragment, findings) =
        read("CONFIG_A=n # no\nCONFIG_B=yes\nCONFIG_C=\"a\" # c\n# CONFIG_D is not set any more\n");
    assert_eq!(fragment.assignments.len(), 4);
    assert!(findings.iter().all(|d| d.severity == Severity::Warning && d.code.id == "E0305"));
    check(
        &findings,
        &expect![[r#"
            warning E0305: `A` is read as `n`; `# no` after it is ignored
              at sdkconfig.extra:1
              help: put a comment on a line of its own
            warning E0305: `yes` of `B` is read as `y`
              at sdkconfig.extra:2
              help: write `CONFIG_B=y`
            warning E0305: `C` is read as `"a"`; `# c` after it is ignored
              at sdkconfig.extra:3
              help: put a comment on a line of its own
            warning E0305: `D` is read as `n`; `any more` after it is ignored
              at sdkconfig.extra:4
              help: put a comment on a line of its own
        "#]],
    );
}

#[test]
fn the_block_of_deprecated_options_is_not_read() {
    let (fragment, findings) = read(
        "CONFIG_A=y\n# Deprecated options for backward compatibility\nCONFIG_B=y\n# End of deprecated options\n\
         CONFIG_C=y\n",
    );
    let names: Vec<_> = fragment.assignments.iter().map(|a| a.symbol.as_str()).collect();
    assert_eq!(names, ["A", "C"]);
    check(
        &findings,
        &expect![[r#"
        note E0309: 1 line of the block of deprecated options not read
          at sdkconfig.extra:2
          help: keep only the lines that differ from the defaults
    "#]],
    );
}

#[test]
fn notes_replace_errors_for_fragments_of_others() {
    let findings = fragment::as_notes(read("garbage\n").1);
    assert!(!findings.has_errors() && !findings.is_empty());
}

#[test]
fn values_of_the_config_keep_their_text() {
    let line = |value: Result<Value, String>| value.map(|v| v.to_sdkconfig("X"));
    assert_eq!(line(Value::integer("0x10")).as_deref(), Ok("CONFIG_X=0x10"));
    assert_eq!(line(Value::integer("1_000")).as_deref(), Ok("CONFIG_X=1000"));
    assert_eq!(line(Value::integer("-1")).as_deref(), Ok("CONFIG_X=-1"));
    assert_eq!(line(Value::string(r#"a"b\c"#)).as_deref(), Ok(r#"CONFIG_X="a\"b\\c""#));
    assert_eq!(Value::bool(false).to_sdkconfig("X"), "CONFIG_X=n");
    for bad in ["0o7", "0b1", "-0x1", "", "1e3", "99999999999999999999999"] {
        assert!(Value::integer(bad).is_err(), "{bad}");
    }
    assert!(Value::string("a\nCONFIG_Y=y").is_err());
}

#[test]
fn values_are_equal_by_meaning() {
    assert_eq!(Value::Off(Off::Empty), Value::Off(Off::NotSet));
    assert_eq!(Value::Int("16".into()), Value::Hex("0x10".into()));
    assert_ne!(Value::Int("16".into()), Value::Str("16".into()));
    assert_ne!(Value::On, Value::Int("1".into()));
}

#[test]
fn a_later_layer_beats_an_earlier_one_and_is_recorded() {
    let layers = [
        layer(LayerKind::Owned, "config.toml", "CONFIG_A=3\n"),
        base("CONFIG_A=1\nCONFIG_B=y\n"),
        board("CONFIG_A=2\n# CONFIG_B is not set\n"),
    ];
    let (merged, findings) = merged(&layers);
    assert!(findings.is_empty(), "{}", told(&findings));
    expect![[r#"
        ## Made by xtask for CONFIG-X is not set
        ## a= b

        ## config.toml:1; over 1 of sdkconfig.base:1, 2 of sdkconfig.extra:1
        CONFIG_A=3

        ## sdkconfig.extra:2; over y of sdkconfig.base:2
        # CONFIG_B is not set
    "#]]
    .assert_eq(&merged.to_text(&["Made by xtask for CONFIG_X is not set", "a=\nb"]));
    let told = serde_json::to_string_pretty(&explain(&merged, "A")).unwrap();
    expect![[r#"
        {
          "name": "A",
          "value": "3",
          "set-by": {
            "file": "config.toml",
            "line": 1
          },
          "beat": [
            {
              "file": "sdkconfig.base",
              "line": 1,
              "value": "1"
            },
            {
              "file": "sdkconfig.extra",
              "line": 1,
              "value": "2"
            }
          ]
        }"#]]
    .assert_eq(&told);
    assert_eq!(explain(&merged, "C"), None);
}

#[test]
fn err_contradictions_within_a_layer() {
    let (merged, findings) = merged(&[
        base("CONFIG_A=1\nCONFIG_A=2\n"),
        board("CONFIG_S=\"a\"\nCONFIG_S=\"b\"\nCONFIG_B=y\nCONFIG_B=y\nCONFIG_C=y\nCONFIG_C=\"y\"\n"),
        layer(
            LayerKind::Variant,
            "sdkconfig.ota",
            "CONFIG_B=n\n# CONFIG_B is not set\n# CONFIG_S is not set\n",
        ),
    ]);
    check(
        &findings,
        &expect![[r#"
            note E0310: `A` is set to `2` here and to `1` before
              at sdkconfig.base:2
              at sdkconfig.base:1 set here before
              because the last one wins
            error E0310: `S` is set to `"b"` here and to `"a"` before
              at sdkconfig.extra:2
              at sdkconfig.extra:1 set here before
              help: keep one of the two
            warning E0313: `B` is set to `y` twice
              at sdkconfig.extra:4
              at sdkconfig.extra:3 set here before
              help: remove one of the two
            error E0316: `C` is given the string `"y"`, but before the bool `y`
              at sdkconfig.extra:6
              at sdkconfig.extra:5 set here before
              help: give it one type: see its Kconfig entry
            warning E0313: `B` is set to `n` twice
              at sdkconfig.ota:2
              at sdkconfig.ota:1 set here before
              help: remove one of the two
            error E0315: `S` is a string, `"b"`; unsetting it has no effect
              at sdkconfig.ota:3
              at sdkconfig.extra:2 set here before
              help: write the value that it shall have, as `CONFIG_S=...`
        "#]],
    );
    assert_eq!(lines_of(&merged), "CONFIG_A=2\n# CONFIG_B is not set\nCONFIG_C=\"y\"\nCONFIG_S=\"b\"");
}

#[test]
fn an_unset_of_a_string_has_no_effect_in_either_order() {
    for layers in [
        [base("CONFIG_S=\"a\"\n"), base("# CONFIG_S is not set\n")],
        [base("CONFIG_S=\n"), base("CONFIG_S=\"a\"\n")],
    ] {
        let (merged, findings) = merged(&layers);
        assert_eq!(lines_of(&merged), "CONFIG_S=\"a\"");
        assert!(findings.iter().all(|d| d.severity == Severity::Note));
    }
}

#[test]
fn of_a_choice_one_member_comes_out() {
    let layers = [
        base("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\nCONFIG_COMPILER_OPTIMIZATION_PERF=y\n"),
        base("CONFIG_COMPILER_OPTIMIZATION_SIZE=y\nCONFIG_FLASHMODE_QIO=y\n"),
        board(
            "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=\nCONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\nCONFIG_ESPTOOLPY_FLASHMODE_DIO=y\n",
        ),
    ];
    let (merged, findings) = merged(&layers);
    check(
        &findings,
        &expect![[r#"
        note E0311: `COMPILER_OPTIMIZATION_SIZE` and `COMPILER_OPTIMIZATION_PERF` are both set, and of `COMPILER_OPTIMIZATION` only one can be
          at sdkconfig.base:1
          at sdkconfig.base:2 set here before
          because the last one wins
    "#]],
    );
    assert_eq!(
        lines_of(&merged),
        "CONFIG_COMPILER_OPTIMIZATION_SIZE=y\nCONFIG_ESPTOOLPY_FLASHMODE_DIO=y\nCONFIG_ESPTOOLPY_FLASHSIZE_8MB=y"
    );
    let told = serde_json::to_string(&explain(&merged, "ESPTOOLPY_FLASHSIZE_8MB")).unwrap();
    assert!(told.contains(r#""beat":[{"name":"ESPTOOLPY_FLASHSIZE_4MB""#), "{told}");
    let lost = explain(&merged, "FLASHMODE_QIO").unwrap();
    assert_eq!(lost.displaced_by.as_deref(), Some("ESPTOOLPY_FLASHMODE_DIO"));
}

#[test]
fn err_choices() {
    let (merged, findings) = merged(&[
        base("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\nCONFIG_LOG_DEFAULT_LEVEL_ERROR=y\n"),
        board(
            "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=n\nCONFIG_SPIRAM_MODE_OCT=y\nCONFIG_SPIRAM_MODE_QUAD=y\n\
             CONFIG_BT_NIMBLE_ENABLED=n\nCONFIG_COMPILER_OPTIMIZATION_DEFAULT=y\nCONFIG_COMPILER_OPTIMIZATION_DEBUG=y\n",
        ),
    ]);
    check(
        &findings,
        &expect![[r#"
            error E0314: `ESPTOOLPY_FLASHSIZE_4MB` is set to `n`, but stays the chosen member of `ESPTOOLPY_FLASHSIZE`
              at sdkconfig.extra:1
              at sdkconfig.base:1 chosen here
              help: set the member of `ESPTOOLPY_FLASHSIZE` that it shall be to `y`
            error E0311: `SPIRAM_MODE_QUAD` and `SPIRAM_MODE_OCT` are both set, and of `SPIRAM_MODE` only one can be
              at sdkconfig.extra:3
              at sdkconfig.extra:2 set here before
              help: keep one of the two
            warning E0314: `BT_NIMBLE_ENABLED` is set to `n`, but no other member of `BT_HOST` to `y`
              at sdkconfig.extra:4
              help: set the member of `BT_HOST` that it shall be to `y`
            warning E0313: `COMPILER_OPTIMIZATION_DEBUG` is set to `y` twice
              at sdkconfig.extra:6
              at sdkconfig.extra:5 set here before
              help: remove one of the two
        "#]],
    );
    assert!(lines_of(&merged).contains("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y"));
}

#[test]
fn a_former_name_and_the_present_one_are_one_symbol() {
    let renames = Renames::parse("CONFIG_ESP32_WIFI_IRAM_OPT CONFIG_ESP_WIFI_IRAM_OPT\n");
    let old = "CONFIG_ESP32_WIFI_IRAM_OPT=n\n";
    let new = "CONFIG_ESP_WIFI_IRAM_OPT=y\n";
    for (lower, upper) in [(old, new), (new, old)] {
        let (merged, _) = merge(&[board(upper), base(lower)], Choices::builtin(), &Owned::new(), &renames);
        // Whatever the layers call it, the file and the questions about it have the present name.
        assert_eq!(lines_of(&merged), upper.trim_end().replace("ESP32_WIFI", "ESP_WIFI"));
        let entry = &merged.symbols["ESP_WIFI_IRAM_OPT"];
        assert_eq!((entry.beat.len(), merged.symbols.len()), (1, 1));
        let written = explain(&merged, "ESP_WIFI_IRAM_OPT").unwrap().written_as;
        assert_eq!(written.as_deref(), (upper == old).then_some("ESP32_WIFI_IRAM_OPT"));
        assert_eq!(merged.to_text(&[]).contains(" as ESP32_WIFI_IRAM_OPT"), upper == old);
    }
    let (_, findings) = merge(&[board(old), board(new)], Choices::builtin(), &Owned::new(), &renames);
    assert!(findings.has_errors());
    // A key that owns the one owns the other.
    let key = OwnedKey { key: "wifi".into(), place: None };
    let owned = Owned::from([("ESP_WIFI_IRAM_OPT".to_owned(), key)]);
    let (_, findings) = merge(&[board(old)], Choices::builtin(), &owned, &renames);
    assert!(findings.iter().any(|finding| finding.code == &codes::OWNED), "{findings:?}");
}

#[test]
fn err_owned_symbols() {
    let config = Source::new("config.toml", "flash-size = \"8MB\"\n");
    let key = OwnedKey { key: "flash-size".into(), place: Some(config.line(1)) };
    let owned = Owned::from([("ESPTOOLPY_FLASHSIZE_8MB".to_owned(), key)]);
    let layers = [base("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n"), board("CONFIG_ESPTOOLPY_FLASHSIZE_16MB=y\n")];
    let (_, findings) = merge(&layers, Choices::builtin(), &owned, &Renames::default());
    check(
        &findings,
        &expect![[r#"
        error E0312: `ESPTOOLPY_FLASHSIZE_16MB` is set here, but the key `flash-size` owns it
          at sdkconfig.extra:1
          at config.toml:1 the key
          help: remove the line, and say it with `flash-size`
    "#]],
    );
    assert!(merge(&layers[..1], Choices::builtin(), &owned, &Renames::default()).1.is_empty());
}

#[test]
fn well_known_mistakes_are_told_before_the_build() {
    let text =
        "CONFIG_BOOTLOADER_ROLLBACK_ENABLE=y\nCONFIG_ESPTOOLPY_FLASHSIZE=\"8MB\"\nCONFIG_FREERTOS_HZ=100\n";
    check(
        &lint(&board(text)),
        &expect![[r#"
        error E0320: `BOOTLOADER_ROLLBACK_ENABLE` does nothing: no ESP-IDF release has it
          at sdkconfig.extra:1
          help: set `BOOTLOADER_APP_ROLLBACK_ENABLE`
        warning E0320: `ESPTOOLPY_FLASHSIZE` does nothing: it cannot be set, it follows from other symbols
          at sdkconfig.extra:2
          help: set `ESPTOOLPY_FLASHSIZE_4MB`, `ESPTOOLPY_FLASHSIZE_8MB` or `ESPTOOLPY_FLASHSIZE_16MB`
    "#]],
    );
    assert!(lint(&base(text)).iter().all(|d| d.severity == Severity::Note));
}

const EFFECTIVE: &str = "CONFIG_IDF_TARGET=\"esp32c3\"\n# CONFIG_OFF is not set\nCONFIG_ON=y\nCONFIG_HZ=100\n\
    CONFIG_H=0x10\nCONFIG_NAME=\"a\\\"b\"\nCONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n# CONFIG_ESPTOOLPY_FLASHSIZE_8MB is not set\n\
    CONFIG_ESPTOOLPY_FLASHMODE_QIO=y\nCONFIG_PARTITION_TABLE_CUSTOM=y\nCONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y\n\
    # Deprecated options for backward compatibility\nCONFIG_FLASHMODE_QIO=y\nCONFIG_OLD=y\n# End of deprecated options\n";

fn gate_of(layers: &[Layer], effective: &str, log: &[&str]) -> Diagnostics {
    let log: Vec<String> = log.iter().map(|line| (*line).to_owned()).collect();
    let renames = Renames::parse("# old new\nCONFIG_WAS_ON   CONFIG_ON\nCONFIG_NOT_ON !CONFIG_ON\n");
    let context = GateContext {
        idf: Version::new(5, 5, 1),
        log: &log,
        renames: &renames,
        choices: Choices::builtin(),
        known: None,
    };
    gate::check(&merged(layers).0, &effective::parse(&Source::new("sdkconfig", effective)), &context)
}

#[test]
fn what_took_effect_passes_the_gate() {
    let taken = "CONFIG_ON=y\nCONFIG_OFF=n\n# CONFIG_GONE is not set\nCONFIG_HZ=100\nCONFIG_H=16\nCONFIG_NAME=\"a\\\"b\"\n\
        CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\nCONFIG_OLD=y\n";
    let findings = gate_of(&[board(taken)], EFFECTIVE, &[]);
    assert!(findings.is_empty(), "{}", told(&findings));
}

#[test]
fn err_what_did_not_take_effect() {
    let asked = "CONFIG_ON=n\nCONFIG_OFF=y\nCONFIG_HZ=2000\nCONFIG_NAME=\"x\"\nCONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\n\
        CONFIG_PARTITON_TABLE_CUSTOM=y\nCONFIG_BOOTLOADER_ROLLBACK_ENABLE=y\nCONFIG_WAS_ON=y\nCONFIG_NOT_ON=y\n\
        CONFIG_FLASHMODE_QIO=y\nCONFIG_IDF_TARGET=5\nCONFIG_ZZZ=1\n";
    let log = [
        "warning: user value 2000 on the int symbol HZ (defined at K:1) ignored due to being outside the active range \
         ([1, 1000]) -- falling back on defaults",
        "warning: unknown kconfig symbol 'ZZZ' assigned to '1' in /b/sdkconfig.combined",
        "/tmp/k:3: warning: malformed string literal in assignment to IDF_TARGET (defined at K:2). Assignment ignored.",
    ];
    check(
        &gate_of(&[board(asked)], EFFECTIVE, &log),
        &expect![[r#"
            error E0351: `ON` is `y`, not `n`
              at sdkconfig.extra:1 asked for here
              because another symbol selects it, or it cannot be set
              help: see the `depends on`, `range` and `select` lines of `ON` in ESP-IDF's Kconfig files
            error E0351: `OFF` is `n`, not `y`
              at sdkconfig.extra:2 asked for here
              because a dependency of it is not met, or it cannot be set
              help: see the `depends on`, `range` and `select` lines of `OFF` in ESP-IDF's Kconfig files
            error E0351: `HZ` is `100`, not `2000`
              at sdkconfig.extra:3 asked for here
              because the value is out of the range [1, 1000]; Kconfig takes the default
              help: see the `depends on`, `range` and `select` lines of `HZ` in ESP-IDF's Kconfig files
            error E0351: `NAME` is `"a\"b"`, not `"x"`
              at sdkconfig.extra:4 asked for here
              because a dependency of it is not met, or it cannot be set
              help: see the `depends on`, `range` and `select` lines of `NAME` in ESP-IDF's Kconfig files
            error E0352: `ESPTOOLPY_FLASHSIZE_8MB` did not take effect: `ESPTOOLPY_FLASHSIZE_4MB` is the chosen member of `ESPTOOLPY_FLASHSIZE`
              at sdkconfig.extra:5 asked for here
              because a dependency of the wanted member is not met
              help: set the symbols that `ESPTOOLPY_FLASHSIZE_8MB` depends on, or ask for `ESPTOOLPY_FLASHSIZE_4MB`
            error E0350: `PARTITON_TABLE_CUSTOM` did not take effect: unknown to ESP-IDF 5.5.1, not for this chip, or a dependency is unmet
              at sdkconfig.extra:6 asked for here
              because wanted `y`
              help: did you mean `PARTITION_TABLE_CUSTOM`?
            error E0350: `BOOTLOADER_ROLLBACK_ENABLE` did not take effect: unknown to ESP-IDF 5.5.1, not for this chip, or a dependency is unmet
              at sdkconfig.extra:7 asked for here
              because wanted `y`
              help: set `BOOTLOADER_APP_ROLLBACK_ENABLE`
            warning E0353: `WAS_ON` is a former name of `ON`
              at sdkconfig.extra:8 asked for here
              help: write `CONFIG_ON=y`
            error E0351: `ON` is `y`, not `n`
              at sdkconfig.extra:9 asked for here
              because another symbol selects it, or it cannot be set
              because `NOT_ON` is a former name of it
              help: see the `depends on`, `range` and `select` lines of `ON` in ESP-IDF's Kconfig files
            warning E0353: `FLASHMODE_QIO` is a former name of `ESPTOOLPY_FLASHMODE_QIO`
              at sdkconfig.extra:10 asked for here
              help: write `CONFIG_ESPTOOLPY_FLASHMODE_QIO=y`
            error E0351: `IDF_TARGET` is `"esp32c3"`, not `5`
              at sdkconfig.extra:11 asked for here
              because Kconfig says that the value is not of its type, and drops it
              help: see the `depends on`, `range` and `select` lines of `IDF_TARGET` in ESP-IDF's Kconfig files
            error E0350: `ZZZ` did not take effect: ESP-IDF 5.5.1 has no such symbol for this chip
              at sdkconfig.extra:12 asked for here
              because wanted `1`
              help: check the name and what it depends on in ESP-IDF's Kconfig files
        "#]],
    );
    let notes = gate_of(&[base(asked)], EFFECTIVE, &log);
    assert!(!notes.is_empty() && notes.iter().all(|d| d.severity == Severity::Note));
}

#[test]
fn a_decimal_for_a_hex_symbol_is_told() {
    let findings =
        gate_of(&[board("CONFIG_H=10\n")], "{\"H\": 16, \"B\": true, \"S\": \"x\", \"N\": null}", &[]);
    check(
        &findings,
        &expect![[r#"
        error E0354: `H` is a hex symbol: `10` is read as 0x10, which is 16
          at sdkconfig.extra:1 asked for here
          help: write `0x10`, or `0xa` for 10
    "#]],
    );
}

#[test]
fn renames_come_from_the_log_too() {
    let log =
        ["sdkconfig.combined:100 CONFIG_ESP32_WIFI_IRAM_OPT was replaced with CONFIG_ESP_WIFI_IRAM_OPT "];
    let layers = [board("CONFIG_ESP32_WIFI_IRAM_OPT=y\n")];
    let findings = gate_of(&layers, "CONFIG_ESP_WIFI_IRAM_OPT=y\n", &log);
    check(
        &findings,
        &expect![[r#"
        warning E0353: `ESP32_WIFI_IRAM_OPT` is a former name of `ESP_WIFI_IRAM_OPT`
          at sdkconfig.extra:1 asked for here
          help: write `CONFIG_ESP_WIFI_IRAM_OPT=y`
    "#]],
    );
}

#[test]
fn codes_are_distinct_and_in_their_range() {
    let mut ids: Vec<_> = codes::ALL.iter().map(|code| code.id).collect();
    ids.dedup();
    assert!(ids.is_sorted() && ids.len() == codes::ALL.len());
    assert!(ids.iter().all(|id| ("E0300".."E0380").contains(id)));
}

/// Found by fuzzing: what lies behind such a mark was lost.
#[test]
fn no_value_begins_or_ends_the_block_of_deprecated_options() {
    for mark in [
        "# Deprecated options for backward compatibility",
        "#  Deprecated options for backward compatibility",
        "#    End of deprecated options",
        "# End of deprecated options",
    ] {
        let lower = base(&format!("{}\n", Value::Str(format!("a {mark}")).to_sdkconfig("BEATEN")));
        let upper =
            board(&format!("CONFIG_BEATEN=\"b\"\n{}\n", Value::Str(mark.into()).to_sdkconfig("KEPT")));
        let (merged, _) = merged(&[lower, upper, board("CONFIG_LAST=y\n")]);
        assert_eq!(merged.symbols["BEATEN"].beat.len(), 1);
        let text = merged.to_text(&[]);
        assert!(!text.contains("# Deprecated options") && !text.contains("# End of deprecated"), "{text}");
        let (again, findings) = read(&text);
        assert_eq!((again.assignments.len(), findings.is_empty()), (3, true), "{text}");
        assert_eq!(again.assignments[1].value, Value::Str(mark.into()));
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC*", noise in "(CONFIG_[A-Z]{0,2}=?[yn\"\\\\0x# =]{0,6}[\n\r]?|# CONFIG_A is not set|\u{feff}|ü){0,12}") {
        for text in [&text, &noise] {
            let (fragment, _) = read(text);
            let layer = Layer { kind: LayerKind::Board, name: "x".into(), assignments: fragment.assignments };
            let (merged, _) = merge(&[layer], Choices::builtin(), &Owned::new(), &Renames::default());
            let again = read(&merged.to_text(&["x"]));
            prop_assert!(again.1.is_empty(), "{}", told(&again.1));
            prop_assert_eq!(again.0.assignments.len(), merged.symbols.len());
            gate_of(&[], text, &[text]);
        }
    }

    #[test]
    fn a_string_survives_its_line(text in "[^\n\r\0]*") {
        let value = Value::string(&text).unwrap();
        let (fragment, findings) = read(&format!("{}\n", value.to_sdkconfig("S")));
        prop_assert!(findings.is_empty());
        prop_assert_eq!(&fragment.assignments[0].value, &value);
        let effective = effective::parse(&Source::new("s", value.to_sdkconfig("S")));
        prop_assert_eq!(effective.symbols.get("S"), Some(&value));
    }
}
