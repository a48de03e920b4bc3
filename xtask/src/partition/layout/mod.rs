//! Layouts: tables that follow the flash size, written as `partitions/NAME.toml`.
//!
//! A layout is read by `parse`, and becomes a table for one flash size in `resolve`. It is no format of ESP-IDF: what
//! the build gets is the CSV of the table.

mod read;
mod resolve;

pub use read::{Layout, Row, SizeRule, parse};
pub use resolve::resolve;
