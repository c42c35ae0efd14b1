//! Messages that go out in one write: encoded once, stamped anew each time.

use super::protocol::Template;
use super::stamp::{Form, Stamp};

/// Bytes of a batch, unless one message has more.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// A run of copies of one message.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    message_bytes: usize,
    messages_max: usize,
    stamp_at: Option<usize>,
    form: Form,
    ask_at: Option<usize>,
    /// The message that asks for a confirm.
    asking: Option<usize>,
}

impl Batch {
    /// A batch of at most `messages_max` messages.
    pub(crate) fn new(template: &Template, messages_max: usize) -> Self {
        let message_bytes = template.bytes.len();
        let room = (BATCH_BYTES_MAX / message_bytes.max(1)).max(1);
        let messages_max = messages_max.clamp(1, room);
        Self {
            bytes: template.bytes.repeat(messages_max),
            message_bytes,
            messages_max,
            stamp_at: template.stamp_at,
            form: template.form,
            ask_at: template.ask_at,
            asking: None,
        }
    }

    pub(crate) fn messages_max(&self) -> usize {
        self.messages_max
    }

    /// Writes the stamps of the first `count` messages.
    pub(crate) fn stamp(&mut self, count: usize, stamp_of: impl Fn(usize) -> Stamp) {
        let Some(at) = self.stamp_at else { return };
        let messages = self.bytes.chunks_exact_mut(self.message_bytes);
        for (index, message) in messages.take(count).enumerate() {
            self.form.write(stamp_of(index), message, at);
        }
    }

    /// The last of the first `count` messages asks for a confirm, or none does.
    pub(crate) fn ask(&mut self, count: usize, is_asked: bool) {
        if let Some(message) = self.asking.take() {
            self.set_ask(message, 0);
        }
        if let (true, Some(last)) = (is_asked, count.checked_sub(1)) {
            self.set_ask(last, 1);
            self.asking = Some(last);
        }
    }

    fn set_ask(&mut self, message: usize, to: u8) {
        let place = self.ask_at.map(|at| message * self.message_bytes + at);
        if let Some(byte) = place.and_then(|place| self.bytes.get_mut(place)) {
            *byte = to;
        }
    }

    /// How many bytes `count` messages have.
    pub(crate) fn length(&self, count: usize) -> usize {
        count * self.message_bytes
    }

    /// Some of the bytes.
    pub(crate) fn bytes(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::stamp::STAMP_BYTES;

    fn batch(messages_max: usize) -> Batch {
        let bytes = vec![0; 2 + STAMP_BYTES];
        let form = Form::Bytes;
        Batch::new(&Template { bytes, stamp_at: Some(2), form, ask_at: Some(1) }, messages_max)
    }

    #[test]
    fn each_message_has_its_stamp() {
        let mut batch = batch(3);
        let stamp = |index: usize| Stamp { producer: 1, sequence: index as u64, time_ns: 5 };
        batch.stamp(2, stamp);
        let size = batch.length(1);
        for index in 0..2 {
            let message = batch.bytes(index * size..(index + 1) * size);
            assert_eq!(Stamp::read(&message[2..]), Some(stamp(index)));
        }
        assert_eq!(batch.bytes(2 * size..3 * size), vec![0; size]);
    }

    #[test]
    fn one_message_asks_at_a_time() {
        let mut batch = batch(3);
        let size = batch.length(1);
        let asking = |batch: &Batch| -> Vec<u8> {
            batch.bytes(0..3 * size).chunks(size).map(|message| message[1]).collect()
        };
        batch.ask(3, true);
        assert_eq!(asking(&batch), [0, 0, 1]);
        batch.ask(1, true);
        assert_eq!(asking(&batch), [1, 0, 0]);
        batch.ask(3, false);
        assert_eq!(asking(&batch), [0, 0, 0]);
    }

    #[test]
    fn a_batch_of_large_messages_is_bounded() {
        let template = Template { bytes: vec![0; 400_000], ..Template::default() };
        assert_eq!(Batch::new(&template, 64).messages_max(), 2);
        let template = Template { bytes: vec![0; 4_000_000], ..Template::default() };
        assert_eq!(Batch::new(&template, 64).messages_max(), 1);
    }
}
