//! The host's interface `key-value`, which stores alone are given.

use super::given::{GivenText, list};

#[link(wasm_import_module = "philter:store/key-value@0.1.0")]
unsafe extern "C" {
    #[link_name = "get"]
    fn get_import(keys: *const u8, keys_len: usize, answer: *mut GivenText);
    #[link_name = "scan"]
    fn scan_import(
        from: *const u8,
        from_len: usize,
        until: *const u8,
        until_len: usize,
        pairs_max: u32,
        bytes_max: u32,
        answer: *mut GivenText,
    );
    #[link_name = "write"]
    fn write_import(changes: *const u8, changes_len: usize);
}

/// The values of keys, as one buffer each.
pub(crate) fn key_value_get(keys: &[u8]) -> Vec<u8> {
    let mut left = GivenText { first: std::ptr::null_mut(), len: 0 };
    // SAFETY: buffers that live for the call.
    unsafe { get_import(keys.as_ptr(), keys.len(), &raw mut left) };
    // SAFETY: the host left a list there that it made by `cabi_realloc`.
    unsafe { list(left.first, left.len) }
}

/// Keys with their values, as one buffer.
pub(crate) fn key_value_scan(from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Vec<u8> {
    let mut left = GivenText { first: std::ptr::null_mut(), len: 0 };
    let (from, from_len) = (from.as_ptr(), from.len());
    let (until, until_len) = (until.as_ptr(), until.len());
    // SAFETY: buffers that live for the call.
    unsafe {
        scan_import(from, from_len, until, until_len, pairs_max, bytes_max, &raw mut left);
    }
    // SAFETY: the host left a list there that it made by `cabi_realloc`.
    unsafe { list(left.first, left.len) }
}

/// Puts and removes keys.
pub(crate) fn key_value_write(changes: &[u8]) {
    // SAFETY: a buffer that lives for the call.
    unsafe { write_import(changes.as_ptr(), changes.len()) };
}
