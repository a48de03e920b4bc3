//! What the fuzz targets share: the macro that declares one, the bound on memory, and views of findings.
//!
//! A target is one file in `src/bin`; it judges the tool's pure modules and reads no files.

mod heap;

pub use heap::bounded;
pub use libfuzzer_sys;

use std::ops::Range;
use std::path::Path;
use xtask::chip::FlashSize;
use xtask::diagnostic::Diagnostics;
use xtask::partition::Options;
use xtask::source::Source;
use xtask::version::Version;

/// Declares a target: its seeds (valid inputs), the words that its format consists of, and what is run on an input.
///
/// With `FUZZ_SEEDS` naming a folder, the program writes its seeds there, and its words to `words.dict` beside them,
/// instead of fuzzing.
#[macro_export]
macro_rules! target {
    (seeds: $seeds:expr, words: $words:expr, run: $run:expr $(,)?) => {
        $crate::libfuzzer_sys::fuzz_target!(init: $crate::prepare(|| $seeds, $words), |data: &[u8]| $run(data));
    };
}

/// The macro's part that runs before the first input.
#[expect(
    clippy::disallowed_methods,
    reason = "the doors to the world are the tool's; this writes what a script asks for"
)]
pub fn prepare(seeds: impl Fn() -> Vec<Vec<u8>>, words: &[&str]) {
    let Some(folder) = std::env::var_os("FUZZ_SEEDS") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("the folder of the seeds can be made");
    for (index, seed) in seeds().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{index}")), seed).expect("a seed can be written");
    }
    // libFuzzer reads a word a line, in double quotes; a dictionary without words is refused.
    let word = |word: &&str| {
        let bytes = word.bytes().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        });
        format!("\"{}\"\n", bytes.collect::<String>())
    };
    let words: String = words.iter().map(word).collect();
    std::fs::write(folder.with_extension("dict"), words).expect("the dictionary can be written");
    std::process::exit(0);
}

/// The input as text. What is not UTF-8 becomes the replacement character, so that no mutation is wasted.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// A choice that an input makes by its first byte; readable seeds make it with a letter.
pub fn choice(data: &[u8]) -> (usize, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest))
}

/// Settings for a table: every release with rules of its own, with and without the flash size and the offsets that 5.5
/// asks for (bit 0), and with and without the digest (bit 1).
pub fn options(choice: usize) -> Options {
    const RELEASES: [Version; 6] = [
        Version::new(5, 0, 0),
        Version::new(5, 2, 0),
        Version::new(5, 3, 0),
        Version::new(5, 4, 2),
        Version::new(5, 5, 1),
        Version::new(6, 0, 0),
    ];
    let known = choice & 1 == 1;
    Options {
        flash_size: FlashSize::from_bytes(8 << 20).filter(|_| known),
        md5: choice & 2 == 0,
        primary_bootloader_offset: known.then_some(0x1000),
        recovery_bootloader_offset: known.then_some(0x30_0000),
        ..Options::new(RELEASES[choice / 4 % RELEASES.len()])
    }
}

/// What must hold for every finding: it says something, and points into its texts. Rendering has its own target.
pub fn sound(findings: &Diagnostics) {
    for finding in findings.iter() {
        assert!(!finding.message.is_empty(), "{finding:?}");
        for label in &finding.labels {
            let Range { start, end } = label.place.span;
            assert!(label.place.source.text().get(start..end).is_some(), "{finding:?}");
        }
    }
}

/// A text to be read, by the name that messages show.
pub fn source(text: impl Into<String>) -> Source {
    Source::new("fuzzed", text)
}
