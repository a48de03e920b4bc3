//! The value of a symbol: what it means, and the text that says it.
//!
//! The type of a symbol is not known here: `10` may be an int or a hex symbol's. Nothing here checks a range.

use crate::kconfig::Given;
use std::fmt;

/// A value as an sdkconfig line gives it. Equality is by meaning: every [`Off`] is `n`, and 0x10 is 16.
#[derive(Debug, Clone)]
pub enum Value {
    /// `y`.
    On,
    /// `n`, in one of its three spellings.
    Off(Off),
    /// Decimal digits, perhaps with a sign; the text as written.
    Int(String),
    /// Hexadecimal digits, perhaps with `0x`; the text as written.
    Hex(String),
    /// The text without quotes and escapes; it has no line end.
    Str(String),
}

/// The spellings of `n`; all of them mean the same to a bool, and nothing to a symbol of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// `CONFIG_X=n`.
    No,
    /// `CONFIG_X=`: kconfgen takes it for `n` (v2.5 `kconfgen/core.py`, `_replace_empty_assignments`).
    Empty,
    /// `# CONFIG_X is not set`.
    NotSet,
}

impl Value {
    /// A `true` or `false` of config.toml.
    pub fn bool(on: bool) -> Self {
        if on { Self::On } else { Self::Off(Off::No) }
    }

    /// An integer literal of config.toml, whose text is kept: `4`, `-1`, `0x10`, `1_000` (without its underscores).
    ///
    /// # Errors
    /// When sdkconfig has no such number: octal, binary, a sign before hex, more than 64 bits.
    pub fn integer(literal: &str) -> Result<Self, String> {
        let text: String = literal.trim().chars().filter(|&c| c != '_').collect();
        match Self::number(&text) {
            // Hexadecimal digits without `0x` are an sdkconfig spelling, not TOML's: `0b1` is binary there.
            Some(Self::Hex(text)) if !text.starts_with("0x") => {
                Err(format!("`{text}` is no hexadecimal number"))
            }
            Some(value) if value.as_number().is_some() => Ok(value),
            _ => {
                Err(format!("`{literal}` is no number that sdkconfig can hold, such as `4`, `-1` or `0x10`"))
            }
        }
    }

    /// A string of config.toml.
    ///
    /// # Errors
    /// When it has a line end or a NUL: sdkconfig has a line for each symbol.
    pub fn string(text: &str) -> Result<Self, String> {
        if text.contains(['\n', '\r', '\0']) {
            return Err("a value in sdkconfig has no line ends".into());
        }
        Ok(Self::Str(text.into()))
    }

    /// The decimal or hexadecimal number that `text` is as a whole; without `0x` it must begin with a digit.
    pub(super) fn number(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let all = |text: &str, test: fn(&char) -> bool| !text.is_empty() && text.chars().all(|c| test(&c));
        if all(digits, char::is_ascii_digit) {
            return Some(Self::Int(text.into()));
        }
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let begins = text.starts_with(|c: char| c.is_ascii_digit());
        (begins && all(bare, char::is_ascii_hexdigit)).then(|| Self::Hex(text.into()))
    }

    /// What it asks of a symbol in a Kconfig tree.
    pub fn given(&self) -> Given<'_> {
        match self {
            Self::On => Given::Bool(true),
            Self::Off(_) => Given::Bool(false),
            Self::Int(text) | Self::Hex(text) => Given::Number(text),
            Self::Str(text) => Given::Text(text),
        }
    }

    pub fn is_off(&self) -> bool {
        matches!(self, Self::Off(_))
    }

    /// Whether only a bool symbol can have it.
    pub fn is_bool(&self) -> bool {
        matches!(self, Self::On | Self::Off(_))
    }

    /// The number, read in the base of its spelling; `None` beyond 64 bits.
    pub fn as_number(&self) -> Option<i128> {
        let number = match self {
            Self::Int(text) => text.parse::<i128>().ok()?,
            Self::Hex(_) => self.as_hex()?,
            _ => return None,
        };
        (-(1 << 63)..1 << 64).contains(&number).then_some(number)
    }

    /// The number that a hex symbol takes it for: `10` is 16.
    pub fn as_hex(&self) -> Option<i128> {
        let (Self::Int(text) | Self::Hex(text)) = self else {
            return None;
        };
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        i128::from_str_radix(bare, 16).ok()
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::On | Self::Off(_) => "bool",
            Self::Int(_) | Self::Hex(_) => "number",
            Self::Str(_) => "string",
        }
    }

    /// The line that sets it, without line end.
    ///
    /// A string that has a mark of the block of deprecated options gets a backslash into it, which Kconfig drops when it
    /// reads the string: kconfgen looks for the marks anywhere in a line (v2.5 `DeprecatedOptions.replace`).
    pub fn to_sdkconfig(&self, symbol: &str) -> String {
        match self {
            Self::Off(Off::NotSet) => format!("# CONFIG_{symbol} is not set"),
            Self::Str(_) => {
                let text = self.to_string();
                let text = text.replace("# Deprecated options", "#\\ Deprecated options");
                let text = text.replace("# End of deprecated", "#\\ End of deprecated");
                format!("CONFIG_{symbol}={text}")
            }
            _ => format!("CONFIG_{symbol}={self}"),
        }
    }
}

/// As it stands after the `=`; every off is `n`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => f.write_str("y"),
            Self::Off(_) => f.write_str("n"),
            Self::Int(text) | Self::Hex(text) => f.write_str(text),
            Self::Str(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::On, Self::On) | (Self::Off(_), Self::Off(_)) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Int(a) | Self::Hex(a), Self::Int(b) | Self::Hex(b)) => {
                a == b || self.as_number().is_some_and(|number| other.as_number() == Some(number))
            }
            _ => false,
        }
    }
}
