//! A counting allocator, and the bound that it holds readers of untrusted bytes to.
//!
//! It counts Rust's allocations alone; libFuzzer's own are malloc's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What a reader may take whatever its input: the data tables, which are loaded once.
const FLOOR_BYTES: usize = 256 << 10;
/// What it may take for each byte of input.
const FACTOR: usize = 4;
/// What it may take for each row and finding that it made: vectors of texts and places, while they grow. A line of two
/// bytes makes a finding, so that bytes of input alone cannot bound this.
const THING_BYTES: usize = 1 << 10;

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

// SAFETY: every call is handed on to the system's allocator as it is; the counters touch no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks are there while the system copies.
        grow(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Does the work, which gives the number of things (rows, findings) that it made, and ends the program if it ever held
/// more memory than an input of `input` bytes and these things justify.
///
/// A new peak is printed, so that a run's last line of this kind is its figure.
pub fn bounded(input: usize, work: impl FnOnce() -> usize) {
    static HIGHEST: AtomicUsize = AtomicUsize::new(0);
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let things = work();
    let peak = PEAK.load(Relaxed).saturating_sub(before);
    let allowed = FACTOR * input + THING_BYTES * things + FLOOR_BYTES;
    assert!(
        peak <= allowed,
        "{peak} bytes of memory for an input of {input} and {things} things, {allowed} are allowed"
    );
    // A new record by an eighth or more, so that there are few lines.
    if peak > HIGHEST.load(Relaxed) / 8 * 9 {
        HIGHEST.store(peak, Relaxed);
        eprintln!("peak heap: {peak} bytes for an input of {input} and {things} things");
    }
}
