//! From the file as it is to what it means: every value judged, every fault collected.
//!
//! It does not combine boards with their variants; see `select`.

use super::keys::is_identifier;
use super::paths::{PathKind, Surroundings};
use super::raw::{RawBoard, RawConfig, RawTable};
use super::types::{
    Base, Board, Build, Checkout, Config, Located, MIN_FREE_DEFAULT, Require, Settings, Variant,
};
use super::{codes, owned};
use crate::chip::{FlashSize, parse_size};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean, quoted_list};
use crate::source::Source;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest name of a board or variant, in characters: `<board>-<variant>-<version>.factory.bin` must stay below the
/// 255 bytes that file systems allow, and an image's project version below its own limit.
const NAME_LENGTH_MAX: usize = 64;

pub(super) fn check(
    source: &Source,
    raw: &RawConfig,
    around: &Surroundings<'_>,
    out: &mut Diagnostics,
) -> Config {
    let mut checker = Checker { around, out };
    let micropython = checker.checkout("micropython", &raw.micropython, around.micropython_given);
    let esp_idf = checker.checkout("esp-idf", &raw.esp_idf, around.idf_given);
    checker.pinned(source, &micropython, &raw.micropython);
    let build = checker.build(&raw.build);
    let boards: Vec<Board> =
        raw.boards.iter().map(|board| checker.board(board, &build, &raw.boards)).collect();
    if boards.is_empty() {
        let help = "add one: `[board.my-board]` with `base = \"ESP32_GENERIC_S3\"`";
        checker.report(
            Diagnostic::error(&codes::NO_BOARD, "no board is declared").at(&source.whole()).help(help),
        );
    }
    checker.ids(&boards);
    Config { source: source.clone(), folder: around.folder.to_owned(), micropython, esp_idf, build, boards }
}

struct Checker<'a> {
    around: &'a Surroundings<'a>,
    out: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    fn checkout(&mut self, name: &str, raw: &RawTable, given: bool) -> Checkout {
        let mut checkout = Checkout { place: raw.place.clone(), ..Checkout::default() };
        checkout.git = self.argument("git", raw);
        checkout.rev = self.argument("rev", raw);
        if given {
            return checkout;
        }
        if let Some(text) = raw.text("path") {
            checkout.path = self.around.existing("path", &text, PathKind::Folder, self.out);
            let other = checkout.rev.as_ref().or(checkout.git.as_ref());
            if let Some(other) = other {
                let message = format!("[{name}] is built from `{}`, whatever its revision", text.value);
                self.report(
                    Diagnostic::note(&codes::PATH_WINS, message)
                        .label(&text.place, "this checkout is taken as it is")
                        .label(&other.place, "not looked at"),
                );
            }
        } else if let Some(rev) = &checkout.rev
            && (matches!(rev.value.as_str(), "master" | "main" | "HEAD") || rev.value.starts_with("release/"))
        {
            let message = format!("`{}` is a branch: it names another commit tomorrow", rev.value);
            let help = "name a tag, such as `v1.28.0`, or a commit";
            self.report(Diagnostic::warning(&codes::BRANCH, message).at(&rev.place).help(help));
        }
        checkout
    }

    /// A text that becomes an argument of git.
    fn argument(&mut self, key: &str, raw: &RawTable) -> Option<Located<String>> {
        let text = raw.text(key)?;
        let value = text.value.as_str();
        let fault = if value.is_empty() {
            "is empty"
        } else if value.starts_with('-') {
            "starts with a hyphen, which git takes for an option"
        } else if value.chars().any(|c| c.is_control() || c == ' ') {
            "has a space or control character"
        } else {
            return Some(text);
        };
        self.report(Diagnostic::error(&codes::BAD_TEXT, format!("`{key}` {fault}")).at(&text.place));
        None
    }

    fn pinned(&mut self, source: &Source, checkout: &Checkout, raw: &RawTable) {
        if self.around.micropython_given || raw.has("rev") || raw.has("path") {
            return;
        }
        let place = checkout.place.clone().unwrap_or_else(|| source.whole());
        let help = "add `rev = \"v1.28.0\"`, or `path` for a checkout of your own, to `[micropython]`";
        let message = "the config names no MicroPython";
        self.report(Diagnostic::error(&codes::NOT_PINNED, message).at(&place).help(help));
    }

    fn build(&mut self, raw: &RawTable) -> Build {
        let reproducible = raw.flag("reproducible");
        let min_free = raw.size("min-free").and_then(|text| {
            let size = parse_size(&text.value);
            if size.is_none() {
                let message = format!("`{}` is no size", text.value);
                let help =
                    "write a number of bytes, or a text with a unit: `\"32K\"`, `\"0x8000\"`, `\"1M\"`";
                self.report(Diagnostic::error(&codes::BAD_SIZE, message).at(&text.place).help(help));
            }
            size
        });
        Build {
            ccache: raw.flag("ccache").is_none_or(|flag| flag.value),
            reproducible: reproducible.as_ref().is_none_or(|flag| flag.value),
            reproducible_place: reproducible.map(|flag| flag.place),
            min_free: min_free.unwrap_or(MIN_FREE_DEFAULT),
        }
    }

    fn board(&mut self, raw: &RawBoard, build: &Build, all: &[RawBoard]) -> Board {
        self.name("board", &raw.name);
        let names: Vec<&str> = all.iter().map(|board| board.name.value.as_str()).collect();
        let settings = self.settings(raw, build, &names, None);
        if !raw.table.has("base") {
            let message = format!("board `{}` has no `base`", raw.name.value);
            let help = "name the MicroPython board that it builds on: `base = \"ESP32_GENERIC_S3\"`";
            self.report(Diagnostic::error(&codes::NO_BASE, message).at(&raw.name.place).help(help));
        }
        let mut variants = Vec::new();
        for variant in &raw.variants {
            self.name("variant", &variant.name);
            variants.push(Variant {
                name: variant.name.value.clone(),
                place: variant.name.place.clone(),
                settings: self.settings(variant, build, &names, Some(&settings)),
            });
        }
        let default_variant = raw.table.text("default-variant");
        if let Some(default) = &default_variant
            && !variants.iter().any(|variant| variant.name == default.value)
        {
            let message = format!("board `{}` has no variant `{}`", raw.name.value, default.value);
            let known: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
            let help = did_you_mean(&default.value, known).unwrap_or_else(|| {
                format!("declare it: `[board.{}.variant.{}]`", raw.name.value, default.value)
            });
            self.report(Diagnostic::error(&codes::NO_SUCH_VARIANT, message).at(&default.place).help(help));
        }
        Board {
            name: raw.name.value.clone(),
            place: raw.name.place.clone(),
            default_variant,
            settings,
            variants,
        }
    }

    fn name(&mut self, what: &str, name: &Located<String>) {
        let value = name.value.as_str();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        let fault = if value.is_empty() {
            "is empty".to_owned()
        } else if let Some(wrong) = value.chars().find(|&c| !allowed(c)) {
            format!("has a `{}`", wrong.escape_debug())
        } else if value.starts_with(['-', '_']) {
            "does not start with a letter or digit".to_owned()
        } else if value.len() > NAME_LENGTH_MAX {
            format!("has {} characters, at most {NAME_LENGTH_MAX} are allowed", value.len())
        } else {
            return;
        };
        let mut diagnostic =
            Diagnostic::error(&codes::BAD_NAME, format!("the name of {what} `{value}` {fault}"))
                .at(&name.place);
        let better: String =
            value.to_ascii_lowercase().chars().map(|c| if allowed(c) { c } else { '-' }).collect();
        let better = better.trim_start_matches(['-', '_']);
        diagnostic = diagnostic.because("it names files: `a` to `z`, `0` to `9`, `-` and `_` are allowed");
        if !better.is_empty() && better.len() <= NAME_LENGTH_MAX {
            diagnostic = diagnostic.help(format!("for example: `{better}`"));
        }
        self.report(diagnostic);
    }

    fn settings(
        &mut self,
        raw: &RawBoard,
        build: &Build,
        boards: &[&str],
        board: Option<&Settings>,
    ) -> Settings {
        let table = &raw.table;
        let settings = Settings {
            description: table.text("description"),
            base: table.text("base").and_then(|text| self.base(&text, boards)),
            base_variant: self.base_variant(table),
            board_name: self.board_name(table),
            flash_size: table.text("flash-size").and_then(|text| self.flash_size(&text)),
            partitions: table.text("partitions").and_then(|text| self.around.layout(&text, self.out)),
            released: self.file("released", table),
            require: self.require(table),
            modules: self.modules(table, board),
            manifest: self.file("manifest", table),
            fragments: self.fragments(table, board),
            header: self.file("header", table),
            pins: self.file("pins", table),
            sdkconfig: raw.sdkconfig.clone(),
        };
        for diagnostic in owned::conflicts(&settings, board, build) {
            self.report(diagnostic);
        }
        settings
    }

    fn file(&mut self, key: &str, table: &RawTable) -> Option<Located<std::path::PathBuf>> {
        self.around.existing(key, &table.text(key)?, PathKind::File, self.out)
    }

    fn base(&mut self, text: &Located<String>, boards: &[&str]) -> Option<Located<Base>> {
        let value = text.value.as_str();
        if value.contains('/') || value.starts_with(['~', '.']) {
            let folder = self.around.existing("base", text, PathKind::Folder, self.out)?;
            if self.around.files.kind(&folder.value.join("mpconfigboard.cmake")) != PathKind::File {
                let message = format!("board folder `{value}` has no `mpconfigboard.cmake`");
                self.report(Diagnostic::error(&codes::BASE_WITHOUT_CMAKE, message).at(&text.place));
                return None;
            }
            return Some(text.with(Base::Folder(folder.value)));
        }
        if boards.contains(&value) {
            let message = format!("`{value}` is a board of this config, a base is a board of MicroPython's");
            let help = "write what both share in each of them, or make one a variant of the other";
            self.report(Diagnostic::error(&codes::BASE_IS_A_BOARD, message).at(&text.place).help(help));
            return None;
        }
        if !is_identifier(value) {
            let message = format!("`{value}` is no name of a MicroPython board");
            let help = "for example: `ESP32_GENERIC_S3`; the path of a board folder has a `/`";
            self.report(Diagnostic::error(&codes::BAD_TEXT, message).at(&text.place).help(help));
            return None;
        }
        Some(text.with(Base::InTree(value.to_owned())))
    }

    fn base_variant(&mut self, table: &RawTable) -> Option<Located<String>> {
        let text = table.text("base-variant")?;
        if is_identifier(&text.value) {
            return Some(text);
        }
        let message = format!("`{}` is no name of a MicroPython variant", text.value);
        let help = "for example: `SPIRAM_OCT`; without one, drop the key";
        self.report(Diagnostic::error(&codes::BAD_TEXT, message).at(&text.place).help(help));
        None
    }

    fn board_name(&mut self, table: &RawTable) -> Option<Located<String>> {
        let text = table.text("board-name")?;
        let fault = if text.value.is_empty() {
            "is empty"
        } else if text.value.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
            "has a quote, backslash or control character, which would break the C macro it goes into"
        } else {
            return Some(text);
        };
        self.report(Diagnostic::error(&codes::BAD_TEXT, format!("`board-name` {fault}")).at(&text.place));
        None
    }

    fn flash_size(&mut self, text: &Located<String>) -> Option<Located<FlashSize>> {
        let size = FlashSize::parse(&text.value);
        if size.is_none() {
            let message = format!("`{}` is no flash size", text.value);
            let known: Vec<String> = FlashSize::ALL.iter().map(FlashSize::to_string).collect();
            let help = format!("one of {}", quoted_list(known.iter().map(String::as_str), "and"));
            self.report(Diagnostic::error(&codes::BAD_FLASH_SIZE, message).at(&text.place).help(help));
        }
        size.map(|size| text.with(size))
    }

    fn require(&mut self, table: &RawTable) -> Vec<Located<Require>> {
        let mut required: Vec<Located<Require>> = Vec::new();
        for text in table.list("require") {
            let Some(word) = Require::by_name(&text.value) else {
                let message = format!("unknown requirement `{}`", text.value);
                let mut diagnostic = Diagnostic::error(&codes::UNKNOWN_REQUIREMENT, message).at(&text.place);
                diagnostic.help.extend(did_you_mean(&text.value, Require::ALL.map(Require::name)));
                self.report(diagnostic);
                continue;
            };
            self.push_once("requirement", &mut required, text.with(word), word.name(), &[]);
        }
        required
    }

    fn modules(&mut self, table: &RawTable, board: Option<&Settings>) -> Vec<Located<std::path::PathBuf>> {
        let mut modules = Vec::new();
        for text in table.list("modules") {
            let Some(folder) = self.around.existing("modules", text, PathKind::Folder, self.out) else {
                continue;
            };
            if self.around.files.kind(&folder.value.join("micropython.cmake")) != PathKind::File {
                self.report(self.no_module(text, &folder.value));
                continue;
            }
            let before = board.map_or(&[][..], |settings| &settings.modules);
            self.push_once("C module", &mut modules, folder, &text.value, before);
        }
        modules
    }

    /// A folder of modules instead of a module is the usual mistake: `USER_C_MODULES` of other ports takes one.
    fn no_module(&self, text: &Located<String>, folder: &Path) -> Diagnostic {
        let message = format!("`{}` has no `micropython.cmake`", text.value);
        let diagnostic = Diagnostic::error(&codes::MODULE_WITHOUT_CMAKE, message).at(&text.place);
        let is_module = |name: &String| {
            self.around.files.kind(&folder.join(name).join("micropython.cmake")) == PathKind::File
        };
        let mut inner: Vec<String> = self.around.files.names(folder).into_iter().filter(is_module).collect();
        inner.sort();
        let base = text.value.trim_end_matches('/');
        let paths: Vec<String> = inner.iter().map(|name| format!("{base}/{name}")).collect();
        match paths.is_empty() {
            true => diagnostic.help("a C module is a folder with a `micropython.cmake`"),
            false => {
                let list = quoted_list(paths.iter().map(String::as_str), "and");
                diagnostic.help(format!("name each module: {list}"))
            }
        }
    }

    fn fragments(&mut self, table: &RawTable, board: Option<&Settings>) -> Vec<Located<std::path::PathBuf>> {
        let mut fragments = Vec::new();
        for text in table.list("fragments") {
            let Some(file) = self.around.existing("fragments", text, PathKind::File, self.out) else {
                continue;
            };
            let before = board.map_or(&[][..], |settings| &settings.fragments);
            self.push_once("fragment", &mut fragments, file, &text.value, before);
        }
        fragments
    }

    fn push_once<T: PartialEq>(
        &mut self,
        what: &str,
        list: &mut Vec<Located<T>>,
        item: Located<T>,
        name: &str,
        before: &[Located<T>],
    ) {
        let Some(first) = before.iter().chain(list.iter()).find(|other| other.value == item.value) else {
            list.push(item);
            return;
        };
        let message = format!("{what} `{name}` is listed twice");
        let mut diagnostic = Diagnostic::error(&codes::LISTED_TWICE, message)
            .label(&item.place, "again here")
            .label(&first.place, "first here");
        if before.contains(first) {
            diagnostic = diagnostic.because("what a variant lists is appended to what its board lists");
        }
        self.report(diagnostic);
    }

    /// No two builds may have one id. A bare board is a build only where no default variant takes its place.
    fn ids(&mut self, boards: &[Board]) {
        let mut seen = BTreeMap::new();
        for board in boards {
            let bare = board.default_variant.is_none().then(|| (board.name.clone(), &board.place));
            let variants = board.variants.iter().map(|v| (format!("{}-{}", board.name, v.name), &v.place));
            for (id, place) in bare.into_iter().chain(variants) {
                if let Some(first) = seen.insert(id.clone(), place) {
                    let message = format!("two builds have the id `{id}`");
                    self.report(
                        Diagnostic::error(&codes::EQUAL_IDS, message)
                            .label(place, "this one")
                            .label(first, "and this one")
                            .because(
                                "the id names folders and files: board, or board and variant with a hyphen",
                            )
                            .help("rename one of them"),
                    );
                }
            }
        }
    }
}
