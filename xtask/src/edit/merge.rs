//! Parts merged to one image: as MicroPython's makeimg.py does it, from the bootloader on, or as esptool's merge-bin does,
//! from flash 0 on.
//!
//! The parts' own bytes stay, but for the flash size in the bootloader's header where one is asked for.

use super::parts::{app_of, bootloader_of};
use super::{Edited, Fate, Part, codes, verified};
use crate::chip::{FlashSize, parse_size};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::image::merged::{TABLE_BYTES, TABLE_OFFSET};
use crate::image::rewrite::set_flash_size;
use crate::image::{Role, app};
use crate::partition::{Table, binary};
use crate::source::Source;

/// A part at its flash address.
#[derive(Debug, Clone)]
pub struct Placed {
    pub name: String,
    pub address: u32,
    /// Bytes up to the end of its place; `None` where nothing limits it.
    pub room: Option<u32>,
    pub bytes: Vec<u8>,
    pub source: Source,
}

/// Where the file starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first part, as makeimg.py has it.
    FirstPart,
    /// At flash 0, as merge-bin has it.
    Zero,
}

/// Finds the addresses of parts that are named: `bootloader` by its chip, `table`, `app` where the table boots, any
/// partition by its name, or an address.
///
/// # Errors
/// An unknown name, a part that is missing or damaged.
pub fn place(
    files: Vec<(String, Vec<u8>, Source)>,
    table_offset: Option<u32>,
) -> Result<(Vec<Placed>, u32), Diagnostics> {
    let table_offset = table_offset.unwrap_or(TABLE_OFFSET);
    let mut found = Diagnostics::default();
    let table = read_table(&files, table_offset, &mut found);
    let mut placed = Vec::new();
    for (name, bytes, source) in files {
        match address(&name, &bytes, &source, table.as_ref(), table_offset) {
            Ok((address, room)) => placed.push(Placed { name, address, room, bytes, source }),
            Err(findings) => found.extend(findings),
        }
    }
    if found.has_errors() {
        return Err(found);
    }
    placed.sort_by_key(|part| part.address);
    Ok((placed, table_offset))
}

fn is_table(name: &str, table_offset: u32) -> bool {
    matches!(name, "table" | "partition-table")
        || name.starts_with("0x") && parse_size(name) == Some(table_offset)
}

fn read_table(
    files: &[(String, Vec<u8>, Source)],
    table_offset: u32,
    found: &mut Diagnostics,
) -> Option<Table> {
    let Some((_, bytes, source)) = files.iter().find(|(name, ..)| is_table(name, table_offset)) else {
        let message = "no part is the partition table";
        found.push(Diagnostic::error(&codes::PART_MISSING, message).help("add `table=partition-table.bin`"));
        return None;
    };
    let (table, findings) = binary::parse(bytes, source);
    found.extend(findings);
    table.map(|table| Table { table_offset, ..table })
}

fn address(
    name: &str,
    bytes: &[u8],
    source: &Source,
    table: Option<&Table>,
    table_offset: u32,
) -> Result<(u32, Option<u32>), Diagnostics> {
    let refuse = |code: &'static Code, message: String| Diagnostic::error(code, message).at(&source.whole());
    let row = table.and_then(|table| match table.find(name) {
        None if name == "app" => table.first_boot(),
        row => row,
    });
    if let Some(row) = row {
        if row.is_app() {
            app_of(bytes, row, source)?;
        }
        return Ok((row.offset, Some(row.size)));
    }
    if is_table(name, table_offset) {
        return Ok((table_offset, Some(TABLE_BYTES as u32)));
    }
    if name == "bootloader" {
        let (image, _) = app::parse(bytes, Role::Bootloader, 0, source);
        let chip = image.and_then(|image| image.chip()).map(|chip| chip.bootloader_offset);
        bootloader_of(bytes, chip.unwrap_or(0), source)?;
        let address = chip.unwrap_or(0);
        return Ok((address, Some(table_offset.saturating_sub(address))));
    }
    if let Some(address) = parse_size(name).filter(|_| name.starts_with(|c: char| c.is_ascii_digit())) {
        return Ok((address, None));
    }
    // Without a table every name of a partition is unknown, and the table's finding is enough.
    let Some(table) = table else { return Err(Diagnostics::default()) };
    let rows = table.partitions.iter().map(|row| row.name.as_str());
    let known: Vec<&str> = rows.chain(["app", "bootloader", "table"]).collect();
    let mut finding = refuse(&codes::NO_SUCH_PART, format!("the table has no partition `{name}`"));
    finding.help.extend(did_you_mean(name, known));
    Err(Diagnostics(vec![finding]))
}

/// Merges parts that are in the order of their addresses, fills what is between them with 0xFF, and verifies the image.
///
/// With `flash` the bootloader's header states it; with `fill` the file is as long as the flash.
///
/// # Errors
/// Parts that overlap or do not fit; or what verification says.
pub fn merge(
    mut placed: Vec<Placed>,
    table_offset: u32,
    start: Start,
    flash: Option<FlashSize>,
    fill: bool,
    out: &Source,
) -> Result<Edited, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut said = Vec::new();
    // The first part is the bootloader: nothing lies before it.
    let bootloader = placed.first_mut().filter(|part| part.address < table_offset);
    let stated = match bootloader {
        None => {
            let message = "no part is the bootloader";
            found.push(
                Diagnostic::error(&codes::PART_MISSING, message).help("add `bootloader=bootloader.bin`"),
            );
            None
        }
        Some(part) => {
            let (image, findings) = app::parse(&part.bytes, Role::Bootloader, part.address, &part.source);
            found.extend(findings);
            if let (Some(image), Some(size)) =
                (&image, flash.filter(|size| image_size(&image) != Some(*size)))
            {
                set_flash_size(&mut part.bytes, image, size);
                let words = format!("flash size {size} in the header, digest anew");
                said.push(Part { name: "bootloader".into(), fate: Fate::Rewritten, words });
            }
            flash.or_else(|| image_size(&image))
        }
    };
    let base = match start {
        Start::Zero => 0,
        Start::FirstPart => placed.first().map_or(0, |part| part.address),
    };
    let mut bytes = Vec::new();
    let mut previous: Option<&Placed> = None;
    for part in &placed {
        check(part, previous, stated, &mut found);
        let at = part.address.saturating_sub(base) as usize;
        if at >= bytes.len() && !found.has_errors() {
            bytes.resize(at, 0xFF);
            bytes.extend_from_slice(&part.bytes);
        }
        previous = Some(part);
    }
    if found.has_errors() {
        return Err(found);
    }
    if let Some(size) = stated.filter(|_| fill) {
        bytes.resize(size.bytes().saturating_sub(base) as usize, 0xFF);
    }
    verified(bytes, said, table_offset, out)
}

fn image_size(image: &Option<crate::image::Image>) -> Option<FlashSize> {
    image.as_ref().and_then(|image| image.flash_size)
}

fn check(part: &Placed, previous: Option<&Placed>, flash: Option<FlashSize>, found: &mut Diagnostics) {
    let (name, size) = (&part.name, part.bytes.len() as u64);
    let end = u64::from(part.address) + size;
    let mut refuse = |code: &'static Code, message: String, help: &str| {
        found.push(Diagnostic::error(code, message).at(&part.source.whole()).help(help));
    };
    if let Some(room) = part.room.filter(|room| u64::from(*room) < size) {
        let over = size - u64::from(room);
        let message = format!("`{name}` has {size} bytes, and its place {room}: {over} too many");
        refuse(&codes::PART_TOO_LARGE, message, "take another table, or a smaller part");
    }
    let before = previous.map_or(0, |before| u64::from(before.address) + before.bytes.len() as u64);
    if let Some(before_part) = previous.filter(|_| before > u64::from(part.address)) {
        let message =
            format!("`{name}` starts at {:#x}, and `{}` ends at {before:#x}", part.address, before_part.name);
        refuse(&codes::PARTS_OVERLAP, message, "give them addresses that do not overlap");
    }
    if let Some(flash) = flash.filter(|flash| end > u64::from(flash.bytes())) {
        let message = format!("`{name}` ends at {end:#x}, beyond {flash} of flash");
        refuse(&codes::PART_TOO_LARGE, message, "state the device's flash with `--flash-size`");
    }
}
