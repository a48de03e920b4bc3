//! Whether C modules are in the link, from GNU ld's map.
//!
//! A section line has a name, an address, a size and the object; a long name has its line to itself. CMake names the
//! object of a source outside the project by the source's absolute path.

use std::borrow::Cow;
use std::path::Path;

/// For each folder, whether an object of a source below it takes room in the firmware.
pub fn linked(map: &str, folders: &[&Path]) -> Vec<bool> {
    let marks: Vec<String> = folders.iter().map(|folder| format!("{}/", mangled(folder))).collect();
    let mut found = vec![false; folders.len()];
    for line in map.lines() {
        if found.iter().all(|found| *found) {
            break;
        }
        // Of millions of lines only those with an object's path are looked at closely.
        if !line.ends_with(".obj") && !line.ends_with(".o") && !line.ends_with(".obj)") {
            continue;
        }
        let Some(object) = section_of(line) else { continue };
        for (mark, found) in marks.iter().zip(found.iter_mut()) {
            if !*found && without_blanks(object).contains(mark.as_str()) {
                *found = true;
            }
        }
    }
    found
}

/// The object of a section line whose address and size are not zero.
fn section_of(line: &str) -> Option<&str> {
    let address_at = line.find(" 0x")?;
    let mut words = line.get(address_at..)?.split_whitespace();
    let number = |word: Option<&str>| u64::from_str_radix(word?.strip_prefix("0x")?, 16).ok();
    let (address, size) = (number(words.next())?, number(words.next())?);
    let object = words.next()?;
    (address != 0 && size != 0).then(|| line.get(line.find(object)?..)).flatten()
}

/// A folder as it stands in the names of objects: from below the root on.
fn mangled(folder: &Path) -> String {
    without_blanks(folder.display().to_string().trim_start_matches('/')).into_owned()
}

/// CMake writes a blank of a source's path as `_` in its object's (cmake 4.4, Ninja).
fn without_blanks(path: &str) -> Cow<'_, str> {
    if path.contains(' ') { path.replace(' ', "_").into() } else { path.into() }
}
