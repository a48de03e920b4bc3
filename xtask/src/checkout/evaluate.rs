//! Evaluates boards with cmake in script mode: one of them with its variant, or every board and variant of a tree in
//! one process.
//!
//! The working folder is `ports/esp32`, since the tree's own files name each other relative to it; nothing is written
//! there. No ESP-IDF is needed, and no project is configured.

use super::codes;
use super::port::{Port, Sources, port};
use super::scratch::Scratch;
use super::script::{Scope, script, variant_file};
use super::trace::{self, Evaluation};
use super::tree::{Base, Checkout, VariantStyle, variant_files};
use super::unread::unread;
use super::variant::{PROBE, compared, unknown_board, unknown_variant, without_effect};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::process::{self, Ending, Invocation, TooLong};
use crate::version::Version;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A board of the tree with everything that it can be built as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardPorts {
    pub board: String,
    /// By name, whatever the port's way to declare them.
    pub variants: Vec<String>,
    /// The bare board first, then its variants; those that cannot be evaluated are left out.
    pub ports: Vec<Port>,
}

/// What the tree says about a board with a variant, or without one.
///
/// Findings about a name that was asked for (unknown board or variant) have no place: the caller knows where the name
/// was written. No port comes back with an error that leaves nothing to go on with.
///
/// # Errors
/// When cmake cannot be run, or no temporary folder can be made.
pub fn evaluate(
    checkout: &Checkout,
    cmake: &Path,
    base: &Base,
    variant: Option<&str>,
    idf: Version,
) -> Result<(Option<Port>, Diagnostics)> {
    let (name, folder) = match find(checkout, base) {
        Ok(found) => found,
        Err(diagnostic) => return Ok((None, Diagnostics(vec![diagnostic]))),
    };
    let own = matches!(base, Base::Folder(_));
    let wanted = variant.map_or(Wanted::Bare, Wanted::Variant);
    let evaluator = Evaluator { checkout, cmake, idf, limit: LIMIT };
    let mut runs = evaluator.boards(&[(name, folder)], wanted, own)?;
    let Some(run) = runs.pop() else {
        return Ok((None, Diagnostics::default()));
    };
    let mut sources = Sources::default();
    let (ports, mut diagnostics) = run.ports(checkout, variant, &mut sources);
    if let Some(variant) = variant {
        diagnostics.extend(Diagnostics(run.judge(checkout, variant).into_iter().collect()));
    }
    let mut found = ports.iter().find(|port| port.variant.as_deref() == variant).cloned();
    if let Some(port) = found.as_mut().filter(|_| own) {
        port.unread = unread(checkout, &port.folder, &ports);
    }
    let unknown = diagnostics.iter().any(|d| d.code == &codes::UNKNOWN_VARIANT);
    Ok((found.filter(|_| !unknown), diagnostics.sorted()))
}

/// Every board of the tree, bare and with each of its variants.
///
/// # Errors
/// When cmake cannot be run, or no temporary folder can be made.
pub fn evaluate_all(
    checkout: &Checkout,
    cmake: &Path,
    idf: Version,
) -> Result<(Vec<BoardPorts>, Diagnostics)> {
    let boards: Vec<_> =
        checkout.boards.iter().map(|board| (board.name.clone(), board.folder.clone())).collect();
    let evaluator = Evaluator { checkout, cmake, idf, limit: LIMIT };
    let mut diagnostics = Diagnostics::default();
    let mut sources = Sources::default();
    let mut all = Vec::new();
    for run in evaluator.boards(&boards, Wanted::All, false)? {
        let mut ports = Vec::new();
        for (variant, outcome) in &run.outcomes {
            match outcome {
                Ok(evaluation) => {
                    let (found, findings) =
                        port(checkout, &run.scope(variant.clone()), evaluation, &mut sources);
                    ports.push(found);
                    diagnostics.extend(findings);
                }
                Err(diagnostic) => diagnostics.push(diagnostic.clone()),
            }
        }
        all.push(BoardPorts { board: run.name, variants: run.known, ports });
    }
    Ok((all, diagnostics.sorted()))
}

fn find(checkout: &Checkout, base: &Base) -> Result<(String, PathBuf), Diagnostic> {
    match base {
        Base::InTree(name) => match checkout.board(name) {
            Some(board) => Ok((board.name.clone(), board.folder.clone())),
            None => Err(unknown_board(checkout, name)),
        },
        Base::Folder(folder) => {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if folder.join("mpconfigboard.cmake").is_file() {
                // As cmake and the trace name it, so that paths compare.
                return Ok((name, fs_err::canonicalize(folder).unwrap_or_else(|_| folder.clone())));
            }
            let shown = folder.display();
            let what = if folder.is_dir() { "has no `mpconfigboard.cmake`" } else { "does not exist" };
            Err(Diagnostic::error(&codes::NO_BOARD_FILE, format!("board folder `{shown}` {what}")).help(
                "a board folder holds `mpconfigboard.cmake`, which sets IDF_TARGET and SDKCONFIG_DEFAULTS",
            ))
        }
    }
}

#[derive(Clone, Copy)]
enum Wanted<'a> {
    Bare,
    Variant(&'a str),
    All,
}

type Outcome = Result<Evaluation, Diagnostic>;

/// A board's evaluations: bare first, then variants.
struct Run {
    name: String,
    folder: PathBuf,
    known: Vec<String>,
    outcomes: Vec<(Option<String>, Outcome)>,
}

impl Run {
    fn scope(&self, variant: Option<String>) -> Scope {
        Scope { board: self.name.clone(), folder: self.folder.clone(), variant }
    }

    fn outcome(&self, variant: Option<&str>) -> Option<&Outcome> {
        self.outcomes.iter().find(|(name, _)| name.as_deref() == variant).map(|(_, outcome)| outcome)
    }

    /// The port of every evaluation that succeeded, with the findings about the asked-for one.
    fn ports(
        &self,
        checkout: &Checkout,
        asked: Option<&str>,
        sources: &mut Sources,
    ) -> (Vec<Port>, Diagnostics) {
        let mut ports = Vec::new();
        let mut diagnostics = Diagnostics::default();
        for (variant, outcome) in &self.outcomes {
            let is_asked = variant.as_deref() == asked;
            match outcome {
                Ok(evaluation) => {
                    let (found, findings) = port(checkout, &self.scope(variant.clone()), evaluation, sources);
                    ports.push(found);
                    if is_asked {
                        diagnostics.extend(findings);
                    }
                }
                Err(diagnostic) if is_asked => diagnostics.push(diagnostic.clone()),
                // Another variant of the folder: it is not built.
                Err(_) => {}
            }
        }
        (ports, diagnostics)
    }

    /// Whether the variant is one that the board knows and that makes a difference.
    fn judge(&self, checkout: &Checkout, variant: &str) -> Option<Diagnostic> {
        let known = self.known.iter().any(|name| name == variant);
        let unknown = || unknown_variant(checkout, &self.name, variant, &self.known);
        match (self.outcome(None), self.outcome(Some(variant))) {
            (Some(Ok(bare)), Some(Ok(with))) => match (same(bare, with), known) {
                (false, _) => None,
                (true, true) => Some(without_effect(&self.name, variant)),
                (true, false) => Some(unknown()),
            },
            // Not evaluated, since its file is not there.
            (_, None) => Some(unknown()),
            // cmake's own error says it.
            _ => None,
        }
    }
}

fn same(bare: &Evaluation, with: &Evaluation) -> bool {
    let answers = |evaluation: &Evaluation| {
        let mut values = evaluation.values.clone();
        values.remove("MICROPY_BOARD_VARIANT");
        values
    };
    answers(bare) == answers(with)
}

struct Evaluator<'a> {
    checkout: &'a Checkout,
    cmake: &'a Path,
    idf: Version,
    /// For one run of cmake.
    limit: Duration,
}

/// How long cmake may take: a whole tree takes it some two seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// How a run of cmake went.
enum Ran {
    /// The scopes that ended, and cmake's error.
    Ended(Vec<Evaluation>, Option<Diagnostic>),
    /// It was ended, after the limit.
    Endless,
}

impl Evaluator<'_> {
    /// Evaluates each board bare and with what is wanted; with every variant of it where `own_folder` asks for the
    /// files that none of them reads.
    fn boards(&self, boards: &[(String, PathBuf)], wanted: Wanted<'_>, own_folder: bool) -> Result<Vec<Run>> {
        let every = own_folder || matches!(wanted, Wanted::All);
        let asked = if let Wanted::Variant(name) = wanted { Some(name.to_owned()) } else { None };
        let by_files = self.checkout.variant_style == VariantStyle::Files;
        let probe = !by_files && (every || asked.is_some());
        let mut runs: Vec<Run> = boards
            .iter()
            .map(|(name, folder)| Run {
                known: if by_files { variant_files(folder) } else { Vec::new() },
                name: name.clone(),
                folder: folder.clone(),
                outcomes: Vec::new(),
            })
            .collect();
        self.pass(&mut runs, |run| {
            let mut variants = vec![None];
            if by_files && every {
                variants.extend(run.known.iter().cloned().map(Some));
            }
            let extra =
                asked.as_ref().filter(|name| !by_files || variant_file(&run.folder, Some(name)).is_file());
            variants.extend(extra.cloned().map(Some));
            variants.extend(probe.then(|| Some(PROBE.to_owned())));
            variants
        })?;
        if !probe {
            return Ok(runs);
        }
        for run in &mut runs {
            if let Some(Ok(probed)) = run.outcome(Some(PROBE)) {
                run.known = compared(&probed.events).into_iter().collect();
            }
            run.outcomes.retain(|(variant, _)| variant.as_deref() != Some(PROBE));
        }
        if every {
            self.pass(&mut runs, |run| run.known.iter().cloned().map(Some).collect())?;
        }
        Ok(runs)
    }

    /// Evaluates more variants of each board, all in one process; those that are evaluated already are left out.
    fn pass(&self, runs: &mut [Run], variants: impl Fn(&Run) -> Vec<Option<String>>) -> Result<()> {
        let mut scopes: Vec<Scope> = Vec::new();
        let mut owners = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            let first = scopes.len();
            for variant in variants(run) {
                let scope = run.scope(variant);
                let pending = scopes.get(first..).unwrap_or_default();
                if run.outcome(scope.variant.as_deref()).is_none() && !pending.contains(&scope) {
                    scopes.push(scope);
                    owners.push(index);
                }
            }
        }
        let outcomes = self.scopes(&scopes)?;
        for ((scope, owner), outcome) in scopes.into_iter().zip(owners).zip(outcomes) {
            if let Some(run) = runs.get_mut(owner) {
                run.outcomes.push((scope.variant, outcome));
            }
        }
        Ok(())
    }

    /// One outcome for each scope. cmake ends at the first error, so what comes after it runs in another process.
    fn scopes(&self, scopes: &[Scope]) -> Result<Vec<Outcome>> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        while let Some(pending) = scopes.get(outcomes.len()..).filter(|pending| !pending.is_empty()) {
            let (ended, failure) = match (self.run(pending)?, pending) {
                (Ran::Ended(ended, failure), _) => (ended, failure),
                (Ran::Endless, [scope]) => (Vec::new(), Some(endless(scope, self.limit))),
                // Each alone tells whose it is.
                (Ran::Endless, _) => {
                    for scope in pending {
                        outcomes.extend(self.scopes(std::slice::from_ref(scope))?);
                    }
                    continue;
                }
            };
            match failure {
                // An error that does not stop cmake, from one of several: each alone tells whose it is.
                Some(_) if ended.len() == pending.len() && pending.len() > 1 => {
                    for scope in pending {
                        outcomes.extend(self.scopes(std::slice::from_ref(scope))?);
                    }
                }
                Some(failure) if ended.len() == pending.len() => outcomes.push(Err(failure)),
                Some(failure) => {
                    outcomes.extend(ended.into_iter().map(Ok));
                    outcomes.push(Err(failure));
                }
                None => outcomes.extend(ended.into_iter().map(Ok)),
            }
        }
        Ok(outcomes)
    }

    /// Runs cmake once.
    fn run(&self, scopes: &[Scope]) -> Result<Ran> {
        let scratch = Scratch::new()?;
        // The trace names files without symbolic links in their folders, as cmake resolves its own.
        let folder = fs_err::canonicalize(scratch.path())?;
        let (file, trace_file) = (folder.join("boards.cmake"), folder.join("trace"));
        fs_err::write(&file, script(self.checkout, self.idf, scopes))?;
        let args = ["--trace-expand", "--trace-format=json-v1"].map(str::to_owned).into_iter();
        let redirect = format!("--trace-redirect={}", trace_file.display());
        let invocation = Invocation {
            program: self.cmake.to_owned(),
            args: args.chain([redirect, "-P".into(), file.display().to_string()]).collect(),
            cwd: self.checkout.port.clone(),
            env: process::environment(),
        };
        let said = match process::capture(&invocation, self.limit) {
            Ok(said) => said,
            // What a loop without an end wrote into the trace is not worth reading.
            Err(error) if error.is::<TooLong>() => return Ok(Ran::Endless),
            Err(error) => return Err(error.context(format!("cannot run `{}`", self.cmake.display()))),
        };
        let stderr = &said.stderr;
        let text = fs_err::read_to_string(&trace_file)
            .with_context(|| format!("`{}` wrote no trace: {}", self.cmake.display(), stderr.trim()))?;
        let trace = trace::read(&text, &file).map_err(|error| anyhow::anyhow!(error))?;
        let failure = (said.ending != Ending::Success)
            .then(|| failed(self.checkout, stderr, scopes.get(trace.ended.len())));
        anyhow::ensure!(
            failure.is_some() || trace.ended.len() == scopes.len(),
            "cmake told of {} of {} boards",
            trace.ended.len(),
            scopes.len()
        );
        Ok(Ran::Ended(trace.ended, failure))
    }
}

/// The finding that a board's CMake file was still running when its time was over.
fn endless(scope: &Scope, limit: Duration) -> Diagnostic {
    let variant = scope.variant.as_ref().map(|name| format!(" with variant `{name}`")).unwrap_or_default();
    let message = format!(
        "cmake did not come to an end for board `{}`{variant} within {} s",
        scope.board,
        limit.as_secs()
    );
    let file = scope.folder.join("mpconfigboard.cmake");
    Diagnostic::error(&codes::ENDLESS, message).at(&Sources::default().get(&file).whole()).help(
        "look for a loop, or for a program that `execute_process` waits for, in the files that it includes",
    )
}

/// cmake's first error as a finding: `CMake Error at FILE:LINE (command):`, then its text, indented.
fn failed(checkout: &Checkout, stderr: &str, scope: Option<&Scope>) -> Diagnostic {
    let mut lines = stderr.lines().skip_while(|line| !line.starts_with("CMake Error"));
    let head = lines.next().unwrap_or("cmake failed without a message");
    let body: Vec<&str> = lines.map(str::trim).take_while(|line| !line.starts_with("Call Stack")).collect();
    let body = body.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let text = if body.is_empty() { head.to_owned() } else { body };
    let board = scope.map_or(String::new(), |scope| format!(" for board `{}`", scope.board));
    let mut diagnostic = Diagnostic::error(&codes::CMAKE_FAILED, format!("cmake stopped{board}: {text}"));
    let at = head.strip_prefix("CMake Error at ").and_then(|rest| rest.rsplit_once(" ("));
    if let Some((file, line)) = at.and_then(|(place, _)| place.rsplit_once(':'))
        && let Ok(line) = line.parse()
    {
        let source = Sources::default().get(&checkout.port.join(file));
        diagnostic = diagnostic.at(&source.line(line));
    }
    diagnostic.help("mend the line; a relative path in it is resolved against `ports/esp32`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_board_file_without_an_end_is_named_and_the_others_are_evaluated_alone() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, text).unwrap();
            path
        };
        let version = "#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR 28\n#define MICROPY_VERSION_MICRO 0\n";
        write("py/mpconfig.h", version);
        write("ports/esp32/CMakeLists.txt", "");
        write("ports/esp32/boards/A/mpconfigboard.cmake", "while(TRUE)\nendwhile()\n");
        // What cmake would do; it is not needed to see that it does not end.
        let cmake = write("cmake", "#!/bin/sh\nsleep 1000\n");
        fs_err::set_permissions(&cmake, std::fs::Permissions::from_mode(0o755)).unwrap();
        let checkout = Checkout::open(folder.path()).unwrap();
        let limit = Duration::from_millis(300);
        let evaluator = Evaluator { checkout: &checkout, cmake: &cmake, idf: Version::new(5, 5, 1), limit };
        let board = ("A".to_owned(), checkout.board("A").unwrap().folder.clone());
        let runs = evaluator.boards(&[board.clone(), board], Wanted::Bare, false).unwrap();
        for run in runs {
            let Some(Err(finding)) = run.outcome(None) else { panic!("it came to an end") };
            assert_eq!(finding.code, &codes::ENDLESS);
            assert!(finding.message.contains("for board `A` within"), "{}", finding.message);
        }
    }
}
