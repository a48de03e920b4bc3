//! `image merge`: parts to one image.

use super::{files, flash_size, give, refuse};
use crate::chip::parse_size;
use crate::cli::{Format, Merge};
use crate::commands::session::refused;
use crate::diagnostic::Diagnostics;
use crate::edit::{Start, merge, place};
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;
use crate::source::Source;

pub fn run(screen: &mut Screen, args: &Merge, format: Format) -> Result<Exit, Failure> {
    let files = files(screen, &args.files)?;
    let size = args.flash_size.as_deref().map(flash_size).transpose()?;
    let table_offset = match &args.table_offset {
        None => None,
        Some(text) => match parse_size(text).filter(|offset| *offset > 0 && offset.is_multiple_of(0x1000)) {
            Some(offset) => Some(offset),
            None => {
                let text = format!("`--table-offset {text}` is no address of a sector, such as 0x10000");
                return Err(refused(Exit::Usage, text));
            }
        },
    };
    let output = super::file_to_write(screen, &args.output)?;
    if let Some((_, _, source)) = files.iter().find(|(_, _, source)| super::is_same(source.path(), &output)) {
        let text = format!("`{}` is a part: name another file to write", source.path().display());
        return Err(refused(Exit::Usage, text));
    }
    let start = if args.from_zero { Start::Zero } else { Start::FirstPart };
    let merged = place(files, table_offset)
        .and_then(|(parts, table)| merge(parts, table, start, size, args.fill, &Source::binary(&output)));
    match merged {
        Ok(edited) => give(screen, &edited, Diagnostics::default(), &output, format),
        Err(found) => Ok(refuse(screen, &found, format)),
    }
}
