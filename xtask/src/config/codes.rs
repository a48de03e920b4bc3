//! The rules of `config.toml`, E0100 to E0169: what `cargo xtask explain` says of each.
//!
//! Only names and explanations; the checks stand where the values are read.

crate::codes! {
    SYNTAX = "E0100", "config.toml is no valid TOML",
        "The file breaks a rule of TOML 1.1 at the marked place: a quote, bracket or equals sign that is missing, or a \
         key that is given twice. What the rest of the file says is checked in the same run as far as it can be read.";
    UNKNOWN_KEY = "E0101", "unknown key",
        "No table of this kind has a key of this name. Keys are written in kebab-case (`flash-size`), and each belongs \
         to one kind of table. Nothing is ignored in silence, so that a misspelt key cannot go unnoticed.";
    WRONG_TYPE = "E0102", "a value of the wrong type",
        "The key wants another kind of value: a text in quotes, a switch (`true` or `false`), a list of texts in square \
         brackets, or a table.";
    UNKNOWN_REQUIREMENT = "E0103", "unknown requirement",
        "`require` says what must be proven of the image. It is a closed set: `ota` (two equal slots or more that the app \
         fits, and otadata), `rollback` (the bootloader goes back to the former app when the new one does not confirm \
         itself), `filesystem` (MicroPython finds room for one).";
    BAD_FLASH_SIZE = "E0104", "a flash size that no image header can state",
        "`flash-size` is a power of two from 1MB to 128MB: the header of an image has no number for another one.";
    BAD_SIZE = "E0105", "a size that cannot be read",
        "A size is a number of bytes, or a text with a unit: `32768`, `\"32K\"`, `\"0x8000\"`, `\"1M\"`. K is 1024 bytes.";
    BAD_NAME = "E0106", "a board or variant name with other characters than `a-z`, `0-9`, `-` and `_`",
        "The names of boards and variants become names of files and folders on every system, also on those that take `A` \
         and `a` for the same letter. They start with a letter or digit and have at most 64 characters.";
    BAD_TEXT = "E0107", "a text that cannot be used here",
        "The text is empty, or has characters that would break the file, command or C macro which it goes into.";
    NO_BOARD = "E0110", "the config declares no board",
        "There is nothing to build: a board is a table `[board.NAME]` with a `base` at least.";
    NO_BASE = "E0111", "a board without base",
        "Each board builds on a board of MicroPython (`base = \"ESP32_GENERIC_S3\"`), or on a board folder of your own \
         (`base = \"boards/my-board\"`). A variant may replace the base, but not stand in for it, since the bare board \
         can be asked for too.";
    BASE_IS_A_BOARD = "E0112", "a base that is a board of the same config",
        "Boards of config.toml do not build on one another: `base` names a board of MicroPython or a board folder. What \
         two boards share goes into variants of one board, or is written in both.";
    NO_SUCH_VARIANT = "E0113", "a default variant that the board does not have",
        "`default-variant` names the variant that `--board NAME` alone builds. It must be a variant of this board.";
    EQUAL_IDS = "E0114", "two builds with the same id",
        "The id of a build is its board, or board and variant joined by a hyphen. It names folders and files: board `smw` \
         with variant `s3-ota` and board `smw-s3` with variant `ota` would write over each other.";
    LISTED_TWICE = "E0115", "the same thing listed twice",
        "A list names the same requirement, C module or fragment twice. What a variant lists is appended to what its \
         board lists.";
    PATH_MISSING = "E0120", "a path that does not exist",
        "Relative paths start at the folder of config.toml, and `~/` at your home folder. There is no file or folder of \
         this name.";
    PATH_KIND = "E0121", "a file where a folder belongs, or a folder where a file belongs",
        "The path exists, but it is of the other kind: `modules` and a `base` are folders, the other paths of a board are \
         files.";
    NO_HOME = "E0122", "`~` cannot be expanded",
        "Only `~/` at the start of a path is expanded, to your home folder; it was not given by the environment (HOME), \
         or the path names another user's.";
    MODULE_WITHOUT_CMAKE = "E0123", "a C module without `micropython.cmake`",
        "MicroPython takes a C module in by the file `micropython.cmake` in its folder, which adds the sources to the \
         target `usermod`.";
    BASE_WITHOUT_CMAKE = "E0124", "a board folder without `mpconfigboard.cmake`",
        "A board folder of your own holds at least `mpconfigboard.cmake`: it sets IDF_TARGET and names the sdkconfig \
         fragments.";
    UNKNOWN_LAYOUT = "E0130", "unknown partition layout",
        "`partitions = \"NAME\"` reads `partitions/NAME.csv` or `partitions/NAME.toml` beside config.toml; neither is \
         there.";
    LAYOUT_IS_A_PATH = "E0131", "a partition layout given as a path",
        "`partitions` takes a name, not a path: the files lie in the folder `partitions` beside config.toml.";
    TWO_LAYOUTS = "E0132", "two files for one partition layout",
        "`partitions/NAME.csv` and `partitions/NAME.toml` are both there, so that the name does not say which one is \
         meant.";
    NOT_PINNED = "E0140", "no MicroPython is named",
        "`[micropython]` says which MicroPython is built: `rev`, a tag or commit, or `path`, a checkout of your own.";
    PATH_WINS = "E0141", "`path` stands in for `git` and `rev`",
        "Where `path` is given, that checkout is built as it is, whatever its revision; `git` and `rev` are not looked at \
         until it goes. This is a note and no error, so that a checkout can be tried without losing the pinned revision.";
    BRANCH = "E0142", "a revision that looks like a branch",
        "A branch names another commit tomorrow, so that the same config would build other firmware. A tag or a commit \
         stays.";
    BAD_SYMBOL = "E0150", "a name that is no sdkconfig symbol",
        "Symbols are written as ESP-IDF writes them, in capitals and without the prefix `CONFIG_`: `LWIP_LOCAL_HOSTNAME`.";
    BAD_SYMBOL_VALUE = "E0151", "a value that no sdkconfig symbol takes",
        "A symbol is a switch (`true`, `false`), a number (`4`, `-1`, `0x10`) or a text (`\"smw-s3\"`). Numbers are passed \
         on as they are written, and Kconfig reads decimal and hexadecimal ones.";
    OWNED_SYMBOL = "E0152", "an sdkconfig symbol that a key of the config owns",
        "What has a key of its own is set by that key alone, so that the config says one thing in one place: `flash-size`, \
         `partitions`, `reproducible`.";
    UNREAD_FILE = "E0155", "a file in the board's folder that nothing reads",
        "A file of a kind that MicroPython reads lies in the board's folder, but no key of the config and no line of a \
         CMake file names it, so that what it says has no effect. It happens when a board folder is copied and its CMake \
         file goes on naming the files of the original.";
    NO_SUCH_BOARD = "E0160", "no such board",
        "The board asked for on the command line is not in the config. `cargo xtask list` shows those that are.";
    NO_SUCH_VARIANT_ASKED = "E0161", "no such variant",
        "The variant asked for on the command line is not one of this board. `cargo xtask list` shows those that are.";
    NOTHING_SELECTED = "E0162", "the command line does not say what to build",
        "Name a board with `--board`, and a variant of it with `--variant`; or build everything with `--all`.";
}
