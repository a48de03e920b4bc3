//! Firmware images of the ESP32 family: app and bootloader images, their descriptors, otadata, and files that hold
//! several of them. Bytes in, values and findings out.
//!
//! It reads no files and knows no declaration; whether an image is what was asked for is `inspect`'s to say.

pub mod app;
pub mod bytes;
pub mod codes;
pub mod descriptor;
pub mod frozen;
pub mod held;
pub mod merged;
pub mod otadata;
pub mod rewrite;

pub use app::{Image, Role, Segment};
pub use descriptor::{AppDescriptor, BootloaderDescriptor};
pub use merged::{Content, Layout};
pub use otadata::{OtaState, Otadata};

#[cfg(test)]
pub(crate) mod tests;
