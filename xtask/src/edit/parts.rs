//! Parts of an image: taken out, put in, erased, and the slot that boots.
//!
//! What a part must be by itself is `image`'s to say, and the whole outcome `inspect`'s.

use super::{Edited, Fate, Flash, Part, codes, verified};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::image::app::signed_end;
use crate::image::bytes::{content_len, is_blank, put};
use crate::image::merged::{TABLE_BYTES, detect, likely_table_offset};
use crate::image::{AppDescriptor, Content, Role, app, otadata};
use crate::inspect::codes as inspect_codes;
use crate::partition::{Partition, words};
use crate::source::Source;

/// A part that was taken out.
#[derive(Debug, Clone)]
pub struct Extracted {
    /// The partition's name, `bootloader` or `table`.
    pub name: String,
    /// Flash address.
    pub offset: u32,
    pub bytes: Vec<u8>,
}

/// What a word on the command line means.
enum Target<'a> {
    Bootloader,
    Table,
    Row(&'a Partition),
}

/// Takes a part out: apps and the bootloader by their own length, all else whole; with `whole` all up to the end of its
/// place, as it is. What the file lacks of a partition that it has a beginning of is 0xFF.
///
/// # Errors
/// An unknown part, one that the file does not reach, an app or a bootloader that is damaged.
pub fn extract(flash: &Flash, name: &str, whole: bool) -> Result<Extracted, Diagnostics> {
    let all = |start: u32, end: u64| {
        // A damaged row may end anywhere; nothing lies behind the flash.
        let end = end.min(flash.span().end.max(flash.flash_size.bytes().into()));
        let mut bytes = flash.get(u64::from(start)..end).to_vec();
        bytes.resize(usize::try_from(end.saturating_sub(start.into())).unwrap_or(bytes.len()), 0xFF);
        bytes
    };
    let (name, offset, bytes) = match target(flash, name)? {
        Target::Table => {
            let at = flash.layout.table_offset;
            let length = if whole { 0x1000 } else { TABLE_BYTES as u64 };
            ("table", at, all(at, u64::from(at) + length))
        }
        Target::Bootloader => {
            let (at, end) = (flash.layout.bootloader_offset, flash.layout.table_offset);
            let own = bootloader_of(flash.get(at.into()..end.into()), at, &flash.source)?;
            ("bootloader", at, if whole { all(at, end.into()) } else { own.to_vec() })
        }
        Target::Row(row) => {
            if flash.content(row).is_empty() {
                return Err(not_in_file(flash, row));
            }
            let by_length = row.is_app() && !whole;
            let bytes = if by_length { flash.app(row)?.1.to_vec() } else { all(row.offset, row.end()) };
            (row.name.as_str(), row.offset, bytes)
        }
    };
    Ok(Extracted { name: name.to_owned(), offset, bytes })
}

/// A bootloader with its signature, without what follows.
pub(super) fn bootloader_of<'b>(
    bytes: &'b [u8],
    offset: u32,
    source: &Source,
) -> Result<&'b [u8], Diagnostics> {
    if AppDescriptor::read(bytes).is_some() {
        let message = "`bootloader` takes a bootloader, and the file is an app".to_owned();
        let finding = Diagnostic::error(&codes::OTHER_KIND, message).at(&source.whole());
        return Err(Diagnostics(vec![
            finding.help("name the `bootloader.bin` of a build, or `app=` for this file"),
        ]));
    }
    let (image, found) = app::parse(bytes, Role::Bootloader, offset, source);
    match image {
        Some(image) if !found.has_errors() => {
            Ok(bytes.get(..signed_end(bytes, image.size as usize)).unwrap_or(bytes))
        }
        _ => Err(found.sorted()),
    }
}

/// Puts files into parts: an app, a bootloader, or the content of a data partition. The rest of the place is blank.
///
/// # Errors
/// An unknown part, a file that is not what the part takes, one that is too large; or what verification says.
pub fn write(
    flash: &Flash,
    files: &[(String, Vec<u8>, Source)],
    out: &Source,
) -> Result<Edited, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut work = Work::new(flash);
    for (name, bytes, source) in files {
        match work.write(name, bytes, source) {
            Ok(()) => {}
            Err(findings) => found.extend(findings),
        }
    }
    if found.has_errors() { Err(found) } else { work.done(out) }
}

/// Makes partitions blank.
///
/// # Errors
/// An unknown partition; or what verification says: an image whose app is gone does not start.
pub fn erase(flash: &Flash, names: &[String], out: &Source) -> Result<Edited, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut work = Work::new(flash);
    for name in names {
        match target(flash, name) {
            Err(findings) => found.extend(findings),
            Ok(Target::Row(row)) => {
                if is_blank(flash.content(row)) {
                    work.said(&row.name, "was blank already");
                } else {
                    work.fill(row.offset, row.end(), &[]);
                    work.said(&row.name, "blank");
                }
            }
            Ok(_) => {
                let message = format!("`{name}` cannot be erased: nothing starts without it");
                found.push(refusal(&codes::NO_SUCH_PART, message, flash).help("name a partition"));
            }
        }
    }
    if found.has_errors() { Err(found) } else { work.done(out) }
}

/// Chooses the app that boots, by otadata.
///
/// # Errors
/// A partition that otadata cannot mean, or that holds no app; or what verification says.
pub fn set_boot(flash: &Flash, name: &str, out: &Source) -> Result<Edited, Diagnostics> {
    let refuse = |message: String, help: &str| {
        Diagnostics(vec![refusal(&codes::NOT_A_SLOT, message, flash).help(help)])
    };
    let Target::Row(row) = target(flash, name)? else {
        return Err(refuse(format!("`{name}` is no app"), "name an app partition"));
    };
    let table = &flash.table;
    let slots = u32::try_from(table.app_slots().len()).unwrap_or(u32::MAX);
    let Some(otadata) = table.otadata().filter(|row| row.size as usize >= otadata::PARTITION_BYTES) else {
        let help = "give it one: `image repartition --layout ota`";
        return Err(refuse(
            format!("`{name}` cannot be chosen: the table has no otadata of 0x2000 bytes"),
            help,
        ));
    };
    flash.app(row)?;
    let mut work = Work::new(flash);
    let content = match row.slot() {
        Some(slot) => match otadata::choose(flash.content(otadata), u32::from(slot), slots) {
            Some(content) => content,
            None => {
                let message =
                    format!("`{name}` is ota_{slot} of {slots} slots: the bootloader does not reach it");
                return Err(refuse(message, "number the slots from ota_0 without a gap"));
            }
        },
        // The factory app boots while no slot was ever chosen.
        None if row.is_app() && row.subtype == words::APP_FACTORY => Vec::new(),
        None => return Err(refuse(format!("`{name}` is no slot"), "name `factory`, or an OTA slot")),
    };
    work.fill(otadata.offset, otadata.end(), &content);
    work.said(&otadata.name, &format!("chooses `{name}`"));
    let edited = work.done(out)?;
    let boots = edited.image.ota.as_ref().and_then(|ota| ota.boots.clone());
    if boots.as_deref() != Some(row.name.as_str()) {
        let message = format!("`{name}` cannot be chosen: `{}` boots", boots.unwrap_or_default());
        return Err(refuse(message, "number the slots from ota_0 without a gap"));
    }
    Ok(edited)
}

fn target<'f>(flash: &'f Flash, name: &str) -> Result<Target<'f>, Diagnostics> {
    if let Some(row) = flash.table.find(name) {
        return Ok(Target::Row(row));
    }
    match name {
        "bootloader" => Ok(Target::Bootloader),
        "table" | "partition-table" => Ok(Target::Table),
        "app" => flash.boots().map(Target::Row).ok_or_else(|| {
            let message = "the table has no app that the bootloader starts";
            Diagnostics(vec![refusal(&inspect_codes::NO_APP, message.into(), flash).help("name a partition")])
        }),
        _ => {
            let rows = flash.table.partitions.iter().map(|row| row.name.as_str());
            let known: Vec<&str> = rows.chain(["app", "bootloader", "table"]).collect();
            let mut finding = refusal(&codes::NO_SUCH_PART, format!("the image has no part `{name}`"), flash);
            finding.help.extend(did_you_mean(name, known));
            Err(Diagnostics(vec![finding]))
        }
    }
}

fn refusal(code: &'static Code, message: String, flash: &Flash) -> Diagnostic {
    Diagnostic::error(code, message).at(&flash.source.whole())
}

fn not_in_file(flash: &Flash, row: &Partition) -> Diagnostics {
    let end = flash.span().end;
    let message =
        format!("`{}` starts at {:#x}, and the file ends at {end:#x} of the flash", row.name, row.offset);
    let help = "it is on the device alone: read it there (`esptool read-flash`), or `mpremote` its files";
    Diagnostics(vec![refusal(&codes::NOT_IN_FILE, message, flash).help(help)])
}

struct Work<'a> {
    old: &'a Flash,
    bytes: Vec<u8>,
    /// Flash address behind the last content that was put in.
    end: u64,
    parts: Vec<Part>,
}

impl<'a> Work<'a> {
    fn new(old: &'a Flash) -> Self {
        Self { old, bytes: old.bytes.clone(), end: 0, parts: Vec::new() }
    }

    fn said(&mut self, name: &str, words: &str) {
        let fate = if words.ends_with("blank") { Fate::Blank } else { Fate::Rewritten };
        self.parts.push(Part { name: name.to_owned(), fate, words: words.to_owned() });
    }

    /// Gives a range of the flash this content and 0xFF behind it; the file grows as far as the content reaches.
    fn fill(&mut self, start: u32, end: u64, content: &[u8]) {
        let base = self.old.span().start;
        let at = |flash: u64| usize::try_from(flash.saturating_sub(base)).unwrap_or(usize::MAX);
        let content_end = u64::from(start) + content.len() as u64;
        if !content.is_empty() && self.bytes.len() < at(content_end) {
            self.bytes.resize(at(content_end), 0xFF);
        }
        let range = at(u64::from(start)).min(self.bytes.len())..at(end).min(self.bytes.len());
        let Some(place) = self.bytes.get_mut(range) else { return };
        place.fill(0xFF);
        put(place, 0, content);
        if !content.is_empty() {
            self.end = self.end.max(content_end);
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8], source: &Source) -> Result<(), Diagnostics> {
        let flash = self.old;
        let layout = flash.layout;
        let (name, start, end, bytes) = match target(flash, name)? {
            Target::Table => {
                let message = "a table alone would leave the app where the old one has it".to_owned();
                let finding = refusal(&codes::NO_SUCH_PART, message, flash);
                return Err(Diagnostics(vec![finding.help("use `image repartition --csv FILE`")]));
            }
            Target::Bootloader => {
                let own = bootloader_of(bytes, layout.bootloader_offset, source)?;
                ("bootloader", layout.bootloader_offset, u64::from(layout.table_offset), own)
            }
            Target::Row(row) if row.is_app() => {
                (row.name.as_str(), row.offset, row.end(), app_of(bytes, row, source)?)
            }
            Target::Row(row) => (row.name.as_str(), row.offset, row.end(), bytes),
        };
        let room = end - u64::from(start);
        if bytes.len() as u64 > room {
            let over = bytes.len() as u64 - room;
            let message =
                format!("{} bytes do not fit `{name}` of {room} bytes: {over} too many", bytes.len());
            let finding = Diagnostic::error(&codes::PART_TOO_LARGE, message).at(&source.whole());
            let help = match name {
                "bootloader" => "the table lies behind it: build it smaller, by logging less",
                _ => "make the partition larger: `image repartition --resize`",
            };
            return Err(Diagnostics(vec![finding.help(help)]));
        }
        self.fill(start, end, bytes);
        self.said(name, &format!("{} bytes of `{}`", bytes.len(), shown(source)));
        Ok(())
    }

    fn done(mut self, out: &Source) -> Result<Edited, Diagnostics> {
        // A file that ended with its app goes on doing so when a shorter one was put in.
        let span = self.old.span();
        let app = self.old.boots().and_then(|row| Some((row, self.old.app(row).ok()?)));
        if let Some((row, (_, own))) = app
            && span.end == u64::from(row.offset) + own.len() as u64
            && (u64::from(row.offset)..span.end).contains(&self.end)
        {
            let end = (span.start + content_len(&self.bytes) as u64).max(self.end) - span.start;
            self.bytes.truncate(usize::try_from(end).unwrap_or(usize::MAX));
        }
        verified(self.bytes, self.parts, self.old.layout.table_offset, out)
    }
}

fn shown(source: &Source) -> String {
    source.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The app in a file: alone, right, and for this address.
pub(super) fn app_of<'b>(bytes: &'b [u8], row: &Partition, source: &Source) -> Result<&'b [u8], Diagnostics> {
    let is_merged =
        detect(bytes, likely_table_offset(bytes)).is_some_and(|layout| layout.content == Content::Merged);
    if is_merged {
        let message = format!("`{}` takes an app, and the file is a merged image", row.name);
        let finding = Diagnostic::error(&codes::OTHER_KIND, message).at(&source.whole());
        return Err(Diagnostics(vec![
            finding.help("take its app out first: `image extract FILE app -o app.bin`"),
        ]));
    }
    let (image, found) = app::parse(bytes, Role::App, row.offset, source);
    match image {
        Some(image) if !found.has_errors() => {
            Ok(bytes.get(..signed_end(bytes, image.size as usize)).unwrap_or(bytes))
        }
        _ => Err(found.sorted()),
    }
}
