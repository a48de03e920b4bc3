//! Kconfig files, an sdkconfig for them, and what the judge says of it: what takes effect is not spoken of, and what is spoken
//! of has a place. Values are computed once and stay.

#![no_main]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xtask::kconfig::{File, Files, Surroundings, Tree, Type};
use xtask::sdkconfig::{Choices, Judge, Known, Layer, LayerKind, Owned, Renames, fragment, judge, merge};
use xtask::version::Version;
use xtask_fuzz::{bounded, sound, source, target, text};

target!(seeds: seeds(), words: WORDS, run: run);

const WORDS: &[&str] = &[
    "config A\n",
    "menuconfig B\n",
    "choice\n",
    "choice C\n",
    "endchoice\n",
    "menu \"m\"\n",
    "endmenu\n",
    "if A\n",
    "endif\n",
    "source \"/b\"\n",
    "rsource \"a\"\n",
    "osource \"$IDF_TARGET\"\n",
    "orsource \"*\"\n",
    " bool \"p\"\n",
    " int\n",
    " hex\n",
    " string\n",
    " float\n",
    " prompt \"p\" if ",
    " default ",
    " def_bool y\n",
    " depends on ",
    " visible if ",
    " select A\n",
    " imply B\n",
    " set A = 1\n",
    " set default A = 1\n",
    " range 1 9\n",
    " option env=\"IDF_TARGET\"\n",
    " help\n  text\n",
    " && ",
    " || ",
    "!",
    " != ",
    " <= ",
    "\\\n",
    "$(IDF_TARGET)",
    "CONFIG_A=y\n",
    "CONFIG_B=0x10\n",
    "CONFIG_OLD=n\n",
    "# CONFIG_A is not set\n",
    // Parts the files, the sdkconfig first.
    "\0",
];

fn seeds() -> Vec<Vec<u8>> {
    [
        "CONFIG_A=y\nCONFIG_N=3\n\0config A\n bool \"a\"\n default y if T = \"esp32\"\nconfig N\n int \"n\"\n range 1 9 if A\n default 4\n help\n  Text.\nconfig T\n string\n default \"$IDF_TARGET\"\n",
        "CONFIG_X=y\nCONFIG_S=n\n\0choice C\n prompt \"c\"\n default X\nconfig X\n bool \"x\"\n select S\nconfig Y\n bool \"y\"\n depends on S\nendchoice\nconfig S\n bool \"s\"\n",
        "CONFIG_OLD=y\nCONFIG_H=16\n\0menu \"m\"\n visible if !B\nrsource \"b\"\norsource \"gone\"\nendmenu\n\0config B\n bool \"b\"\nif B\nconfig H\n hex \"h\"\n default 0x10\nendif\n",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .into()
}

struct Memory(BTreeMap<PathBuf, Arc<File>>);

impl Files for Memory {
    fn read(&self, path: &Path) -> Option<Arc<File>> {
        self.0.get(path).cloned()
    }

    fn matching(&self, _: &Path) -> Vec<PathBuf> {
        self.0.keys().cloned().collect()
    }
}

fn run(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0);
    let asked = text(parts.next().unwrap_or_default());
    let names = ["/Kconfig", "/b", "/c", "/d"];
    let mut read = BTreeMap::new();
    for (name, part) in names.iter().zip(parts) {
        bounded(part.len(), || {
            let file = File::parse(xtask::source::Source::new(*name, text(part)));
            sound(&file.findings);
            let lines = file.statements.iter().map(|statement| 1 + statement.properties.len()).sum::<usize>();
            let things = lines + file.findings.iter().count();
            read.insert(PathBuf::from(name), Arc::new(file));
            things
        });
    }
    let files = Memory(read);
    let variables = [("IDF_TARGET".to_owned(), "esp32".to_owned())];
    let surroundings = Surroundings { variables: variables.into(), ..Surroundings::default() };
    let tree = Tree::read(Path::new("/Kconfig"), surroundings, &files);
    sound(&tree.findings);

    let renames = Renames::parse("CONFIG_OLD CONFIG_A\nCONFIG_NOT !CONFIG_B\n");
    let (read, _) = fragment::parse(&source(asked));
    let layers = [Layer { kind: LayerKind::Board, name: "board".into(), assignments: read.assignments }];
    let (merged, _) = merge(&layers, &Choices::of_tree(&tree, &renames), &Owned::new(), &renames);
    let chips_with = |_: &str| Vec::new();
    let known = Known {
        tree: &tree,
        renames: &renames,
        idf: Version::new(5, 5, 1),
        chip: "esp32",
        absent: &[],
        chips_with: &chips_with,
    };
    let findings = judge::check(&merged, &known);
    sound(&findings);
    let judged = Judge::new(&merged, &known);
    for (name, id) in tree.names() {
        let value = judged.values.value(id);
        assert_eq!(value, judged.values.value(id), "{name}");
        let facts = judged.facts(id);
        let symbol = &tree.symbols[id];
        assert_eq!(facts.is_some(), symbol.kind.is_some(), "{name}");
        // What is asked for of a visible bool that stands alone takes effect, unless it is selected.
        let entry = merged.symbols.get(name).filter(|_| judged.values.visible(id) && symbol.choice.is_none());
        if let (Some(entry), Some(Type::Bool)) = (entry, symbol.kind)
            && entry.winner.value().is_bool()
            && judged.values.looped().is_none()
        {
            let selected = judged.values.selected_by(id).next().is_some();
            assert_eq!(value.is_on(), !entry.winner.value().is_off() || selected, "{name}");
        }
    }
}
