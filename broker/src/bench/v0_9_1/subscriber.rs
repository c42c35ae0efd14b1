//! The consuming end: messages are read where they lie, and acknowledged by the run.
//!
//! Invariant: the tags of a channel's deliveries are 1, 2, 3 and so on, so counting them is enough.

use philter_protocol::v0_9_1::method::basic::Ack;

use super::frame::{BODY, Frame, HEADER, put_method};
use super::rare::{begins_message, broke, look_at, say_goodbye};
use crate::bench::arrivals::Arrivals;
use crate::bench::error::BenchError;
use crate::bench::protocol::{Subscriber, Terms};

/// Where the body's size stands in a content header.
const SIZE_AT: usize = 4;

/// A channel with subscriptions to one queue.
#[derive(Debug)]
pub(super) struct Subscription {
    peer: String,
    ack: u64,
    /// Messages that came, and those that are acknowledged.
    came: u64,
    acknowledged: u64,
    /// What is still to come of a message.
    due: Due,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Method,
    Header,
    Body { left: u64, is_first: bool },
}

impl Subscription {
    /// On a channel to which nothing was delivered yet.
    pub(super) fn new(peer: &str, terms: Terms) -> Self {
        let ack = u64::from(terms.ack);
        Self { peer: peer.to_owned(), ack, came: 0, acknowledged: 0, due: Due::Method }
    }

    fn take(
        &mut self,
        frame: &Frame<'_>,
        output: &mut Vec<u8>,
        arrivals: &mut Arrivals,
    ) -> Result<(), BenchError> {
        match (self.due, frame.kind) {
            (Due::Method, _) if begins_message(frame) => self.due = Due::Header,
            (Due::Header, HEADER) => {
                let size = frame.payload.get(SIZE_AT..).and_then(<[u8]>::first_chunk);
                let left = size.map_or(0, |size| u64::from_be_bytes(*size));
                self.due = Due::Body { left, is_first: true };
                if left == 0 {
                    self.arrive(&[], arrivals);
                }
            }
            (Due::Body { left, is_first }, BODY) => {
                let left = left.saturating_sub(frame.payload.len() as u64);
                self.due = if left > 0 { Due::Body { left, is_first: false } } else { Due::Method };
                if is_first {
                    self.arrive(frame.payload, arrivals);
                }
            }
            (Due::Header | Due::Body { .. }, HEADER | BODY) => {
                return Err(broke(&self.peer, &format!("frame type {} in a message", frame.kind)));
            }
            _ => look_at(&self.peer, frame, output)?,
        }
        Ok(())
    }

    /// A message's first piece is there.
    fn arrive(&mut self, piece: &[u8], arrivals: &mut Arrivals) {
        if piece.is_empty() {
            self.due = Due::Method;
        }
        self.came += 1;
        arrivals.note(piece);
    }

    /// Acknowledges the full runs, or all where nothing more comes.
    fn settle(&mut self, output: &mut Vec<u8>, is_last: bool) {
        if self.ack == 0 {
            return;
        }
        while self.came - self.acknowledged >= self.ack {
            self.acknowledged += self.ack;
            self.acknowledge(output);
        }
        if is_last && self.acknowledged < self.came {
            self.acknowledged = self.came;
            self.acknowledge(output);
        }
    }

    fn acknowledge(&self, output: &mut Vec<u8>) {
        put_method(output, Ack { delivery_tag: self.acknowledged, multiple: self.ack > 1 });
    }
}

impl Subscriber for Subscription {
    fn receive(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
        arrivals: &mut Arrivals,
    ) -> Result<usize, BenchError> {
        let mut taken = 0;
        while let Some((frame, size)) =
            Frame::read(&self.peer, input.get(taken..).unwrap_or_default())?
        {
            taken += size;
            self.take(&frame, output, arrivals)?;
        }
        self.settle(output, false);
        Ok(taken)
    }

    fn leave(&mut self, output: &mut Vec<u8>) {
        self.settle(output, true);
        say_goodbye(output);
    }
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_9_1::method::Method;

    use super::super::letter::template;
    use super::*;
    use crate::bench::protocol::Letter;

    fn subscription(ack: u32) -> Subscription {
        let terms = Terms { window: 0, ack, subscriptions: 1, is_browsing: false };
        Subscription::new("b", terms)
    }

    fn messages(count: usize, body_bytes: usize) -> Vec<u8> {
        let body = vec![b'x'; body_bytes];
        template(&Letter { body, ..Letter::default() }).bytes.repeat(count)
    }

    /// The delivery tags of the acknowledgements.
    fn acknowledged(mut output: &[u8]) -> Vec<u64> {
        let mut tags = Vec::new();
        while let Some((frame, size)) = Frame::read("b", output).unwrap() {
            output = &output[size..];
            if let Method::BasicAck(ack) = Method::decode(frame.payload).unwrap() {
                tags.push(ack.delivery_tag);
            }
        }
        tags
    }

    #[test]
    fn messages_of_any_size_are_counted_however_they_are_cut() {
        for body_bytes in [0, 1, 200_000] {
            let input = messages(3, body_bytes);
            for cut in [1, 7, 8, input.len()] {
                let mut subscription = subscription(0);
                let (mut arrivals, mut output) = (Arrivals::new(1, None, false), Vec::new());
                let (mut inbox, mut taken) = (Vec::new(), 0);
                for piece in input.chunks(cut.max(input.len() / 100)) {
                    inbox.extend_from_slice(piece);
                    let rest = &inbox[taken..];
                    taken += subscription.receive(rest, &mut output, &mut arrivals).unwrap();
                }
                assert_eq!((arrivals.count, taken), (3, input.len()), "{body_bytes} {cut}");
                assert!(output.is_empty());
            }
        }
    }

    #[test]
    fn runs_are_acknowledged_and_the_rest_at_the_end() {
        let mut subscription = subscription(3);
        let (mut arrivals, mut output) = (Arrivals::new(1, None, false), Vec::new());
        subscription.receive(&messages(7, 1), &mut output, &mut arrivals).unwrap();
        assert_eq!(acknowledged(&output), [3, 6]);
        output.clear();
        subscription.leave(&mut output);
        assert_eq!(acknowledged(&output), [7]);
    }

    #[test]
    fn a_body_that_nobody_announced_is_a_fault() {
        let input = messages(1, 1);
        let header_at = Frame::read("b", &input).unwrap().unwrap().1;
        let twice = [&input[..], &input[header_at..]].concat();
        let mut subscription = subscription(0);
        let mut arrivals = Arrivals::new(1, None, false);
        // What stands outside of a message is looked over, as what comes back is.
        subscription.receive(&twice, &mut Vec::new(), &mut arrivals).unwrap();
        assert_eq!(arrivals.count, 1);
        let broken = [&input[..header_at], &input[input.len() - 9..]].concat();
        let error = subscription.receive(&broken, &mut Vec::new(), &mut arrivals).unwrap_err();
        assert!(error.to_string().contains("frame type 3"), "{error}");
    }
}
