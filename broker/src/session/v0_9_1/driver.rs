//! What the connection's loop asks of 0-9-1: take bytes, make output, and when to come again.

use std::sync::Arc;

use bytes::BytesMut;
use philter_protocol::writer::Writer;
use tracing::{debug, warn};

use super::connection::Connection;
use super::failure::Failure;
use crate::auth::{FAILURE_TEXT, Principal, SaslStep};
use crate::net::connection::{Driver, SaslRequest};
use crate::virtual_host::Event as HostEvent;

impl Driver for Connection {
    fn feed(&mut self, inbox: &mut BytesMut, now_ms: u64) {
        self.now_ms = now_ms;
        loop {
            let before = inbox.len();
            if self.take_in_place(inbox) {
                // Whatever comes behind them may end their channel.
                self.settle_accepted();
                self.publish_batch();
                self.report_confirms();
            }
            self.protocol.feed(inbox, now_ms);
            // What ends the connection comes when all before it is done and told.
            let is_deferring = self.protocol.is_deferring();
            self.take_events();
            let is_end = (inbox.len() == before && !is_deferring) || self.is_finished;
            if is_end || is_deferring {
                self.settle_accepted();
                self.publish_batch();
                self.report_confirms();
            }
            if is_end {
                break;
            }
        }
        self.record();
    }

    fn pull(&mut self, room_bytes: usize, now_ms: u64) -> bool {
        self.now_ms = now_ms;
        self.obey();
        let has_more = self.pull_deliveries(room_bytes);
        self.record();
        has_more
    }

    fn is_reading(&self) -> bool {
        !self.is_pressing()
    }

    fn take_sasl_request(&mut self) -> Option<SaslRequest> {
        self.sasl.take()
    }

    fn handle_sasl(&mut self, step: SaslStep, now_ms: u64) {
        self.now_ms = now_ms;
        match step {
            SaslStep::Challenge(challenge) => self.protocol.sasl_challenge(&challenge),
            SaslStep::Success(Principal { identity, user_id, provider, .. }) => {
                debug!("{} is {identity}, says {provider}", self.peer);
                self.user_id = user_id;
                self.identity = identity.into();
                self.actor.user = Arc::clone(&self.identity);
                self.protocol.sasl_success();
            }
            SaslStep::Failure { log_text } => {
                warn!("{} was not let in: {log_text}", self.peer);
                self.host.raise(|| HostEvent::ClientConnectFailed {
                    by: self.actor.clone(),
                    reason: FAILURE_TEXT.to_owned(),
                    properties: self.remote.properties.clone(),
                });
                self.protocol.sasl_failure("");
                self.take_events();
            }
        }
    }

    fn output(&mut self) -> &mut Writer {
        self.protocol.output()
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        let own = self.ack_timeout.next_look_ms();
        [self.protocol.next_deadline_ms(), own].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.protocol.handle_timeout(now_ms);
        self.take_events();
        self.end_late_channels();
    }

    fn begin_drain(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.publish_batch();
        self.drain();
        self.report_confirms();
    }

    fn is_drained(&self) -> bool {
        !self.is_unsettled()
    }

    fn handle_shutdown(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.publish_batch();
        self.report_confirms();
        self.end_channels();
        let failure = Failure::forced("broker forced connection closure with reason 'shutdown'");
        self.protocol.shut_down(&failure.text);
        self.is_finished = self.protocol.is_closed();
    }

    fn handle_store_failed(&mut self, why: &str, now_ms: u64) {
        self.now_ms = now_ms;
        let failure = Failure::internal(why);
        self.protocol.close(failure.code, &failure.text, 0, 0);
        self.end_channels();
    }

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn handle_lost(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.protocol.lose();
        self.end();
    }
}
