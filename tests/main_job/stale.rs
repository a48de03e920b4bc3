//! A change of any input takes effect in the next build, and an unchanged build does nothing.

use super::world::{OTA, Run, World};

fn build(world: &World) -> Run {
    let run = world.run(&["build", "--board", "b"]);
    run.succeeds();
    run
}

/// Builds, checks that the next build does nothing, changes something, and checks that it takes effect.
fn changes(world: &World, what: &str, change: impl FnOnce(&World)) -> Run {
    let run = build(world);
    assert!(run.err.contains("Up to date") && !run.err.contains("configure"), "before {what}:\n{}", run.err);
    change(world);
    let run = build(world);
    assert!(run.err.contains("Stale") && run.compiled(), "{what}:\n{}", run.err);
    run
}

#[test]
fn every_input_of_the_config_counts() {
    let world = World::new(&OTA.replace("partitions =", "fragments = [\"x.frag\"]\npartitions ="));
    world.write("x.frag", "CONFIG_FREERTOS_HZ=200\n");
    build(&world);
    changes(&world, "a fragment", |world| world.write("x.frag", "CONFIG_FREERTOS_HZ=500\n"));
    assert!(world.read("target/xtask/b/build/sdkconfig").contains("CONFIG_FREERTOS_HZ=500"));
    changes(&world, "a symbol", |world| world.edit("config.toml", "\"one\"", "\"two\""));
    assert!(world.read("target/xtask/b/build/sdkconfig").contains("CONFIG_LWIP_LOCAL_HOSTNAME=\"two\""));
    changes(&world, "a symbol less", |world| {
        world.edit("config.toml", "LWIP_LOCAL_HOSTNAME = \"two\"\n", "")
    });
    assert!(!world.read("target/xtask/b/build/sdkconfig").contains("\"two\""));
    let run = changes(&world, "a layout", |world| world.edit("partitions/ota.toml", "16K", "12K"));
    assert!(run.out.contains("12 KiB"), "{}", run.out);
    let rows = "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,,0x2000\nota_0,app,ota_0,0x10000,2M\nota_1,app,ota_1,,2M\n";
    changes(&world, "another layout", |world| {
        world.write("partitions/mine.csv", rows);
        world.edit("config.toml", "partitions = \"ota\"", "partitions = \"mine\"");
    });
    let run = changes(&world, "a CSV edited in place", |world| world.edit("partitions/mine.csv", "2M", "3M"));
    assert!(run.out.contains("3 MiB"), "{}", run.out);
}

#[test]
fn every_source_counts() {
    let world = World::new(&OTA.replace("modules =", "header = \"b.h\"\npins = \"pins.csv\"\nmodules ="));
    world.write("b.h", "#define B 1\n");
    world.write("pins.csv", "LED,GPIO2\n");
    world.write("modules/smw/smw.h", "// one\n");
    world.edit(
        "modules/smw/smw.c",
        "#include \"py/runtime.h\"",
        "#include \"py/runtime.h\"\n#include \"smw.h\"",
    );
    build(&world);
    changes(&world, "a module's source", |world| {
        world.edit("modules/smw/smw.c", "#include \"smw.h\"", "#include \"smw.h\"\n//")
    });
    changes(&world, "a module's header", |world| world.write("modules/smw/smw.h", "// two\n"));
    changes(&world, "the board's header", |world| world.write("b.h", "#define B 2\n"));
    changes(&world, "the pins", |world| world.write("pins.csv", "LED,GPIO3\n"));
    changes(&world, "a frozen file", |world| world.write("frozen/app.py", "X = 2\n"));
    changes(&world, "a new frozen file", |world| world.write("frozen/other.py", "Y = 1\n"));
    let run = build(&world);
    assert!(run.err.contains("Up to date"), "{}", run.err);
    changes(&world, "pins taken away", |world| world.edit("config.toml", "pins = \"pins.csv\"\n", ""));
    assert!(!world.path("target/xtask/b/board/pins.csv").exists(), "the old pins would still be read");
    let vm = world.tree("micropython/py/vm.c");
    changes(&world, "an edited source of MicroPython", |_| {
        let text = std::fs::read_to_string(&vm).unwrap();
        std::fs::write(&vm, text + "// edited\n").unwrap();
    });
    changes(&world, "the manifest", |world| world.edit("manifest.py", "freeze(\"frozen\")\n", ""));
}

#[test]
fn the_environment_counts_where_it_matters() {
    let world = World::new(OTA);
    build(&world);
    for (variable, value, counts) in [("USER", "somebody", false), ("SOURCE_DATE_EPOCH", "1700000000", true)]
    {
        let run = world.run_with(&["build", "--board", "b"], &[(variable, value)]);
        assert_eq!(run.succeeds().compiled(), counts, "{variable}:\n{}", run.err);
    }
    let stray = [("IDF_TARGET", "esp32c3"), ("MAKEFLAGS", "BUILD=x"), ("SOURCE_DATE_EPOCH", "1700000000")];
    let run = world.run_with(&["build", "--board", "b"], &stray);
    assert!(run.succeeds().err.contains("Up to date"), "{}", run.err);
}

#[test]
fn a_lost_or_changed_output_is_built_again() {
    let world = World::new(OTA);
    build(&world);
    std::fs::remove_file(world.dist().join("b-unversioned.factory.bin")).unwrap();
    assert!(build(&world).err.contains("is gone"));
    assert!(world.dist().join("b-unversioned.factory.bin").is_file());
    std::fs::write(world.dist().join("b-unversioned.ota.bin"), "x").unwrap();
    assert!(build(&world).compiled());
    world.run(&["clean", "--board", "b"]).succeeds();
    assert!(!world.path("target/xtask/b").exists() && world.dist().is_dir());
}
