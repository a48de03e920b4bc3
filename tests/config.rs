//! The repository's own config.toml: it is the first example that people read, so it must be right.

use std::path::{Path, PathBuf};
use xtask::config::{
    Base, Config, Files, LayoutKind, PathKind, Require, Selection, Surroundings, parse, unread,
};
use xtask::render::render;
use xtask::source::Source;

struct Disk;

impl Files for Disk {
    fn kind(&self, path: &Path) -> PathKind {
        match fs_err::metadata(path) {
            Ok(found) if found.is_dir() => PathKind::Folder,
            Ok(_) => PathKind::File,
            Err(_) => PathKind::Missing,
        }
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

fn config() -> Config {
    let root = root();
    let source =
        Source::new(root.join("config.toml"), fs_err::read_to_string(root.join("config.toml")).unwrap());
    let around =
        Surroundings { folder: &root, home: None, files: &Disk, micropython_given: false, idf_given: false };
    let (config, findings) = parse(&source, &around);
    let shown: Vec<String> = findings.iter().map(|finding| render(finding, false, &root)).collect();
    assert!(findings.is_empty(), "{}", shown.join("\n"));
    config.unwrap()
}

#[test]
fn it_declares_four_builds() {
    let config = config();
    let builds = config.builds(&Selection { all: true, ..Selection::default() }).unwrap();
    let ids: Vec<&str> = builds.iter().map(|build| build.id.as_str()).collect();
    assert_eq!(ids, ["smw-s3-ota", "smw-s3-single", "bench-c3-ota", "bench-c3-single"]);
    let usual = config.builds(&Selection { board: Some("smw-s3".into()), ..Selection::default() }).unwrap();
    assert_eq!(usual, builds[..1]);
    let (s3, c3) = (&builds[0], &builds[2]);
    assert_eq!(s3.base.value, Base::InTree("ESP32_GENERIC_S3".into()));
    assert_eq!(s3.settings.flash_size.as_ref().map(|size| size.value.bytes()), Some(8 << 20));
    assert_eq!(
        s3.settings.require.iter().map(|require| require.value).collect::<Vec<_>>(),
        [Require::Ota, Require::Rollback, Require::Filesystem]
    );
    assert_eq!(s3.settings.partitions.as_ref().map(|layout| layout.value.kind), Some(LayoutKind::Toml));
    assert_eq!(c3.settings.partitions.as_ref().map(|layout| layout.value.kind), Some(LayoutKind::Csv));
    assert_eq!((s3.settings.modules.len(), c3.settings.modules.len()), (1, 2));
}

#[test]
fn its_board_folders_hold_nothing_unread() {
    assert_eq!(unread(&config(), &Disk, &[]).0, []);
}

/// Editors read the schema, the tool its list of keys: the file is made from the list. `UPDATE_EXPECT=1` writes it.
#[test]
fn the_schema_is_up_to_date() {
    let mut text = serde_json::to_string_pretty(&xtask::config::schema()).unwrap();
    text.push('\n');
    expect_test::expect_file!["../config.schema.json"].assert_eq(&text);
}

#[test]
fn a_workspace_that_was_moved_is_where_cargo_says() {
    let moved = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(moved.path().join("xtask/stand-in")).unwrap();
    let text = "[micropython]\nrev = \"v1.28.0\"\n[esp-idf]\nrev = \"v5.5.1\"\n[board.moved]\nbase = \"ESP32_GENERIC\"\n";
    fs_err::write(moved.path().join("config.toml"), text).unwrap();
    let list = |package: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.arg("list").env("CARGO_MANIFEST_DIR", package).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(list(&moved.path().join("xtask")).contains("moved"));
    // Of another package nothing is taken.
    assert!(list(moved.path()).contains("smw-s3"));
}
