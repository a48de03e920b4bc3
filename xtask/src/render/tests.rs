//! What a person sees: texts with carets, compared whole.

use super::*;
use crate::diagnostic::Code;
use expect_test::{Expect, expect};

static CODE: Code = Code { id: "E0999", title: "a rule", explanation: "What it means." };

fn check(diagnostic: &Diagnostic, expected: Expect) {
    let text = render(diagnostic, false, Path::new("/home/me/project"));
    expected.assert_eq(&format!("{text}\n"));
}

#[test]
fn labels_notes_and_help() {
    let config = Source::new("/home/me/project/config.toml", "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\n");
    let table = Source::new("/home/me/shared/ota.csv", "nvs, data\n");
    let diagnostic = Diagnostic::error(&CODE, "`f` is 6, `a` is 1")
        .label(&config.place(30..31), "this one")
        .label(&config.place(0..1), "that one")
        .label(&table.place(5..9), "and here")
        .because("a fact")
        .help("do this")
        .help("or that");
    check(
        &diagnostic,
        expect![[r#"
        error[E0999]: `f` is 6, `a` is 1
         --> config.toml:6:1
          |
        1 | a = 1
          | - that one
        ...
        6 | f = 6
          | ^ this one
          |
         ::: ../shared/ota.csv:1:6
          |
        1 | nvs, data
          |      ---- and here
          |
          = note: a fact
          = help: do this
          = help: or that
    "#]],
    );
}

#[test]
fn what_has_no_text_is_named_alone() {
    let image = Source::binary("/home/me/project/firmware.bin");
    check(
        &Diagnostic::warning(&CODE, "no app in it").at(&image.whole()),
        expect![[r#"
        warning[E0999]: no app in it
        --> firmware.bin
    "#]],
    );
    check(
        &Diagnostic::note(&CODE, "no place at all").help("look elsewhere"),
        expect![[r#"
        note[E0999]: no place at all
         |
         = help: look elsewhere
    "#]],
    );
    check(
        &Diagnostic::error(&CODE, "no place, no help"),
        expect![[r#"
        error[E0999]: no place, no help
    "#]],
    );
}

#[test]
fn tabs_line_ends_and_control_characters() {
    let source = Source::new("a.csv", "\tone = 1\r\n\ttwo\t= \u{7}2\r\n");
    check(
        &Diagnostic::error(&CODE, "a bell \u{7} in\nit").label(&source.place(17..18), "x"),
        expect![[r#"
        error[E0999]: a bell ␇ in
                      it
         --> a.csv:2:8
          |
        2 |     two    = ␇2
          |              ^ x
    "#]],
    );
    check(
        &Diagnostic::error(&CODE, "the end").at(&source.place(99..99)),
        expect![[r#"
        error[E0999]: the end
        --> a.csv:3:1
    "#]],
    );
    check(
        &Diagnostic::error(&CODE, "many lines").at(&source.place(1..20)),
        expect![[r#"
        error[E0999]: many lines
         --> a.csv:1:2
          |
        1 |     one = 1
          |     ^^^^^^^
    "#]],
    );
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let text = format!("{}HERE{}\nshort\n{}END\n", "ä".repeat(500), "b".repeat(500), "c".repeat(400));
    let source = Source::new("a.txt", text.as_str());
    let at =
        |needle: &str| source.place(text.find(needle).unwrap()..text.find(needle).unwrap() + needle.len());
    check(
        &Diagnostic::error(&CODE, "long").label(&at("HERE"), "this"),
        expect![[r#"
        error[E0999]: long
         --> a.txt:1:501
          |
        1 | ...ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääHEREbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
          |                                                                ^^^^ this
    "#]],
    );
    check(
        &Diagnostic::error(&CODE, "long").label(&at("END"), "this").label(&at("short"), "that"),
        expect![[r#"
        error[E0999]: long
         --> a.txt:3:401
          |
        2 | short
          | ----- that
        3 | ...ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccEND
          |                                                                ^^^ this
    "#]],
    );
}

#[test]
fn colour_only_when_asked_for() {
    let diagnostic = Diagnostic::error(&CODE, "red");
    assert!(!render(&diagnostic, false, Path::new("/")).contains('\u{1b}'));
    assert!(render(&diagnostic, true, Path::new("/")).contains('\u{1b}'));
}

#[test]
fn paths_are_relative_where_that_is_shorter() {
    for (path, expected) in [
        ("/home/me/project/boards/a", "boards/a"),
        ("/home/me/other/a", "../other/a"),
        ("/usr/share/a", "/usr/share/a"),
        ("/home/me/project", "."),
        ("config.toml", "config.toml"),
    ] {
        assert_eq!(shown(Path::new(path), Path::new("/home/me/project")), expected);
    }
}

#[test]
fn the_summary_counts_errors_and_warnings() {
    let (error, warning, note) =
        (Diagnostic::error(&CODE, "a"), Diagnostic::warning(&CODE, "b"), Diagnostic::note(&CODE, "c"));
    assert_eq!(
        summary(&Diagnostics(vec![error.clone(), note.clone(), warning, error])),
        "2 errors, 1 warning"
    );
    assert_eq!(summary(&Diagnostics(vec![note])), "");
}

proptest::proptest! {
    #[test]
    fn any_place_in_any_text_is_rendered(text in "\\PC{0,300}[\\r\\n\\t]{0,3}\\PC{0,300}", a in 0usize..900, b in 0usize..900) {
        let source = Source::new("x", text);
        let diagnostic = Diagnostic::error(&CODE, "m").label(&source.place(a..b), "l").label(&source.place(b..a), "");
        proptest::prop_assert!(render(&diagnostic, false, Path::new("/")).starts_with("error[E0999]"));
    }
}
