//! The stand-in port's own tests, which hold it to how the real build behaves: Python's unittest, both pairs.

use std::path::Path;
use std::process::Command;
use xtask::toolchain::stand_in::{V1_23, V1_28};

#[test]
fn the_stand_in_behaves_as_the_real_build_does() {
    let [newer, older] = [V1_28, V1_23].map(|pair| crate::judges::tools(pair).program("python"));
    let output = Command::new(&newer)
        .args(["-B", "-m", "unittest", "discover", "-s"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("stand-in/tests"))
        .env("XTASK_STAND_IN_PYTHON", &newer)
        .env("XTASK_STAND_IN_PYTHON_1_23", &older)
        .env_remove("XTASK_STAND_IN_FAULT")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("skipped"), "{said}");
    println!("{}", said.lines().rev().find(|line| line.starts_with("Ran ")).unwrap());
}
