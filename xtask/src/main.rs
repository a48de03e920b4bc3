//! The program: hands its arguments over and maps the outcome to an exit code.

use clap::Parser;
use std::process::ExitCode;
use xtask::cli::Cli;
use xtask::exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; the rest is a usage error.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            error.print().ok();
            return exit.into();
        }
    };
    match xtask::commands::run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            xtask::report::screen::fail(&failure.error, cli.global.color.into());
            failure.exit.into()
        }
    }
}
