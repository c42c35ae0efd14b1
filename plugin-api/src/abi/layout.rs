//! Structs that both sides know by name and size, and how one side reads the other's.
//!
//! Invariants: a versioned struct says its size; a field is read only where the size covers all of
//! it, and is zero where it does not; nothing is written past the size that the owner said.

use std::mem::MaybeUninit;

/// A field of a struct of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in C and here.
    pub name: &'static str,
    /// Where it begins.
    pub offset: usize,
    /// Its width.
    pub bytes: usize,
}

impl Field {
    /// Where it ends: the least size of a struct that has it.
    pub const fn end(&self) -> usize {
        self.offset + self.bytes
    }
}

/// A struct of the header.
pub trait Layout: Copy {
    /// Its name in C.
    const C_NAME: &'static str;
    /// Its fields in order.
    const FIELDS: &'static [Field];
}

/// A struct of the header that says its size and may grow at its end.
///
/// # Safety
/// It is `#[repr(C)]`, zero bytes are a value of it, and a `usize` named `size` stands at
/// `SIZE_OFFSET`.
pub unsafe trait Versioned: Layout {
    /// Where the size stands.
    const SIZE_OFFSET: usize;
    /// The size of its first version: less is refused.
    const BYTES_MIN: usize;
}

/// How many bytes of a `T` a struct of `size` bytes covers with whole fields.
pub(crate) fn covered<T: Layout>(size: usize) -> usize {
    if size >= size_of::<T>() {
        return size_of::<T>();
    }
    T::FIELDS.iter().map(Field::end).filter(|end| *end <= size).max().unwrap_or(0)
}

/// The size that the other side's struct says it has.
///
/// # Safety
/// `from` points to a `T` of the other side's version that is alive.
pub(crate) unsafe fn said_size<T: Versioned>(from: *const T) -> usize {
    let field = from.cast::<u8>().wrapping_add(T::SIZE_OFFSET).cast::<usize>();
    // SAFETY: every version of a versioned struct reaches past its size, as the caller promises.
    unsafe { field.read_unaligned() }
}

/// Copies the other side's struct; what its size does not cover is zero.
///
/// # Safety
/// `from` points to a `T` of the other side's version that is alive, of the size it says.
pub(crate) unsafe fn read_versioned<T: Versioned>(from: *const T) -> T {
    // SAFETY: the caller's promise.
    let size = unsafe { said_size(from) };
    let mut to = MaybeUninit::<T>::zeroed();
    let bytes = covered::<T>(size);
    // SAFETY: `bytes` is at most the size that the source says and the size of `T`.
    unsafe { from.cast::<u8>().copy_to_nonoverlapping(to.as_mut_ptr().cast::<u8>(), bytes) };
    // SAFETY: zero bytes are a value of a versioned struct, and whole fields were copied over them.
    unsafe { to.assume_init() }
}

/// Copies a struct out of bytes that the other side made; none where they are too few.
#[cfg(feature = "host")]
pub(crate) fn read_result<T: Versioned>(bytes: &[u8]) -> Option<T> {
    let size = bytes.get(T::SIZE_OFFSET..)?.first_chunk().copied().map(usize::from_ne_bytes)?;
    if size.min(bytes.len()) < T::BYTES_MIN {
        return None;
    }
    let mut to = MaybeUninit::<T>::zeroed();
    let count = covered::<T>(size.min(bytes.len()));
    // SAFETY: `count` is at most the length of the bytes and the size of `T`.
    unsafe { bytes.as_ptr().copy_to_nonoverlapping(to.as_mut_ptr().cast::<u8>(), count) };
    // SAFETY: zero bytes are a value of a versioned struct, and whole fields were copied over them.
    Some(unsafe { to.assume_init() })
}

/// Writes into the other side's struct as many whole fields as its size covers, and leaves its
/// size.
///
/// # Safety
/// `to` points to a `T` of the other side's version that is alive, of the size it says, not shared.
pub(crate) unsafe fn write_versioned<T: Versioned>(to: *mut T, value: &T) {
    // SAFETY: the caller's promise.
    let size = unsafe { said_size(to.cast_const()) };
    let bytes = covered::<T>(size);
    let from = std::ptr::from_ref(value).cast::<u8>();
    for field in T::FIELDS.iter().filter(|field| field.end() <= bytes) {
        if field.offset == T::SIZE_OFFSET {
            continue;
        }
        let (from, to) =
            (from.wrapping_add(field.offset), to.cast::<u8>().wrapping_add(field.offset));
        // SAFETY: the field lies inside both structs, which do not overlap.
        unsafe { from.copy_to_nonoverlapping(to, field.bytes) };
    }
}

/// Declares a struct of the header with its table of fields.
macro_rules! abi_struct {
    (
        $(#[$meta:meta])*
        versioned struct $name:ident = $c_name:literal {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        abi_struct! {
            $(#[$meta])*
            plain struct $name = $c_name { $($(#[$field_meta])* $field: $type,)* }
        }

        // SAFETY: `#[repr(C)]` above; every field is a number, a pointer, an optional function or
        // made of them, for which zero is a value; the field `size` is required by the next line.
        unsafe impl $crate::abi::layout::Versioned for $name {
            const SIZE_OFFSET: usize = std::mem::offset_of!($name, size);
            const BYTES_MIN: usize = size_of::<$name>();
        }
    };
    (
        $(#[$meta:meta])*
        plain struct $name:ident = $c_name:literal {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::abi::layout::Layout for $name {
            const C_NAME: &'static str = $c_name;
            const FIELDS: &'static [$crate::abi::layout::Field] = &[
                $($crate::abi::layout::Field {
                    name: stringify!($field),
                    offset: std::mem::offset_of!($name, $field),
                    bytes: size_of::<$type>(),
                },)*
            ];
        }
    };
}
pub(crate) use abi_struct;
