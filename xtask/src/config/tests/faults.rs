//! One snapshot for each fault.

use super::*;

/// A board with these lines.
fn board(lines: &str, expected: Expect) {
    check(&format!("[board.smw]\nbase = \"ESP32_GENERIC_S3\"\n{lines}\n"), expected);
}

#[test]
fn err_syntax() {
    check(
        "[board.smw]\nbase = \"X\nflash-size = 8MB\npins = \n[board.b\n",
        expect![[r#"
        error[E0100]: invalid basic string, expected `"`
         --> config.toml:2:10
          |
        2 | base = "X
          |          ^
        error[E0100]: string values must be quoted, expected literal string
         --> config.toml:3:14
          |
        3 | flash-size = 8MB
          |              ^^^
        error[E0100]: string values must be quoted, expected literal string
         --> config.toml:4:8
          |
        4 | pins = 
          |        ^
        error[E0100]: unclosed table, expected `]`
         --> config.toml:5:9
          |
        5 | [board.b
          |         ^
    "#]],
    );
    check(
        "[board.smw]\nbase = \"X\"\nbase = \"Y\"\n",
        expect![[r#"
        error[E0100]: duplicate key
         --> config.toml:3:1
          |
        3 | base = "Y"
          | ^^^^
    "#]],
    );
}

#[test]
fn err_unknown_key() {
    board(
        "flash_size = \"8MB\"",
        expect![[r#"
        error[E0101]: unknown key `flash_size` in `[board.smw]`
         --> config.toml:3:1
          |
        3 | flash_size = "8MB"
          | ^^^^^^^^^^
          |
          = help: did you mean `flash-size`?
    "#]],
    );
    board(
        "[board.smw.variant.ota]\ndefault-variant = \"ota\"",
        expect![[r#"
        error[E0101]: unknown key `default-variant` in `[board.smw.variant.ota]`
         --> config.toml:4:1
          |
        4 | default-variant = "ota"
          | ^^^^^^^^^^^^^^^
          |
          = help: `default-variant` belongs to `[board.NAME]`, not to a variant
    "#]],
    );
    check(
        "base = \"X\"\n[boards.smw]\nbase = \"X\"\n[micropython]\nflash-size = \"8MB\"\nzzz = 1\n",
        expect![[r#"
        error[E0101]: unknown key `base` at the top of the file
         --> config.toml:1:1
          |
        1 | base = "X"
          | ^^^^
          |
          = help: `base` belongs to `[board.NAME]`
        error[E0110]: no board is declared
         --> config.toml:1:1
          |
        1 | base = "X"
          | ^
          |
          = help: add one: `[board.my-board]` with `base = "ESP32_GENERIC_S3"`
        error[E0101]: unknown key `boards` at the top of the file
         --> config.toml:2:2
          |
        2 | [boards.smw]
          |  ^^^^^^
          |
          = help: did you mean `board`?
        error[E0101]: unknown key `flash-size` in `[micropython]`
         --> config.toml:5:1
          |
        5 | flash-size = "8MB"
          | ^^^^^^^^^^
          |
          = help: `flash-size` belongs to `[board.NAME]`
        error[E0101]: unknown key `zzz` in `[micropython]`
         --> config.toml:6:1
          |
        6 | zzz = 1
          | ^^^
          |
          = help: known: `git`, `rev` and `path`
    "#]],
    );
}

#[test]
fn err_wrong_type() {
    board(
        "flash-size = 8",
        expect![[r#"
        error[E0102]: `flash-size` is an integer, a text is expected
         --> config.toml:3:14
          |
        3 | flash-size = 8
          |              ^
          |
          = help: for example: `flash-size = "8MB"`
    "#]],
    );
    board(
        "modules = \"boards/smw/modules/net\"",
        expect![[r#"
        error[E0102]: `modules` is a text, a list of texts is expected
         --> config.toml:3:11
          |
        3 | modules = "boards/smw/modules/net"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write `modules = ["boards/smw/modules/net"]`
    "#]],
    );
    board(
        "require = [\"ota\", 3]",
        expect![[r#"
        error[E0102]: an entry of `require` is an integer, a text is expected
         --> config.toml:3:19
          |
        3 | require = ["ota", 3]
          |                   ^
          |
          = help: for example: `require = ["ota"]`
    "#]],
    );
    board(
        "sdkconfig = \"A=y\"\nvariant = true",
        expect![[r#"
        error[E0102]: `sdkconfig` is a text, a table is expected
         --> config.toml:3:1
          |
        3 | sdkconfig = "A=y"
          | ^^^^^^^^^
          |
          = help: write it as `sdkconfig = { LWIP_LOCAL_HOSTNAME = "smw-s3" }`
        error[E0102]: `variant` is a switch, a table is expected
         --> config.toml:4:1
          |
        4 | variant = true
          | ^^^^^^^
          |
          = help: write it as `[board.NAME.variant.ota]`
    "#]],
    );
    board(
        "[build]\nreproducible = \"true\"\nmin-free = 1.5",
        expect![[r#"
        error[E0102]: `reproducible` is a text, a switch is expected
         --> config.toml:4:16
          |
        4 | reproducible = "true"
          |                ^^^^^^
          |
          = help: write `reproducible = true`, without quotes
        error[E0102]: `min-free` is a number with a decimal point, a size is expected
         --> config.toml:5:12
          |
        5 | min-free = 1.5
          |            ^^^
          |
          = help: for example: `min-free = "32K"`
    "#]],
    );
    check(
        "[board]\nbase = \"X\"",
        expect![[r#"
        error[E0110]: no board is declared
         --> config.toml:1:1
          |
        1 | [board]
          | ^
          |
          = help: add one: `[board.my-board]` with `base = "ESP32_GENERIC_S3"`
        error[E0102]: `base` is a text, a table is expected
         --> config.toml:2:1
          |
        2 | base = "X"
          | ^^^^
          |
          = help: give the board a name: `[board.NAME]`, then `base = "ESP32_GENERIC_S3"`
    "#]],
    );
    check(
        "[[board]]\nbase = \"X\"",
        expect![[r#"
        error[E0110]: no board is declared
         --> config.toml:1:1
          |
        1 | [[board]]
          | ^
          |
          = help: add one: `[board.my-board]` with `base = "ESP32_GENERIC_S3"`
        error[E0102]: `board` is a list, a table is expected
         --> config.toml:1:3
          |
        1 | [[board]]
          |   ^^^^^
          |
          = help: write it as `[board.NAME]`
    "#]],
    );
}

#[test]
fn err_values() {
    board(
        "require = [\"oat\", \"everything\"]",
        expect![[r#"
        error[E0103]: unknown requirement `oat`
         --> config.toml:3:12
          |
        3 | require = ["oat", "everything"]
          |            ^^^^^
          |
          = help: did you mean `ota`?
        error[E0103]: unknown requirement `everything`
         --> config.toml:3:19
          |
        3 | require = ["oat", "everything"]
          |                   ^^^^^^^^^^^^
          |
          = help: known: `ota`, `rollback` and `filesystem`
    "#]],
    );
    board(
        "flash-size = \"6MB\"",
        expect![[r#"
        error[E0104]: `6MB` is no flash size
         --> config.toml:3:14
          |
        3 | flash-size = "6MB"
          |              ^^^^^
          |
          = help: one of `1MB`, `2MB`, `4MB`, `8MB`, `16MB`, `32MB`, `64MB` and `128MB`
    "#]],
    );
    board(
        "[build]\nmin-free = \"32 apples\"",
        expect![[r#"
        error[E0105]: `32 apples` is no size
         --> config.toml:4:12
          |
        4 | min-free = "32 apples"
          |            ^^^^^^^^^^^
          |
          = help: write a number of bytes, or a text with a unit: `"32K"`, `"0x8000"`, `"1M"`
    "#]],
    );
    board(
        "[build]\nmin-free = -1",
        expect![[r#"
        error[E0105]: `-1` is no size
         --> config.toml:4:12
          |
        4 | min-free = -1
          |            ^^
          |
          = help: write a number of bytes, or a text with a unit: `"32K"`, `"0x8000"`, `"1M"`
    "#]],
    );
    board(
        "board-name = \"say \\\"hi\\\"\"\nbase-variant = \"\"",
        expect![[r#"
        error[E0107]: `board-name` has a quote, backslash or control character, which would break the C macro it goes into
         --> config.toml:3:14
          |
        3 | board-name = "say \"hi\""
          |              ^^^^^^^^^^^^
        error[E0107]: `` is no name of a MicroPython variant
         --> config.toml:4:16
          |
        4 | base-variant = ""
          |                ^^
          |
          = help: for example: `SPIRAM_OCT`; without one, drop the key
    "#]],
    );
    board(
        "[micropython]\ngit = \"--upload-pack=x\"\nrev = \"v1 28\"",
        expect![[r#"
        error[E0107]: `git` starts with a hyphen, which git takes for an option
         --> config.toml:4:7
          |
        4 | git = "--upload-pack=x"
          |       ^^^^^^^^^^^^^^^^^
        error[E0107]: `rev` has a space or control character
         --> config.toml:5:7
          |
        5 | rev = "v1 28"
          |       ^^^^^^^
    "#]],
    );
}

#[test]
fn err_names() {
    check(
        "[board.SMW_S3]\nbase = \"X\"\n[board.SMW_S3.variant.\"ota 2\"]\n",
        expect![[r#"
        error[E0106]: the name of board `SMW_S3` has a `S`
         --> config.toml:1:8
          |
        1 | [board.SMW_S3]
          |        ^^^^^^
          |
          = note: it names files: `a` to `z`, `0` to `9`, `-` and `_` are allowed
          = help: for example: `smw_s3`
        error[E0106]: the name of variant `ota 2` has a ` `
         --> config.toml:3:23
          |
        3 | [board.SMW_S3.variant."ota 2"]
          |                       ^^^^^^^
          |
          = note: it names files: `a` to `z`, `0` to `9`, `-` and `_` are allowed
          = help: for example: `ota-2`
    "#]],
    );
    check(
        "[board.-x]\nbase = \"X\"\n[board.\"\"]\nbase = \"X\"",
        expect![[r#"
        error[E0106]: the name of board `-x` does not start with a letter or digit
         --> config.toml:1:8
          |
        1 | [board.-x]
          |        ^^
          |
          = note: it names files: `a` to `z`, `0` to `9`, `-` and `_` are allowed
          = help: for example: `x`
        error[E0106]: the name of board `` is empty
         --> config.toml:3:8
          |
        3 | [board.""]
          |        ^^
          |
          = note: it names files: `a` to `z`, `0` to `9`, `-` and `_` are allowed
    "#]],
    );
}

#[test]
fn err_boards() {
    check(
        "[build]\n",
        expect![[r#"
        error[E0110]: no board is declared
         --> config.toml:1:1
          |
        1 | [build]
          | ^
          |
          = help: add one: `[board.my-board]` with `base = "ESP32_GENERIC_S3"`
    "#]],
    );
    check(
        "[board.smw]\n[board.smw.variant.a]\nbase = \"X\"",
        expect![[r#"
        error[E0111]: board `smw` has no `base`
         --> config.toml:1:8
          |
        1 | [board.smw]
          |        ^^^
          |
          = help: name the MicroPython board that it builds on: `base = "ESP32_GENERIC_S3"`
    "#]],
    );
    check(
        "[board.a]\nbase = \"X\"\n[board.b]\nbase = \"a\"\n",
        expect![[r#"
        error[E0112]: `a` is a board of this config, a base is a board of MicroPython's
         --> config.toml:4:8
          |
        4 | base = "a"
          |        ^^^
          |
          = help: write what both share in each of them, or make one a variant of the other
    "#]],
    );
    check(
        "[board.a]\nbase = \"ESP32 S3\"\n",
        expect![[r#"
        error[E0107]: `ESP32 S3` is no name of a MicroPython board
         --> config.toml:2:8
          |
        2 | base = "ESP32 S3"
          |        ^^^^^^^^^^
          |
          = help: for example: `ESP32_GENERIC_S3`; the path of a board folder has a `/`
    "#]],
    );
    board(
        "default-variant = \"otta\"\n[board.smw.variant.ota]",
        expect![[r#"
        error[E0113]: board `smw` has no variant `otta`
         --> config.toml:3:19
          |
        3 | default-variant = "otta"
          |                   ^^^^^^
          |
          = help: did you mean `ota`?
    "#]],
    );
    board(
        "default-variant = \"ota\"",
        expect![[r#"
        error[E0113]: board `smw` has no variant `ota`
         --> config.toml:3:19
          |
        3 | default-variant = "ota"
          |                   ^^^^^
          |
          = help: declare it: `[board.smw.variant.ota]`
    "#]],
    );
    check(
        "[board.smw]\nbase = \"X\"\n[board.smw.variant.s3-ota]\n[board.smw-s3]\nbase = \"X\"\n[board.smw-s3.variant.ota]",
        expect![[r#"
            error[E0114]: two builds have the id `smw-s3-ota`
             --> config.toml:6:23
              |
            3 | [board.smw.variant.s3-ota]
              |                    ------ and this one
            ...
            6 | [board.smw-s3.variant.ota]
              |                       ^^^ this one
              |
              = note: the id names folders and files: board, or board and variant with a hyphen
              = help: rename one of them
        "#]],
    );
    check(
        "[board.smw]\nbase = \"X\"\n[board.smw.variant.s3]\n[board.smw-s3]\nbase = \"X\"\n",
        expect![[r#"
        error[E0114]: two builds have the id `smw-s3`
         --> config.toml:4:8
          |
        3 | [board.smw.variant.s3]
          |                    -- and this one
        4 | [board.smw-s3]
          |        ^^^^^^ this one
          |
          = note: the id names folders and files: board, or board and variant with a hyphen
          = help: rename one of them
    "#]],
    );
}

#[test]
fn err_listed_twice() {
    board(
        "modules = [\"boards/smw/modules/net\", \"./boards/smw/modules/net/\"]\nrequire = [\"ota\", \"ota\"]",
        expect![[r#"
        error[E0115]: C module `./boards/smw/modules/net/` is listed twice
         --> config.toml:3:38
          |
        3 | modules = ["boards/smw/modules/net", "./boards/smw/modules/net/"]
          |            ------------------------  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ again here
          |            |
          |            first here
        error[E0115]: requirement `ota` is listed twice
         --> config.toml:4:19
          |
        4 | require = ["ota", "ota"]
          |            -----  ^^^^^ again here
          |            |
          |            first here
    "#]],
    );
    board(
        "fragments = [\"boards/smw/frag\"]\n[board.smw.variant.a]\nfragments = [\"boards/smw/frag\"]",
        expect![[r#"
        error[E0115]: fragment `boards/smw/frag` is listed twice
         --> config.toml:5:14
          |
        3 | fragments = ["boards/smw/frag"]
          |              ----------------- first here
        4 | [board.smw.variant.a]
        5 | fragments = ["boards/smw/frag"]
          |              ^^^^^^^^^^^^^^^^^ again here
          |
          = note: what a variant lists is appended to what its board lists
    "#]],
    );
}

#[test]
fn err_paths() {
    board(
        "manifest = \"boards/smv/manifest.py\"\npins = \"boards/smw/pins.csv\"\nheader = \"\"",
        expect![[r#"
        error[E0120]: `boards/smv/manifest.py` does not exist
         --> config.toml:3:12
          |
        3 | manifest = "boards/smv/manifest.py"
          |            ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: `manifest` was looked for at /p/boards/smv/manifest.py
          = help: /p/boards has no `smv`: did you mean `smw`?
        error[E0120]: `boards/smw/pins.csv` does not exist
         --> config.toml:4:8
          |
        4 | pins = "boards/smw/pins.csv"
          |        ^^^^^^^^^^^^^^^^^^^^^
          |
          = note: `pins` was looked for at /p/boards/smw/pins.csv
          = help: /p/boards/smw has no `pins.csv`
        error[E0107]: the path is empty
         --> config.toml:5:10
          |
        5 | header = ""
          |          ^^
    "#]],
    );
    board(
        "fragments = [\"boards/smw\"]\nmodules = [\"boards/smw/modules/net/micropython.cmake\"]",
        expect![[r#"
        error[E0121]: `boards/smw` is a folder, `fragments` takes a file
         --> config.toml:3:14
          |
        3 | fragments = ["boards/smw"]
          |              ^^^^^^^^^^^^
        error[E0121]: `boards/smw/modules/net/micropython.cmake` is a file, `modules` takes a folder
         --> config.toml:4:12
          |
        4 | modules = ["boards/smw/modules/net/micropython.cmake"]
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: name its folder: `boards/smw/modules/net`
    "#]],
    );
    board(
        "manifest = \"~you/manifest.py\"",
        expect![[r#"
        error[E0122]: `~you/manifest.py` starts at another user's home folder
         --> config.toml:3:12
          |
        3 | manifest = "~you/manifest.py"
          |            ^^^^^^^^^^^^^^^^^^
          |
          = help: write the whole path, or set HOME
    "#]],
    );
    board(
        "modules = [\"boards/smw/modules\", \"boards/own\"]",
        expect![[r#"
        error[E0123]: `boards/smw/modules` has no `micropython.cmake`
         --> config.toml:3:12
          |
        3 | modules = ["boards/smw/modules", "boards/own"]
          |            ^^^^^^^^^^^^^^^^^^^^
          |
          = help: name each module: `boards/smw/modules/blink` and `boards/smw/modules/net`
        error[E0123]: `boards/own` has no `micropython.cmake`
         --> config.toml:3:34
          |
        3 | modules = ["boards/smw/modules", "boards/own"]
          |                                  ^^^^^^^^^^^^
          |
          = help: a C module is a folder with a `micropython.cmake`
    "#]],
    );
    check(
        "[board.smw]\nbase = \"boards/smw\"\n",
        expect![[r#"
        error[E0124]: board folder `boards/smw` has no `mpconfigboard.cmake`
         --> config.toml:2:8
          |
        2 | base = "boards/smw"
          |        ^^^^^^^^^^^^
    "#]],
    );
    check(
        "[board.smw]\nbase = \"./own\"\n[esp-idf]\npath = \"~/esp-idf\"\n",
        expect![[r#"
        error[E0120]: `./own` does not exist
         --> config.toml:2:8
          |
        2 | base = "./own"
          |        ^^^^^^^
          |
          = note: `base` was looked for at /p/own
          = help: /p has no `own`
        error[E0120]: `~/esp-idf` does not exist
         --> config.toml:4:8
          |
        4 | path = "~/esp-idf"
          |        ^^^^^^^^^^^
          |
          = note: `path` was looked for at /home/me/esp-idf
          = help: /home/me has no `esp-idf`: did you mean `esp`?
    "#]],
    );
}

#[test]
fn err_layouts() {
    board(
        "partitions = \"sigle\"",
        expect![[r#"
        error[E0130]: unknown partition layout `sigle`
         --> config.toml:3:14
          |
        3 | partitions = "sigle"
          |              ^^^^^^^
          |
          = help: did you mean `single`?
    "#]],
    );
    board(
        "partitions = \"nothing-like-it\"",
        expect![[r#"
        error[E0130]: unknown partition layout `nothing-like-it`
         --> config.toml:3:14
          |
        3 | partitions = "nothing-like-it"
          |              ^^^^^^^^^^^^^^^^^
          |
          = help: known: `ota`, `single` and `twice`
    "#]],
    );
    board(
        "partitions = \"partitions/ota.csv\"",
        expect![[r#"
        error[E0131]: `partitions` takes a name, not `partitions/ota.csv`
         --> config.toml:3:14
          |
        3 | partitions = "partitions/ota.csv"
          |              ^^^^^^^^^^^^^^^^^^^^
          |
          = note: layouts lie in the folder `partitions` beside config.toml
          = help: write `partitions = "ota"`
    "#]],
    );
    board(
        "partitions = \"../other/thing.csv\"",
        expect![[r#"
        error[E0131]: `partitions` takes a name, not `../other/thing.csv`
         --> config.toml:3:14
          |
        3 | partitions = "../other/thing.csv"
          |              ^^^^^^^^^^^^^^^^^^^^
          |
          = note: layouts lie in the folder `partitions` beside config.toml
          = help: known: `ota`, `single` and `twice`
    "#]],
    );
    board(
        "partitions = \"twice\"",
        expect![[r#"
        error[E0132]: both `partitions/twice.csv` and `partitions/twice.toml` exist
         --> config.toml:3:14
          |
        3 | partitions = "twice"
          |              ^^^^^^^
          |
          = help: rename one of them, so that the name says which one is meant
    "#]],
    );
}

#[test]
fn err_checkouts() {
    let text = "[micropython]\ngit = \"x\"\n[board.a]\nbase = \"X\"";
    let files = names();
    let strict = Surroundings { micropython_given: false, ..around(&files) };
    let findings = parse(&Source::new("config.toml", text), &strict).1;
    expect![[r#"
        error[E0140]: the config names no MicroPython
         --> config.toml:1:2
          |
        1 | [micropython]
          |  ^^^^^^^^^^^
          |
          = help: add `rev = "v1.28.0"`, or `path` for a checkout of your own, to `[micropython]`
    "#]]
    .assert_eq(&shown(&findings));
    board(
        "[esp-idf]\nrev = \"release/v5.5\"",
        expect![[r#"
        warning[E0142]: `release/v5.5` is a branch: it names another commit tomorrow
         --> config.toml:4:7
          |
        4 | rev = "release/v5.5"
          |       ^^^^^^^^^^^^^^
          |
          = help: name a tag, such as `v1.28.0`, or a commit
    "#]],
    );
    board(
        "[esp-idf]\nrev = \"v5.5.1\"\npath = \"~/esp/esp-idf\"",
        expect![[r#"
        note[E0141]: [esp-idf] is built from `~/esp/esp-idf`, whatever its revision
         --> config.toml:5:8
          |
        4 | rev = "v5.5.1"
          |       -------- not looked at
        5 | path = "~/esp/esp-idf"
          |        ^^^^^^^^^^^^^^^ this checkout is taken as it is
    "#]],
    );
    let homeless = Surroundings { home: None, ..strict };
    let findings =
        parse(&Source::new("config.toml", "esp-idf.path = '~/esp'\nmicropython.rev = 'v1'"), &homeless).1;
    expect![[r#"
        error[E0110]: no board is declared
         --> config.toml:1:1
          |
        1 | esp-idf.path = '~/esp'
          | ^
          |
          = help: add one: `[board.my-board]` with `base = "ESP32_GENERIC_S3"`
        error[E0122]: `~/esp` starts at the home folder, and the environment names none
         --> config.toml:1:16
          |
        1 | esp-idf.path = '~/esp'
          |                ^^^^^^^
          |
          = help: write the whole path, or set HOME
    "#]]
    .assert_eq(&shown(&findings));
}

#[test]
fn err_symbols() {
    board(
        "[board.smw.sdkconfig]\nCONFIG_LWIP_LOCAL_HOSTNAME = \"x\"\nlwip_hooks = true\n\"A B\" = 1\nCONFIG_ = 1",
        expect![[r#"
        error[E0150]: `CONFIG_LWIP_LOCAL_HOSTNAME` has the prefix `CONFIG_`
         --> config.toml:4:1
          |
        4 | CONFIG_LWIP_LOCAL_HOSTNAME = "x"
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: drop the prefix: `LWIP_LOCAL_HOSTNAME`
        error[E0150]: `lwip_hooks` is no sdkconfig symbol
         --> config.toml:5:1
          |
        5 | lwip_hooks = true
          | ^^^^^^^^^^
          |
          = help: symbols are written in capitals: `LWIP_HOOKS`
        error[E0150]: `A B` is no sdkconfig symbol
         --> config.toml:6:1
          |
        6 | "A B" = 1
          | ^^^^^
          |
          = help: symbols are written in capitals: `A_B`
        error[E0150]: `CONFIG_` has the prefix `CONFIG_`
         --> config.toml:7:1
          |
        7 | CONFIG_ = 1
          | ^^^^^^^
    "#]],
    );
    board(
        "[board.smw.sdkconfig]\nA = [1]\nB = 1.5\nC = 1979-05-27\nD.E = 1\nF = \"y\"\nG = \"a\\nb\"",
        expect![[r#"
        error[E0151]: `A` is a list, a switch, number or text is expected
         --> config.toml:4:5
          |
        4 | A = [1]
          |     ^^^
          |
          = help: for example: `true`, `4`, `0x10` or `"text"`
        error[E0151]: `B` is a number with a decimal point, a switch, number or text is expected
         --> config.toml:5:5
          |
        5 | B = 1.5
          |     ^^^
          |
          = help: for example: `true`, `4`, `0x10` or `"text"`
        error[E0151]: `C` is a date or time, a switch, number or text is expected
         --> config.toml:6:5
          |
        6 | C = 1979-05-27
          |     ^^^^^^^^^^
          |
          = help: for example: `true`, `4`, `0x10` or `"text"`
        error[E0151]: `D` is a table, a switch, number or text is expected
         --> config.toml:7:1
          |
        7 | D.E = 1
          | ^
          |
          = help: for example: `true`, `4`, `0x10` or `"text"`
        error[E0151]: `F` is the text `y`, a switch was probably meant
         --> config.toml:8:5
          |
        8 | F = "y"
          |     ^^^
          |
          = help: write `F = true`
        error[E0151]: `G` is a text with a line break or control character
         --> config.toml:9:5
          |
        9 | G = "a\nb"
          |     ^^^^^^
    "#]],
    );
    board(
        "[board.smw.sdkconfig]\nA = 0o17\nB = 0x1FFFFFFFFFFFFFFFF\nC = 99999999999999999999",
        expect![[r#"
        error[E0151]: `0o17` is neither decimal nor hexadecimal
         --> config.toml:4:5
          |
        4 | A = 0o17
          |     ^^^^
          |
          = help: Kconfig reads no other numbers: write `15` or `0xf`
        error[E0151]: `0x1FFFFFFFFFFFFFFFF` has more than 64 bits
         --> config.toml:5:5
          |
        5 | B = 0x1FFFFFFFFFFFFFFFF
          |     ^^^^^^^^^^^^^^^^^^^
          |
          = help: write a smaller number
        error[E0151]: `99999999999999999999` does not fit 64 bits
         --> config.toml:6:5
          |
        6 | C = 99999999999999999999
          |     ^^^^^^^^^^^^^^^^^^^^
          |
          = help: write a smaller number
    "#]],
    );
}

#[test]
fn err_owned() {
    board(
        "[board.smw.sdkconfig]\nESPTOOLPY_FLASHSIZE_8MB = true\nPARTITION_TABLE_CUSTOM = true",
        expect![[r#"
        error[E0152]: `ESPTOOLPY_FLASHSIZE_8MB` belongs to the key `flash-size`
         --> config.toml:4:27
          |
        4 | ESPTOOLPY_FLASHSIZE_8MB = true
          |                           ^^^^ set here
          |
          = help: use the key instead, for example `flash-size = "8MB"`
        error[E0152]: `PARTITION_TABLE_CUSTOM` belongs to the key `partitions`
         --> config.toml:5:26
          |
        5 | PARTITION_TABLE_CUSTOM = true
          |                          ^^^^ set here
          |
          = help: use the key instead, for example `partitions = "ota"`
    "#]],
    );
    board(
        "flash-size = \"8MB\"\n[board.smw.variant.a.sdkconfig]\nESPTOOLPY_FLASHSIZE = \"4MB\"\n[build]\nreproducible = false\n\
         [board.smw.sdkconfig]\nAPP_REPRODUCIBLE_BUILD = true",
        expect![[r#"
            error[E0152]: `ESPTOOLPY_FLASHSIZE` belongs to the key `flash-size`
             --> config.toml:5:23
              |
            3 | flash-size = "8MB"
              |              ----- `flash-size` says it here
            4 | [board.smw.variant.a.sdkconfig]
            5 | ESPTOOLPY_FLASHSIZE = "4MB"
              |                       ^^^^^ set here
              |
              = help: drop `ESPTOOLPY_FLASHSIZE`
            error[E0152]: `APP_REPRODUCIBLE_BUILD` belongs to the key `reproducible`
             --> config.toml:9:26
              |
            7 | reproducible = false
              |                ----- `reproducible` says it here
            8 | [board.smw.sdkconfig]
            9 | APP_REPRODUCIBLE_BUILD = true
              |                          ^^^^ set here
              |
              = help: drop `APP_REPRODUCIBLE_BUILD`
        "#]],
    );
}

#[test]
fn twenty_faults_are_told_in_one_run() {
    let text = "\
[micropython]
revision = 'v1.28.0'
git = ''
[esp-idf]
path = '~/nowhere'
[build]
ccache = 1
min-free = 'much'
[bord.x]
[board.Smw]
base = 'ESP32_GENERIC_S3'
flash-size = '6MB'
partitions = 'otta'
require = ['otaa']
modules = ['boards/smw/modules/blnk']
manifest = 'boards/smw/manifest.pyy'
fragments = ['boards/smw']
default-variant = 'x'
header = 3
sdkconfig.CONFIG_A = true
sdkconfig.B = []
sdkconfig.ESPTOOLPY_FLASHSIZE_4MB = true
[board.b]
base = 'b'
pins =
[board.c.variant.d]
variant = 1
";
    let (config, findings) = parse_text(text);
    assert!(config.is_none());
    let lines: Vec<(u32, &str)> =
        findings.iter().map(|f| (f.place().map_or(0, Place::line), f.code.id)).collect();
    expect![[r#"
        [
            (
                2,
                "E0101",
            ),
            (
                3,
                "E0107",
            ),
            (
                5,
                "E0120",
            ),
            (
                7,
                "E0102",
            ),
            (
                8,
                "E0105",
            ),
            (
                9,
                "E0101",
            ),
            (
                10,
                "E0106",
            ),
            (
                12,
                "E0104",
            ),
            (
                13,
                "E0130",
            ),
            (
                14,
                "E0103",
            ),
            (
                15,
                "E0120",
            ),
            (
                16,
                "E0120",
            ),
            (
                17,
                "E0121",
            ),
            (
                19,
                "E0102",
            ),
            (
                20,
                "E0150",
            ),
            (
                21,
                "E0151",
            ),
            (
                22,
                "E0152",
            ),
            (
                24,
                "E0112",
            ),
            (
                25,
                "E0100",
            ),
            (
                27,
                "E0101",
            ),
        ]
    "#]]
    .assert_debug_eq(&lines);
    assert!(lines.len() >= 20, "{}", lines.len());
}
