//! `sdkconfig` as a person uses it: explain, search, compare; and what `check` says of fragments.

use super::world::{OTA, World};
use serde_json::Value as Json;
use std::process::Command;
use xtask::toolchain::stand_in::V1_28;

const TWO: &str =
    "\n[board.b.variant.one]\n[board.b.variant.two.sdkconfig]\nFREERTOS_HZ = 500\nFREERTOS_UNICORE = true\n";

fn two() -> World {
    World::new(&format!("{OTA}{TWO}"))
}

#[test]
fn explain_tells_the_layers_and_kconfig() {
    let world = two();
    let run =
        world.run(&["sdkconfig", "--board", "b", "--variant", "two", "--explain", "CONFIG_FREERTOS_HZ"]);
    for text in [
        "b-two: CONFIG_FREERTOS_HZ=500\n  set at config.toml:20\n",
        "  comes to 500\n",
        "  type        int, 1 to 1000\n",
        "  default     100 [the one in force]\n",
        "  defined     $IDF_PATH/components/freertos/Kconfig:",
    ] {
        assert!(run.succeeds().out.contains(text), "{text}:\n{}", run.out);
    }
    // A line that takes no effect, and why.
    let pinned = "BT_NIMBLE_PINNED_TO_CORE_1";
    let run = world.run(&["sdkconfig", "--board", "b", "--variant", "two", "--explain", pinned]);
    let out = &run.succeeds().out;
    assert!(out.contains("the value that is asked for has no effect"), "{out}");
    assert!(
        out.contains("\n              !FREERTOS_UNICORE\n              - NOT met: FREERTOS_UNICORE is y\n"),
        "{out}"
    );
    // What no layer sets is explained as well, as JSON too.
    let args = [
        "sdkconfig",
        "--board",
        "b",
        "--variant",
        "one",
        "--explain",
        "FREERTOS_UNICORE",
        "--format",
        "json",
    ];
    let told: Json = serde_json::from_str(&world.run(&args).succeeds().out).unwrap();
    let symbol = &told["builds"][0]["symbols"][0];
    assert_eq!((&symbol["name"], &symbol["kconfig"]["value"]), (&"FREERTOS_UNICORE".into(), &"n".into()));
    assert_eq!((&symbol["set-by"], &symbol["kconfig"]["can-be-set"]), (&Json::Null, &true.into()));
    assert!(symbol["kconfig"]["defined"][0]["line"].is_u64());
}

#[test]
fn explain_leads_from_other_names() {
    let world = two();
    let explain = |name| world.run(&["sdkconfig", "--board", "b", "--variant", "one", "--explain", name]);
    explain("NO_SUCH_SYMBOL_AT_ALL").fails(2, &["has no symbol `NO_SUCH_SYMBOL_AT_ALL`"]);
    explain("FREERTOS_HERTZ").fails(2, &["did you mean `FREERTOS_HZ`"]);
    explain("ESPTOOLPY_FLASHSIZE_SIZE").fails(2, &["did you mean"]);
    let run = explain("ESP32_WIFI_IRAM_OPT");
    // Who set it is told whichever of its names is asked for.
    let told = "b-one: CONFIG_ESP_WIFI_IRAM_OPT=n\n  set at ";
    let former = "  CONFIG_ESP32_WIFI_IRAM_OPT is a former name of it\n";
    assert!(run.succeeds().out.starts_with(told) && run.out.contains(former), "{}", run.out);
}

#[test]
fn what_is_wrong_with_a_build_does_not_end_the_questions_about_it() {
    let world = World::new(&OTA.replace("partitions =", "fragments = [\"a.frag\"]\npartitions ="));
    world.write(
        "a.frag",
        "CONFIG_LWIP_MAX_SOCKET=8\nCONFIG_BT_NIMBLE_MAX_CONNECTIONS=4\nCONFIG_BT_ENABLED=n\nCONFIG_MDNS_MAX_SERVICES=5\n",
    );
    let run = |args: &[&str]| world.run(&[&["sdkconfig", "--board", "b"], args].concat());
    // The finding tells to ask for the rest.
    let explain = run(&["--explain", "BT_NIMBLE_MAX_CONNECTIONS"]);
    assert!(explain.succeeds().out.contains("the value that is asked for has no effect"), "{}", explain.out);
    assert!(explain.err.contains("errors: `cargo xtask check` shows what is wrong"), "{}", explain.err);
    assert!(run(&["--search", "lwip", "sockets"]).succeeds().out.contains("LWIP_MAX_SOCKETS "));
    // A symbol that a layer sets and no Kconfig file has, and one that only other chips have.
    let unknown = run(&["--explain", "LWIP_MAX_SOCKET"]);
    let told = "  set at a.frag:1\n  ESP-IDF 5.5.1 has no symbol `LWIP_MAX_SOCKET`\n";
    assert!(unknown.succeeds().out.contains(told), "{}", unknown.out);
    // The merged sdkconfig itself is for builds that can be made.
    run(&[]).fails(3, &["has no symbol `LWIP_MAX_SOCKET`"]);
}

#[test]
fn search_finds_by_name_and_prompt() {
    let world = two();
    let search = |words: &[&str]| {
        let args = [&["sdkconfig", "--board", "b", "--variant", "two", "--search"], words].concat();
        world.run(&args).succeeds().out.clone()
    };
    let out = search(&["rollback", "app"]);
    let row = out.lines().find(|line| line.starts_with("BOOTLOADER_APP_ROLLBACK_ENABLE ")).unwrap();
    assert!(row.contains(" bool  y ") && out.starts_with("SYMBOL "), "{out}");
    assert_eq!(search(&["no such words"]), "");
}

#[test]
fn diff_tells_what_differs_and_where() {
    let world = two();
    let run = world.run(&["sdkconfig", "diff", "b-one", "b-two"]);
    let lines: Vec<Vec<&str>> = run
        .succeeds()
        .out
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(lines[0], ["SYMBOL", "b-one", "b-two"]);
    assert!(lines.contains(&vec!["FREERTOS_UNICORE", "not set", "y (config.toml:21)"]), "{}", run.out);
    assert!(!run.out.contains("LWIP_LOCAL_HOSTNAME"));
    assert_eq!(world.run(&["sdkconfig", "diff", "b-one", "b-one"]).succeeds().out, "");
    world
        .run(&["sdkconfig", "diff", "b-one", "b-three"])
        .fails(2, &["there is no build `b-three`", "`b-two`"]);
    let args = ["sdkconfig", "diff", "b-one", "b-two", "--format", "json"];
    let told: Json = serde_json::from_str(&world.run(&args).succeeds().out).unwrap();
    let symbol =
        told["symbols"].as_array().unwrap().iter().find(|symbol| symbol["name"] == "FREERTOS_UNICORE");
    assert_eq!(symbol.unwrap()["b"]["value"], "y");
}

#[test]
fn check_lints_fragments_by_kconfig() {
    let world = World::new(&OTA.replace("partitions =", "fragments = [\"a.frag\"]\npartitions ="));
    world.write(
        "a.frag",
        "CONFIG_FREERTOS_HZ=2000\nCONFIG_LWIP_MAX_SOCKET=8\nCONFIG_ESP32_WIFI_IRAM_OPT=y\nCONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n\
         CONFIG_LWIP_MAX_SOCKETS=12\nCONFIG_LWIP_MAX_SOCKETS=12\nCONFIG_FREERTOS_UNICORE=1\nCONFIG_SPIRAM_SPEED=80",
    );
    world.run(&["check", "--board", "b"]).fails(
        3,
        &[
            "a.frag:1:1",
            "`FREERTOS_HZ` is out of its range",
            "did you mean `LWIP_MAX_SOCKETS`",
            "`ESP32_WIFI_IRAM_OPT` is a former name of `ESP_WIFI_IRAM_OPT`",
            "the key `flash-size` owns it",
            "`LWIP_MAX_SOCKETS` is set to `12` twice",
            "`FREERTOS_UNICORE` is of type bool",
            "the last line has no line end",
        ],
    );
}

#[test]
fn check_says_that_without_esp_idf_symbols_are_not_judged() {
    let world = two();
    world.run(&["check", "--board", "b"]).succeeds();
    let tools = crate::judges::tools(V1_28).bin();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let check = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["check", "--board", "b", "--format", format, "--config"])
            .arg(world.path("config.toml"))
            .arg("--micropython")
            .arg(world.tree("micropython"))
            .env("PATH", &path)
            .env_remove("IDF_PATH")
            .output()
            .unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{err}");
        (out, err)
    };
    assert!(
        check("text").1.contains("Not judged sdkconfig symbols: ESP-IDF is not there"),
        "{}",
        check("text").1
    );
    assert!(check("json").0.contains("\"E0338\""));
}
