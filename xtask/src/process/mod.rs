//! The one door to other programs.
//!
//! Short commands (git, version probes) go through [`read`] by xshell; long ones through [`stream`] by duct: each in a
//! process group of its own, its output line by line, ended as a whole group on Ctrl-C. Nothing here knows what the
//! programs are for, and nothing prints.

mod interrupt;

pub use interrupt::{interrupted, listen};

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::Duration;

/// A command, wholly determined: nothing but `env` reaches the child's environment in [`stream`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Invocation {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub cwd: PathBuf,
    pub env: BTreeMap<String, String>,
}

impl Invocation {
    /// As a person would type it into a shell, without the environment.
    pub fn display(&self) -> String {
        let words = std::iter::once(self.program.display().to_string()).chain(self.args.iter().cloned());
        words.map(|word| quote(&word)).collect::<Vec<_>>().join(" ")
    }
}

/// How a streamed command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Success,
    /// Exit code.
    Failed(i32),
    /// Signal number.
    Killed(i32),
    /// The user asked for the end.
    Interrupted,
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            _ if interrupted() => Self::Interrupted,
            (Some(0), _) => Self::Success,
            (Some(code), _) => Self::Failed(code),
            (None, signal) => Self::Killed(signal.unwrap_or_default()),
        }
    }
}

/// Runs a command in a process group of its own and hands over each line of its output (both streams, in order).
///
/// A line is cut at `\n` or `\r`, without it; bytes that are no UTF-8 are replaced. When the command's own process
/// ends, what it left running in its group is ended too.
///
/// # Errors
/// When the program cannot be started or its output cannot be read.
pub fn stream(invocation: &Invocation, mut on_line: impl FnMut(&str)) -> Result<Ending> {
    if interrupted() {
        return Ok(Ending::Interrupted);
    }
    let describe = || format!("cannot run `{}` in {}", invocation.display(), invocation.cwd.display());
    let args: Vec<OsString> = invocation.args.iter().map(OsString::from).collect();
    let command = duct::cmd(located(invocation).with_context(describe)?, args)
        .dir(&invocation.cwd)
        .full_env(&invocation.env)
        .stdin_null()
        .stderr_to_stdout()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        });
    let start = || command.reader().with_context(describe);
    let (reader, group) = interrupt::Group::start(start, duct::ReaderHandle::pids)?;
    let (finished, watch) = mpsc::channel::<()>();
    std::thread::scope(|scope| -> Result<()> {
        let (reader, group) = (&reader, &group);
        scope.spawn(move || end_orphans(reader, group, &watch));
        // Owned here, so that an error on the way ends the watch as well.
        let finished = finished;
        let mut lines = BufReader::new(reader);
        let mut line = Vec::new();
        while read_line(&mut lines, &mut line).with_context(describe)? {
            on_line(&String::from_utf8_lossy(&line));
        }
        drop(finished);
        Ok(())
    })?;
    drop(group);
    let output = reader.try_wait().with_context(describe)?;
    Ok(output.map_or(Ending::Interrupted, |output| output.status.into()))
}

/// The program's path: a bare name is looked up on the PATH that the child gets. duct takes a path without a folder
/// for one in the current folder.
fn located(invocation: &Invocation) -> Result<PathBuf> {
    let path = invocation.env.get("PATH").map(String::as_str).unwrap_or_default();
    which::which_in(&invocation.program, Some(path), &invocation.cwd)
        .with_context(|| format!("`{}` is not on the PATH ({path})", invocation.program.display()))
}

/// Ends what a command left running in its group: a child that outlives it would hold its output open for ever.
fn end_orphans(reader: &duct::ReaderHandle, group: &interrupt::Group, finished: &mpsc::Receiver<()>) {
    let every = Duration::from_millis(250);
    while let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(every) {
        let ended = !matches!(reader.try_wait(), Ok(None));
        if ended && matches!(finished.recv_timeout(every), Err(mpsc::RecvTimeoutError::Timeout)) {
            group.end();
        }
    }
}

/// Reads up to the next `\n` or `\r`; false at the end. A line of more than 1 MiB is handed over in pieces.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    const LONGEST_LINE: usize = 1 << 20;
    line.clear();
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = available.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        line.extend_from_slice(available.get(..end.unwrap_or(available.len())).unwrap_or_default());
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() || line.len() >= LONGEST_LINE {
            return Ok(true);
        }
    }
}

/// Runs a short command and returns its standard output without the final newline.
///
/// # Errors
/// When it cannot be started or exits with another code than 0; the error has the command and its own message.
pub fn read(cwd: &Path, program: &Path, args: &[&str]) -> Result<String> {
    let shell = xshell::Shell::new()?;
    shell.change_dir(cwd);
    let output = xshell::cmd!(shell, "{program} {args...}").quiet().ignore_status().output()?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        bail!("`{} {}` in {} failed: {said}", program.display(), args.join(" "), cwd.display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']).to_owned())
}

/// The path of a program on this process's PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    which::which(program).ok()
}

/// Quotes a word for a POSIX shell where it needs it.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            cwd: "/".into(),
            env: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into()), ("SAID".into(), "b".into())]),
        }
    }

    fn run(script: &str) -> (Vec<String>, Ending) {
        let mut lines = Vec::new();
        let ending = stream(&shell(script), |line| lines.push(line.to_owned())).unwrap();
        (lines, ending)
    }

    #[test]
    fn lines_of_both_streams_arrive_in_order_and_the_code_is_told() {
        let (lines, ending) = run("echo a; echo $SAID >&2; printf 'c\\rd\\n\\nlast'; exit 3");
        assert_eq!(lines, ["a", "b", "c", "d", "", "last"]);
        assert_eq!(ending, Ending::Failed(3));
    }

    #[test]
    fn a_killed_program_is_told_apart_from_a_failed_one() {
        assert_eq!(run("kill -9 $$").1, Ending::Killed(9));
        assert_eq!(run("true").1, Ending::Success);
    }

    #[test]
    fn a_child_left_behind_does_not_hold_us_up() {
        let (lines, ending) = run("sleep 1000 & echo started; exit 4");
        assert_eq!((lines.as_slice(), ending), (["started".to_owned()].as_slice(), Ending::Failed(4)));
    }

    #[test]
    fn only_the_stated_environment_reaches_the_child() {
        let (lines, _) = run("/usr/bin/env | grep -c -v -E '^(PATH|SAID|PWD|SHLVL|_|OLDPWD)='");
        assert_eq!(lines, ["0"]);
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(shell("a b").display(), "/bin/sh -c 'a b'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_bare_name_is_looked_up_on_the_childs_path() {
        let bare = Invocation { program: "sh".into(), ..shell("exit 3") };
        assert_eq!(stream(&bare, |_| ()).unwrap(), Ending::Failed(3));
        let elsewhere = BTreeMap::from([("PATH".into(), "/no/such/folder".into())]);
        let error = stream(&Invocation { env: elsewhere, ..bare }, |_| ()).unwrap_err();
        assert!(format!("{error:#}").contains("`sh` is not on the PATH (/no/such/folder)"), "{error:#}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let invocation = Invocation { program: "/no/such/program".into(), ..shell("") };
        assert!(stream(&invocation, |_| ()).unwrap_err().to_string().contains("/no/such/program"));
    }
}
