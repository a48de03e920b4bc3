//! What an image can give a declaration, and what it cannot.

use super::*;
use crate::config::{Config, Files, PathKind, Selection, Surroundings, parse};
use crate::partition::{binary, csv};
use std::path::Path;

/// Every path is a file, or a folder when it is named so.
struct Everything;

impl Files for Everything {
    fn kind(&self, path: &Path) -> PathKind {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("module") || name == "own" { PathKind::Folder } else { PathKind::File }
    }

    fn names(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }
}

fn spec(board: &str) -> BuildSpec {
    let text = format!("[board.b]\nbase = \"ESP32_GENERIC\"\n{board}");
    let around = Surroundings {
        folder: Path::new("/p"),
        home: None,
        files: &Everything,
        micropython_given: true,
        idf_given: true,
    };
    let (config, findings) = parse(&Source::new("config.toml", text), &around);
    let config: Config = config.unwrap_or_else(|| panic!("{findings:?}"));
    config.builds(&Selection { all: true, ..Selection::default() }).unwrap().remove(0)
}

fn stock() -> Stock {
    let text =
        "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x1f0000\nvfs,data,fat,0x200000,0x200000\n";
    let table = csv::parse(&Source::new("t.csv", text), &Options::new(Version::new(5, 5, 1))).0.unwrap();
    // As an image has it: without places in a text.
    let source = Source::binary("stock.bin");
    let table = binary::parse(&binary::write(&table, true).unwrap(), &source).0.unwrap();
    Stock {
        source,
        chip: Chip::by_name("esp32").unwrap(),
        flash_size: FlashSize::parse("4MB").unwrap(),
        table,
        micropython: Some("v1.28.0".into()),
        idf: Some("v5.5.1".into()),
        rollback: None,
    }
}

fn around() -> Around {
    let pin = |text: &str| Some(Pin { text: text.into(), place: None });
    Around { micropython: pin("v1.28.0"), idf: pin("5.5.1"), chip: Some("esp32".into()), min_free: 0 }
}

/// `error E0256 config.toml:3 message` of each finding, and whether there is a plan.
fn said(board: &str, stock: &Stock, around: &Around) -> (Vec<String>, bool) {
    let (plan, findings) = resolve(&spec(board), stock, around);
    let line = |f: &Diagnostic| f.place().map_or(0, Place::line);
    let lines =
        findings.iter().map(|f| format!("{} {} {} {}", f.severity.word(), f.code.id, line(f), f.message));
    (lines.collect(), plan.is_some())
}

#[test]
fn a_plain_board_takes_the_images_own_table_and_flash() {
    let (plan, findings) = resolve(&spec(""), &stock(), &around());
    assert!(findings.is_empty(), "{findings:?}");
    let plan = plan.unwrap();
    assert!(!plan.table_declared && plan.table.partitions == stock().table.partitions);
    assert_eq!(plan.flash_size.to_string(), "4MB");
}

#[test]
fn each_declaration_that_takes_a_compile_is_an_error_at_its_line() {
    let cannot = |line: u32, what: &str| format!("error E0256 {line} an image cannot give {what}");
    let board = "board-name = \"B\"\nmodules = [\"module_a\",\n\"module_b\"]\nmanifest = \"m.py\"\nheader = \"h.h\"\n\
                 pins = \"p.csv\"\nfragments = [\"extra\"]\nrequire = [\"rollback\"]\n[board.b.sdkconfig]\nLWIP_LOCAL_HOSTNAME = \"x\"\n\
                 FREERTOS_HZ = 1000\n";
    let (said, planned) = said(board, &stock(), &around());
    assert!(!planned);
    assert_eq!(
        said,
        [
            cannot(3, "a board name (`board-name`)"),
            cannot(4, "a C module (`modules`: `module_a`)"),
            cannot(5, "a C module (`modules`: `module_b`)"),
            cannot(6, "frozen Python of your own (`manifest`)"),
            cannot(7, "what a C header sets (`header`)"),
            cannot(8, "named pins (`pins`)"),
            cannot(9, "sdkconfig symbols (`fragments`: `extra`)"),
            "error E0256 10 `rollback` is required, and nothing proves that the image's bootloader has it"
                .into(),
            "error E0443 10 updates over the air are required, but the table has no OTA slots".into(),
            cannot(12, "the sdkconfig symbol `LWIP_LOCAL_HOSTNAME`"),
            cannot(13, "the sdkconfig symbol `FREERTOS_HZ`"),
        ]
    );
}

#[test]
fn a_flash_that_the_images_own_table_exceeds_is_an_error_at_its_line() {
    let (said, planned) = said("flash-size = \"2MB\"\n", &stock(), &around());
    assert!(!planned && said[0].starts_with("error E0417 3 "), "{said:?}");
    assert!(said_alone("flash-size = \"16MB\"\n"));
}

fn said_alone(board: &str) -> bool {
    said(board, &stock(), &around()) == (Vec::new(), true)
}

#[test]
fn what_the_images_own_table_lacks_is_told_at_what_asks_for_it() {
    let (said, planned) = said("require = [\"ota\"]\n", &stock(), &around());
    assert!(!planned);
    assert_eq!(said, ["error E0443 3 updates over the air are required, but the table has no OTA slots"]);
}

#[test]
fn a_symbol_that_the_image_shows_is_taken() {
    let with = |symbol: &str| format!("[board.b.sdkconfig]\n{symbol}\n");
    let rollback = with("BOOTLOADER_APP_ROLLBACK_ENABLE = true");
    let proven = |rollback| Stock { rollback, ..stock() };
    assert!(said(&rollback, &proven(Some(true)), &around()).1);
    assert!(!said(&rollback, &proven(Some(false)), &around()).1);
    assert!(!said(&rollback, &proven(None), &around()).1);
    assert!(said(&with("PARTITION_TABLE_OFFSET = 0x8000"), &stock(), &around()).1);
    assert!(!said(&with("PARTITION_TABLE_OFFSET = 0x9000"), &stock(), &around()).1);
    let without = said("require = [\"rollback\"]\n", &proven(Some(false)), &around()).0;
    assert!(without[0].contains("the image's bootloader was built without it"), "{without:?}");
}

#[test]
fn a_board_folder_of_ones_own_takes_a_compile() {
    let mut spec = spec("");
    spec.base.value = crate::config::Base::Folder("/p/own".into());
    let (plan, findings) = resolve(&spec, &stock(), &around());
    assert!(plan.is_none() && findings.iter().any(|f| f.message.contains("a board folder of your own")));
}

#[test]
fn another_chip_is_an_error_and_an_unknown_one_a_warning() {
    let chip = |chip: Option<&str>| said("", &stock(), &Around { chip: chip.map(str::to_owned), ..around() });
    assert_eq!(
        chip(Some("esp32s3")),
        (vec!["error E0257 2 the image is for esp32, and `ESP32_GENERIC` is for esp32s3".to_owned()], false)
    );
    let (unknown, planned) = chip(None);
    assert!(
        planned && unknown[0].starts_with("warning E0257 2 which chip `ESP32_GENERIC` is for is not known")
    );
    let (variant, planned) = said("base-variant = \"SPIRAM\"\n", &stock(), &around());
    assert!(
        planned && variant[0].starts_with("warning E0259 3 whether the image is of the variant `SPIRAM`")
    );
}

#[test]
fn another_micropython_is_an_error_and_another_esp_idf_a_warning() {
    let release = |micropython: Option<&str>, idf: &str, pinned: &str| {
        let stock = Stock { micropython: micropython.map(str::to_owned), idf: Some(idf.into()), ..stock() };
        let pin = Some(Pin { text: pinned.into(), place: None });
        let (said, planned) = said("", &stock, &Around { micropython: pin, ..around() });
        (said.join("; ").replace(" E0258 1 ", " "), planned)
    };
    let own = |text: &str, planned| (text.to_owned(), planned);
    assert_eq!(release(Some("v1.28.0"), "v5.5.1", "v1.28.0"), own("", true));
    assert_eq!(release(Some("1.28"), "v5.5.1-dirty", "v1.28.0"), own("", true));
    assert_eq!(
        release(Some("v1.27.0"), "v5.5.1", "v1.28.0"),
        own("error the image has MicroPython v1.27.0, and v1.28.0 is pinned", false)
    );
    assert_eq!(
        release(Some("v1.28.0-preview.7.gabc"), "v5.5.1", "v1.28.0"),
        own("error the image has MicroPython v1.28.0-preview.7.gabc, and v1.28.0 is pinned", false)
    );
    assert_eq!(
        release(Some("v1.28.0"), "v5.4.2", "v1.28.0"),
        own("warning the image has ESP-IDF v5.4.2, and 5.5.1 is pinned", true)
    );
    assert_eq!(
        release(Some("v1.28.0"), "v5.5.1", "0123abc"),
        own("warning the image has MicroPython v1.28.0; `0123abc` is no release to compare it with", true)
    );
    let (none, planned) = release(None, "v5.5.1", "v1.28.0");
    assert!(!planned && none.starts_with("error the image's app is no MicroPython"), "{none}");
}
