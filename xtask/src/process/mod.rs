//! The one door to other programs.
//!
//! Long commands go through [`stream`], which hands over their output line by line; short ones (git, probes, board files)
//! through [`capture`] and [`read`], which have a time limit. Each has a process group of its own, which is ended as a
//! whole on Ctrl-C. Nothing here knows what the programs are for, and nothing prints.

mod interrupt;

pub use interrupt::{interrupted, listen};

use anyhow::{Context, Result, anyhow, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output};
use std::sync::mpsc;
use std::time::{Duration, Instant};

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
    let command = command(invocation)?.stderr_to_stdout();
    let output = follow(invocation, &command, None, |lines| {
        let mut line = Vec::new();
        while read_line(lines, &mut line)? {
            on_line(&String::from_utf8_lossy(&line));
        }
        Ok(())
    })?;
    Ok(output.map_or(Ending::Interrupted, |output| output.status.into()))
}

/// What a short command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub ending: Ending,
    pub stdout: String,
    pub stderr: String,
}

/// A command that had not ended when its time was over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    pub command: String,
    pub limit: Duration,
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` did not end within {} s, and was ended", self.command, self.limit.as_secs())
    }
}

impl std::error::Error for TooLong {}

/// Runs a command as [`stream`] does, for at most `limit`, and keeps what it says on each of its streams.
///
/// # Errors
/// When the program cannot be started or its output cannot be read; [`TooLong`] when its time is over.
pub fn capture(invocation: &Invocation, limit: Duration) -> Result<Said> {
    let command = command(invocation)?.stderr_capture();
    let mut stdout = Vec::new();
    let output =
        follow(invocation, &command, Some(limit), |reader| reader.read_to_end(&mut stdout).map(drop))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stderr = output.as_ref().map(|output| text(&output.stderr)).unwrap_or_default();
    let ending = output.map_or(Ending::Interrupted, |output| output.status.into());
    Ok(Said { ending, stdout: text(&stdout), stderr })
}

/// A command in a process group of its own, whose exit code is no error.
fn command(invocation: &Invocation) -> Result<duct::Expression> {
    let args: Vec<OsString> = invocation.args.iter().map(OsString::from).collect();
    let command = duct::cmd(located(invocation)?, args).dir(&invocation.cwd).full_env(&invocation.env);
    Ok(command.stdin_null().unchecked().before_spawn(|command| {
        command.process_group(0);
        Ok(())
    }))
}

fn describe(invocation: &Invocation) -> String {
    format!("cannot run `{}` in {}", invocation.display(), invocation.cwd.display())
}

/// Runs a command whose standard output `consume` reads to its end; none when the user had interrupted before.
fn follow(
    invocation: &Invocation,
    command: &duct::Expression,
    limit: Option<Duration>,
    consume: impl FnOnce(&mut BufReader<&duct::ReaderHandle>) -> std::io::Result<()>,
) -> Result<Option<Output>> {
    if interrupted() {
        return Ok(None);
    }
    let start = || command.reader().with_context(|| describe(invocation));
    let (reader, group) = interrupt::Group::start(start, duct::ReaderHandle::pids)?;
    let (finished, watch) = mpsc::channel::<()>();
    let late = std::thread::scope(|scope| -> Result<bool> {
        let (reader, group) = (&reader, &group);
        let watcher = scope.spawn(move || end_orphans(reader, group, limit, &watch));
        // Owned here, so that an error on the way ends the watch as well.
        let finished = finished;
        let consumed = consume(&mut BufReader::new(reader));
        drop(finished);
        let late = watcher.join().unwrap_or(false);
        consumed.with_context(|| describe(invocation))?;
        Ok(late)
    })?;
    drop(group);
    if let Some(limit) = limit.filter(|_| late) {
        return Err(TooLong { command: invocation.display(), limit }.into());
    }
    let output = reader.try_wait().with_context(|| describe(invocation))?;
    Ok(output.cloned())
}

/// The program's path: a bare name is looked up on the PATH that the child gets. duct takes a path without a folder
/// for one in the current folder.
fn located(invocation: &Invocation) -> Result<PathBuf> {
    let path = invocation.env.get("PATH").map(String::as_str).unwrap_or_default();
    which::which_in(&invocation.program, Some(path), &invocation.cwd).map_err(|_| {
        match invocation.program.components().count() {
            1 => anyhow!("`{}` is not on the PATH ({path})", invocation.program.display()),
            _ => anyhow!("there is no program {}", invocation.program.display()),
        }
    })
}

/// Ends what a command left running in its group (a child that outlives it would hold its output open for ever), and the
/// command itself when its time is over. Returns whether it was.
fn end_orphans(
    reader: &duct::ReaderHandle,
    group: &interrupt::Group,
    limit: Option<Duration>,
    finished: &mpsc::Receiver<()>,
) -> bool {
    let every = Duration::from_millis(250);
    let begun = Instant::now();
    let mut late = false;
    while let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(every) {
        let ended = !matches!(reader.try_wait(), Ok(None));
        if ended && matches!(finished.recv_timeout(every), Err(mpsc::RecvTimeoutError::Timeout)) {
            group.end();
        } else if !ended && limit.is_some_and(|limit| begun.elapsed() > limit) {
            late = true;
            group.end();
        }
    }
    late
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

/// How long a short command may take. Git on a cold disk, with a large tree, takes some seconds.
const SHORT: Duration = Duration::from_secs(120);

/// Runs a short command and returns its standard output without the final newline. It gets [`environment`].
///
/// # Errors
/// When it cannot be started, takes longer than two minutes, or exits with another code than 0; the error has the command
/// and its own message.
pub fn read(cwd: &Path, program: &Path, args: &[&str]) -> Result<String> {
    read_with(cwd, program, args, &[])
}

/// As [`read`], with more variables.
///
/// # Errors
/// As [`read`].
pub fn read_with(cwd: &Path, program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Result<String> {
    let mut env = environment();
    env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    let invocation = Invocation { program: program.to_owned(), args, cwd: cwd.to_owned(), env };
    let said = capture(&invocation, SHORT)?;
    if said.ending != Ending::Success {
        let line = said.stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        bail!("`{}` in {} failed: {line}", invocation.display(), cwd.display());
    }
    Ok(said.stdout.trim_end_matches(['\n', '\r']).to_owned())
}

/// What of this process's environment a short command gets: the user's session, and the settings of git and of Python's
/// versions. Not `GIT_DIR` and its like, which a git hook sets and which would lead git to another repository.
pub fn environment() -> BTreeMap<String, String> {
    const NAMES: [&str; 9] =
        ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "LANGUAGE", "XDG_CONFIG_HOME"];
    const PREFIXES: [&str; 3] = ["LC_", "GIT_CONFIG_", "PYENV_"];
    let passed = |name: &str| NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let all =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    all.filter(|(name, _)| passed(name)).collect()
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
    fn a_short_commands_streams_are_kept_apart() {
        let said = capture(&shell("echo out; echo err >&2; exit 3"), Duration::from_secs(60)).unwrap();
        let expected = Said { ending: Ending::Failed(3), stdout: "out\n".into(), stderr: "err\n".into() };
        assert_eq!(said, expected);
    }

    #[test]
    fn a_command_that_does_not_end_is_ended_and_named() {
        let begun = Instant::now();
        let error = capture(&shell("sleep 1000 & sleep 1000"), Duration::from_millis(300)).unwrap_err();
        let late = error.downcast_ref::<TooLong>().unwrap();
        assert!(late.to_string().contains("'sleep 1000 & sleep 1000'` did not end within"), "{late}");
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_short_command_gets_what_is_added_and_not_what_leads_git_astray() {
        let sh = Path::new("sh");
        let script = ["-c", "echo \"$ADDED\"; env | cut -d= -f1"];
        let said = read_with(Path::new("/"), sh, &script, &[("ADDED", "one")]).unwrap();
        let mut lines = said.lines();
        assert_eq!(lines.next(), Some("one"));
        // cargo gives every test CARGO_MANIFEST_DIR.
        let names: Vec<&str> = lines.collect();
        assert!(names.contains(&"PATH") && !names.contains(&"CARGO_MANIFEST_DIR"), "{names:?}");
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
        let error = stream(&invocation, |_| ()).unwrap_err().to_string();
        assert_eq!(error, "there is no program /no/such/program");
    }
}
