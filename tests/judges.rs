//! The programs that tests call on: PyPI's cmake, esptool and kconfgen, fetched once into the build folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use xtask::toolchain::python::{Tools, install};
use xtask::toolchain::stand_in::{Pair, V1_28};

/// The tools of a pair, shared by all tests and kept between runs.
pub fn tools(pair: Pair) -> Tools {
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    install(&state, pair.requirements, &mut |text| say(text)).unwrap()
}

/// cmake: `XTASK_TEST_CMAKE`, the machine's, or PyPI's.
pub fn cmake() -> PathBuf {
    let named = std::env::var_os("XTASK_TEST_CMAKE").map(PathBuf::from);
    named.or_else(|| which::which("cmake").ok()).unwrap_or_else(|| tools(V1_28).program("cmake"))
}

/// A Python that has esp-idf-kconfig: `XTASK_TEST_PYTHON`, or PyPI's.
pub fn kconfig_python() -> PathBuf {
    let named = std::env::var_os("XTASK_TEST_PYTHON").map(PathBuf::from);
    named.unwrap_or_else(|| tools(V1_28).program("python"))
}

/// Says that a group of tests is skipped, where it is seen also when the tests pass.
pub fn skipped(why: &str) {
    say(&format!("skipped: {why}"));
}

fn say(text: &str) {
    // The test harness keeps what `println!` says of a passing test to itself.
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// esptool and mp-image-tool-esp32, in a folder of their own.
pub fn image_tools() -> Tools {
    // What esptool needs is pinned with the newer pair; cmake and the rest of it is of no use here.
    let esptool = V1_28.requirements.lines().filter(|line| {
        !["cmake", "ninja", "esp-idf-kconfig", "#"].iter().any(|other| line.starts_with(other))
    });
    let own = [
        "mp-image-tool-esp32==0.1.1",
        "more-itertools==10.8.0",
        "rich==14.2.0",
        "markdown-it-py==3.0.0",
        "mdurl==0.1.2",
        "Pygments==2.19.2",
    ];
    let list: Vec<&str> = esptool.chain(own).collect();
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    install(&state, &(list.join("\n") + "\n"), &mut |text| say(text)).unwrap()
}
