//! The first eight bytes of a connection say which protocol follows (0-10, section 4.1; 0-9-1,
//! section 4.2.2; 1.0, part 2, section 2.2).

use std::fmt;

/// Bytes of every preface.
pub const PREFACE_BYTES: usize = 8;

/// What a peer wants to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preface {
    /// AMQP 0-10.
    V0_10,
    /// AMQP 0-9-1.
    V0_9_1,
    /// AMQP 1.0 without a security layer.
    V1_0,
    /// AMQP 1.0, SASL first.
    V1_0Sasl,
    /// AMQP 1.0, TLS first.
    V1_0Tls,
    /// An AMQP version that nobody here speaks.
    OtherAmqp([u8; 4]),
    /// Not AMQP.
    Foreign([u8; PREFACE_BYTES]),
}

impl Preface {
    /// Reads a preface; none while fewer than eight bytes came. The deadline of a handshake ends
    /// the wait for a peer that sends no more: deciding sooner would make the answer depend on how
    /// the bytes were cut.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let first = bytes.first_chunk::<PREFACE_BYTES>()?;
        let [b'A', b'M', b'Q', b'P', version @ ..] = *first else {
            return Some(Self::Foreign(*first));
        };
        Some(match version {
            [1, 1, 0, 10] => Self::V0_10,
            [0, 0, 9, 1] => Self::V0_9_1,
            [0, 1, 0, 0] => Self::V1_0,
            [3, 1, 0, 0] => Self::V1_0Sasl,
            [2, 1, 0, 0] => Self::V1_0Tls,
            other => Self::OtherAmqp(other),
        })
    }

    /// The bytes on the wire.
    pub fn bytes(self) -> [u8; PREFACE_BYTES] {
        let [a, b, c, d] = match self {
            Self::V0_10 => [1, 1, 0, 10],
            Self::V0_9_1 => [0, 0, 9, 1],
            Self::V1_0 => [0, 1, 0, 0],
            Self::V1_0Sasl => [3, 1, 0, 0],
            Self::V1_0Tls => [2, 1, 0, 0],
            Self::OtherAmqp(version) => version,
            Self::Foreign(bytes) => return bytes,
        };
        [b'A', b'M', b'Q', b'P', a, b, c, d]
    }
}

impl fmt::Display for Preface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V0_10 => f.write_str("AMQP 0-10"),
            Self::V0_9_1 => f.write_str("AMQP 0-9-1"),
            Self::V1_0 => f.write_str("AMQP 1.0"),
            Self::V1_0Sasl => f.write_str("AMQP 1.0 with SASL"),
            Self::V1_0Tls => f.write_str("AMQP 1.0 with TLS"),
            Self::OtherAmqp(version) => write!(f, "AMQP version {version:?}"),
            Self::Foreign(bytes) => write!(f, "not AMQP: \"{}\"", bytes.escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preface_is_found_again_and_no_sooner_than_whole() {
        let all = [Preface::V0_10, Preface::V0_9_1, Preface::V1_0, Preface::V1_0Sasl];
        for preface in all.into_iter().chain([Preface::V1_0Tls, Preface::OtherAmqp([9, 9, 9, 9])]) {
            let bytes = preface.bytes();
            assert_eq!(Preface::detect(&bytes), Some(preface));
            for cut in 0..bytes.len() {
                assert_eq!(Preface::detect(&bytes[..cut]), None);
            }
        }
    }

    #[test]
    fn what_is_not_amqp_is_named() {
        assert_eq!(Preface::detect(b"GET / H"), None);
        let preface = Preface::detect(b"GET / HTTP/1.1").unwrap();
        assert_eq!(preface, Preface::Foreign(*b"GET / HT"));
        assert_eq!(preface.to_string(), "not AMQP: \"GET / HT\"");
    }
}
