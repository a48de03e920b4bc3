//! The command line of `image`: what its sub-verbs take.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Image {
    /// What is in an image: chip, flash, table, apps, slots, filesystems
    Info(Info),
    /// Give an image another partition table or flash size, without a compiler
    ///
    /// The app is moved to where the new table boots, the bootloader's header states the flash size, otadata is right, and
    /// the outcome is verified before it is written. Data partitions that move or change their size are blank.
    ///
    /// Changes are made in this order: --layout, --csv or --set; --app-size; --delete; --resize; --rename; --add.
    ///
    /// Example: cargo xtask image repartition firmware.bin -o ota.bin --flash-size 8MB --layout ota
    Repartition(Repartition),
    /// Take a part out of an image: the app, the bootloader, the table, any partition
    ///
    /// Example: cargo xtask image extract firmware.bin app -o update.bin
    Extract(Extract),
    /// Put files into parts of an image: an app, a bootloader, a filesystem
    ///
    /// Example: cargo xtask image write firmware.bin vfs=files.img -o out.bin
    Write(Write),
    /// Make partitions of an image blank
    ///
    /// Example: cargo xtask image erase dump.bin nvs otadata -o out.bin
    Erase(Erase),
    /// Choose the app that boots, by a right otadata
    ///
    /// Example: cargo xtask image set-boot dump.bin ota_1 -o out.bin
    SetBoot(SetBoot),
    /// Merge parts to one image, as MicroPython's makeimg.py or as esptool's merge-bin
    ///
    /// Example: cargo xtask image merge bootloader=bootloader.bin table=partitions.bin app=micropython.bin -o firmware.bin
    Merge(Merge),
    /// What differs between two images, and whether a device that runs A can be updated to B over the air
    ///
    /// An update sends the app alone. It is possible when A has two slots and otadata, when B has the same table (or is an
    /// app alone), and when B's app fits every slot and is for the same chip and no fewer chip revisions.
    ///
    /// Exit code: 0, whatever differs; with --updatable 6 when the update is not possible, or not known to be.
    ///
    /// Example: cargo xtask image diff --updatable released.bin new.bin
    Diff(Diff),
}

#[derive(Debug, Args)]
pub struct Info {
    /// The image: a merged one, a dump of a flash, an app, a bootloader or a table
    pub file: PathBuf,
    /// Also draw the flash to scale into this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Where a changed image goes.
#[derive(Debug, Args)]
pub struct Output {
    /// The file to write; it appears whole, once the image is verified
    #[arg(
        long,
        short,
        value_name = "FILE",
        required_unless_present = "in_place",
        conflicts_with = "in_place"
    )]
    pub output: Option<PathBuf>,
    /// Write over the input file
    #[arg(long)]
    pub in_place: bool,
}

#[derive(Debug, Args)]
pub struct Repartition {
    /// The image: MicroPython's firmware.bin, a merged image, or a dump of a flash
    pub input: PathBuf,
    #[command(flatten)]
    pub output: Output,
    /// Flash size of the device, such as 8MB; without it the image's own
    #[arg(long, value_name = "SIZE")]
    pub flash_size: Option<String>,
    /// A new table by name (ota, default, original), or a layout file (.toml)
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["csv", "set"])]
    pub layout: Option<String>,
    /// A new table from ESP-IDF's CSV
    #[arg(long, value_name = "FILE", conflicts_with = "set")]
    pub csv: Option<PathBuf>,
    /// A new table by its rows: nvs=28K,factory=2M,vfs=1M,vfs2=fat:rest
    #[arg(long, value_name = "ROWS")]
    pub set: Option<String>,
    /// Size of every app partition, such as 0x1f0000 or 1984K
    #[arg(long, value_name = "SIZE")]
    pub app_size: Option<String>,
    /// Partitions to delete: NAME,...
    #[arg(long, value_name = "NAMES")]
    pub delete: Option<String>,
    /// New sizes: NAME=SIZE,...; `rest` takes all up to the next partition
    #[arg(long, value_name = "SIZES")]
    pub resize: Option<String>,
    /// New names: NAME=NEW,...
    #[arg(long, value_name = "NAMES")]
    pub rename: Option<String>,
    /// New partitions: NAME=[SUBTYPE:]SIZE[@OFFSET],...
    #[arg(long, value_name = "ROWS")]
    pub add: Option<String>,
    /// Let the new table leave space between its rows
    #[arg(long)]
    pub allow_gaps: bool,
}

#[derive(Debug, Args)]
pub struct Extract {
    /// The image: a merged one, or a dump of a flash
    pub input: PathBuf,
    /// app (the one that boots), bootloader, table, or a partition's name
    pub part: String,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// All up to the end of the part's place, not an app's or a bootloader's own bytes alone
    #[arg(long)]
    pub whole: bool,
}

#[derive(Debug, Args)]
pub struct Write {
    /// The image: a merged one, or a dump of a flash
    pub input: PathBuf,
    /// What goes where: PART=FILE, where PART is app, bootloader or a partition's name
    #[arg(required = true, value_name = "PART=FILE")]
    pub files: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Erase {
    /// The image: a merged one, or a dump of a flash
    pub input: PathBuf,
    /// Names of partitions
    #[arg(required = true, value_name = "PART")]
    pub parts: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct SetBoot {
    /// The image: a merged one, or a dump of a flash
    pub input: PathBuf,
    /// The partition whose app is to boot: ota_1, factory
    #[arg(value_name = "PART")]
    pub part: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Merge {
    /// What goes where: PART=FILE, where PART is bootloader, table, app, a partition's name, or an address such as 0x10000
    #[arg(required = true, value_name = "PART=FILE")]
    pub files: Vec<String>,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Start the file at flash 0, as esptool's merge-bin does, and not at the bootloader, as makeimg.py does
    #[arg(long)]
    pub from_zero: bool,
    /// State this flash size in the bootloader's header, such as 8MB
    #[arg(long, value_name = "SIZE")]
    pub flash_size: Option<String>,
    /// Fill the file up to the flash's end
    #[arg(long)]
    pub fill: bool,
    /// Flash address of the partition table, where it is not 0x8000
    #[arg(long, value_name = "ADDRESS")]
    pub table_offset: Option<String>,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// The image that devices run
    pub a: PathBuf,
    /// The image, or the app alone, that they are to run
    pub b: PathBuf,
    /// Fail when a device that runs A cannot be updated to B over the air
    #[arg(long)]
    pub updatable: bool,
}
