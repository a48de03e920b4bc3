//! The verification of a file: what it is, its parts, and what was asked of it.

use super::contents::contents;
use super::gaps::{file_range, find_image};
use super::report::{App, BootloaderReport, FileSegment, ImageReport, Stated};
use super::{Evidence, Expectation, Inspection, codes, slots};
use crate::chip::FlashSize;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, plural, quoted_list};
use crate::fs::{hex, sha256};
use crate::image::bytes::is_blank;
use crate::image::merged::{TABLE_BYTES, detect, likely_table_offset};
use crate::image::otadata::Summary;
use crate::image::{Content, Image, Layout, Role, app, codes as image_codes, frozen};
use crate::partition::codes::NO_FILESYSTEM;
use crate::partition::rows;
use crate::partition::{Partition, Table, binary};
use crate::source::Source;
use crate::version::Version;

/// Verifies a file of any kind that is known.
pub fn verify(bytes: &[u8], source: &Source, expect: &Expectation, evidence: &Evidence) -> Inspection {
    let report = ImageReport { file_size: bytes.len() as u64, ..ImageReport::default() };
    let mut work = Work { bytes, source, expect, evidence, report, findings: Diagnostics::default() };
    match detect(bytes, expect.table_offset.unwrap_or_else(|| likely_table_offset(bytes))) {
        None => work.unknown(),
        Some(layout) => {
            work.report.kind = layout.content.words();
            work.report.flash_offset = layout.flash_offset;
            match layout.content {
                Content::Merged => work.merged(&layout),
                Content::App => work.app_alone(),
                Content::Table => work.table_alone(),
                Content::Bootloader => work.bootloader_alone(&layout),
            }
        }
    }
    Inspection { image: work.report, findings: work.findings.sorted() }
}

pub(super) struct Work<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) source: &'a Source,
    pub(super) expect: &'a Expectation,
    pub(super) evidence: &'a Evidence,
    pub(super) report: ImageReport,
    pub(super) findings: Diagnostics,
}

impl<'a> Work<'a> {
    pub(super) fn error(&mut self, code: &'static Code, message: String, help: &str) {
        let finding = Diagnostic::error(code, message).at(&self.source.whole());
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    pub(super) fn merged(&mut self, layout: &Layout) {
        let at = |flash: u32| flash.checked_sub(layout.flash_offset).map(|offset| offset as usize);
        let bootloader = self.bootloader(layout, at(layout.bootloader_offset));
        let Some(table) = self.table(at(layout.table_offset), layout.table_offset, bootloader.as_ref())
        else {
            return;
        };
        let chip = bootloader.as_ref().and_then(Image::chip);
        self.headers(bootloader.as_ref());
        self.table_rules(&table, chip);
        let (first, otadata) = self.ota(&table, layout);
        let app = self.first_app(&table, first.as_ref(), layout);
        if let (Some(boot), Some(app)) = (&bootloader, &app)
            && boot.chip_id != app.chip_id
        {
            let message = format!("bootloader for {}, app for {}", chip_name(boot), chip_name(app));
            self.error(&codes::WRONG_CHIP, message, "build both in one build");
        }
        // An app without `_boot.py` is not MicroPython's, and mounts what it likes.
        let foreign = self.report.app.as_ref().is_some_and(|app| app.frozen.is_empty());
        if foreign && !self.expect.require.filesystem {
            self.findings.0.retain(|finding| finding.code.id != NO_FILESYSTEM.id);
        }
        self.memory(bootloader.as_ref(), app.as_ref());
        let app_end =
            first.as_ref().zip(app.as_ref()).map(|(row, app)| u64::from(row.offset) + u64::from(app.size));
        let table_end = u64::from(layout.table_offset) + TABLE_BYTES as u64;
        let boot_end =
            bootloader.as_ref().map_or(0, |b| u64::from(layout.bootloader_offset) + u64::from(b.size));
        self.gaps(layout, &table, &[boot_end, table_end, app_end.unwrap_or(0)], first.as_ref());
        self.require(&table, otadata);
        self.report.contents = contents(self.bytes, layout, &table);
    }

    pub(super) fn bootloader(&mut self, layout: &Layout, at: Option<usize>) -> Option<Image> {
        let end = layout.table_offset.checked_sub(layout.flash_offset)? as usize;
        let bytes: &'a [u8] = self.bytes.get(at?..)?;
        let (image, findings) = app::parse(bytes, Role::Bootloader, layout.bootloader_offset, self.source);
        self.findings.extend(findings);
        let image = image?;
        let room = end.saturating_sub(at?);
        if image.size as usize > room {
            let message =
                format!("the bootloader has {} bytes, and the table starts after {room}", image.size);
            self.error(
                &codes::BOOTLOADER_TOO_LARGE,
                message,
                "set a higher PARTITION_TABLE_OFFSET, or log less",
            );
        }
        self.describe_bootloader(&image, bytes, layout.bootloader_offset, Some(room));
        Some(image)
    }

    pub(super) fn describe_bootloader(
        &mut self,
        image: &Image,
        bytes: &[u8],
        offset: u32,
        room: Option<usize>,
    ) {
        let own = bytes.get(..image.size as usize).unwrap_or_default();
        self.report.chip = Some(chip_name(image));
        self.report.flash_size = image.flash_size.map(FlashSize::bytes);
        self.report.flash_mode = flash_mode(image.flash_mode);
        self.report.flash_frequency_mhz =
            image.chip().and_then(|chip| chip.frequency_mhz(image.flash_frequency));
        self.report.bootloader = Some(BootloaderReport {
            offset,
            size: image.size,
            free: room.and_then(|room| u32::try_from(room).ok()?.checked_sub(image.size)),
            idf_version: image.idf_version().map(str::to_owned),
            sha256: sha256(own),
            version: image.bootloader_descriptor.as_ref().map(|descriptor| descriptor.version),
            compiled: image.bootloader_descriptor.as_ref().and_then(|d| stated(&d.date_time)),
            stated: stated_by(image),
            segments: segments(image, offset),
        });
    }

    pub(super) fn table(
        &mut self,
        at: Option<usize>,
        offset: u32,
        bootloader: Option<&Image>,
    ) -> Option<Table> {
        let end = self.bytes.len();
        let range = at.filter(|at| *at < end).map(|at| at..end.min(at + TABLE_BYTES));
        let bytes = range.and_then(|range| self.bytes.get(range)).unwrap_or_default();
        let (table, mut findings) = binary::parse(bytes, self.source);
        if findings.has_errors() || table.is_none() {
            let message = format!("no valid partition table at {offset:#x}");
            self.findings.extend(findings);
            self.error(&codes::NO_TABLE, message, "build the image again");
            return None;
        }
        if let Some(flash) = bootloader.and_then(|image| image.flash_size) {
            findings.extend(binary::check_boot(bytes, flash, self.source));
        }
        self.findings.extend(findings);
        if let Some(at) = table.as_ref().and_then(|table| unexplained(table, bytes)) {
            let message = format!("byte {:#x} of the partition table belongs to no row and is not 0xff", at);
            self.error(&codes::TRAILING, message, "build the table again");
        }
        let table = table.map(|table| Table { table_offset: offset, ..table })?;
        self.report.table_offset = Some(offset);
        self.report.partitions = rows(&table);
        Some(table)
    }

    pub(super) fn headers(&mut self, bootloader: Option<&Image>) {
        let Some(image) = bootloader else { return };
        self.expected_chip(image);
        let Some(found) = image.flash_size else { return };
        if let Some(declared) = self.expect.flash_size.filter(|declared| *declared != found) {
            let message = format!("the header says {found} of flash, declared are {declared}");
            self.error(
                &codes::FLASH_SIZE,
                message,
                "build again; esptool with `--flash_size` rewrites the header",
            );
        }
    }

    pub(super) fn expected_chip(&mut self, image: &Image) {
        let found = chip_name(image);
        if let Some(wanted) = self.expect.chip.clone().filter(|wanted| *wanted != found) {
            let message = format!("the {} is for {found}, expected is {wanted}", image.role.name());
            self.error(&codes::WRONG_CHIP, message, "name the right file, or the right board");
        }
    }

    pub(super) fn ota(&mut self, table: &Table, layout: &Layout) -> (Option<Partition>, Summary) {
        let blank = [0xFF; 32];
        let bytes: &[u8] = self.bytes;
        let otadata = table.otadata().map(|row| {
            let range = file_range(row, layout.flash_offset, bytes.len());
            range.and_then(|range| bytes.get(range)).filter(|bytes| !bytes.is_empty()).unwrap_or(&blank)
        });
        let rollback = self.rollback();
        let (ota, first) = slots::ota(table, otadata, rollback);
        let summary = ota.otadata;
        if summary == Summary::Invalid {
            let message = "otadata has bytes that are no valid record".to_owned();
            self.error(&codes::OTADATA, message, "ship it blank: 0x2000 bytes of 0xFF");
        }
        // One that is damaged beside a right one: another slot boots than was meant.
        for record in ota.records.iter().filter(|record| record.is_damaged() && summary != Summary::Invalid) {
            let (number, state) = (record.sequence, record.state);
            let message =
                format!("a record of otadata, with sequence {number} and state {state:?}, is damaged");
            self.error(&image_codes::BAD_OTADATA, message, "choose a slot anew: `image set-boot`");
        }
        self.report.ota = Some(ota);
        (first, summary)
    }

    /// Whether the bootloader rolls back, as far as evidence proves it.
    pub(super) fn rollback(&self) -> Option<bool> {
        let own = self.report.bootloader.as_ref()?.sha256.as_str();
        (self.evidence.bootloader_sha256.as_deref() == Some(own)).then_some(())?;
        let config = self.evidence.bootloader_sdkconfig.as_ref()?;
        Some(
            config
                .get("BOOTLOADER_APP_ROLLBACK_ENABLE")
                .and_then(serde_json::Value::as_bool)
                .unwrap_or(false),
        )
    }

    pub(super) fn first_app(
        &mut self,
        table: &Table,
        first: Option<&Partition>,
        layout: &Layout,
    ) -> Option<Image> {
        let Some(row) = first else {
            self.error(
                &codes::NO_APP,
                "the table has no app that the bootloader starts".into(),
                "add a factory app, or ota_0",
            );
            return None;
        };
        let bytes: &'a [u8] = self.bytes;
        // Up to the file's end: an app that is too large for its partition is still read, and its size told.
        let start = row.offset.checked_sub(layout.flash_offset).map(|start| start as usize);
        let slot = start.and_then(|start| bytes.get(start..)).unwrap_or_default();
        if slot.first() != Some(&app::MAGIC) {
            let own = slot.get(..row.size as usize).unwrap_or(slot);
            let what = if is_blank(own) { "nothing" } else { "something else" };
            let message = format!("`{}` at {:#x} boots first, and holds {what}", row.name, row.offset);
            let finding = Diagnostic::error(&codes::NO_APP, message).at(&self.source.whole());
            let finding = match find_image(bytes, layout, table) {
                Some(offset) => {
                    finding.because(format!("an app starts at {offset:#x}, where the table has none"))
                }
                None => finding,
            };
            self.findings.push(finding.help("the app must lie where the table's first boot partition is"));
            return None;
        }
        let image = self.app(slot, row.offset)?;
        let slots = slots::fits(table, image.size, self.expect.min_free, self.source, &mut self.findings);
        if let Some(app) = &mut self.report.app {
            app.partition = Some(row.name.clone());
            app.offset = Some(row.offset);
            app.free = slots.iter().map(|slot| slot.free).min();
            app.slots = slots;
        }
        Some(image)
    }

    pub(super) fn app(&mut self, bytes: &[u8], flash_offset: u32) -> Option<Image> {
        let (image, findings) = app::parse(bytes, Role::App, flash_offset, self.source);
        self.findings.extend(findings);
        let image = image?;
        let own = bytes.get(..image.size as usize).unwrap_or_default();
        let frozen = frozen::names(own);
        let idf = image.idf_version().map(str::to_owned);
        self.idf_version(idf.as_deref());
        self.frozen(&frozen);
        let descriptor = image.app_descriptor.as_ref();
        self.report.app = Some(App {
            partition: None,
            offset: None,
            size: image.size,
            free: None,
            idf_version: idf,
            sha256: sha256(own),
            elf_sha256: descriptor.map(|descriptor| hex(&descriptor.elf_sha256)),
            project: descriptor.and_then(|descriptor| stated(&descriptor.project_name)),
            version: descriptor.and_then(|descriptor| stated(&descriptor.version)),
            compiled: descriptor.and_then(|d| stated(format!("{} {}", d.date, d.time).trim())),
            secure_version: descriptor.map(|descriptor| descriptor.secure_version),
            mmu_page: image.mmu_page_bytes(),
            stated: stated_by(&image),
            revision_min: image.revision_min,
            revision_max: image.revision_max,
            segments: segments(&image, flash_offset),
            frozen,
            slots: Vec::new(),
        });
        Some(image)
    }

    fn frozen(&mut self, found: &[String]) {
        let wanted = self.expect.frozen.iter().map(String::as_str);
        let missing: Vec<&str> = wanted.filter(|name| !has_frozen(found, name)).collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "{} of the manifest not in the app, which has {}: {}",
            plural(missing.len(), "frozen module"),
            found.len(),
            quoted_list(missing, "and")
        );
        self.error(
            &codes::FROZEN_MISSING,
            message,
            "build again with `--force`; see what the manifest freezes in the log",
        );
    }

    pub(super) fn idf_version(&mut self, found: Option<&str>) {
        let (Some(wanted), Some(found)) = (self.expect.idf, found) else {
            return;
        };
        if found.parse::<Version>().ok() != Some(wanted) {
            let message = format!("the app was built with ESP-IDF {found}, and this build uses v{wanted}");
            self.error(&codes::IDF_VERSION, message, "build again with `--force`; look at IDF_PATH");
        }
    }
}

pub(super) fn chip_name(image: &Image) -> String {
    image.chip().map_or_else(|| format!("chip id {:#06x}", image.chip_id), |chip| chip.name.clone())
}

/// Source: ESP-IDF v5.5 `esp_app_format.h`, `esp_image_spi_mode_t`.
fn flash_mode(number: u8) -> Option<&'static str> {
    ["qio", "qout", "dio", "dout", "fast-read", "slow-read"].get(usize::from(number)).copied()
}

/// A text of a descriptor that is not empty.
fn stated(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn stated_by(image: &Image) -> Stated {
    Stated { entry: image.entry, checksum: image.checksum.clone(), digest: image.digest.clone() }
}

fn segments(image: &Image, flash_offset: u32) -> Vec<FileSegment> {
    let mapped = |address| image.chip().is_some_and(|chip| chip.is_mapped(address));
    let aligned = |segment: &crate::image::Segment| {
        let page = image.mmu_page_bytes().filter(|_| image.role == Role::App)?;
        let in_flash = flash_offset.wrapping_add(segment.offset) % page;
        mapped(segment.load_address).then_some(in_flash == segment.load_address % page)
    };
    let one = |segment: &crate::image::Segment| FileSegment {
        load_address: segment.load_address,
        size: segment.size,
        offset: segment.offset,
        mapped: mapped(segment.load_address),
        aligned: aligned(segment),
        region: image.chip().and_then(|chip| chip.region(segment.load_address)).map(str::to_owned),
    };
    image.segments.iter().map(one).collect()
}

/// A frozen module is found under its own name; bytecode keeps the source's.
fn has_frozen(found: &[String], name: &str) -> bool {
    let stem = name.trim_end_matches(".mpy").trim_end_matches(".py");
    found.iter().any(|other| other.trim_end_matches(".mpy").trim_end_matches(".py") == stem)
}

/// The first byte of a table's 3,072 that its rows, their digest and 0xFF behind them do not explain.
fn unexplained(table: &Table, bytes: &[u8]) -> Option<usize> {
    let canonical = [true, false].map(|md5| binary::write(table, md5).ok());
    let differs = |canonical: &[u8; TABLE_BYTES]| canonical.iter().zip(bytes).position(|(a, b)| a != b);
    let first: Vec<Option<usize>> = canonical.iter().flatten().map(differs).collect();
    // As far as the better of the two explains it.
    if first.contains(&None) { None } else { first.into_iter().flatten().max() }
}

/// Findings about rows of a binary table point at the file.
pub(super) fn at_file(findings: Diagnostics, source: &Source) -> Diagnostics {
    let at = |finding: Diagnostic| {
        if finding.labels.is_empty() { finding.at(&source.whole()) } else { finding }
    };
    Diagnostics(findings.into_iter().map(at).collect())
}
