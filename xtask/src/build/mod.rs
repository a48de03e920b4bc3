//! Carries a plan out: stages in order, each checked before the next, and the result kept whole or not at all.

pub mod event;
pub mod log;
pub mod run;
pub mod state;
