//! The story that this tool is for: OTA was asked for, the image had none, and nobody said a word. Each cause is stopped
//! before the compile where it can be known, and the bytes are judged whatever the cause.

use super::world::{OTA, World};
use std::path::Path;

/// A board folder copied from the port's ESP32_GENERIC_S3, with an OTA table of its own.
fn copied(world: &World) {
    world.run(&["list", "--port"]).succeeds();
    let from = world.tree("micropython/ports/esp32/boards/ESP32_GENERIC_S3");
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        world.write(&format!("boards/set/{}", entry.file_name().to_str().unwrap()), &text);
    }
    world.write(
        "boards/set/sdkconfig.board",
        "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\nCONFIG_PARTITION_TABLE_CUSTOM=y\n\
         CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"partitions-8MiBplus-ota.csv\"\n",
    );
}

#[test]
fn a_copied_board_whose_cmake_names_the_in_tree_fragment() {
    let world = World::new("[board.set]\nbase = \"ESP32_GENERIC_S3\"\n");
    copied(&world);
    world.edit("config.toml", "ESP32_GENERIC_S3", "boards/set");
    let run = world.run(&["build", "--board", "set"]);
    let mend = "write `${MICROPY_BOARD_DIR}/sdkconfig.board`";
    run.fails(
        3,
        &["`sdkconfig.board` in the board folder is never read", "boards/set/mpconfigboard.cmake:", mend],
    );
    assert!(!run.compiled() && world.dist_names().is_empty());
    let line = "boards/ESP32_GENERIC_S3/sdkconfig.board";
    world.edit("boards/set/mpconfigboard.cmake", line, "${MICROPY_BOARD_DIR}/sdkconfig.board");
    let run = world.run(&["build", "--board", "set"]);
    assert!(run.succeeds().out.contains("OTA          ota_0, ota_1"), "{}", run.out);
}

#[test]
fn a_second_table_in_a_fragment() {
    let world = World::new(&OTA.replace("partitions =", "fragments = [\"x.frag\"]\npartitions ="));
    world.write("x.frag", "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"partitions-8MiB.csv\"\n");
    let run = world.run(&["build", "--board", "b"]);
    run.fails(3, &["x.frag:1:1", "the key `partitions` owns it", "config.toml:"]);
    assert!(!run.compiled());
    // Twice in one fragment of one's own.
    let world = World::new(&OTA.replace("partitions = \"ota\"", "fragments = [\"x.frag\"]"));
    world.write(
        "x.frag",
        "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"a.csv\"\nCONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"b.csv\"\n",
    );
    world.run(&["check"]).fails(3, &["x.frag:1", "x.frag:2"]);
}

#[test]
fn a_variant_that_the_port_does_not_know() {
    for pair in ["--stand-in", "--stand-in=1.23"] {
        let config = "[board.b]\nbase = \"ESP32_GENERIC_S3\"\nbase-variant = \"OTA\"\n";
        let mut world = World::new(config);
        world.stand_in = pair;
        let run = world.run(&["build", "--board", "b"]);
        run.fails(3, &["no variant `OTA`", "config.toml:7:16", "known: ", "`SPIRAM_OCT`"]);
        assert!(!run.compiled(), "{pair}");
    }
}

#[test]
fn a_kept_build_folder_of_another_table_and_another_board() {
    let world = World::new(
        &OTA.replace("partitions = \"ota\"", "partitions = \"single\"").replace("\"ota\", \"rollback\"", ""),
    );
    world.run(&["build", "--board", "b"]).succeeds();
    world.edit("config.toml", "partitions = \"single\"", "partitions = \"ota\"");
    let run = world.run(&["build", "--board", "b"]);
    assert!(run.succeeds().out.contains("OTA          ota_0, ota_1"), "{}", run.out);
    // Another chip, in the folder that ESP-IDF would refuse.
    world.edit("config.toml", "ESP32_GENERIC_S3", "ESP32_GENERIC");
    let run = world.run(&["build", "--board", "b"]);
    assert!(run.succeeds().out.contains("esp32, 8MB flash"), "{}", run.out);
}

#[test]
fn a_planted_sdkconfig_does_not_win() {
    let world = World::new(OTA);
    world.run(&["build", "--board", "b"]).succeeds();
    let path = "target/xtask/b/build/sdkconfig";
    world.edit(path, "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y", "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y");
    let run = world.run(&["build", "--board", "b"]);
    assert!(run.succeeds().out.contains("8MB flash") && run.err.contains("Stale"), "{}", run.err);
}

#[test]
fn a_fragment_without_its_last_newline_loses_nothing() {
    let fragments = "fragments = [\"a.frag\", \"b.frag\"]\npartitions =";
    let world = World::new(&OTA.replace("partitions =", fragments));
    world.write("a.frag", "CONFIG_FREERTOS_HZ=200");
    world.write("b.frag", "CONFIG_LWIP_MAX_SOCKETS=12");
    world.run(&["build", "--board", "b"]).succeeds();
    let effective = world.read("target/xtask/b/build/sdkconfig");
    assert!(effective.contains("\nCONFIG_FREERTOS_HZ=200\n"));
    assert!(effective.contains("\nCONFIG_LWIP_MAX_SOCKETS=12\n"));
}

#[test]
fn a_rollback_symbol_that_does_not_exist() {
    let world = World::new(
        &OTA.replace("BOOTLOADER_APP_ROLLBACK_ENABLE = true", "BOOTLOADER_ROLLBACK_ENABLE = true"),
    );
    let run = world.run(&["build", "--board", "b"]);
    run.fails(
        3,
        &[
            "has no symbol `BOOTLOADER_ROLLBACK_ENABLE`",
            "set `BOOTLOADER_APP_ROLLBACK_ENABLE`",
            "config.toml:15",
        ],
    );
    assert!(!run.compiled());
    let world = World::new(&OTA.replace("_ENABLE = true", "_ENABLE = false"));
    world
        .run(&["build", "--board", "b"])
        .fails(3, &["`rollback` is required", "switched off here", "required here"]);
}

#[test]
fn what_kconfig_would_drop_stops_before_configure() {
    let world = World::new(&OTA.replace("LWIP_LOCAL", "NO_SUCH_THING = 1\nFREERTOS_HZ = 100000\nLWIP_LOCAL"));
    let run = world.run(&["build", "--board", "b"]);
    let range = "`FREERTOS_HZ` is out of its range: `100000` is not in 1 to 1000";
    run.fails(3, &["ESP-IDF 5.5.1 has no symbol `NO_SUCH_THING`", "config.toml:16", range]);
    assert!(!run.err.contains("configure"), "{}", run.err);
}

#[test]
fn what_only_configure_can_tell_stops_before_the_compile() {
    // `espressif/mdns` is fetched during configure, so its symbols are not known before.
    let world = World::new(&OTA.replace("LWIP_LOCAL", "MDNS_NO_SUCH_THING = 1\nLWIP_LOCAL"));
    world.run(&["check", "--board", "b"]).succeeds();
    let run = world.run(&["build", "--board", "b"]);
    run.fails(3, &["ESP-IDF 5.5.1 has no symbol `MDNS_NO_SUCH_THING`", "config.toml:16"]);
    assert!(
        run.err.contains("stopped before the compile")
            && !world.read("target/xtask/b/build.log").contains("compile:")
    );
    // Now it is fetched.
    world.run(&["check", "--board", "b"]).fails(3, &["has no symbol `MDNS_NO_SUCH_THING`"]);
}

#[test]
fn an_idf_that_ignores_the_request_is_caught_from_the_bytes() {
    let world = World::new(OTA);
    for (fault, texts) in [
        (
            "ignores-partitions",
            &["declared are the apps `ota_0` and `ota_1`, the image has `factory`", "OTA is required"][..],
        ),
        ("ignores-rollback", &["the bootloader was built without BOOTLOADER_APP_ROLLBACK_ENABLE"]),
        ("wrong-flash-size-header", &["the header says 4MB of flash, declared are 8MB"]),
        ("foreign-bytes-in-gap", &["in a gap"]),
        ("truncated-image", &["the app ends before its"]),
        ("no-frozen", &["`_boot.py`"]),
        ("module-not-linked", &["C module", "is not in the firmware"]),
        ("wrong-idf-version", &["the app was built with ESP-IDF v5.0.9"]),
    ] {
        let run = world.run_with(&["build", "--board", "b"], &[("XTASK_STAND_IN_FAULT", fault)]);
        run.fails(6, texts);
        assert_eq!(world.dist_names(), Vec::<String>::new(), "{fault}");
    }
    // Without a fault the next run starts afresh, and is right.
    world.run(&["build", "--board", "b"]).succeeds();
    assert!(Path::new(&world.dist()).is_dir());
}

#[test]
fn a_failed_verification_takes_the_last_release_of_that_name_away() {
    let world = World::new(OTA);
    world.run(&["build", "--board", "b"]).succeeds();
    let fault = [("XTASK_STAND_IN_FAULT", "ignores-partitions")];
    world.run_with(&["build", "--board", "b", "--force"], &fault).fails(6, &["nothing is in dist/"]);
    assert_eq!(world.dist_names(), Vec::<String>::new());
}
