//! Runs one program of a build: its output into the log, its progress to the watcher, its failure as an error that shows
//! the first thing that went wrong.

use super::event::Event;
use super::log::{Log, first_error, ninja_progress};
use crate::plan::steps::Stage;
use crate::process::{self, Ending, Invocation};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

/// Why a stage ended without success.
#[derive(Debug)]
pub enum Failure {
    /// The program failed; what it said is in the log.
    Program {
        stage: Stage,
        command: String,
        ending: Ending,
        shown: Vec<String>,
        log: std::path::PathBuf,
    },
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Program { stage, command, ending, shown, log } = self else {
            return f.write_str("interrupted");
        };
        match ending {
            Ending::Killed(signal) => writeln!(f, "{} was killed by signal {signal}", stage.name())?,
            Ending::Failed(code) => writeln!(f, "{} failed with exit code {code}", stage.name())?,
            Ending::Success | Ending::Interrupted => writeln!(f, "{} failed", stage.name())?,
        }
        for line in shown {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "  command: {command}")?;
        write!(f, "  whole output: {}", log.display())
    }
}

impl std::error::Error for Failure {}

/// Runs the program with the environment that activation completed. The log's lines of this stage are kept in `log`.
///
/// # Errors
/// A [`Failure`] when it does not end with success; another error when it cannot be run at all.
pub fn run(
    stage: Stage,
    invocation: &Invocation,
    activated: &BTreeMap<String, String>,
    log: &mut Log,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<()> {
    let mut complete = invocation.clone();
    complete.env.extend(activated.iter().map(|(name, value)| (name.clone(), value.clone())));
    log.stage(&format!("{}: {}", stage.name(), invocation.display()))?;
    let mut last = None;
    let started = Instant::now();
    let ending = process::stream(&complete, |line| {
        if let Some((done, total)) = ninja_progress(line).filter(|count| last != Some(*count)) {
            last = Some((done, total));
            watch(Event::Progress { stage, done, total });
        } else {
            watch(Event::Line { stage, line });
        }
        log.line(line);
    })?;
    log.line(&format!(
        "=== {} ended after {:.1} s: {ending:?}",
        stage.name(),
        started.elapsed().as_secs_f32()
    ));
    log.flush()?;
    match ending {
        Ending::Success => Ok(()),
        Ending::Interrupted => Err(Failure::Interrupted.into()),
        Ending::Failed(_) | Ending::Killed(_) => Err(Failure::Program {
            stage,
            command: invocation.display(),
            ending,
            shown: first_error(log.lines().split_last().map(|(_, lines)| lines).unwrap_or_default()),
            log: log.path.clone(),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Invocation {
        Invocation {
            program: "sh".into(),
            args: vec!["-c".into(), text.into()],
            cwd: "/".into(),
            env: BTreeMap::from([("PATH".to_owned(), "/nowhere".to_owned())]),
        }
    }

    fn outcome(text: &str, activated: &str) -> (Result<()>, Vec<(u32, u32)>) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(&folder.path().join("build.log")).unwrap();
        let mut counts = Vec::new();
        let activated = BTreeMap::from([("PATH".to_owned(), activated.to_owned())]);
        let result = run(Stage::Compile, &script(text), &activated, &mut log, &mut |event| {
            if let Event::Progress { done, total, .. } = event {
                counts.push((done, total));
            }
        });
        (result, counts)
    }

    #[test]
    fn progress_is_ninjas_count() {
        let (result, counts) = outcome("echo '[1/2] a'; echo '[2/2] b'", "/bin:/usr/bin");
        assert!(result.is_ok());
        assert_eq!(counts, [(1, 2), (2, 2)]);
    }

    #[test]
    fn a_failure_shows_the_first_error_the_command_and_the_log() {
        let (result, _) = outcome("echo 'a.c:1:1: error: no'; exit 2", "/bin:/usr/bin");
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with("compile failed with exit code 2\n  a.c:1:1: error: no\n"), "{text}");
        assert!(text.contains("command: sh -c") && text.contains("build.log"), "{text}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let (result, _) = outcome("true", "/no/such/folder");
        assert!(result.unwrap_err().to_string().contains("`sh` is not on the PATH (/no/such/folder)"));
    }
}
