//! The main job with the real binary: from a config to `dist/`, on the stand-in port.

mod build;
mod faults;
mod from_image;
mod released;
mod stale;
mod story;
mod symbols;
mod verbs;
mod world;
