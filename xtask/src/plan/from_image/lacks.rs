//! What a declaration asks for that an image does not have: each with its line.
//!
//! The table and the flash size are not among it: an image can be given both.

use super::{Around, Pin, Stock};
use crate::config::{Base, BuildSpec, Located, Require, SdkconfigEntry, SymbolValue};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::plan::codes;
use crate::source::Place;
use crate::version::Version;
use std::path::PathBuf;

const ROLLBACK: &str = "BOOTLOADER_APP_ROLLBACK_ENABLE";

/// Every declaration that takes a compile.
pub(super) fn declarations(spec: &BuildSpec, stock: &Stock) -> Diagnostics {
    let settings = &spec.settings;
    let mut lacks = Lacks(Diagnostics::default());
    if matches!(spec.base.value, Base::Folder(_)) {
        lacks.push(&spec.base.place, "what a board folder of your own says (`base`)");
    }
    for module in &settings.modules {
        lacks.push(&module.place, &format!("a C module (`modules`: {})", name(module)));
    }
    let files = [
        (&settings.manifest, "frozen Python of your own (`manifest`)"),
        (&settings.header, "what a C header sets (`header`)"),
        (&settings.pins, "named pins (`pins`)"),
    ];
    for (file, what) in files {
        file.iter().for_each(|file| lacks.push(&file.place, what));
    }
    if let Some(board_name) = &settings.board_name {
        lacks.push(&board_name.place, "a board name (`board-name`)");
    }
    for fragment in &settings.fragments {
        lacks.push(&fragment.place, &format!("sdkconfig symbols (`fragments`: {})", name(fragment)));
    }
    for entry in settings.sdkconfig.iter().filter(|entry| !given(entry, stock)) {
        lacks.push(&entry.place, &format!("the sdkconfig symbol `{}`", entry.symbol));
    }
    if let Some(require) = settings.require.iter().find(|require| require.value == Require::Rollback) {
        lacks.rollback(&require.place, stock);
    }
    lacks.0
}

fn name(path: &Located<PathBuf>) -> String {
    let name = path.value.file_name().unwrap_or_default();
    format!("`{}`", name.to_string_lossy())
}

/// Whether the image shows that a symbol has this value.
fn given(entry: &SdkconfigEntry, stock: &Stock) -> bool {
    match (entry.symbol.as_str(), &entry.value) {
        (ROLLBACK, SymbolValue::Bool(wanted)) => stock.rollback == Some(*wanted),
        ("PARTITION_TABLE_OFFSET", SymbolValue::Int(text)) => {
            crate::chip::parse_size(text) == Some(stock.table.table_offset)
        }
        _ => false,
    }
}

struct Lacks(Diagnostics);

impl Lacks {
    fn push(&mut self, place: &Place, what: &str) {
        let message = format!("an image cannot give {what}");
        let finding = Diagnostic::error(&codes::IMAGE_CANNOT_GIVE, message).label(place, "declared here");
        self.0.push(finding.help("build without `--from-image`, or drop the declaration"));
    }

    fn rollback(&mut self, place: &Place, stock: &Stock) {
        let (message, help) = match stock.rollback {
            Some(true) => return,
            Some(false) => (
                "`rollback` is required, and the image's bootloader was built without it",
                "take an image whose bootloader has BOOTLOADER_APP_ROLLBACK_ENABLE, or build without `--from-image`",
            ),
            None => (
                "`rollback` is required, and nothing proves that the image's bootloader has it",
                "keep the build.json of the image's own build beside it, or build without `--from-image`",
            ),
        };
        let finding = Diagnostic::error(&codes::IMAGE_CANNOT_GIVE, message).label(place, "required here");
        self.0.push(finding.help(help));
    }
}

/// Whether the image is for the board's chip, and of the releases that the config pins.
pub(super) fn identity(spec: &BuildSpec, stock: &Stock, around: &Around) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let file = stock.source.whole();
    let base = &spec.base.value;
    match &around.chip {
        Some(chip) if *chip != stock.chip.name => {
            let message = format!("the image is for {}, and `{base}` is for {chip}", stock.chip.name);
            let finding = Diagnostic::error(&codes::IMAGE_CHIP, message).label(&spec.base.place, "this base");
            findings.push(finding.label(&file, "this image").help("name an image for the board's chip"));
        }
        Some(_) => {}
        None => {
            let message = format!(
                "which chip `{base}` is for is not known: {} is taken, as the image has it",
                stock.chip.name
            );
            let finding = Diagnostic::warning(&codes::IMAGE_CHIP, message).at(&spec.base.place);
            findings.push(finding.help("name the MicroPython tree that has the board: `--micropython DIR`"));
        }
    }
    if let Some(variant) = &spec.settings.base_variant {
        let message = format!("whether the image is of the variant `{}` does not show in it", variant.value);
        let finding = Diagnostic::warning(&codes::IMAGE_VARIANT, message).at(&variant.place);
        findings
            .push(finding.help("take care to name the image that MicroPython publishes for this variant"));
    }
    let Some(micropython) = &stock.micropython else {
        let message = "the image's app is no MicroPython: it has no banner with a release";
        let finding = Diagnostic::error(&codes::IMAGE_RELEASE, message).at(&file);
        findings.push(finding.help("name a `firmware.bin` of MicroPython's esp32 port"));
        return findings;
    };
    findings.extend(release("MicroPython", Severity::Error, micropython, around.micropython.as_ref(), &file));
    if let Some(idf) = &stock.idf {
        // Which ESP-IDF a published MicroPython is built with is MicroPython's choice.
        findings.extend(release("ESP-IDF", Severity::Warning, idf, around.idf.as_ref(), &file));
    }
    findings
}

fn release(name: &str, severity: Severity, found: &str, pin: Option<&Pin>, file: &Place) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let Some(pin) = pin else { return findings };
    let code: &'static Code = &codes::IMAGE_RELEASE;
    let read = |text: &str| text.parse::<Version>().ok().map(|number| (number, text.contains("-preview")));
    let place = pin.place.as_ref().unwrap_or(file);
    let finding = match (read(&pin.text), read(found)) {
        (Some(wanted), Some(has)) if wanted == has => return findings,
        (Some(_), _) => {
            let message = format!("the image has {name} {found}, and {} is pinned", pin.text);
            // A release is pinned, and not what `git describe` made of a changed tree.
            let exact = read(found).filter(|has| !has.1).map(|has| format!("v{}", has.0));
            let help =
                format!("name an image of {name} {}, or pin {}", pin.text, exact.as_deref().unwrap_or(found));
            Diagnostic::new(code, severity, message).at(place).help(help)
        }
        (None, _) => {
            let message =
                format!("the image has {name} {found}; `{}` is no release to compare it with", pin.text);
            Diagnostic::warning(code, message).at(place).help(format!("pin the release: {found}"))
        }
    };
    findings.push(finding);
    findings
}
