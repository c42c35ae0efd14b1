//! Sessions come and go: attach, resume, take over, detach, and the end.
//!
//! Invariants:
//! - what a session published goes out before it leaves, and it is in the registry under its name
//!   for exactly as long as it lives;
//! - a session of which the store did not keep what was to be complete is not attached again: its
//!   client hears of that instead.

use std::sync::Arc;

use bytes::Bytes;
use philter_protocol::v0_10::control::detach_code;
use tracing::{debug, info};

use super::connection::Connection;
use super::session::Session;
use super::sessions::{Detached, Found, Key};
use crate::clock::unix_ns;
use crate::net::Token;
use crate::session::live::{LiveSession, Order};
use crate::store;
use crate::virtual_host::Waker;

/// Milliseconds that a session which is taken over waits for its new connection: that one was told
/// and only has to take it.
const HAND_OVER_MS: u64 = 10_000;

/// An attach that waits until another connection gave the session up.
#[derive(Debug)]
pub(super) struct PendingAttach {
    channel: u16,
    name: Bytes,
}

impl Connection {
    fn key(&self, name: &Bytes) -> Key {
        let host = Arc::clone(self.host.shared_name());
        Key { host, identity: Arc::clone(&self.identity), name: name.clone() }
    }

    /// The client wants to attach a session; with `force` it takes it from another connection.
    pub(super) fn attach(&mut self, channel: u16, name: Bytes, force: bool) {
        if self.is_draining {
            self.refuse_session(channel);
            return;
        }
        let key = self.key(&name);
        let found = self.registry.attach(&key, self.actor.connection);
        match found {
            Found::Busy(to) if !force => {
                debug!("{}: session {} is attached to {to:?}", self.peer, name.escape_ascii());
                self.protocol.refuse_attach(channel, detach_code::SESSION_BUSY);
            }
            Found::Busy(to) if to == self.actor.connection => {
                self.hand_over(&name);
                self.attach(channel, name, false);
            }
            Found::Busy(to) => {
                let is_awaited = self.registry.await_end(&key, &self.mailbox);
                let from = self.live.connection(u64::from(to.0)).filter(|_| is_awaited);
                let Some(from) = from else {
                    self.protocol.refuse_attach(channel, detach_code::SESSION_BUSY);
                    return;
                };
                from.order(Order::HandOver { name: name.clone() });
                self.pending = Some(PendingAttach { channel, name });
            }
            Found::New => self.begin_session(channel, name),
            Found::Resumed(detached) => self.resume_session(channel, *detached),
        }
    }

    fn begin_session(&mut self, channel: u16, name: Bytes) {
        self.make_session(channel, name);
        self.protocol.attached(channel);
    }

    fn make_session(&mut self, channel: u16, name: Bytes) {
        let owner = self.host.next_owner(self.actor.connection);
        let live = LiveSession::new(owner.session, &self.identity, &name).within(self.host.name());
        let live = self.live.list_session(live);
        live.attach(u64::from(self.actor.connection.0), channel);
        let session = Session::new(name, owner, self.actor.clone(), live);
        self.sessions.insert(channel, Box::new(session));
    }

    /// The client attached a session again and begins a new one: the old one ends.
    pub(super) fn restart_session(&mut self, channel: u16) {
        let Some(old) = self.sessions.remove(&channel) else { return };
        let name = old.name.clone();
        info!("{}: session {} begins anew", self.peer, name.escape_ascii());
        old.end(&self.host);
        self.make_session(channel, name);
    }

    fn resume_session(&mut self, channel: u16, detached: Detached) {
        let Detached { mut session, protocol, rests_on, .. } = detached;
        info!("{}: session {} is attached again", self.peer, session.name.escape_ascii());
        session.live.attach(u64::from(self.actor.connection.0), channel);
        session.actor = self.actor.clone();
        session.is_silent = true;
        session.owner.connection = self.actor.connection;
        session.owned.iter().for_each(|queue| queue.move_owner(session.owner));
        for (number, consumer) in &session.consumers {
            consumer.queue.move_owner(session.owner);
            let token = Token { channel, consumer: *number };
            let waker = Waker { mailbox: Arc::clone(&self.mailbox), token };
            consumer.queue.rewake(consumer.id, waker);
        }
        self.sessions.insert(channel, session);
        // It is told again what was done over its last connection, whose turn may not have ended.
        rests_on.into_iter().for_each(store::await_append);
        self.protocol.resume(channel, protocol);
        self.let_go(channel);
    }

    /// The client of a session that is attached again has all that was sent before: it may get
    /// more.
    pub(super) fn go_on(&mut self, channel: u16) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.is_silent = false;
        let numbers: Vec<u64> = session.consumers.keys().copied().collect();
        for consumer in session.consumers.values_mut() {
            consumer.attend();
        }
        for consumer in numbers {
            self.make_ready(Token { channel, consumer });
        }
    }

    /// Does what others told this connection to do, and goes on with an attach that waited.
    pub(super) fn obey(&mut self) {
        let orders = self.listed.as_ref().map(|listed| listed.take_orders());
        for order in orders.into_iter().flatten() {
            match order {
                Order::Close { code, text } => {
                    info!("{}: closed: {text}", self.peer);
                    self.publish_batch();
                    self.protocol.close(code, &text);
                    self.leave_sessions();
                }
                Order::Detach { session } => self.detach_by_order(session),
                Order::HandOver { name } => self.hand_over(&name),
            }
        }
        if let Some(PendingAttach { channel, name }) = self.pending.take() {
            // Somebody else may have come first: then he is told to give it up.
            self.attach(channel, name, true);
        }
    }

    fn detach_by_order(&mut self, number: u64) {
        if let Some(channel) = self.channel_of(|session| session.owner.session == number) {
            self.publish_batch();
            self.protocol.report_completed();
            self.protocol.detach(channel);
            self.end_session(channel);
        }
    }

    /// The channel of the session that is meant.
    fn channel_of(&self, is_meant: impl Fn(&Session) -> bool) -> Option<u16> {
        let mut sessions = self.sessions.iter();
        sessions.find_map(|(channel, session)| is_meant(session).then_some(*channel))
    }

    /// Gives a session up to another connection, or to another channel of this one.
    fn hand_over(&mut self, name: &Bytes) {
        self.publish_batch();
        self.protocol.report_completed();
        let Some(channel) = self.channel_of(|session| session.name == *name) else { return };
        let Some(protocol) = self.protocol.hand_over(channel) else { return };
        if let Some(session) = self.sessions.remove(&channel) {
            info!("{}: session {} was taken over", self.peer, name.escape_ascii());
            let until_ms = self.now_ms.saturating_add(HAND_OVER_MS);
            let host = Arc::clone(&self.host);
            let rests_on = host.appends();
            self.keep_session(Detached { host, session, protocol, until_ms, rests_on });
        }
    }

    /// A session is detached, or its connection is lost: it lives on if it asked for that.
    pub(super) fn leave_session(&mut self, channel: u16) {
        self.publish_batch();
        let protocol = self.protocol.take_detached(channel);
        let Some(protocol) = protocol.filter(|protocol| protocol.timeout_s() > 0) else {
            return self.end_session(channel);
        };
        if let Some(session) = self.sessions.remove(&channel) {
            let live_ms = u64::from(protocol.timeout_s()) * 1_000;
            let until_ms = self.now_ms.saturating_add(live_ms);
            let host = Arc::clone(&self.host);
            let rests_on = host.appends();
            self.keep_session(Detached { host, session, protocol, until_ms, rests_on });
        }
    }

    pub(super) fn leave_sessions(&mut self) {
        let channels: Vec<u16> = self.sessions.keys().copied().collect();
        channels.into_iter().for_each(|channel| self.leave_session(channel));
    }

    fn keep_session(&self, mut detached: Detached) {
        let session = &mut detached.session;
        session.rest();
        let wait_ms = detached.until_ms.saturating_sub(self.now_ms);
        let until_ns = unix_ns().saturating_add(wait_ms.saturating_mul(1_000_000));
        session.live.detach(detached.protocol.timeout_s(), Some(until_ns));
        let key = self.key(&session.name);
        if let Err(detached) = self.registry.detach(&key, Box::new(detached)) {
            detached.session.end(&self.host);
        }
    }

    /// Ends a session, after whatever it published.
    pub(super) fn end_session(&mut self, channel: u16) {
        self.publish_batch();
        if let Some(session) = self.sessions.remove(&channel) {
            let key = self.key(&session.name);
            session.end(&self.host);
            self.registry.forget(&key);
        }
    }

    pub(super) fn end_sessions(&mut self) {
        let channels: Vec<u16> = self.sessions.keys().copied().collect();
        channels.into_iter().for_each(|channel| self.end_session(channel));
    }
}
