//! Broken requests and the message that each of them gets.

use super::*;
use crate::kconfig::tests::Memory;
use crate::sdkconfig::{Choices, GateContext, Layer, LayerKind, Owned, effective, fragment, gate, merge};
use crate::source::Source;
use expect_test::expect_file;

/// A small ESP-IDF, of the shapes that the real one has.
const KCONFIG: &str = r#"
orsource "./$IDF_TARGET.in"

config IDF_TARGET
    string
    default "$IDF_TARGET"

config CORES
    int
    default 1 if UNICORE
    default 2

config UNICORE
    bool "Run on one core only"

config HZ
    int "Tick rate (Hz)"
    range 1 1000
    default 100

config STACK
    int "Stack size"
    range 512 1024 if UNICORE
    range 2048 8192
    default 3072

config OFFSET
    hex "Offset of the table"
    range 0x1000 0xfffff000
    default 0x8000

config HOSTNAME
    string "Host name"
    default "espressif"

config TABLE_MD5
    bool "MD5 of the table"
    depends on !OLD_BOOTLOADER
    default y

config OLD_BOOTLOADER
    bool "For bootloaders of long ago"

menu "Bluetooth"
    depends on SOC_BT_SUPPORTED

    config BT_ENABLED
        bool "Bluetooth"

    choice BT_HOST
        prompt "Host"
        depends on BT_ENABLED
        default BT_BLUEDROID_ENABLED

        config BT_BLUEDROID_ENABLED
            bool "Bluedroid"
        config BT_NIMBLE_ENABLED
            bool "NimBLE"
        config BT_CONTROLLER_ONLY
            bool "None"
            depends on BT_EXTERNAL_HOST
    endchoice

    config BT_EXTERNAL_HOST
        bool "A host on another chip"
        depends on BT_ENABLED

    if BT_NIMBLE_ENABLED
        config BT_NIMBLE_MAX_CONNECTIONS
            int "Connections"
            range 1 9
            default 3

        config BT_NIMBLE_LOG
            bool "Log"
            depends on LOG_LEVEL > 3
    endif
endmenu

choice LOG
    prompt "Log verbosity"
    default LOG_INFO
    config LOG_NONE
        bool "None"
    config LOG_INFO
        bool "Info"
    config LOG_DEBUG
        bool "Debug"
endchoice

config LOG_LEVEL
    int
    default 0 if LOG_NONE
    default 3 if LOG_INFO
    default 4

menu "Power"
    visible if PM_ENABLE

    config PM_SLEEP
        bool "Sleep"
        select PM_IN_IRAM
        default y
endmenu

config PM_ENABLE
    bool "Power management"

config PM_IN_IRAM
    bool "Code in IRAM"

config GPTIMER
    bool "Timer in IRAM" if PM_ENABLE || UNICORE
    default y

config SECURE_BOOT
    bool "Secure boot"
    depends on SOC_SECURE_BOOT && !(LOG_NONE && UNICORE)
    select HASHED

config SECURE_FLASH
    bool "Flash encryption"
    select HASHED

config HASHED
    bool

config USED_BY_MANY
    bool
config U1
    bool "u1"
    select USED_BY_MANY
config U2
    bool "u2"
    select USED_BY_MANY
config U3
    bool "u3"
    select USED_BY_MANY
config U4
    bool "u4"
    select USED_BY_MANY
config U5
    bool "u5"
    select USED_BY_MANY

config GHOST
    bool "Ghost"
    depends on NOT_DEFINED_ANYWHERE

config EITHER
    bool "Either"
    depends on SOC_EITHER || UNICORE

config NEITHER
    bool "Neither"
    depends on SOC_EITHER || SOC_OTHER

config ON_SECURE_BOOT
    bool "On secure boot"
    depends on SECURE_BOOT

config PROJECT
    string "Project"

config RADIO
    bool
    default y if SOC_BT_SUPPORTED

config CONNECTIONS_EFF
    int
    default 1 if BT_NIMBLE_ENABLED

config FIXED
    bool
    default y

config DEEP
    bool "Deep"
    depends on UNICORE && PM_ENABLE && OLD_BOOTLOADER && SECURE_FLASH
"#;

const S3: &str = "config SOC_BT_SUPPORTED\n bool\n default y\nconfig SPIRAM\n bool \"PSRAM\"\n";
const C2: &str = "config SOC_SECURE_BOOT\n bool\n default y\nconfig XTAL_26\n bool \"26 MHz\"\n";

const RENAMES: &str = "CONFIG_TICK_HZ CONFIG_HZ\nCONFIG_NIMBLE_MAX CONFIG_BT_NIMBLE_MAX_CONNECTIONS\nCONFIG_NO_MD5 !CONFIG_TABLE_MD5\n";

/// What the board asks for, and what MicroPython's own fragment before it.
const BROKEN: &[(&str, &str, &str)] = &[
    ("a letter is missing", "CONFIG_TABLE_MD=y", ""),
    ("two letters are swapped", "CONFIG_BT_NIMBEL_ENABLED=y", ""),
    ("a word is missing", "CONFIG_NIMBLE_CONNECTIONS=4", ""),
    ("a word too many", "CONFIG_BT_NIMBLE_HOST_ENABLED=y", ""),
    ("nothing like it exists", "CONFIG_QQQ=1", ""),
    ("a well-known mistake", "CONFIG_BOOTLOADER_ROLLBACK_ENABLE=y", ""),
    ("an unknown one is switched off", "CONFIG_TABLE_MD=n", ""),
    ("the name of a choice", "CONFIG_BT_HOST=y", ""),
    ("of a later ESP-IDF", "CONFIG_LIBC_PICOLIBC=y", ""),
    ("another chip's", "CONFIG_XTAL_26=y", ""),
    ("another chip's, switched off", "CONFIG_XTAL_26=n", ""),
    ("renamed", "CONFIG_TICK_HZ=200", ""),
    ("renamed and out of range", "CONFIG_TICK_HZ=2000", ""),
    ("renamed and inverted", "CONFIG_NO_MD5=y", ""),
    ("renamed and unmet", "CONFIG_NIMBLE_MAX=4", ""),
    ("no prompt, selected by two", "CONFIG_HASHED=y", ""),
    ("no prompt, selected by five", "CONFIG_USED_BY_MANY=y", ""),
    ("no prompt, a fixed value", "CONFIG_FIXED=n", ""),
    ("no prompt, and no value", "CONFIG_CONNECTIONS_EFF=2", ""),
    ("no prompt, follows from its defaults", "CONFIG_CORES=1", ""),
    ("no prompt, and the value is as wanted", "CONFIG_CORES=2", ""),
    ("no prompt, follows from what the chip has", "CONFIG_RADIO=n", ""),
    ("no prompt, what the chip has", "CONFIG_SOC_BT_SUPPORTED=n", ""),
    ("no prompt, the target", "CONFIG_IDF_TARGET=\"esp32\"", ""),
    ("a number for a bool", "CONFIG_UNICORE=1", ""),
    ("a text for a bool", "CONFIG_UNICORE=\"y\"", ""),
    ("a bool for an int", "CONFIG_HZ=y", ""),
    ("a hexadecimal for an int", "CONFIG_HZ=0x64", ""),
    ("a text for an int", "CONFIG_HZ=\"100\"", ""),
    ("a text for a hex", "CONFIG_OFFSET=\"0x9000\"", ""),
    ("a negative hex", "CONFIG_OFFSET=-4096", ""),
    ("an int of 200 bits", "CONFIG_HZ=999999999999999999999999999999999999999999999999999999999999", ""),
    ("a hex of 200 bits", "CONFIG_OFFSET=0x99999999999999999999999999999999999999999999999999", ""),
    ("a decimal for a hex", "CONFIG_OFFSET=36864", ""),
    ("a bool for a string", "CONFIG_HOSTNAME=y", ""),
    ("a number for a string", "CONFIG_HOSTNAME=7", ""),
    ("a string that is unset", "# CONFIG_HOSTNAME is not set", ""),
    ("above the range", "CONFIG_HZ=1001", ""),
    ("below the range", "CONFIG_HZ=0", ""),
    ("hex below the range", "CONFIG_OFFSET=0x800", ""),
    ("the range of another symbol's value", "CONFIG_STACK=4096\nCONFIG_UNICORE=y", ""),
    ("one dependency", "CONFIG_BT_NIMBLE_ENABLED=y", ""),
    ("two dependencies", "CONFIG_SECURE_BOOT=y\nCONFIG_LOG_NONE=y\nCONFIG_UNICORE=y", ""),
    ("more than three dependencies", "CONFIG_DEEP=y", ""),
    ("a negated dependency", "CONFIG_TABLE_MD5=y\nCONFIG_OLD_BOOTLOADER=y", ""),
    ("a comparison", "CONFIG_BT_NIMBLE_LOG=y\nCONFIG_BT_ENABLED=y\nCONFIG_BT_NIMBLE_ENABLED=y", ""),
    ("one of two", "CONFIG_GPTIMER=n", ""),
    ("an `if` around it", "CONFIG_BT_NIMBLE_MAX_CONNECTIONS=4\nCONFIG_BT_ENABLED=y", ""),
    ("a menu that is not shown", "CONFIG_PM_SLEEP=n", ""),
    ("a dependency that has no effect itself", "CONFIG_BT_EXTERNAL_HOST=y\nCONFIG_BT_CONTROLLER_ONLY=y", ""),
    ("a dependency that does not exist", "CONFIG_GHOST=y", ""),
    ("a dependency that the chip lacks, or another", "CONFIG_EITHER=y", ""),
    ("a dependency that the chip lacks, whichever", "CONFIG_NEITHER=y", ""),
    ("a dependency that the chip lacks, in turn", "CONFIG_ON_SECURE_BOOT=y", ""),
    ("a member that is not available", "CONFIG_BT_ENABLED=y\nCONFIG_BT_CONTROLLER_ONLY=y", ""),
    ("two members", "CONFIG_LOG_NONE=y\nCONFIG_LOG_DEBUG=y", ""),
    ("n for the chosen member", "CONFIG_LOG_INFO=n", ""),
    ("n for what is selected", "CONFIG_PM_IN_IRAM=n\nCONFIG_PM_ENABLE=y\nCONFIG_PM_SLEEP=y", ""),
    (
        "another host than the base",
        "CONFIG_BT_BLUEDROID_ENABLED=y\nCONFIG_BT_NIMBLE_MAX_CONNECTIONS=4",
        "CONFIG_BT_ENABLED=y\nCONFIG_BT_NIMBLE_ENABLED=y",
    ),
    ("what the base switched off", "CONFIG_BT_NIMBLE_ENABLED=y", "CONFIG_BT_ENABLED=n"),
    ("of a component that is fetched later", "CONFIG_MDNS_MAX_SERVICES=12", ""),
    ("twice", "CONFIG_HZ=200\nCONFIG_HZ=200", ""),
    ("twice, and not the same", "CONFIG_HZ=200\nCONFIG_HZ=300", ""),
    ("MicroPython's own", "", "CONFIG_GONE=y\nCONFIG_HZ=2000\nCONFIG_HASHED=y\nCONFIG_BT_NIMBLE_ENABLED=y"),
];

/// What takes effect, so that nothing is said.
const FINE: &[&str] = &[
    "CONFIG_HZ=1000\nCONFIG_OFFSET=0x9000\nCONFIG_HOSTNAME=\"a \\\"b\\\"\"\nCONFIG_UNICORE=y\nCONFIG_STACK=1024",
    "CONFIG_BT_ENABLED=y\nCONFIG_BT_NIMBLE_ENABLED=y\nCONFIG_BT_NIMBLE_MAX_CONNECTIONS=9",
    "CONFIG_BT_ENABLED=n\nCONFIG_BT_NIMBLE_ENABLED=n",
    "# CONFIG_XTAL_26 is not set\nCONFIG_SPIRAM=y",
    "CONFIG_PM_ENABLE=y\nCONFIG_PM_SLEEP=n\nCONFIG_PM_IN_IRAM=y\nCONFIG_GPTIMER=n",
    "CONFIG_OFFSET=0x8000\nCONFIG_LOG_DEBUG=y",
    "# CONFIG_PROJECT is not set",
];

/// What is said before configure, and by the gate when ESP-IDF comes to the values that were computed.
struct Said {
    before: Diagnostics,
    gate: Diagnostics,
}

fn judged(board: &str, base: &str) -> Diagnostics {
    say(board, base).before
}

fn say(board: &str, base: &str) -> Said {
    let files = Memory::new(&[("/Kconfig", KCONFIG), ("/esp32s3.in", S3), ("/esp32c2.in", C2)]);
    let (tree, other) = (files.tree("esp32s3"), files.tree("esp32c2"));
    assert!(tree.findings.is_empty() && other.findings.is_empty());
    let renames = Renames::parse(RENAMES);
    let mut before = Diagnostics::default();
    let mut layer = |kind, name: &str, text: &str| {
        let text = if text.is_empty() { String::new() } else { format!("{text}\n") };
        let (read, found) = fragment::parse(&Source::new(name, text));
        before.extend(found);
        Layer { kind, name: name.into(), assignments: read.assignments }
    };
    let layers = [layer(LayerKind::Base, "base", base), layer(LayerKind::Board, "board", board)];
    let choices = Choices::of_tree(&tree, &renames);
    let (merged, found) = merge(&layers, &choices, &Owned::new(), &renames);
    before.extend(found);
    let absent = [Absent { name: "espressif/mdns".into(), prefixes: Some(vec!["MDNS_".into()]) }];
    let chips_with = |symbol: &str| {
        let chips = [("esp32c2", &other), ("esp32s3", &tree)];
        chips
            .iter()
            .filter(|(_, tree)| tree.find(symbol).is_some())
            .map(|(chip, _)| (*chip).to_owned())
            .collect()
    };
    let idf = Version::new(5, 5, 1);
    let known = Known {
        tree: &tree,
        renames: &renames,
        idf,
        chip: "esp32s3",
        absent: &absent,
        chips_with: &chips_with,
    };
    before.extend(check(&merged, &known));

    let judge = Judge::new(&merged, &known);
    let written = tree.names().filter(|(_, id)| judge.values.is_written(*id));
    let lines = written.map(|(name, id)| {
        let kind = tree.symbols[id].kind.unwrap();
        format!("CONFIG_{name}={}\n", shown(&judge.values.value(id), kind))
    });
    let effective = effective::parse(&Source::new("sdkconfig", lines.collect::<String>()));
    let known = Known { absent: &[], ..known };
    let context = GateContext { idf, log: &[], renames: &renames, choices: &choices, known: Some(&known) };
    Said { before, gate: gate::check(&merged, &effective, &context) }
}

fn told(findings: &Diagnostics) -> String {
    let mut text = String::new();
    for finding in findings.iter() {
        text += &format!("{} {}: {}\n", finding.severity.word(), finding.code.id, finding.message);
        for label in &finding.labels {
            text += &format!("  at {} {}\n", label.place, label.text);
        }
        finding.notes.iter().for_each(|note| text += &format!("  because {note}\n"));
        finding.help.iter().for_each(|help| text += &format!("  help: {help}\n"));
    }
    text
}

#[test]
fn err_every_broken_request_has_its_message() {
    assert!(BROKEN.len() >= 40);
    let mut text = String::new();
    for (what, board, base) in BROKEN {
        let findings = judged(board, base);
        let silent = *what == "another chip's, switched off";
        assert_eq!(findings.is_empty(), silent, "{what}: {}", told(&findings));
        let lines = base.lines().map(|line| format!("base:  {line}\n"));
        let lines: String = lines.chain(board.lines().map(|line| format!("board: {line}\n"))).collect();
        let answer = if silent { "nothing to say: it is not there\n".into() } else { told(&findings) };
        text += &format!("== {what}\n{lines}{answer}\n");
    }
    expect_file!["tests.snapshot"].assert_eq(&text);
}

#[test]
fn what_takes_effect_is_not_spoken_of() {
    for board in FINE {
        let Said { before, gate } = say(board, "");
        assert!(before.is_empty() && gate.is_empty(), "{board}\n{}{}", told(&before), told(&gate));
    }
}

#[test]
fn micropythons_own_are_notes() {
    let (_, _, base) = BROKEN.last().unwrap();
    let findings = judged("", base);
    assert_eq!(findings.iter().count(), 4, "{}", told(&findings));
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note));
}

#[test]
fn the_gate_gives_the_same_reasons() {
    let of_merge = ["E0310", "E0311", "E0313", "E0316", "E0315", "E0337"];
    for (what, board, base) in BROKEN {
        let Said { before, gate } = say(board, base);
        let told = |findings: Diagnostics| -> Vec<_> {
            let mine = findings.into_iter().filter(|finding| !of_merge.contains(&finding.code.id));
            mine.map(|finding| (finding.code.id, finding.message, finding.help)).collect()
        };
        let (before, gate) = (told(before), told(gate));
        match *what {
            // The value is the wanted one: that the line is not why is said once, before.
            "no prompt, and the value is as wanted" | "a decimal for a hex" => {
                assert!(gate.is_empty() && before.len() == 1);
            }
            // What was not judged before is judged now.
            "of a component that is fetched later" => assert_eq!(gate[0].0, "E0330"),
            // No value is wrong: it is not there, or the default is what was meant.
            "an unknown one is switched off" | "a hexadecimal for an int" => assert!(gate.is_empty()),
            _ => assert_eq!(before, gate, "{what}"),
        }
    }
}

#[test]
fn err_a_bootloader_that_is_configured_otherwise() {
    let layer = |text: &str| {
        let (read, _) = fragment::parse(&Source::new("board", text));
        [Layer { kind: LayerKind::Board, name: "board".into(), assignments: read.assignments }]
    };
    let (merged, _) = merge(
        &layer("CONFIG_UNICORE=y\nCONFIG_HZ=200\nCONFIG_OFF=n\n"),
        Choices::builtin(),
        &Owned::new(),
        &Renames::default(),
    );
    let parse = |text: &str| effective::parse(&Source::new("x", text));
    let app = parse("CONFIG_UNICORE=y\nCONFIG_HZ=200\n");
    // The bootloader does not have every symbol.
    assert!(gate::bootloader(&merged, &app, &parse("{\"UNICORE\": true}")).is_empty());
    let findings =
        gate::bootloader(&merged, &app, &parse("{\"UNICORE\": false, \"HZ\": 200, \"OFF\": false}"));
    assert_eq!(
        told(&findings),
        "error E0355: `UNICORE` is `n` for the bootloader, not `y` as for the app\n  at board:1 asked for here\n  \
         help: build again with `--force`; if it stays, a component changes the bootloader's sdkconfig\n"
    );
}
