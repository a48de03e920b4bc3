//! Partition tables: ESP-IDF's CSV, its 3,072-byte binary and layouts that follow the flash size, with every rule that
//! ESP-IDF's own tool keeps, those that its bootloader keeps, and those that neither checks.
//!
//! It reads no files and no environment, and knows no image: whether an app fits its slot is verification's to say.

pub mod binary;
pub mod change;
pub mod codes;
pub mod csv;
pub mod layout;
mod options;
mod python;
pub mod released;
mod row;
pub mod rules;
mod table;
pub mod words;

pub use options::{ExtraSubtype, OLDEST, Options, Secure};
pub use row::{Row, rows};
pub use table::{Field, Partition, Table};

#[cfg(test)]
mod tests;
