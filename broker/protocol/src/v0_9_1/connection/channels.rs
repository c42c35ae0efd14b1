//! Channels: open, close and errors, and where each frame of one belongs (class channel).
//!
//! Invariants:
//! - a channel whose owner has an answer due is not read;
//! - behind this side's channel.close everything on the channel is dropped but the peer's close,
//!   which is answered, and its close-ok.

use super::content::Content;
use super::{ChannelEvent, Connection, Role};
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::frame::{Frame, FrameKind};
use crate::v0_9_1::method::{Arguments, Method, Sender, channel, method_code};
use crate::v0_9_1::short_str::cut;

/// What a channel is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Server: the owner has an open to answer.
    OpenPending,
    /// Client: open-ok is expected.
    Opening,
    Open,
    /// The owner has the peer's close to answer.
    ClosePending,
    /// The owner has a fault to answer.
    Faulted,
    /// This side closed it and waits for close-ok.
    Closing,
}

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) stage: Stage,
    /// A method whose content is not there in full.
    pub(super) content: Option<Box<Content>>,
}

/// The channels, by number.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// As long as the highest number that was opened.
    slots: Vec<Option<Channel>>,
    /// Bytes of contents that are not there in full, over all channels.
    pub(super) unfinished_bytes: usize,
}

impl Channels {
    #[inline]
    pub(super) fn get(&self, channel: u16) -> Option<&Channel> {
        self.slots.get(usize::from(channel))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, channel: u16) -> Option<&mut Channel> {
        self.slots.get_mut(usize::from(channel))?.as_mut()
    }

    fn open(&mut self, channel: u16, stage: Stage) {
        let place = usize::from(channel);
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Some(Channel { stage, content: None });
        }
    }

    fn close(&mut self, channel: u16) {
        self.drop_content(channel);
        if let Some(slot) = self.slots.get_mut(usize::from(channel)) {
            *slot = None;
        }
    }

    pub(super) fn drop_content(&mut self, channel: u16) {
        let content = self.get_mut(channel).and_then(|state| state.content.take());
        let held = content.map_or(0, |content| content.held_bytes());
        self.unfinished_bytes = self.unfinished_bytes.saturating_sub(held);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the channel's owner has an answer due.
    pub(super) fn must_wait(&self, channel: u16) -> bool {
        let waits = |state: &Channel| {
            matches!(state.stage, Stage::OpenPending | Stage::ClosePending | Stage::Faulted)
        };
        self.get(channel).is_some_and(waits)
    }

    /// Whether something may be said on the channel: it is open, or its owner has yet to answer
    /// that it ends.
    #[inline]
    pub(super) fn is_open(&self, channel: u16) -> bool {
        let is_open = |state: &Channel| {
            matches!(state.stage, Stage::Open | Stage::ClosePending | Stage::Faulted)
        };
        self.get(channel).is_some_and(is_open)
    }

    pub(super) fn is_closing(&self, channel: u16) -> bool {
        self.get(channel).is_some_and(|state| state.stage == Stage::Closing)
    }

    fn set(&mut self, channel: u16, from: Stage, to: Stage) -> bool {
        match self.get_mut(channel) {
            Some(state) if state.stage == from => {
                state.stage = to;
                true
            }
            _ => false,
        }
    }
}

impl Connection {
    pub(super) fn handle_channel_frame(&mut self, frame: &Frame) -> Result<(), ConnectionError> {
        let Frame { kind, channel, ref payload } = *frame;
        if channel > self.channel_max {
            return Err(ConnectionError::ChannelMax { channel, max: self.channel_max });
        }
        match self.channels.get(channel).map(|state| state.stage) {
            None => self.handle_unopened(kind, channel, payload),
            Some(Stage::Closing) => {
                self.handle_closing(kind, channel, payload);
                Ok(())
            }
            Some(_) => match kind {
                FrameKind::Method => self.handle_channel_method(channel, payload),
                _ => self.handle_content_frame(kind, channel, payload),
            },
        }
    }

    fn handle_unopened(
        &mut self,
        kind: FrameKind,
        channel: u16,
        payload: &[u8],
    ) -> Result<(), ConnectionError> {
        let code = method_code(payload).filter(|_| kind == FrameKind::Method).unwrap_or_default();
        let is_server = matches!(self.role, Role::Server(_));
        if !is_server || code != channel::Open::CODE {
            return Err(ConnectionError::ChannelNotOpen { channel, kind, code });
        }
        decode(channel, payload)?;
        self.channels.open(channel, Stage::OpenPending);
        self.emit(channel, ChannelEvent::Open);
        Ok(())
    }

    fn handle_closing(&mut self, kind: FrameKind, channel: u16, payload: &[u8]) {
        let code = method_code(payload).filter(|_| kind == FrameKind::Method);
        if code == Some(channel::Close::CODE) {
            self.say(channel, channel::CloseOk {});
        } else if code == Some(channel::CloseOk::CODE) {
            self.channels.close(channel);
            self.emit(channel, ChannelEvent::Closed);
        }
    }

    fn handle_channel_method(
        &mut self,
        channel: u16,
        payload: &[u8],
    ) -> Result<(), ConnectionError> {
        let Some(state) = self.channels.get(channel) else { return Ok(()) };
        let stage = state.stage;
        if let Some(content) = &state.content {
            return Err(content.out_of_order(channel, FrameKind::Method));
        }
        let method = decode(channel, payload)?;
        let from_peer = match self.role {
            Role::Server(_) => Sender::Client,
            Role::Client(_) => Sender::Server,
        };
        if method.code().0 == 10 {
            return Err(self.unexpected(channel, &method, "where channel 0 is its place"));
        }
        if method.sender() != Sender::Both && method.sender() != from_peer {
            return Err(self.unexpected(channel, &method, "which is for the other side to send"));
        }
        match method {
            Method::ChannelClose(close) => {
                self.set_stage(channel, Stage::ClosePending);
                self.emit(channel, close_event(close));
            }
            Method::ChannelOpen(_) => return Err(ConnectionError::ChannelOpen(channel)),
            Method::ChannelOpenOk(_) if stage == Stage::Opening => {
                self.set_stage(channel, Stage::Open);
                self.emit(channel, ChannelEvent::Opened);
            }
            method @ (Method::ChannelOpenOk(_) | Method::ChannelCloseOk(_)) => {
                return Err(self.unexpected(channel, &method, "which nobody asked for"));
            }
            method if stage == Stage::Opening => {
                return Err(self.unexpected(channel, &method, "where channel.open-ok is expected"));
            }
            method => self.begin_content(channel, method),
        }
        Ok(())
    }

    fn set_stage(&mut self, channel: u16, stage: Stage) {
        if let Some(state) = self.channels.get_mut(channel) {
            state.stage = stage;
        }
    }

    /// A mistake that costs the channel: its owner answers it in its turn.
    pub(super) fn fault(&mut self, channel: u16, code: u16, text: String, method: (u16, u16)) {
        self.channels.drop_content(channel);
        self.set_stage(channel, Stage::Faulted);
        let (class_id, method_id) = method;
        self.emit(channel, ChannelEvent::Fault { code, text, class_id, method_id });
    }

    /// Server: the channel is open. Call [`Connection::feed`] again.
    pub fn accept_channel(&mut self, channel: u16) {
        if self.channels.set(channel, Stage::OpenPending, Stage::Open) {
            self.say(channel, channel::OpenOk::default());
        }
    }

    /// Answers the peer's close of a channel. Call [`Connection::feed`] again.
    pub fn channel_closed(&mut self, channel: u16) {
        if self.channels.get(channel).is_some_and(|state| state.stage == Stage::ClosePending) {
            self.channels.close(channel);
            self.say(channel, channel::CloseOk {});
        }
    }

    /// Closes a channel for the peer's mistake. The text is what the peer reads, cut to 255 bytes;
    /// class and method are those of the method that failed. Everything on the channel is dropped
    /// until the peer's answer, what waits as an event as well; then comes
    /// [`ChannelEvent::Closed`]. Call [`Connection::feed`] again.
    pub fn channel_error(
        &mut self,
        channel: u16,
        code: u16,
        text: &str,
        class_id: u16,
        method_id: u16,
    ) {
        let Some(state) = self.channels.get_mut(channel) else { return };
        let was = std::mem::replace(&mut state.stage, Stage::Closing);
        if was == Stage::Closing {
            return;
        }
        self.channels.drop_content(channel);
        let is_close_waiting = self.events.drop_channel(channel);
        let (reply_code, reply_text) = (code, cut(text).to_owned());
        self.say(channel, channel::Close { reply_code, reply_text, class_id, method_id });
        if was == Stage::ClosePending && !is_close_waiting {
            self.say(channel, channel::CloseOk {});
        }
    }

    /// Closes a channel in order: as [`Connection::channel_error`], but of no method.
    pub fn close_channel(&mut self, channel: u16, code: u16, text: &str) {
        self.channel_error(channel, code, text, 0, 0);
    }

    /// Client: opens a channel that is free; whether it was.
    pub fn open_channel(&mut self, channel: u16) -> bool {
        let is_free = self.channels.get(channel).is_none();
        let is_allowed = self.is_open() && (1..=self.channel_max).contains(&channel);
        if !is_free || !is_allowed || matches!(self.role, Role::Server(_)) {
            return false;
        }
        self.channels.open(channel, Stage::Opening);
        self.say(channel, channel::Open::default());
        true
    }
}

fn decode(channel: u16, payload: &[u8]) -> Result<Method, ConnectionError> {
    Method::decode(payload).map_err(|fault| ConnectionError::Method { channel, fault })
}

fn close_event(close: channel::Close) -> ChannelEvent {
    let channel::Close { reply_code, reply_text, class_id, method_id } = close;
    ChannelEvent::Close { code: reply_code, text: reply_text, class_id, method_id }
}
