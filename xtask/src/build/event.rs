//! What a build tells while it runs. Showing it is `report`'s work.

use std::time::Duration;

/// A part of a build, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Plan,
    Activate,
    MpyCross,
    Configure,
    Gate,
    Compile,
    Merge,
    Verify,
    Collect,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Activate => "activate",
            Self::MpyCross => "mpy-cross",
            Self::Configure => "configure",
            Self::Gate => "gate",
            Self::Compile => "compile",
            Self::Merge => "merge",
            Self::Verify => "verify",
            Self::Collect => "collect",
        }
    }
}

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
    /// No output for this long.
    Silent {
        stage: Stage,
        silent: Duration,
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
