//! What a build tells while it runs. Showing it is `report`'s work.

use crate::plan::steps::Stage;
use std::time::Duration;

/// Something that a watcher of the build wants to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// Another run holds this build's lock.
    Waiting {
        id: &'a str,
    },
    /// Why this is not a build from the state that the last one left.
    Stale {
        reason: &'a str,
    },
    Started {
        stage: Stage,
    },
    /// Ninja's own count.
    Progress {
        stage: Stage,
        done: u32,
        total: u32,
    },
    /// Another line of a program's output.
    Line {
        stage: Stage,
        line: &'a str,
    },
    Finished {
        stage: Stage,
        took: Duration,
        note: &'a str,
    },
    Failed {
        stage: Stage,
        took: Duration,
    },
}
