//! Publisher confirms: every message of a channel that selected them is confirmed once the broker
//! has it, in as few frames as that takes.
//!
//! Invariant: what is decided and not told yet is a run of numbers up to `decided`; a message that
//! is refused ends the run, so that "multiple" never covers it.

use super::channel::Mode;
use super::connection::Connection;
use super::failure::{Failure, Outcome};

/// The confirms of a channel.
#[derive(Debug, Default)]
pub(super) struct Confirms {
    /// Messages that were published.
    published: u64,
    /// Up to here messages are decided.
    decided: u64,
    /// Up to here the client was told.
    told: u64,
    /// It is in the connection's list of those that have something to tell.
    is_listed: bool,
}

impl Confirms {
    /// A message comes in; its number.
    pub(super) fn next(&mut self) -> u64 {
        self.published += 1;
        self.published
    }
}

impl Connection {
    /// confirm.select.
    pub(super) fn select_confirms(&mut self, channel: u16) -> Outcome {
        let state = self.channel(channel)?;
        match state.mode {
            Mode::Plain => state.mode = Mode::Confirm(Confirms::default()),
            Mode::Confirm(_) => {}
            Mode::Transaction(_) => {
                return Err(Failure::precondition("cannot switch from tx to confirm mode"));
            }
        }
        Ok(())
    }

    /// The broker has the messages up to this number, as far as they were not refused.
    pub(super) fn confirm(&mut self, channel: u16, number: u64) {
        let Some(confirms) = self.confirms(channel) else { return };
        confirms.decided = number;
        if !std::mem::replace(&mut confirms.is_listed, true) {
            self.to_confirm.push(channel);
        }
    }

    /// A message was refused: whatever came before it is told first.
    pub(super) fn refuse(&mut self, channel: u16, number: u64) {
        self.confirm(channel, number.saturating_sub(1));
        self.tell_confirms(channel);
        if let Some(confirms) = self.confirms(channel) {
            (confirms.decided, confirms.told) = (number, number);
            self.protocol.nack(channel, number, false);
        }
    }

    /// Tells all channels' clients what was decided; at the end of a turn.
    pub(super) fn report_confirms(&mut self) {
        if self.to_confirm.is_empty() {
            return;
        }
        let mut channels = std::mem::take(&mut self.to_confirm);
        channels.sort_unstable();
        for channel in channels.drain(..) {
            self.tell_confirms(channel);
            if let Some(confirms) = self.confirms(channel) {
                confirms.is_listed = false;
            }
        }
        self.to_confirm = channels;
    }

    fn tell_confirms(&mut self, channel: u16) {
        let Some(confirms) = self.confirms(channel) else { return };
        let Confirms { decided, told, .. } = *confirms;
        confirms.told = decided;
        if decided > told {
            self.protocol.ack(channel, decided, decided - told > 1);
        }
    }

    fn confirms(&mut self, channel: u16) -> Option<&mut Confirms> {
        match &mut self.channels.get_mut(&channel)?.mode {
            Mode::Confirm(confirms) => Some(confirms),
            _ => None,
        }
    }
}
