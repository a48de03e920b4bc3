//! What can go wrong around a build: each ends with its exit code, a message, and nothing half-written.

use super::world::{OTA, World};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn each_stage_that_fails_says_why_and_where_the_log_is() {
    let world = World::new(OTA);
    for (fault, stage, text) in [
        ("configure-fails", "configure failed with exit code", "asked to fail in configure"),
        ("compile-error", "compile failed with exit code", "error: "),
        ("crash-compile", "compile failed with exit code", "ninja failed with exit code"),
        ("crash-idf", "compile was killed by signal 9", "whole output:"),
        ("disk-full", "compile failed with exit code", "No space left on device"),
        ("mpy-cross-fails", "compile failed with exit code", "asked to fail here"),
        ("makeimg-fails", "merge failed with exit code", "asked to fail here"),
    ] {
        let run = world.run_with(&["build", "--board", "b", "--force"], &[("XTASK_STAND_IN_FAULT", fault)]);
        run.fails(5, &[stage, text, "target/xtask/b/build.log"]);
        assert_eq!(world.dist_names(), Vec::<String>::new(), "{fault}");
    }
    // Whatever they left, the next run is right.
    world.run(&["build", "--board", "b"]).succeeds();
}

/// Waits until the stand-in hangs, and gives the processes that do.
fn hanging(world: &World) -> Vec<i32> {
    let start = Instant::now();
    loop {
        let folders = std::fs::read_dir(world.path("target/xtask")).into_iter().flatten().flatten();
        let places = folders.map(|entry| entry.path()).chain([world.path("target/xtask/b/build")]);
        let texts = places.filter_map(|place| std::fs::read_to_string(place.join("stand-in-hang.pids")).ok());
        let text: String = texts.collect();
        let found: Vec<i32> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if found.len() >= 2 && text.ends_with('\n') {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "the stand-in does not hang");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A process that has ended and was not waited for yet is no longer running.
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn ctrl_c_ends_every_process_and_the_next_run_is_right() {
    for fault in ["hang-mpy-cross", "hang-configure", "hang-compile", "hang-makeimg"] {
        let world = World::new(OTA);
        let mut run = world.start(&["build", "--board", "b"], &[("XTASK_STAND_IN_FAULT", fault)]);
        let pids = hanging(&world);
        let pid = rustix::process::Pid::from_raw(i32::try_from(run.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let status = run.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (Some(130), None), "{fault}");
        let start = Instant::now();
        while pids.iter().any(|pid| is_running(*pid)) {
            assert!(start.elapsed() < Duration::from_secs(10), "{fault}: of {pids:?} some still run");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut said = String::new();
        run.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("interrupted"), "{fault}: {said}");
        assert_eq!(world.dist_names(), Vec::<String>::new());
        world.run(&["build", "--board", "b"]).succeeds();
    }
}

#[test]
fn a_missing_or_wrong_esp_idf_is_named() {
    let world = World::new(OTA);
    world.write("idf/readme", "");
    let idf = world.path("idf");
    world
        .run(&["build", "--board", "b", "--idf", idf.to_str().unwrap()])
        .fails(4, &["is no ESP-IDF", "version.cmake"]);
    world.run(&["list", "--port"]).succeeds();
    let version = world.tree("esp-idf/tools/cmake/version.cmake");
    let text = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, text.replace("MINOR 5", "MINOR 1")).unwrap();
    let run = world.run(&["build", "--board", "b"]);
    run.fails(4, &["does not support ESP-IDF 5.1.1", "5.5.1", "cargo xtask setup"]);
    let run = world.run(&["plan", "--board", "b", "--dangerously-use-unsupported-idf"]);
    assert!(run.succeeds().err.contains("used all the same"), "{}", run.err);
}

#[test]
fn a_dist_that_cannot_be_written_leaves_nothing_behind() {
    let world = World::new(OTA);
    world.write("dist", "a file in the way");
    world.run(&["build", "--board", "b"]).fails(4, &["b-unversioned cannot be written", "dist"]);
    assert_eq!(world.read("dist"), "a file in the way");
    std::fs::remove_file(world.path("dist")).unwrap();
    world.run(&["build", "--board", "b"]).succeeds();
}

#[test]
fn a_wrong_config_or_name_tells_everything_at_once() {
    let world = World::new(&format!("{OTA}flash-sise = \"8MB\"\n[board.c]\nbase = 1\n"));
    let run = world.run(&["check"]);
    assert_eq!(run.code, 3);
    world.write(
        "config.toml",
        &world.read("config.toml").replace("flash-sise", "x").replace("base = 1", "bse = \"X\""),
    );
    world.run(&["build", "--board", "b"]).fails(3, &["bse", "did you mean `base`"]);
    let world = World::new(OTA);
    world.run(&["build", "--board", "bb"]).fails(2, &["no board `bb`", "`b`"]);
    world.run(&["build", "--board", "b", "--variant", "ota"]).fails(2, &["has no variant `ota`"]);
    world.run(&["build"]).fails(2, &["no board is named"]);
    world.run(&["verify", "nothing.bin"]).fails(2, &["there is no file", "nothing.bin"]);
    world.run(&["verify", "config.toml"]).fails(6, &["no image (e9)"]);
    world.run(&["verify", "config.toml", "--require", "otaa"]).fails(2, &["did you mean `ota`?"]);
    world.run(&["biuld"]).fails(2, &["biuld"]);
    std::fs::remove_file(world.path("config.toml")).unwrap();
    world.run(&["list"]).fails(3, &["there is no config"]);
}

#[test]
fn a_manifest_without_the_ports_own_is_stopped_before_the_build() {
    let world = World::new(OTA);
    world.write("manifest.py", "freeze(\"frozen\")\n");
    let run = world.run(&["build", "--board", "b"]);
    run.fails(3, &["leaves out the port's own", "include(\"$(PORT_DIR)/boards/manifest.py\")"]);
    assert!(!run.compiled());
    world.run(&["check"]).fails(3, &["leaves out the port's own"]);
}

#[test]
fn an_app_that_is_too_large_for_one_slot_is_refused() {
    let world = World::new(OTA.replace("\"ota\"\nrequire = [\"ota\", \"rollback\"]", "\"mine\"").as_str());
    let rows = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,2M\nota_1,app,ota_1,,1M\n";
    world.write("partitions/mine.csv", rows);
    // ESP-IDF itself only warns of the second slot.
    let run = world.run(&["build", "--board", "b"]);
    run.fails(6, &["E0412", "does not fit slot `ota_1` of 1048576 bytes"]);
    assert!(
        Path::new(&world.path("target/xtask/b/build/firmware.bin")).is_file()
            && world.dist_names().is_empty()
    );
}
