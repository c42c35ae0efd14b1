//! What the bench writes into each body: who sent it, as which message, and when it was to be sent.
//! A body that is too small for it is counted and not checked.
//!
//! Invariant: a stamp has a place and a width that hang on the body's form alone, so a body is
//! encoded once and stamped where it lies.

use super::document;

/// Bytes of a stamp.
pub(crate) const STAMP_BYTES: usize = 20;

/// Bytes of a stamp in letters: one for each half of a byte.
pub(crate) const STAMP_LETTERS: usize = 2 * STAMP_BYTES;

/// What a body is, and so how a stamp stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Bytes that mean nothing; the stamp stands in front.
    #[default]
    Bytes,
    /// A document; the stamp stands in its first attribute, in letters.
    Document,
}

/// What is known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The producer's number in its run.
    pub(crate) producer: u32,
    /// The message's number of its producer, from 0.
    pub(crate) sequence: u64,
    /// When it was to be sent, in nanoseconds of the run's clock.
    pub(crate) time_ns: u64,
}

impl Form {
    /// Where a stamp stands in a body; none in one that is too small.
    pub(crate) fn stamp_at(self, body_bytes: usize) -> Option<usize> {
        let (at, width) = self.place();
        (body_bytes >= at + width).then_some(at)
    }

    /// Writes a stamp into a message of which the body's stamp stands there.
    pub(crate) fn write(self, stamp: Stamp, message: &mut [u8], at: usize) {
        let place = message.get_mut(at..at + self.place().1).unwrap_or_default();
        match self {
            Self::Bytes if place.len() == STAMP_BYTES => place.copy_from_slice(&stamp.bytes()),
            Self::Bytes => {}
            Self::Document => {
                for (pair, byte) in place.chunks_exact_mut(2).zip(stamp.bytes()) {
                    pair.copy_from_slice(&letters(byte));
                }
            }
        }
    }

    /// Reads the stamp of a body, or of its first piece; none where there is none.
    pub(crate) fn read(self, body: &[u8]) -> Option<Stamp> {
        if self == Self::Bytes {
            return Stamp::read(body);
        }
        let (at, width) = self.place();
        let mut bytes = [0; STAMP_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(body.get(at..at + width)?.chunks_exact(2)) {
            *byte = of_letters(pair)?;
        }
        Stamp::read(&bytes)
    }

    /// Where a stamp begins in a body, and how wide it is.
    fn place(self) -> (usize, usize) {
        match self {
            Self::Bytes => (0, STAMP_BYTES),
            Self::Document => (document::STAMP_AT, STAMP_LETTERS),
        }
    }
}

/// The letter for a half of 0; the others follow it.
const FIRST_LETTER: u8 = b'a';

fn letters(byte: u8) -> [u8; 2] {
    [FIRST_LETTER + (byte >> 4), FIRST_LETTER + (byte & 0xf)]
}

fn of_letters(pair: &[u8]) -> Option<u8> {
    let [high, low] = *pair.first_chunk::<2>()?;
    let half = |letter: u8| letter.checked_sub(FIRST_LETTER).filter(|half| *half < 16);
    Some((half(high)? << 4) | half(low)?)
}

impl Stamp {
    pub(crate) fn bytes(self) -> [u8; STAMP_BYTES] {
        let mut bytes = [0; STAMP_BYTES];
        let (producer, rest) = bytes.split_at_mut(4);
        let (sequence, time) = rest.split_at_mut(8);
        producer.copy_from_slice(&self.producer.to_be_bytes());
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
        time.copy_from_slice(&self.time_ns.to_be_bytes());
        bytes
    }

    /// Reads the front of some bytes; none where they are too few.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (producer, rest) = bytes.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let time = rest.first_chunk()?;
        Some(Self {
            producer: u32::from_be_bytes(*producer),
            sequence: u64::from_be_bytes(*sequence),
            time_ns: u64::from_be_bytes(*time),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { producer: 7, sequence: u64::MAX - 1, time_ns: 1 << 40 };

    #[test]
    fn comes_back_from_a_body_of_either_form_and_from_no_shorter_one() {
        for form in [Form::Bytes, Form::Document] {
            let (at, width) = form.place();
            assert_eq!(form.stamp_at(at + width - 1), None);
            assert_eq!(form.stamp_at(at + width), Some(at));
            let mut body = vec![b'x'; at + width + 4];
            form.write(STAMP, &mut body, at);
            assert_eq!(form.read(&body), Some(STAMP), "{form:?}");
            assert_eq!(body[at + width..], *b"xxxx");
            assert_eq!(form.read(&body[..at + width - 1]), None);
        }
    }

    #[test]
    fn letters_stand_for_every_byte_and_nothing_else_does() {
        for byte in 0..=u8::MAX {
            assert!(letters(byte).iter().all(u8::is_ascii_lowercase));
            assert_eq!(of_letters(&letters(byte)), Some(byte));
        }
        for pair in [b"a0", b"Aa", b"qa", b"a "] {
            assert_eq!(of_letters(pair), None);
        }
    }
}
