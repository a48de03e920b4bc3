//! The 3,072-byte table that the bootloader reads: parsed, written, and judged as the bootloader does.
//!
//! It does not judge what the rows say; see `rules`.

use super::codes;
use super::rules::at;
use super::table::{LABEL_BYTES, Partition, Table};
use crate::chip::FlashSize;
use crate::diagnostic::{Diagnostic, Diagnostics, plural};
use crate::source::Source;
use md5::{Digest, Md5};

/// Bytes of the binary. Source: ESP-IDF v5.5 `esp_flash_partitions.h`, ESP_PARTITION_TABLE_MAX_LEN.
pub const TABLE_BYTES: usize = 0xC00;
/// Bytes of a row. Source: the same, `esp_partition_info_t`.
pub const ROW_BYTES: usize = 32;
/// First bytes of a row. Source: the same, ESP_PARTITION_MAGIC.
pub const MAGIC: [u8; 2] = [0xAA, 0x50];
/// First bytes of the digest's row. Source: the same, ESP_PARTITION_MAGIC_MD5.
const MAGIC_DIGEST: [u8; 2] = [0xEB, 0xEB];
/// Flag bits. Source: the same, PART_FLAG_ENCRYPTED and PART_FLAG_READONLY.
const ENCRYPTED: u32 = 1;
const READONLY: u32 = 2;
/// Findings of one table that are told: a file that is no table has one for each of its rows.
const MOST_FINDINGS: usize = 8;

/// Reads a table as gen_esp32part.py does: up to the row of FF, checking each digest on the way.
///
/// Bytes behind that row are not looked at, and none behind the eighth wrong row. The table's offset is taken to be 0x8000; set it where it is known better.
/// Source: ESP-IDF v5.0 to v6.0, `gen_esp32part.py`, `from_binary` of both classes.
pub fn parse(data: &[u8], source: &Source) -> (Option<Table>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut partitions = Vec::new();
    let refuse = |message: String| Diagnostic::error(&codes::BINARY, message).at(&source.whole());
    let mut digest = Md5::new();
    let (rows, rest) = data.as_chunks::<ROW_BYTES>();
    let mut ended = false;
    for (index, row) in rows.iter().enumerate() {
        if row.iter().all(|&byte| byte == 0xFF) {
            ended = true;
            break;
        }
        if found.0.len() >= MOST_FINDINGS {
            let left = rows.len() - index;
            let message = format!("{} behind these are not looked at", plural(left, "row"));
            found.push(refuse(message).help("check that this file is a partition table"));
            return (None, found);
        }
        if row.starts_with(&MAGIC_DIGEST) {
            check_digest(row, &digest, index, source, &mut found);
            continue;
        }
        digest.update(row);
        match parse_row(row, index) {
            Ok(partition) => partitions.push(partition),
            Err(message) => found.push(refuse(message)),
        }
    }
    if !ended {
        let count = data.len();
        let message = match rest.len() {
            0 => format!("{} without a row of FF at their end", plural(rows.len(), "row")),
            odd => format!("{count} bytes are no multiple of {ROW_BYTES}: the last row has {odd}"),
        };
        found.push(
            refuse(message).help("give the whole table: 3072 bytes from its offset, 0x8000 by default"),
        );
    }
    let ok = !found.has_errors();
    warn_of_flags(&partitions, source, &mut found);
    (ok.then_some(Table { partitions, table_offset: 0x8000 }), found)
}

/// A warning for each row with flag bits of no known meaning; the last tells of those that are too many to tell.
fn warn_of_flags(partitions: &[Partition], source: &Source, found: &mut Diagnostics) {
    let flagged: Vec<&Partition> =
        partitions.iter().filter(|partition| partition.unknown_flags != 0).collect();
    let help = "make the table anew from its CSV, unless a newer ESP-IDF made it";
    let mut warn = |message: String| {
        found.push(Diagnostic::warning(&codes::BINARY_FLAGS, message).at(&source.whole()).help(help));
    };
    for partition in flagged.iter().take(MOST_FINDINGS) {
        let (name, flags) = (&partition.name, partition.unknown_flags);
        warn(format!("`{name}` has the unknown flag bits {flags:#010x}"));
    }
    match flagged.len().saturating_sub(MOST_FINDINGS) {
        0 => {}
        more => warn(format!("{} behind these have unknown flag bits as well", plural(more, "row"))),
    }
}

fn check_digest(row: &[u8; ROW_BYTES], digest: &Md5, index: usize, source: &Source, found: &mut Diagnostics) {
    let computed = digest.clone().finalize();
    let stored = row.get(ROW_BYTES / 2..).unwrap_or_default();
    if stored != computed.as_slice() {
        let message = format!(
            "the digest in row {} is {}, but the rows above it give {}",
            index + 1,
            hex(stored),
            hex(&computed)
        );
        found.push(
            Diagnostic::error(&codes::BINARY_DIGEST, message)
                .at(&source.whole())
                .help("make the table anew from its CSV"),
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_row(row: &[u8; ROW_BYTES], index: usize) -> Result<Partition, String> {
    let number = index + 1;
    let [m0, m1, kind, subtype, o0, o1, o2, o3, s0, s1, s2, s3, label @ .., f0, f1, f2, f3] = *row;
    if [m0, m1] != MAGIC {
        return Err(format!("row {number} starts with {m0:02x} {m1:02x}, not with aa 50"));
    }
    let label: [u8; LABEL_BYTES] = label;
    let name = label.split(|&byte| byte == 0).next().unwrap_or_default();
    let name =
        str::from_utf8(name).map_err(|_| format!("the label of row {number} is not UTF-8: {}", hex(name)))?;
    let flags = u32::from_le_bytes([f0, f1, f2, f3]);
    Ok(Partition {
        name: name.to_owned(),
        kind,
        subtype,
        offset: u32::from_le_bytes([o0, o1, o2, o3]),
        size: u32::from_le_bytes([s0, s1, s2, s3]),
        encrypted: flags & ENCRYPTED != 0,
        readonly: flags & READONLY != 0,
        unknown_flags: flags & !(ENCRYPTED | READONLY),
        ..Partition::default()
    })
}

/// The binary of a table, with or without the digest's row. Unknown flag bits are kept.
///
/// # Errors
/// More than 94 rows, or 95 without the digest.
pub fn write(table: &Table, md5: bool) -> Result<[u8; TABLE_BYTES], Diagnostic> {
    if let Some(diagnostic) = too_many_rows(table, md5) {
        return Err(diagnostic);
    }
    let mut rows: Vec<u8> = table.partitions.iter().flat_map(write_row).collect();
    if md5 {
        let digest = Md5::digest(&rows);
        rows.extend(MAGIC_DIGEST);
        rows.extend([0xFF; ROW_BYTES / 2 - MAGIC_DIGEST.len()]);
        rows.extend(digest);
    }
    let mut out = [0xFF; TABLE_BYTES];
    for (to, from) in out.iter_mut().zip(rows) {
        *to = from;
    }
    Ok(out)
}

fn write_row(partition: &Partition) -> [u8; ROW_BYTES] {
    let known = [(partition.encrypted, ENCRYPTED), (partition.readonly, READONLY)];
    let set = known.iter().filter(|flag| flag.0).map(|flag| flag.1);
    let flags = set.fold(partition.unknown_flags, |flags, bit| flags | bit);
    let mut label = partition.label().iter().copied();
    let fields = MAGIC
        .into_iter()
        .chain([partition.kind, partition.subtype])
        .chain(partition.offset.to_le_bytes())
        .chain(partition.size.to_le_bytes());
    let mut fields =
        fields.chain(std::iter::repeat_with(move || label.next().unwrap_or(0)).take(LABEL_BYTES));
    let mut flags = flags.to_le_bytes().into_iter();
    std::array::from_fn(|_| fields.next().or_else(|| flags.next()).unwrap_or(0))
}

/// The finding that the rows leave no place for the end mark; gen_esp32part.py refuses such a table when writing.
pub(super) fn too_many_rows(table: &Table, md5: bool) -> Option<Diagnostic> {
    let most = TABLE_BYTES / ROW_BYTES - 1 - usize::from(md5);
    let count = table.partitions.len();
    let first_beyond = table.partitions.get(most)?;
    let message = format!("{} do not fit the table, which holds {most}", plural(count, "row"));
    let diagnostic = at(Diagnostic::error(&codes::TOO_MANY_ROWS, message), first_beyond.place.as_ref());
    Some(diagnostic.help(format!("remove {}", plural(count - most, "row"))))
}

/// Judges the bytes at the table's offset as the bootloader does at each start.
///
/// `flash` is the size in the header of the bootloader's own image, which is all that it knows. Source: ESP-IDF v5.0 to
/// v6.0, `flash_partitions.c`, `esp_partition_table_verify`.
pub fn check_boot(data: &[u8], flash: FlashSize, source: &Source) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut refuse = |message: String, help: &str| {
        found.push(Diagnostic::error(&codes::BOOTLOADER_REFUSES, message).at(&source.whole()).help(help));
    };
    let anew = "make the table anew from its CSV";
    let mut digest = Md5::new();
    let mut has_digest = false;
    let (rows, _) = data.get(..TABLE_BYTES).unwrap_or(data).as_chunks::<ROW_BYTES>();
    for (index, row) in rows.iter().enumerate() {
        let number = index + 1;
        match row {
            [0xAA, 0x50, ..] => {
                digest.update(row);
                let [_, _, _, _, o0, o1, o2, o3, s0, s1, s2, s3, ..] = *row;
                let offset = u32::from_le_bytes([o0, o1, o2, o3]);
                let size = u32::from_le_bytes([s0, s1, s2, s3]);
                let end = u64::from(offset) + u64::from(size);
                if end > u64::from(flash.bytes()) {
                    let limit = flash.bytes();
                    let message = format!(
                        "row {number} ends at {end:#x}, but the bootloader's header says {flash} ({limit:#x})"
                    );
                    refuse(
                        message,
                        "state the flash size that the board has (`--flash-size` of `image`, `flash-size` of a board), or make partitions smaller",
                    );
                }
            }
            [0xEB, 0xEB, ..] if has_digest => refuse(format!("row {number} is a second digest"), anew),
            [0xEB, 0xEB, ..] => {
                has_digest = true;
                let computed = digest.clone().finalize();
                if row.get(ROW_BYTES / 2..) != Some(computed.as_slice()) {
                    refuse(format!("the digest in row {number} does not match the rows above it"), anew);
                }
            }
            [0xFF, 0xFF, 0xFF, 0xFF, ..] if index > 0 => return found,
            [0xFF, 0xFF, 0xFF, 0xFF, ..] => {
                refuse("the table is empty".into(), "write the table to its offset, 0x8000 by default");
                return found;
            }
            [first, second, ..] => {
                let message =
                    format!("row {number} starts with {first:02x} {second:02x}: no row, digest or end");
                refuse(message, anew);
                return found;
            }
        }
    }
    refuse("the table has no end mark".into(), anew);
    found
}
