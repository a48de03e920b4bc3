//! The Python modules frozen into an app, read from its bytes.
//!
//! Source: MicroPython v1.21 to v1.28 `tools/makemanifest.py` and `tools/mpy-tool.py`: `mp_frozen_names` is an array of
//! NUL-terminated names, those of source first and those of bytecode behind, ended by an empty one.

/// Names are paths of at most so many bytes.
const NAME_BYTES_MAX: usize = 200;

/// The names of all frozen modules, sorted; empty when no list with `_boot.py` is found.
pub fn names(app: &[u8]) -> Vec<String> {
    let mut best = Vec::new();
    for at in memchr::memmem::find_iter(app, b"_boot.py\0") {
        let list = list_around(app, at);
        if list.len() > best.len() {
            best = list;
        }
    }
    best.sort();
    best
}

/// The names before and behind the one at `at`, as far as they look like a module's.
fn list_around(app: &[u8], at: usize) -> Vec<String> {
    let mut start = at;
    while let Some(previous) = name_before(app, start) {
        start = previous;
    }
    let mut names = Vec::new();
    let mut position = start;
    while let Some(name) = name_at(app, position) {
        position += name.len() + 1;
        names.push(name);
    }
    // The list ends with an empty name; anything else is a chance find.
    if app.get(position) == Some(&0) { names } else { Vec::new() }
}

fn name_at(app: &[u8], at: usize) -> Option<String> {
    let field = app.get(at..app.len().min(at + NAME_BYTES_MAX))?;
    let end = field.iter().position(|byte| *byte == 0)?;
    let name = std::str::from_utf8(field.get(..end)?).ok()?;
    is_name(name).then(|| name.to_owned())
}

fn name_before(app: &[u8], at: usize) -> Option<usize> {
    let end = at.checked_sub(1)?;
    let field = app.get(end.saturating_sub(NAME_BYTES_MAX)..end)?;
    let length = field.iter().rev().position(|byte| *byte == 0).unwrap_or(field.len());
    let start = end - length;
    name_at(app, start).filter(|name| name.len() == length).map(|_| start)
}

fn is_name(name: &str) -> bool {
    (name.ends_with(".py") || name.ends_with(".mpy"))
        && name.chars().all(|c| c.is_alphanumeric() || "_-./ ".contains(c))
}
