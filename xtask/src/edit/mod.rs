//! Changes images: a new table with the app moved to where it boots, parts taken out and put in, another slot chosen,
//! parts merged. Bytes in, verified bytes out; it reads and writes no files.
//!
//! What a changed image must be is `inspect`'s to say: nothing leaves here that it has an error for.

pub mod codes;
mod flash;
mod merge;
mod parts;
mod repartition;

pub use flash::Flash;
pub use merge::{Placed, Start, merge, place};
pub use parts::{Extracted, erase, extract, set_boot, write};
pub use repartition::{Fate, Part, repartition};

use crate::diagnostic::Diagnostics;
use crate::inspect::{Evidence, Expectation, ImageReport, verify};
use crate::source::Source;

/// An image that was changed, and verified after it.
#[derive(Debug, Clone)]
pub struct Edited {
    pub bytes: Vec<u8>,
    pub image: ImageReport,
    /// What verification says; no errors.
    pub findings: Diagnostics,
    /// What became of the parts, where that is not plain.
    pub parts: Vec<Part>,
}

/// Lets an image pass when verification has no error for it.
///
/// # Errors
/// The findings, with their errors.
fn verified(
    bytes: Vec<u8>,
    parts: Vec<Part>,
    table_offset: u32,
    source: &Source,
) -> Result<Edited, Diagnostics> {
    let expect = Expectation { table_offset: Some(table_offset), ..Expectation::default() };
    let inspection = verify(&bytes, source, &expect, &Evidence::default());
    if inspection.findings.has_errors() {
        return Err(inspection.findings);
    }
    Ok(Edited { bytes, image: inspection.image, findings: inspection.findings, parts })
}

#[cfg(test)]
mod tests;
