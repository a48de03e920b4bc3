//! `image`: look into images and change them, one file a sub-verb. What they share is here: opening, and giving away.

mod diff;
mod erase;
mod extract;
mod info;
mod merge;
mod repartition;
mod set_boot;
mod write;

use super::session::{read_named, refused};
use crate::chip::FlashSize;
use crate::cli::{Format, Image, Output};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::edit::{Edited, Flash};
use crate::exit::{Exit, Failure};
use crate::report;
use crate::report::screen::Screen;
use crate::source::Source;
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub fn run(screen: &mut Screen, args: &Image, format: Format) -> Result<Exit, Failure> {
    match args {
        Image::Info(args) => info::run(screen, args, format),
        Image::Repartition(args) => repartition::run(screen, args, format),
        Image::Extract(args) => extract::run(screen, args, format),
        Image::Write(args) => write::run(screen, args, format),
        Image::Erase(args) => erase::run(screen, args, format),
        Image::SetBoot(args) => set_boot::run(screen, args, format),
        Image::Diff(args) => diff::run(screen, args, format),
        Image::Merge(args) => merge::run(screen, args, format),
    }
}

/// The file that a sub-verb writes: another one than it reads, unless it is told to write over that.
fn target(screen: &Screen, input: &Path, output: &Output) -> Result<PathBuf, Failure> {
    let Some(output) = &output.output else { return Ok(input.to_owned()) };
    let path = file_to_write(screen, output)?;
    if is_same(input, &path) {
        let text = format!("`{}` is the input: name another file, or say `--in-place`", output.display());
        return Err(refused(Exit::Usage, text));
    }
    Ok(path)
}

/// The path of a file that may be written. What is there and is no file (a folder, a terminal, a pipe) is not replaced.
fn file_to_write(screen: &Screen, output: &Path) -> Result<PathBuf, Failure> {
    let path = screen.cwd().join(output);
    if fs_err::metadata(&path).is_ok_and(|meta| !meta.is_file()) {
        let text = format!("`{}` is no file: name one to write", output.display());
        return Err(refused(Exit::Usage, text));
    }
    Ok(path)
}

/// Whether two paths lead to one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| fs_err::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    file(one).is_some_and(|found| file(other) == Some(found))
}

/// Opens an image that has a partition table, or shows why it cannot be.
fn open(screen: &mut Screen, path: &Path, format: Format) -> Result<Result<Flash, Exit>, Failure> {
    let bytes = read_named(path)?;
    Ok(Flash::open(bytes, &Source::binary(path)).map_err(|found| refuse(screen, &found, format)))
}

/// Shows why there is no outcome. The exit code is that of the command line where the mistake is there.
fn refuse(screen: &mut Screen, found: &Diagnostics, format: Format) -> Exit {
    refuse_as(screen, found, format, Exit::Verification)
}

fn refuse_as(screen: &mut Screen, found: &Diagnostics, format: Format, exit: Exit) -> Exit {
    screen.findings(found, true);
    if format == Format::Json {
        let findings = report::json::findings(found, screen.cwd());
        screen.json(&json!({ "schema": "xtask/1", "ok": false, "findings": findings }));
    }
    let is_usage =
        |code: &Code| crate::edit::codes::is_usage(code) || crate::partition::change::codes::is_usage(code);
    let usage = found.iter().any(|finding| is_usage(finding.code));
    if usage { Exit::Usage } else { exit }
}

/// Changes an image by what a sub-verb does, and gives the outcome away or shows why there is none.
fn change(
    screen: &mut Screen,
    input: &Path,
    output: &Output,
    format: Format,
    edit: impl FnOnce(&Flash, &Source) -> Result<Edited, Diagnostics>,
) -> Result<Exit, Failure> {
    let input = screen.cwd().join(input);
    let path = target(screen, &input, output)?;
    let flash = match open(screen, &input, format)? {
        Ok(flash) => flash,
        Err(exit) => return Ok(exit),
    };
    match edit(&flash, &Source::binary(&path)) {
        Ok(edited) => give(screen, &edited, Diagnostics::default(), &path, format),
        Err(found) => Ok(refuse(screen, &found, format)),
    }
}

/// Reads the files of `PART=FILE` words.
fn files(screen: &Screen, words: &[String]) -> Result<Vec<(String, Vec<u8>, Source)>, Failure> {
    let read = |word: &String| {
        let Some((part, file)) =
            word.split_once('=').filter(|(part, file)| !part.is_empty() && !file.is_empty())
        else {
            return Err(refused(
                Exit::Usage,
                format!("`{word}` is not PART=FILE, such as `app=micropython.bin`"),
            ));
        };
        let path = screen.cwd().join(file);
        Ok((part.trim().to_owned(), read_named(&path)?, Source::binary(path)))
    };
    words.iter().map(read).collect()
}

fn flash_size(text: &str) -> Result<FlashSize, Failure> {
    let wrong =
        || format!("`--flash-size {text}` is no flash size such as 8MB: a power of two from 1MB to 128MB");
    FlashSize::parse(text).ok_or_else(|| refused(Exit::Usage, wrong()))
}

/// Writes a changed image and tells of it; `earlier` are the findings that its making had.
fn give(
    screen: &mut Screen,
    edited: &Edited,
    mut earlier: Diagnostics,
    path: &Path,
    format: Format,
) -> Result<Exit, Failure> {
    crate::fs::write_if_changed(path, &edited.bytes)?;
    // Told with its place on the command line already, of the rows that now are in the bytes.
    let told =
        |of: &Diagnostic| earlier.iter().any(|other| other.code == of.code && other.message == of.message);
    let new = edited.findings.iter().filter(|finding| !told(finding)).cloned().collect();
    earlier.extend(Diagnostics(new));
    let findings = earlier.sorted();
    screen.findings(&findings, false);
    for part in &edited.parts {
        screen.status("Changed", &format!("{}: {}", part.name, part.words));
    }
    let shown = path.strip_prefix(screen.cwd()).unwrap_or(path).display().to_string();
    screen.status("Wrote", &format!("{shown}, {}", crate::chip::bytes(edited.bytes.len() as u64)));
    match format {
        Format::Text => screen.data(&report::image::text(&edited.image, &findings)),
        Format::Json => {
            let document = outcome(screen, edited, &findings, &shown);
            screen.json(&document);
        }
    }
    Ok(Exit::Ok)
}

fn outcome(screen: &Screen, edited: &Edited, findings: &Diagnostics, output: &str) -> Value {
    json!({
        "schema": "xtask/1", "ok": true, "output": output, "size": edited.bytes.len(),
        "sha256": crate::fs::sha256(&edited.bytes), "parts": edited.parts,
        "findings": report::json::findings(findings, screen.cwd()), "image": edited.image,
    })
}
