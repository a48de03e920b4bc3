//! `partitions`: lint, show and convert tables, without a board.

use super::session::refused;
use crate::chip::{FlashSize, human_size};
use crate::cli::{Convert, Format, Partitions, Rules, Table as Args};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::exit::{Exit, Failure};
use crate::image::Content;
use crate::image::merged::{detect, likely_table_offset};
use crate::partition::{OLDEST, Options, Table, binary, codes, csv, layout, rows, rules};
use crate::report;
use crate::report::screen::Screen;
use crate::source::Source;
use serde_json::json;
use std::ffi::OsString;
use std::path::Path;

pub fn run(screen: &mut Screen, args: &Partitions, format: Format) -> Result<Exit, Failure> {
    match args {
        Partitions::Lint(args) => lint(screen, args, format),
        Partitions::Show(args) => show(screen, args, format),
        Partitions::Convert(args) => convert(screen, args),
    }
}

fn lint(screen: &mut Screen, args: &Args, format: Format) -> Result<Exit, Failure> {
    let (_, findings) = read(screen, args)?;
    screen.findings(&findings, true);
    match format {
        Format::Json => screen.json(&json!({
            "schema": "xtask/1", "ok": !findings.has_errors(), "findings": report::json::findings(&findings, screen.cwd()),
        })),
        Format::Text if findings.is_empty() => screen.status("Checked", "no findings"),
        Format::Text => screen.say(&crate::render::summary(&findings)),
    }
    Ok(if findings.has_errors() { Exit::Config } else { Exit::Ok })
}

fn show(screen: &mut Screen, args: &Args, format: Format) -> Result<Exit, Failure> {
    let (table, findings) = read(screen, args)?;
    screen.findings(&findings, false);
    let Some(table) = table else {
        return Ok(Exit::Config);
    };
    let rows = rows(&table);
    if format == Format::Json {
        screen.json(&json!({ "schema": "xtask/1", "ok": !findings.has_errors(), "partitions": rows }));
    } else {
        let cells: Vec<[String; 6]> = rows
            .iter()
            .map(|row| {
                let size = human_size(u64::from(row.size));
                let (offset, flags) = (format!("{:#x}", row.offset), row.flags.join(":"));
                [
                    row.name.clone(),
                    row.kind.clone(),
                    row.subtype.clone(),
                    offset,
                    format!("{:#x} ({size})", row.size),
                    flags,
                ]
            })
            .collect();
        let head = ["NAME", "TYPE", "SUBTYPE", "OFFSET", "SIZE", "FLAGS"];
        let text = report::columns(&head, cells.iter().map(|row| row.as_slice()));
        let flash = flash_size(args)?.map(|size| u64::from(size.bytes()));
        screen.data(&format!("{text}\n{}", report::image::picture(&rows, flash, None)));
    }
    Ok(if findings.has_errors() { Exit::Config } else { Exit::Ok })
}

fn convert(screen: &mut Screen, args: &Convert) -> Result<Exit, Failure> {
    let (table, findings) = read(screen, &args.table)?;
    screen.findings(&findings, false);
    let Some(table) = table.filter(|_| !findings.has_errors()) else {
        return Ok(Exit::Config);
    };
    let is_binary = args.output.as_ref().is_some_and(|path| path.extension().is_some_and(|end| end == "bin"));
    let bytes = if is_binary {
        binary::write(&table, true).map(|bytes| bytes.to_vec())
    } else {
        csv::write(&table).map(String::into_bytes)
    };
    match (bytes, &args.output) {
        (Err(finding), _) => {
            screen.findings(&Diagnostics(vec![finding]), false);
            return Ok(Exit::Config);
        }
        (Ok(bytes), Some(path)) => {
            crate::fs::write_if_changed(&screen.cwd().join(path), &bytes)?;
            screen.status("Wrote", &path.display().to_string());
        }
        (Ok(bytes), None) => screen.data(&String::from_utf8_lossy(&bytes)),
    }
    Ok(Exit::Ok)
}

fn flash_size(args: &Args) -> Result<Option<FlashSize>, Failure> {
    let Some(text) = &args.flash_size else { return Ok(None) };
    let wrong = || {
        refused(
            Exit::Usage,
            format!("`--flash-size {text}` is no flash size such as 8MB: a power of two from 1MB to 128MB"),
        )
    };
    FlashSize::parse(text).map(Some).ok_or_else(wrong)
}

fn read(screen: &Screen, args: &Args) -> Result<(Option<Table>, Diagnostics), Failure> {
    let flash_size = flash_size(args)?;
    let Some(idf) = args.idf_version.parse().ok().filter(|idf| *idf >= OLDEST) else {
        let text = format!("`--idf-version {}` is no release such as 5.5.1, from 5.0 on", args.idf_version);
        return Err(refused(Exit::Usage, text));
    };
    let mut options = Options::new(idf);
    options.flash_size = flash_size;
    // ESP-IDF's tool replaces `$NAME` by the environment's values.
    let variable =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    options.env = std::env::vars_os().filter_map(variable).collect();
    let path = screen.cwd().join(&args.file);
    let bytes = super::session::read_named(&path)?;
    let (table, mut findings) = parse(&path, &bytes, &options)?;
    if let Some(table) = table.as_ref().filter(|_| args.rules == Rules::All) {
        let context = rules::OwnContext { idf: Some(idf), flash_size, ..rules::OwnContext::default() };
        findings.extend(rules::check_own(table, &context));
    }
    Ok((table, findings.sorted()))
}

/// What to do with a firmware image, which is no table and may have one.
fn image_instead(path: &Path, bytes: &[u8]) -> Option<Diagnostic> {
    let content = detect(bytes, likely_table_offset(bytes))?.content;
    let message = format!("the file is {}, and not a partition table", content.with_article());
    let help = match content {
        Content::Merged => {
            "take its table out: `image extract IMAGE table -o table.bin`; `verify` judges both"
        }
        _ => "name a CSV, a binary table or a layout",
    };
    Some(Diagnostic::error(&codes::BINARY, message).at(&Source::binary(path).whole()).help(help))
}

/// By content: a binary table starts with its magic bytes; a layout is TOML by its name.
fn parse(path: &Path, bytes: &[u8], options: &Options) -> Result<(Option<Table>, Diagnostics), Failure> {
    if bytes.starts_with(&[0xAA, 0x50]) {
        let (table, mut findings) = binary::parse(bytes, &Source::binary(path));
        if let Some(table) = &table {
            findings.extend(rules::check_idf(table, options));
        }
        return Ok((table, findings));
    }
    let text = match csv::decode(bytes, path, options.idf) {
        Ok(text) => text,
        Err(finding) => return Ok((None, Diagnostics(vec![image_instead(path, bytes).unwrap_or(finding)]))),
    };
    let source = Source::new(path, text);
    if path.extension().is_none_or(|end| end != "toml") {
        return Ok(csv::parse(&source, options));
    }
    let (layout, mut findings) = layout::parse(&source);
    let Some(flash) = options.flash_size else {
        return Err(refused(Exit::Usage, "a layout follows the flash size: add `--flash-size 8MB`"));
    };
    let Some(layout) = layout else {
        return Ok((None, findings));
    };
    let (table, found) = layout::resolve(&layout, flash, options);
    findings.extend(found);
    Ok((table, findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firmware_image_is_told_from_a_table() {
        let mut merged = vec![0xFF; 0x9000];
        merged[0x1000] = 0xE9;
        merged[0x8000..0x8002].copy_from_slice(&[0xAA, 0x50]);
        let told = |bytes: &[u8]| image_instead(Path::new("f.bin"), bytes).map(|finding| finding.message);
        let message = "the file is a merged image, and not a partition table";
        assert_eq!(told(&merged).as_deref(), Some(message));
        assert_eq!(told(b"nvs,data,nvs,,16K\n"), None);
    }
}
