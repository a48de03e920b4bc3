//! Which keys each table of `config.toml` has, of what shape: the one list behind reader, messages and editor schema.
//!
//! What a value means is checked elsewhere.

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Text,
    Flag,
    /// A number of bytes, or a text with a unit.
    Size,
    /// A list of texts.
    List,
    /// Kconfig symbols and their values.
    Symbols,
    /// Tables by name: variants.
    Tables,
}

impl Shape {
    /// With its article, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Flag => "a switch",
            Self::Size => "a size",
            Self::List => "a list of texts",
            Self::Symbols | Self::Tables => "a table",
        }
    }
}

/// A key that a table may have.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    /// How it is written, as TOML.
    pub example: &'static str,
    /// One sentence for editors and messages.
    pub about: &'static str,
}

const fn key(name: &'static str, shape: Shape, example: &'static str, about: &'static str) -> Key {
    Key { name, shape, example, about }
}

/// `[micropython]`
pub static MICROPYTHON: &[Key] = &[
    key(
        "git",
        Shape::Text,
        "git = \"https://github.com/micropython/micropython.git\"",
        "Where `setup` clones MicroPython from.",
    ),
    key("rev", Shape::Text, "rev = \"v1.28.0\"", "The MicroPython release to build: a tag or a commit."),
    key(
        "path",
        Shape::Text,
        "path = \"../micropython\"",
        "A checkout of your own, built as it is instead of `git` and `rev`.",
    ),
];

/// `[esp-idf]`
pub static ESP_IDF: &[Key] = &[
    key(
        "git",
        Shape::Text,
        "git = \"https://github.com/espressif/esp-idf.git\"",
        "Where `setup` clones ESP-IDF from.",
    ),
    key("rev", Shape::Text, "rev = \"v5.5.1\"", "The ESP-IDF release to build with: a tag or a commit."),
    key(
        "path",
        Shape::Text,
        "path = \"~/esp/esp-idf\"",
        "An ESP-IDF of your own, used as it is instead of `git` and `rev`.",
    ),
];

/// `[build]`
pub static BUILD: &[Key] = &[
    key("ccache", Shape::Flag, "ccache = true", "Whether to compile through ccache where it is installed."),
    key(
        "reproducible",
        Shape::Flag,
        "reproducible = true",
        "Whether the same inputs give the same bytes: APP_REPRODUCIBLE_BUILD and SOURCE_DATE_EPOCH.",
    ),
    key(
        "min-free",
        Shape::Size,
        "min-free = \"32K\"",
        "The least room that an app must leave free in every slot.",
    ),
];

/// `[board.NAME]`; all of them but those of [`BOARD_ONLY`] may stand in `[board.NAME.variant.NAME]` too.
pub static BOARD: &[Key] = &[
    key(
        "description",
        Shape::Text,
        "description = \"ESP32-S3-WROOM-1-N8\"",
        "What people should know of it.",
    ),
    key(
        "base",
        Shape::Text,
        "base = \"ESP32_GENERIC_S3\"",
        "The MicroPython board that it builds on, or the path of a board folder of your own.",
    ),
    key("base-variant", Shape::Text, "base-variant = \"SPIRAM_OCT\"", "A variant that the base knows."),
    key("board-name", Shape::Text, "board-name = \"SMW S3\"", "MICROPY_HW_BOARD_NAME, as the REPL shows it."),
    key("flash-size", Shape::Text, "flash-size = \"8MB\"", "The size of the flash chip."),
    key(
        "partitions",
        Shape::Text,
        "partitions = \"ota\"",
        "The partition layout: partitions/NAME.csv or partitions/NAME.toml.",
    ),
    key(
        "released",
        Shape::Text,
        "released = \"partitions/released/smw-s3.csv\"",
        "The table that devices in the field have, as CSV, binary or merged image: one that would strand them is refused.",
    ),
    key("require", Shape::List, "require = [\"ota\"]", "What must be proven of the image."),
    key(
        "modules",
        Shape::List,
        "modules = [\"boards/smw-s3/modules/smw\"]",
        "C modules: folders with a micropython.cmake.",
    ),
    key(
        "manifest",
        Shape::Text,
        "manifest = \"boards/smw-s3/manifest.py\"",
        "The manifest of frozen Python; replaces the base's.",
    ),
    key(
        "fragments",
        Shape::List,
        "fragments = [\"boards/smw-s3/sdkconfig.extra\"]",
        "sdkconfig files that are read after the base's.",
    ),
    key(
        "header",
        Shape::Text,
        "header = \"boards/smw-s3/mpconfigboard.h\"",
        "A C header that is included after the base's mpconfigboard.h.",
    ),
    key("pins", Shape::Text, "pins = \"boards/smw-s3/pins.csv\"", "Named pins; replaces the base's."),
    key("default-variant", Shape::Text, "default-variant = \"ota\"", "What `--board NAME` alone builds."),
    key(
        "sdkconfig",
        Shape::Symbols,
        "sdkconfig = { LWIP_LOCAL_HOSTNAME = \"smw-s3\" }",
        "Kconfig symbols without the prefix CONFIG_.",
    ),
    key(
        "variant",
        Shape::Tables,
        "[board.NAME.variant.ota]",
        "Builds of this board that differ in some keys; each is an overlay on the board.",
    ),
];

/// The keys of a board that a variant has not.
pub const BOARD_ONLY: [&str; 2] = ["default-variant", "variant"];

/// The keys of `[board.NAME.variant.NAME]`.
pub fn variant_keys() -> Vec<&'static Key> {
    BOARD.iter().filter(|key| !BOARD_ONLY.contains(&key.name)).collect()
}

/// What `require` may list.
pub const REQUIREMENTS: [(&str, &str); 3] = [
    ("ota", "at least two equal slots that the app fits, and otadata"),
    ("rollback", "the bootloader goes back to the former app when the new one fails"),
    ("filesystem", "MicroPython finds room for a filesystem"),
];

/// The tables of the file.
pub const SECTIONS: [&str; 4] = ["micropython", "esp-idf", "build", "board"];

/// Whether a name may be part of a path in MicroPython's `boards` folder.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
