//! `build --from-image`: the same firmware folder from a stock image, without a compile.

use super::world::{Run, World};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A board that is compiled once, and boards that are made from its image.
const BOARDS: &str = r#"
[board.stock]
base = "ESP32_GENERIC_S3"
flash-size = "8MB"
partitions = "single"
[board.stock.sdkconfig]
BOOTLOADER_APP_ROLLBACK_ENABLE = true

[board.plain]
base = "ESP32_GENERIC_S3"

[board.ota]
base = "ESP32_GENERIC_S3"
flash-size = "16MB"
partitions = "ota"
require = ["ota", "rollback", "filesystem"]
[board.ota.sdkconfig]
BOOTLOADER_APP_ROLLBACK_ENABLE = true
"#;

/// The image of `stock`, away from `dist/`, with the record beside it.
fn built(config: &str) -> (World, PathBuf) {
    let world = World::new(config);
    world.run(&["build", "--board", "stock"]).succeeds();
    let dist = world.dist();
    let folder = world.path("published");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(dist.join("stock-unversioned.factory.bin"), folder.join("stock.bin")).unwrap();
    std::fs::copy(dist.join("build.json"), folder.join("build.json")).unwrap();
    std::fs::remove_dir_all(dist).unwrap();
    (world, folder.join("stock.bin"))
}

fn make(world: &World, board: &str, image: &Path) -> Run {
    world.run(&["build", "--board", board, "--from-image", image.to_str().unwrap()])
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A byte of the image made another one.
fn damaged(world: &World, image: &Path, at: usize) -> PathBuf {
    let mut bytes = std::fs::read(image).unwrap();
    bytes[at] ^= 1;
    let path = world.path("published/damaged.bin");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_stock_image_becomes_the_firmware_of_another_layout_and_flash() {
    let (world, image) = built(BOARDS);
    let before = std::fs::read(&image).unwrap();
    let run = make(&world, "ota", &image);
    run.succeeds();
    assert!(!run.compiled() && run.out.contains("on, proven by the bootloader's sdkconfig"), "{}", run.out);
    assert!(run.err.contains("Changed bootloader: flash size 16MB instead of 8MB"), "{}", run.err);
    assert!(run.err.contains("everything but bootable"), "{}", run.err);
    assert_eq!(std::fs::read(&image).unwrap(), before, "the image file was changed");

    let dist = world.dist();
    let stem = "ota-unversioned";
    let expected = [
        "SHA256SUMS",
        "build.json",
        "ota-unversioned.factory.bin",
        "ota-unversioned.ota.bin",
        "ota-unversioned.ota.json",
        "partition-table.bin",
        "partitions.csv",
    ];
    assert_eq!(names(&dist), expected);
    let sums =
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&dist).output();
    assert!(sums.unwrap().status.success());
    let factory = std::fs::read(dist.join(format!("{stem}.factory.bin"))).unwrap();
    let app = std::fs::read(dist.join(format!("{stem}.ota.bin"))).unwrap();
    assert_eq!(factory[0x10000..], app);
    assert_eq!(before[0x10000..], app, "the app's bytes are the image's");
    assert_eq!(factory[0x8000..0x8C00], std::fs::read(dist.join("partition-table.bin")).unwrap());
    let manifest = json(&dist.join(format!("{stem}.ota.json")));
    assert_eq!((&manifest["length"], &manifest["sha"]), (&app.len().into(), &xtask::fs::sha256(&app).into()));

    let record = json(&dist.join("build.json"));
    let from = &record["from-image"];
    assert_eq!((&from["file"], &from["sha256"]), (&"stock.bin".into(), &xtask::fs::sha256(&before).into()));
    assert_eq!(from["app"]["descriptor"]["idf-version"], "v5.5.1");
    assert_eq!((&record["micropython"]["version"], &record["bootable"]), (&"v1.28.0".into(), &false.into()));
    assert!(!record.to_string().contains(world.path("").to_str().unwrap()), "a path of this machine");

    // The record is evidence for the changed bootloader, and the image is what the board declares.
    let factory = dist.join(format!("{stem}.factory.bin"));
    world.run(&["verify", factory.to_str().unwrap(), "--board", "ota"]).succeeds();
    // What was made can be the start of another one, which differs in nothing.
    let copy = world.path("published/second");
    std::fs::create_dir_all(&copy).unwrap();
    std::fs::copy(&factory, copy.join("own.bin")).unwrap();
    std::fs::copy(dist.join("build.json"), copy.join("build.json")).unwrap();
    make(&world, "ota", &copy.join("own.bin")).succeeds();
    assert_eq!(std::fs::read(&factory).unwrap(), std::fs::read(copy.join("own.bin")).unwrap());
}

#[test]
fn no_esp_idf_and_no_micropython_is_needed() {
    let (mut world, image) = built(BOARDS);
    std::fs::remove_dir_all(world.tree("")).unwrap();
    world.stand_in = "--color=never";
    let run = make(&world, "plain", &image);
    run.succeeds();
    let dist = world.dist();
    assert_eq!(
        std::fs::read(dist.join("plain-unversioned.factory.bin")).unwrap(),
        std::fs::read(&image).unwrap(),
        "what is not asked to be another is the image's"
    );
    assert!(
        dist.join("plain-unversioned.app.bin").is_file() && !dist.join("plain-unversioned.ota.json").exists()
    );
    // What the config itself says of a board is judged without a tree.
    let verify =
        |board: &str, image: &Path| world.run(&["verify", image.to_str().unwrap(), "--board", board]);
    let run = verify("stock", &image);
    run.succeeds();
    assert!(run.err.contains("no MicroPython tree") && run.out.contains("findings     none"), "{}", run.err);
    verify("ota", &image).fails(6, &["E0520", "E0523", "E0529", "the declared layout has them"]);
    verify("stokc", &image).fails(2, &["did you mean `stock`?"]);
    let table = dist.join("partition-table.bin");
    verify("stock", &table).succeeds();
    verify("ota", &table).fails(6, &["E0520"]);
    // Where no name and no tree tells the chip, that is said.
    world.edit(
        "config.toml",
        "[board.plain]\nbase = \"ESP32_GENERIC_S3\"",
        "[board.plain]\nbase = \"UM_FEATHERS3\"",
    );
    let run = make(&world, "plain", &image);
    run.succeeds();
    assert!(run.err.contains("warning[E0257]: which chip `UM_FEATHERS3` is for is not known"), "{}", run.err);
}

#[test]
fn what_an_image_cannot_give_is_listed_with_every_line() {
    let config = format!(
        "{BOARDS}[board.b]\nbase = \"ESP32_GENERIC_C3\"\nboard-name = \"B\"\nmodules = [\"modules/smw\"]\nmanifest = \"manifest.py\"\n\
         [board.b.sdkconfig]\nLWIP_LOCAL_HOSTNAME = \"b\"\n"
    );
    let (world, image) = built(&config);
    let run = make(&world, "b", &image);
    run.fails(
        3,
        &[
            "error[E0257]: the image is for esp32s3, and `ESP32_GENERIC_C3` is for esp32c3",
            "error[E0256]: an image cannot give a board name (`board-name`)",
            "error[E0256]: an image cannot give a C module (`modules`: `smw`)",
            "error[E0256]: an image cannot give frozen Python of your own (`manifest`)",
            "error[E0256]: an image cannot give the sdkconfig symbol `LWIP_LOCAL_HOSTNAME`",
            "config.toml:29:23",
            "nothing is written",
        ],
    );
    // A board that the tree at hand does not have.
    world.edit(
        "config.toml",
        "[board.plain]\nbase = \"ESP32_GENERIC_S3\"",
        "[board.plain]\nbase = \"UM_FEATHERS9\"",
    );
    let run = make(&world, "plain", &image);
    run.fails(3, &["UM_FEATHERS9", "config.toml:14:8"]);
    // Without the record beside it, nothing proves the rollback.
    std::fs::remove_file(image.with_file_name("build.json")).unwrap();
    make(&world, "ota", &image).fails(
        3,
        &[
            "`rollback` is required, and nothing proves",
            "cannot give the sdkconfig symbol `BOOTLOADER_APP_ROLLBACK_ENABLE`",
        ],
    );
    let run =
        world.run(&["build", "--board", "b", "--from-image", image.to_str().unwrap(), "--format", "json"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let build = &document["builds"][0];
    assert_eq!((&build["status"], &build["stage"]), (&"failed".into(), &"plan".into()));
    assert_eq!(build["findings"].as_array().unwrap().len(), 5);
    assert!(world.dist_names().is_empty());
}

#[test]
fn another_release_than_the_pinned_one_is_told() {
    let (mut world, image) = built(BOARDS);
    world.stand_in = "--color=never";
    world.edit("config.toml", "rev = \"v5.5.1\"", "rev = \"v5.4.2\"");
    let run = make(&world, "plain", &image);
    run.succeeds();
    assert!(
        run.err.contains("warning[E0258]: the image has ESP-IDF v5.5.1, and v5.4.2 is pinned"),
        "{}",
        run.err
    );
    world.edit("config.toml", "rev = \"v1.28.0\"", "rev = \"v1.27.0\"");
    make(&world, "plain", &image).fails(
        3,
        &["error[E0258]: the image has MicroPython v1.28.0, and v1.27.0 is pinned", "config.toml:2:7"],
    );
}

#[test]
fn an_image_that_is_not_right_or_does_not_fit_changes_nothing() {
    let (world, image) = built(BOARDS);
    make(&world, "ota", &image).succeeds();
    let dist = world.dist();
    let before = std::fs::read(dist.join("SHA256SUMS")).unwrap();
    let refused = |image: &Path, code: i32, texts: &[&str]| {
        make(&world, "ota", image).fails(code, texts);
        assert_eq!(std::fs::read(dist.join("SHA256SUMS")).unwrap(), before);
        assert_eq!(world.dist_names(), ["ota-unversioned"], "something half-written");
    };
    // A byte of the bootloader's, the table's and the app's.
    for at in [0x100, 0x8004, 0x1_1000] {
        refused(&damaged(&world, &image, at), 6, &["error[", "nothing is written"]);
    }
    std::fs::write(world.path("app.bin"), &std::fs::read(&image).unwrap()[0x10000..]).unwrap();
    refused(&world.path("app.bin"), 6, &["error[E0540]", "alone, without a partition table"]);
    refused(&world.path("config.toml"), 6, &["error[E0540]"]);
    refused(&world.path("nowhere.bin"), 2, &["there is no file"]);
    refused(&dist.join("ota-unversioned.factory.bin"), 2, &["lies in the folder that this build replaces"]);
    // Slots that the app does not fit, and devices in the field that would be stranded.
    let csv = std::fs::read_to_string(dist.join("partitions.csv")).unwrap();
    world.write("partitions/released/b.csv", &csv);
    let tiny = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,0x100000\n\
                ota_1,app,ota_1,0x110000,0x100000\nvfs,data,fat,0x210000,0x100000\n";
    world.write("partitions/tiny.csv", tiny);
    world.edit("config.toml", "partitions = \"ota\"", "partitions = \"tiny\"");
    refused(&image, 6, &["error[E0412]", "does not fit `ota_0` of 1048576 bytes"]);
    world.edit(
        "config.toml",
        "partitions = \"tiny\"",
        "partitions = \"tiny\"\nreleased = \"partitions/released/b.csv\"",
    );
    refused(&image, 3, &["error[E0450]: `ota_0` is not what was released"]);
}

#[test]
fn a_dump_gives_the_same_firmware_and_one_with_content_is_refused() {
    let (world, image) = built(BOARDS);
    let stock = std::fs::read(&image).unwrap();
    let dump = image.with_file_name("dump.bin");
    let with = |at: usize, content: &[u8]| {
        let mut bytes = stock.clone();
        bytes.resize(8 << 20, 0xFF);
        bytes[at..at + content.len()].copy_from_slice(content);
        std::fs::write(&dump, bytes).unwrap();
    };
    with(0, &stock[..1]);
    make(&world, "plain", &dump).succeeds();
    let factory = world.dist().join("plain-unversioned.factory.bin");
    assert!(std::fs::read(&factory).unwrap() == stock, "what is blank behind the app is left out");
    // The settings of a device, files of its filesystem.
    with(0x9000, b"password");
    make(&world, "plain", &dump).fails(6, &["error[E0525]", "at 0x9000"]);
    with(7 << 20, b"files");
    make(&world, "plain", &dump)
        .fails(6, &["error[E0534]: `vfs` has content, from 0x700000 on", "image erase"]);
    assert!(std::fs::read(&factory).unwrap() == stock);
    // A device that was updated says by otadata what it starts.
    make(&world, "ota", &image).succeeds();
    let made = world.path("dist/ota-unversioned");
    let updated = image.with_file_name("updated.bin");
    let (from, to) = (made.join("ota-unversioned.factory.bin"), updated.to_str().unwrap());
    std::fs::copy(made.join("build.json"), image.with_file_name("build.json")).unwrap();
    world.run(&["image", "set-boot", from.to_str().unwrap(), "ota_0", "-o", to]).succeeds();
    make(&world, "ota", &updated).fails(6, &["error[E0534]: otadata has a record"]);
}

#[test]
fn one_image_is_for_one_board() {
    let world = World::new(BOARDS);
    for args in [
        &["build", "--all", "--from-image", "x.bin"][..],
        &["build", "--from-image", "x.bin"],
        &["build", "--board", "plain", "--force", "--from-image", "x.bin"],
    ] {
        assert_eq!(world.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn a_compiled_build_is_made_again_after_one_from_an_image_took_its_place() {
    let (world, image) = built(BOARDS);
    world.run(&["build", "--board", "plain"]).succeeds();
    assert!(world.dist().join("plain-unversioned.elf").is_file());
    make(&world, "plain", &image).succeeds();
    assert!(!world.dist().join("plain-unversioned.elf").exists());
    world.run(&["build", "--board", "plain"]).succeeds();
    assert!(world.dist().join("plain-unversioned.elf").is_file());
}

#[test]
fn the_published_image_becomes_a_firmware_in_a_moment() {
    let Some(data) = std::env::var_os("XTASK_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: XTASK_TEST_DATA names no folder");
        return;
    };
    let image = data.join("ESP32_GENERIC-20240602-v1.23.0.bin");
    let mut world = World::new(
        "[board.same]\nbase = \"ESP32_GENERIC\"\n[board.big]\nbase = \"ESP32_GENERIC\"\nflash-size = \"16MB\"\n\
         partitions = \"ota\"\nrequire = [\"ota\", \"filesystem\"]\n",
    );
    world.stand_in = "--color=never";
    make(&world, "same", &image)
        .fails(3, &["error[E0258]: the image has MicroPython v1.23.0, and v1.28.0 is pinned"]);
    world.edit("config.toml", "v1.28.0", "v1.23.0");
    world.edit("config.toml", "v5.5.1", "v5.0.4");
    make(&world, "same", &image).succeeds();
    let same = std::fs::read(world.dist().join("same-unversioned.factory.bin")).unwrap();
    assert!(same == std::fs::read(&image).unwrap(), "nothing was asked to be changed");
    // As esptool merges it, from flash 0 on.
    let from_zero = world.path("from-zero.bin");
    std::fs::write(&from_zero, [vec![0xFF; 0x1000], same.clone()].concat()).unwrap();
    make(&world, "same", &from_zero).succeeds();
    assert!(same == std::fs::read(world.dist().join("same-unversioned.factory.bin")).unwrap());
    std::fs::remove_dir_all(world.dist()).unwrap();
    let run = make(&world, "big", &image);
    run.succeeds();
    assert!(run.err.contains("write_flash 0x1000 ") && !run.err.contains("warning"), "{}", run.err);
    let dist = world.dist();
    let record = json(&dist.join("build.json"));
    assert_eq!((&record["flash-offset"], &record["bootable"]), (&0x1000.into(), &true.into()));
    assert_eq!(record["from-image"]["app"]["size"], 1_672_800);
    // esptool has its own eyes.
    let tools = crate::judges::tools(xtask::toolchain::stand_in::V1_28);
    for part in ["big-unversioned.ota.bin", "big-unversioned.factory.bin"] {
        let said = Command::new(tools.program("python"))
            .args(["-m", "esptool", "--chip", "esp32", "image_info", "--version", "2"])
            .arg(dist.join(part))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(
            said.status.success() && text.contains("(valid)") && !text.contains("invalid"),
            "{part}: {text}"
        );
    }
}
