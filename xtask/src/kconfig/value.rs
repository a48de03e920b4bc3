//! A value of a symbol: what is asked for, and what it comes to.
//!
//! Whether a value takes effect is not known here, only whether it is of the symbol's type.

use super::file::Type;

/// A symbol's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Computed {
    Bool(bool),
    /// As sdkconfig writes it, a string without quotes and escapes.
    Text(String),
}

impl Computed {
    pub fn is_on(&self) -> bool {
        *self == Self::Bool(true)
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Bool(true) => "y",
            Self::Bool(false) => "n",
            Self::Text(text) => text,
        }
    }
}

/// A value that an sdkconfig line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    Bool(bool),
    /// Decimal or hexadecimal digits as written.
    Number(&'a str),
    /// Without quotes and escapes.
    Text(&'a str),
}

/// A value that was asked for and is not of the symbol's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongType;

/// The value of a symbol that has none.
pub(super) fn nothing(kind: Option<Type>) -> Computed {
    if kind == Some(Type::Bool) { Computed::Bool(false) } else { Computed::Text(String::new()) }
}

/// The value as a symbol of a type holds it; `None` when Kconfig drops it.
pub fn fit(kind: Option<Type>, value: Given<'_>) -> Option<Computed> {
    match (kind?, value) {
        (Type::Bool, Given::Bool(on)) => Some(Computed::Bool(on)),
        (Type::String, Given::Text(text)) => Some(Computed::Text(text.to_owned())),
        (kind @ (Type::Int | Type::Hex), Given::Number(text)) => {
            number(text, kind).filter(|number| kind == Type::Int || *number >= 0)?;
            Some(Computed::Text(text.to_owned()))
        }
        (Type::Float, Given::Number(text)) => Some(Computed::Text(text.to_owned())),
        _ => None,
    }
}

/// The number that a symbol of a type takes a text for.
pub fn number(text: &str, kind: Type) -> Option<i128> {
    if kind != Type::Hex {
        return text.trim().parse().ok();
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let bare = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
    i128::from_str_radix(bare, 16).ok().and_then(|number| number.checked_mul(sign))
}
