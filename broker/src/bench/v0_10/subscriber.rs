//! The consuming end: messages are read where they lie, and answered by the run.
//!
//! Invariant: each report of completed commands begins where the last one began, so that no gap
//! stays between them, and grows no further than one run.

use philter_protocol::v0_10::command::{CommandSegment, MessageAccept, MessageFlow};
use philter_protocol::v0_10::control::{Close, Completed};
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::destination;
use super::frame::{
    ALONE, BODY, COMMAND, CONTROL, FIRST_FRAME, FIRST_SEGMENT, Frame, HEADER, LAST_FRAME,
    LAST_SEGMENT, put, put_control,
};
use super::rare::{answer_control, broke, look_at_command};
use crate::bench::arrivals::Arrivals;
use crate::bench::error::BenchError;
use crate::bench::protocol::{Subscriber, Terms};

/// Class and code of message.transfer.
const TRANSFER: [u8; 2] = [4, 1];

/// Where a command asks for its completion: behind its codes and the size of its session header.
const SYNC_AT: usize = 3;

/// Messages after which their completion is reported, where no window asks for it sooner.
const REPORT_MESSAGES: u32 = 1_000;

/// A session with subscriptions to one queue.
#[derive(Debug)]
pub(super) struct Subscription {
    peer: String,
    terms: Terms,
    /// The broker's next command.
    next: CommandId,
    /// The first command that is not reported complete, and the first of the report before.
    unreported: CommandId,
    reported: CommandId,
    /// The first message that is not accepted.
    unaccepted: CommandId,
    report_every: u32,
    /// A command asked for its completion.
    is_asked: bool,
}

impl Subscription {
    /// In a session to which the broker sent no command yet.
    pub(super) fn new(peer: &str, terms: Terms) -> Self {
        let start = CommandId::default();
        let report_every = match terms.window {
            0 => REPORT_MESSAGES,
            window => (window / 4).clamp(1, REPORT_MESSAGES),
        };
        Self {
            peer: peer.to_owned(),
            terms,
            next: start,
            unreported: start,
            reported: start,
            unaccepted: start,
            report_every,
            is_asked: false,
        }
    }

    /// Lets the broker send.
    pub(super) fn give_credit(&self, output: &mut Vec<u8>) {
        let messages = if self.terms.window == 0 { u32::MAX } else { self.terms.window };
        for number in 0..self.terms.subscriptions {
            for (unit, value) in [(1, u32::MAX), (0, messages)] {
                let flow = MessageFlow { destination: destination(number), unit, value };
                let segment = CommandSegment { sync: false, command: flow.into() };
                put(output, ALONE, COMMAND, &segment.encode());
            }
        }
    }

    /// Everything that came, for a broker that asks.
    fn completed(&self) -> RangeSet {
        if self.next == self.reported {
            return RangeSet::default();
        }
        RangeSet::range(self.reported, before(self.next))
    }

    /// Counts a command; whether it is a message.
    fn begin_command(&mut self, payload: &[u8]) -> Result<bool, BenchError> {
        self.next = self.next.next();
        self.is_asked |= payload.get(SYNC_AT) == Some(&1);
        if payload.first_chunk() == Some(&TRANSFER) {
            return Ok(true);
        }
        look_at_command(&self.peer, payload).map(|()| false)
    }

    /// Accepts and reports what is due after a read.
    fn settle(&mut self, output: &mut Vec<u8>, is_last: bool) {
        let count = |from: CommandId| self.next.distance_from(from).unsigned_abs();
        let (unaccepted, unreported) = (count(self.unaccepted), count(self.unreported));
        let accepts =
            self.terms.ack > 0 && unaccepted > 0 && (is_last || unaccepted >= self.terms.ack);
        if accepts {
            self.accept(output, unaccepted, is_last);
        }
        let is_due = accepts || is_last || self.is_asked || unreported >= self.report_every;
        if unreported > 0 && is_due {
            self.is_asked = false;
            let commands = RangeSet::range(self.reported, before(self.next));
            put_control(output, Completed { commands, timely_reply: false });
            (self.reported, self.unreported) = (self.unreported, self.next);
        }
    }

    /// One accept for each full run of messages, and one for the rest where nothing more comes.
    fn accept(&mut self, output: &mut Vec<u8>, count: u32, is_last: bool) {
        let run = self.terms.ack;
        let mut left = count;
        while left >= run || (is_last && left > 0) {
            let taken = left.min(run);
            let last = self.unaccepted.plus(taken - 1);
            let accept = MessageAccept { transfers: RangeSet::range(self.unaccepted, last) };
            let segment = CommandSegment { sync: false, command: accept.into() };
            put(output, ALONE, COMMAND, &segment.encode());
            self.unaccepted = last.next();
            left -= taken;
        }
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
        while let Some((frame, size)) = input.get(taken..).and_then(Frame::read) {
            taken += size;
            match frame.kind {
                BODY if frame.has(FIRST_FRAME) => arrivals.note(frame.payload),
                BODY => {}
                HEADER if frame.has(LAST_SEGMENT | LAST_FRAME) => arrivals.note(&[]),
                HEADER => {}
                COMMAND if frame.has(FIRST_SEGMENT | FIRST_FRAME) => {
                    if self.begin_command(frame.payload)? && frame.has(LAST_SEGMENT) {
                        arrivals.note(&[]);
                    }
                }
                COMMAND => {}
                CONTROL => {
                    let completed = self.completed();
                    answer_control(&self.peer, frame.payload, &completed, output)?;
                }
                kind => return Err(broke(&self.peer, &format!("segment type {kind}"))),
            }
        }
        self.settle(output, false);
        Ok(taken)
    }

    fn leave(&mut self, output: &mut Vec<u8>) {
        self.settle(output, true);
        put_control(output, Close { reply_code: 200, reply_text: String::new() });
    }
}

fn before(id: CommandId) -> CommandId {
    id.plus(u32::MAX)
}
