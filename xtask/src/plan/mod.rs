//! Decides everything about a build before the first side effect. The plan is printable data; `build` does exactly it.

pub mod project;
pub mod steps;
