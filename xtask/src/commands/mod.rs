//! The verbs, one file each: glue between the command line and the modules that do the work.

mod build;
mod check;
mod clean;
mod completions;
mod doctor;
pub mod explain;
mod from_image;
mod image;
mod list;
mod manifests;
mod partitions;
mod plan;
mod ports;
mod programs;
mod sdkconfig;
mod session;
mod setup;
mod verify;

use crate::cli::{Cli, Verb};
use crate::exit::{Exit, Failure};
use crate::report::screen::Screen;
use anyhow::Context;
use session::Session;

/// Runs a verb.
///
/// # Errors
/// What ends it early, with the exit code that it means.
pub fn run(cli: &Cli) -> Result<Exit, Failure> {
    crate::process::listen()?;
    let cwd = fs_err::canonicalize(".").context("there is no current folder")?;
    // As the shell names it, through links; a program that changed the folder may have left an older one's name there.
    let named = std::env::var_os("PWD").map(std::path::PathBuf::from).filter(|path| path.is_absolute());
    let named = named.filter(|path| fs_err::canonicalize(path).is_ok_and(|path| path == cwd));
    let cwd = named.unwrap_or(cwd);
    let verbose = matches!(&cli.verb, Verb::Build(build) if build.verbose);
    let groups = std::env::var_os("GITHUB_ACTIONS").is_some();
    let mut screen = Screen::new(cli.global.color.into(), verbose, groups, cwd);
    let global = &cli.global;
    match &cli.verb {
        Verb::Explain(args) => return explain::run(&mut screen, args, global.format),
        Verb::Schema => {
            screen.json(&crate::config::schema());
            return Ok(Exit::Ok);
        }
        Verb::Completions { shell } => {
            screen.data(&completions::script(*shell));
            return Ok(Exit::Ok);
        }
        Verb::Partitions(args) => return partitions::run(&mut screen, args, global.format),
        Verb::Image(args) => return image::run(&mut screen, args, global.format),
        Verb::Verify(args) if args.board.is_none() => {
            return verify::foreign(&mut screen, args, global.format);
        }
        _ => {}
    }
    let mut session = Session::open(global, screen)?;
    match &cli.verb {
        Verb::Build(args) => build::run(&mut session, args),
        Verb::List(args) => list::run(&mut session, args),
        Verb::Check(args) => check::run(&mut session, args),
        Verb::Plan(args) => plan::run(&mut session, args),
        Verb::Sdkconfig(args) => sdkconfig::run(&mut session, args),
        Verb::Verify(args) => verify::run(&mut session, args),
        Verb::Setup(args) => setup::run(&mut session, args),
        Verb::Doctor => doctor::run(&mut session),
        Verb::Clean(args) => clean::run(&mut session, args),
        Verb::Explain(_) | Verb::Schema | Verb::Completions { .. } | Verb::Partitions(_) | Verb::Image(_) => {
            Ok(Exit::Ok)
        }
    }
}
