//! The codes of sdkconfig findings: E0300 to E0349 before the build, E0350 to E0379 at the gate.

crate::codes! {
    UNREADABLE_LINE = "E0300", "an sdkconfig line cannot be read",
        "Kconfig reads `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, comments and blank lines. It drops any other \
         line with a warning in the configure log; here it stops the build.";
    SPACE_AROUND_EQUALS = "E0301", "white space around the `=` of an sdkconfig line",
        "Kconfig takes white space before the `=` for a part of the name and after it for a part of the value, and \
         drops the line in silence. Remove it.";
    UNREADABLE_VALUE = "E0302", "an sdkconfig value cannot be read",
        "A value is `y`, `n`, a decimal number, a hexadecimal one with `0x`, or a string in double quotes. Kconfig drops \
         a line with another value, and the earlier value stays.";
    GLUED_LINES = "E0303", "two sdkconfig lines are glued together",
        "A line end is missing, as when a fragment without a final line end is followed by another one. Kconfig loses \
         at least one of the two.";
    DOUBLED_PREFIX = "E0304", "the prefix `CONFIG_` stands twice",
        "In sdkconfig files a symbol has the prefix once; in config.toml it has none.";
    LOOSE_VALUE = "E0305", "something after an sdkconfig value is ignored",
        "For a bool Kconfig looks at the first letter only, and a string ends at its closing quote; whatever follows \
         has no effect.";
    COMMENT_NOT_SET = "E0306", "a comment looks like `# CONFIG_X is not set` and is none",
        "`# CONFIG_X is not set` sets a bool to n, but only when it is written exactly so.";
    NO_FINAL_NEWLINE = "E0307", "a fragment does not end with a line end",
        "MicroPython's CMake files put the fragments one after another as they are, so that its last line and the first \
         one of the next fragment become one. This tool reads each file on its own and loses nothing.";
    BYTE_ORDER_MARK = "E0308", "a fragment begins with a byte order mark",
        "Kconfig takes the mark for a part of the first line and drops that line. This tool reads it.";
    DEPRECATED_BLOCK = "E0309", "the block of deprecated options is not read",
        "A full sdkconfig ends with a list of the old names of symbols, which Kconfig writes and does not read back.";
    CONTRADICTION = "E0310", "a symbol is set to two values",
        "Within one layer the last value would win in silence. Among MicroPython's own fragments that is a note; among \
         the user's it is an error.";
    TWO_MEMBERS = "E0311", "two members of one choice are set",
        "Exactly one member of a Kconfig choice is y; the last one set would win in silence.";
    OWNED = "E0312", "a symbol is set that a key of the config owns",
        "What has a key in config.toml (flash size, partition table) is set there and nowhere else.";
    DUPLICATE = "E0313", "a symbol is set twice to the same value",
        "Both lines say the same, so one of them can go; left alone, a later change of only one of them is a contradiction.";
    CHOICE_OFF = "E0314", "`n` on a member of a choice has no effect",
        "Kconfig ignores `n` on the chosen member: a choice changes only when another member is set to `y`.";
    OFF_NOT_BOOL = "E0315", "a number or string cannot be unset",
        "`CONFIG_X=n`, `CONFIG_X=` and `# CONFIG_X is not set` mean something for a bool alone; for a symbol of another \
         type Kconfig ignores them, and the earlier value stays.";
    TYPE_CLASH = "E0316", "a symbol is given values of two types",
        "A Kconfig symbol has one type, so one of the two values is ignored.";
    KNOWN_MISTAKE = "E0320", "a name that does nothing is set",
        "The name is often written for another one: no Kconfig file of ESP-IDF 5 or 6 defines it, or it has no prompt \
         and follows from others.";
    UNKNOWN = "E0330", "ESP-IDF has no such symbol",
        "No Kconfig file of the ESP-IDF in use, nor of the components that are there, defines the name for any chip. Kconfig \
         drops such a line, mostly in silence. `cargo xtask sdkconfig --search WORDS` finds names.";
    OTHER_CHIP = "E0331", "a symbol is not for this chip",
        "Kconfig files of other chips define it, those of this one do not. `n` for it is fine: it is not there.";
    NO_PROMPT = "E0332", "a symbol cannot be set",
        "A symbol without a prompt follows from others, which select it or give its defaults; Kconfig ignores what an \
         sdkconfig says about it.";
    WRONG_TYPE = "E0333", "a value is not of its symbol's type",
        "A bool takes `y` or `n`, an int a decimal number, a hex a hexadecimal one, a string a text in double quotes. \
         Kconfig drops another value, and the symbol keeps its default.";
    OUT_OF_RANGE = "E0334", "a value is out of its symbol's range",
        "Kconfig drops it and takes the symbol's default, not the value of MicroPython's fragment.";
    UNMET = "E0335", "what a symbol depends on is not there",
        "A symbol takes effect only when every `depends on` of it and of the menus around it holds. Kconfig drops the line in \
         silence. `cargo xtask sdkconfig --board B --explain SYMBOL` shows all conditions with their present values.";
    FORCED = "E0336", "another symbol selects what was switched off",
        "A `select` beats the sdkconfig: as long as the selecting symbol is y, the selected one is y as well.";
    NOT_JUDGED = "E0337", "a symbol cannot be judged before configure",
        "The name may belong to a component that the component manager fetches during configure. The gate judges it \
         afterwards.";
    NO_KCONFIG = "E0338", "sdkconfig symbols are not judged before configure",
        "Names, types, ranges and dependencies are in ESP-IDF's own Kconfig files, and no ESP-IDF is there yet. The gate after \
         configure judges every symbol. `cargo xtask setup` gets the ESP-IDF that config.toml pins.";
    NOT_TAKEN_ABSENT = "E0350", "a symbol that was asked for is not in the effective sdkconfig",
        "ESP-IDF has no such symbol, or not for this chip, or a dependency of it is not met. Kconfig drops it, mostly \
         in silence.";
    NOT_TAKEN = "E0351", "a symbol has another value than was asked for",
        "Another symbol selects it, the value is not of its type, it is out of range, or it has no prompt and follows \
         from others.";
    OTHER_MEMBER = "E0352", "another member of a choice took effect",
        "The member that was asked for is not available (a dependency of it is not met), so Kconfig chose another one.";
    RENAMED = "E0353", "a symbol has another name in this ESP-IDF",
        "ESP-IDF's sdkconfig.rename files map the old name to the new one. It takes effect, as long as the list has it.";
    READ_AS_HEX = "E0354", "a number without `0x` is read as hexadecimal",
        "The symbol is a hex symbol: Kconfig takes `10` for 16. Write it with `0x`.";
    BOOTLOADER_DIFFERS = "E0355", "the bootloader is configured otherwise than the app",
        "ESP-IDF configures app and bootloader from one sdkconfig. Where the two differ in a symbol that was asked for, the \
         bootloader does not do what the config says.";
}
