//! A build's log: everything that its programs say, kept in a file, and what of it a person needs to see.
//!
//! It reads the output of CMake, Ninja, GCC and Python as text; it decides nothing.

use anyhow::Result;
use fs_err as fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The log file of one build, being written.
#[derive(Debug)]
pub struct Log {
    pub path: PathBuf,
    file: BufWriter<fs::File>,
    /// Lines of the present stage, to find its first error in; the oldest go when it gets too long.
    lines: Vec<String>,
}

/// So many lines of a stage are searched for its error: more than any compiler says of one file.
const KEPT_LINES: usize = 20_000;

impl Log {
    /// Starts a new log, replacing the last build's.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(Self { path: path.to_owned(), file: BufWriter::new(fs::File::create(path)?), lines: Vec::new() })
    }

    /// Starts a stage's part.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn stage(&mut self, title: &str) -> Result<()> {
        self.lines.clear();
        writeln!(self.file, "=== {title}")?;
        Ok(())
    }

    /// Adds a line. A full disk shows when the log is closed, not at every line.
    pub fn line(&mut self, line: &str) {
        writeln!(self.file, "{line}").ok();
        if self.lines.len() == KEPT_LINES {
            self.lines.drain(..KEPT_LINES / 2);
        }
        self.lines.push(line.to_owned());
    }

    /// The stage's lines so far.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        Ok(self.file.flush()?)
    }
}

/// `[12/1342] Building C object ...`: Ninja's count of steps done and in all.
pub fn ninja_progress(line: &str) -> Option<(u32, u32)> {
    let (count, rest) = line.strip_prefix('[')?.split_once(']')?;
    let (done, total) = count.split_once('/')?;
    let (done, total) = (done.trim().parse().ok()?, total.trim().parse().ok()?);
    (rest.starts_with(' ') && done <= total).then_some((done, total))
}

/// The lines of a stage's output that say why it failed: the first error with what belongs to it.
///
/// Without one that is recognised, the last lines.
pub fn first_error(lines: &[String]) -> Vec<String> {
    const FOLLOWING: usize = 12;
    let Some(first) = lines.iter().position(|line| is_error(line)) else {
        let from = lines.len().saturating_sub(FOLLOWING);
        return lines.get(from..).unwrap_or_default().to_vec();
    };
    // GCC names the function in the line before.
    let names_function = |line: &&String| line.contains(": In ") || line.contains(": At top level");
    let before = first.checked_sub(1).and_then(|index| lines.get(index)).filter(names_function);
    let rest = lines.get(first + 1..).unwrap_or_default();
    let following = rest.iter().take(FOLLOWING).take_while(|line| belongs(line));
    let mut shown: Vec<String> = before
        .into_iter()
        .chain(lines.get(first))
        .chain(following)
        .map(|l| l.trim_end().to_owned())
        .collect();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

fn is_error(line: &str) -> bool {
    const MARKS: &[&str] = &[
        ": error: ",
        ": fatal error: ",
        "CMake Error",
        "undefined reference to",
        "CSV Error",
        "No space left on device",
        "ninja: error:",
    ];
    let starts = ["Error:", "ERROR:", "error:", "Traceback (most recent call last)", "AssertionError"];
    MARKS.iter().any(|mark| line.contains(mark)) || starts.iter().any(|start| line.starts_with(start))
}

/// Whether a line after an error still speaks of it.
fn belongs(line: &str) -> bool {
    ninja_progress(line).is_none()
        && !line.starts_with("ninja: ")
        && !line.starts_with("ninja failed")
        && !line.starts_with("FAILED: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn ninja_counts_are_read() {
        assert_eq!(ninja_progress("[12/1342] Building C object x.c.obj"), Some((12, 1342)));
        for line in ["[1/2]x", "[a/b] x", "[3/2] x", "1/2 x", "[2] x"] {
            assert_eq!(ninja_progress(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_compiler_error_is_shown_with_its_lines() {
        let output = "[1/3] Building a\n[2/3] Building b\nFAILED: b.obj\ncc b.c\nb.c: In function 'f':\n\
                      b.c:3:5: error: 'x' undeclared\n    3 |     x;\n      |     ^\n[3/3] Building c\nc.c:1:1: error: no\n";
        assert_eq!(
            first_error(&lines(output)),
            ["b.c: In function 'f':", "b.c:3:5: error: 'x' undeclared", "    3 |     x;", "      |     ^"]
        );
    }

    #[test]
    fn without_a_known_error_the_last_lines_are_shown() {
        assert_eq!(first_error(&lines("a\nb\n")), ["a", "b"]);
        assert_eq!(first_error(&lines("")), Vec::<String>::new());
        let traceback = lines(
            "[1/1] x\nTraceback (most recent call last):\n  File \"a\"\nAssertionError\nninja: stopped\n",
        );
        assert_eq!(first_error(&traceback).len(), 3);
    }

    #[test]
    fn a_log_keeps_everything_and_searches_the_present_stage() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(&folder.path().join("a/build.log")).unwrap();
        log.stage("configure").unwrap();
        log.line("one");
        log.stage("compile").unwrap();
        log.line("two");
        log.flush().unwrap();
        assert_eq!(log.lines(), ["two"]);
        assert_eq!(fs::read_to_string(&log.path).unwrap(), "=== configure\none\n=== compile\ntwo\n");
    }
}
