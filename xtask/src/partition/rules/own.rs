//! What gen_esp32part.py lets pass although the device, the bootloader or MicroPython fails on it.
//!
//! It repeats none of `check_idf`'s rules. Whether the built app fits its slot is verification's to say.

use super::{at, beyond_flash, slots};
use crate::chip::{Chip, FlashSize, bytes, human_size};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, quoted_list};
use crate::partition::codes;
use crate::partition::table::{Field, LABEL_BYTES, Partition, Table};
use crate::version::Version;
use std::collections::BTreeMap;

/// What the board's owner asks to be proven, as far as the table decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Require {
    pub ota: bool,
    /// Needs what `ota` needs.
    pub rollback: bool,
    pub filesystem: bool,
}

/// What the table is for. `None` is "not known": the rules that need it are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnContext {
    pub chip: Option<&'static Chip>,
    pub idf: Option<Version>,
    /// Without it, a filesystem is taken to be made as MicroPython 1.26 and later do.
    pub micropython: Option<Version>,
    pub flash_size: Option<FlashSize>,
    pub require: Require,
    /// The table is MicroPython's own, unchanged: what `require` does not ask for is a warning then.
    pub unchanged_stock_table: bool,
    /// Bytes that an app slot should have; `words::typical_app_bytes` where nothing better is known.
    pub min_app_size: Option<u64>,
}

/// Least room for a filesystem at the flash's end, in bytes: the MMU's page, by which tables are laid out, and 16 blocks
/// of littlefs. MicroPython itself takes any space at all, but less than this holds a few files of one block each.
pub const FILESYSTEM_BYTES_MIN: u64 = 64 << 10;

/// First release that makes `vfs` from what is left of the flash. Source: MicroPython v1.26.0 `ports/esp32/main.c`.
const MAKES_FILESYSTEM: Version = Version::new(1, 26, 0);

/// Largest app partition that the bootloader loads from. Source: ESP-IDF v5.5 `esp_image_format.c`.
const APP_BYTES_MAX: u32 = 16 << 20;

/// Judges what `check_idf` does not.
pub fn check_own(table: &Table, context: &OwnContext) -> Diagnostics {
    let mut found = Diagnostics::default();
    for partition in &table.partitions {
        check_size(partition, context, &mut found);
        check_label(partition, &mut found);
    }
    check_labels_differ(table, &mut found);
    check_ends(table, context, &mut found);
    check_makeimg(table, &mut found);
    slots::check_apps(table, context, &mut found);
    if context.unchanged_stock_table {
        let softened = found.0.iter_mut().filter(|d| d.severity == Severity::Error);
        softened.for_each(|d| d.severity = Severity::Warning);
    }
    slots::check_updates(table, context, &mut found);
    check_filesystem(table, context, &mut found);
    found
}

fn check_size(partition: &Partition, context: &OwnContext, found: &mut Diagnostics) {
    let (name, size) = (&partition.name, partition.size);
    let mut push = |diagnostic: Diagnostic| found.push(at(diagnostic, partition.column(Field::Size)));
    if size == 0 {
        let message = format!("partition `{name}` has a size of 0");
        push(Diagnostic::error(&codes::ZERO_SIZE, message).help("give it a size, or remove the row"));
    }
    if !partition.is_app() && !size.is_multiple_of(0x1000) {
        let message = format!("size {size:#x} of `{name}` is no multiple of 0x1000");
        let below = size - size % 0x1000;
        let help = format!("make it {below:#x} or {:#x}", u64::from(below) + 0x1000);
        push(Diagnostic::error(&codes::DATA_SIZE_ALIGNMENT, message).help(help));
    }
    if !partition.is_app() {
        return;
    }
    let refuses = match (context.chip, context.idf) {
        (Some(chip), Some(idf)) => !chip.boots_large_apps(idf),
        _ => true,
    };
    if size > APP_BYTES_MAX && refuses {
        let chip = context
            .chip
            .map_or("the bootloader".into(), |chip| format!("the bootloader of the {}", chip.label));
        let message = format!("app `{name}` has {}, but {chip} loads at most 16 MiB", bytes(size.into()));
        push(Diagnostic::error(&codes::APP_TOO_LARGE, message).help("make it 0x1000000 or smaller"));
    }
    if let Some(least) = context.min_app_size.filter(|&least| size > 0 && u64::from(size) < least) {
        let missing = human_size(least - u64::from(size));
        let (size, least) = (human_size(size.into()), human_size(least));
        let message = format!("app `{name}` has {size}, {missing} less than a typical app of {least}");
        push(
            Diagnostic::warning(&codes::SMALL_SLOT, message)
                .help("give it more room, or the filesystem less"),
        );
    }
}

fn check_label(partition: &Partition, found: &mut Diagnostics) {
    let name = &partition.name;
    let shown = name.escape_debug();
    let length = name.len();
    let (severity, message) = if name.is_empty() {
        (Severity::Error, "a partition has no name".to_owned())
    } else if name.chars().any(char::is_control) {
        (Severity::Error, format!("name `{shown}` has control characters"))
    } else if length > LABEL_BYTES {
        let kept = String::from_utf8_lossy(partition.label());
        (Severity::Error, format!("name `{shown}` has {length} bytes, of which the table keeps 16: `{kept}`"))
    } else if length == LABEL_BYTES {
        // The bootloader and esp_partition copy all 16, other readers look for the zero that is not there.
        (Severity::Warning, format!("name `{shown}` has 16 bytes, so that the table has no zero behind it"))
    } else {
        return;
    };
    let diagnostic = Diagnostic::new(&codes::LABEL, severity, message);
    found.push(at(diagnostic, partition.column(Field::Name)).help("give it a name of 1 to 15 bytes"));
}

fn check_labels_differ(table: &Table, found: &mut Diagnostics) {
    let mut seen: BTreeMap<&[u8], &Partition> = BTreeMap::new();
    for partition in &table.partitions {
        let Some(first) = seen.insert(partition.label(), partition) else {
            continue;
        };
        if first.name == partition.name {
            continue;
        }
        let (name, other) = (&partition.name, &first.name);
        let message = format!("`{name}` and `{other}` agree in the 16 bytes that the table keeps");
        let diagnostic = at(Diagnostic::error(&codes::LABEL, message), partition.column(Field::Name));
        found.push(
            at(diagnostic, first.column(Field::Name))
                .help("give them names that differ in the first 15 bytes"),
        );
    }
}

/// Every row's end, where gen_esp32part.py looks at one of them alone, and only if it is told the flash size.
fn check_ends(table: &Table, context: &OwnContext, found: &mut Diagnostics) {
    let Some(flash) = context.flash_size else { return };
    let beyond = table.partitions.iter().filter(|row| row.end() > u64::from(flash.bytes()));
    beyond.for_each(|row| found.push(beyond_flash(row, flash)));
}

/// What makeimg.py needs. Source: MicroPython v1.20 to v1.28, `ports/esp32/makeimg.py`.
fn check_makeimg(table: &Table, found: &mut Diagnostics) {
    if table.find("nvs").is_none() {
        let named = table.partitions.iter().map(|row| row.name.as_str());
        let diagnostic = Diagnostic::error(&codes::NVS_MISSING, "no partition is named `nvs`");
        let place = table.partitions.first().and_then(|row| row.place.as_ref());
        found.push(
            at(diagnostic, place)
                .because(format!("the table has {}", quoted_list(named, "and")))
                .help("add a row `nvs, data, nvs, , 0x6000` at the top"),
        );
    }
}

/// Whether MicroPython finds or makes a filesystem. Source: MicroPython v1.28.0 `ports/esp32/main.c`,
/// `boardctrl_startup`, and `ports/esp32/modules/flashbdev.py`.
fn check_filesystem(table: &Table, context: &OwnContext, found: &mut Diagnostics) {
    if table.filesystem().is_some() {
        return;
    }
    let wanted = context.require.filesystem;
    let severity = if wanted { Severity::Error } else { Severity::Warning };
    let release = context.micropython.unwrap_or(MAKES_FILESYSTEM);
    let place = table.partitions.last().and_then(|row| row.place.as_ref());
    let refuse = |message: String| at(Diagnostic::new(&codes::NO_FILESYSTEM, severity, message), place);
    if release < MAKES_FILESYSTEM {
        let message =
            format!("no data partition is named `vfs`, and MicroPython {release} makes none by itself");
        found.push(refuse(message).help("add a row `vfs, data, fat` at the end of the table"));
        return;
    }
    let Some(flash) = context.flash_size else { return };
    let free = table.free_at_end(flash.bytes());
    if free < FILESYSTEM_BYTES_MIN {
        let (end, least) = (table.end(), human_size(FILESYSTEM_BYTES_MIN));
        let message = format!(
            "no room for a filesystem: {} left behind {end:#x} of {flash} of flash, and {least} are the least",
            bytes(free)
        );
        found.push(
            refuse(message).help("make the app partitions smaller, or add a data partition named `vfs`"),
        );
    }
}
