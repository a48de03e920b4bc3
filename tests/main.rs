//! The integration tests: one binary, a module for each subject.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test ends at the first surprise, and says why a group was skipped"
)]

mod config;
mod image_change;
mod images;
mod judges;
mod kconfig;
mod main_job;
mod port;
mod sdkconfig;
mod stand_in;
mod tables;
mod tidy;
mod trees;
