//! The allocator of every peer: the system's, which counts its calls while somebody listens.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static LISTENING: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Passes every call on to the system's allocator. In the processes that are timed nobody listens, and the price of
/// counting is the look at a flag.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn note() {
    if LISTENING.load(Ordering::Relaxed) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every method passes its arguments on to `System`, unchanged, and gives back what that gave: what `System`
// promises holds. An allocator cannot be written without `unsafe`, and allocations cannot be counted without one.
#[expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller's promises about `at` and `layout` are passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises about `at` and `layout` are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Begins to count.
pub(crate) fn listen() {
    LISTENING.store(true, Ordering::Relaxed);
}

/// The calls so far.
pub(crate) fn calls() -> u64 {
    CALLS.load(Ordering::Relaxed)
}
