//! `ph_value`: a borrowed tagged value, as a header or property is handed over by name.

use super::PhSlice;
use crate::abi::layout::abi_struct;
use crate::value::ValueRef;

abi_struct! {
    /// `ph_value`: a tag and its data.
    plain struct PhValue = "ph_value" {
        /// Which type, a `ph_value_tag`.
        tag: u32,
        /// Zero.
        reserved: u32,
        /// The data.
        data: PhValueData,
    }
}

/// The data of a [`PhValue`]; the tag says which field.
#[repr(C)]
#[derive(Clone, Copy)]
pub union PhValueData {
    /// bool (0 or 1), ubyte, ushort, uint, ulong, char.
    pub number: u64,
    /// byte, short, int, long, timestamp.
    pub signed_number: i64,
    /// float and double.
    pub real: f64,
    /// decimal32 (4 bytes), decimal64 (8), decimal128 and uuid (16).
    pub octets: [u8; 16],
    /// binary, string, symbol; encoded lists, maps, arrays and described values.
    pub slice: PhSlice,
}

/// The numbers of `ph_value_tag`.
pub(crate) mod tag {
    pub(crate) const NULL: u32 = 0;
    pub(crate) const BOOL: u32 = 1;
    pub(crate) const UBYTE: u32 = 2;
    pub(crate) const USHORT: u32 = 3;
    pub(crate) const UINT: u32 = 4;
    pub(crate) const ULONG: u32 = 5;
    pub(crate) const BYTE: u32 = 6;
    pub(crate) const SHORT: u32 = 7;
    pub(crate) const INT: u32 = 8;
    pub(crate) const LONG: u32 = 9;
    pub(crate) const FLOAT: u32 = 10;
    pub(crate) const DOUBLE: u32 = 11;
    pub(crate) const DECIMAL32: u32 = 12;
    pub(crate) const DECIMAL64: u32 = 13;
    pub(crate) const DECIMAL128: u32 = 14;
    pub(crate) const CHAR: u32 = 15;
    pub(crate) const TIMESTAMP: u32 = 16;
    pub(crate) const UUID: u32 = 17;
    pub(crate) const BINARY: u32 = 18;
    pub(crate) const STRING: u32 = 19;
    pub(crate) const SYMBOL: u32 = 20;
    pub(crate) const ENCODED: u32 = 21;
}

impl PhValue {
    /// The null value.
    pub const NULL: PhValue =
        PhValue { tag: tag::NULL, reserved: 0, data: PhValueData { octets: [0; 16] } };

    fn number(tag: u32, number: u64) -> Self {
        Self { tag, data: PhValueData { number }, ..Self::NULL }
    }

    fn signed(tag: u32, signed_number: i64) -> Self {
        Self { tag, data: PhValueData { signed_number }, ..Self::NULL }
    }

    fn real(tag: u32, real: f64) -> Self {
        Self { tag, data: PhValueData { real }, ..Self::NULL }
    }

    fn octets(tag: u32, bytes: &[u8]) -> Self {
        let mut octets = [0; 16];
        for (to, from) in octets.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self { tag, data: PhValueData { octets }, ..Self::NULL }
    }

    fn slice(tag: u32, bytes: &[u8]) -> Self {
        Self { tag, data: PhValueData { slice: PhSlice::new(bytes) }, ..Self::NULL }
    }

    /// The value as the SDK's own type; none for a tag that this version does not know.
    ///
    /// # Safety
    /// The tag says which field of the data was written, texts are UTF-8, and slices live for `'a`:
    /// the header has the host promise all three.
    pub(crate) unsafe fn to_ref<'a>(self) -> Option<ValueRef<'a>> {
        // SAFETY: every field of the union is readable as 16 bytes, all of which are initialised.
        let octets = unsafe { self.data.octets };
        let number = u64::from_ne_bytes(first(octets));
        let signed = i64::from_ne_bytes(first(octets));
        let real = f64::from_ne_bytes(first(octets));
        Some(match self.tag {
            tag::NULL => ValueRef::Null,
            tag::BOOL => ValueRef::Bool(number != 0),
            tag::UBYTE => ValueRef::Ubyte(number as u8),
            tag::USHORT => ValueRef::Ushort(number as u16),
            tag::UINT => ValueRef::Uint(number as u32),
            tag::ULONG => ValueRef::Ulong(number),
            tag::BYTE => ValueRef::Byte(signed as i8),
            tag::SHORT => ValueRef::Short(signed as i16),
            tag::INT => ValueRef::Int(signed as i32),
            tag::LONG => ValueRef::Long(signed),
            tag::FLOAT => ValueRef::Float(real as f32),
            tag::DOUBLE => ValueRef::Double(real),
            tag::DECIMAL32 => ValueRef::Decimal32(first(octets)),
            tag::DECIMAL64 => ValueRef::Decimal64(first(octets)),
            tag::DECIMAL128 => ValueRef::Decimal128(octets),
            tag::CHAR => ValueRef::Char(char::from_u32(number as u32)?),
            tag::TIMESTAMP => ValueRef::Timestamp(signed),
            tag::UUID => ValueRef::Uuid(octets),
            _ => {
                // SAFETY: as above, and the tags that are left hold a slice.
                let slice = unsafe { self.data.slice };
                // SAFETY: the caller's promise.
                return unsafe { slice_ref(self.tag, slice) };
            }
        })
    }
}

/// The value of a tag whose data is a slice.
///
/// # Safety
/// As [`PhValue::to_ref`].
unsafe fn slice_ref<'a>(tag: u32, slice: PhSlice) -> Option<ValueRef<'a>> {
    if !matches!(tag, tag::BINARY | tag::STRING | tag::SYMBOL | tag::ENCODED) {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { slice.bytes() }.unwrap_or_default();
    Some(match tag {
        tag::BINARY => ValueRef::Binary(bytes),
        tag::ENCODED => ValueRef::Encoded(bytes),
        _ => {
            // SAFETY: the caller's promise.
            let text = unsafe { slice.host_text() };
            if tag == tag::STRING { ValueRef::String(text) } else { ValueRef::Symbol(text) }
        }
    })
}

/// The first bytes of sixteen; `N` is 4 or 8.
fn first<const N: usize>(octets: [u8; 16]) -> [u8; N] {
    octets.first_chunk::<N>().copied().unwrap_or([0; N])
}

impl From<ValueRef<'_>> for PhValue {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::NULL,
            ValueRef::Bool(value) => Self::number(tag::BOOL, value.into()),
            ValueRef::Ubyte(value) => Self::number(tag::UBYTE, value.into()),
            ValueRef::Ushort(value) => Self::number(tag::USHORT, value.into()),
            ValueRef::Uint(value) => Self::number(tag::UINT, value.into()),
            ValueRef::Ulong(value) => Self::number(tag::ULONG, value),
            ValueRef::Byte(value) => Self::signed(tag::BYTE, value.into()),
            ValueRef::Short(value) => Self::signed(tag::SHORT, value.into()),
            ValueRef::Int(value) => Self::signed(tag::INT, value.into()),
            ValueRef::Long(value) => Self::signed(tag::LONG, value),
            ValueRef::Float(value) => Self::real(tag::FLOAT, value.into()),
            ValueRef::Double(value) => Self::real(tag::DOUBLE, value),
            ValueRef::Decimal32(value) => Self::octets(tag::DECIMAL32, &value),
            ValueRef::Decimal64(value) => Self::octets(tag::DECIMAL64, &value),
            ValueRef::Decimal128(value) => Self::octets(tag::DECIMAL128, &value),
            ValueRef::Char(value) => Self::number(tag::CHAR, u32::from(value).into()),
            ValueRef::Timestamp(value) => Self::signed(tag::TIMESTAMP, value),
            ValueRef::Uuid(value) => Self::octets(tag::UUID, &value),
            ValueRef::Binary(value) => Self::slice(tag::BINARY, value),
            ValueRef::String(value) => Self::slice(tag::STRING, value.as_bytes()),
            ValueRef::Symbol(value) => Self::slice(tag::SYMBOL, value.as_bytes()),
            ValueRef::Encoded(value) => Self::slice(tag::ENCODED, value),
        }
    }
}
