//! `image erase`: blank partitions.

use crate::cli::{Erase, Format};
use crate::edit;
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;

pub fn run(screen: &mut Screen, args: &Erase, format: Format) -> Result<Exit, Failure> {
    super::change(screen, &args.input, &args.output, format, |flash, out| {
        edit::erase(flash, &args.parts, out)
    })
}
