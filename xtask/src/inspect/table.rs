//! A table within an image: against the declared one, then by ESP-IDF's rules and this tool's.
//!
//! Whether the apps are where it says is `verify`'s.

use super::require::table_differs;
use super::verify::{Work, at_file};
use crate::chip::{Chip, FlashSize};
use crate::partition::words::{BOOTLOADER, PARTITION_TABLE};
use crate::partition::{Options, Table, rules};
use crate::version::Version;

/// The release whose rules apply where nothing tells one: the oldest, which refuses least, unless the table has rows of types that
/// the oldest does not know (bootloader and partition table, since 5.5).
fn likely_release(table: &Table) -> Version {
    let newer = table.partitions.iter().any(|row| matches!(row.kind, BOOTLOADER | PARTITION_TABLE));
    if newer { Version::new(6, 0, 0) } else { Version::new(5, 0, 0) }
}

impl Work<'_> {
    /// The table against the declared one, then the rules that no declaration waives.
    pub(super) fn table_rules(&mut self, table: &Table, chip: Option<&'static Chip>) {
        let idf = self.expect.idf;
        if let Some(declared) =
            self.expect.table.as_ref().filter(|declared| declared.partitions != table.partitions)
        {
            self.findings.push(table_differs(declared, table, self.source));
        }
        let context = rules::OwnContext {
            chip,
            idf,
            micropython: self.expect.micropython,
            flash_size: self
                .expect
                .flash_size
                .or_else(|| self.report.flash_size.and_then(|b| FlashSize::from_bytes(b.into()))),
            // What is required is judged below, on the bytes and with words of its own.
            require: rules::Require {
                filesystem: self.expect.require.filesystem,
                ..rules::Require::default()
            },
            // A table that the config inherits, or one from elsewhere, was not made by this tool's rules.
            unchanged_stock_table: true,
            min_app_size: None,
        };
        let options = Options {
            table_offset: table.table_offset,
            // Against the size in the header the bootloader itself judges (E0444).
            flash_size: self.expect.flash_size,
            ..Options::new(idf.or_else(|| self.release()).unwrap_or_else(|| likely_release(table)))
        };
        let mut found = rules::check_idf(table, &options);
        found.extend(rules::check_own(table, &context));
        self.findings.extend(at_file(found, self.source));
    }

    /// The release that the bootloader was built with, where it says so (ESP-IDF 5.0 on).
    fn release(&self) -> Option<Version> {
        self.report.bootloader.as_ref()?.idf_version.as_ref()?.parse().ok()
    }
}
