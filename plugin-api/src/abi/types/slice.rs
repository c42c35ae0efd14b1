//! `ph_slice`: borrowed bytes.

use crate::abi::layout::abi_struct;

abi_struct! {
    /// `ph_slice`: bytes borrowed for the call. Where there are none `ptr` may be NULL; where
    /// absent and empty differ, NULL is absent.
    plain struct PhSlice = "ph_slice" {
        /// The first byte.
        ptr: *const u8,
        /// How many.
        len: usize,
    }
}

impl PhSlice {
    /// No bytes, absent.
    pub const ABSENT: PhSlice = PhSlice { ptr: std::ptr::null(), len: 0 };

    /// These bytes.
    pub const fn new(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// This text.
    pub const fn of(text: &str) -> Self {
        Self::new(text.as_bytes())
    }

    /// The bytes of a struct.
    pub(crate) fn over<T: Copy>(value: &T) -> Self {
        Self { ptr: std::ptr::from_ref(value).cast(), len: size_of::<T>() }
    }

    /// The bytes; none where `ptr` is NULL.
    ///
    /// # Safety
    /// The bytes are alive and unchanging for `'a`.
    pub(crate) unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        if self.ptr.is_null() || self.len > isize::MAX as usize {
            return None;
        }
        // SAFETY: not NULL, a length that a slice may have, and alive as the caller promises.
        Some(unsafe { std::slice::from_raw_parts(self.ptr, self.len) })
    }

    /// The text that a host gives; empty where `ptr` is NULL.
    ///
    /// # Safety
    /// As [`PhSlice::bytes`], and the bytes are UTF-8: the header has the host promise it.
    pub(crate) unsafe fn host_text<'a>(self) -> &'a str {
        // SAFETY: the caller's promise.
        let bytes = unsafe { self.bytes() }.unwrap_or_default();
        // SAFETY: the caller's promise.
        unsafe { std::str::from_utf8_unchecked(bytes) }
    }
}
