//! What a right config means: overlays, selection, ownership, files that nothing reads.

use super::*;

const TWO_VARIANTS: &str = "\
[board.smw]
description = 'board'
base = 'ESP32_GENERIC_S3'
base-variant = 'SPIRAM_OCT'
flash-size = '8MB'
require = ['ota']
modules = ['boards/smw/modules/net']
manifest = 'boards/smw/manifest.py'
fragments = ['boards/smw/frag']
sdkconfig = { A = 0x10, B = \"text\", C = true }
[board.smw.variant.big]
base = 'OTHER'
flash-size = '16MB'
partitions = 'ota'
require = ['ota', 'rollback']
modules = ['boards/smw/modules/blink']
fragments = ['boards/smw/frag2']
sdkconfig = { B = \"other\", D = -1 }
[board.smw.variant.plain]
";

fn build(config: &Config, variant: Option<&str>) -> BuildSpec {
    let selection =
        Selection { board: Some("smw".into()), variant: variant.map(str::to_owned), ..Selection::default() };
    let builds = config.builds(&selection).unwrap();
    assert_eq!(builds.len(), 1);
    builds.into_iter().next().unwrap()
}

fn paths_of(list: &[Located<PathBuf>]) -> Vec<String> {
    list.iter().map(|item| item.value.strip_prefix("/p/boards/smw").unwrap().display().to_string()).collect()
}

fn symbols_of(entries: &[SdkconfigEntry]) -> Vec<(&str, SymbolValue, u32)> {
    entries.iter().map(|entry| (entry.symbol.as_str(), entry.value.clone(), entry.place.line())).collect()
}

#[test]
fn a_variant_replaces_values_appends_lists_and_merges_symbols() {
    let config = config(TWO_VARIANTS);
    let big = build(&config, Some("big"));
    let settings = &big.settings;
    assert_eq!((big.id.as_str(), big.place.line()), ("smw-big", 11));
    assert_eq!(big.base.value, Base::InTree("OTHER".into()));
    assert_eq!(settings.base_variant.as_ref().unwrap().value, "SPIRAM_OCT");
    assert_eq!(settings.description.as_ref().unwrap().value, "board");
    assert_eq!(settings.flash_size.as_ref().unwrap().value.to_string(), "16MB");
    assert_eq!(settings.partitions.as_ref().unwrap().value.path, Path::new("/p/partitions/ota.toml"));
    assert_eq!(
        settings.require.iter().map(|r| r.value).collect::<Vec<_>>(),
        [Require::Ota, Require::Rollback]
    );
    assert_eq!(paths_of(&settings.modules), ["modules/net", "modules/blink"]);
    assert_eq!(paths_of(&settings.fragments), ["frag", "frag2"]);
    assert_eq!(
        symbols_of(&settings.sdkconfig),
        [
            ("A", SymbolValue::Int("0x10".into()), 10),
            ("C", SymbolValue::Bool(true), 10),
            ("B", SymbolValue::Text("other".into()), 18),
            ("D", SymbolValue::Int("-1".into()), 18),
        ]
    );
    let layers: Vec<_> =
        big.layers.iter().map(|layer| (layer.name.as_str(), layer.sdkconfig.len())).collect();
    assert_eq!(layers, [("board smw", 3), ("variant big", 2)]);
}

#[test]
fn a_variant_that_says_nothing_is_its_board() {
    let config = config(TWO_VARIANTS);
    assert_eq!(build(&config, Some("plain")).settings, build(&config, None).settings);
}

#[test]
fn a_board_alone_is_its_default_variant_or_bare() {
    let bare = config(TWO_VARIANTS);
    assert_eq!(build(&bare, None).id, "smw");
    let with_default = TWO_VARIANTS.replacen("description", "default-variant = 'big'\ndescription", 1);
    assert_eq!(build(&config(&with_default), None).id, "smw-big");
}

#[test]
fn everything_is_every_variant_and_the_bare_board_where_there_is_none() {
    let config = config(&format!("{TWO_VARIANTS}[board.c3]\nbase = 'X'\n"));
    let ids = |board: Option<&str>| -> Vec<String> {
        let selection = Selection { board: board.map(str::to_owned), variant: None, all: true };
        config.builds(&selection).unwrap().into_iter().map(|build| build.id).collect()
    };
    assert_eq!(ids(None), ["smw-big", "smw-plain", "c3"]);
    assert_eq!(ids(Some("smw")), ["smw-big", "smw-plain"]);
}

#[test]
fn err_selection() {
    let config = config(&format!("{TWO_VARIANTS}[board.c3]\nbase = 'X'\n"));
    let fault = |board: &str, variant: &str, all: bool, expected: Expect| {
        let name = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let selection = Selection { board: name(board), variant: name(variant), all };
        expected.assert_eq(&shown(&config.builds(&selection).unwrap_err()));
    };
    fault(
        "smv",
        "",
        false,
        expect![[r#"
        error[E0160]: no board `smv` in config.toml
         |
         = help: did you mean `smw`?
    "#]],
    );
    fault(
        "smw-big",
        "",
        false,
        expect![[r#"
        error[E0160]: no board `smw-big` in config.toml
         |
         = help: write `--board smw --variant big`
    "#]],
    );
    fault(
        "smw",
        "bigg",
        false,
        expect![[r#"
        error[E0161]: board `smw` has no variant `bigg`
         --> config.toml:1:8
          |
        1 | [board.smw]
          |        ^^^ this board
          |
          = help: did you mean `big`?
    "#]],
    );
    fault(
        "c3",
        "ota",
        false,
        expect![[r#"
        error[E0161]: board `c3` has no variant `ota`
          --> config.toml:20:8
           |
        20 | [board.c3]
           |        ^^ this board
           |
           = help: it has no variants: leave out `--variant`
    "#]],
    );
    fault(
        "",
        "",
        false,
        expect![[r#"
        error[E0162]: no board is named
         |
         = help: name one with `--board`, or build everything with `--all`
         = help: known: `smw` and `c3`
    "#]],
    );
    fault(
        "smw",
        "big",
        true,
        expect![[r#"
        error[E0162]: `--all` and `--variant` exclude each other
         |
         = help: drop one of them
    "#]],
    );
}

#[test]
fn defaults_of_the_build_table() {
    assert_eq!(config("[board.a]\nbase = 'X'").build, Build::default());
    let build =
        config("[board.a]\nbase = 'X'\n[build]\nccache = false\nreproducible = false\nmin-free = 65_536")
            .build;
    assert_eq!((build.ccache, build.reproducible, build.min_free), (false, false, 65536));
    assert_eq!(config("[board.a]\nbase = 'X'\n[build]\nmin-free = '0x8000'").build.min_free, 0x8000);
}

#[test]
fn numbers_keep_their_text() {
    for (literal, expected) in
        [("0x10", "0x10"), ("0xaBc", "0xaBc"), ("1_000", "1000"), ("+5", "5"), ("-7", "-7")]
    {
        let config = config(&format!("[board.a]\nbase = 'X'\nsdkconfig.A = {literal}"));
        assert_eq!(config.boards[0].settings.sdkconfig[0].value, SymbolValue::Int(expected.into()));
    }
}

#[test]
fn what_the_command_line_stands_in_for_need_not_exist() {
    let text = "[micropython]\npath = '../nowhere'\n[board.a]\nbase = 'X'";
    assert!(config(text).micropython.path.is_none());
    let files = names();
    let strict = Surroundings { micropython_given: false, ..around(&files) };
    assert_eq!(codes_of(&parse(&Source::new("config.toml", text), &strict).1), ["E0120"]);
}

#[test]
fn owned_symbols_are_those_that_a_key_sets() {
    let config = config("[board.a]\nbase = 'X'\npartitions = 'ota'");
    let owned = owned_symbols(&config.boards[0].settings, &config.build);
    let owner =
        |symbol: &str| owned.iter().find(|o| o.symbols.matches(symbol)).map(|o| (o.key, o.place.is_some()));
    for (symbol, expected) in [
        ("ESPTOOLPY_FLASHSIZE", Some(("flash-size", false))),
        ("ESPTOOLPY_FLASHSIZE_16MB", Some(("flash-size", false))),
        ("ESPTOOLPY_HEADER_FLASHSIZE_UPDATE", None),
        ("PARTITION_TABLE_TWO_OTA_LARGE", Some(("partitions", true))),
        ("PARTITION_TABLE_CUSTOM_FILENAME", Some(("partitions", true))),
        ("PARTITION_TABLE_OFFSET", None),
        ("PARTITION_TABLE_MD5", None),
        ("APP_REPRODUCIBLE_BUILD", Some(("reproducible", false))),
        ("BOOTLOADER_APP_ROLLBACK_ENABLE", None),
    ] {
        assert_eq!(owner(symbol), expected, "{symbol}");
    }
}

/// The story: a copied board folder whose CMake file goes on naming the fragment of the original.
#[test]
fn err_unread_files() {
    let files = Names(vec![
        "/p/boards/own/mpconfigboard.cmake",
        "/p/boards/own/mpconfigboard.h",
        "/p/boards/own/mpconfigvariant_A.cmake",
        "/p/boards/own/sdkconfig.board",
        "/p/boards/own/sdkconfig.extra",
        "/p/boards/own/board.json",
        "/p/boards/smw/mpconfigboard.cmake",
        "/p/boards/smw/mpconfigboard.h",
        "/p/boards/smw/manifest.py",
        "/p/boards/smw/pins.csv",
        "/p/boards/smw/sdkconfig.old",
        "/p/boards/smw/notes.txt",
    ]);
    let text = "[board.smw]\nbase = 'X'\n[board.other]\nbase = 'boards/own'\n";
    let (config, findings) = parse(&Source::new("/p/config.toml", text), &around(&files));
    assert_eq!(shown(&findings), "");
    let cmake = Source::new(
        "/p/boards/own/mpconfigboard.cmake",
        "set(IDF_TARGET esp32s3)\nset(SDKCONFIG_DEFAULTS\n    boards/sdkconfig.base\n    boards/ESP32_GENERIC_S3/sdkconfig.board\n)\n",
    );
    let reads = [
        (PathBuf::from("/mp/ports/esp32/boards/sdkconfig.base"), cmake.line(3)),
        (PathBuf::from("/mp/ports/esp32/boards/ESP32_GENERIC_S3/sdkconfig.board"), cmake.line(4)),
    ];
    expect![[r#"
        error[E0155]: nothing reads `boards/own/sdkconfig.board`
         --> boards/own/sdkconfig.board
          |
         ::: boards/own/mpconfigboard.cmake:4:1
          |
        4 |     boards/ESP32_GENERIC_S3/sdkconfig.board
          | ------------------------------------------- this line reads /mp/ports/esp32/boards/ESP32_GENERIC_S3/sdkconfig.board instead
          |
          = help: write `${MICROPY_BOARD_DIR}/sdkconfig.board` in that line, or remove the file
        error[E0155]: nothing reads `boards/own/sdkconfig.extra`
        --> boards/own/sdkconfig.extra
         = help: add `fragments = ["boards/own/sdkconfig.extra"]` to `[board.NAME]`, or remove the file
        error[E0155]: nothing reads `boards/smw/manifest.py`
        --> boards/smw/manifest.py
         = help: add `manifest = "boards/smw/manifest.py"` to `[board.smw]`, or remove the file
        error[E0155]: nothing reads `boards/smw/mpconfigboard.cmake`
        --> boards/smw/mpconfigboard.cmake
         = help: name its folder: `base = "boards/smw"` in `[board.smw]`, or remove the file
        error[E0155]: nothing reads `boards/smw/mpconfigboard.h`
        --> boards/smw/mpconfigboard.h
         = help: add `header = "boards/smw/mpconfigboard.h"` to `[board.smw]`, or remove the file
        error[E0155]: nothing reads `boards/smw/pins.csv`
        --> boards/smw/pins.csv
         = help: add `pins = "boards/smw/pins.csv"` to `[board.smw]`, or remove the file
    "#]].assert_eq(&shown(&unread(&config.unwrap(), &files, &reads)));
}

#[test]
fn files_that_a_key_or_a_line_names_are_read() {
    let files = Names(vec![
        "/p/boards/smw/mpconfigboard.cmake",
        "/p/boards/smw/pins.csv",
        "/p/boards/smw/sdkconfig.board",
        "/p/boards/smw/sdkconfig.a",
        "/p/boards/smw/sub/sdkconfig.b",
        "/p/boards/smw/manifest.py",
    ]);
    let text = "[board.smw]\nbase = 'boards/smw'\nfragments = ['./boards/smw/sub/../sdkconfig.a']\n\
                [board.smw.variant.a]\nmanifest = 'boards/smw/manifest.py'\n";
    let (config, findings) = parse(&Source::new("/p/config.toml", text), &around(&files));
    assert_eq!(shown(&findings), "");
    let line = Source::new("/p/boards/smw/mpconfigboard.cmake", "x").line(1);
    let reads = [(PathBuf::from("/p/boards/smw/./sdkconfig.board"), line)];
    assert_eq!(unread(&config.unwrap(), &files, &reads).0, []);
}
