//! How a connection ends: by the peer's close, by this side's, or by a mistake.
//!
//! Invariant: the peer's close and its mistakes take effect when the owner has taken the events
//! before them, so that what it says to those goes out before the end, however the bytes were cut;
//! and a mistake on a channel that the owner closed meanwhile is none.

use super::{Connection, Event, State};
use crate::preface::Preface;
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::method::{Method, connection};
use crate::v0_9_1::reply_code;
use crate::v0_9_1::short_str::cut;

impl Connection {
    /// Methods of channel 0.
    pub(super) fn handle_connection_method(
        &mut self,
        method: Method,
    ) -> Result<(), ConnectionError> {
        match (self.state, method) {
            (_, Method::ConnectionClose(close)) => {
                self.say(0, connection::CloseOk {});
                self.end(Some(close.reply_code), close.reply_text);
            }
            (State::Closing, Method::ConnectionCloseOk(_)) => self.end(None, String::new()),
            (State::Closing, _) => {}
            (_, method) if method.code().0 != 10 => {
                return Err(self.unexpected(0, &method, "which is the connection's own"));
            }
            (State::Open, method) => return self.handle_open_connection_method(method),
            (_, method) => return self.handle_handshake(method),
        }
        Ok(())
    }

    pub(super) fn end(&mut self, code: Option<u16>, text: String) {
        self.stop(State::Closed);
        self.events.push(Event::Closed { code, text });
    }

    /// Nothing of the channels counts any more.
    fn stop(&mut self, state: State) {
        self.state = state;
        if state == State::Closed {
            self.deferred = None;
        }
        self.channels.clear();
        self.events.drop_channels();
    }

    /// Ends the connection in order or for a mistake, and waits for the peer's answer. The text is
    /// what the peer reads, cut to 255 bytes; class and method are those of the method that
    /// failed, or 0.
    pub fn close(&mut self, code: u16, text: &str, class_id: u16, method_id: u16) {
        if matches!(self.state, State::Closed | State::Closing) {
            return;
        }
        self.say_close(code, text, (class_id, method_id));
        self.stop(State::Closing);
    }

    /// Ends the connection for the peer's mistake: says so and reads no more.
    pub fn fail(&mut self, error: ConnectionError) {
        if self.state == State::Closed {
            return;
        }
        match (&error, self.state) {
            // A peer that speaks something else is told what is spoken here (section 4.2.2).
            (ConnectionError::Preface(_), State::Preface) => {
                self.output.put(&Preface::V0_9_1.bytes());
            }
            (_, State::Preface | State::AwaitStart | State::Closing) => {}
            _ => {
                let code = error.reply_code();
                let text = reply_code::text(code, &error.to_string());
                self.say_close(code, &text, error.code());
            }
        }
        self.stop(State::Closed);
        self.events.push(Event::Failed(error));
    }

    fn say_close(&mut self, reply_code: u16, text: &str, (class_id, method_id): (u16, u16)) {
        let reply_text = cut(text).to_owned();
        self.say(0, connection::Close { reply_code, reply_text, class_id, method_id });
    }

    /// Ends the connection because this side ends.
    pub fn shut_down(&mut self, text: &str) {
        if matches!(self.state, State::Open | State::OpenPending | State::AwaitOpen) {
            self.close(reply_code::CONNECTION_FORCED, text, 0, 0);
        } else {
            self.stop(State::Closed);
        }
    }

    /// The socket is gone.
    pub fn lose(&mut self) {
        self.stop(State::Closed);
    }
}
