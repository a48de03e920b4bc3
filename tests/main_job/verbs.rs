//! What the smaller verbs say to a person: everything that the main job does not run through.

use super::world::{OTA, World};

#[test]
fn doctor_finds_what_a_build_of_the_stand_in_would() {
    for pair in ["--stand-in", "--stand-in=1.23"] {
        let mut world = World::new(OTA);
        world.stand_in = pair;
        let run = world.run(&["doctor", "--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&run.succeeds().out).unwrap();
        let item = |name: &str| {
            let items = told["items"].as_array().unwrap();
            items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}: {told}")).clone()
        };
        assert_eq!((&told["ok"], &item("tools")["state"]), (&true.into(), &"ok".into()), "{told}");
        for name in ["cmake", "ninja"] {
            let found = item(name)["found"].as_str().unwrap().to_owned();
            assert!(found.contains("target/xtask/python-"), "{name}: {found}");
        }
    }
}

#[test]
fn doctor_says_why_the_tools_of_an_esp_idf_do_not_start() {
    let world = World::new(OTA);
    world.run(&["list", "--port"]).succeeds();
    let script = world.tree("esp-idf/tools/idf_tools.py");
    std::fs::write(script, "import sys\nsys.exit('ERROR: nothing is installed')\n").unwrap();
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, 4, "{}", run.err);
    let line = run.out.lines().find(|line| line.starts_with("tools ")).unwrap();
    assert!(line.contains("missing") && line.contains("ERROR: nothing is installed; mend: "), "{line}");
}
