//! The stand-in port's own tests, which hold it to how the real build behaves: Python's unittest, each pair in a process of
//! its own.

use std::path::Path;
use std::process::Command;
use xtask::toolchain::stand_in::{Pair, V1_23, V1_28};

/// Runs the tests of one pair; the other's are skipped.
fn behaves(pair: Pair, variable: &str, least: usize) {
    let python = crate::judges::tools(pair).program("python");
    let mut command = Command::new(&python);
    command.args(["-B", "-m", "unittest", "discover", "-v", "-s"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("stand-in/tests"));
    for name in
        ["XTASK_STAND_IN_PYTHON", "XTASK_STAND_IN_PYTHON_1_23", "XTASK_STAND_IN_FAULT", "SOURCE_DATE_EPOCH"]
    {
        command.env_remove(name);
    }
    let output = command.env(variable, &python).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let passed = said.lines().filter(|line| line.ends_with("... ok")).count();
    assert!(output.status.success() && passed >= least, "{passed} passed\n{said}");
}

#[test]
fn the_newer_pair_behaves_as_the_real_build_does() {
    behaves(V1_28, "XTASK_STAND_IN_PYTHON", 40);
}

#[test]
fn the_older_pair_behaves_as_the_real_build_does() {
    behaves(V1_23, "XTASK_STAND_IN_PYTHON_1_23", 5);
}
