//! Partition CSVs: text, table, binary, table, text, table; what was accepted is the same all the way.

#![no_main]

use xtask::partition::{binary, csv, rules};
use xtask::source::Source;
use xtask_fuzz::{bounded, choice, options, sound, source, target};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &[
    "app,",
    "data,",
    "bootloader,",
    "partition_table,",
    "primary,",
    "recovery,",
    "factory,",
    "ota_0,",
    "ota_1,",
    "ota,",
    "nvs,",
    "fat,",
    "phy,",
    "0x9000,",
    "0x10000,",
    "0x2000,",
    "-0x",
    "24K,",
    "1M,",
    "0b1",
    "1_0",
    "encrypted",
    ":readonly",
    "$HOME",
    "${HOME}",
    "\n",
    "\r\n",
    "\u{feff}",
    "\u{85}",
    "\u{1c}",
    "\u{212a}",
    "\u{ff11}",
];

fn seeds() -> Vec<Vec<u8>> {
    let shipped = include_str!("../../../partitions/bench-c3-ota.csv");
    let texts = [
        "# Name,Type,SubType,Offset,Size,Flags\nnvs,data,nvs,,24K\nfactory,app,factory,,1M,\n",
        "nvs,data,nvs,0x9000,0x4000,readonly\nx,0x40,1,,-0x20000,encrypted:readonly\n",
        "boot,bootloader,primary,,\ntable,partition_table,primary,,\nnvs,data,nvs,,0x6000\napp,app,ota_0,,64K\n",
        shipped,
    ];
    // ESP-IDF 5.3, 5.5 without a digest, 5.5 with the bootloader's offsets, 5.4: see `options`.
    texts.iter().zip(*b"QBAU").map(|(text, choice)| [&[choice], text.as_bytes()].concat()).collect()
}

fn run(data: &[u8]) {
    let (choice, bytes) = choice(data);
    bounded(bytes.len(), || read(choice, bytes));
}

/// The number of lines and findings.
fn read(choice: usize, bytes: &[u8]) -> usize {
    let mut options = options(choice);
    options.env.insert("HOME".into(), "home,data".into());
    let file = std::path::Path::new("fuzzed.csv");
    let Ok(text) = csv::decode(bytes, file, options.idf) else { return 1 };
    let lines = text.lines().count();
    let (table, findings) = csv::parse(&source(text), &options);
    sound(&findings);
    let Some(table) = table else {
        assert!(findings.has_errors());
        return lines + findings.0.len();
    };
    let own = rules::check_own(&table, &rules::OwnContext::default());
    sound(&own);
    let things = lines + findings.0.len() + own.0.len();
    // What the binary cannot hold, or the device not read, is refused by one of the two sets of rules.
    if findings.has_errors() || own.iter().any(|finding| finding.code.id == "E0438") {
        return things;
    }
    let bytes = binary::write(&table, options.md5).expect("an accepted table fits");
    let (read, findings) = binary::parse(&bytes, &Source::binary("t.bin"));
    let read = read.unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(read.partitions, table.partitions);
    let Ok(text) = csv::write(&table) else {
        // ESP-IDF keeps the name of a variable that is not set, and a later build may set it.
        assert!(table.partitions.iter().any(|row| row.name.contains(['$', '\u{feff}'])), "{table:#?}");
        return things;
    };
    let (again, findings) = csv::parse(&source(text.clone()), &options);
    assert!(!findings.has_errors(), "{text}\n{findings:#?}");
    assert_eq!(again.as_ref(), Some(&table), "{text}");
    // The table was made three times.
    3 * things
}
