//! Tests of tables that need no file: ESP-IDF's digests of MicroPython's tables, each rule broken and kept, round trips.

use super::rules::{OwnContext, Require, check_own};
use super::*;
use crate::chip::{Chip, FlashSize};
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::Source;
use crate::version::Version;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const NEW: Version = Version::new(5, 5, 1);
const OTA: &str = "nvs,data,nvs,,0x4000\notadata,data,ota,,0x2000\nphy_init,data,phy,,0x1000\n\
                   ota_0,app,ota_0,,0x180000\nota_1,app,ota_1,,0x180000\n";
const FACTORY: &str = "nvs,data,nvs,,24K\nphy_init,data,phy,,4K\nfactory,app,factory,,1984K\n";

fn parse(text: &str, options: &Options) -> (Option<Table>, Diagnostics) {
    csv::parse(&Source::new("table.csv", text), options)
}

fn table(text: &str) -> Table {
    let (table, found) = parse(text, &Options::new(NEW));
    table.unwrap_or_else(|| panic!("{found:?}"))
}

/// `E0407 2:11`: code, line and column of each finding.
fn places(found: &Diagnostics) -> Vec<String> {
    let place =
        |d: &crate::diagnostic::Diagnostic| d.place().map(|p| format!(" {}:{}", p.line(), p.column()));
    found.iter().map(|d| format!("{}{}", d.code.id, place(d).unwrap_or_default())).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_table_of_an_older_release_has_the_oldest_rules_that_are_known() {
    let older = Options::new(Version::new(4, 4, 3));
    let (read, found) = parse(OTA, &older);
    assert_eq!((read, found), (Some(table(OTA)), Diagnostics::default()));
    let layout = "[[partition]]\nname = \"factory\"\ntype = \"app\"\nsubtype = \"factory\"\nsize = \"1M\"\n";
    let (layout, _) = layout::parse(&Source::new("t.toml", layout));
    let (resolved, found) = layout::resolve(&layout.unwrap(), FlashSize::parse("4MB").unwrap(), &older);
    assert!(resolved.is_some() && !found.has_errors(), "{found:?}");
}

#[test]
fn the_binary_is_the_one_that_esp_idf_writes() {
    let ota_8m = OTA.replace("0x180000", "0x270000");
    let romfs = FACTORY.replace("1984K", "0x1D0000") + "romfs,data,0x8f,,0x20000\n";
    for (text, row, md5, sha) in [
        (
            &*FACTORY.replace("1984K", "0x160000"),
            0x60,
            "07cd0509636cc3799aac654ed355bf49",
            "f34771d923dccbe2",
        ),
        (FACTORY, 0x60, "8405a9bb5ce0b84c4f2ca5de9a76b050", "520c18ca0bda73ae"),
        (OTA, 0xa0, "6f91ac1bb2b49e61a1daefd12de800a2", "0241fa0d2e573dee"),
        (&*romfs, 0x80, "6985f25b18f2d7e0cbaf1fee03ff136f", "ebace4d74b00efa7"),
        (&*ota_8m, 0xa0, "2c31f25ee20e8e374b1506295bcda871", "aaed722f93f80c66"),
    ] {
        let bytes = binary::write(&table(text), true).unwrap();
        assert_eq!(hex(&bytes[row + 16..row + 32]), md5);
        assert!(hex(&Sha256::digest(bytes)).starts_with(sha));
    }
}

#[test]
fn each_rule_of_esp_idf_points_at_its_field() {
    let old = Options::new(Version::new(5, 0, 4));
    let new = Options::new(NEW);
    let flash = Options { flash_size: FlashSize::parse("2MB"), ..Options::new(NEW) };
    let secure = Options { secure: Secure::V1, ..Options::new(NEW) };
    for (text, options, expected) in [
        ("a,,,,4K", &new, "E0400 1:1"),
        ("a,dta,fat,,4K", &new, "E0400 1:3"),
        ("a,bootloader,ota,,4K", &old, "E0400 1:3"),
        ("a,256,1,,4K", &new, "E0406 1:3"),
        ("a,app,,,4K", &new, "E0401 1:1"),
        ("a,data,littlefs,,4K", &old, "E0401 1:8"),
        ("a,data,fat,010,4K", &new, "E0402 1:12"),
        ("a,data,fat,,", &new, "E0403 1:1"),
        ("a,data,fat,,4K,ro", &new, "E0404 1:16"),
        ("a,data,fat,,4K,readonly", &old, "E0404 1:16"),
        ("$X,data,fat,,4K", &new, "E0405 1:1"),
        ("a,data,fat,,-1", &new, "E0406 1:13"),
        ("a,data,fat,0x100000000,4K", &new, "E0406 1:12"),
        ("a,data,fat,0x8000,4K", &new, "E0407 1:12"),
        ("a,data,fat,,8K\nb,data,fat,0xa000,4K", &new, "E0407 2:12"),
        ("a,data,fat,0x9100,4K", &new, "E0408 1:12"),
        ("a,app,factory,,0x10100", &new, "E0409 1:16"),
        ("a,app,factory,,0x11000", &secure, "E0409 1:16"),
        ("ota,data,fat,,4K", &new, "E0410 1:1"),
        ("a,data,ota,,8K,readonly", &new, "E0411 1:16"),
        ("a,data,nvs,,8K", &new, "E0413 1:13"),
        ("a,data,fat,,4K\na,data,fat,,4K", &new, "E0414 2:1"),
        ("a,data,ota,,4K", &new, "E0416 1:13"),
        ("a,data,ota,,8K\nb,data,ota,,8K", &new, "E0416 2:8"),
        ("a,data,fat,1M,2M", &flash, "E0417 1:1"),
        ("a,bootloader,ota,,4K", &new, "E0424 1:3"),
    ] {
        assert!(
            places(&parse(text, options).1).contains(&expected.to_owned()),
            "{text}: {:?}",
            parse(text, options).1
        );
    }
    for (text, options) in [
        (OTA, &new),
        ("a,app,factory,,0x10100", &old),
        ("a,data,nvs,,8K", &old),
        ("a,data,nvs,,8K,readonly", &new),
        ("# $X\n a , DATA , , , 1_0K", &new),
        ("\u{feff}a,data,fat,,-1M", &new),
    ] {
        let (table, found) = parse(text, options);
        assert!(table.is_some() && !found.has_errors(), "{text}: {found:?}");
    }
}

#[test]
fn every_fault_of_a_file_is_told_in_one_run() {
    let found =
        parse("a,dat,fat,,4K\nb,data,fad,,4X,no\nc,app,factory,,1M\nc,app,ota_0,,1M\n", &Options::new(NEW)).1;
    assert_eq!(places(&found), ["E0400 1:3", "E0401 2:8", "E0404 2:16", "E0402 2:13"]);
    assert!(found.iter().all(|d| !d.help.is_empty()), "{found:?}");
}

#[test]
fn a_table_holds_94_rows_beside_its_digest() {
    let rows = |count: u32| (0..count).map(|n| format!("p{n},0x40,1,,4K\n")).collect::<String>();
    let plain = Options { md5: false, ..Options::new(NEW) };
    assert!(parse(&rows(94), &Options::new(NEW)).1.is_empty() && parse(&rows(95), &plain).1.is_empty());
    assert_eq!(places(&parse(&rows(95), &Options::new(NEW)).1), ["E0418 95:1"]);
    assert!(
        binary::write(&table(&rows(95)), true).is_err() && binary::write(&table(&rows(95)), false).is_ok()
    );
}

fn own(text: &str, context: &OwnContext) -> Vec<String> {
    let found = check_own(&table(text), context);
    found.iter().map(|d| format!("{} {}", d.severity.word(), d.code.id)).collect()
}

/// An ESP32-S3 with 8 MB of flash.
fn plain() -> OwnContext {
    let chip = Chip::by_name("esp32s3");
    OwnContext { chip, idf: Some(NEW), flash_size: FlashSize::parse("8MB"), ..OwnContext::default() }
}

#[test]
fn own_rules_about_updates_and_the_filesystem() {
    let plain = plain();
    let require = Require { ota: true, filesystem: true, ..Require::default() };
    let strict = OwnContext { require, ..plain };
    let stock = OwnContext { unchanged_stock_table: true, ..plain };
    let older = OwnContext { micropython: Some(Version::new(1, 25, 0)), ..strict };
    let typical = OwnContext { min_app_size: Some(words::typical_app_bytes()), ..plain };
    let without =
        |row: &str| OTA.lines().filter(|l| !l.starts_with(row)).map(|l| format!("{l}\n")).collect::<String>();
    for (text, context, expected) in [
        (OTA.to_owned(), &strict, vec![]),
        (FACTORY.to_owned(), &plain, vec![]),
        (FACTORY.to_owned(), &strict, vec!["error E0443"]),
        (OTA.to_owned(), &older, vec!["error E0441"]),
        (OTA.to_owned() + "vfs,data,fat,,1M", &older, vec![]),
        (OTA.to_owned() + "user,data,fat,,4M", &plain, vec![]),
        (OTA.to_owned() + "user,data,fat,0x310000,0x4e1000", &plain, vec!["warning E0441"]),
        (OTA.to_owned(), &typical, vec!["warning E0442", "warning E0442"]),
        (without("otadata"), &plain, vec!["error E0430"]),
        (without("otadata"), &stock, vec!["warning E0430"]),
        (OTA.replace("ota_1", "ota_2"), &plain, vec!["error E0431"]),
        (OTA.replace("app,ota_1", "app,ota_0"), &plain, vec!["error E0440", "error E0431"]),
        (without("ota_1"), &plain, vec!["warning E0432"]),
        (without("ota_1"), &strict, vec!["error E0432"]),
        (OTA.replace("ota_1,,0x18", "ota_1,,0x10"), &plain, vec!["warning E0433"]),
        (OTA.replace("ota_1,,0x18", "ota_1,,0x10"), &strict, vec!["error E0433"]),
    ] {
        assert_eq!(own(&text, context), expected, "{text}");
    }
}

#[test]
fn own_rules_about_rows_and_names() {
    let plain = plain();
    let esp32 = OwnContext { chip: Chip::by_name("esp32"), flash_size: None, ..plain };
    for (text, context, expected) in [
        ("nvs,data,nvs,,24K".to_owned(), &plain, vec!["error E0434"]),
        (FACTORY.to_owned() + "a,data,fat,,0", &plain, vec!["error E0435"]),
        (FACTORY.to_owned() + "a,data,fat,,5000", &plain, vec!["error E0436"]),
        (FACTORY.replace("1984K", "17M"), &esp32, vec!["error E0437"]),
        (FACTORY.replace("1984K", "17M"), &OwnContext { flash_size: None, ..plain }, vec![]),
        (FACTORY.to_owned() + ",data,fat,,4K", &plain, vec!["error E0438"]),
        (FACTORY.to_owned() + "sixteen_bytes_xx,data,fat,,4K", &plain, vec!["warning E0438"]),
        (FACTORY.to_owned() + "sixteen_bytes_xxx,data,fat,,4K", &plain, vec!["error E0438"]),
        (
            FACTORY.to_owned() + "sixteen_bytes_xxa,data,fat,,4K\nsixteen_bytes_xxb,data,fat,,4K",
            &plain,
            vec!["error E0438", "error E0438", "error E0438"],
        ),
        (FACTORY.replace("nvs,data", "store,data"), &plain, vec!["error E0439"]),
        (OTA.to_owned() + "factory,app,factory,,1M", &plain, vec!["error E0440"]),
        (FACTORY.to_owned() + "a,data,fat,,8M", &plain, vec!["error E0417", "warning E0441"]),
    ] {
        assert_eq!(own(&text, context), expected, "{text}");
    }
}

#[test]
fn the_app_that_boots_is_the_bootloaders_choice() {
    let first = |text: &str| table(text).first_boot().map(|app| app.name.clone());
    assert_eq!(first(OTA).as_deref(), Some("ota_0"));
    assert_eq!(first(&(OTA.to_owned() + "f,app,factory,,1M")).as_deref(), Some("f"));
    assert_eq!(first("a,app,ota_1,,1M\nb,app,ota_0,,1M").as_deref(), Some("b"));
    assert_eq!(first("a,app,ota_1,,1M\nt,app,test,,1M").as_deref(), Some("t"));
    assert_eq!(first("nvs,data,nvs,,24K"), None);
}

#[test]
fn the_bootloaders_own_check() {
    let good = binary::write(&table(OTA), true).unwrap();
    let source = Source::binary("flash.bin");
    let check = |bytes: &[u8], flash: &str| {
        let found = binary::check_boot(bytes, FlashSize::parse(flash).unwrap(), &source);
        found.iter().map(|d| d.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(check(&good, "4MB"), Vec::<String>::new());
    assert_eq!(
        check(&good, "2MB"),
        ["row 5 ends at 0x310000, but the bootloader's header says 2MB (0x200000)"]
    );
    let mut changed = good;
    changed[4] ^= 1;
    assert_eq!(check(&changed, "4MB"), ["the digest in row 6 does not match the rows above it"]);
    assert_eq!(check(&[0xFF; 0xC00], "4MB"), ["the table is empty"]);
    assert_eq!(check(&good[..64], "4MB"), ["the table has no end mark"]);
    assert_eq!(check(&[0; 0xC00], "4MB"), ["row 1 starts with 00 00: no row, digest or end"]);
}

#[test]
fn damaged_binaries_are_refused_with_the_reason() {
    let good = binary::write(&table(OTA), true).unwrap();
    let codes = |bytes: &[u8]| places(&binary::parse(bytes, &Source::binary("t.bin")).1);
    let changed = |at: usize, value: u8| {
        let mut bytes = good;
        bytes[at] = value;
        bytes
    };
    assert_eq!(codes(&good), Vec::<String>::new());
    assert_eq!(codes(&[]), ["E0419 1:1"]);
    assert_eq!(codes(&good[..40]), ["E0419 1:1"]);
    assert_eq!(codes(&good[..0xc0]), ["E0419 1:1"]);
    assert_eq!(codes(&changed(0, 0)), ["E0419 1:1", "E0420 1:1"]);
    assert_eq!(codes(&changed(12, 0xFF)), ["E0419 1:1", "E0420 1:1"]);
    assert_eq!(codes(&changed(31, 1)), ["E0420 1:1", "E0421 1:1"]);
}

#[test]
fn what_is_no_table_has_few_findings() {
    let messages = |bytes: &[u8]| -> Vec<String> {
        binary::parse(bytes, &Source::binary("t.bin")).1.into_iter().map(|finding| finding.message).collect()
    };
    let told = messages(&vec![0; 1 << 20]);
    assert_eq!(told.len(), 9);
    assert_eq!(
        told[7..],
        ["row 8 starts with 00 00, not with aa 50", "32760 rows behind these are not looked at"]
    );
    let mut row = [0x20; 32];
    row[..2].copy_from_slice(&binary::MAGIC);
    let told = messages(&[[row; 90].as_flattened(), &[0xFF; 32]].concat());
    assert_eq!(told.len(), 9);
    assert_eq!(told[8], "82 rows behind these have unknown flag bits as well");
    let digest = [0xEB; 32];
    assert_eq!(messages([digest; 90].as_flattened()).len(), 9);
    // Rows beyond what the binary can hold are read, as ESP-IDF's tool does.
    row[28..].fill(0);
    let rows = [[row; 200].as_flattened(), &[0xFF; 32]].concat();
    assert_eq!(binary::parse(&rows, &Source::binary("t.bin")).0.unwrap().partitions.len(), 200);
}

#[test]
fn the_csv_is_exact_and_aligned() {
    let expected = "# ESP-IDF partition table; every offset and size is exact\n\
                    # Name,   Type, SubType, Offset,  Size,     Flags\n\
                    nvs,      data, nvs,     0x9000,  0x6000,\n\
                    phy_init, data, phy,     0xf000,  0x1000,\n\
                    factory,  app,  factory, 0x10000, 0x1d0000, encrypted\n\
                    romfs,    data, 0x8f,    0x1e0000, 0x20000,\n";
    let written = csv::write(&table(
        "nvs,data,nvs,,24K\nphy_init,data,phy,,4K\nfactory,app,factory,,0x1D0000,encrypted\nromfs,data,0x8f,,0x20000",
    ));
    let bare = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(bare(&written.clone().unwrap()), bare(expected));
    let column = |line: &str| line.find("0x");
    let columns: Vec<_> =
        written.unwrap().lines().skip(2).filter(|l| !l.contains("0x8f")).map(column).collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{columns:?}");
    let comma = Table {
        partitions: vec![Partition { name: "a,b".into(), ..Partition::default() }],
        table_offset: 0x8000,
    };
    assert!(csv::write(&comma).is_err());
}

const LAYOUT: &str = r#"
[[partition]]
name = "nvs"
type = "data"
subtype = "nvs"
size = "16K"

[[partition]]
name = "otadata"
type = "data"
subtype = "ota"
size = 0x2000

[[partition]]
name = "ota_0"
type = "app"
subtype = "ota_0"
offset = 0x10000
size = "equal"

[[partition]]
name = "ota_1"
type = "app"
subtype = "ota_1"
size = "equal"

[[partition]]
name = "vfs"
type = "data"
subtype = "fat"
size = "1M"
flags = []
"#;

fn resolve(text: &str, flash: &str) -> (Option<Table>, Diagnostics) {
    let (layout, found) = layout::parse(&Source::new("ota.toml", text));
    let layout = layout.unwrap_or_else(|| panic!("{found:?}"));
    layout::resolve(&layout, FlashSize::parse(flash).unwrap(), &Options::new(NEW))
}

#[test]
fn a_layout_follows_the_flash_size() {
    let spans = |flash| {
        let (table, found) = resolve(LAYOUT, flash);
        let rows = table
            .unwrap()
            .partitions
            .into_iter()
            .skip(2)
            .map(|row| (row.offset, row.size))
            .collect::<Vec<_>>();
        (rows, places(&found))
    };
    assert_eq!(spans("8MB"), (vec![(0x10000, 0x370000), (0x380000, 0x370000), (0x6f0000, 0x100000)], vec![]));
    assert_eq!(
        spans("4MB"),
        (vec![(0x10000, 0x170000), (0x180000, 0x170000), (0x2f0000, 0x100000)], vec!["E0442 19:8".into()])
    );
    let rest = LAYOUT.replace("\"equal\"", "\"1M\"").replace("\"1M\"\nflags", "\"rest\"\nflags");
    let (table, found) = resolve(&rest, "4MB");
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(table.map(|table| table.end()), Some(4 << 20));
}

#[test]
fn a_layout_that_does_not_fit_says_by_how_much() {
    let message =
        |text: &str, flash| resolve(text, flash).1.0.first().map(|d| d.message.clone()).unwrap_or_default();
    assert_eq!(message(LAYOUT, "1MB"), "the layout ends 192 KiB behind the end 0x100000 of 1MB of flash");
    let early = LAYOUT.replace("size = 0x2000", "size = 0x8000");
    assert_eq!(message(&early, "4MB"), "the rows above `ota_0` end 20 KiB behind its offset 0x10000");
    let both = LAYOUT.replace("\"1M\"", "\"rest\"");
    assert_eq!(message(&both, "4MB"), "`vfs` has the size \"rest\", but `ota_0` takes what is left already");
}

#[test]
fn every_fault_of_a_layout_is_told_in_one_run() {
    let text = "x = 1\n[[partition]]\nnmae = \"a\"\ntype = \"data\"\nsubtype = 300\nsize = \"lots\"\noffset = -1\nflags = [\"ro\"]\n";
    let (layout, found) = layout::parse(&Source::new("x.toml", text));
    assert!(layout.is_none());
    let mut found = places(&found.sorted());
    found.sort();
    assert_eq!(
        found,
        ["E0446 1:1", "E0446 2:1", "E0446 3:1", "E0447 5:11", "E0447 6:8", "E0447 7:10", "E0447 8:10"]
    );
    let (_, found) = layout::parse(&Source::new("x.toml", "[[partition]\nname = \n[partition]\n"));
    assert!(places(&found).len() >= 2, "{found:?}");
    assert_eq!(places(&layout::parse(&Source::new("x.toml", "")).1), ["E0446 1:1"]);
    assert!(found.iter().all(|d| d.severity == Severity::Error && !d.help.is_empty()));
}

#[test]
fn codes_stay_within_their_hundred() {
    let ids: Vec<&str> = codes::ALL.iter().map(|code| code.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    assert!(ids.iter().all(|id| ("E0400".."E0450").contains(id) && *id != "E0412"));
}

prop_compose! {
    fn any_partition()(name in "[a-zü_]{1,7}", kind in any::<u8>(), subtype in any::<u8>(), offset in any::<u32>(),
                       size in any::<u32>(), encrypted in any::<bool>(), readonly in any::<bool>()) -> Partition {
        Partition { name, kind, subtype, offset, size, encrypted, readonly, ..Partition::default() }
    }
}

proptest! {
    #[test]
    fn binaries_round_trip(partitions in prop::collection::vec(any_partition(), 0..94), md5 in any::<bool>()) {
        let table = Table { partitions, table_offset: 0x8000 };
        let bytes = binary::write(&table, md5).unwrap();
        let (read, found) = binary::parse(&bytes, &Source::binary("t.bin"));
        prop_assert_eq!((read, found), (Some(table), Diagnostics::default()));
    }

    #[test]
    fn csvs_round_trip(sizes in prop::collection::vec((0u8..16, 1u32..64), 1..16)) {
        let text: String = sizes.iter().enumerate()
            .map(|(n, (kind, size))| match kind { 0..4 => format!("p{n},app,ota_{kind},,{size}K0\n").replace("K0", "M"),
                                                  _ => format!("p{n},data,{kind},,{size}K,encrypted\n") })
            .collect();
        let first = csv::parse(&Source::new("a.csv", text), &Options::new(Version::new(5, 2, 0))).0.unwrap();
        let again = csv::parse(&Source::new("b.csv", csv::write(&first).unwrap()), &Options::new(Version::new(5, 0, 0)));
        prop_assert_eq!(again.0, Some(first));
    }

    #[test]
    fn layouts_round_trip_through_csv_and_binary(nvs in 3u32..8, vfs in 1u32..40, flash in 2u8..8) {
        let text = LAYOUT.replace("\"16K\"", &format!("\"{}K\"", nvs * 4)).replace("offset = 0x10000\n", "")
            .replace("\"1M\"", &format!("\"{}K\"", vfs * 32));
        let flash = FlashSize::from_nibble(flash).unwrap();
        let layout = layout::parse(&Source::new("a.toml", text)).0.unwrap();
        let table = layout::resolve(&layout, flash, &Options::new(NEW)).0.unwrap();
        prop_assert!(table.end() <= u64::from(flash.bytes()) && table.free_at_end(flash.bytes()) < 2 * 64 * 1024);
        let again = csv::parse(&Source::new("a.csv", csv::write(&table).unwrap()), &Options::new(NEW)).0.unwrap();
        let bytes = binary::write(&again, true).unwrap();
        prop_assert_eq!(binary::parse(&bytes, &Source::binary("t.bin")).0, Some(table));
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF), Just(0xAA), Just(0x50), Just(0xEB)], 0..300)) {
        let source = Source::binary("t.bin");
        let _ = binary::parse(&bytes, &source);
        let _ = binary::check_boot(&bytes, FlashSize::ALL[2], &source);
        let _ = csv::decode(&bytes, std::path::Path::new("t.csv"), NEW);
    }

    #[test]
    fn nothing_panics_on_any_text(text in "([a-z_0-9]{0,4}|[,:$\\{\\}#-]|data|app|nvs|ota_0|-?0x[0-9a-f]{1,12}|[0-9]{1,30}[kKmM]{0,3}|\n|\\PC){0,60}") {
        let source = Source::new("t", text);
        for idf in [Version::new(5, 0, 0), NEW] {
            let options = Options { flash_size: FlashSize::parse("4MB"), primary_bootloader_offset: Some(0x1000), ..Options::new(idf) };
            if let (Some(table), _) = csv::parse(&source, &options) {
                let _ = check_own(&table, &OwnContext { flash_size: options.flash_size, ..OwnContext::default() });
                let _ = table.first_boot();
            }
        }
        let _ = layout::parse(&source);
    }
}
