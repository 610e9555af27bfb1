//! Counts the statements that SQLite runs, whichever version of it the peer has linked, by its own tracing.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

static STATEMENTS: AtomicU64 = AtomicU64::new(0);

const SQLITE_TRACE_STMT: c_uint = 1;

type Trace = extern "C" fn(c_uint, *mut c_void, *mut c_void, *mut c_void) -> c_int;
type Entry = extern "C" fn(*mut c_void, *mut *mut u8, *const c_void) -> c_int;

#[expect(unsafe_code, reason = "the functions of the C library")]
unsafe extern "C" {
    fn sqlite3_auto_extension(entry: Entry) -> c_int;
    fn sqlite3_trace_v2(db: *mut c_void, mask: c_uint, trace: Trace, context: *mut c_void)
    -> c_int;
}

extern "C" fn note(_: c_uint, _: *mut c_void, _: *mut c_void, _: *mut c_void) -> c_int {
    STATEMENTS.fetch_add(1, Ordering::Relaxed);
    0
}

#[expect(unsafe_code, reason = "a call of the C library")]
extern "C" fn on_open(db: *mut c_void, _: *mut *mut u8, _: *const c_void) -> c_int {
    // SAFETY: SQLite calls this with the connection that it has just opened; `note` keeps none of its arguments.
    unsafe { sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note, std::ptr::null_mut()) }
}

/// Counts the statements of every connection that is opened from now on.
#[expect(unsafe_code, reason = "a call of the C library")]
pub(crate) fn listen() {
    // SAFETY: `on_open` has the signature of an extension's entry point and lives as long as the process.
    unsafe { sqlite3_auto_extension(on_open) };
}

/// The statements so far.
pub(crate) fn statements() -> u64 {
    STATEMENTS.load(Ordering::Relaxed)
}
