//! What every verb starts from: the config, the trees, the tools, the screen. Each is opened once, when first asked for.

use crate::checkout::{Checkout, GitState, Port};
use crate::cli::{Global, StandIn as Pair};
use crate::config::{self, BuildSpec, Config, Files, PathKind, Selection, Surroundings};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::exit::{Exit, Failure};
use crate::plan::Plan;
use crate::plan::resolve::{Around, IdfFacts, resolve};
use crate::process;
use crate::report::screen::Screen;
use crate::source::Source;
use crate::toolchain::idf::{self, FoundBy, Idf};
use crate::toolchain::kconfig::Library;
use crate::toolchain::stand_in::{self, StandIn};
use crate::toolchain::{environment, setup};
use anyhow::{Context, anyhow};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The state of one run.
#[derive(Debug)]
pub struct Session {
    pub global: Global,
    pub config: Config,
    /// `target/xtask` beside the config.
    pub state: PathBuf,
    pub screen: Screen,
    /// What of the caller's environment may reach a build.
    pub environment: BTreeMap<String, String>,
    pub(super) stand_in: Option<StandIn>,
    checkout: OnceCell<Checkout>,
    git: OnceCell<Option<GitState>>,
    commit_time: OnceCell<Option<u64>>,
    library: OnceCell<Option<Rc<Library>>>,
    /// By base board and base variant.
    pub(super) ports: BTreeMap<(String, Option<String>), (Option<Port>, Diagnostics)>,
}

/// The default addresses of the trees, where the config pins a revision without one.
const MICROPYTHON_GIT: &str = "https://github.com/micropython/micropython.git";
const ESP_IDF_GIT: &str = "https://github.com/espressif/esp-idf.git";

struct Disk;

impl Files for Disk {
    fn kind(&self, path: &Path) -> PathKind {
        match fs_err::metadata(path) {
            Ok(meta) if meta.is_dir() => PathKind::Folder,
            Ok(_) => PathKind::File,
            Err(_) => PathKind::Missing,
        }
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// A failure whose findings have been shown already: the exit code, and a line to close with.
pub fn refused(exit: Exit, what: impl std::fmt::Display) -> Failure {
    Failure::new(exit, anyhow!("{what}"))
}

/// The bytes of a file that the command line names.
///
/// # Errors
/// A usage error when there is no such file, or a folder.
pub fn read_named(path: &Path) -> Result<Vec<u8>, Failure> {
    fs_err::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused(Exit::Usage, format!("there is no file {}", path.display())),
        std::io::ErrorKind::IsADirectory => {
            refused(Exit::Usage, format!("{} is a folder: name a file", path.display()))
        }
        _ => error.into(),
    })
}

/// The failure after findings that have been shown.
pub fn stopped(exit: Exit, findings: &Diagnostics) -> Failure {
    refused(exit, format!("stopped by {}", crate::render::summary(findings)))
}

impl Session {
    /// Reads the config and, where the stand-in is asked for, lays it out.
    ///
    /// # Errors
    /// When the config is missing or wrong (its findings are shown), or the stand-in cannot be prepared.
    pub fn open(global: &Global, mut screen: Screen) -> Result<Self, Failure> {
        let path = match &global.config {
            Some(path) => screen.cwd().join(path),
            None => workspace().join("config.toml"),
        };
        let text = fs_err::read_to_string(&path).with_context(|| {
            format!("there is no config: write {}, or name another with `--config`", path.display())
        });
        let source = Source::new(&path, text.map_err(|error| Failure::new(Exit::Config, error))?);
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let around = Surroundings {
            folder: &folder,
            home: home.as_deref(),
            files: &Disk,
            micropython_given: global.micropython.is_some() || global.stand_in.is_some(),
            idf_given: global.idf.is_some() || global.stand_in.is_some(),
        };
        let (config, findings) = config::parse(&source, &around);
        screen.findings(&findings, false);
        let Some(config) = config else {
            return Err(refused(Exit::Config, format!("config.toml: {}", crate::render::summary(&findings))));
        };
        let state = folder.join("target/xtask");
        let stand_in = match global.stand_in {
            None => None,
            Some(pair) => {
                let pair = match pair {
                    Pair::V1_28 => stand_in::V1_28,
                    Pair::V1_23 => stand_in::V1_23,
                };
                Some(stand_in::prepare(&state, pair, &mut |text| screen.status("Preparing", text))?)
            }
        };
        let mut environment = environment::allowed(std::env::vars());
        if let Some(stand_in) = &stand_in {
            let tools = stand_in.tools.folder.display().to_string();
            environment.insert("IDF_PYTHON_ENV_PATH".into(), tools);
            environment.retain(|name, _| name != "IDF_TOOLS_PATH");
        }
        Ok(Self {
            global: global.clone(),
            config,
            state,
            screen,
            environment,
            stand_in,
            checkout: OnceCell::new(),
            git: OnceCell::new(),
            commit_time: OnceCell::new(),
            library: OnceCell::new(),
            ports: BTreeMap::new(),
        })
    }

    /// The builds that the command line selects.
    ///
    /// # Errors
    /// When a name is unknown; the findings are shown.
    pub fn builds(&mut self, selection: &Selection) -> Result<Vec<BuildSpec>, Failure> {
        self.config.builds(selection).map_err(|findings| {
            self.screen.findings(&findings, false);
            stopped(Exit::Usage, &findings)
        })
    }

    /// The MicroPython checkout: flag, stand-in, config, what `setup` cloned.
    ///
    /// # Errors
    /// When there is none, or it is none.
    pub fn checkout(&mut self) -> Result<&Checkout, Failure> {
        if self.checkout.get().is_none() {
            let (path, place) = self.micropython_path()?;
            match Checkout::open(&path) {
                Ok(checkout) => drop(self.checkout.set(checkout)),
                Err(finding) => {
                    let finding = match place {
                        Some(place) => finding.at(&place),
                        None => finding,
                    };
                    self.screen.findings(&Diagnostics(vec![finding]), false);
                    return Err(refused(Exit::Environment, "no MicroPython to build"));
                }
            }
        }
        self.checkout.get().ok_or_else(|| refused(Exit::Bug, "the checkout was just opened"))
    }

    /// Whether something names a MicroPython, be it there or not.
    pub fn names_checkout(&self) -> bool {
        self.micropython_path().is_ok()
    }

    /// Whether something names a MicroPython that is there.
    pub fn has_checkout(&self) -> bool {
        self.micropython_path().is_ok_and(|(path, _)| path.is_dir())
    }

    fn micropython_path(&self) -> Result<(PathBuf, Option<crate::source::Place>), Failure> {
        if let Some(path) = &self.global.micropython {
            return Ok((self.screen.cwd().join(path), None));
        }
        if let Some(stand_in) = &self.stand_in {
            return Ok((stand_in.micropython.clone(), None));
        }
        if let Some(path) = &self.config.micropython.path {
            return Ok((path.value.clone(), Some(path.place.clone())));
        }
        let cloned = self.micropython_pin().map(|pin| setup::folder(&self.state, &pin));
        cloned.filter(|path| path.is_dir()).map(|path| (path, None)).ok_or_else(|| {
            let text = "no MicroPython: config.toml names no `[micropython] path`, and `setup` cloned none\n  \
                        `cargo xtask setup` clones the revision that config.toml pins\n  \
                        or name a checkout: `--micropython DIR`\n  \
                        or try the tool without one: `--stand-in`";
            refused(Exit::Environment, text)
        })
    }

    /// The MicroPython that the config pins.
    pub fn micropython_pin(&self) -> Option<setup::Pin<'_>> {
        pin("MicroPython", MICROPYTHON_GIT, &self.config.micropython)
    }

    /// The ESP-IDF that the config pins.
    pub fn idf_pin(&self) -> Option<setup::Pin<'_>> {
        pin("ESP-IDF", ESP_IDF_GIT, &self.config.esp_idf)
    }

    /// ESP-IDF: flag, stand-in, IDF_PATH, config, what `setup` cloned. `None` when nothing names one.
    ///
    /// # Errors
    /// When what is named is no ESP-IDF; the finding is shown.
    pub fn idf(&mut self) -> Result<Option<Idf>, Failure> {
        let from_environment = std::env::var_os("IDF_PATH").filter(|path| !path.is_empty());
        let configured = self.config.esp_idf.path.clone();
        let (path, found_by, place) = if let Some(path) = &self.global.idf {
            (self.screen.cwd().join(path), FoundBy::Flag, None)
        } else if let Some(stand_in) = &self.stand_in {
            (stand_in.idf.clone(), FoundBy::StandIn, None)
        } else if let Some(path) = from_environment {
            (PathBuf::from(path), FoundBy::Environment, None)
        } else if let Some(path) = configured {
            (path.value, FoundBy::Config, Some(path.place))
        } else {
            let cloned = self.idf_pin().map(|pin| setup::folder(&self.state, &pin));
            let Some(path) = cloned.filter(|path| path.is_dir()) else {
                return Ok(None);
            };
            (path, FoundBy::Setup, None)
        };
        idf::open(&path, found_by, place.as_ref()).map(Some).map_err(|finding| {
            self.screen.findings(&Diagnostics(vec![*finding]), false);
            refused(Exit::Environment, "no ESP-IDF to build with")
        })
    }

    /// What plans need of ESP-IDF. Where it is not there yet, the release that the config pins stands in for it.
    ///
    /// # Errors
    /// As [`Session::idf`]; also when nothing tells which release it will be.
    pub fn idf_facts(&mut self) -> Result<(IdfFacts, Option<Idf>), Failure> {
        let found = self.idf()?;
        if let Some(idf) = found {
            let git = process::find("git");
            let commit = git.and_then(|git| process::read(&idf.path, &git, &["rev-parse", "HEAD"]).ok());
            let active = idf::is_active(&idf, &self.environment);
            let facts = IdfFacts {
                path: idf.path.clone(),
                version: idf.version,
                commit,
                found_by: idf.found_by,
                kconfig: self.library(&idf),
                activate: (!active).then(|| idf::export(&idf, &self.environment)),
            };
            return Ok((facts, Some(idf)));
        }
        let recommended = self.checkout()?.idf_support("esp32s3").recommended;
        let pinned = self.idf_pin().and_then(|pin| pin.rev.parse().ok());
        let Some(version) = pinned.or(recommended) else {
            return Err(refused(
                Exit::Environment,
                "nothing tells which ESP-IDF is meant: add `[esp-idf] rev`",
            ));
        };
        let path =
            self.idf_pin().map_or_else(|| self.state.join("esp-idf"), |pin| setup::folder(&self.state, &pin));
        let idf = Idf { path: path.clone(), version, found_by: FoundBy::Setup };
        let activate = Some(idf::export(&idf, &self.environment));
        Ok((
            IdfFacts { path, version, commit: None, found_by: FoundBy::Setup, kconfig: None, activate },
            None,
        ))
    }

    /// ESP-IDF's Kconfig files, read as far as they are asked for.
    fn library(&self, idf: &Idf) -> Option<Rc<Library>> {
        let library = self.library.get_or_init(|| Library::open(&idf.path, idf.version).map(Rc::new));
        library.clone()
    }

    /// The plan of a build, with all its findings.
    ///
    /// # Errors
    /// When a tree or tool that it needs is missing.
    pub fn plan(
        &mut self,
        spec: &BuildSpec,
        facts: &IdfFacts,
    ) -> Result<(Option<Plan>, Diagnostics), Failure> {
        let (port, mut findings) = self.port(spec, facts)?;
        let (_, path) = self.cmake()?;
        let ccache = self.config.build.ccache && process::find("ccache").is_some();
        self.checkout()?;
        let checkout =
            self.checkout.get().ok_or_else(|| refused(Exit::Bug, "the checkout was just opened"))?;
        let git = self.git.get_or_init(|| checkout.git_state());
        let epoch = self.environment.get("SOURCE_DATE_EPOCH").and_then(|text| text.parse().ok());
        let commit_time = || *self.commit_time.get_or_init(|| commit_time(&checkout.root));
        let epoch = epoch.or_else(|| git.as_ref().and_then(|_| commit_time()));
        let Some(port) = port else {
            return Ok((None, findings.sorted()));
        };
        let around = Around {
            config: &self.config,
            checkout,
            git: git.as_ref(),
            idf: facts,
            stand_in: self.stand_in.is_some(),
            state: &self.state,
            environment: &self.environment,
            path: &path,
            ccache,
            source_date_epoch: epoch,
        };
        let (plan, found) = resolve(spec, &port, &around);
        findings.extend(found);
        Ok((Some(plan), findings.sorted()))
    }

    /// Files in these boards' folders that nothing reads. A board folder that is the base is judged with its CMake files,
    /// by `checkout`.
    pub fn unread(&self, specs: &[BuildSpec]) -> Diagnostics {
        let selected = |board: &config::Board| specs.iter().any(|spec| spec.board == board.name);
        let mut config = self.config.clone();
        config.boards.retain(selected);
        let ports = || self.ports.values().filter_map(|(port, _)| port.as_ref());
        let fragments = ports().flat_map(|port| &port.fragments);
        let reads: Vec<_> =
            fragments.map(|fragment| (fragment.path.clone(), fragment.place.clone())).collect();
        let in_base = |finding: &Diagnostic| {
            let folder = finding.place().and_then(|place| place.path().parent());
            folder.is_some_and(|folder| ports().any(|port| port.folder == folder))
        };
        let found = config::unread(&config, &Disk, &reads);
        Diagnostics(found.into_iter().filter(|finding| !in_base(finding)).collect())
    }
}

fn pin<'a>(name: &'a str, default_git: &'a str, checkout: &'a config::Checkout) -> Option<setup::Pin<'a>> {
    let rev = checkout.rev.as_ref()?;
    let git = checkout.git.as_ref().map_or(default_git, |git| git.value.as_str());
    Some(setup::Pin { name, git, rev: &rev.value })
}

/// Seconds since 1970 of the checkout's commit.
fn commit_time(root: &Path) -> Option<u64> {
    let git = process::find("git")?;
    process::read(root, &git, &["log", "-1", "--format=%ct"]).ok()?.parse().ok()
}

/// The workspace that this tool belongs to.
pub fn workspace() -> PathBuf {
    let package = stand_in::package();
    package.parent().unwrap_or(&package).to_owned()
}
