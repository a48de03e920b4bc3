//! sdkconfig fragments: what was merged and written is read back as the same symbols.

#![no_main]

use std::collections::BTreeMap;
use xtask::sdkconfig::{
    Choices, Fragment, Layer, LayerKind, Merged, Owned, Renames, Value, effective, fragment, lint, merge,
};
use xtask_fuzz::{choice, sound, source, target, text};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &[
    "CONFIG_",
    "# CONFIG_",
    " is not set",
    "=y\n",
    "=n\n",
    "=\"",
    "\\\"",
    "\\\\",
    "\\#",
    "0x",
    "-1",
    "\r",
    "\u{feff}",
    "\u{1c}",
    "\u{85}",
    "# Deprecated options for backward compatibility",
    "#  Deprecated options for backward compatibility",
    "# End of deprecated options",
    "ESPTOOLPY_FLASHSIZE_8MB",
    "ESPTOOLPY_FLASHSIZE_4MB",
    "COMPILER_OPTIMIZATION_SIZE",
    "COMPILER_OPTIMIZATION_PERF",
    // Parts the layers.
    "\0",
];

fn seeds() -> Vec<Vec<u8>> {
    [
        "aCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x \\\"y\\\" \\\\\"\nCONFIG_D=0x10\nCONFIG_E=-7\n\0CONFIG_A=n\nCONFIG_D=16\n",
        "bCONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n\0CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\nCONFIG_ESPTOOLPY_FLASHSIZE_4MB=n\n",
        "cCONFIG_NAME=\"one\"\n\0CONFIG_NAME=\"two = # CONFIG_X\"\nCONFIG_OLD=1\nCONFIG_EMPTY=\n",
        "dCONFIG_A=y # why\r\nCONFIG_B = 1\r\nB=1\n# Deprecated options for backward compatibility\nCONFIG_Z=y\n# End of deprecated options\n",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .into()
}

fn run(data: &[u8]) {
    let (choice, rest) = choice(data);
    let kinds = [LayerKind::Base, LayerKind::Board, LayerKind::Variant, LayerKind::Owned];
    let mut layers = Vec::new();
    for (index, part) in rest.split(|byte| *byte == 0).enumerate() {
        let (read, findings) = fragment::parse(&source(text(part)));
        sound(&findings);
        let kind = kinds[(choice + index) % kinds.len()];
        let layer = Layer { kind, name: format!("layer {index}"), assignments: read.assignments };
        sound(&lint(&layer));
        layers.push(layer);
    }
    let renames = Renames::parse("CONFIG_OLD CONFIG_NEW\nCONFIG_NO !CONFIG_YES\n");
    let renames = if choice & 4 == 0 { Renames::default() } else { renames };
    let (merged, findings) = merge(&layers, Choices::builtin(), &Owned::new(), &renames);
    sound(&findings);
    let written = merged.to_text(&["Made by a fuzz target.", "CONFIG_HEADER=y"]);
    let again = source(written.clone());

    let (read, findings) = fragment::parse(&again);
    assert!(findings.is_empty(), "{findings:#?}\n{written}");
    assert_eq!(read.assignments.len(), merged.symbols.len(), "{written}");
    same(&merged, &read.assignments.iter().map(|a| (a.symbol.clone(), a.value.clone())).collect(), &written);
    // Values have no line ends but those of other systems, which only Kconfig's own file may be split at.
    same(&merged, &effective::parse(&again).symbols, &written);
    once_more(read, &merged);
}

fn same(merged: &Merged, read: &BTreeMap<String, Value>, written: &str) {
    let wanted: BTreeMap<&str, &Value> =
        merged.symbols.iter().map(|(name, entry)| (name.as_str(), entry.winner.value())).collect();
    let read: BTreeMap<&str, &Value> = read.iter().map(|(name, value)| (name.as_str(), value)).collect();
    assert_eq!(wanted, read, "{written}");
}

/// One layer of what was merged has nothing to merge.
fn once_more(read: Fragment, merged: &Merged) {
    let layer = Layer { kind: LayerKind::Base, name: "merged".into(), assignments: read.assignments };
    let (again, _) = merge(&[layer], Choices::builtin(), &Owned::new(), &Renames::default());
    assert!(again.symbols.keys().eq(merged.symbols.keys()));
    assert!(again.symbols.values().all(|entry| entry.beat.is_empty()));
}
