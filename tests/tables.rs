//! Partition tables against ESP-IDF's own tool: MicroPython's tables byte for byte, and generated ones by verdict and
//! bytes. What needs files from outside the repository says so and is skipped without them.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod cases;

use cases::{Random, binary_case, csv_case};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xtask::chip::FlashSize;
use xtask::diagnostic::Diagnostics;
use xtask::partition::{Options, Secure, Table, binary, csv};
use xtask::source::Source;
use xtask::version::Version;

/// Generated tables for each ESP-IDF release, as text and as bytes.
const CSV_CASES: usize = 4000;
const BINARY_CASES: usize = 1500;

#[test]
fn micropythons_tables_come_out_byte_for_byte() {
    let Some(folder) = folder("XTASK_TEST_DATA") else {
        return;
    };
    let mut count = 0;
    for entry in fs_err::read_dir(folder.join("partitions")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let expected = fs_err::read(path.with_extension("bin")).unwrap();
        for idf in ["5.0", "5.2", "5.5", "6.0"].map(|text| text.parse::<Version>().unwrap()) {
            let source = Source::new(&path, fs_err::read_to_string(&path).unwrap());
            let (table, found) = csv::parse(&source, &Options::new(idf));
            assert!(found.is_empty(), "{}: {found:?}", path.display());
            let table = table.unwrap();
            assert!(binary::write(&table, true).unwrap()[..] == expected[..], "{}", path.display());
            let (read, found) = binary::parse(&expected, &Source::binary(&path));
            assert_eq!((read, found), (Some(table), Diagnostics::default()));
        }
        count += 1;
    }
    assert!(count > 0, "no tables in {}", folder.display());
    println!("{count} tables agree byte for byte");
}

#[test]
fn generated_tables_are_judged_as_esp_idf_judges_them() {
    let Some(folder) = folder("XTASK_TEST_IDF") else {
        return;
    };
    let mut disagreements = Vec::new();
    for (idf, tool) in releases(&folder) {
        // Other tables for each release.
        let own = idf.to_string().bytes().fold(0u64, |sum, byte| sum * 31 + u64::from(byte));
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ own << 20);
        let mut cases: Vec<Case> = (0..CSV_CASES).map(|_| csv_case(idf, &mut random)).collect();
        cases.extend((0..BINARY_CASES).map(|_| binary_case(idf, &mut random)));
        let accepted = compare(&tool, &cases, &mut disagreements);
        let rewritten: Vec<Case> = cases.iter().filter_map(Case::rewritten).collect();
        let agreed = compare(&tool, &rewritten, &mut disagreements);
        if agreed != rewritten.len() {
            disagreements
                .push(format!("ESP-IDF {idf} refuses {} CSVs written here", rewritten.len() - agreed));
        }
        println!(
            "ESP-IDF {idf}: {} tables, {accepted} accepted, {} written anew as CSV",
            cases.len(),
            rewritten.len()
        );
    }
    let shown: Vec<&String> = disagreements.iter().take(4).collect();
    assert!(disagreements.is_empty(), "{} disagreements, such as {shown:#?}", disagreements.len());
}

/// The tools of ESP-IDF in a folder of checkouts, by release.
fn releases(folder: &Path) -> Vec<(Version, PathBuf)> {
    let mut versions: Vec<(Version, PathBuf)> = fs_err::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            let tool = path.join("components/partition_table");
            tool.join("gen_esp32part.py").is_file().then_some((version, tool))
        })
        .collect();
    versions.sort();
    assert!(!versions.is_empty(), "no ESP-IDF in {}", folder.display());
    versions
}

/// By the binary itself: `--rules idf` accepts exactly what ESP-IDF's tool does, `convert` writes its bytes, and `--rules all`
/// accepts nothing more.
#[test]
fn lint_by_esp_idfs_rules_accepts_what_its_tool_accepts() {
    const CASES: usize = 60;
    let Some(folder) = folder("XTASK_TEST_IDF") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let (mut run, mut accepted) = (0, 0);
    for (idf, tool) in releases(&folder) {
        let mut random = Random(0x2545_F491_4F6C_DD1D);
        let mut cases: Vec<Case> = (0..CASES).map(|_| csv_case(idf, &mut random)).collect();
        cases.extend((0..CASES / 3).map(|_| binary_case(idf, &mut random)));
        for case in &mut cases {
            // The command line has no more than these; the tool too tells a binary by its first bytes.
            case.options = Options { flash_size: case.options.flash_size, ..Options::new(idf) };
            case.extra.clear();
            case.binary = case.data.starts_with(&binary::MAGIC);
        }
        for (case, verdict) in cases.iter().zip(verdicts(&tool, &cases)) {
            let theirs = verdict.strip_prefix("ok ");
            let shown = format!("ESP-IDF {idf}: {verdict}\n{}", String::from_utf8_lossy(&case.data));
            assert_eq!(lint(place.path(), case, "idf"), theirs.is_some(), "{shown}");
            assert!(!lint(place.path(), case, "all") || theirs.is_some(), "{shown}");
            let written = partitions(place.path(), case, &["convert", "--rules", "idf", "-o", "out.bin"]);
            assert_eq!(written, theirs.is_some(), "{shown}");
            if let Some(theirs) = theirs {
                assert_eq!(hex(&fs_err::read(place.path().join("out.bin")).unwrap()), theirs, "{shown}");
                accepted += 1;
            }
            run += 1;
        }
    }
    assert!(accepted > run / 10, "{accepted} of {run} accepted");
    println!("{run} tables by the binary, {accepted} accepted");
}

#[test]
fn a_variable_of_the_environment_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    fs_err::write(place.path().join("t.csv"), "nvs,data,nvs,0x9000,$NVS_BYTES\n").unwrap();
    let show = |env: &[(&str, &str)]| {
        let command =
            duct::cmd!(env!("CARGO_BIN_EXE_xtask"), "partitions", "lint", "--rules", "idf", "t.csv");
        let output = command
            .dir(place.path())
            .full_env(env.iter().copied())
            .stderr_capture()
            .unchecked()
            .run()
            .unwrap();
        output.status.code()
    };
    assert_eq!(show(&[("NVS_BYTES", "0x6000")]), Some(0));
    assert_eq!(show(&[("NVS_BYTES", "six")]), Some(3));
    assert_eq!(show(&[]), Some(3));
}

fn lint(place: &Path, case: &Case, rules: &str) -> bool {
    partitions(place, case, &["lint", "--rules", rules])
}

/// Whether a verb of `partitions` takes a case.
fn partitions(place: &Path, case: &Case, args: &[&str]) -> bool {
    fs_err::write(place.join("table.csv"), &case.data).unwrap();
    let mut words = vec!["partitions".to_owned()];
    words.extend(args.iter().map(|&arg| arg.to_owned()));
    words.extend(["--idf-version".to_owned(), case.options.idf.to_string()]);
    words.extend(case.options.flash_size.map(|size| format!("--flash-size={size}")));
    words.push("table.csv".into());
    let command = duct::cmd(env!("CARGO_BIN_EXE_xtask"), words).dir(place).full_env([("PWD", place)]);
    let output = command.stdout_capture().stderr_capture().unchecked().run().unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    code == Some(0)
}

#[test]
fn esp_idfs_own_test_cases_are_judged_as_its_tool_judges_them() {
    let Some(folder) = folder("XTASK_TEST_IDF") else {
        return;
    };
    let mut disagreements = Vec::new();
    let mut releases = 0;
    for entry in fs_err::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let idf: Version = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let tool = path.join("components/partition_table");
        let script = include_str!("oracle/esp_idf_cases.py");
        let said =
            duct::cmd!("python3", "-c", script, &tool).env("PYTHONDONTWRITEBYTECODE", "1").read().unwrap();
        let mut lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ran = lines.pop().unwrap();
        assert!(ran["tests"].as_u64() > Some(20) && ran["failed"] == 0, "{}: {ran}", path.display());
        let cases: Vec<Case> = lines.iter().map(|line| recorded(idf, line)).collect();
        let accepted = compare(&tool, &cases, &mut disagreements);
        println!(
            "ESP-IDF {idf}: {} tests hand over {} tables, {accepted} accepted",
            ran["tests"],
            cases.len()
        );
        releases += 1;
    }
    assert!(releases > 0, "no ESP-IDF in {}", folder.display());
    assert!(disagreements.is_empty(), "{} disagreements: {disagreements:#?}", disagreements.len());
}

/// A case that ESP-IDF's tests handed to its tool.
fn recorded(idf: Version, line: &Value) -> Case {
    let number = |name: &str| line[name].as_u64().map(|number| u32::try_from(number).unwrap());
    let text = line["data"].as_str().unwrap();
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    let options = Options {
        table_offset: number("table").unwrap(),
        flash_size: number("flash").map(|bytes| FlashSize::from_bytes(bytes.into()).unwrap()),
        secure: match line["secure"].as_str() {
            None => Secure::None,
            Some("v1") => Secure::V1,
            Some(_) => Secure::V2,
        },
        md5: line["md5"] == true,
        primary_bootloader_offset: number("primary"),
        recovery_bootloader_offset: number("recovery"),
        ..Options::new(idf)
    };
    let data = (0..text.len()).step_by(2).map(byte).collect();
    Case { options, extra: Vec::new(), data, binary: line["binary"] == true }
}

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        crate::judges::skipped(&format!("set {variable}"));
    }
    folder
}

struct Case {
    options: Options,
    /// `type, name, value` as CMake hands them over.
    extra: Vec<String>,
    data: Vec<u8>,
    binary: bool,
}

impl Case {
    /// The bytes that this tool makes of it, and what it says.
    fn ours(&self) -> (Option<Vec<u8>>, Diagnostics) {
        let (table, found) = self.table();
        let bytes = table.and_then(|table| binary::write(&table, self.options.md5).ok());
        let accepted = !found.has_errors();
        (bytes.filter(|_| accepted).map(Vec::from), found)
    }

    fn table(&self) -> (Option<Table>, Diagnostics) {
        if self.binary {
            let (table, mut found) = binary::parse(&self.data, &Source::binary("table.bin"));
            let Some(mut table) = table else {
                return (None, found);
            };
            table.table_offset = self.options.table_offset;
            found.extend(xtask::partition::rules::check_idf(&table, &self.options));
            // ESP-IDF's tool drops the bits that it does not know.
            for row in &mut table.partitions {
                row.unknown_flags = 0;
                row.readonly &= self.options.idf >= Version::new(5, 2, 0);
            }
            return (Some(table), found);
        }
        match csv::decode(&self.data, Path::new("table.csv"), self.options.idf) {
            Ok(text) => csv::parse(&Source::new("table.csv", text), &self.options),
            Err(diagnostic) => (None, Diagnostics(vec![diagnostic])),
        }
    }

    /// The same table as the CSV that this tool writes, if it is accepted and such a CSV can hold it.
    fn rewritten(&self) -> Option<Self> {
        self.ours().0?;
        let table = self.table().0?;
        // ESP-IDF wants a CSV in the order of offsets, a binary in any; and it places rows of these types itself.
        let ordered = table.partitions.windows(2).all(|pair| pair[0].end() <= u64::from(pair[1].offset));
        if !ordered || table.partitions.iter().any(|row| matches!(row.kind, 2 | 3)) {
            return None;
        }
        let data = csv::write(&table).ok()?.into_bytes();
        Some(Self { options: self.options.clone(), extra: self.extra.clone(), data, binary: false })
    }

    fn json(&self) -> Value {
        let options = &self.options;
        json!({
            "data": hex(&self.data),
            "binary": self.binary,
            "md5": options.md5,
            "table": options.table_offset,
            "secure": match options.secure { Secure::None => None, Secure::V1 => Some("v1"), Secure::V2 => Some("v2") },
            "flash": options.flash_size.map(FlashSize::bytes),
            "primary": options.primary_bootloader_offset,
            "recovery": options.recovery_bootloader_offset,
            "extra": self.extra,
            "env": options.env,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What ESP-IDF's tool says of each case, in one process: `ok` with the table's bytes, or `no` with the error.
fn verdicts(tool: &Path, cases: &[Case]) -> Vec<String> {
    let lines: String = cases.iter().map(|case| format!("{}\n", case.json())).collect();
    let script = include_str!("oracle/gen_esp32part.py");
    let verdicts = duct::cmd!("python3", "-c", script, tool)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin_bytes(lines)
        .read()
        .unwrap();
    assert_eq!(verdicts.lines().count(), cases.len());
    verdicts.lines().map(str::to_owned).collect()
}

/// Compares the verdicts on all cases; returns how many were accepted by both.
fn compare(tool: &Path, cases: &[Case], disagreements: &mut Vec<String>) -> usize {
    let mut accepted = 0;
    for (case, verdict) in cases.iter().zip(verdicts(tool, cases)) {
        let (bytes, found) = case.ours();
        let theirs = verdict.strip_prefix("ok ");
        accepted += usize::from(theirs.is_some() && bytes.is_some());
        if theirs != bytes.as_deref().map(hex).as_deref() {
            let text = if case.binary {
                hex(case.data.get(..224).unwrap_or(&case.data))
            } else {
                String::from_utf8_lossy(&case.data).into_owned()
            };
            let options = &case.options;
            let short: String = verdict.chars().take(200).collect();
            disagreements.push(format!("{text:?}\n{options:?}\ntheirs {short}\nours {found:?}"));
        }
    }
    accepted
}
