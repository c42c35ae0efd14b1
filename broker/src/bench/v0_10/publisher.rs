//! The publishing end: messages go out as copies, completions come in.

use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::{CommandSegment, Sync};
use philter_protocol::v0_10::control::Close;

use super::frame::{ALONE, COMMAND, CONTROL, FIRST_FRAME, FIRST_SEGMENT, Frame, put, put_control};
use super::letter;
use super::rare::{answer_control, look_at_command};
use crate::bench::error::BenchError;
use crate::bench::protocol::{Letter, Publisher, Template};

/// A session that publishes one letter over and over.
#[derive(Debug)]
pub(super) struct Publishing {
    peer: String,
    template: Template,
    /// Messages that went out.
    sent: u64,
    /// Those that are complete, in order from the first.
    confirmed: u64,
    /// The id of the first message.
    first_id: u32,
}

impl Publishing {
    /// In a session whose next command has this id.
    pub(super) fn new(peer: &str, letter: &Letter, first_id: u32) -> Self {
        let template = letter::template(letter);
        Self { peer: peer.to_owned(), template, sent: 0, confirmed: 0, first_id }
    }

    /// The id of the first command that is not confirmed.
    fn awaited_id(&self) -> u32 {
        self.first_id.wrapping_add(self.confirmed as u32)
    }

    fn complete(&mut self, commands: &RangeSet) {
        let awaited = philter_protocol::v0_10::CommandId(self.awaited_id());
        for (first, last) in commands.ranges() {
            if !awaited.is_before(*first) && !last.is_before(awaited) {
                let count = last.distance_from(awaited).unsigned_abs();
                self.confirmed = (self.confirmed + u64::from(count) + 1).min(self.sent);
            }
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
        self.confirmed
    }

    fn ask(&mut self, output: &mut Vec<u8>) {
        let sync = CommandSegment { sync: true, command: Sync {}.into() };
        put(output, ALONE, COMMAND, &sync.encode());
    }

    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, BenchError> {
        let mut taken = 0;
        while let Some((frame, size)) = input.get(taken..).and_then(Frame::read) {
            taken += size;
            if frame.kind == CONTROL {
                let nothing = RangeSet::default();
                let done = answer_control(&self.peer, frame.payload, &nothing, output)?;
                done.iter().for_each(|commands| self.complete(commands));
            } else if frame.kind == COMMAND && frame.has(FIRST_SEGMENT | FIRST_FRAME) {
                look_at_command(&self.peer, frame.payload)?;
            }
        }
        Ok(taken)
    }

    fn leave(&mut self, output: &mut Vec<u8>) {
        put_control(output, Close { reply_code: 200, reply_text: String::new() });
    }
}
