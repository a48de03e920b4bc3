//! `image write`: files into parts of an image.

use crate::cli::{Format, Write};
use crate::edit;
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;

pub fn run(screen: &mut Screen, args: &Write, format: Format) -> Result<Exit, Failure> {
    let files = super::files(screen, &args.files)?;
    super::change(screen, &args.input, &args.output, format, |flash, out| edit::write(flash, &files, out))
}
