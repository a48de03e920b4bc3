//! Release numbers of ESP-IDF and MicroPython: `v5.5.1`, `1.23.0`, `v1.29.0-preview`.
//!
//! Ordering is by number alone; which releases go together is `toolchain`'s data.

use std::fmt;
use std::str::FromStr;

/// Major, minor and patch number. A suffix (`-preview`, `-dirty`, `-12-gabc`) is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

impl Version {
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Whether both are releases of one minor series: 5.5.1 and 5.5.2.
    pub fn same_minor(self, other: Self) -> bool {
        (self.major, self.minor) == (other.major, other.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `5.5`, `v5.5.1`, `v5.5.1-dirty`; a missing patch is 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_start_matches('v');
        let numbers = bare.split(['-', '+']).next().unwrap_or_default();
        let mut parts = numbers.split('.').map(str::parse::<u16>);
        let fail = || format!("`{text}` is no version such as `5.5.1`");
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), None, None) => Ok(Self { major, minor, patch: 0 }),
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => Ok(Self { major, minor, patch }),
            _ => Err(fail()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_their_decorations() {
        for (text, version) in [
            ("v5.5.1", Some(Version::new(5, 5, 1))),
            ("5.5", Some(Version::new(5, 5, 0))),
            ("v1.29.0-preview.12.gabc", Some(Version::new(1, 29, 0))),
            ("v5.5.1-dirty", Some(Version::new(5, 5, 1))),
            ("master", None),
            ("5", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), version, "{text:?}");
        }
    }
}
