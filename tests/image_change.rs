//! Images changed by the binary: against mp-image-tool-esp32 and esptool, byte for byte, and what is never done.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use xtask::partition::{Options, binary, csv};
use xtask::source::Source;

const CSV: &str = "nvs,data,nvs,0x9000,0x6000\nphy_init,data,phy,,0x1000\nfactory,app,factory,,0x1f0000\nvfs,data,fat,,2M\n";
const OTA_CSV: &str = "nvs,data,nvs,,0x4000\notadata,data,ota,,0x2000\nphy_init,data,phy,,0x1000\n\
                       ota_0,app,ota_0,,0x180000\nota_1,app,ota_1,,0x180000\nvfs,data,fat,,0xf0000\n";

/// An image for the ESP32 with one segment, 4 MB at 40 MHz.
fn image(address: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes =
        vec![0xE9, 1, 2, 0x20, 0, 0, 0x08, 0x40, 0xEE, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 1];
    bytes.extend(address.to_le_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes.resize((bytes.len() + 1).next_multiple_of(16), 0);
    *bytes.last_mut().unwrap() = data.iter().fold(0xEF, |sum, byte| sum ^ byte);
    bytes.extend(Sha256::digest(&bytes));
    bytes
}

fn app(fill: u8, length: usize) -> Vec<u8> {
    let mut data = vec![0; 256];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[112..118].copy_from_slice(b"v5.5.1");
    data.resize(256 + length, fill);
    image(0x3F40_0020, &data)
}

fn table(text: &str) -> Vec<u8> {
    let source = Source::new("t.csv", text);
    let table = csv::parse(&source, &Options::new("5.5.1".parse().unwrap())).0.unwrap();
    binary::write(&table, true).unwrap().to_vec()
}

fn bootloader() -> Vec<u8> {
    image(0x3FFF_0018, &[7; 1000])
}

/// As makeimg.py makes it: from the bootloader at 0x1000 to the app's end.
fn firmware(text: &str, app: &[u8]) -> Vec<u8> {
    let mut bytes = bootloader();
    bytes.resize(0x7000, 0xFF);
    bytes.extend(table(text));
    bytes.resize(0xF000, 0xFF);
    bytes.extend(app);
    bytes
}

/// MicroPython v1.23.0 for ESP32_GENERIC, where it is.
fn published() -> Option<Vec<u8>> {
    let folder = std::env::var_os("XTASK_TEST_DATA").map(PathBuf::from)?;
    Some(std::fs::read(folder.join("ESP32_GENERIC-20240602-v1.23.0.bin")).unwrap())
}

struct Bench(TempDir);

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Bench {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let bench = Self(tempfile::Builder::new().prefix("xtask bïld ").tempdir().unwrap());
        for (name, bytes) in files {
            std::fs::write(bench.path(name), bytes).unwrap();
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// `cargo xtask image ...`
    fn image(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        // As of a program that changes the folder and leaves the variable as it was.
        command.arg("image").args(args).current_dir(self.0.path()).env("PWD", "/");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn does(&self, args: &[&str]) -> Run {
        let run = self.image(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        run
    }

    #[track_caller]
    fn refuses(&self, code: i32, args: &[&str], texts: &[&str]) {
        let run = self.image(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        for text in texts {
            assert!(run.err.contains(text), "{text:?} is not in:\n{}", run.err);
        }
    }

    fn judge(&self, program: &Path, args: &[&str]) {
        let output = Command::new(program).args(args).current_dir(self.0.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{args:?}: {said}");
    }
}

#[test]
fn repartitioned_images_are_those_of_mp_image_tool() {
    let tool = crate::judges::image_tools().program("mp-image-tool-esp32");
    let mut inputs = vec![firmware(CSV, &app(5, 60_000))];
    match published() {
        Some(bytes) => inputs.push(bytes),
        None => crate::judges::skipped("set XTASK_TEST_DATA to judge MicroPython's own image as well"),
    }
    let ota = ["--layout", "ota", "--app-size", "0x1f0000"];
    let their_ota = ["--table", "ota", "--app-size", "0x1f0B"];
    let rows = ["--set", "nvs=28K,factory=2M,vfs=1M,vfs2=fat:rest"];
    let their_rows = ["--table", "nvs=7B,factory=2M,vfs=1M,vfs2=fat:0"];
    let cases: &[(&[&str], &[&str])] = &[
        (&["--flash-size", "8MB"], &["-f", "8M"]),
        (&["--flash-size", "8MB", "--resize", "vfs=rest"], &["-f", "8M", "--resize", "vfs=0"]),
        (&["--flash-size", "16MB", "--layout", "ota"], &["-f", "16M", "--table", "ota"]),
        (&ota, &their_ota),
        (&["--layout", "default"], &["--table", "default"]),
        (&["--layout", "original"], &["--table", "original"]),
        (&rows, &their_rows),
        (&["--delete", "phy_init"], &["--delete", "phy_init"]),
        (&["--resize", "vfs=1M"], &["--resize", "vfs=1M"]),
        (&["--rename", "vfs=vfs2,factory=app"], &["--rename", "vfs=vfs2,factory=app"]),
        (&["--resize", "vfs=1M", "--add", "data=fat:200K"], &["--resize", "vfs=1M", "--add", "data=fat:50B"]),
    ];
    for bytes in inputs {
        let bench = Bench::new(&[("in.bin", &bytes)]);
        for (ours, theirs) in cases {
            bench.does(&[&["repartition", "in.bin", "-o", "ours.bin"], *ours].concat());
            bench.judge(&tool, &[&["-q", "in.bin", "-o", "theirs.bin"], *theirs].concat());
            assert!(bench.read("ours.bin") == bench.read("theirs.bin"), "{ours:?}");
        }
    }
}

#[test]
fn esptool_finds_a_repartitioned_bootloader_right() {
    let tool = crate::judges::image_tools().program("esptool.py");
    let bench = Bench::new(&[("in.bin", &firmware(CSV, &app(5, 600)))]);
    bench.does(&["repartition", "in.bin", "-o", "out.bin", "--flash-size", "16MB"]);
    let bytes = bench.read("out.bin");
    std::fs::write(bench.path("bootloader.bin"), &bytes[..bootloader().len()]).unwrap();
    let mut command = Command::new(&tool);
    command.args(["--chip", "esp32", "image_info", "--version", "2"]).arg(bench.path("bootloader.bin"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for text in ["Flash size: 16MB", "Checksum: ", "(valid)", "Validation hash: "] {
        assert!(said.contains(text), "{text:?} is not in:\n{said}");
    }
    assert_eq!(said.matches("(valid)").count(), 2, "{said}");
    // What is read here is what esptool reads.
    let json: Value =
        serde_json::from_str(&bench.does(&["info", "out.bin", "--format", "json"]).out).unwrap();
    let read = &json["builds"][0]["image"]["bootloader"];
    let stated = |field: &str| (read[field]["value"].clone(), read[field]["matches"] == true);
    let (checksum, digest) = (stated("checksum"), stated("digest"));
    assert!(checksum.1 && digest.1, "{read}");
    for text in [
        format!("Checksum: {:#x} (valid)", checksum.0.as_u64().unwrap()),
        format!("Validation hash: {} (valid)", digest.0.as_str().unwrap()),
        format!("Entry point: {:#x}", read["entry"].as_u64().unwrap()),
    ] {
        assert!(said.contains(&text), "{text:?} is not in:\n{said}");
    }
}

#[test]
fn a_table_of_ones_own_comes_from_a_csv_or_a_layout() {
    let layout = "[[partition]]\nname = \"nvs\"\ntype = \"data\"\nsubtype = \"nvs\"\nsize = \"16K\"\n\
                  [[partition]]\nname = \"factory\"\ntype = \"app\"\nsubtype = \"factory\"\nsize = \"1M\"\n\
                  [[partition]]\nname = \"vfs\"\ntype = \"data\"\nsubtype = \"fat\"\nsize = \"rest\"\n";
    let bench = Bench::new(&[
        ("in.bin", &firmware(CSV, &app(5, 600))),
        ("ota.csv", OTA_CSV.as_bytes()),
        ("one.toml", layout.as_bytes()),
    ]);
    bench.does(&["repartition", "in.bin", "-o", "a.bin", "--csv", "ota.csv"]);
    assert_eq!(bench.read("a.bin"), firmware(OTA_CSV, &app(5, 600)));
    let run =
        bench.does(&["repartition", "in.bin", "-o", "b.bin", "--layout", "one.toml", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json["ok"], &json["output"]), (&true.into(), &"b.bin".into()));
    assert_eq!(json["image"]["partitions"][2]["offset"], 0x11_0000);
    assert_eq!(json["image"]["partitions"][2]["size"], 0x2F_0000);
    bench.refuses(2, &["repartition", "in.bin", "-o", "c.bin", "--layout", "otta"], &["did you mean `ota`?"]);
    bench.refuses(2, &["repartition", "in.bin", "-o", "c.bin", "--csv", "no.csv"], &["there is no file"]);
    std::fs::write(bench.path("bad.csv"), "nvs,data,nvs,,0x6000\nx,app,facto,,1M\n").unwrap();
    bench.refuses(
        3,
        &["repartition", "in.bin", "-o", "c.bin", "--csv", "bad.csv"],
        &["bad.csv:2", "factory"],
    );
    assert!(!bench.path("c.bin").exists());
}

#[test]
fn the_input_is_never_written_over_unless_told() {
    let before = firmware(CSV, &app(5, 600));
    let bench = Bench::new(&[("in.bin", &before)]);
    std::fs::hard_link(bench.path("in.bin"), bench.path("same.bin")).unwrap();
    std::os::unix::fs::symlink("in.bin", bench.path("link.bin")).unwrap();
    for output in ["in.bin", "./in.bin", "same.bin", "link.bin"] {
        let args = ["repartition", "in.bin", "-o", output, "--flash-size", "8MB"];
        bench.refuses(2, &args, &["is the input", "--in-place"]);
    }
    bench.refuses(2, &["repartition", "in.bin", "--flash-size", "8MB"], &["--output"]);
    assert_eq!(bench.read("in.bin"), before);
    for output in ["/dev/null", "."] {
        bench.refuses(2, &["repartition", "in.bin", "-o", output, "--flash-size", "8MB"], &["is no file"]);
        bench.refuses(2, &["extract", "in.bin", "app", "-o", output], &["is no file"]);
        bench.refuses(2, &["merge", "app=in.bin", "-o", output], &["is no file"]);
    }
    std::fs::remove_file(bench.path("same.bin")).unwrap();
    bench.does(&["repartition", "in.bin", "--in-place", "--flash-size", "8MB"]);
    assert_eq!(bench.read("in.bin")[3], 0x30);
}

#[test]
fn a_header_that_is_too_small_for_its_table_is_mended() {
    // What image builders in the wild ship: the table of an 8 MB board behind a bootloader for 4 MB.
    let large = CSV.replace("fat,,2M", "fat,,6M");
    let bench = Bench::new(&[("in.bin", &firmware(&large, &app(5, 600)))]);
    assert_eq!(judge(&bench.read("in.bin")).0, ["E0444"]);
    bench.refuses(6, &["erase", "in.bin", "nvs", "-o", "out.bin"], &["E0444", "4MB"]);
    bench.does(&["repartition", "in.bin", "-o", "out.bin", "--flash-size", "8MB"]);
    assert_eq!(judge(&bench.read("out.bin")), (vec![], false));
}

#[test]
fn nothing_appears_that_was_refused() {
    let good = firmware(CSV, &app(5, 0x18_0000));
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let bench = Bench::new(&[("in.bin", &good), ("damaged.bin", &damaged), ("app.bin", &app(5, 600))]);
    let names = bench.names();
    for (code, args, texts) in [
        (6, vec!["in.bin", "--layout", "ota"], vec!["E0412", "too many", "--app-size 1664K"]),
        (6, vec!["damaged.bin", "--flash-size", "8MB"], vec!["E0504"]),
        (6, vec!["app.bin", "--flash-size", "8MB"], vec!["E0540", "is an app image alone"]),
        (3, vec!["in.bin", "--flash-size", "2MB"], vec!["E0417", "0x400000", "2MB", "--resize vfs=rest"]),
        (3, vec!["in.bin", "--resize", "factory=1792K"], vec!["E0462", "0x1d0000 to 0x200000"]),
        (3, vec!["in.bin", "--add", "x=fat:64K@0x300000"], vec!["E0415"]),
        (2, vec!["in.bin", "--delete", "vsf"], vec!["E0461", "did you mean `vfs`?"]),
        (2, vec!["in.bin", "--flash-size", "6MB"], vec!["power of two"]),
        (2, vec!["in.bin"], vec!["no change is asked for"]),
        (2, vec!["in.bin", "--app-size", "big"], vec!["--app-size big"]),
        (3, vec!["in.bin", "--add", "x=fat:rest"], vec!["nothing is left for `x`", "--resize vfs=1M"]),
        (2, vec!["no.bin", "--flash-size", "8MB"], vec!["there is no file"]),
        (2, vec![".", "--flash-size", "8MB"], vec!["is a folder"]),
        (2, vec!["in.bin", "--layout", "ota", "--set", "nvs=1M"], vec!["cannot be used with"]),
    ] {
        bench.refuses(code, &[vec!["repartition", "-o", "out.bin"], args].concat(), &texts);
    }
    assert_eq!(bench.names(), names);
    // What is doubtful is told once, where it was asked for.
    let run = bench.does(&["repartition", "in.bin", "-o", "out.bin", "--rename", "nvs=settings"]);
    assert_eq!(run.err.matches("E0439").count(), 1, "{}", run.err);
}

/// Two apps in two slots, as a device has them after an update.
fn two_apps() -> Vec<u8> {
    let mut bytes = firmware(OTA_CSV, &app(5, 600));
    bytes.resize(0x19_0000 - 0x1000, 0xFF);
    bytes.extend(app(6, 900));
    bytes
}

#[test]
fn parts_are_taken_out_and_put_in() {
    let bench =
        Bench::new(&[("in.bin", &firmware(CSV, &app(5, 600))), ("new.bin", &app(9, 300)), ("nvs.bin", b"x")]);
    let run = bench.does(&["extract", "in.bin", "app", "-o", "app.bin", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json["part"], &json["offset"]), (&"factory".into(), &0x1_0000.into()));
    assert_eq!(json["size"], app(5, 600).len());
    assert_eq!(bench.read("app.bin"), app(5, 600));
    bench.does(&["extract", "in.bin", "bootloader", "-o", "boot.bin", "--whole"]);
    assert_eq!(bench.read("boot.bin").len(), 0x7000);
    bench.does(&["write", "in.bin", "app=new.bin", "-o", "out.bin"]);
    assert_eq!(bench.read("out.bin"), firmware(CSV, &app(9, 300)));
    // Settings in an image are told, since they go to every device.
    let run = bench.does(&["write", "out.bin", "nvs=nvs.bin", "--in-place"]);
    assert!(run.err.contains("E0534") && run.err.contains("`nvs` has content"), "{}", run.err);
    bench.does(&["erase", "out.bin", "nvs", "--in-place"]);
    assert_eq!(bench.read("out.bin"), firmware(CSV, &app(9, 300)));
    let names = bench.names();
    for (code, args, texts) in [
        (2, vec!["extract", "in.bin", "vsf"], vec!["E0542", "did you mean `vfs`?"]),
        (6, vec!["extract", "in.bin", "vfs"], vec!["E0544", "0x200000", "0x103a0"]),
        (6, vec!["write", "in.bin", "app=in.bin"], vec!["E0548", "image extract"]),
        (2, vec!["write", "in.bin", "app"], vec!["PART=FILE"]),
        (2, vec!["write", "in.bin", "app=no.bin"], vec!["there is no file"]),
        (6, vec!["erase", "in.bin", "app"], vec!["E0524"]),
        (2, vec!["extract", "in.bin", "app", "-o", "in.bin"], vec!["cannot be used multiple times"]),
    ] {
        bench.refuses(code, &[args, vec!["-o", "no-out.bin"]].concat(), &texts);
    }
    bench.refuses(2, &["extract", "in.bin", "app", "-o", "in.bin"], &["is the input"]);
    assert_eq!(bench.names(), names);
}

#[test]
fn a_slot_is_chosen_as_esp_idfs_own_tool_would() {
    let bench = Bench::new(&[("in.bin", &two_apps())]);
    let run = bench.does(&["set-boot", "in.bin", "ota_1", "-o", "out.bin", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&json["image"]["ota"]["boots"], &json["image"]["ota"]["otadata"]),
        (&"ota_1".into(), &"valid".into())
    );
    let otadata = &bench.read("out.bin")[0xD000 - 0x1000..0xF000 - 0x1000];
    // Sequence 2 and its CRC, as two other implementations compute it.
    assert_eq!(
        (&otadata[..4], &otadata[28..32]),
        ([2, 0, 0, 0].as_slice(), 0x55F6_3774_u32.to_le_bytes().as_slice())
    );
    assert!(otadata[32..].iter().all(|byte| *byte == 0xFF));
    bench.refuses(6, &["set-boot", "in.bin", "vfs", "-o", "no.bin"], &["E0524", "vfs"]);
    std::fs::write(bench.path("one.bin"), firmware(CSV, &app(5, 600))).unwrap();
    let texts = ["E0546", "no otadata", "image repartition --layout ota"];
    bench.refuses(6, &["set-boot", "one.bin", "factory", "-o", "no.bin"], &texts);
}

#[test]
fn merged_parts_are_the_image_that_they_came_from() {
    let mut inputs = vec![firmware(CSV, &app(5, 600)), firmware(OTA_CSV, &app(5, 600)), two_apps()];
    inputs.extend(published());
    for bytes in inputs {
        let bench = Bench::new(&[("in.bin", &bytes)]);
        let mut parts = vec!["bootloader", "table", "app"];
        if bytes == two_apps() {
            parts.push("ota_1");
        }
        let mut args = vec!["merge".to_owned(), "-o".to_owned(), "out.bin".to_owned()];
        for part in parts {
            bench.does(&["extract", "in.bin", part, "-o", &format!("{part}.bin")]);
            args.push(format!("{part}={part}.bin"));
        }
        bench.does(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(bench.read("out.bin") == bytes);
    }
}

#[test]
fn merged_images_are_those_of_esptool() {
    let tool = crate::judges::image_tools().program("esptool.py");
    let bench = Bench::new(&[
        ("boot.bin", &bootloader()),
        ("table.bin", &table(OTA_CSV)),
        ("otadata.bin", &[0xFF; 0x2000]),
        ("app.bin", &app(5, 3000)),
    ]);
    let parts = ["bootloader=boot.bin", "table=table.bin", "otadata=otadata.bin", "app=app.bin"];
    let their_parts =
        ["0x1000", "boot.bin", "0x8000", "table.bin", "0xd000", "otadata.bin", "0x10000", "app.bin"];
    let cases: &[(&[&str], &[&str])] = &[
        (&["--from-zero"], &[]),
        (&[], &["--target-offset", "0x1000"]),
        (&["--from-zero", "--flash-size", "8MB"], &["--flash_size", "8MB"]),
        (&["--flash-size", "16MB"], &["--flash_size", "16MB", "--target-offset", "0x1000"]),
        (&["--from-zero", "--fill"], &["--fill-flash-size", "4MB"]),
    ];
    for (ours, theirs) in cases {
        bench.does(&[&["merge", "-o", "ours.bin"], *ours, &parts].concat());
        bench.judge(
            &tool,
            &[&["--chip", "esp32", "merge_bin", "-o", "theirs.bin"], *theirs, &their_parts].concat(),
        );
        assert!(bench.read("ours.bin") == bench.read("theirs.bin"), "{ours:?}");
    }
    bench.refuses(6, &["merge", "-o", "no.bin", "bootloader=boot.bin", "table=table.bin"], &["E0524"]);
    bench.refuses(2, &["merge", "-o", "no.bin", "bootloader=boot.bin"], &["E0547", "table="]);
    bench.refuses(2, &["merge", "-o", "boot.bin", "bootloader=boot.bin"], &["is a part"]);
    assert!(!bench.path("no.bin").exists());
}

#[test]
fn merged_images_are_those_of_makeimg() {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(ports), Some(idfs)) = (folder("XTASK_TEST_MICROPYTHON"), folder("XTASK_TEST_IDF")) else {
        crate::judges::skipped("set XTASK_TEST_MICROPYTHON and XTASK_TEST_IDF to merge with makeimg.py");
        return;
    };
    let bench = Bench::new(&[
        ("boot.bin", &bootloader()),
        ("table.bin", &table(OTA_CSV)),
        ("app.bin", &app(5, 3000)),
        ("sdkconfig", b"CONFIG_IDF_TARGET=\"esp32\"\nCONFIG_BOOTLOADER_OFFSET_IN_FLASH=0x1000\n"),
    ]);
    bench.does(&["merge", "-o", "ours.bin", "bootloader=boot.bin", "table=table.bin", "app=app.bin"]);
    let mut count = 0;
    for entry in std::fs::read_dir(ports).unwrap() {
        let script = entry.unwrap().path().join("ports/esp32/makeimg.py");
        if !script.is_file() {
            continue;
        }
        let mut command = Command::new("python3");
        command.arg(&script).args([
            "sdkconfig",
            "boot.bin",
            "table.bin",
            "app.bin",
            "theirs.bin",
            "theirs.uf2",
        ]);
        command
            .current_dir(bench.0.path())
            .env("IDF_PATH", idfs.join("v5.5.1"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        assert!(command.output().unwrap().status.success(), "{}", script.display());
        assert!(bench.read("ours.bin") == bench.read("theirs.bin"), "{}", script.display());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_diff_says_what_differs_and_whether_an_update_can_go_out() {
    let old = firmware(OTA_CSV, &app(5, 600));
    let moved = OTA_CSV.replace("nvs,,0x4000", "nvs,,0x3000");
    let bench = Bench::new(&[
        ("old.bin", &old),
        ("new.bin", &firmware(OTA_CSV, &app(6, 900))),
        ("app.bin", &app(6, 900)),
        ("moved.bin", &firmware(&moved, &app(6, 900))),
        ("single.bin", &firmware(CSV, &app(5, 600))),
        ("text.bin", b"hello"),
    ]);
    for (a, b, possible) in [
        ("old.bin", "new.bin", Value::Bool(true)),
        ("old.bin", "app.bin", Value::Bool(true)),
        ("old.bin", "moved.bin", Value::Bool(false)),
        ("single.bin", "single.bin", Value::Bool(false)),
        ("app.bin", "new.bin", Value::Null),
    ] {
        let run = bench.does(&["diff", a, b, "--format", "json"]);
        let json: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((&json["ok"], &json["diff"]["update"]["possible"]), (&true.into(), &possible), "{a} {b}");
        let gate = bench.image(&["diff", "--updatable", a, b]);
        assert_eq!(gate.code, if possible == true { 0 } else { 6 }, "{a} {b}: {}", gate.err);
        assert!(gate.code == 0 || gate.err.contains("[E055"), "{}", gate.err);
    }
    let text = bench.does(&["diff", "old.bin", "moved.bin"]).out;
    for part in [
        "nvs",
        "resized",
        "0x9000, 16 KiB",
        "0x9000, 12 KiB",
        "otadata",
        "moved",
        "over the air   no",
        "E0551",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    bench.refuses(6, &["diff", "old.bin", "text.bin"], &["E0500"]);
    bench.refuses(2, &["diff", "old.bin", "no.bin"], &["there is no file"]);
}

/// The findings that are errors, and whether there is any at all.
fn judge(bytes: &[u8]) -> (Vec<&'static str>, bool) {
    use xtask::inspect::{Evidence, Expectation, verify};
    let found =
        verify(bytes, &Source::binary("f.bin"), &Expectation::default(), &Evidence::default()).findings;
    let errors = found.iter().filter(|finding| finding.severity == xtask::diagnostic::Severity::Error);
    (errors.map(|finding| finding.code.id).collect(), !found.is_empty())
}

#[test]
fn every_changed_byte_of_an_image_with_a_chosen_slot_is_found_or_harmless() {
    let small_slots = OTA_CSV.replace("0x180000", "0x10000");
    let mut image = firmware(&small_slots, &app(5, 600));
    image.resize(0x2_0000 - 0x1000, 0xFF);
    image.extend(app(6, 900));
    let bench = Bench::new(&[("in.bin", &image)]);
    bench.does(&["set-boot", "in.bin", "ota_1", "-o", "a.bin"]);
    bench.does(&["set-boot", "a.bin", "ota_0", "-o", "b.bin"]);
    bench.does(&["set-boot", "b.bin", "ota_1", "-o", "out.bin"]);
    let bytes = bench.read("out.bin");
    assert_eq!(judge(&bytes), (vec![], false));
    let at = |flash: usize| flash - 0x1000;
    let records = [at(0xD000), at(0xE000)];
    // No bootloader reads the label of a record, nor what follows it in its sector.
    let harmless = |index: usize| {
        records.iter().any(|at| (at + 4..at + 24).contains(&index) || (at + 32..at + 0x1000).contains(&index))
    };
    // Flash settings with a stale digest: a chip without secure boot starts all the same.
    let settings = 2..4;
    // What a data partition has is its owner's.
    let owned = |index: usize| {
        (at(0x9000)..at(0xD000)).contains(&index) || (at(0xF000)..at(0x1_0000)).contains(&index)
    };
    let whole = [
        0..bootloader().len(),
        at(0x8000)..at(0x8C00),
        records[0]..records[0] + 40,
        records[1]..records[1] + 40,
        at(0x1_0000)..at(0x1_0000) + app(5, 600).len(),
        at(0x2_0000)..bytes.len(),
    ];
    let sampled = (0..bytes.len()).step_by(211);
    let mut counts = [0, 0, 0];
    for index in whole.into_iter().flatten().chain(sampled) {
        let mut changed = bytes.clone();
        changed[index] ^= 0x24;
        let (errors, any) = judge(&changed);
        // Behind an app its slot has what a longer one left, as on a device.
        let left = bytes[index] == 0xFF && index > at(0x1_0000) + app(5, 600).len();
        if harmless(index) || left {
            counts[0] += 1;
        } else if settings.contains(&index) || owned(index) {
            assert!(any, "byte {index:#x} changed without a finding");
            counts[1] += 1;
        } else {
            assert!(!errors.is_empty(), "byte {index:#x} changed without an error");
            counts[2] += 1;
        }
    }
    assert!(counts[0] < 600 && counts[1] > 80 && counts[2] > 6000, "{counts:?}");
}

#[test]
fn the_flash_is_drawn_into_a_file_and_never_over_the_image() {
    let bytes = firmware(CSV, &app(1, 5000));
    let (half, text): (&[u8], &[u8]) = (&bytes[..0x1_0000], b"no image");
    let files = [("in.bin", &bytes[..]), ("app.bin", &app(1, 5000)), ("half.bin", half), ("text.bin", text)];
    let bench = Bench::new(&files);
    let run = bench.does(&["info", "in.bin", "--svg", "flash.svg"]);
    assert!(run.out.contains("MMU pages of 64 KiB"), "{}", run.out);
    let drawn = String::from_utf8(bench.read("flash.svg")).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    assert!(drawn.contains("esp32, 4 MiB of flash") && drawn.contains(">factory</text>"), "{drawn}");
    bench.refuses(2, &["info", "in.bin", "--svg", "in.bin"], &["is the image itself"]);
    bench.refuses(6, &["info", "app.bin", "--svg", "app.svg"], &["no partition table to draw"]);
    // A damaged image is shown with what is wrong; a file that is none has nothing to show.
    let run = bench.does(&["info", "half.bin"]);
    assert!(run.err.contains("E0501") && run.out.contains("factory"), "{}{}", run.out, run.err);
    bench.refuses(6, &["info", "text.bin"], &["E0500", "no image (e9)"]);
    assert!(bench.read("in.bin") == bytes, "the image was changed");
    assert_eq!(bench.names(), ["app.bin", "flash.svg", "half.bin", "in.bin", "text.bin"]);
}
