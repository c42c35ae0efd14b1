//! Message and correlation ids between protocols: a UUID or bytes on one side, text on the other.
//!
//! Invariant: an id that was written as text for one protocol is read back as what it was, so that
//! whoever answers over another protocol answers with the id that was asked with.

use std::borrow::Cow;

/// What stands before the digits of an id that is no text: the form that JMS clients of AMQP 1.0
/// use as well.
const BINARY: &str = "AMQP_BINARY:";

/// A UUID in its usual form, 36 characters in small letters.
pub(super) fn uuid_text(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(&mut text, byte);
    }
    text
}

/// The UUID that a text is, with `urn:uuid:` before it or without.
pub(super) fn text_uuid(text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_prefix("urn:uuid:").unwrap_or(text).as_bytes();
    let is_hyphen = |index: usize| matches!(index, 8 | 13 | 18 | 23);
    let is_form = digits.len() == 36
        && digits.iter().enumerate().all(|(at, byte)| is_hyphen(at) == (*byte == b'-'));
    if !is_form {
        return None;
    }
    let digits: Vec<u8> = digits.iter().copied().filter(|byte| *byte != b'-').collect();
    from_hex(&digits)?.try_into().ok()
}

/// Bytes as text: themselves where they are text, otherwise their digits.
pub(super) fn binary_text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(BINARY.len() + 2 * bytes.len());
    text.push_str(BINARY);
    bytes.iter().for_each(|byte| push_hex(&mut text, *byte));
    Cow::Owned(text)
}

/// The bytes that a text is, or stands for.
pub(super) fn text_binary(text: &[u8]) -> Cow<'_, [u8]> {
    let digits = text.strip_prefix(BINARY.as_bytes());
    digits.and_then(from_hex).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(u32::from(digit), 16));
    }
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_uuid_comes_back(uuid in any::<[u8; 16]>()) {
            let text = uuid_text(uuid);
            prop_assert_eq!(text_uuid(&text), Some(uuid));
            prop_assert_eq!(text_uuid(&format!("urn:uuid:{}", text.to_uppercase())), Some(uuid));
        }

        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = binary_text(&bytes);
            let back = text_binary(text.as_bytes());
            prop_assert_eq!(&*back, &bytes[..]);
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            text_uuid(&text);
            text_binary(text.as_bytes());
        }
    }

    #[test]
    fn ids_have_their_usual_forms() {
        let uuid = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255];
        assert_eq!(uuid_text(uuid), "00010203-0405-0607-0809-0a0b0c0d0eff");
        assert_eq!(text_uuid("00010203-0405-0607-0809-0a0b0c0d0ef"), None);
        assert_eq!(text_uuid("00010203-0405-0607-0809-0a0b0c0d0e-f"), None);
        assert_eq!(binary_text(b"id"), "id");
        assert_eq!(binary_text(&[0xff, 1]), "AMQP_BINARY:ff01");
        assert_eq!(&*text_binary(b"AMQP_BINARY:ff0"), b"AMQP_BINARY:ff0");
    }
}
