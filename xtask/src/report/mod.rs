//! Tells: results as text and JSON, progress, findings. It decides nothing and reads nothing.

pub mod screen;
