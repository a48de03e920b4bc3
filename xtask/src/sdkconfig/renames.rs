//! ESP-IDF's `sdkconfig.rename` files: old names of symbols.
//!
//! Which files count for a chip is the caller's to know.

use std::collections::BTreeMap;

/// The present name of an old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub new: String,
    /// Whether y of the old one is n of the new one (`!CONFIG_NEW`).
    pub inverted: bool,
}

/// Old names, without `CONFIG_`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(pub BTreeMap<String, Rename>);

impl Renames {
    /// Reads one file's text: two names a line. Lines of another form are passed over, as they rename nothing.
    pub fn parse(text: &str) -> Self {
        let pair = |line: &str| {
            let mut words = line.split_whitespace();
            let old = words.next()?.strip_prefix("CONFIG_")?;
            let new = words.next()?;
            let inverted = new.starts_with('!');
            let new = new.trim_start_matches('!').strip_prefix("CONFIG_")?;
            Some((old.to_owned(), Rename { new: new.to_owned(), inverted }))
        };
        Self(text.lines().filter_map(pair).collect())
    }

    /// The present name of an old one.
    pub fn get(&self, symbol: &str) -> Option<&Rename> {
        self.0.get(symbol)
    }
}
