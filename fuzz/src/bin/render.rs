//! Rendering: findings with any texts and any places are shown, with and without colour, and none is lost.

#![no_main]

use std::path::Path;
use xtask::diagnostic::{Diagnostic, Diagnostics, Severity};
use xtask::render::render;
use xtask::sdkconfig::codes;
use xtask::source::Source;
use xtask_fuzz::{choice, sound, source, target, text};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] =
    &["\n", "\r\n", "\r", "\t", "\u{1b}[31m", "\u{202e}", "\u{200d}", "\u{3000}", "\u{301}", "\0"];

fn seeds() -> Vec<Vec<u8>> {
    let long = "x".repeat(300);
    [
        "@\u{0}\u{1}\u{3}\u{0}message\0a = 1\nb = 2\n".to_owned(),
        "A\u{2}\u{1}\u{9}\u{4}bad `x`\0\r\nCONFIG_X=\"ü\"\r\n\r\n[board]\n".to_owned(),
        format!("B\u{1}\u{70}\u{2}\u{0}line too long\0short\n{long}\nshort"),
    ]
    .map(String::into_bytes)
    .into()
}

/// Choice, two places of a start and a length each, then the message and the text, with a NUL between them.
fn run(data: &[u8]) {
    let (choice, rest) = choice(data);
    let Some((&[start, length, second, reach], rest)) = rest.split_first_chunk() else { return };
    let whole = text(rest);
    let (message, body) =
        whole.split_once('\0').filter(|parts| !parts.0.is_empty()).unwrap_or(("empty", &whole));
    let file = source(body);
    let scaled = |at: u8| usize::from(at) * (1 + body.len() / 256);
    let place = file.place(scaled(start)..scaled(start) + usize::from(length));
    let other = match choice & 3 {
        0 => Source::new("other.toml", body).place(scaled(second)..scaled(second) + usize::from(reach)),
        1 => Source::binary("firmware.bin").whole(),
        2 => file.line(u32::from(second)),
        _ => file.place(scaled(second)..scaled(second) + usize::from(reach)),
    };
    let severity = [Severity::Note, Severity::Warning, Severity::Error][choice / 4 % 3];
    let finding = Diagnostic::new(&codes::UNREADABLE_LINE, severity, message)
        .at(&place)
        .label(&other, message)
        .because(message)
        .help(body);
    sound(&Diagnostics(vec![finding.clone()]));
    let shown = render(&finding, choice & 16 != 0, Path::new("/home/someone"));
    assert!(shown.contains("E0300") && shown.contains("fuzzed"), "{shown}");
    // What a terminal would act on is not passed on, but for the colours asked for.
    assert!(choice & 16 != 0 || !shown.contains('\u{1b}'), "{shown:?}");
}
