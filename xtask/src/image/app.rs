//! One image: header, segments, checksum and digest, judged as the bootloader judges them at each start.
//!
//! Source: ESP-IDF v5.5 `components/bootloader_support/include/esp_app_format.h` and `src/esp_image_format.c`.

use super::bytes::{is_blank, u8_at, u16_at, u32_at, xor};
use super::codes;
use super::descriptor::{AppDescriptor, BootloaderDescriptor};
use crate::chip::{Chip, FlashSize};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Source;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// First byte of an image.
pub const MAGIC: u8 = 0xE9;
/// Bytes of the header and of a segment's header.
pub const HEADER_BYTES: usize = 24;
const SEGMENT_HEADER_BYTES: usize = 8;
/// ESP_IMAGE_MAX_SEGMENTS.
const SEGMENTS_MAX: u8 = 16;
/// A segment's length stays below this (`process_segment`).
const SEGMENT_BYTES_MAX: u32 = 16 << 20;
/// Below this a load address is padding, which is not loaded.
const LOADED_FROM: u32 = 0x1000_0000;

/// What an image is for: the bootloader checks apps more strictly than the ROM checks a bootloader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Bootloader,
    App,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bootloader => "bootloader",
            Self::App => "app",
        }
    }
}

/// A part that is loaded or mapped as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub load_address: u32,
    /// Bytes.
    pub size: u32,
    /// Of the data, from the image's first byte.
    pub offset: u32,
}

/// A sum that an image states of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Check<T> {
    /// As stated.
    pub value: T,
    /// Whether the bytes give the same.
    pub matches: bool,
}

/// An image's header and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub role: Role,
    /// `None`: a chip that this tool does not know.
    pub chip_id: u16,
    pub flash_mode: u8,
    /// `None`: a nibble that stands for no size.
    pub flash_size: Option<FlashSize>,
    pub flash_frequency: u8,
    pub entry: u32,
    /// Chip revisions, major * 100 + minor.
    pub revision_min: u16,
    pub revision_max: u16,
    pub segments: Vec<Segment>,
    /// Bytes up to and with the checksum, without the digest.
    pub body: u32,
    pub hash_appended: bool,
    /// XOR of all data, and the SHA-256 in hex where one is appended.
    pub checksum: Check<u8>,
    pub digest: Option<Check<String>>,
    /// Bytes in all.
    pub size: u32,
    pub app_descriptor: Option<AppDescriptor>,
    pub bootloader_descriptor: Option<BootloaderDescriptor>,
}

impl Image {
    pub fn chip(&self) -> Option<&'static Chip> {
        Chip::by_image_id(self.chip_id)
    }

    /// Bytes of a page of the MMU that maps the image: the chip's, or the app's own where the chip lets it choose.
    pub fn mmu_page_bytes(&self) -> Option<u32> {
        let pages = &self.chip()?.mmu_pages;
        let stated = self.app_descriptor.as_ref().and_then(|descriptor| descriptor.mmu_page_bytes);
        let default = pages.first().copied().unwrap_or(64) << 10;
        Some(if pages.len() > 1 { stated.unwrap_or(default) } else { default })
    }

    /// The ESP-IDF release that the descriptor names.
    pub fn idf_version(&self) -> Option<&str> {
        let app = self.app_descriptor.as_ref().map(|descriptor| descriptor.idf_version.as_str());
        app.or_else(|| self.bootloader_descriptor.as_ref().map(|descriptor| descriptor.idf_version.as_str()))
    }
}

/// Reads the image at the start of `bytes`; `flash_offset` is where its first byte lies in the flash.
///
/// `None` with an error when it ends before its header or segments do.
pub fn parse(bytes: &[u8], role: Role, flash_offset: u32, source: &Source) -> (Option<Image>, Diagnostics) {
    let mut findings = Diagnostics::default();
    let mut image = match read(bytes, role) {
        Ok(image) => image,
        Err(finding) => {
            findings.push(finding.at(&source.whole()));
            return (None, findings);
        }
    };
    let reader = Checker { bytes, image: &image, flash_offset, source };
    reader.header(&mut findings);
    reader.segments(&mut findings);
    let checksum = reader.checksum(&mut findings);
    let digest = reader.digest(checksum.matches, &mut findings);
    (image.checksum, image.digest) = (checksum, digest);
    (Some(image), findings)
}

fn truncated(role: Role, what: &str, needs: u64, has: usize) -> Diagnostic {
    let message =
        format!("the {} ends before its {what}: it needs {needs} bytes, there are {has}", role.name());
    Diagnostic::error(&codes::TRUNCATED, message).help("get the file again, or build it again")
}

fn read(bytes: &[u8], role: Role) -> Result<Image, Diagnostic> {
    let cut = |what: &str, needs: usize| truncated(role, what, needs as u64, bytes.len());
    let header = bytes.get(..HEADER_BYTES).ok_or_else(|| cut("header's end", HEADER_BYTES))?;
    let byte = |at| u8_at(header, at).unwrap_or_default();
    let word = |at| u16_at(header, at).unwrap_or_default();
    if byte(0) != MAGIC {
        let message = format!("the {} starts with {:#04x}, and every image with 0xe9", role.name(), byte(0));
        return Err(Diagnostic::error(&codes::BAD_HEADER, message));
    }
    let mut segments = Vec::new();
    let mut at = HEADER_BYTES;
    // More than the bootloader accepts are found by the rules; none is lost to the reader.
    for index in 0..byte(1) {
        let what = format!("segment {index}");
        let data = at + SEGMENT_HEADER_BYTES;
        let load_address = u32_at(bytes, at).ok_or_else(|| cut(&what, data))?;
        let size = u32_at(bytes, at + 4).ok_or_else(|| cut(&what, data))?;
        let end = data as u64 + u64::from(size);
        if end > bytes.len() as u64 {
            return Err(truncated(role, &format!("{what}'s end"), end, bytes.len()));
        }
        let offset = u32::try_from(data).unwrap_or(u32::MAX);
        segments.push(Segment { load_address, size, offset });
        at = data + size as usize;
    }
    let body = (at + 1).next_multiple_of(16);
    let hash_appended = byte(23) == 1;
    let size = body + if hash_appended { 32 } else { 0 };
    if size > bytes.len() {
        return Err(truncated(role, "digest's end", size as u64, bytes.len()));
    }
    Ok(Image {
        role,
        chip_id: word(12),
        flash_mode: byte(2),
        flash_size: FlashSize::from_nibble(byte(3) >> 4),
        flash_frequency: byte(3) & 0x0F,
        entry: u32_at(header, 4).unwrap_or_default(),
        revision_min: word(15),
        revision_max: word(17),
        segments,
        body: u32::try_from(body).unwrap_or(u32::MAX),
        hash_appended,
        checksum: Check::default(),
        digest: None,
        size: u32::try_from(size).unwrap_or(u32::MAX),
        app_descriptor: (role == Role::App).then(|| AppDescriptor::read(bytes)).flatten(),
        bootloader_descriptor: (role == Role::Bootloader)
            .then(|| BootloaderDescriptor::read(bytes))
            .flatten(),
    })
}

/// Bytes of the image at the start of `bytes`, with its digest; `None` when it ends before that.
pub fn length(bytes: &[u8]) -> Option<usize> {
    read(bytes, Role::Bootloader).ok().map(|image| image.size as usize)
}

/// The end of an image with its signature: secure boot v2 pads to 4 KiB and adds a sector that starts with 0xE7 and 2
/// for RSA, 3 for ECDSA.
///
/// Source: ESP-IDF v5.5 `components/bootloader_support/include/esp_secure_boot.h`, `ets_secure_boot_sig_block_t`.
pub fn signed_end(bytes: &[u8], end: usize) -> usize {
    const SECTOR_BYTES: usize = 0x1000;
    let sector = end.next_multiple_of(SECTOR_BYTES);
    let is_signature = matches!(bytes.get(sector..), Some([0xE7, 2 | 3, ..]));
    if is_signature { bytes.len().min(sector + SECTOR_BYTES) } else { signed_v1_end(bytes, end) }
}

/// The end of what secure boot v1 signed, an image or a table: a version of 0 and 64 bytes follow it directly. An app has
/// 12 more, since it is padded to end with a page of 64 KiB.
///
/// Source: ESP-IDF v5.5 `esp_secure_boot.h`, `esp_secure_boot_sig_block_t`; esptool 4.8 `bin_image.py`, `secure_pad`.
pub fn signed_v1_end(bytes: &[u8], end: usize) -> usize {
    let rest = bytes.get(end..).unwrap_or_default();
    let Some((block, rest)) = rest.split_first_chunk::<68>() else { return end };
    let (version, signature) = block.split_at(4);
    if version != [0; 4] || signature.iter().all(|byte| Some(byte) == signature.first()) {
        return end;
    }
    let padding = rest.get(..12).filter(|padding| !is_blank(padding)).map_or(0, <[u8]>::len);
    end + block.len() + padding
}

struct Checker<'a> {
    bytes: &'a [u8],
    image: &'a Image,
    flash_offset: u32,
    source: &'a Source,
}

impl Checker<'_> {
    fn error(&self, code: &'static crate::diagnostic::Code, message: String) -> Diagnostic {
        Diagnostic::error(code, message).at(&self.source.whole())
    }

    fn header(&self, findings: &mut Diagnostics) {
        let (image, role) = (self.image, self.image.role.name());
        let count = image.segments.len();
        if count == 0 || count > usize::from(SEGMENTS_MAX) {
            let message =
                format!("the {role} has {count} segments, and the bootloader takes 1 to {SEGMENTS_MAX}");
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        if image.chip().is_none() {
            let message =
                format!("the {role} is for chip id {:#06x}, which is none that is known", image.chip_id);
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        if image.flash_size.is_none() {
            let nibble = self.bytes.get(3).map_or(0, |byte| byte >> 4);
            let message =
                format!("the {role}'s header has flash size {nibble:#x}, and 0x7 (128MB) is the largest");
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        if image.flash_mode > 5 {
            let message =
                format!("the {role}'s header has flash mode {}, and 5 is the last", image.flash_mode);
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        if let Some(chip) = image.chip().filter(|chip| chip.frequency_mhz(image.flash_frequency).is_none()) {
            let message = format!(
                "the {role}'s header has flash frequency {:#x}, which {} does not have",
                image.flash_frequency, chip.label
            );
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        // 0 and 65535 are no limit. Source: ESP-IDF v5.5 `bootloader_common_loader.c`, IS_MAX_REV_SET.
        let has_limit = !matches!(image.revision_max, 0 | u16::MAX);
        if has_limit && image.revision_min > image.revision_max {
            let (least, most) = (image.revision_min, image.revision_max);
            let message = format!(
                "the {role} asks for chip revision {least} or later and {most} or earlier: none has both"
            );
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        let hash = self.bytes.get(23).copied().unwrap_or_default();
        if hash > 1 {
            let message = format!("the {role}'s header says {hash} for `hash_appended`, which is 0 or 1");
            findings.push(self.error(&codes::BAD_HEADER, message));
        }
        if image.role == Role::App && image.app_descriptor.is_none() {
            let message = "the app has no descriptor at byte 32: its magic is not 0xabcd5432".to_owned();
            findings.push(self.error(&codes::NO_DESCRIPTOR, message));
        }
    }

    fn segments(&self, findings: &mut Diagnostics) {
        let image = self.image;
        for (index, segment) in image.segments.iter().enumerate() {
            let name = format!("segment {index} of the {}", image.role.name());
            if segment.size % 4 != 0 || segment.size >= SEGMENT_BYTES_MAX {
                let message = format!("{name} has {} bytes: not a multiple of 4 below 16 MiB", segment.size);
                findings.push(self.error(&codes::BAD_SEGMENT, message));
            }
            let is_mapped = image.chip().is_some_and(|chip| chip.is_mapped(segment.load_address));
            let Some(page) = image.mmu_page_bytes().filter(|_| is_mapped) else { continue };
            if image.role == Role::Bootloader || segment.load_address < LOADED_FROM {
                continue;
            }
            let in_flash = self.flash_offset.wrapping_add(segment.offset) % page;
            let in_memory = segment.load_address % page;
            if in_flash != in_memory {
                let message = format!(
                    "{name} is mapped to {:#x}, {in_memory:#x} into a page of {page:#x} bytes, and lies {in_flash:#x} \
                     into one in the flash",
                    segment.load_address
                );
                findings.push(self.error(&codes::BAD_SEGMENT, message));
            }
        }
    }

    fn checksum(&self, findings: &mut Diagnostics) -> Check<u8> {
        let data = |segment: &Segment| {
            let start = segment.offset as usize;
            self.bytes.get(start..start + segment.size as usize).unwrap_or_default()
        };
        let computed = self.image.segments.iter().fold(0xEF, |sum, segment| sum ^ xor(data(segment)));
        let stored = self.bytes.get(self.image.body as usize - 1).copied().unwrap_or_default();
        if computed != stored {
            let message = format!(
                "the {}'s checksum is {stored:#04x}, and its segments' is {computed:#04x}",
                self.image.role.name()
            );
            findings.push(
                self.error(&codes::BAD_CHECKSUM, message)
                    .help("the image was changed or damaged: build it again"),
            );
        }
        Check { value: stored, matches: computed == stored }
    }

    fn digest(&self, sum_matches: bool, findings: &mut Diagnostics) -> Option<Check<String>> {
        if !self.image.hash_appended {
            return None;
        }
        let body = self.image.body as usize;
        let stored = self.bytes.get(body..body + 32).unwrap_or_default();
        let computed = Sha256::digest(self.bytes.get(..body).unwrap_or_default());
        let check = Check { value: crate::fs::hex(stored), matches: computed.as_slice() == stored };
        if !check.matches {
            // The header is no part of the sum: with another one, more than flash settings was changed.
            if self.image.role == Role::Bootloader && sum_matches && self.is_rewritten(stored) {
                let message =
                    "the bootloader's flash settings were changed, and its SHA-256 was not".to_owned();
                let finding = Diagnostic::warning(&codes::REWRITTEN, message).at(&self.source.whole());
                let help = "`image repartition --flash-size` writes both, and so does esptool 4.8 and later";
                findings.push(finding.because("a chip checks it with secure boot alone").help(help));
                return Some(check);
            }
            // As far as it takes to see that they differ.
            let same = stored.iter().zip(&computed).take_while(|(a, b)| a == b).count();
            let start = |bytes: &[u8]| crate::fs::hex(bytes.get(..(same + 1).max(4)).unwrap_or(bytes));
            let message = format!(
                "the {}'s SHA-256 is {}..., and its bytes' is {}...",
                self.image.role.name(),
                start(stored),
                start(&computed)
            );
            let help = "the image was changed or damaged: build it again";
            findings.push(self.error(&codes::BAD_DIGEST, message).help(help));
        }
        Some(check)
    }

    /// Whether other flash settings, in bytes 2 and 3, give the digest: then nothing else was changed.
    ///
    /// A signed bootloader is checked by the ROM, with the settings that were signed.
    fn is_rewritten(&self, stored: &[u8]) -> bool {
        // A bootloader has some 20 KiB; 192 digests of it take milliseconds.
        const BYTES_MAX: usize = 64 << 10;
        let size = self.image.size as usize;
        let body = self.bytes.get(..self.image.body as usize).filter(|body| body.len() <= BYTES_MAX);
        let (Some(start), Some(rest)) = (body.and_then(|b| b.get(..2)), body.and_then(|b| b.get(4..))) else {
            return false;
        };
        let settings = (0..6u8).flat_map(|mode| (0..8u8).map(move |size| (mode, size << 4)));
        let mut settings =
            settings.flat_map(|(mode, size)| [0xF, 0, 1, 2].map(|frequency| [mode, size | frequency]));
        signed_end(self.bytes, size) == size
            && settings.any(|bytes| {
                let hash = Sha256::new().chain_update(start).chain_update(bytes).chain_update(rest);
                hash.finalize().as_slice() == stored
            })
    }
}
