//! Ctrl-C and its kin: every process group that runs for us is ended, and the run is marked as interrupted.
//!
//! A child in its own group does not get the terminal's Ctrl-C; this thread passes it on, so that no compiler is left
//! behind. A second Ctrl-C kills at once. Ending this process itself is left to `main`.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// How long a group may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);

/// Whether the user asked for the end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Starts the thread that listens for SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn listen() -> Result<()> {
    let mut signals =
        signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for Ctrl-C")?;
    adopt_orphans();
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if INTERRUPTED.swap(true, Ordering::SeqCst) {
                signal_all(Signal::KILL);
                continue;
            }
            signal_all(Signal::TERM);
            std::thread::spawn(|| {
                std::thread::sleep(GRACE);
                signal_all(Signal::KILL);
            });
        }
    });
    Ok(())
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal_all(signal: Signal) {
    for group in groups().iter() {
        // A group that has ended by itself is no failure.
        kill_process_group(*group, signal).ok();
    }
}

/// What a command that we started leaves behind becomes our child, so that it can be found: when idf.py is killed, Ninja
/// dies of its broken pipe, and the compilers that it put into groups of their own run on. Linux only.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// A running process group; dropping it ends what is left of it.
#[derive(Debug)]
pub struct Group(Vec<Pid>);

impl Group {
    /// Starts a command whose processes lead groups. Nobody takes one that has just started for an orphan meanwhile.
    ///
    /// # Errors
    /// When `start` fails.
    pub fn start<T>(
        start: impl FnOnce() -> Result<T>,
        pids: impl FnOnce(&T) -> Vec<u32>,
    ) -> Result<(T, Self)> {
        let mut groups = groups();
        let started = start()?;
        let leaders: Vec<Pid> = pids(&started)
            .into_iter()
            .filter_map(|pid| i32::try_from(pid).ok())
            .filter_map(Pid::from_raw)
            .collect();
        groups.extend(&leaders);
        drop(groups);
        if interrupted() {
            signal_all(Signal::TERM);
        }
        Ok((started, Self(leaders)))
    }

    /// Ends what still runs in it: first with a word, since Ninja's children are in groups of their own and Ninja ends
    /// them when it is told; what does not heed it is killed.
    pub fn end(&self) {
        let mut told = Vec::new();
        let begun = Instant::now();
        loop {
            let left = self.left();
            let patient = begun.elapsed() < GRACE;
            if left.is_empty() || begun.elapsed() > GRACE * 2 {
                return;
            }
            for group in left {
                if !patient {
                    kill_process_group(group, Signal::KILL).ok();
                } else if !told.contains(&group) {
                    kill_process_group(group, Signal::TERM).ok();
                    told.push(group);
                }
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The groups in which something still runs: this one's own, and those of orphans.
    #[cfg(target_os = "linux")]
    fn left(&self) -> Vec<Pid> {
        let registered = groups();
        let us = rustix::process::getpid();
        let our_group = rustix::process::getpgrp();
        let running = processes();
        let mut left: Vec<Pid> = running
            .into_iter()
            .filter(|one| {
                let orphan = one.parent == us && one.group != our_group && !registered.contains(&one.group);
                orphan || self.0.contains(&one.group)
            })
            .map(|one| one.group)
            .collect();
        left.sort_by_key(|group| group.as_raw_nonzero());
        left.dedup();
        left
    }

    #[cfg(not(target_os = "linux"))]
    fn left(&self) -> Vec<Pid> {
        let runs = |group: &Pid| rustix::process::test_kill_process_group(*group).is_ok();
        self.0.iter().copied().filter(runs).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        groups().retain(|group| !self.0.contains(group));
    }
}

/// A process that is not dead.
#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq, Eq)]
struct Process {
    parent: Pid,
    group: Pid,
}

#[cfg(target_os = "linux")]
fn processes() -> Vec<Process> {
    let entries = fs_err::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .filter_map(|entry| fs_err::read_to_string(entry.path().join("stat")).ok())
        .filter_map(|stat| process(&stat))
        .collect()
}

/// One of `/proc/PID/stat`: number, name in parentheses (any character may be in it), state, parent, group, and more.
#[cfg(target_os = "linux")]
fn process(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    if matches!(words.next()?, "Z" | "X") {
        return None;
    }
    let mut pid = || Pid::from_raw(words.next()?.parse().ok()?);
    Some(Process { parent: pid()?, group: pid()? })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_and_a_dead_one_is_none() {
        let pid = |number| Pid::from_raw(number).unwrap();
        let expected = Process { parent: pid(7), group: pid(9) };
        assert_eq!(process("12 (a) Z b) S 7 9 9 0 -1"), Some(expected));
        assert_eq!(process("12 (ninja) Z 7 9 9 0 -1"), None);
        assert_eq!(process(""), None);
        assert!(!processes().is_empty());
    }
}
