//! How Python reads text and numbers, as far as gen_esp32part.py lets it: lines, blanks, `$NAME`, `int(text, 0)`.
//!
//! It knows no partition. What differs from Rust's own functions is the reason for each function here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// The ranges of the lines of a text, without their ends: `str.splitlines()`.
pub fn lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
        {
            continue;
        }
        found.push(start..at);
        start = at + c.len_utf8();
        if c == '\r' && chars.next_if(|next| next.1 == '\n').is_some() {
            start += 1;
        }
    }
    if start < text.len() {
        found.push(start..text.len());
    }
    found
}

/// `str.isspace()`: Unicode's blanks and the four information separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `os.path.expandvars()`: `$NAME` and `${NAME}` with a known name are replaced, once; others stay.
pub fn expand<'a>(line: &'a str, env: &BTreeMap<String, String>) -> Cow<'a, str> {
    let mut out = String::new();
    let mut rest = line;
    let mut changed = false;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, length) = variable(after);
        match name.and_then(|name| env.get(name)) {
            Some(value) => {
                out.push_str(value);
                changed = true;
            }
            None => {
                out.push('$');
                out.push_str(after.get(..length).unwrap_or_default());
            }
        }
        rest = after.get(length..).unwrap_or_default();
    }
    if !changed {
        return Cow::Borrowed(line);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The variable's name behind a `$`, and the bytes that it takes.
fn variable(after: &str) -> (Option<&str>, usize) {
    if let Some(inner) = after.strip_prefix('{') {
        return inner.find('}').map_or((None, 0), |end| (inner.get(..end), end + 2));
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = after.find(|c| !is_word(c)).unwrap_or(after.len());
    (after.get(..length).filter(|name| !name.is_empty()), length)
}

/// The name of the variable that a line starts with: the only place where gen_esp32part.py looks for unknown ones.
pub fn leading_variable(line: &str) -> Option<&str> {
    let after = line.strip_prefix('$')?;
    let (name, _) = variable(after);
    name.filter(|name| !after.starts_with('{') && !name.starts_with(|c: char| c.is_ascii_digit()))
}

/// A number or a keyword, with any count of suffixes k and m: `parse_int` of gen_esp32part.py. Values beyond 2^100
/// come out as 2^100, since no field holds them anyway.
pub fn number(text: &str, keyword: impl Fn(&str) -> Option<u8>) -> Option<i128> {
    let mut rest = text;
    let mut factor: i128 = 1;
    while let Some(last) = rest.chars().next_back() {
        let unit = match last {
            // The Kelvin sign is a k in lower case.
            'k' | 'K' | '\u{212a}' => 1 << 10,
            'm' | 'M' => 1 << 20,
            _ => break,
        };
        factor = clamp(factor.saturating_mul(unit));
        rest = rest.get(..rest.len() - last.len_utf8())?;
    }
    let value = int(rest).or_else(|| keyword(&rest.to_lowercase()).map(i128::from))?;
    Some(clamp(value.saturating_mul(factor)))
}

/// `int(text, 0)`.
fn int(text: &str) -> Option<i128> {
    // A text of ASCII alone loses only C's blanks, another one all of Unicode's.
    let is_c_space = |c| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    let trimmed = if text.is_ascii() { text.trim_matches(is_c_space) } else { strip(text) };
    let folded: String = trimmed.chars().map(to_ascii_digit).collect();
    let (negative, unsigned) = match folded.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, folded.strip_prefix('+').unwrap_or(&folded)),
    };
    let prefix = unsigned.get(..2).map(str::to_ascii_lowercase);
    let base = match prefix.as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let digits = match base {
        10 => unsigned,
        _ => unsigned.get(2..).map(|rest| rest.strip_prefix('_').unwrap_or(rest))?,
    };
    let value = digits_of(digits, base)?;
    // `010` could mean ten or eight, so Python refuses it; `00` is 0.
    if base == 10 && digits.starts_with('0') && value != 0 {
        return None;
    }
    Some(if negative { -value } else { value })
}

fn digits_of(digits: &str, base: u32) -> Option<i128> {
    let mut value: i128 = 0;
    let mut after_digit = false;
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = c.to_digit(base)?;
        value = clamp(value.saturating_mul(i128::from(base)).saturating_add(i128::from(digit)));
        after_digit = true;
    }
    after_digit.then_some(value)
}

fn clamp(value: i128) -> i128 {
    value.clamp(-(1 << 100), 1 << 100)
}

/// The zeros of Unicode 14's decimal digits beyond ASCII: Python's `int` reads them all.
const ZEROS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E950, 0x1FBF0,
];

fn to_ascii_digit(c: char) -> char {
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&u32::from(c)));
    zero.and_then(|zero| char::from_digit(u32::from(c) - zero, 10)).unwrap_or(c)
}
