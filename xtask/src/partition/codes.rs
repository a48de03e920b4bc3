//! The codes of findings in partition tables: E0400 to E0449.
//!
//! E0400 to E0429 are what gen_esp32part.py refuses or warns of, E0430 to E0443 this tool's own rules, E0444 the
//! bootloader's, E0445 to E0449 those of layout files. E0412 belongs to the verification of images.

crate::codes! {
    ROW_TYPE = "E0400", "the type of a partition is missing or unknown",
        "The second column of a row is `app`, `data`, or a number from 0x40 to 0xfe for types of one's own. ESP-IDF 5.4 and later also know `bootloader` and `partition_table`.";
    ROW_SUBTYPE = "E0401", "the subtype of a partition is missing or unknown",
        "The third column is one of the words that the ESP-IDF release in use knows for the row's type, or a number. An app needs one; a blank one otherwise means `undefined` (6).";
    ROW_NUMBER = "E0402", "an offset or a size is no number",
        "Offsets and sizes are decimal or hexadecimal numbers of bytes, with K or M behind them for 1024 and 1024 * 1024: `0x6000`, `24K`, `2M`. A decimal number does not start with 0.";
    ROW_SIZE_MISSING = "E0403", "a partition has no size",
        "The offset of a row may be blank, its size may not.";
    ROW_FLAG = "E0404", "a flag is unknown",
        "The flags are `encrypted` and, since ESP-IDF 5.2, `readonly`, joined by a colon, in lower case.";
    ROW_VARIABLE = "E0405", "a line starts with an unknown variable",
        "gen_esp32part.py replaces `$NAME` by the environment's value; a line that still starts with one is refused.";
    ROW_RANGE = "E0406", "a value does not fit its field of the binary table",
        "Type and subtype are one byte, offset and size 32 bits without a sign. A negative size means `up to this address`, which must lie behind the offset.";
    ROW_ORDER = "E0407", "a row starts before the end of the row above it",
        "ESP-IDF wants the rows of a CSV in the order of their offsets, and the first one behind the sector of the table itself.";
    OFFSET_ALIGNMENT = "E0408", "the offset of a partition is not aligned",
        "Apps start at multiples of 0x10000, since the chip maps flash by pages of 64 KiB; all others at multiples of 0x1000, the smallest unit that can be erased.";
    APP_SIZE_ALIGNMENT = "E0409", "the size of an app partition is not aligned",
        "An app is erased and signed by whole units: 4 KiB since ESP-IDF 5.3 or with secure boot v2, 64 KiB with secure boot v1.";
    NAME_IS_KEYWORD = "E0410", "a partition is named like a type or subtype that it has not",
        "The name of a row is free, but one that is the word of another type or subtype is most often a mistake in a column.";
    READONLY = "E0411", "a partition that the system writes is marked read-only",
        "The records of OTA updates and core dumps are written while the device runs, so ESP-IDF 5.2 and later refuse `readonly` there.";
    NVS_SMALL = "E0413", "an NVS partition is too small to be written",
        "NVS needs three sectors (0x3000) to move its pages about; a smaller one must be `readonly` since ESP-IDF 5.5.";
    NAME_TWICE = "E0414", "two partitions have the same name",
        "Programs find a partition by its name, so each name may occur once.";
    OVERLAP = "E0415", "two partitions overlap",
        "Each byte of the flash belongs to one partition at most.";
    OTADATA = "E0416", "the record of OTA updates is not there exactly once with 0x2000 bytes",
        "A row `data, ota` holds two sectors that say which slot boots. There is one such row, of exactly 0x2000 bytes; the same holds for `data, tee_ota` since ESP-IDF 5.5.";
    BEYOND_FLASH = "E0417", "the table ends behind the end of the flash",
        "Every partition must lie within the flash size that the board declares.";
    TOO_MANY_ROWS = "E0418", "the table has more rows than its binary can hold",
        "The binary has 0xC00 bytes: 94 rows of 32 bytes beside the digest and the end mark, 95 without the digest.";
    BINARY = "E0419", "the bytes are no partition table",
        "A table is a list of 32-byte rows that start with AA 50, a row EB EB with the MD5 digest of what precedes it, and a row of FF at its end.";
    BINARY_DIGEST = "E0420", "the digest of the table does not match its rows",
        "The bytes were changed after the table was made, or the file is damaged. Make the table anew from its CSV.";
    BINARY_FLAGS = "E0421", "a row has flag bits that no known ESP-IDF release uses",
        "Bit 0 is `encrypted`, bit 1 `readonly`. A CSV cannot express the others.";
    EXTRA_SUBTYPE = "E0422", "an extra partition subtype has a value that is taken",
        "EXTRA_PARTITION_SUBTYPES adds words for subtypes; each needs a value that no other word of its type has.";
    ENCODING = "E0423", "the file is not the text that this ESP-IDF release reads",
        "A CSV is UTF-8 without a byte order mark. ESP-IDF 5.4.2 and later also read UTF-8 and UTF-16 with one.";
    BOOTLOADER_OFFSET = "E0424", "the row of a bootloader has no place",
        "Since ESP-IDF 5.5 the place of a bootloader row comes from the sdkconfig: CONFIG_BOOTLOADER_OFFSET_IN_FLASH, which lies below the table, and CONFIG_BOOTLOADER_RECOVERY_OFFSET.";
    BELOW_TABLE = "E0425", "a partition starts before the end of the table's sector",
        "The bootloader and the table lie at the flash's start; partitions start behind the table's sector of 0x1000 bytes.";
    OTADATA_MISSING = "E0430", "the table has OTA slots but no otadata",
        "Without a row `data, ota` of 0x2000 bytes the bootloader cannot remember which slot boots, so that no update ever takes effect.";
    SLOT_NUMBERS = "E0431", "the OTA slots are not numbered from ota_0 without a gap",
        "The bootloader counts the slots and reaches only those numbered below the count. A slot behind a gap never boots; of two with one number only the last is seen.";
    SLOT_ALONE = "E0432", "there is only one OTA slot",
        "An update is written to a slot that is not running: with one alone there is none.";
    SLOT_SIZES = "E0433", "the OTA slots differ in size",
        "An update goes to each slot in turn, so the smallest one limits every update.";
    NO_APP = "E0434", "the table has no app partition",
        "There is nothing to boot: a row of type `app` is needed, with the subtype `factory` or `ota_0`.";
    ZERO_SIZE = "E0435", "a partition has no bytes",
        "ESP-IDF's tool accepts a size of 0, but nothing can be stored there.";
    DATA_SIZE_ALIGNMENT = "E0436", "the size of a data partition is no multiple of 4 KiB",
        "Flash is erased by sectors of 4 KiB; what lies behind the last whole one cannot be used, or belongs to the next partition as well.";
    APP_TOO_LARGE = "E0437", "an app partition is larger than the bootloader accepts",
        "The bootloader refuses to load an app from a partition of more than 16 MiB, except on some chips with recent releases of ESP-IDF.";
    LABEL = "E0438", "a name is not what the binary keeps",
        "The binary keeps 16 bytes of a name. It should be 1 to 15 bytes of printable text, so that programs find the partition by it.";
    NVS_MISSING = "E0439", "no partition is named `nvs`",
        "MicroPython's makeimg.py takes the room of the table from the row with exactly this name, and stops without it; the WiFi driver keeps its data there.";
    FIRST_BOOT = "E0440", "the first app in the table is not the one that boots",
        "MicroPython's makeimg.py writes the app to the first app row of the table. The bootloader starts `factory`, else `ota_0`: an empty partition.";
    NO_FILESYSTEM = "E0441", "there is no room for a filesystem",
        "MicroPython mounts the data partition named `vfs` or `ffat`. Since 1.26 it makes one from the space between the last partition and the end of the flash where the table has none; up to 1.25 the row is needed.";
    SMALL_SLOT = "E0442", "an app partition is smaller than a typical app",
        "The app will most probably not fit. Give the row more room, or the filesystem less.";
    NO_SLOTS = "E0443", "updates over the air are required, but the table has no OTA slots",
        "`require = [\"ota\"]` asks for two slots of one size, `ota_0` and `ota_1`, and a row `data, ota` of 0x2000 bytes.";
    BOOTLOADER_REFUSES = "E0444", "the bootloader refuses the table",
        "At each start the bootloader checks the table against the flash size in its own image header; a table that it refuses boots nothing.";
    LAYOUT_SYNTAX = "E0445", "a layout file is not TOML",
        "A layout is a TOML file of `[[partition]]` tables with `name`, `type`, `subtype` and `size`, and `offset` and `flags` where they are wanted.";
    LAYOUT_KEY = "E0446", "a layout file has an unknown key, or lacks one",
        "The keys of a row are `name`, `type`, `subtype`, `size`, `offset` and `flags`; the first four are needed.";
    LAYOUT_VALUE = "E0447", "a value of a layout file is not what its key takes",
        "A size is a number of bytes, `\"24K\"`, `\"2M\"`, `\"equal\"` or `\"rest\"`; an offset a number of bytes or such a text; flags a list of `\"encrypted\"` and `\"readonly\"`.";
    LAYOUT_ROOM = "E0448", "the rows of a layout do not fit the flash",
        "The rows with a size of their own leave nothing for the others, or are larger than the flash themselves.";
    LAYOUT_SHARE = "E0449", "a layout has more than one kind of row that takes what is left",
        "Rows with `equal` share all that is left, and so does one row with `rest`: a layout has several of the former or one of the latter.";
}
