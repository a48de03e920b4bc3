//! Ctrl-C and its kin: every process group that runs for us is ended, and the run is marked as interrupted.
//!
//! A child in its own group does not get the terminal's Ctrl-C; this thread passes it on, so that no compiler is left
//! behind. A second Ctrl-C kills at once. Ending this process itself is left to `main`.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
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

/// A running process group; dropping it ends what is left of it.
#[derive(Debug)]
pub struct Group(Vec<Pid>);

impl Group {
    /// The groups led by these processes.
    pub fn of(pids: &[u32]) -> Self {
        let pids: Vec<Pid> =
            pids.iter().filter_map(|&pid| i32::try_from(pid).ok()).filter_map(Pid::from_raw).collect();
        groups().extend(&pids);
        if interrupted() {
            signal_all(Signal::TERM);
        }
        Self(pids)
    }

    /// Ends what still runs in it: first with a word, since Ninja's children are in groups of their own and only
    /// Ninja can end them; what does not heed it is killed.
    pub fn end(&self) {
        self.signal(Signal::TERM);
        let patience = Instant::now() + GRACE;
        while self.runs() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        for group in &self.0 {
            kill_process_group(*group, signal).ok();
        }
    }

    fn runs(&self) -> bool {
        self.0.iter().any(|group| test_kill_process_group(*group).is_ok())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        groups().retain(|group| !self.0.contains(group));
    }
}
