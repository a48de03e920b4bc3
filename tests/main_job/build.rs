//! A build end to end: what it leaves, what it says, what it does not touch.

use super::world::{OTA, World};
use serde_json::Value;
use std::process::Command;

#[test]
fn a_build_leaves_exactly_what_a_release_needs() {
    let world = World::new(OTA);
    let run = world.run(&["build", "--board", "b"]);
    run.succeeds();
    for text in ["ota_0", "ota_1", "boots", "8 MiB", "on, proven by the bootloader's sdkconfig"] {
        assert!(run.out.contains(text), "{text:?} is not in:\n{}", run.out);
    }
    assert!(
        run.out.contains("bootable     no") && run.err.contains("everything but bootable"),
        "{}",
        run.out
    );
    let dist = world.dist();
    let stem = dist.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(stem, "b-unversioned");
    let mut names: Vec<String> = std::fs::read_dir(&dist)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected: Vec<String> = ["factory.bin", "ota.bin", "ota.json", "elf", "map", "uf2"]
        .iter()
        .map(|end| format!("{stem}.{end}"))
        .collect();
    let others = ["SHA256SUMS", "build.json", "partition-table.bin", "partitions.csv", "sdkconfig"];
    expected.extend(others.map(str::to_owned));
    expected.sort();
    assert_eq!(names, expected);

    let sums = Command::new("sha256sum")
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(&dist)
        .output()
        .unwrap();
    assert!(sums.status.success(), "{}", String::from_utf8_lossy(&sums.stdout));
    let ota = std::fs::read(dist.join(format!("{stem}.ota.bin"))).unwrap();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dist.join(format!("{stem}.ota.json"))).unwrap()).unwrap();
    let keys: Vec<&String> = manifest.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["firmware", "sha", "length"]);
    assert_eq!(manifest["firmware"], format!("{stem}.ota.bin"));
    assert_eq!(manifest["length"], ota.len());
    assert_eq!(manifest["sha"], xtask::fs::sha256(&ota));
    let factory = std::fs::read(dist.join(format!("{stem}.factory.bin"))).unwrap();
    assert_eq!(factory, std::fs::read(world.path("target/xtask/b/build/firmware.bin")).unwrap());
    assert_eq!(factory[0x10000..], ota);
    let record: Value = serde_json::from_slice(&std::fs::read(dist.join("build.json")).unwrap()).unwrap();
    assert_eq!((&record["bootable"], &record["flash-offset"]), (&false.into(), &0.into()));
    assert_eq!(record["micropython"]["version"], "v1.28.0");
}

#[test]
fn independent_tools_accept_what_is_built() {
    let world = World::new(OTA);
    world.run(&["build", "--board", "b"]).succeeds();
    let tools = crate::judges::tools(xtask::toolchain::stand_in::V1_28);
    let build = world.path("target/xtask/b/build");
    for part in ["micropython.bin", "bootloader/bootloader.bin"] {
        let said = Command::new(tools.program("python"))
            .args(["-m", "esptool", "--chip", "esp32s3", "image_info", "--version", "2"])
            .arg(build.join(part))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains("(valid)"), "{part}: {text}");
        assert!(!text.contains("invalid"), "{part}: {text}");
    }
    let factory = world.dist().join("b-unversioned.factory.bin");
    let factory = factory.to_str().unwrap();
    // build.json beside the image is the evidence; away from it nothing proves the rollback.
    world.run(&["verify", factory, "--board", "b"]).succeeds();
    world.run(&["verify", factory, "--require", "ota,rollback"]).succeeds();
    std::fs::copy(factory, world.path("alone.bin")).unwrap();
    world.run(&["verify", "alone.bin", "--require", "ota"]).succeeds();
    world.run(&["verify", "alone.bin", "--require", "rollback"]).fails(6, &["a bare image cannot prove it"]);
    let evidence = build.to_str().unwrap();
    world.run(&["verify", "alone.bin", "--require", "rollback", "--evidence", evidence]).succeeds();
}

#[test]
fn the_document_has_the_fields_that_were_promised() {
    let world = World::new(OTA);
    let run = world.run(&["build", "--board", "b", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.succeeds().out).unwrap();
    assert_eq!((&document["schema"], &document["ok"]), (&"xtask/1".into(), &true.into()));
    let build = &document["builds"][0];
    assert_eq!((&build["id"], &build["status"]), (&"b".into(), &"built".into()));
    let image = &build["image"];
    assert_eq!((&image["chip"], &image["flash-size"]), (&"esp32s3".into(), &8_388_608.into()));
    assert_eq!(image["bootable"], false);
    let row = &image["partitions"][0];
    assert_eq!((&row["name"], &row["type"], &row["offset"]), (&"nvs".into(), &"data".into(), &36864.into()));
    assert_eq!(row["flags"], serde_json::json!([]));
    let ota = &image["ota"];
    assert_eq!(
        (&ota["otadata"], &ota["boots"], &ota["rollback"]),
        (&"blank".into(), &"ota_0".into(), &true.into())
    );
    for field in ["partition", "offset", "size", "free", "idf-version"] {
        assert!(!image["app"][field].is_null(), "app.{field}");
    }
    let failed = World::new(&OTA.replace("true", "false"));
    let run = failed.run(&["build", "--board", "b", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let finding = &document["builds"][0]["findings"][0];
    assert_eq!((run.code, &document["ok"]), (3, &false.into()));
    assert_eq!((&finding["code"], &finding["where"]["file"]), (&"E0255".into(), &"config.toml".into()));
}

/// Git finds nothing new in either tree, ignored files included.
fn trees_are_clean(world: &World) {
    for tree in ["micropython", "esp-idf"] {
        let folder = world.tree(tree);
        let status = Command::new("git")
            .args(["status", "--porcelain", "--ignored"])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&status.stdout), "", "{tree}");
    }
}

#[test]
fn the_trees_stay_clean_and_the_plan_is_what_is_done() {
    let world = World::new(OTA);
    let plan = world.run(&["plan", "--board", "b", "--format", "json"]);
    assert_eq!(plan.succeeds().out, world.run(&["plan", "--board", "b", "--format", "json"]).out);
    world.run(&["build", "--board", "b"]).succeeds();
    assert_eq!(
        plan.out,
        world.run(&["plan", "--board", "b", "--format", "json"]).out,
        "the same after a build"
    );
    trees_are_clean(&world);
    let log = world.read("target/xtask/b/build.log");
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    for step in plan["builds"][0]["steps"].as_array().unwrap() {
        let Some(run) = step.get("run").filter(|_| step["stage"] != "activate") else {
            continue;
        };
        let last = run["args"].as_array().unwrap().last().unwrap().as_str().unwrap();
        assert!(log.contains(last), "{last} of {step} is not in the log");
    }
}

#[test]
fn two_chips_build_at_once_and_a_second_build_of_one_waits() {
    let config = format!(
        "{OTA}[board.c]\nbase = \"ESP32_GENERIC_C3\"\nflash-size = \"4MB\"\npartitions = \"single\"\n"
    );
    let world = World::new(&config);
    world.run(&["list"]).succeeds();
    let runs = ["b", "c", "b"].map(|board| world.start(&["build", "--board", board], &[]));
    let outputs = runs.map(|run| run.wait_with_output().unwrap());
    let said: Vec<String> = outputs.iter().map(|o| String::from_utf8_lossy(&o.stderr).into_owned()).collect();
    for (output, said) in outputs.iter().zip(&said) {
        assert!(output.status.success(), "{said}");
    }
    let waited = said.iter().filter(|said| said.contains("another run builds `b`; waiting for it")).count();
    let built = said.iter().filter(|said| said.contains("compile ok")).count();
    assert_eq!((waited, built), (1, 2), "{said:#?}");
    assert_eq!(world.dist_names().len(), 2);
    trees_are_clean(&world);
}

#[test]
fn a_board_that_is_micropythons_alone_is_that_board() {
    let world = World::new(
        "[build]\nreproducible = false\n[board.plain]\nbase = \"ESP32_GENERIC\"\nbase-variant = \"OTA\"\n",
    );
    let run = world.run(&["build", "--board", "plain"]);
    run.succeeds();
    assert!(run.out.contains("esp32, 4MB flash") && run.out.contains("ota_0, ota_1"), "{}", run.out);
    let sdkconfig = world.read("target/xtask/plain/build/sdkconfig");
    assert!(sdkconfig.contains("CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"partitions-4MiB-ota.csv\""));
}

#[test]
fn a_reproducible_build_gives_the_same_bytes_in_another_build_folder() {
    let world = World::new(OTA);
    let image = || {
        world.run(&["build", "--board", "b", "--force"]).succeeds();
        std::fs::read(world.dist().join("b-unversioned.factory.bin")).unwrap()
    };
    let first = image();
    assert!(image() == first, "the second build's bytes differ");
}
