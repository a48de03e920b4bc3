//! The one door to the screen: data to stdout, everything else to stderr, colour only where it is wanted.
//!
//! A build's progress is one line a stage with its time; on a terminal the running stage's line follows Ninja's count.

use crate::build::event::Event;
use crate::diagnostic::{Diagnostics, Severity};
use crate::render;
use anstream::{AutoStream, ColorChoice};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where output goes, and how.
#[derive(Debug)]
pub struct Screen {
    err: AutoStream<std::io::Stderr>,
    color: bool,
    terminal: bool,
    /// Under GitHub Actions a stage's whole output can be folded away.
    groups: bool,
    verbose: bool,
    cwd: PathBuf,
    live: Option<Live>,
}

/// The line of the stage that runs.
#[derive(Debug)]
struct Live {
    started: Instant,
    /// When the count was first seen, and at what: the rate leaves out what came before.
    first: Option<(Instant, u32)>,
    drawn: Instant,
    quarter: u32,
}

impl Screen {
    /// A screen; `choice` is the user's, where `Auto` heeds NO_COLOR and terminals; `groups` is whether the log's reader
    /// folds GitHub's groups.
    pub fn new(choice: ColorChoice, verbose: bool, groups: bool, cwd: PathBuf) -> Self {
        let err = AutoStream::new(std::io::stderr(), choice);
        let color = err.current_choice() != ColorChoice::Never;
        Self { err, color, terminal: std::io::stderr().is_terminal(), groups, verbose, cwd, live: None }
    }

    pub fn cwd(&self) -> &std::path::Path {
        &self.cwd
    }

    /// Prints a result to stdout, as it is. A reader that has gone away is no failure.
    pub fn data(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
    }

    /// Prints one JSON document to stdout.
    pub fn json(&mut self, document: &serde_json::Value) {
        let text = serde_json::to_string_pretty(document).unwrap_or_default();
        self.data(&(text + "\n"));
    }

    /// Says something to the person who watches.
    pub fn say(&mut self, text: &str) {
        self.clear();
        writeln!(self.err, "{text}").ok();
    }

    /// Says what is being done: a green word and the rest.
    pub fn status(&mut self, word: &str, rest: &str) {
        let (on, off) = self.style("\u{1b}[1;32m");
        self.say(&format!("{on}{word:>12}{off} {rest}"));
    }

    /// Shows findings, notes only where they are asked for.
    pub fn findings(&mut self, findings: &Diagnostics, notes: bool) {
        let shown = findings.iter().filter(|finding| notes || finding.severity != Severity::Note);
        let texts: Vec<String> =
            shown.map(|finding| render::render(finding, self.color, &self.cwd)).collect();
        for text in texts {
            self.say(&text);
        }
    }

    /// Shows an error with its causes.
    pub fn error(&mut self, error: &anyhow::Error) {
        let (on, off) = self.style("\u{1b}[1;31m");
        let mut text = format!("{on}error{off}: {error}");
        for cause in error.chain().skip(1) {
            text += &format!("\n  because: {cause}");
        }
        self.say(&text);
    }

    /// Shows what a build tells.
    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { id } => self.say(&format!("another run builds `{id}`; waiting for it")),
            Event::Stale { reason } => self.status("Stale", reason),
            Event::Started { stage } => self.start(stage.name()),
            Event::Progress { stage, done, total } => self.progress(stage.name(), *done, *total),
            Event::Line { line, .. } if self.verbose => self.say(line),
            Event::Line { .. } => {}
            Event::Finished { stage, took, note } => self.end(stage.name(), *took, note, "\u{1b}[32m", "ok"),
            Event::Failed { stage, took } => self.end(stage.name(), *took, "", "\u{1b}[31m", "failed"),
        }
    }

    fn start(&mut self, name: &str) {
        let now = Instant::now();
        self.live = Some(Live { started: now, first: None, drawn: now, quarter: 0 });
        if self.groups && self.verbose {
            self.say(&format!("::group::{name}"));
        } else if self.terminal && !self.verbose {
            write!(self.err, "\r\u{1b}[K{name:>12} ...").and_then(|()| self.err.flush()).ok();
        }
    }

    fn progress(&mut self, name: &str, done: u32, total: u32) {
        let now = Instant::now();
        let Some(live) = &mut self.live else { return };
        let (since, at) = *live.first.get_or_insert((now, done));
        let quarter = (done * 4).checked_div(total).unwrap_or(0);
        let due = if self.terminal {
            now - live.drawn >= Duration::from_millis(50) || done == total
        } else {
            // In a log a line for each quarter shows that it is alive.
            quarter > live.quarter && now - live.started > Duration::from_secs(5) && done < total
        };
        live.quarter = quarter;
        if !due || self.verbose {
            return;
        }
        live.drawn = now;
        let left = time_left(now - since, done.saturating_sub(at), total - done);
        let percent = u64::from(done) * 100 / u64::from(total.max(1));
        let line = format!("{name:>12} {done:>4}/{total} {percent:>3} %{left}");
        if self.terminal {
            write!(self.err, "\r\u{1b}[K{line}").and_then(|()| self.err.flush()).ok();
        } else {
            writeln!(self.err, "{line}").ok();
        }
    }

    fn end(&mut self, name: &str, took: Duration, note: &str, colour: &'static str, word: &str) {
        self.live = None;
        if self.groups && self.verbose {
            self.say("::endgroup::");
        }
        let (on, off) = self.style(colour);
        let note = if note.is_empty() { String::new() } else { format!("  {note}") };
        self.say(&format!("{name:>12} {on}{word:<6}{off} {:>6.1} s{note}", took.as_secs_f32()));
    }

    fn clear(&mut self) {
        if self.terminal {
            write!(self.err, "\r\u{1b}[K").ok();
        }
    }

    fn style(&self, on: &'static str) -> (&'static str, &'static str) {
        if self.color { (on, "\u{1b}[0m") } else { ("", "") }
    }
}

/// Shows what ended the run.
pub fn fail(error: &anyhow::Error, color: ColorChoice) {
    Screen::new(color, false, false, PathBuf::new()).error(error);
}

/// `, about 1:05 left`, once the rate can be told.
fn time_left(elapsed: Duration, done: u32, left: u32) -> String {
    if done < 10 || elapsed < Duration::from_secs(2) {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() / f64::from(done) * f64::from(left);
    let seconds = seconds.round() as u64;
    format!(", about {}:{:02} left", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_rate() {
        assert_eq!(time_left(Duration::from_secs(10), 100, 650), ", about 1:05 left");
        assert_eq!(time_left(Duration::from_secs(10), 5, 650), "");
    }
}
