//! Generated partition tables: mostly sound ones, with fields and single characters or bytes changed.

#![expect(clippy::indexing_slicing, reason = "a test's helpers may fail the test")]

use super::Case;
use xtask::chip::FlashSize;
use xtask::partition::{ExtraSubtype, Options, Secure};
use xtask::version::Version;

/// xorshift64*: the same cases on every machine.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

fn options(idf: Version, random: &mut Random) -> (Options, Vec<String>) {
    let mut options = Options::new(idf);
    let mut extra = Vec::new();
    if random.one_in(3) {
        options.flash_size = Some(random.pick(&FlashSize::ALL));
    }
    options.secure = random.pick(&[Secure::None, Secure::None, Secure::None, Secure::V1, Secure::V2]);
    options.md5 = !random.one_in(6);
    options.table_offset = random.pick(&[0x8000, 0x8000, 0x8000, 0x9000, 0xF000, 0x10000]);
    options.primary_bootloader_offset =
        random.pick(&[None, Some(0), Some(0x1000), Some(0x2000), Some(0x9000)]);
    options.recovery_bootloader_offset = random.pick(&[None, Some(0x20_0000), Some(0x1_0000)]);
    options.env.insert("SIZE".into(), "0x6000".into());
    options.env.insert("ROW".into(), "nvs, data, nvs, , 24K".into());
    if random.one_in(8) {
        let value = random.pick(&[0x40u8, 0x41, 0x81, 0x90]);
        let (kind, word) = random.pick(&[(0u8, "app"), (1, "data")]);
        options.extra_subtypes.push(ExtraSubtype { kind, name: "mine".into(), value });
        extra.push(format!("{word}, mine, {value:#x}"));
    }
    (options, extra)
}

const NAMES: &[&str] = &[
    "nvs",
    "otadata",
    "phy_init",
    "factory",
    "ota_0",
    "ota_1",
    "ota_2",
    "vfs",
    "romfs",
    "app",
    "data",
    "a",
    "b",
    "c",
    "d",
    "fünf",
    "sixteen_bytes_xx",
    "more_than_sixteen_bytes",
    "",
    "$SIZE",
    "$NONE",
    "${SIZE}",
    "$",
    "x y",
    "#no",
    "coredump",
];
const TYPES: &[&str] = &[
    "app",
    "data",
    "App",
    "DATA",
    "0",
    "1",
    "0x40",
    "0xfe",
    "255",
    "256",
    "-1",
    "",
    "bootloader",
    "partition_table",
    "2",
    "3",
    "appk",
    "01",
    "00",
    "0b1",
    "dat",
    "٣",
];
const SUBTYPES: &[&str] = &[
    "factory",
    "ota_0",
    "ota_1",
    "ota_2",
    "ota_15",
    "ota_16",
    "test",
    "ota",
    "nvs",
    "phy",
    "fat",
    "littlefs",
    "spiffs",
    "undefined",
    "nvs_keys",
    "coredump",
    "efuse",
    "tee_0",
    "tee_ota",
    "primary",
    "recovery",
    "romfs",
    "mine",
    "0x8f",
    "",
    "0x10",
    "300",
    "factoryk",
    "OTA_0",
    "_",
    "0x",
];
const NUMBERS: &[&str] = &[
    "0",
    "0x1000",
    "4096",
    "0x2000",
    "8K",
    "8k",
    "0x6000",
    "24 K",
    "1M",
    "1m",
    "0x2K",
    "1kk",
    "0x160000",
    "0x180000",
    "64K",
    "68K",
    "100",
    "0x3000",
    "0x800",
    "010",
    "00",
    "1_000",
    "1__0",
    "_1",
    "0b1000000000000",
    "0o10000",
    "-0x100000",
    "-0x10000",
    "-1",
    "+4096",
    "- 5",
    "1.5",
    "0x",
    "0x_1000",
    "0xFFFFFFFF",
    "0x100000000",
    "4G",
    "16M",
    "１６K",
    "$SIZE",
    "99999999999999999999999999999999999999999999",
    "K",
    "8\u{212a}",
    "abc",
    "0X1000",
    "4M",
    "1 M",
    "\u{a0}1",
];
const FLAGS: &[&str] = &[
    "",
    "",
    "",
    "encrypted",
    "readonly",
    "encrypted:readonly",
    "readonly::",
    "Encrypted",
    "ro",
    "encrypted ,x",
];

/// Rows of a table that is mostly right.
fn sound_rows(random: &mut Random, idf: Version) -> Vec<[String; 6]> {
    let mut rows: Vec<[String; 6]> = Vec::new();
    let mut data = |name: &str, subtype: &str, size: &str| {
        rows.push([name, "data", subtype, "", size, ""].map(str::to_owned));
    };
    data("nvs", "nvs", random.pick(&["0x4000", "24K", "0x2000", "0x3000"]));
    if random.one_in(2) {
        data("otadata", "ota", "8K");
    }
    data("phy_init", "phy", "0x1000");
    let slots = random.below(4);
    let size = random.pick(&["0x180000", "1M", "64K", "0x11000", "100K", "0x10800"]);
    if slots == 0 || random.one_in(3) {
        rows.push(["factory", "app", "factory", "", size, ""].map(str::to_owned));
    }
    for slot in 0..slots {
        let name = format!("ota_{slot}");
        rows.push([&name, "app", &name, "", size, ""].map(str::to_owned));
    }
    if random.one_in(2) {
        rows.push(
            ["vfs", "data", "fat", "", random.pick(&["1M", "0x10000", "5000", "-0x800000"]), ""]
                .map(str::to_owned),
        );
    }
    if idf >= Version::new(5, 4, 0) && random.one_in(4) {
        let kind = random.pick(&["bootloader", "partition_table", "2", "3"]);
        let subtype = random.pick(&["primary", "ota", "recovery", "1", "0"]);
        let at = random.below(rows.len() + 1);
        rows.insert(
            at,
            ["extra", kind, subtype, "", random.pick(&["", "0x1000", "32K"]), ""].map(str::to_owned),
        );
    }
    if random.one_in(40) {
        for number in 0..random.pick(&[80, 86, 88, 90, 91, 95]) {
            rows.push([&format!("p{number}"), "0x40", "1", "", "4K", ""].map(str::to_owned));
        }
    }
    rows
}

pub(super) fn csv_case(idf: Version, random: &mut Random) -> Case {
    let (options, extra) = options(idf, random);
    let mut rows = sound_rows(random, idf);
    let explicit = random.one_in(3);
    let mut at = 0x9000u32;
    for row in rows.iter_mut().filter(|_| explicit) {
        if row[1] == "app" {
            at = at.next_multiple_of(0x10000);
        }
        row[3] = format!("{at:#x}");
        at += xtask::chip::parse_size(&row[4]).unwrap_or(0x1000).next_multiple_of(0x1000);
        at += random.pick(&[0, 0, 0, 0x1000]);
    }
    for _ in 0..random.pick(&[0, 0, 0, 1, 1, 2, 4]) {
        let index = random.below(rows.len());
        let column = random.below(6);
        let choices = [NAMES, TYPES, SUBTYPES, NUMBERS, NUMBERS, FLAGS][column];
        rows[index][column] = random.pick(choices).to_owned();
        if random.one_in(12) {
            let copy = rows[index].clone();
            rows.push(copy);
        }
        if random.one_in(12) {
            rows.swap(index, 0);
        }
    }
    let end = random.pick(&["\n", "\n", "\r\n", "\r", "\u{2028}", "\u{b}", "\u{1c}", "\u{85}"]);
    let mut text = random
        .pick(&["", "", "# comment\n", "\n\n", "  # $SIZE\n", "# $NONE\n", "$NONE\n", "$ROW\n", "\u{feff}"])
        .to_owned();
    for row in &rows {
        let comma = random.pick(&[",", ", ", " ,\t", ",\u{a0}"]);
        text += &row.join(comma);
        text += end;
    }
    mutate_text(&mut text, random);
    let data = match random.below(40) {
        0 => [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        1 => [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        2 => text.bytes().chain([0xC3]).collect(),
        _ => text.into_bytes(),
    };
    Case { options, extra, data, binary: false }
}

/// Puts, removes or replaces single characters.
fn mutate_text(text: &mut String, random: &mut Random) {
    if !random.one_in(3) {
        return;
    }
    for _ in 0..=random.below(3) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = random.below(chars.len() + 1);
        let alphabet = ",,, \t\r\n#$:{}kKmM0123456789xXbBoOaf_-+.\u{0}\u{b}\u{1c}\u{1f}\u{85}\u{a0}\u{2029}\u{212a}\u{ff11}ü";
        let choices: Vec<char> = alphabet.chars().collect();
        match random.below(3) {
            0 if at < chars.len() => {
                chars.remove(at);
            }
            1 if at < chars.len() => chars[at] = random.pick(&choices),
            _ => chars.insert(at, random.pick(&choices)),
        }
        *text = chars.into_iter().collect();
    }
}

pub(super) fn binary_case(idf: Version, random: &mut Random) -> Case {
    let (options, extra) = options(idf, random);
    let sound = Case {
        options: Options { md5: random.one_in(2), ..Options::new(idf) },
        extra: Vec::new(),
        data: Vec::new(),
        binary: false,
    };
    let mut text: String =
        sound_rows(random, Version::new(5, 0, 0)).iter().map(|row| row.join(",") + "\n").collect();
    if random.one_in(3) {
        text = text.replace(",8K,", ",8K,readonly");
    }
    let sound = Case { data: text.into_bytes(), ..sound };
    let mut data = sound.ours().0.unwrap_or_else(|| vec![0xFF; 64]);
    for _ in 0..random.below(3) {
        let used = data.len().min(256);
        let at = random.below(used);
        data[at] = random.pick(&[0, 1, 2, 3, 0x10, 0x80, 0xAA, 0xEB, 0xFF, 0x50, 0xC3]);
    }
    match random.below(10) {
        0 => data.truncate(random.below(300)),
        1 => data.swap(0, 32),
        2 => (0..32).for_each(|index| data.swap(index, index + 32)),
        3 => {
            // A second digest, or the first one alone.
            let row: Vec<u8> =
                data.chunks(32).find(|row| row.starts_with(&[0xEB, 0xEB])).unwrap_or(&[0xFF; 32]).to_vec();
            data.splice(0..0, row);
        }
        _ => {}
    }
    // Without the digest's sum ESP-IDF's tool would take its row for a partition; that switch is for writing.
    Case { options: Options { md5: true, ..options }, extra, data, binary: true }
}
