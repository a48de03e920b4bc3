//! The programs that a build needs: Python, CMake and Ninja, ESP-IDF and its environment.
//!
//! It finds them, says what is missing and installs what comes from PyPI. Which ESP-IDF suits which MicroPython is
//! `checkout`'s data; running a build is `build`'s work.

pub mod codes;
pub mod environment;
pub mod idf;
pub mod kconfig;
pub mod python;
pub mod setup;
pub mod stand_in;
