//! How a run ends: one exit code for each class of failure, the same for every verb.

/// What became of a run. Documented in README.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Ok = 0,
    /// A bug of this tool.
    Bug = 1,
    /// The command line: an unknown verb, flag, board or variant.
    Usage = 2,
    /// The config, the port, the sdkconfig gate.
    Config = 3,
    /// This machine: a missing program, a refused ESP-IDF, no network, a full disk.
    Environment = 4,
    /// ESP-IDF's or MicroPython's build failed.
    Build = 5,
    /// The image is not what was declared.
    Verification = 6,
    /// Some of several builds failed.
    Some = 7,
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that ends a verb: the class, and what to say about it.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub error: anyhow::Error,
}

impl Failure {
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into() }
    }
}

/// What the world refuses (a file, a program) is the environment's failure unless a caller knows better.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let exit = if crate::process::interrupted() { Exit::Interrupted } else { Exit::Environment };
        Self { exit, error }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}
