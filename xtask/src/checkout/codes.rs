//! The codes of `checkout`: E0200 to E0249.
//!
//! Nothing but their texts.

crate::codes! {
    NO_TREE = "E0200", "not a MicroPython tree",
        "The folder has no `ports/esp32` with boards, or no `py/mpconfig.h`. Name the top folder of a MicroPython checkout, the one that holds `py` and `ports`.";
    TREE_UNREADABLE = "E0201", "a file of the MicroPython tree cannot be understood",
        "A file that every MicroPython tree has is there but does not say what it should, such as the version macros of `py/mpconfig.h`. The checkout may be incomplete: `git status` in it tells.";
    UNKNOWN_BOARD = "E0202", "unknown MicroPython board",
        "The tree's `ports/esp32/boards` has no folder of this name with a `mpconfigboard.cmake`. Boards were renamed from `GENERIC...` to `ESP32_GENERIC...` in MicroPython v1.21, and some of them became variants.";
    NO_BOARD_FILE = "E0203", "a board folder without mpconfigboard.cmake",
        "A board folder is what `base` names: it must hold a `mpconfigboard.cmake`, which sets the chip and the sdkconfig fragments.";
    UNKNOWN_VARIANT = "E0204", "the board has no such variant",
        "From MicroPython v1.24 on a variant is a file `mpconfigvariant_NAME.cmake` in the board's folder; before that it is an `if(MICROPY_BOARD_VARIANT STREQUAL \"NAME\")` in its `mpconfigboard.cmake`, and MicroPython itself ignores an unknown one in silence: the firmware comes out without what the variant was to add.";
    VARIANT_WITHOUT_EFFECT = "E0205", "a variant that changes nothing",
        "The board evaluates to the same chip, fragments and defines with the variant and without it, so asking for it has no effect. Give the variant its settings, or do not ask for it.";
    MISSING_FRAGMENT = "E0206", "an sdkconfig fragment that does not exist",
        "A board's CMake file lists a file in SDKCONFIG_DEFAULTS that is not there. A relative path is resolved against `ports/esp32`; a file beside the CMake file is named with `${MICROPY_BOARD_DIR}/...`.";
    CMAKE_FAILED = "E0207", "a board's CMake file stops with an error",
        "cmake ran the board's files in script mode, as MicroPython includes them, and stopped. The message is cmake's own.";
    MISSING_MANIFEST = "E0208", "a frozen manifest that does not exist",
        "MICROPY_FROZEN_MANIFEST names a file that is not there.";
    UNREAD_FILE = "E0209", "a file in the board folder that nothing reads",
        "MicroPython reads only what the CMake file names. A board folder copied from another one often still names the fragments of the original, so that the copy's own files have no effect, without a warning from any tool.";
    MANIFEST_FAILED = "E0210", "the frozen manifest stops with an error",
        "The tree's own `tools/manifestfile.py` ran the manifest and it failed; the build would stop at the same place.";
    MANIFEST_WITHOUT_PORT = "E0211", "a frozen manifest without the port's own",
        "The port's own manifest freezes `_boot.py`, which mounts the filesystem at start. A manifest of one's own replaces it, so it has to include it: `include(\"$(PORT_DIR)/boards/manifest.py\")`. Without it the device starts with no filesystem, `boot.py` and `main.py` never run.";
    REQUIRE_UNRESOLVED = "E0212", "a package of micropython-lib cannot be looked up",
        "A manifest requires packages from the submodule `lib/micropython-lib`, which is not checked out, so what they freeze is not known yet. `cargo xtask setup` or git fetches it.";
    UNKNOWN_PACKAGE = "E0213", "a package that micropython-lib does not have",
        "A manifest requires a package, and no folder of that name with a `manifest.py` is in `lib/micropython-lib`.";
    ENDLESS = "E0214", "a board's CMake file does not come to an end",
        "cmake evaluates the board's files in script mode, which takes some hundredths of a second. It was ended after half a minute: a `while` or a macro that includes itself has no end, or a program that `execute_process` starts waits for something.";
}
