//! From a build's declaration and the trees to its plan, with everything that is wrong, in one run.
//!
//! Reads the files that the declaration and the port name; writes and runs nothing. What needs a Python or ESP-IDF to
//! be known is left to `check` and to the gate.

use super::inputs::Texts;
use super::layers;
use super::project::{self, Folders, Generated};
use super::released::{self, ReleasedTable};
use super::steps::{self, Step};
use super::table::{self, Declared};
use super::{Plan, Tree, codes};
use crate::checkout::{Checkout, GitState, Port, VariantStyle, unread_diagnostics};
use crate::config::{Base, BuildSpec, Config, Require};
use crate::diagnostic::{Diagnostic, Diagnostics, Label};
use crate::process::Invocation;
use crate::sdkconfig::Merged;
use crate::sdkconfig::codes::NO_KCONFIG;
use crate::toolchain::idf::FoundBy;
use crate::toolchain::kconfig::{self, ChipKconfig, Library};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// ESP-IDF as far as a plan needs it; it may not be there yet.
#[derive(Debug, Clone)]
pub struct IdfFacts {
    pub path: PathBuf,
    pub version: Version,
    pub commit: Option<String>,
    pub found_by: FoundBy,
    /// Its Kconfig files; `None` where the tree is not there.
    pub kconfig: Option<Rc<Library>>,
    /// The command that activates it; none where the caller's environment is active.
    pub activate: Option<Invocation>,
}

/// Everything around a build that is the same for all builds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    pub config: &'a Config,
    pub checkout: &'a Checkout,
    pub git: Option<&'a GitState>,
    pub idf: &'a IdfFacts,
    pub stand_in: bool,
    /// Where build folders are: `target/xtask`.
    pub state: &'a Path,
    pub environment: &'a BTreeMap<String, String>,
    /// Folders before the PATH.
    pub path: &'a [PathBuf],
    pub ccache: bool,
    pub source_date_epoch: Option<u64>,
}

/// The plan of one build; with an error among the findings it can be asked, not built. The port's findings come with `port`.
pub fn resolve(spec: &BuildSpec, port: &Port, around: &Around<'_>) -> (Plan, Diagnostics) {
    let mut findings = Diagnostics::default();
    let mut texts = Texts::default();
    findings.extend(unread(spec, port));
    findings.extend(modules_twice(spec));
    let folders = Folders::new(around.state, &spec.id);

    let kconfig = kconfig(port, around, &folders);
    let (sdkconfig, found) = sdkconfig(spec, port, around, &folders, kconfig.as_deref(), &mut texts);
    findings.extend(found);
    findings.extend(rollback(spec, &sdkconfig));
    let question = table::Question {
        spec,
        port,
        port_folder: &around.checkout.port,
        sdkconfig: &sdkconfig,
        idf: around.idf.version,
        micropython: around.checkout.version.number,
    };
    let (declared, found) = table::declared(&question, &mut texts);
    findings.extend(found);
    let (released, found) = released::released(&question, &declared);
    findings.extend(found);

    let header = format!("{}: the merged sdkconfig, each symbol once, by `cargo xtask`", spec.id);
    let sdkconfig_text = sdkconfig.to_text(&[&header]);
    let generated = generated(spec, port, around, &folders, &declared, &sdkconfig_text, &mut findings);
    let manifest = manifest(spec, port, around);
    let steps = steps(spec, around, &folders, &manifest);
    let findings = findings.sorted();
    let plan = Plan {
        id: spec.id.clone(),
        board: spec.board.clone(),
        variant: spec.variant.clone(),
        description: spec.settings.description.as_ref().map(|text| text.value.clone()),
        chip: port.target.clone(),
        flash_size: declared.flash_size,
        micropython: micropython(around),
        idf: idf(around),
        idf_version: around.idf.version,
        micropython_version: around.checkout.version.number,
        stand_in: around.stand_in,
        base: spec.base.value.to_string(),
        base_variant: spec.settings.base_variant.as_ref().map(|variant| variant.value.clone()),
        manifest,
        modules: spec.settings.modules.iter().map(|module| module.value.clone()).collect(),
        require: spec.settings.require.iter().map(|require| require.value.name()).collect(),
        min_free: around.config.build.min_free,
        reproducible: around.config.build.reproducible,
        folders,
        generated,
        seeds: seeds(around),
        steps,
        sdkconfig,
        kconfig: around.idf.kconfig.clone().zip(kconfig),
        partitions: declared.rows(),
        table: declared.table,
        table_declared: spec.settings.partitions.is_some(),
        inputs: inputs(&texts, port, released.as_ref()),
        released,
    };
    (plan, findings)
}

fn inputs(texts: &Texts, port: &Port, released: Option<&ReleasedTable>) -> BTreeSet<PathBuf> {
    let read = texts.paths().map(Path::to_owned);
    read.chain(port.cmake_inputs.iter().cloned()).chain(released.map(|table| table.file.clone())).collect()
}

/// The merged sdkconfig, with what is wrong with its sources and what Kconfig will not make of it.
fn sdkconfig(
    spec: &BuildSpec,
    port: &Port,
    around: &Around<'_>,
    folders: &Folders,
    kconfig: Option<&ChipKconfig>,
    texts: &mut Texts,
) -> (Merged, Diagnostics) {
    let table = spec.settings.partitions.as_ref().map(|_| folders.table());
    let fragments: Vec<PathBuf> = port.fragments.iter().map(|fragment| fragment.path.clone()).collect();
    let ingredients = layers::Ingredients {
        config: around.config,
        spec,
        base: &fragments,
        base_is_users: matches!(spec.base.value, Base::Folder(_)),
        table: table.as_deref(),
        kconfig,
    };
    let (merged, mut findings) = layers::merged(&ingredients, texts);
    match (&around.idf.kconfig, kconfig) {
        (Some(library), Some(kconfig)) => findings.extend(layers::judged(&merged, library, kconfig)),
        _ => findings.push(
            Diagnostic::note(&NO_KCONFIG, "sdkconfig symbols are not judged before configure")
                .because("ESP-IDF is not there yet")
                .help("`cargo xtask setup` gets it, `--idf DIR` names one"),
        ),
    }
    (merged, findings)
}

/// What Kconfig knows for the chip, with the components that an earlier build or the checkout has.
fn kconfig(port: &Port, around: &Around<'_>, folders: &Folders) -> Option<Rc<ChipKconfig>> {
    let library = around.idf.kconfig.as_ref()?;
    let fetched =
        [folders.project.join("managed_components"), around.checkout.port.join("managed_components")];
    let fetched = fetched.into_iter().find(|folder| folder.is_dir());
    let around = kconfig::Around { port: Some(around.checkout.port.clone()), fetched };
    Some(library.chip(&port.target, &around))
}

/// The user's manifest, else the base board's, else the port's.
fn manifest(spec: &BuildSpec, port: &Port, around: &Around<'_>) -> PathBuf {
    let own = spec.settings.manifest.as_ref().map(|manifest| manifest.value.clone());
    own.unwrap_or_else(|| port.manifest_path(around.checkout))
}

fn idf(around: &Around<'_>) -> Tree {
    let idf = around.idf;
    Tree {
        path: idf.path.clone(),
        version: format!("v{}", idf.version),
        commit: idf.commit.clone(),
        dirty: false,
    }
}

fn micropython(around: &Around<'_>) -> Tree {
    Tree {
        path: around.checkout.root.clone(),
        version: around.git.map_or_else(|| around.checkout.version.to_string(), |git| git.describe.clone()),
        commit: around.git.map(|git| git.commit.clone()),
        dirty: around.git.is_some_and(|git| git.dirty),
    }
}

/// Files in the user's own board folder that neither CMake nor a key reads.
fn unread(spec: &BuildSpec, port: &Port) -> Diagnostics {
    let settings = &spec.settings;
    let keys = [&settings.manifest, &settings.header, &settings.pins];
    let named: BTreeSet<PathBuf> =
        keys.into_iter().flatten().chain(&settings.fragments).map(|path| path.value.clone()).collect();
    unread_diagnostics(port, &named)
}

/// Rollback is off unless a symbol sets it: what requires it has to ask for it.
fn rollback(spec: &BuildSpec, sdkconfig: &Merged) -> Diagnostics {
    const SYMBOL: &str = "BOOTLOADER_APP_ROLLBACK_ENABLE";
    let mut findings = Diagnostics::default();
    let required = spec.settings.require.iter().find(|require| require.value == Require::Rollback);
    let set = sdkconfig.symbols.get(SYMBOL).map(|entry| &entry.winner);
    let Some(required) = required.filter(|_| set.is_none_or(|set| set.value().is_off())) else {
        return findings;
    };
    let message = match set {
        Some(_) => format!("`rollback` is required, and {SYMBOL} is switched off"),
        None => format!("`rollback` is required, and nothing sets {SYMBOL}"),
    };
    let mut finding =
        Diagnostic::error(&codes::ROLLBACK_NOT_ASKED, message).label(&required.place, "required here");
    if let Some(set) = set {
        finding = finding.label(set.place(), "switched off here");
    }
    let table = match &spec.variant {
        Some(variant) => format!("[board.{}.variant.{variant}.sdkconfig]", spec.board),
        None => format!("[board.{}.sdkconfig]", spec.board),
    };
    findings.push(finding.help(format!("write `{SYMBOL} = true` in `{table}`")));
    findings
}

fn modules_twice(spec: &BuildSpec) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let modules = &spec.settings.modules;
    for (index, module) in modules.iter().enumerate() {
        let same = |other: &&crate::config::Located<PathBuf>| other.value == module.value;
        if let Some(first) = modules.get(..index).into_iter().flatten().find(same) {
            let message = format!("C module `{}` is named twice", module.value.display());
            findings.push(
                Diagnostic::error(&codes::MODULE_TWICE, message)
                    .at(&module.place)
                    .label(&first.place, "named here before")
                    .help("drop one of the two; a variant's modules are added to its board's"),
            );
        }
    }
    findings
}

fn generated(
    spec: &BuildSpec,
    port: &Port,
    around: &Around<'_>,
    folders: &Folders,
    declared: &Declared,
    sdkconfig: &str,
    findings: &mut Diagnostics,
) -> Generated {
    let mut unreadable = |error: anyhow::Error| {
        findings.push(Diagnostic::error(&codes::UNREADABLE, format!("{error:#}")));
    };
    let port_files = port_files(around.checkout, &port.target).unwrap_or_else(|error| {
        unreadable(error);
        Vec::new()
    });
    let base_entries = entries(&port.folder).unwrap_or_else(|error| {
        unreadable(error);
        Vec::new()
    });
    let tables: Vec<String> = entries(&around.checkout.port).unwrap_or_default();
    let tables: Vec<String> = tables.into_iter().filter(|name| name.ends_with(".csv")).collect();
    let settings = &spec.settings;
    let modules: Vec<PathBuf> = settings.modules.iter().map(|module| module.value.clone()).collect();
    project::generate(
        folders,
        &project::Ingredients {
            micropython: &around.checkout.root,
            port_files: &port_files,
            tables: &tables,
            base_folder: &port.folder,
            base_name: &port.board,
            base_entries: &base_entries,
            base_variant: port.variant.as_deref(),
            variant_files: around.checkout.variant_style == VariantStyle::Files,
            board_name: settings.board_name.as_ref().map(|name| name.value.as_str()),
            header: settings.header.as_ref().map(|path| path.value.as_path()),
            pins: settings.pins.as_ref().map(|path| path.value.as_path()),
            modules: &modules,
            sdkconfig,
            table: declared.csv.as_deref(),
        },
    )
}

/// The texts that go into the project folder, by path below the port.
fn port_files(checkout: &Checkout, target: &str) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut paths = vec![checkout.port.join("CMakeLists.txt")];
    if let Some(main) = checkout.main_folder(target) {
        paths.extend(entries(&main)?.into_iter().map(|name| main.join(name)).filter(|path| path.is_file()));
    }
    paths.extend(checkout.lock_file(target));
    // Before v1.27 the lock is the component manager's, in the port folder, and ignored by git.
    paths.extend(Some(checkout.port.join("dependencies.lock")).filter(|path| path.is_file()));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&checkout.port).unwrap_or(&path).to_owned();
        Ok((name, fs_err::read_to_string(&path)?))
    };
    paths.into_iter().map(read).collect()
}

fn entries(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| name != "__pycache__"));
    }
    names.sort();
    Ok(names)
}

/// Folders that are copied into the project before the first build, so that it works offline.
fn seeds(around: &Around<'_>) -> Vec<project::Link> {
    let folder = around.checkout.port.join("managed_components");
    let target = PathBuf::from("managed_components");
    folder.is_dir().then_some(project::Link { path: target, target: folder }).into_iter().collect()
}

fn steps(spec: &BuildSpec, around: &Around<'_>, folders: &Folders, manifest: &Path) -> Vec<Step> {
    let mpy_cross = around.state.join(mpy_cross_folder(around)).join("mpy-cross");
    let tools = steps::Tools {
        environment: around.environment,
        path: around.path,
        idf: &around.idf.path,
        activate: around.idf.activate.clone(),
        micropython: &around.checkout.root,
        mpy_cross: &mpy_cross,
        stand_in: around.stand_in,
        ccache: around.ccache,
        source_date_epoch: around.source_date_epoch.filter(|_| around.config.build.reproducible),
        state: around.state,
    };
    let project =
        steps::Project { id: &spec.id, folders, manifest, has_modules: !spec.settings.modules.is_empty() };
    steps::steps(&tools, &project)
}

/// One mpy-cross for each commit; a changed tree has its own, which is compiled again whenever it is asked for.
fn mpy_cross_folder(around: &Around<'_>) -> String {
    match around.git {
        Some(git) if !git.dirty => format!("mpy-cross-{}", git.commit.get(..12).unwrap_or(&git.commit)),
        _ => format!("mpy-cross-{}-changed", around.checkout.version),
    }
}

/// Points findings that have no place of their own at what asked for them in the config.
pub fn place_findings(findings: Diagnostics, spec: &BuildSpec) -> Diagnostics {
    let variant = spec.settings.base_variant.as_ref().map(|variant| &variant.place);
    let place = |finding: &Diagnostic| match finding.code.id {
        id if id == crate::checkout::codes::UNKNOWN_VARIANT.id => variant.unwrap_or(&spec.base.place).clone(),
        _ => spec.base.place.clone(),
    };
    let placed = findings.into_iter().map(|mut finding| {
        if finding.labels.is_empty() {
            let place = place(&finding);
            finding.labels.push(Label { place, text: String::new() });
        }
        finding
    });
    Diagnostics(placed.collect())
}
