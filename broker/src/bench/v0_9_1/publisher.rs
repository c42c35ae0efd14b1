//! The publishing end: messages go out as copies, confirms come in.
//!
//! Invariant: a channel that is not in confirm mode is told nothing of its messages, so there each
//! counts as confirmed when it went out; what holds such a producer back is its socket.

use std::collections::BTreeSet;

use philter_protocol::v0_9_1::method::Arguments;
use philter_protocol::v0_9_1::method::basic::Nack;

use super::frame::Frame;
use super::letter;
use super::rare::{ACK, look_at, refused, say_goodbye, tag_of};
use crate::bench::error::BenchError;
use crate::bench::protocol::{Letter, Publisher, Template};

/// A channel that publishes one letter over and over.
#[derive(Debug)]
pub(super) struct Publishing {
    peer: String,
    template: Template,
    is_confirmed: bool,
    /// Messages that went out.
    sent: u64,
    /// The messages up to this one are confirmed; the first is 1.
    confirmed: u64,
    /// Messages behind it that were confirmed out of turn.
    ahead: BTreeSet<u64>,
}

impl Publishing {
    /// On a channel that published nothing yet, in confirm mode where the letter says so.
    pub(super) fn new(peer: &str, letter: &Letter) -> Self {
        Self {
            peer: peer.to_owned(),
            template: letter::template(letter),
            is_confirmed: letter.is_confirmed,
            sent: 0,
            confirmed: 0,
            ahead: BTreeSet::new(),
        }
    }

    fn confirm(&mut self, tag: u64, is_multiple: bool) {
        if is_multiple {
            self.confirmed = self.confirmed.max(tag);
            self.ahead = self.ahead.split_off(&(tag.saturating_add(1)));
        } else if tag == self.confirmed + 1 {
            self.confirmed = tag;
        } else if tag > self.confirmed {
            self.ahead.insert(tag);
        }
        while self.ahead.first() == Some(&(self.confirmed + 1)) {
            self.ahead.pop_first();
            self.confirmed += 1;
        }
    }
}

impl Publisher for Publishing {
    fn template(&self) -> &Template {
        &self.template
    }

    fn sent(&mut self, count: u64) {
        self.sent += count;
    }

    fn confirmed(&self) -> u64 {
        if self.is_confirmed { self.confirmed } else { self.sent }
    }

    /// Nothing: the broker confirms each message in its own time.
    fn ask(&mut self, _output: &mut Vec<u8>) {}

    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, BenchError> {
        let mut taken = 0;
        while let Some((frame, size)) =
            Frame::read(&self.peer, input.get(taken..).unwrap_or_default())?
        {
            taken += size;
            if let Some((tag, is_multiple)) = tag_of(&frame, ACK) {
                self.confirm(tag, is_multiple);
            } else if frame.is_method(Nack::CODE) {
                let text = "the queue did not take the message (basic.nack)".to_owned();
                return Err(refused(&self.peer, "basic.publish", text, 0));
            } else {
                look_at(&self.peer, &frame, output)?;
            }
        }
        Ok(taken)
    }

    fn leave(&mut self, output: &mut Vec<u8>) {
        say_goodbye(output);
    }
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_9_1::method::Method;
    use philter_protocol::v0_9_1::method::basic::Ack;

    use super::super::frame::put_method;
    use super::*;

    fn publishing(is_confirmed: bool) -> Publishing {
        let mut publishing = Publishing::new("b", &Letter { is_confirmed, ..Letter::default() });
        publishing.sent(10);
        publishing
    }

    fn hear(publishing: &mut Publishing, method: impl Into<Method>) -> Result<usize, BenchError> {
        let mut input = Vec::new();
        put_method(&mut input, method);
        publishing.receive(&input, &mut Vec::new())
    }

    #[test]
    fn confirms_count_in_order_however_they_come() {
        let mut publishing = publishing(true);
        let steps = [
            (1, false, 1),
            (3, false, 1),
            (4, false, 1),
            (2, false, 4),
            (9, false, 4),
            (8, true, 9),
        ];
        for (delivery_tag, multiple, wanted) in steps {
            hear(&mut publishing, Ack { delivery_tag, multiple }).unwrap();
            assert_eq!(publishing.confirmed(), wanted, "{delivery_tag}");
        }
        assert!(publishing.ahead.is_empty());
    }

    #[test]
    fn without_confirms_nobody_waits() {
        assert_eq!(publishing(false).confirmed(), 10);
        assert_eq!(publishing(true).confirmed(), 0);
    }

    #[test]
    fn a_message_that_is_not_taken_ends_the_run() {
        let nack = Nack { delivery_tag: 1, multiple: false, requeue: false };
        let error = hear(&mut publishing(true), nack).unwrap_err().to_string();
        assert!(error.contains("basic.nack"), "{error}");
    }
}
