//! ESP-IDF's CSV of partitions: read by the rules of gen_esp32part.py of a given release, and written exactly.
//!
//! It opens no files. What that tool checks after reading is in `rules::check_idf`, which `parse` calls.

mod place;
mod read;
mod write;

pub use read::{decode, parse};
pub use write::write;
