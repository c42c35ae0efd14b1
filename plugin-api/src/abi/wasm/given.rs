//! Lists and strings that the host puts into the component's memory for one call.

use std::alloc::{Layout, alloc, handle_alloc_error, realloc as grow};

/// `cabi_realloc`: where the host asks for room.
///
/// # Safety
/// `old` is 0 bytes, or `old_len` bytes that this gave with the same alignment, a power of two.
pub unsafe fn realloc(old: *mut u8, old_len: usize, align: usize, new_len: usize) -> *mut u8 {
    if new_len == 0 {
        return std::ptr::without_provenance_mut(align);
    }
    let Ok(layout) = Layout::from_size_align(new_len, align) else { return std::ptr::null_mut() };
    let new = if old_len == 0 {
        // SAFETY: not 0 bytes.
        unsafe { alloc(layout) }
    } else {
        match Layout::from_size_align(old_len, align) {
            // SAFETY: the caller's promise, and not 0 bytes.
            Ok(old_layout) => unsafe { grow(old, old_layout, new_len) },
            Err(_) => std::ptr::null_mut(),
        }
    };
    if new.is_null() {
        handle_alloc_error(layout);
    }
    new
}

/// A list that the host gave; whoever drops it frees it.
///
/// # Safety
/// `len` elements that [`realloc`] made room for with this type's alignment, initialized, taken
/// once.
pub(super) unsafe fn list<T>(first: *mut T, len: usize) -> Vec<T> {
    if len == 0 {
        return Vec::new();
    }
    // SAFETY: the caller's promise; `realloc` is the allocator that a `Vec` uses.
    unsafe { Vec::from_raw_parts(first, len, len) }
}

/// A string that the host gave.
///
/// # Safety
/// As [`list`]; the host gives UTF-8.
pub(super) unsafe fn text(first: *mut u8, len: usize) -> String {
    // SAFETY: the caller's promise.
    let bytes = unsafe { list(first, len) };
    // SAFETY: the host gives UTF-8 (component model, canonical ABI, strings).
    unsafe { String::from_utf8_unchecked(bytes) }
}

/// Address and length of a string in a list, or of bytes that a function answers.
#[repr(C)]
pub struct GivenText {
    pub(super) first: *mut u8,
    pub(super) len: usize,
}

/// A list of strings that the host gave.
///
/// # Safety
/// As [`list`], and each of them as [`text`].
pub(super) unsafe fn texts(first: *mut GivenText, len: usize) -> Vec<String> {
    // SAFETY: the caller's promise.
    let given = unsafe { list(first, len) };
    // SAFETY: the caller's promise.
    given.into_iter().map(|one| unsafe { text(one.first, one.len) }).collect()
}
