//! Codes of the toolchain: what is missing on this machine, or does not fit.

crate::codes! {
    IDF_MISSING = "E0600", "no ESP-IDF",
        "Neither `--idf`, IDF_PATH, `[esp-idf] path` nor `cargo xtask setup` leads to an ESP-IDF. Name one of them, run \
         `cargo xtask setup` to get the pinned release, or use `--stand-in` to try the tool without ESP-IDF.";
    IDF_NOT_A_TREE = "E0601", "not an ESP-IDF",
        "The folder has no `tools/idf.py` and `tools/cmake/version.cmake`, which every ESP-IDF from 5.0 on has.";
    IDF_UNSUPPORTED = "E0602", "ESP-IDF release not supported by this MicroPython",
        "Each MicroPython release is made for a few ESP-IDF releases, named in its README, its CI and (from 1.27 on) \
         its lock files. Another minor release usually fails to compile or misbehaves at run time. Use a listed one, \
         or `--dangerously-use-unsupported-idf` to try all the same.";
    IDF_UNTESTED = "E0603", "ESP-IDF patch release not listed for this MicroPython",
        "The minor release is one that this MicroPython supports, the patch release is not among those listed. It \
         usually works; for a release build use a listed one.";
    PROGRAM_MISSING = "E0604", "a program is missing",
        "The build needs this program. The message names the command that installs it.";
    MICROPYTHON_MISSING = "E0605", "no MicroPython",
        "Neither `--micropython`, `[micropython] path` nor `cargo xtask setup` leads to a MicroPython checkout.";
}
