//! Whether a device that runs A can be updated to B over the air: an update sends the app and nothing else.

use super::{Side, revision};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::image::otadata::Summary;
use crate::inspect::require::ota_lacks;
use crate::inspect::{codes, slots};
use serde::Serialize;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Update {
    /// Absent when A is no merged image, so that the device's table is not known.
    pub possible: Option<bool>,
    /// Why not, and what to know.
    #[serde(skip)]
    pub findings: Diagnostics,
}

pub(super) fn judge(a: &Side<'_>, b: &Side<'_>) -> Update {
    let mut work = Work { a, b, findings: Diagnostics::default() };
    let known = work.device();
    work.app();
    let wrong = work.findings.has_errors();
    Update { possible: if wrong { Some(false) } else { known.then_some(true) }, findings: work.findings }
}

struct Work<'a> {
    a: &'a Side<'a>,
    b: &'a Side<'a>,
    findings: Diagnostics,
}

impl Work<'_> {
    fn error(&mut self, code: &'static Code, message: String, help: &str) {
        self.findings.push(Diagnostic::error(code, message).at(&self.b.source.whole()).help(help));
    }

    /// What the device has: slots, a table that stays as it is. False when nothing is known of it.
    fn device(&mut self) -> bool {
        let Some(table) = self.a.table.clone() else {
            let message = format!(
                "the first file ({}) has no partition table, so that the device's is not known",
                self.a.report.kind
            );
            self.findings.push(
                Diagnostic::warning(&codes::UPDATE_UNKNOWN, message)
                    .at(&self.a.source.whole())
                    .help("name the merged image that the device was flashed with"),
            );
            return false;
        };
        let otadata = self.a.report.ota.as_ref().map_or(Summary::Blank, |ota| ota.otadata);
        for why in ota_lacks(&table, otadata) {
            let finding =
                Diagnostic::error(&codes::UPDATE_NO_SLOTS, format!("no update can be stored: {why}"));
            self.findings.push(finding.at(&self.a.source.whole()).help("flash such a device by wire"));
        }
        if let Some(other) = self.b.table.as_ref().filter(|other| other.partitions != table.partitions) {
            let changes = super::rows::changes(Some(&table), Some(other));
            let mut finding = Diagnostic::error(
                &codes::UPDATE_TABLE,
                "the partition tables differ, and an update does not carry one",
            )
            .at(&self.b.source.whole());
            for change in &changes {
                let name = change.a.as_ref().or(change.b.as_ref()).map_or("", |row| row.name.as_str());
                finding = finding.because(format!("`{name}` {}", change.kind.word()));
            }
            let help = "build the release with the table that the devices have, or flash them by wire";
            self.findings.push(finding.help(help));
        }
        if let Some(app) = &self.b.app {
            slots::fits(&table, app.size, 0, self.b.source, &mut self.findings);
        }
        true
    }

    /// What the app asks of the device, by what the app asks that runs there.
    fn app(&mut self) {
        let why = self.b.findings.iter().find(|finding| is_of_app(finding));
        if let Some(why) = why {
            let message = format!("the app is not right: {}", why.message);
            self.error(why.code, message, "build it again: the device refuses it");
        }
        let Some(app) = self.b.app.clone() else {
            if why.is_none() {
                let message = format!("the second file, a {}, has no app to send", self.b.report.kind);
                self.error(&codes::NO_APP, message, "name an image with an app, or an app");
            }
            return;
        };
        let chip = |id: u16| {
            crate::chip::Chip::by_image_id(id).map_or_else(|| format!("{id:#06x}"), |chip| chip.name.clone())
        };
        let device = self.a.app.clone();
        if let Some(device) = device.as_ref().filter(|device| device.chip_id != app.chip_id) {
            let message =
                format!("the app is for {}, the device is {}", chip(app.chip_id), chip(device.chip_id));
            return self.error(&codes::UPDATE_CHIP, message, "name the release for the device's chip");
        }
        let Some(device) = device else { return };
        if app.revision_min > device.revision_min {
            let (needs, runs) = (revision(app.revision_min), revision(device.revision_min));
            let message = format!("the app needs chip revision {needs}, and devices may have {runs} on");
            self.error(
                &codes::UPDATE_REVISION,
                message,
                "set the least chip revision as low as the devices need",
            );
        }
        // Images of ESP-IDF 4 have 0 there, which is no limit.
        let limit = |revision: u16| if revision == 0 { u16::MAX } else { revision };
        if limit(app.revision_max) < limit(device.revision_max) {
            let (most, runs) = (revision(app.revision_max), revision(device.revision_max));
            let message =
                format!("the app takes chip revisions up to {most}, and devices may have up to {runs}");
            self.error(
                &codes::UPDATE_REVISION,
                message,
                "build it with the ESP-IDF that knows the newer chips",
            );
        }
        let (Some(new), Some(old)) = (&app.app_descriptor, &device.app_descriptor) else { return };
        if let (Some(new), Some(old)) = (new.mmu_page_bytes, old.mmu_page_bytes)
            && new != old
        {
            let message =
                format!("the app has MMU pages of {new} bytes, and the device's bootloader takes {old}");
            self.error(
                &codes::UPDATE_PAGE,
                message,
                "set the same MMU_PAGE_SIZE, which comes from the flash size",
            );
        }
        if new.secure_version < old.secure_version {
            let message = format!(
                "the app's secure version is {}, and {} runs: a bootloader with anti-rollback refuses it",
                new.secure_version, old.secure_version
            );
            self.findings.push(
                Diagnostic::warning(&codes::UPDATE_SECURE_VERSION, message)
                    .at(&self.b.source.whole())
                    .help("set APP_SECURE_VERSION to that of the devices, or above"),
            );
        }
    }
}

/// Whether a finding of verification is about the app's own bytes.
fn is_of_app(finding: &Diagnostic) -> bool {
    let own = [
        &crate::image::codes::TRUNCATED,
        &crate::image::codes::BAD_HEADER,
        &crate::image::codes::BAD_CHECKSUM,
        &crate::image::codes::BAD_DIGEST,
        &crate::image::codes::BAD_SEGMENT,
        &crate::image::codes::NO_DESCRIPTOR,
    ];
    finding.severity == crate::diagnostic::Severity::Error
        && own.iter().any(|code| code.id == finding.code.id)
}
