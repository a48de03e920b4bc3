//! Binary partition tables: what is read is written back as the same rows, and every judge of a table bears it.

#![no_main]

use xtask::chip::{FlashSize, chips};
use xtask::partition::{Partition, Table, binary, codes, csv, rows, rules};
use xtask::source::Source;
use xtask_fuzz::{bounded, choice, options, sound, source, target};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &["nvs", "otadata", "vfs", "factory", "ota_0", "\u{0}\u{10}", "encrypted"];

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x1f0000\nvfs,data,fat,0x200000,0x200000\n",
        "nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nota_0,app,ota_0,0x10000,0x100000\n\
         ota_1,app,ota_1,0x110000,0x100000,encrypted\n",
    ];
    let table = |text: &&str, md5: bool| {
        let table = csv::parse(&source(*text), &options(0)).0.expect("the seed is a table");
        let bytes = binary::write(&table, md5).expect("the seed fits");
        let used = (table.partitions.len() + 1 + usize::from(md5)) * binary::ROW_BYTES;
        [b"m", &bytes[..used]].concat()
    };
    texts.iter().flat_map(|text| [table(text, true), table(text, false)]).collect()
}

fn run(data: &[u8]) {
    let (choice, bytes) = choice(data);
    let file = Source::binary("table.bin");
    let mut wrong_digest = false;
    bounded(bytes.len(), || {
        for flash in FlashSize::ALL.into_iter().skip(choice % 8).take(1) {
            sound(&binary::check_boot(bytes, flash, &file));
        }
        let (table, findings) = binary::parse(bytes, &file);
        assert_eq!(table.is_some(), !findings.has_errors());
        sound(&findings);
        if let Some(table) = table {
            judge(&table, choice);
            written(&table);
            as_csv(&table);
        }
        wrong_digest = findings.iter().any(|finding| finding.code == &codes::BINARY_DIGEST);
        // Every row is judged three times.
        3 * (bytes.len() / binary::ROW_BYTES + 1) + findings.0.len()
    });
    // No mutation finds an MD5: without it, the rest of such a table is looked at.
    if wrong_digest {
        let rows = bytes.chunks(binary::ROW_BYTES).filter(|row| !row.starts_with(&[0xEB, 0xEB]));
        run(&[&[data[0]], rows.flatten().copied().collect::<Vec<u8>>().as_slice()].concat());
    }
}

/// The rules find what they find, without falling over.
fn judge(table: &Table, choice: usize) {
    sound(&rules::check_idf(table, &options(choice)));
    let context = rules::OwnContext {
        chip: chips().get(choice % chips().len()),
        idf: Some(options(choice).idf),
        flash_size: FlashSize::from_nibble((choice % 8) as u8),
        require: rules::Require { ota: true, rollback: true, filesystem: true },
        min_app_size: Some(1 << 20),
        ..rules::OwnContext::default()
    };
    sound(&rules::check_own(table, &context));
    assert_eq!(rows(table).len(), table.partitions.len());
    let _ =
        (table.first_boot(), table.otadata(), table.filesystem(), table.free_at_end(8 << 20), table.end());
}

fn written(table: &Table) {
    for md5 in [true, false] {
        let Ok(bytes) = binary::write(table, md5) else {
            assert!(table.partitions.len() > 93);
            continue;
        };
        let (again, findings) = binary::parse(&bytes, &Source::binary("again.bin"));
        assert_eq!(again.as_ref(), Some(table), "{findings:#?}");
    }
}

/// The exact CSV of a table is read to the same rows, whatever a rule says about them.
fn as_csv(table: &Table) {
    // Release 5.2 forces no offset and knows both flags.
    let options = options(4);
    let Ok(text) = csv::write(table) else { return };
    let (again, findings) = csv::parse(&source(text.clone()), &options);
    // Rows out of order and ends beyond 32 bits are refused by the reader of a CSV.
    let Some(again) = again else {
        assert!(findings.has_errors(), "{text}");
        return;
    };
    assert_eq!(again.partitions.len(), table.partitions.len(), "{text}");
    for (mine, other) in again.partitions.iter().zip(&table.partitions) {
        let other = Partition { unknown_flags: 0, ..other.clone() };
        assert_eq!(mine, &other, "{text}");
    }
}
