//! From boards and variants to builds: which are asked for, and what each of them is.
//!
//! It checks names from the command line and nothing else; a [`Config`] is right already.

use super::codes;
use super::symbols::SdkconfigEntry;
use super::types::{Base, Board, Config, Located, Settings, Variant};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::source::Place;
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub board: Option<String>,
    pub variant: Option<String>,
    /// Every build; with `board`, every build of that board.
    pub all: bool,
}

/// One firmware to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSpec {
    /// Board, or board and variant with a hyphen: the name of folders and files.
    pub id: String,
    pub board: String,
    pub variant: Option<String>,
    /// Of the variant, or of the board.
    pub place: Place,
    pub base: Located<Base>,
    /// The board with its variant laid over it.
    pub settings: Settings,
    /// The user's own sdkconfig, as layers: the board's, then the variant's. A later one overrides an earlier one.
    pub layers: Vec<UserLayer>,
}

/// What one table of the config says about sdkconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLayer {
    /// `board smw-s3` or `variant ota`.
    pub name: String,
    pub fragments: Vec<Located<PathBuf>>,
    pub sdkconfig: Vec<SdkconfigEntry>,
}

impl Config {
    /// The builds asked for, in the order of the file; what is wrong is a mistake of the command line.
    ///
    /// A board alone is its default variant, and without one the bare board, also where it has variants. Everything is
    /// every variant, and the bare board where there is none.
    pub fn builds(&self, selection: &Selection) -> Result<Vec<BuildSpec>, Diagnostics> {
        let fail = |diagnostic| Err(Diagnostics(vec![diagnostic]));
        let boards: Vec<&Board> = match &selection.board {
            Some(name) => match self.boards.iter().find(|board| board.name == *name) {
                Some(board) => vec![board],
                None => return fail(self.no_such_board(name)),
            },
            None if selection.all => self.boards.iter().collect(),
            None => return fail(self.nothing_selected()),
        };
        match (&selection.variant, selection.all) {
            (Some(_), true) => fail(
                Diagnostic::error(&codes::NOTHING_SELECTED, "`--all` and `--variant` exclude each other")
                    .help("drop one of them"),
            ),
            (Some(name), false) => {
                let mut builds = Vec::new();
                for board in boards {
                    match board.variants.iter().find(|variant| variant.name == *name) {
                        Some(variant) => builds.extend(board.build(Some(variant))),
                        None => return fail(no_such_variant(board, name)),
                    }
                }
                Ok(builds)
            }
            (None, true) => Ok(boards.into_iter().flat_map(Board::every_build).collect()),
            (None, false) => Ok(boards.into_iter().filter_map(Board::usual_build).collect()),
        }
    }

    fn no_such_board(&self, name: &str) -> Diagnostic {
        let message = format!("no board `{name}` in {}", self.source.path().display());
        let mut diagnostic = Diagnostic::error(&codes::NO_SUCH_BOARD, message);
        // An id where a board is wanted: `smw-s3-ota`.
        let by_id = self.boards.iter().find_map(|board| {
            let variant = name.strip_prefix(&board.name)?.strip_prefix('-')?;
            board.variants.iter().find(|v| v.name == variant).map(|v| (board, v))
        });
        diagnostic.help.extend(match by_id {
            Some((board, variant)) => {
                Some(format!("write `--board {} --variant {}`", board.name, variant.name))
            }
            None => did_you_mean(name, self.board_names()),
        });
        diagnostic
    }

    fn nothing_selected(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(&codes::NOTHING_SELECTED, "no board is named")
            .help("name one with `--board`, or build everything with `--all`");
        diagnostic.help.extend(did_you_mean("", self.board_names()));
        diagnostic
    }

    fn board_names(&self) -> Vec<&str> {
        self.boards.iter().map(|board| board.name.as_str()).collect()
    }
}

fn no_such_variant(board: &Board, name: &str) -> Diagnostic {
    let message = format!("board `{}` has no variant `{name}`", board.name);
    let known: Vec<&str> = board.variants.iter().map(|variant| variant.name.as_str()).collect();
    let mut diagnostic =
        Diagnostic::error(&codes::NO_SUCH_VARIANT_ASKED, message).label(&board.place, "this board");
    diagnostic.help.extend(
        did_you_mean(name, known).or_else(|| Some("it has no variants: leave out `--variant`".to_owned())),
    );
    diagnostic
}

impl Board {
    /// What `--board` alone builds.
    fn usual_build(&self) -> Option<BuildSpec> {
        let default = self.default_variant.as_ref();
        self.build(default.and_then(|default| self.variants.iter().find(|v| v.name == default.value)))
    }

    /// What `--all` builds.
    fn every_build(&self) -> Vec<BuildSpec> {
        if self.variants.is_empty() {
            return self.build(None).into_iter().collect();
        }
        self.variants.iter().filter_map(|variant| self.build(Some(variant))).collect()
    }

    /// `None` for a board without base only, which no checked config has.
    fn build(&self, variant: Option<&Variant>) -> Option<BuildSpec> {
        let settings = match variant {
            Some(variant) => overlay(&self.settings, &variant.settings),
            None => self.settings.clone(),
        };
        let board_layer = UserLayer::new(format!("board {}", self.name), &self.settings);
        let variant_layer = variant.map(|v| UserLayer::new(format!("variant {}", v.name), &v.settings));
        Some(BuildSpec {
            id: variant.map_or_else(|| self.name.clone(), |v| format!("{}-{}", self.name, v.name)),
            board: self.name.clone(),
            variant: variant.map(|v| v.name.clone()),
            place: variant.map_or(&self.place, |v| &v.place).clone(),
            base: settings.base.clone()?,
            settings,
            layers: std::iter::once(board_layer).chain(variant_layer).collect(),
        })
    }
}

impl UserLayer {
    fn new(name: String, settings: &Settings) -> Self {
        Self { name, fragments: settings.fragments.clone(), sdkconfig: settings.sdkconfig.clone() }
    }
}

/// A variant laid over its board: single values replace, lists are appended, symbols are merged one by one.
fn overlay(board: &Settings, variant: &Settings) -> Settings {
    fn over<T: Clone>(board: &Option<T>, variant: &Option<T>) -> Option<T> {
        variant.as_ref().or(board.as_ref()).cloned()
    }
    fn both<T: Clone>(board: &[T], variant: &[T]) -> Vec<T> {
        board.iter().chain(variant).cloned().collect()
    }
    let mut require = board.require.clone();
    // Asking again for what the board requires already is no mistake: the second word changes nothing.
    require.extend(
        variant.require.iter().filter(|r| !board.require.iter().any(|b| b.value == r.value)).cloned(),
    );
    let mut sdkconfig = board.sdkconfig.clone();
    sdkconfig.retain(|entry| !variant.sdkconfig.iter().any(|other| other.symbol == entry.symbol));
    sdkconfig.extend(variant.sdkconfig.iter().cloned());
    Settings {
        description: over(&board.description, &variant.description),
        base: over(&board.base, &variant.base),
        base_variant: over(&board.base_variant, &variant.base_variant),
        board_name: over(&board.board_name, &variant.board_name),
        flash_size: over(&board.flash_size, &variant.flash_size),
        partitions: over(&board.partitions, &variant.partitions),
        released: over(&board.released, &variant.released),
        require,
        modules: both(&board.modules, &variant.modules),
        manifest: over(&board.manifest, &variant.manifest),
        fragments: both(&board.fragments, &variant.fragments),
        header: over(&board.header, &variant.header),
        pins: over(&board.pins, &variant.pins),
        sdkconfig,
    }
}
