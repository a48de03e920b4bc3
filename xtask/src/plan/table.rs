//! The partition table and flash size that a build will have, as far as they are known before ESP-IDF runs.

use super::codes;
use super::inputs::Texts;
use crate::checkout::Port;
use crate::chip::{Chip, FlashSize};
use crate::config::{BuildSpec, LayoutKind, Require};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::merged::TABLE_OFFSET;
use crate::partition::{self, Options, Row, Table, csv, layout, rules};
use crate::sdkconfig::{Merged, Value};
use crate::version::Version;
use std::path::{Path, PathBuf};

/// What the table is derived from.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub spec: &'a BuildSpec,
    pub port: &'a Port,
    /// `ports/esp32`: inherited names of tables are relative to it.
    pub port_folder: &'a Path,
    pub sdkconfig: &'a Merged,
    pub idf: Version,
    pub micropython: Version,
}

/// What is known.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    pub flash_size: Option<FlashSize>,
    /// `None` when the base board uses one of ESP-IDF's built-in tables.
    pub table: Option<Table>,
    /// The exact CSV of a declared layout.
    pub csv: Option<String>,
}

impl Declared {
    pub fn rows(&self) -> Option<Vec<Row>> {
        self.table.as_ref().map(partition::rows)
    }
}

/// Reads or computes the table, and checks it by every rule.
pub fn declared(question: &Question<'_>, texts: &mut Texts) -> (Declared, Diagnostics) {
    let mut findings = Diagnostics::default();
    let flash_size = flash_size(question);
    let options = options(question, flash_size);
    let (table, own) = match &question.spec.settings.partitions {
        Some(wanted) => {
            let found = read_layout(&wanted.value.path, wanted.value.kind, &options, wanted, texts);
            (keep(found, &mut findings), true)
        }
        None => (inherited(question, &options, texts, &mut findings), false),
    };
    if let Some(table) = &table {
        findings.extend(rules::check_own(table, &context(question, flash_size, own)));
    }
    let csv = table.as_ref().filter(|_| own).and_then(|table| match csv::write(table) {
        Ok(text) => Some(text),
        Err(finding) => {
            findings.push(finding);
            None
        }
    });
    (Declared { flash_size, table, csv }, findings)
}

fn keep<T>((value, found): (Option<T>, Diagnostics), findings: &mut Diagnostics) -> Option<T> {
    findings.extend(found);
    value
}

/// The key, else the choice that the base's fragments leave.
fn flash_size(question: &Question<'_>) -> Option<FlashSize> {
    let key = question.spec.settings.flash_size.as_ref().map(|size| size.value);
    key.or_else(|| {
        let chosen = |size: &FlashSize| {
            let symbol = format!("ESPTOOLPY_FLASHSIZE_{size}");
            question.sdkconfig.symbols.get(&symbol).is_some_and(|entry| !entry.winner.value().is_off())
        };
        FlashSize::ALL.into_iter().find(chosen)
    })
}

impl Question<'_> {
    /// PARTITION_TABLE_OFFSET, in bytes.
    pub fn table_offset(&self) -> u32 {
        let set = self.value("PARTITION_TABLE_OFFSET").and_then(Value::as_number);
        set.and_then(|offset| u32::try_from(offset).ok()).unwrap_or(TABLE_OFFSET)
    }

    fn value(&self, symbol: &str) -> Option<&Value> {
        self.sdkconfig.symbols.get(symbol).map(|entry| entry.winner.value())
    }
}

fn options(question: &Question<'_>, flash_size: Option<FlashSize>) -> Options {
    let mut options = Options::new(question.idf);
    options.flash_size = flash_size;
    let value = |symbol: &str| question.value(symbol);
    options.table_offset = question.table_offset();
    options.md5 = !value("PARTITION_TABLE_MD5").is_some_and(Value::is_off);
    let chip = Chip::by_name(&question.port.target);
    options.primary_bootloader_offset = chip.map(|chip| chip.bootloader_offset);
    options
}

/// Reads a declared layout under the rules of these options.
pub(super) fn read_layout(
    path: &Path,
    kind: LayoutKind,
    options: &Options,
    wanted: &crate::config::Located<crate::config::Layout>,
    texts: &mut Texts,
) -> (Option<Table>, Diagnostics) {
    let source = match texts.read(path) {
        Ok(source) => source,
        Err(finding) => return (None, Diagnostics(vec![finding.at(&wanted.place)])),
    };
    match kind {
        LayoutKind::Csv => csv::parse(&source, options),
        LayoutKind::Toml => {
            let (layout, mut findings) = layout::parse(&source);
            let Some(layout) = layout else {
                return (None, findings);
            };
            let Some(flash) = options.flash_size else {
                let message =
                    format!("layout `{}` follows the flash size, which nothing says", wanted.value.name);
                let finding = Diagnostic::error(&codes::NO_FLASH_SIZE, message).at(&wanted.place);
                findings.push(finding.help("add `flash-size = \"4MB\"` to the board"));
                return (None, findings);
            };
            let (table, found) = layout::resolve(&layout, flash, options);
            findings.extend(found);
            (table, findings)
        }
    }
}

/// The CSV that the base's fragments name.
fn inherited(
    question: &Question<'_>,
    options: &Options,
    texts: &mut Texts,
    findings: &mut Diagnostics,
) -> Option<Table> {
    let symbols = &question.sdkconfig.symbols;
    let custom = symbols.get("PARTITION_TABLE_CUSTOM").is_some_and(|entry| !entry.winner.value().is_off());
    let entry = symbols.get("PARTITION_TABLE_CUSTOM_FILENAME").filter(|_| custom)?;
    let Value::Str(name) = entry.winner.value() else {
        return None;
    };
    let path: PathBuf = question.port_folder.join(name);
    if !path.is_file() {
        let message =
            format!("the base's partition table `{name}` is not in {}", question.port_folder.display());
        let finding = Diagnostic::error(&codes::TABLE_NOT_FOUND, message).at(entry.winner.place());
        findings.push(finding.help("declare a layout of your own: `partitions = \"NAME\"`"));
        return None;
    }
    match texts.read(&path) {
        Ok(source) => keep(csv::parse(&source, options), findings),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// What a declaration requires, as the rules take it.
pub fn required(words: impl IntoIterator<Item = Require>) -> rules::Require {
    let mut all = rules::Require::default();
    for word in words {
        match word {
            Require::Ota => all.ota = true,
            Require::Rollback => all.rollback = true,
            Require::Filesystem => all.filesystem = true,
        }
    }
    all
}

fn context(question: &Question<'_>, flash_size: Option<FlashSize>, own: bool) -> rules::OwnContext {
    rules::OwnContext {
        chip: Chip::by_name(&question.port.target),
        idf: Some(question.idf),
        micropython: Some(question.micropython),
        flash_size,
        require: required(question.spec.settings.require.iter().map(|require| require.value)),
        unchanged_stock_table: !own,
        min_app_size: None,
    }
}
