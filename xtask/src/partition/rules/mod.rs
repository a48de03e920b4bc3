//! The rules of a table, by who keeps them: `check_idf` is gen_esp32part.py's own judgement, `check_own` what it lets
//! pass and the device or MicroPython does not.
//!
//! What the bootloader checks at each start is in `binary::check_boot`, since it reads bytes.

mod idf;
mod own;
mod slots;

pub use idf::{OTADATA_BYTES, beyond_flash, check_idf, offset_alignment};
pub(super) use idf::{at, is_primary};
pub use own::{FILESYSTEM_BYTES_MIN, OwnContext, Require, check_own};
