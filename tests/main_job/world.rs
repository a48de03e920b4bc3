//! A config of its own in a folder of its own, and the binary run on it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;
use xtask::toolchain::stand_in::{V1_23, V1_28};

/// The head of a config for the newer pair.
pub const TREES: &str = "[micropython]\nrev = \"v1.28.0\"\n[esp-idf]\nrev = \"v5.5.1\"\n";

/// An OTA board on the ESP32-S3 with a C module and a manifest.
pub const OTA: &str = r#"
[board.b]
base = "ESP32_GENERIC_S3"
board-name = "Test B"
flash-size = "8MB"
partitions = "ota"
require = ["ota", "rollback"]
modules = ["modules/smw"]
manifest = "manifest.py"
[board.b.sdkconfig]
BOOTLOADER_APP_ROLLBACK_ENABLE = true
LWIP_LOCAL_HOSTNAME = "one"
"#;

/// A folder with a config; its path has a space and a letter beyond ASCII.
pub struct World {
    folder: TempDir,
    /// The flag that chooses the pair.
    pub stand_in: &'static str,
}

/// What a run said, and its exit code.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    /// A world with this config behind the head, two layouts, a C module and a manifest.
    pub fn new(config: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("xtask wörld ").tempdir().unwrap();
        let world = Self { folder, stand_in: "--stand-in" };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for layout in ["ota.toml", "single.toml"] {
            let text = std::fs::read_to_string(root.join("partitions").join(layout)).unwrap();
            world.write(&format!("partitions/{layout}"), &text);
        }
        for file in ["micropython.cmake", "smw.c"] {
            let text = std::fs::read_to_string(root.join("boards/smw-s3/modules/smw").join(file)).unwrap();
            world.write(&format!("modules/smw/{file}"), &text);
        }
        world.write("manifest.py", "include(\"$(PORT_DIR)/boards/manifest.py\")\nfreeze(\"frozen\")\n");
        world.write("frozen/app.py", "X = 1\n");
        world.write("config.toml", &format!("{TREES}{config}"));
        for pair in [V1_28, V1_23] {
            // Both pairs' programs are made once for all tests.
            let tools = crate::judges::tools(pair).folder;
            let link = world.path("target/xtask").join(tools.file_name().unwrap());
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            if !link.exists() {
                std::os::unix::fs::symlink(&tools, link).unwrap();
            }
        }
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text that is there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    fn command(&self, args: &[&str], env: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(args).arg(self.stand_in).current_dir(self.folder.path()).env("PWD", self.folder.path());
        command.arg("--config").arg(self.path("config.toml"));
        for name in ["IDF_PATH", "SOURCE_DATE_EPOCH", "XTASK_STAND_IN_FAULT", "GITHUB_ACTIONS"] {
            command.env_remove(name);
        }
        command.envs(env.iter().copied());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, &[])
    }

    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Run {
        self.command(args, env).output().unwrap().into()
    }

    /// Starts a run that a test will end.
    pub fn start(&self, args: &[&str], env: &[(&str, &str)]) -> Child {
        self.command(args, env).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The one folder in `dist/`.
    pub fn dist(&self) -> PathBuf {
        let folders: Vec<_> =
            std::fs::read_dir(self.path("dist")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders[0].clone()
    }

    /// The names in `dist/`, hidden ones too; none without it.
    pub fn dist_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("dist")).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    /// A file of the stand-in's trees, which are laid out by the first run.
    pub fn tree(&self, name: &str) -> PathBuf {
        let state = self.path("target/xtask");
        let entries = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
        let tree = entries.filter(|path| path.is_dir()).find(|path| {
            path.file_name().unwrap().to_str().unwrap().starts_with("stand-in-")
                && path.extension() != Some("new".as_ref())
        });
        tree.expect("the stand-in is laid out").join(name)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Checks the exit code and that the message has every one of these texts.
    #[track_caller]
    pub fn fails(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{}", self.err);
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in:\n{}", self.err);
        }
    }

    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// Whether this run compiled anything.
    pub fn compiled(&self) -> bool {
        self.err.contains("     compile ok")
    }
}
