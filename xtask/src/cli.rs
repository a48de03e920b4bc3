//! The command line: verbs, flags and their help. What they do is in `commands`.

mod image;

pub use image::{Diff, Erase, Extract, Image, Info, Merge, Output, Repartition, SetBoot, Write};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Boards are declared in config.toml. Examples:
  cargo xtask build --board smw-s3             one merged sdkconfig, MicroPython's own build, and
                                               the image's bytes verified against the declaration
  cargo xtask build --board smw-s3 --stand-in  the same for a first try, without ESP-IDF
  cargo xtask doctor                           what is there, and what is missing";

// clap spreads a help over several lines an option as soon as one text has a second paragraph or a value has a help of
// its own. Each text here is one paragraph, so that a verb's help fits a screen.
/// Build MicroPython firmware for the ESP32 family, and prove what is in it
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, disable_help_subcommand = true)]
#[command(max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// The config to use instead of the workspace's config.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The MicroPython checkout to use, whatever the config says
    #[arg(long, global = true, value_name = "DIR")]
    pub micropython: Option<PathBuf>,
    /// The ESP-IDF to use, whatever the config and IDF_PATH say
    #[arg(long, global = true, value_name = "DIR")]
    pub idf: Option<PathBuf>,
    /// Use the bundled stand-in port for MicroPython v1.28.0 with ESP-IDF v5.5.1, or v1.23.0 with v5.1.2: the image will
    /// not boot
    #[arg(long, global = true, value_name = "PAIR", num_args = 0..=1, require_equals = true, default_missing_value = "1.28")]
    pub stand_in: Option<StandIn>,
    /// How results are printed to stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    // Under a heading of its own: so long a name would move every help text to a line of its own.
    /// Build with an ESP-IDF release that this MicroPython does not support
    #[arg(long, global = true, help_heading = "Rarely")]
    pub dangerously_use_unsupported_idf: bool,
}

/// The stand-in's pair of releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StandIn {
    // MicroPython v1.28.0 with ESP-IDF v5.5.1; a doc comment would be shown by every help.
    #[value(name = "1.28")]
    V1_28,
    // MicroPython v1.23.0 with ESP-IDF v5.1.2.
    #[value(name = "1.23")]
    V1_23,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Which boards a verb is for.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// The board, as config.toml names it
    #[arg(long, short, value_name = "NAME", conflicts_with = "all")]
    pub board: Option<String>,
    /// The variant of the board; without it the board's default variant
    #[arg(long, value_name = "NAME", requires = "board")]
    pub variant: Option<String>,
    /// Every board with every variant
    #[arg(long)]
    pub all: bool,
}

const COMPLETIONS: &str = "\
In your shell's start file, after cargo's own completion (`rustup completions SHELL cargo`):
  bash  ~/.bashrc                   eval \"$(cargo xtask completions bash)\"
  zsh   ~/.zshrc, after compinit    eval \"$(cargo xtask completions zsh)\"
  fish  ~/.config/fish/config.fish  cargo xtask completions fish | source
cargo finds xtask inside the repository only: elsewhere save the script in a file, and source that.";

/// The shells whose completion of cargo can be added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Build a board's firmware, verify the image and collect it in dist/
    #[command(after_help = "Example: cargo xtask build --board smw-s3 --variant ota")]
    Build(Build),
    /// List the config's boards and variants, or MicroPython's own
    List(List),
    /// Check everything that can be known before ESP-IDF runs
    Check(Check),
    /// Print what build would do: commands, environment, files, partition table
    Plan(Plan),
    /// Print the one merged sdkconfig; explain, search and compare symbols
    Sdkconfig(Sdkconfig),
    /// Check, show and convert partition tables
    #[command(subcommand)]
    Partitions(Partitions),
    /// Verify a firmware image, built here or elsewhere
    #[command(after_help = "Example: cargo xtask verify firmware.bin --require ota")]
    Verify(Verify),
    /// Look into a firmware image, take parts out of it, change its layout or its parts
    #[command(subcommand)]
    Image(Image),
    /// Get the pinned MicroPython and ESP-IDF, and install ESP-IDF's tools
    Setup(Setup),
    /// Say what is there, what is missing, and the command that mends it
    Doctor,
    /// Explain a finding's code
    Explain(Explain),
    /// Print the JSON schema of config.toml, for editors
    Schema,
    /// Print a script that completes `cargo xtask` in a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Remove build folders; dist/ stays
    Clean(Clean),
}

#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    pub which: Which,
    /// Build from nothing, also when nothing changed
    #[arg(long)]
    pub force: bool,
    /// Make the firmware from this MicroPython image instead of a compile, with the declared table and flash size. What an
    /// image cannot give is an error, another MicroPython than the pinned one too; another ESP-IDF is a warning
    #[arg(long, value_name = "FILE", requires = "board", conflicts_with_all = ["all", "force"])]
    pub from_image: Option<PathBuf>,
    /// Show the programs' whole output
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct List {
    /// List MicroPython's own boards and variants instead
    #[arg(long)]
    pub port: bool,
}

#[derive(Debug, Args)]
pub struct Check {
    /// The board, as config.toml names it; without it every board
    #[arg(long, short, value_name = "NAME", conflicts_with = "all")]
    pub board: Option<String>,
    /// The variant of the board; without it the board's default variant
    #[arg(long, value_name = "NAME", requires = "board")]
    pub variant: Option<String>,
    /// Every board with every variant (the default)
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sdkconfig {
    #[command(subcommand)]
    pub action: Option<SdkconfigAction>,
    #[command(flatten)]
    pub which: Which,
    /// Who set it and whom it beat; its type, range, dependencies
    #[arg(long, value_name = "SYMBOL")]
    pub explain: Option<String>,
    /// The chip's symbols with all these words in name or prompt
    #[arg(long, value_name = "WORDS", num_args = 1.., conflicts_with = "explain")]
    pub search: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum SdkconfigAction {
    /// What two builds ask for differently, and who asks for it
    Diff(SdkconfigDiff),
}

#[derive(Debug, Args)]
pub struct SdkconfigDiff {
    /// A build's id, as `list` shows it, or a board
    #[arg(value_name = "A")]
    pub a: String,
    /// The other one
    #[arg(value_name = "B")]
    pub b: String,
}

#[derive(Debug, Subcommand)]
pub enum Partitions {
    /// Check a table against ESP-IDF's rules and this tool's
    Lint(Table),
    /// Show a table and a picture of the flash
    Show(Table),
    /// Convert a CSV, a binary table or a layout to CSV or binary
    Convert(Convert),
}

#[derive(Debug, Args)]
pub struct Table {
    /// A CSV, a binary table, or a layout (.toml)
    pub file: PathBuf,
    /// Flash size that the table must fit, such as 8MB; a layout needs it
    #[arg(long, value_name = "SIZE")]
    pub flash_size: Option<String>,
    /// ESP-IDF release whose rules apply
    #[arg(long, value_name = "VERSION", default_value = "5.5.1")]
    pub idf_version: String,
    /// ESP-IDF's rules alone, or this tool's as well
    #[arg(long, value_enum, default_value_t = Rules::All)]
    pub rules: Rules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rules {
    Idf,
    All,
}

#[derive(Debug, Args)]
pub struct Convert {
    #[command(flatten)]
    pub table: Table,
    /// The file to write: binary when it ends in .bin, else CSV; without it CSV to stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The image: merged, app alone, or a partition table
    pub image: PathBuf,
    /// Verify against this board's declaration
    #[arg(long, short, value_name = "NAME")]
    pub board: Option<String>,
    /// The board's variant
    #[arg(long, value_name = "NAME", requires = "board")]
    pub variant: Option<String>,
    /// What the image must have: ota, rollback, filesystem; several with commas
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub require: Vec<String>,
    /// Flash size that the image must be for, such as 8MB
    #[arg(long, value_name = "SIZE")]
    pub flash_size: Option<String>,
    /// Chip that the image must be for, such as esp32s3
    #[arg(long, value_name = "CHIP")]
    pub chip: Option<String>,
    /// The build folder that shows how the bootloader was configured
    #[arg(long, value_name = "BUILD_DIR")]
    pub evidence: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Setup {
    /// The boards whose chips' tools are installed; without it every board of the config
    #[arg(long, short, value_name = "NAME")]
    pub board: Vec<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as E0412; without it the list of all
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct Clean {
    /// Only this board's build folders
    #[arg(long, short, value_name = "NAME")]
    pub board: Option<String>,
    /// The stand-in, the downloaded tools and what setup installed as well
    #[arg(long)]
    pub tools: bool,
}
