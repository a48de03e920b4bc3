//! Byte counts: flash sizes (`8MB`) and partition sizes (`24K`, `0x6000`), read and written.
//!
//! It knows no partition rules; whether a size suits a row is `partition`'s to say.

use serde::Serialize;
use std::fmt;

/// A flash size that an image header can state: a power of two from 1 to 128 MB.
///
/// Source: ESP-IDF v5.5 `esp_app_format.h`, `esp_image_flash_size_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u32")]
pub struct FlashSize(u8);

impl FlashSize {
    /// Every size, smallest first; the index is the header's nibble.
    pub const ALL: [Self; 8] = [Self(0), Self(1), Self(2), Self(3), Self(4), Self(5), Self(6), Self(7)];

    /// The size for the high nibble of header byte 3.
    pub fn from_nibble(nibble: u8) -> Option<Self> {
        (nibble < 8).then_some(Self(nibble))
    }

    /// Reads `8MB` (also `8M`, any case).
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let number = upper.strip_suffix("MB").or_else(|| upper.strip_suffix('M'))?;
        Self::from_bytes(number.parse::<u64>().ok()?.checked_mul(1 << 20)?)
    }

    pub fn from_bytes(bytes: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|size| u64::from(size.bytes()) == bytes)
    }

    pub fn bytes(self) -> u32 {
        (1 << 20) << self.0
    }

    /// High nibble of header byte 3, shifted down.
    pub fn nibble(self) -> u8 {
        self.0
    }
}

impl From<FlashSize> for u32 {
    fn from(size: FlashSize) -> Self {
        size.bytes()
    }
}

/// `8MB`, as ESP-IDF and esptool write it.
impl fmt::Display for FlashSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}MB", 1u32 << self.0)
    }
}

/// Reads a byte count: `4096`, `0x1000`, `24K`, `2M`, `24KB`, `2MiB` (K = 1024). `None` if it is none, or beyond `u32`.
pub fn parse_size(text: &str) -> Option<u32> {
    let lower = text.trim().to_ascii_lowercase();
    let split = |suffixes: [&str; 3]| suffixes.iter().find_map(|suffix| lower.strip_suffix(suffix));
    let (number, unit) = match (split(["kib", "kb", "k"]), split(["mib", "mb", "m"])) {
        (Some(number), _) => (number, 1u32 << 10),
        (_, Some(number)) => (number, 1 << 20),
        _ => (lower.as_str(), 1),
    };
    let digits = number.trim_end();
    let value = match digits.strip_prefix("0x") {
        Some(hex) if hex.chars().all(|c| c.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if digits.chars().all(|c| c.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    value.checked_mul(unit)
}

/// Exact when it can be: `8 MiB`, `24 KiB`, else `1672800 bytes`.
pub fn bytes(count: u64) -> String {
    match count {
        0 => "0 bytes".into(),
        n if n % (1 << 20) == 0 => format!("{} MiB", n >> 20),
        n if n % (1 << 10) == 0 => format!("{} KiB", n >> 10),
        1 => "1 byte".into(),
        n => format!("{n} bytes"),
    }
}

/// Rounded for reading, exact when short: `1.52 MiB`, `484.8 KiB`, `24 KiB`, `17 bytes`.
pub fn human_size(count: u64) -> String {
    let exact = bytes(count);
    if !exact.ends_with("bytes") && exact.len() <= 8 || count < 1 << 10 {
        return exact;
    }
    if count < 1 << 20 {
        format!("{:.1} KiB", count as f64 / 1024.0)
    } else if count < 1 << 30 {
        format!("{:.2} MiB", count as f64 / 1_048_576.0)
    } else {
        format!("{:.1} GiB", count as f64 / 1_073_741_824.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, value) in [
            ("4096", Some(4096)),
            ("0x6000", Some(0x6000)),
            ("24K", Some(24 << 10)),
            ("24 KiB", Some(24 << 10)),
            ("2M", Some(2 << 20)),
            ("2mb", Some(2 << 20)),
            ("4096M", None),
            ("-1", None),
            ("+1", None),
            ("", Some(0)),
            ("0x", Some(0)),
            ("K", None),
        ] {
            let expected = if matches!(text, "" | "0x") { None } else { value };
            assert_eq!(parse_size(text), expected, "{text:?}");
        }
    }

    #[test]
    fn flash_sizes_round_trip() {
        for size in FlashSize::ALL {
            assert_eq!(FlashSize::parse(&size.to_string()), Some(size));
            assert_eq!(FlashSize::from_nibble(size.nibble()), Some(size));
        }
        assert_eq!(FlashSize::parse("8M"), FlashSize::from_bytes(8 << 20));
        assert_eq!(FlashSize::parse("6MB"), None);
    }

    #[test]
    fn human_sizes() {
        assert_eq!(human_size(1_600_688), "1.53 MiB");
        assert_eq!(human_size(24 << 10), "24 KiB");
        assert_eq!(human_size(496_464), "484.8 KiB");
        assert_eq!(human_size(17), "17 bytes");
    }
}
