//! A stock image, opened: what it is, which releases it has, what a record beside it proves.
//!
//! It does not say whether that suits a board; see `plan::from_image`.

use crate::build::recorded_evidence;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit::{self, Flash};
use crate::fs::sha256;
use crate::image::descriptor::AppDescriptor;
use crate::inspect::codes;
use crate::plan::from_image::Stock;
use crate::source::Source;
use serde_json::Value;
use std::path::Path;

/// An image that a firmware can be made from.
#[derive(Debug)]
pub struct Opened {
    pub stock: Stock,
    pub flash: Flash,
    /// Of the file.
    pub sha256: String,
    pub size: usize,
    /// The app alone.
    pub app_sha256: String,
    pub app_size: usize,
    pub descriptor: Option<AppDescriptor>,
    /// The bootloader's sdkconfig as the build.json beside the image has it, when it is of the bootloader in the image.
    pub bootloader_sdkconfig: Option<Value>,
    /// Whether the stand-in made it: it does not boot.
    pub stand_in: bool,
}

/// Opens an image with a bootloader, a table and an app that are right.
///
/// # Errors
/// What is wrong with it.
pub fn open(bytes: Vec<u8>, path: &Path) -> Result<Opened, Diagnostics> {
    let source = Source::binary(path);
    let (digest, size) = (sha256(&bytes), bytes.len());
    let flash = Flash::open(bytes, &source)?;
    let app = edit::extract(&flash, "app", false)?.bytes;
    let bootloader = edit::extract(&flash, "bootloader", false)?.bytes;
    let Some(chip) = flash.bootloader.chip() else {
        let message =
            format!("the bootloader is for a chip that is not known: {:#06x}", flash.bootloader.chip_id);
        let finding = Diagnostic::error(&codes::WRONG_CHIP, message).at(&source.whole());
        return Err(Diagnostics(vec![finding.help("name an image for a chip of the ESP32 family")]));
    };
    let descriptor = AppDescriptor::read(&app);
    let evidence = recorded_evidence(path);
    // The report of an image has this digest of its bootloader as well: without a signature behind it.
    let own = sha256(bootloader.get(..flash.bootloader.size as usize).unwrap_or(&bootloader));
    let is_of_this = evidence.bootloader_sha256 == Some(own);
    let bootloader_sdkconfig = evidence.bootloader_sdkconfig.filter(|_| is_of_this);
    let rollback = bootloader_sdkconfig
        .as_ref()
        .and_then(|config| config.get("BOOTLOADER_APP_ROLLBACK_ENABLE")?.as_bool());
    let stock = Stock {
        source,
        chip,
        flash_size: flash.flash_size,
        table: flash.table.clone(),
        micropython: micropython(&app),
        idf: descriptor.as_ref().map(|descriptor| descriptor.idf_version.clone()),
        rollback,
    };
    Ok(Opened {
        stock,
        flash,
        sha256: digest,
        size,
        app_sha256: sha256(&app),
        app_size: app.len(),
        descriptor,
        bootloader_sdkconfig,
        stand_in: memchr::memmem::find(&app, b"stand-in port, not bootable").is_some(),
    })
}

/// The release in the banner: `MicroPython v1.28.0 on 2026-01-02`.
///
/// Source: MicroPython v1.20 to v1.28, `py/mpconfig.h`, MICROPY_BANNER_NAME_AND_VERSION.
fn micropython(app: &[u8]) -> Option<String> {
    const LONGEST: usize = 80;
    const NAME: &[u8] = b"MicroPython ";
    memchr::memmem::find_iter(app, NAME).find_map(|at| {
        let rest = app.get(at + NAME.len()..)?;
        let rest = rest.get(..rest.len().min(LONGEST))?;
        let end = memchr::memmem::find(rest, b" on 20")?;
        let text = std::str::from_utf8(rest.get(..end)?).ok()?;
        text.parse::<crate::version::Version>().ok().map(|_| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_read_from_the_banner_alone() {
        for (app, release) in [
            (&b"\0MicroPython v1.23.0 on 2024-06-02\0"[..], Some("v1.23.0")),
            (
                b"version of MicroPython, consider on 2024; MicroPython v1.24.0-preview.5.gabc on 2024-10-01",
                Some("v1.24.0-preview.5.gabc"),
            ),
            (b"MicroPython-1.23.0-xtensa-IDFv5.0.4", None),
            (b"MicroPython ", None),
            (b"MicroPython master on 2024", None),
            (b"", None),
        ] {
            assert_eq!(micropython(app).as_deref(), release);
        }
    }
}
