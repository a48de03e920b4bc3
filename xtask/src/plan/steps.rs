//! The programs that a build runs: their arguments, folder and environment, decided before the first one starts.
//!
//! What activation adds to the environment is known only when it has run; the steps state everything else.

use super::project::Folders;
use crate::process::Invocation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A part of a build, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

    /// What the stage is for, in a few words.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Plan => "decide everything, write the generated project and board",
            Self::Activate => "ESP-IDF's environment",
            Self::MpyCross => "MicroPython's cross compiler for frozen Python",
            Self::Configure => "CMake and Kconfig",
            Self::Gate => "every sdkconfig symbol that was asked for took effect",
            Self::Compile => "compile and link",
            Self::Merge => "one image, by MicroPython's makeimg.py",
            Self::Verify => "the image's bytes against the declaration",
            Self::Collect => "dist/, whole or not at all",
        }
    }
}

/// One stage, and the program that it runs, if any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Invocation>,
}

/// What the steps are made from.
#[derive(Debug, Clone)]
pub struct Tools<'a> {
    /// The caller's environment, reduced to what may reach a build.
    pub environment: &'a BTreeMap<String, String>,
    /// Folders to put before the PATH: CMake and Ninja where the machine has none.
    pub path: &'a [PathBuf],
    pub idf: &'a Path,
    /// The command that activates ESP-IDF; none where the caller's environment is active already.
    pub activate: Option<Invocation>,
    pub micropython: &'a Path,
    /// Where this MicroPython's mpy-cross is, or will be.
    pub mpy_cross: &'a Path,
    pub stand_in: bool,
    pub ccache: bool,
    /// Seconds since 1970 for every time stamp in a reproducible build.
    pub source_date_epoch: Option<u64>,
    /// What ccache takes as the common root of build folders.
    pub state: &'a Path,
}

/// The manifest and C modules of a build, as CMake variables.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    pub id: &'a str,
    pub folders: &'a Folders,
    pub manifest: &'a Path,
    pub has_modules: bool,
}

/// Every step of a build.
pub fn steps(tools: &Tools<'_>, project: &Project<'_>) -> Vec<Step> {
    let environment = environment(tools, project);
    let mut steps = Vec::new();
    let mut add = |stage, run| steps.push(Step { stage, run });
    if let Some(export) = &tools.activate {
        let path = environment.get("PATH").cloned().unwrap_or_default();
        let mut export = export.clone();
        export.env.insert("PATH".into(), path);
        add(Stage::Activate, Some(export));
    }
    add(Stage::MpyCross, Some(mpy_cross(tools, &environment)));
    add(Stage::Configure, Some(idf_py(tools, project, &environment, "reconfigure")));
    add(Stage::Gate, None);
    add(Stage::Compile, Some(idf_py(tools, project, &environment, "build")));
    add(Stage::Merge, Some(makeimg(tools, project, &environment)));
    add(Stage::Verify, None);
    add(Stage::Collect, None);
    steps
}

/// The environment of every step, apart from what activation adds.
fn environment(tools: &Tools<'_>, project: &Project<'_>) -> BTreeMap<String, String> {
    let mut env = tools.environment.clone();
    let mut set = |name: &str, value: String| env.insert(name.to_owned(), value);
    // kconfgen and idf_tools.py leave files in the temporary folder.
    set("TMPDIR", project.folders.temporary().display().to_string());
    set("IDF_PATH", tools.idf.display().to_string());
    // One mpy-cross for all builds, compiled on its own: `make` would compile it into the firmware's folder.
    set("MICROPY_MPYCROSS", tools.mpy_cross.display().to_string());
    // ESP-IDF 5.0 to 5.4 drop an unknown symbol in silence without this.
    set("KCONFIG_WARN_UNDEF_ASSIGN", "y".into());
    set("PYTHONDONTWRITEBYTECODE", "1".into());
    if tools.ccache {
        // Without the last two, a second build folder does not profit from the first one's cache.
        set("IDF_CCACHE_ENABLE", "1".into());
        set("CCACHE_BASEDIR", tools.state.display().to_string());
        set("CCACHE_NOHASHDIR", "1".into());
    }
    if let Some(epoch) = tools.source_date_epoch {
        set("SOURCE_DATE_EPOCH", epoch.to_string());
    }
    let before = tools.path.iter().map(|folder| folder.display().to_string());
    let path: Vec<String> = before.chain(env.get("PATH").cloned()).collect();
    env.insert("PATH".into(), path.join(":"));
    env
}

fn mpy_cross(tools: &Tools<'_>, env: &BTreeMap<String, String>) -> Invocation {
    let folder = tools.mpy_cross.parent().unwrap_or(Path::new("."));
    let source = tools.micropython.join("mpy-cross");
    if tools.stand_in {
        // The stand-in's needs neither make nor a C compiler.
        let args = vec!["install.py".into(), tools.mpy_cross.display().to_string()];
        return Invocation { program: "python3".into(), args, cwd: source, env: env.clone() };
    }
    Invocation {
        program: "make".into(),
        args: vec![
            "-C".into(),
            source.display().to_string(),
            format!("BUILD={}", folder.display()),
            "USER_C_MODULES=".into(),
        ],
        cwd: source,
        env: env.clone(),
    }
}

fn idf_py(
    tools: &Tools<'_>,
    project: &Project<'_>,
    env: &BTreeMap<String, String>,
    action: &str,
) -> Invocation {
    let text = |path: &Path| path.display().to_string();
    let folders = project.folders;
    let mut args = vec![text(&tools.idf.join("tools/idf.py"))];
    args.extend(["-C".into(), text(&folders.project), "-B".into(), text(&folders.build)]);
    let modules = if project.has_modules { text(&folders.modules()) } else { String::new() };
    // Every one, every time: CMakeCache.txt keeps those of an earlier run.
    let defines = [
        ("MICROPY_BOARD", project.id.to_owned()),
        ("MICROPY_BOARD_DIR", text(&folders.board)),
        ("MICROPY_FROZEN_MANIFEST", text(project.manifest)),
        ("USER_C_MODULES", modules),
    ];
    for (name, value) in defines {
        args.extend(["-D".into(), format!("{name}={value}")]);
    }
    args.push(action.into());
    Invocation { program: "python".into(), args, cwd: folders.project.clone(), env: env.clone() }
}

/// MicroPython's own merge: bootloader, table and app into `firmware.bin`, and a UF2 for chips with native USB.
fn makeimg(tools: &Tools<'_>, project: &Project<'_>, env: &BTreeMap<String, String>) -> Invocation {
    let build = &project.folders.build;
    let inputs =
        ["sdkconfig", "bootloader/bootloader.bin", "partition_table/partition-table.bin", "micropython.bin"];
    let outputs = ["firmware.bin", "micropython.uf2"];
    let script = tools.micropython.join("ports/esp32/makeimg.py");
    let files = inputs.iter().chain(&outputs).map(|name| build.join(name).display().to_string());
    Invocation {
        program: "python".into(),
        args: std::iter::once(script.display().to_string()).chain(files).collect(),
        cwd: build.clone(),
        env: env.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools<'a>(environment: &'a BTreeMap<String, String>, path: &'a [PathBuf]) -> Tools<'a> {
        Tools {
            environment,
            path,
            idf: Path::new("/idf"),
            activate: None,
            micropython: Path::new("/mp"),
            mpy_cross: Path::new("/s/mpy-cross/abc/mpy-cross"),
            stand_in: false,
            ccache: true,
            source_date_epoch: Some(7),
            state: Path::new("/s"),
        }
    }

    #[test]
    fn steps_come_in_order_and_state_everything() {
        let env = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
        let folders = Folders::new(Path::new("/s"), "b");
        let project =
            Project { id: "b", folders: &folders, manifest: Path::new("/m.py"), has_modules: false };
        let path = [PathBuf::from("/tools")];
        let steps = steps(&tools(&env, &path), &project);
        assert!(steps.iter().map(|step| step.stage).is_sorted());
        let configure =
            steps.iter().find(|step| step.stage == Stage::Configure).unwrap().run.as_ref().unwrap();
        assert_eq!(
            configure.display(),
            "python /idf/tools/idf.py -C /s/b/project -B /s/b/build -D MICROPY_BOARD=b -D MICROPY_BOARD_DIR=/s/b/board \
             -D MICROPY_FROZEN_MANIFEST=/m.py -D USER_C_MODULES= reconfigure"
        );
        let env = |name: &str| configure.env.get(name).map(String::as_str);
        assert_eq!(env("PATH"), Some("/tools:/bin"));
        assert_eq!(env("MICROPY_MPYCROSS"), Some("/s/mpy-cross/abc/mpy-cross"));
        assert_eq!((env("SOURCE_DATE_EPOCH"), env("CCACHE_NOHASHDIR")), (Some("7"), Some("1")));
        let make = steps.iter().find(|step| step.stage == Stage::MpyCross).unwrap().run.as_ref().unwrap();
        assert_eq!(make.display(), "make -C /mp/mpy-cross BUILD=/s/mpy-cross/abc USER_C_MODULES=");
    }
}
