//! What was asked of an image: OTA, rollback, the declared table. Judged on its bytes and on evidence alone.

use super::codes;
use super::verify::Work;
use crate::diagnostic::Diagnostic;
use crate::image::otadata::Summary;
use crate::partition::{Partition, Table, rules};
use crate::source::Source;

impl Work<'_> {
    pub(super) fn require(&mut self, table: &Table, otadata: Summary) {
        let require = self.expect.require;
        if require.ota || require.rollback {
            let help = match &self.expect.table {
                Some(declared) if ota_lacks(declared, Summary::Blank).is_empty() => {
                    "the declared layout has them: build the image with it"
                }
                Some(_) => "declare a layout with ota_0, ota_1 and otadata",
                None => {
                    "give it slots: `image repartition IMAGE -o OUT --layout ota`, or build it with such a layout"
                }
            };
            for why in ota_lacks(table, otadata) {
                self.error(&codes::OTA_REQUIRED, format!("OTA is required: {why}"), help);
            }
        }
        if require.rollback {
            self.require_rollback();
        }
    }

    pub(super) fn require_rollback(&mut self) {
        let proven = self.report.ota.as_ref().and_then(|ota| ota.rollback);
        let (message, help) = match (proven, &self.evidence.bootloader_sha256) {
            (Some(true), _) => return,
            (Some(false), _) => (
                "rollback is required, and the bootloader was built without BOOTLOADER_APP_ROLLBACK_ENABLE"
                    .to_owned(),
                "set `BOOTLOADER_APP_ROLLBACK_ENABLE = true` in the board's sdkconfig table",
            ),
            (None, None) => (
                "rollback is required, and a bare image cannot prove it".to_owned(),
                "keep build.json beside the image, or name the build folder: `--evidence BUILD_DIR`",
            ),
            (None, Some(other)) => (
                format!(
                    "rollback is required, and the evidence is of another bootloader: sha256 {}..., the image's is {}...",
                    other.get(..8).unwrap_or(other),
                    self.report.bootloader.as_ref().and_then(|b| b.sha256.get(..8)).unwrap_or("unknown"),
                ),
                "name the build folder that this image is from; esptool may have rewritten the bootloader's header",
            ),
        };
        self.error(&codes::ROLLBACK_REQUIRED, message, help);
    }
}

/// What a table lacks to be updated over the air, each in a few words.
pub(super) fn ota_lacks(table: &Table, otadata: Summary) -> Vec<String> {
    let mut lacks = Vec::new();
    let slots = table.app_slots();
    let names: Vec<&str> = table.apps().map(|row| row.name.as_str()).collect();
    if slots.len() < 2 {
        let found = crate::diagnostic::quoted_list(names, "and");
        let found = if found.is_empty() { "no app at all".to_owned() } else { found };
        lacks.push(format!("the image has {} of at least 2 slots (its apps: {found})", slots.len()));
    }
    for (index, row) in slots.iter().enumerate() {
        if row.slot().map(usize::from) != Some(index) {
            lacks.push(format!(
                "slot `{}` has the subtype {}, expected is ota_{index}",
                row.name,
                row.subtype_text()
            ));
        }
    }
    if let Some((first, other)) =
        slots.first().and_then(|first| Some((first, slots.iter().find(|s| s.size != first.size)?)))
    {
        lacks.push(format!(
            "slot `{}` has {:#x} bytes, `{}` has {:#x}",
            first.name, first.size, other.name, other.size
        ));
    }
    match table.otadata() {
        None => lacks.push("the image has no otadata partition".into()),
        Some(row) if row.size != rules::OTADATA_BYTES => {
            lacks.push(format!("otadata has {:#x} bytes, and needs {:#x}", row.size, rules::OTADATA_BYTES));
        }
        Some(_) if otadata == Summary::Absent => lacks.push("the image has no otadata".into()),
        Some(_) => {}
    }
    lacks
}

/// The story's finding: what was declared, what the bytes have.
pub(super) fn table_differs(declared: &Table, found: &Table, source: &Source) -> Diagnostic {
    let row = |row: &Partition| {
        format!("{} {} {} {:#x}+{:#x}", row.name, row.type_text(), row.subtype_text(), row.offset, row.size)
    };
    let missing: Vec<&Partition> =
        declared.partitions.iter().filter(|row| !found.partitions.contains(row)).collect();
    let extra: Vec<&Partition> =
        found.partitions.iter().filter(|row| !declared.partitions.contains(row)).collect();
    let apps = |table: &Table| {
        let names: Vec<&str> = table.apps().map(|row| row.name.as_str()).collect();
        crate::diagnostic::quoted_list(names, "and")
    };
    let message = format!(
        "the image's partition table is not the declared one: declared are the apps {}, the image has {}",
        apps(declared),
        apps(found)
    );
    let mut finding = Diagnostic::error(&codes::TABLE_DIFFERS, message).at(&source.whole());
    if let Some(place) = missing.iter().find_map(|row| row.place.as_ref()) {
        finding = finding.label(place, "declared here, and not in the image");
    }
    for missing in missing {
        finding = finding.because(format!("declared, not in the image: {}", row(missing)));
    }
    for extra in extra {
        finding = finding.because(format!("in the image, not declared: {}", row(extra)));
    }
    finding.help("the build used another table: look for PARTITION_TABLE in the sdkconfig beside it")
}
