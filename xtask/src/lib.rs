//! Builds MicroPython firmware for the ESP32 family from `config.toml`, and proves from the image's bytes that it
//! contains what was declared. ARCHITECTURE.md draws the house; imports go down only.

pub mod build;
pub mod checkout;
pub mod chip;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diagnostic;
pub mod edit;
pub mod exit;
pub mod fs;
pub mod image;
pub mod inspect;
pub mod kconfig;
pub mod partition;
pub mod plan;
pub mod process;
pub mod render;
pub mod report;
pub mod sdkconfig;
pub mod source;
pub mod toolchain;
pub mod version;
