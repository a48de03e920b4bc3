//! Builds MicroPython firmware for the ESP32 family from `config.toml`, and proves from the image's bytes that it
//! contains what was declared. ARCHITECTURE.md draws the house; imports go down only.

pub mod chip;
pub mod diagnostic;
pub mod render;
pub mod source;
pub mod version;
