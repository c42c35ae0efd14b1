//! What the bench writes into the front of each body: who sent it, as which message, and when it
//! was to be sent. A body that is too small for it is counted and not checked.

/// Bytes of a stamp.
pub(crate) const STAMP_BYTES: usize = 20;

/// The front of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The producer's number in its run.
    pub(crate) producer: u32,
    /// The message's number of its producer, from 0.
    pub(crate) sequence: u64,
    /// When it was to be sent, in nanoseconds of the run's clock.
    pub(crate) time_ns: u64,
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

    /// Reads the front of a body; none where it is too short.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let (producer, rest) = body.split_first_chunk()?;
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

    #[test]
    fn comes_back_from_the_front_of_a_body_and_from_no_shorter_one() {
        let stamp = Stamp { producer: 7, sequence: u64::MAX - 1, time_ns: 1 << 40 };
        let mut body = stamp.bytes().to_vec();
        assert_eq!(Stamp::read(&body[..STAMP_BYTES - 1]), None);
        body.extend_from_slice(b"more");
        assert_eq!(Stamp::read(&body), Some(stamp));
    }
}
