//! An image as a person reads it: what it is, its table, a picture of the flash to scale, the app in its slots.

use super::columns;
use crate::chip::{FlashSize, human_size};
use crate::diagnostic::{Diagnostics, plural};
use crate::image::held::Kind;
use crate::image::otadata::Record;
use crate::inspect::{App, FileSegment, ImageReport, PartitionContent, Stated};
use crate::partition::Row;

/// Characters of the picture's bar.
const WIDTH: usize = 76;

/// The whole report.
pub fn text(image: &ImageReport, findings: &Diagnostics) -> String {
    if image.kind.is_empty() {
        return String::new();
    }
    let mut text = headline(image);
    if !image.partitions.is_empty() {
        text += "\n";
        text += &table(image);
        text += "\n";
        let app = image.app.as_ref();
        let filled = app.and_then(|app| Some((app.partition.as_deref()?, u64::from(app.size))));
        text += &picture(&image.partitions, image.flash_size.map(u64::from), filled);
    }
    text += "\n";
    text += &facts(image);
    let summary = crate::render::summary(findings);
    text += &format!("  {:<12} {}\n", "findings", if summary.is_empty() { "none" } else { &summary });
    text
}

/// What only someone who looks into an image wants: digests, revisions, segments and where they go, records of otadata.
pub fn details(image: &ImageReport) -> String {
    let mut text = String::new();
    if let Some(boot) = &image.bootloader {
        text += &format!("\nBootloader, sha256 {}\n{}", boot.sha256, stated(&boot.stated, ""));
        if let Some(version) = boot.version {
            let compiled =
                boot.compiled.as_ref().map(|time| format!(", compiled {time}")).unwrap_or_default();
            text += &format!("  version {version}{compiled}\n");
        }
        text += &segments(&boot.segments);
    }
    if let Some(app) = &image.app {
        text += &format!("\nApp, sha256 {}\n", app.sha256);
        if let Some(elf) = &app.elf_sha256 {
            text += &format!("  ELF sha256 {elf}\n");
        }
        let revision = |number: u16| format!("v{}.{}", number / 100, number % 100);
        let (least, most) = (revision(app.revision_min), revision(app.revision_max));
        text += &stated(&app.stated, &format!(", chip revisions {least} to {most}"));
        text += &descriptor(app);
        text += &segments(&app.segments);
    }
    if let Some(ota) = image.ota.as_ref().filter(|ota| !ota.records.is_empty()) {
        text += "\nRecords of otadata\n";
        for (index, record) in ota.records.iter().enumerate() {
            text += &format!("  {index}  {}\n", meaning(record, &ota.slots));
        }
    }
    if !image.contents.is_empty() {
        text += "\nData\n";
        text += &contents(&image.contents);
    }
    text
}

/// Entry, checksum and digest.
fn stated(stated: &Stated, more: &str) -> String {
    let word = |matches| if matches { "right" } else { "WRONG" };
    let sum = &stated.checksum;
    let digest = stated.digest.as_ref();
    let digest = digest.map_or("none".into(), |digest| format!("{} {}", digest.value, word(digest.matches)));
    let (value, matches) = (sum.value, word(sum.matches));
    format!("  entry {:#010x}, checksum {value:#04x} {matches}{more}\n  digest {digest}\n", stated.entry)
}

/// What the app's descriptor states, where it states anything.
fn descriptor(app: &App) -> String {
    let mut facts = Vec::new();
    facts.extend(app.project.as_ref().map(|name| format!("project {name}")));
    facts.extend(app.version.as_ref().map(|version| format!("version {version}")));
    facts.extend(app.compiled.as_ref().map(|time| format!("compiled {time}")));
    facts.extend(app.secure_version.map(|version| format!("secure version {version}")));
    facts.extend(app.mmu_page.map(|page| format!("MMU pages of {}", human_size(page.into()))));
    if facts.is_empty() { String::new() } else { format!("  {}\n", facts.join(", ")) }
}

fn contents(contents: &[PartitionContent]) -> String {
    let rows: Vec<[String; 3]> = contents
        .iter()
        .map(|content| {
            let held = &content.held;
            let blocks = held.block_size.zip(held.block_count).map(|(size, count)| {
                let what = if held.kind == Kind::Nvs { "page" } else { "block" };
                let used = if held.kind == Kind::Nvs { " in use" } else { "" };
                format!(", {} of {}{used}", plural(count as usize, what), human_size(size.into()))
            });
            let size = held.size.map(|size| format!(", {size} bytes"));
            let name = content.partition.as_deref().unwrap_or("(behind the last row)");
            let words = format!("{}{}", held.kind.words(), blocks.or(size).unwrap_or_default());
            [name.to_owned(), format!("{:#x}", content.offset), words]
        })
        .collect();
    let head = ["PARTITION", "START", "HOLDS"];
    columns(&head, rows.iter().map(|row| row.as_slice())).lines().map(|line| format!("  {line}\n")).collect()
}

/// What a record of otadata says.
fn meaning(record: &Record, slots: &[String]) -> String {
    if record.blank {
        return "blank: never written".into();
    }
    let state = serde_json::to_value(record.state).unwrap_or_default();
    let state = state.as_str().unwrap_or("unknown").to_owned();
    let slot = record.sequence.checked_sub(1).map(|number| number as usize);
    let slot = slot.zip(slots.len().checked_sub(1)).and_then(|(number, last)| slots.get(number % (last + 1)));
    let slot = slot.map(|slot| format!(", so `{slot}`")).unwrap_or_default();
    let crc = if record.crc_matches { "CRC right" } else { "CRC wrong: it does not count" };
    format!("sequence {}{slot}; state {state}; {crc}", record.sequence)
}

fn segments(segments: &[FileSegment]) -> String {
    let rows: Vec<[String; 4]> = segments
        .iter()
        .map(|segment| {
            let mapped = match segment.aligned {
                Some(true) => ", mapped, aligned to the page",
                Some(false) => ", mapped, NOT aligned to the page",
                None if segment.mapped => ", mapped",
                None => "",
            };
            [
                format!("{:#x}", segment.offset),
                format!("{:#010x}", segment.load_address),
                human_size(u64::from(segment.size)),
                format!("{}{mapped}", segment.region.as_deref().unwrap_or("?")),
            ]
        })
        .collect();
    let head = ["OFFSET", "LOAD ADDRESS", "SIZE", "MEMORY"];
    columns(&head, rows.iter().map(|row| row.as_slice())).lines().map(|line| format!("  {line}\n")).collect()
}

fn headline(image: &ImageReport) -> String {
    let chip = image.chip.as_deref().unwrap_or("unknown chip");
    let flash = image.flash_size.and_then(|bytes| FlashSize::from_bytes(u64::from(bytes)));
    let flash = flash.map(|size| format!(", {size} flash")).unwrap_or_default();
    let mode = image.flash_mode.map(|mode| format!(", {mode}")).unwrap_or_default();
    let frequency = image.flash_frequency_mhz.map(|mhz| format!(" {mhz} MHz")).unwrap_or_default();
    let size = human_size(image.file_size);
    format!(
        "{}: {chip}{flash}{mode}{frequency}; {size} from {:#x} on\n",
        capital(image.kind),
        image.flash_offset
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn table(image: &ImageReport) -> String {
    let slots = image.app.iter().flat_map(|app| &app.slots);
    let slots: Vec<_> = slots.collect();
    let boots = image.ota.as_ref().and_then(|ota| ota.boots.as_deref());
    let cells: Vec<[String; 6]> = image
        .partitions
        .iter()
        .map(|row| {
            let free =
                slots.iter().find(|slot| slot.name == row.name).map(|slot| match u64::try_from(slot.free) {
                    Ok(free) => format!("{} free", human_size(free)),
                    Err(_) => format!("{} too small", human_size(slot.free.unsigned_abs())),
                });
            let mark = if boots == Some(row.name.as_str()) { "boots; " } else { "" };
            let note = free.map(|free| format!("{mark}{free}")).unwrap_or_else(|| row.flags.join(", "));
            let end = u64::from(row.offset) + u64::from(row.size);
            [
                row.name.clone(),
                format!("{} {}", row.kind, row.subtype),
                format!("{:#x}", row.offset),
                format!("{end:#x}"),
                human_size(u64::from(row.size)),
                note,
            ]
        })
        .collect();
    let head = ["PARTITION", "TYPE", "START", "END", "SIZE", ""];
    columns(&head, cells.iter().map(|row| row.as_slice())).lines().map(|line| format!("  {line}\n")).collect()
}

/// The flash from its first to its last byte: `#` is the app, `=` the rest of a partition, `.` what no row has.
///
/// `flash` is the chip's size in bytes; without it the last row's end. `app` is a partition with the bytes that its app
/// fills.
pub fn picture(rows: &[Row], flash: Option<u64>, app: Option<(&str, u64)>) -> String {
    let end = rows.iter().map(|row| u64::from(row.offset) + u64::from(row.size)).max().unwrap_or(0);
    let flash = flash.map_or(end, |bytes| bytes.max(end)).max(1);
    let at = |address: u64| usize::try_from(address * WIDTH as u64 / flash).unwrap_or(0).min(WIDTH);
    let mut bar = vec!['.'; WIDTH];
    let mut labels = vec![' '; WIDTH];
    for row in rows {
        let (start, size) = (u64::from(row.offset), u64::from(row.size));
        let cells = at(start)..at(start + size).max(at(start) + 1);
        let filled = app.filter(|(name, _)| *name == row.name).map_or(0, |(_, bytes)| at(start + bytes));
        for index in cells.clone() {
            if let Some(cell) = bar.get_mut(index) {
                *cell = if index < filled { '#' } else { '=' };
            }
        }
        if let Some(cell) = bar.get_mut(cells.start) {
            *cell = '|';
        }
        label(&mut labels, &row.name, &cells);
    }
    let ends = format!("0{:>width$}", human_size(flash), width = WIDTH - 1);
    let line = |chars: Vec<char>| format!("  {}\n", chars.into_iter().collect::<String>().trim_end());
    format!("  {ends}\n{}{}", line(bar), line(labels))
}

/// Writes a name below its partition, where there is room for all of it.
fn label(labels: &mut [char], name: &str, cells: &std::ops::Range<usize>) {
    let length = name.chars().count();
    let room = labels
        .get(cells.start..cells.start + length + 1)
        .or_else(|| labels.get(cells.start..cells.start + length));
    if length > cells.len() + 6 || !room.is_some_and(|room| room.iter().all(|c| *c == ' ')) {
        return;
    }
    let before = cells.start.checked_sub(1).and_then(|index| labels.get(index));
    if before.is_some_and(|c| *c != ' ') {
        return;
    }
    for (cell, c) in labels.iter_mut().skip(cells.start).zip(name.chars()) {
        *cell = c;
    }
}

fn facts(image: &ImageReport) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| text += &format!("  {name:<12} {value}\n");
    if let Some(boot) = &image.bootloader {
        let idf = boot.idf_version.as_ref().map(|version| format!(", ESP-IDF {version}")).unwrap_or_default();
        let free =
            boot.free.map(|free| format!(", {} free", human_size(u64::from(free)))).unwrap_or_default();
        line("bootloader", format!("{} at {:#x}{idf}{free}", human_size(u64::from(boot.size)), boot.offset));
    }
    if let Some(app) = &image.app {
        let idf = app.idf_version.as_ref().map(|version| format!(", ESP-IDF {version}")).unwrap_or_default();
        let place = app.partition.as_ref().map(|name| format!(" in `{name}`")).unwrap_or_default();
        line("app", format!("{} ({} bytes){place}{idf}", human_size(u64::from(app.size)), app.size));
        if !app.frozen.is_empty() {
            line("frozen", plural(app.frozen.len(), "Python module"));
        }
    }
    if let Some(ota) = &image.ota {
        let slots = if ota.slots.is_empty() { "no slots".to_owned() } else { ota.slots.join(", ") };
        let otadata =
            serde_json::to_value(ota.otadata).ok().and_then(|word| word.as_str().map(str::to_owned));
        line("OTA", format!("{slots}; otadata {}", otadata.unwrap_or_default()));
        line("boots", format!("{} ({})", ota.boots.as_deref().unwrap_or("nothing"), ota.why));
        let rollback = match ota.rollback {
            Some(true) => "on, proven by the bootloader's sdkconfig",
            Some(false) => "off, by the bootloader's sdkconfig",
            None => "unknown: a bare image does not show it",
        };
        line("rollback", rollback.to_owned());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::otadata::OtaState;

    fn row(name: &str, offset: u32, size: u32) -> Row {
        Row { name: name.into(), kind: "app".into(), subtype: String::new(), offset, size, flags: vec![] }
    }

    #[test]
    fn the_picture_is_to_scale_and_shows_app_room_and_gaps() {
        let rows = [row("one", 0, 1 << 20), row("two", 1 << 20, 2 << 20)];
        let drawn = picture(&rows, Some(4 << 20), Some(("two", 1 << 20)));
        let lines: Vec<&str> = drawn.lines().map(|line| &line[2..]).collect();
        let bar = format!("|{}|{}{}{}", "=".repeat(18), "#".repeat(18), "=".repeat(19), ".".repeat(19));
        assert_eq!(lines[1], bar);
        assert_eq!(lines[2], format!("one{}two", " ".repeat(16)));
        assert!(lines[0].starts_with('0') && lines[0].ends_with("4 MiB"), "{drawn}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{drawn}");
    }

    #[test]
    fn records_of_otadata_are_told_by_their_meaning() {
        let slots = ["ota_0".to_owned(), "ota_1".to_owned()];
        let record = |sequence, state, crc_matches, blank| Record { sequence, state, crc_matches, blank };
        for (record, told) in [
            (record(2, OtaState::Valid, true, false), "sequence 2, so `ota_1`; state valid; CRC right"),
            (
                record(3, OtaState::PendingVerify, false, false),
                "sequence 3, so `ota_0`; state pending-verify; CRC wrong: it does not count",
            ),
            (record(u32::MAX, OtaState::Undefined, false, true), "blank: never written"),
        ] {
            assert_eq!(meaning(&record, &slots), told);
        }
        assert_eq!(meaning(&record(0, OtaState::New, true, false), &[]), "sequence 0; state new; CRC right");
    }

    #[test]
    fn segments_are_told_with_their_memory() {
        let segment = FileSegment {
            load_address: 0x4008_0000,
            size: 4096,
            offset: 0x20,
            mapped: false,
            aligned: None,
            region: Some("IRAM".into()),
        };
        let told = segments(&[segment]);
        assert!(told.contains("  0x20    0x40080000    4 KiB  IRAM\n"), "{told}");
    }

    #[test]
    fn without_a_flash_size_the_last_row_ends_the_picture() {
        let drawn = picture(&[row("one", 1 << 20, 1 << 20)], None, None);
        assert!(drawn.contains("2 MiB\n") && drawn.contains(&format!("{}|=", ".".repeat(38))), "{drawn}");
    }
}
