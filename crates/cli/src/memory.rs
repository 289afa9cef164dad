//! How the process treats memory that it no longer needs.

/// Blocks of this size and more come from the operating system one by one, and go back to it. It is
/// above what a block of the chain needs, so that no memory is taken anew for each.
const LARGE_BYTES: i32 = 8 << 20;

/// Free bytes at the end of a heap that stay for the next use.
const SPARE_BYTES: i32 = 8 << 20;

/// Lets the C library give large blocks back.
///
/// By itself it raises its limit for what is large with every large block that is freed. A node
/// that has built its index of a million accounts would then keep what it needed for that.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library's settings have no other door")]
pub(crate) fn give_back() {
    // SAFETY: the call takes two numbers and no other thread runs yet. A library that refuses a
    // setting answers 0 and goes on as before.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, SPARE_BYTES);
    }
}

/// Other C libraries give memory back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) const fn give_back() {}
