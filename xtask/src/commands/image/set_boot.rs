//! `image set-boot`: the app that boots.

use crate::cli::{Format, SetBoot};
use crate::edit;
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;

pub fn run(screen: &mut Screen, args: &SetBoot, format: Format) -> Result<Exit, Failure> {
    super::change(screen, &args.input, &args.output, format, |flash, out| {
        edit::set_boot(flash, &args.part, out)
    })
}
