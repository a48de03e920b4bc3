//! `released`: a build that would strand devices in the field is refused, before the compile and after it.

use super::world::World;
use serde_json::Value;

/// As `partitions/ota.toml` comes out on 8 MB.
const RELEASED: &str = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nphy_init,data,phy,0xf000,0x1000\n\
                        ota_0,app,ota_0,0x10000,0x2f0000\nota_1,app,ota_1,0x300000,0x2f0000\n\
                        vfs,data,fat,0x5f0000,0x210000\n";

const BOARD: &str = "[board.b]\nbase = \"ESP32_GENERIC_S3\"\nflash-size = \"8MB\"\npartitions = \"ota\"\n\
                     released = \"partitions/released/b.csv\"\n";

fn world(released: &str) -> World {
    let world = World::new(BOARD);
    world.write("partitions/released/b.csv", released);
    world
}

#[test]
fn the_table_that_devices_have_passes_and_shows_in_the_plan_and_the_record() {
    let world = world(RELEASED);
    let run = world.run(&["check", "--board", "b"]);
    run.succeeds();
    assert!(run.err.contains("no findings"), "{}", run.err);
    let run = world.run(&["plan", "--board", "b", "--format", "json"]);
    let plan: Value = serde_json::from_str(&run.succeeds().out).unwrap();
    let released = &plan["builds"][0]["released"];
    assert!(released["file"].as_str().unwrap().ends_with("partitions/released/b.csv"), "{released}");
    assert_eq!(released["partitions"], plan["builds"][0]["partitions"]);
    assert!(world.run(&["plan", "--board", "b"]).out.contains("released     partitions/released/b.csv"));
    world.run(&["build", "--board", "b"]).succeeds();
    let record = std::fs::read(world.dist().join("build.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["released"], "partitions/released/b.csv");

    // A binary table and the image that devices were flashed with say the same.
    let stem = world.dist();
    for (name, file) in [("b.bin", "partition-table.bin"), ("f.bin", "b-unversioned.factory.bin")] {
        std::fs::copy(stem.join(file), world.path(&format!("partitions/released/{name}"))).unwrap();
        world.edit("config.toml", "released/b.csv", &format!("released/{name}"));
        let run = world.run(&["check", "--board", "b"]);
        run.succeeds();
        assert!(run.err.contains("no findings"), "{name}: {}", run.err);
        world.edit("config.toml", &format!("released/{name}"), "released/b.csv");
    }

    // The image is judged by its own bytes as well, also when another build made it.
    world.write("partitions/released/b.csv", &RELEASED.replace("0x210000", "0x200000"));
    let factory = world.dist().join("b-unversioned.factory.bin");
    let factory = factory.to_str().unwrap();
    world.edit("config.toml", "partitions = \"ota\"", "partitions = \"small\"");
    world.write("partitions/small.csv", &RELEASED.replace("0x210000", "0x200000"));
    let run = world.run(&["verify", factory, "--board", "b"]);
    run.fails(6, &["error[E0450]", "`vfs` is not what was released: size 0x210000", "have 0x200000"]);
}

#[test]
fn a_table_that_strands_the_fleet_stops_check_plan_and_build() {
    let world = world(&RELEASED.replace("0x5f0000,0x210000", "0x600000,0x200000"));
    for verb in ["check", "plan", "build"] {
        world.run(&[verb, "--board", "b"]).fails(
            3,
            &[
                "error[E0450]: `vfs` is not what was released: offset 0x5f0000, and released devices have 0x600000; size \
                 0x210000, and released devices have 0x200000",
                "partitions/released/b.csv:6:1",
                "devices in the field have this",
                "keep the row: `vfs, data, fat, 0x600000, 0x200000`",
            ],
        );
    }
    assert!(world.dist_names().is_empty());
    let run = world.run(&["check", "--board", "b", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["builds"][0]["findings"][0]["code"], "E0450");
}

#[test]
fn an_app_too_large_for_released_slots_is_refused_by_its_bytes() {
    let world = World::new(BOARD);
    world.write("partitions/released/b.csv", RELEASED);
    world.run(&["build", "--board", "b"]).succeeds();
    let app = world.dist().join("b-unversioned.ota.bin");
    world.run(&["verify", app.to_str().unwrap(), "--board", "b"]).succeeds();
    // An app alone has no table of its own: the slots of the devices decide.
    let small = RELEASED.replace("0x2f0000", "0x100000");
    world.write("partitions/released/b.csv", &small);
    world.write("partitions/same.csv", &small);
    world.edit("config.toml", "partitions = \"ota\"", "partitions = \"same\"");
    world.run(&["verify", app.to_str().unwrap(), "--board", "b"]).fails(
        6,
        &["error[E0451]: app of", "does not fit slot `ota_0` of released devices, 1048576 bytes", "`ota_1`"],
    );
}

#[test]
fn a_file_that_is_not_there_or_no_table_is_an_error_at_the_line() {
    let world = World::new(BOARD);
    world
        .run(&["check", "--board", "b"])
        .fails(3, &["error[E0120]: `partitions/released/b.csv` does not exist", "config.toml:9:12"]);
    world.write("partitions/released/b.csv", "nvs,data\n");
    world.run(&["check", "--board", "b"]).fails(
        3,
        &["error[E0455]", "no partition table that can be read", "config.toml:9:12", "released/b.csv:1"],
    );
    world.write("partitions/released/b.csv", "");
    world.run(&["check", "--board", "b"]).fails(3, &["error[E0455]"]);
}

#[test]
fn a_table_that_moved_is_refused_and_a_harmless_difference_is_a_note() {
    let world = world(&RELEASED.replace("ota_0,app", "main,app"));
    let run = world.run(&["check", "--board", "b", "--format", "json"]);
    let document: Value = serde_json::from_str(&run.succeeds().out).unwrap();
    let note = &document["builds"][0]["findings"][0];
    assert_eq!((&note["code"], &note["severity"]), (&"E0453".into(), &"note".into()));
    assert_eq!(note["message"], "`main` is named `ota_0` now, and `main` on released devices");
    let config = world.read("config.toml");
    world.write("config.toml", &format!("{config}[board.b.sdkconfig]\nPARTITION_TABLE_OFFSET = 0x7000\n"));
    world
        .run(&["check", "--board", "b"])
        .fails(3, &["error[E0452]: the table lies at 0x7000, and released devices have it at 0x8000"]);
}
