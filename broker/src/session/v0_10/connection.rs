//! A connection of AMQP 0-10: the handshake's answers, and its sessions by channel.
//!
//! Invariant: a publish waits in the batch only while transfers to the same exchange on the same
//! channel follow it; anything else, and the end of a turn, sends the batch off first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::BytesMut;
use philter_protocol::v0_10::command::{CommandFault, Exception, error_code};
use philter_protocol::v0_10::connection::{self as protocol, Event};
use philter_protocol::v0_10::control::close_code;
use philter_protocol::v0_10::{CommandId, ServerConfig, SessionEvent};
use philter_protocol::writer::Writer;
use tracing::{debug, info, warn};

use super::arguments::to_arguments;
use super::attachment::PendingAttach;
use super::failure::{Failure, Outcome};
use super::publish::Batch;
use super::session::Session;
use super::sessions::Sessions;
use crate::auth::{FAILURE_TEXT, Principal, SaslStep};
use crate::net::connection::{Driver, SaslRequest};
use crate::net::{Mailbox, Token};
use crate::session::live::{Listed, Live, LiveConnection, Remote, Traffic};
use crate::virtual_host::{Actor, Event as HostEvent, VirtualHost, VirtualHosts};

/// What management calls the protocol.
const PROTOCOL: &str = "AMQP 0-10";

/// What a connection needs of the broker.
pub(crate) struct Surroundings {
    /// The virtual hosts, of which each client chooses one.
    pub(crate) hosts: Arc<VirtualHosts>,
    /// Where the connection's consumers are woken.
    pub(crate) mailbox: Arc<Mailbox>,
    /// Where connections, sessions and subscriptions are listed.
    pub(crate) live: Arc<Live>,
    /// Sessions by name.
    pub(crate) sessions: Arc<Sessions>,
    /// The address of this side.
    pub(crate) local: String,
    /// The peer's address.
    pub(crate) peer: String,
    /// What the server offers.
    pub(crate) config: ServerConfig,
}

/// A connection.
pub(crate) struct Connection {
    pub(super) protocol: protocol::Connection,
    hosts: Arc<VirtualHosts>,
    /// The one that the client is in; the default one until it has chosen.
    pub(super) host: Arc<VirtualHost>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) peer: String,
    pub(super) live: Arc<Live>,
    pub(super) registry: Arc<Sessions>,
    /// Its entry in the directory, from open on.
    pub(super) listed: Option<Listed<LiveConnection>>,
    remote: Remote,
    pub(super) pending: Option<PendingAttach>,
    pub(super) messages_in: u64,
    pub(super) messages_out: u64,
    /// Who the virtual host is told causes what the client asks for.
    pub(super) actor: Actor,
    pub(super) identity: Arc<str>,
    pub(super) sessions: BTreeMap<u16, Box<Session>>,
    pub(super) batch: Batch,
    /// Consumers that may have something to pull, each once.
    pub(super) ready: VecDeque<Token>,
    pub(super) woken: Vec<Token>,
    pub(super) now_ms: u64,
    /// The broker ends: nothing is delivered any more.
    pub(super) is_draining: bool,
    sasl: Option<SaslRequest>,
    is_finished: bool,
}

impl Connection {
    /// A connection whose protocol header has not been taken yet.
    pub(crate) fn new(surroundings: Surroundings, now_ms: u64) -> Self {
        let host = Arc::clone(surroundings.hosts.default_host());
        let actor = Actor {
            connection: host.next_connection(),
            // As Qpid's brokers name it.
            remote: format!("qpid.{}-{}", surroundings.local, surroundings.peer).into(),
            user: "".into(),
        };
        Self {
            protocol: protocol::Connection::server(surroundings.config, now_ms),
            hosts: surroundings.hosts,
            host,
            mailbox: surroundings.mailbox,
            peer: surroundings.peer,
            live: surroundings.live,
            registry: surroundings.sessions,
            listed: None,
            remote: Remote { protocol: PROTOCOL, ..Remote::default() },
            pending: None,
            messages_in: 0,
            messages_out: 0,
            actor,
            identity: "".into(),
            sessions: BTreeMap::new(),
            batch: Batch::default(),
            ready: VecDeque::new(),
            woken: Vec::new(),
            now_ms,
            is_draining: false,
            sasl: None,
            is_finished: false,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::SaslStart { mechanism, response, client_properties } => {
                debug!("{} chose {mechanism}, says {client_properties:?}", self.peer);
                self.remote.mechanism.clone_from(&mechanism);
                self.remote.properties = to_arguments(Some(&client_properties));
                self.sasl = Some(SaslRequest::Start { mechanism, initial: response });
            }
            Event::SaslResponse(response) => self.sasl = Some(SaslRequest::Step { response }),
            Event::Open { virtual_host } => self.open(&virtual_host),
            Event::Session { channel, event } => self.handle_session(channel, event),
            Event::Closed { code, text } => {
                debug!("{} closed: {code:?} {text}", self.peer);
                self.finish();
            }
            Event::Failed(error) => {
                warn!("{} closed for its mistake: {error}", self.peer);
                self.finish();
            }
            Event::Mechanisms { .. } | Event::SaslChallenge(_) | Event::Opened => {}
        }
    }

    fn open(&mut self, virtual_host: &str) {
        // Qpid's clients name none, or "/".
        let Some(host) = self.hosts.find(virtual_host) else {
            let text = format!("no such virtual host: {virtual_host}");
            self.protocol.close(close_code::INVALID_PATH, &text);
            return;
        };
        self.host = host;
        info!("{} is {} and open in {}", self.peer, self.identity, self.host.name());
        self.protocol.accept_open();
        self.list();
        // Who deletes a host marks it, and then closes the connections that are listed.
        if self.host.is_deleted() {
            let text = format!("virtual host '{virtual_host}' was deleted");
            self.protocol.close(close_code::CONNECTION_FORCED, &text);
        }
    }

    fn handle_session(&mut self, channel: u16, event: SessionEvent) {
        match event {
            SessionEvent::Command { id, sync, command, header, body } => {
                self.handle_command(channel, (id, sync), command, header, body);
            }
            SessionEvent::Waits => self.hurry_store(channel),
            SessionEvent::Completed(commands) => self.window_completed(channel, &commands),
            SessionEvent::Attach { name, force } => self.attach(channel, name, force),
            SessionEvent::Attached => {}
            SessionEvent::Resumed => self.go_on(channel),
            SessionEvent::Restarted => self.restart_session(channel),
            SessionEvent::Unresumable(why) => {
                let failure = Failure::new(error_code::ILLEGAL_STATE, why);
                self.fail(channel, CommandId(0), (0, 0), 0, failure);
            }
            SessionEvent::Detached { .. } => self.leave_session(channel),
            SessionEvent::Fault { id, fault } => {
                let code = match fault {
                    CommandFault::Unknown { .. } => error_code::NOT_IMPLEMENTED,
                    CommandFault::Field { .. } => error_code::COMMAND_INVALID,
                };
                let index = match fault {
                    CommandFault::Field { fault, .. } => fault.index,
                    CommandFault::Unknown { .. } => 0,
                };
                let (CommandFault::Unknown { class, code: command }
                | CommandFault::Field { class, code: command, .. }) = fault;
                let failure = Failure::new(code, fault.to_string());
                self.fail(channel, id, (class, command), index, failure);
            }
            SessionEvent::NotImplemented(what) => {
                let failure = Failure::not_implemented(what);
                self.fail(channel, CommandId(0), (0, 0), 0, failure);
            }
        }
    }

    /// The connection is open: it can be seen.
    fn list(&mut self) {
        let remote = std::mem::take(&mut self.remote);
        let identity = self.identity.to_string();
        let remote = Remote { identity, virtual_host: self.host.name().into(), ..remote };
        let mailbox = Arc::clone(&self.mailbox);
        self.listed = Some(self.live.enter(&self.host, &self.actor, remote, mailbox));
    }

    fn unlist(&mut self) {
        self.record();
        if let Some(listed) = self.listed.take() {
            listed.leave(&self.host, &self.actor);
        }
    }

    /// Writes what went over the connection where it can be seen.
    fn record(&self) {
        let Some(listed) = &self.listed else { return };
        let (messages_in, messages_out) = (self.messages_in, self.messages_out);
        listed.record(&Traffic { wire: self.protocol.traffic(), messages_in, messages_out });
    }

    fn finish(&mut self) {
        self.leave_sessions();
        self.unlist();
        self.is_finished = true;
    }

    /// A command failed: the client is told why, and its session ends.
    pub(super) fn fail(
        &mut self,
        channel: u16,
        command_id: CommandId,
        (class_code, command_code): (u8, u8),
        field_index: u8,
        failure: Failure,
    ) {
        info!("{}: session on channel {channel} failed: {}", self.peer, failure.text);
        let exception = Exception {
            error_code: failure.code,
            command_id,
            class_code,
            command_code,
            field_index,
            description: failure.text,
            error_info: None,
        };
        self.protocol.exception(channel, exception);
        self.end_session(channel);
    }

    /// Ends a command: completes it, or fails it.
    pub(super) fn settle_command(
        &mut self,
        channel: u16,
        id: CommandId,
        code: (u8, u8),
        outcome: Outcome,
    ) {
        match outcome {
            Ok(()) => self.protocol.complete(channel, id),
            Err(failure) => self.fail(channel, id, code, 0, failure),
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.protocol.poll_event() {
            self.handle(event);
        }
    }
}

impl Driver for Connection {
    fn feed(&mut self, inbox: &mut BytesMut, now_ms: u64) {
        self.now_ms = now_ms;
        loop {
            let before = inbox.len();
            self.take_transfers(inbox);
            self.protocol.feed(inbox, now_ms);
            // A control that waits, as a detach, comes when all before it is done and told.
            let is_deferring = self.protocol.is_deferring();
            self.take_events();
            let is_end = (inbox.len() == before && !is_deferring) || self.is_finished;
            if is_end || is_deferring {
                self.publish_batch();
                self.protocol.report_completed();
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
        self.protocol.report_completed();
        self.record();
        has_more
    }

    fn is_reading(&self) -> bool {
        self.pending.is_none() && !self.is_pressing()
    }

    fn take_sasl_request(&mut self) -> Option<SaslRequest> {
        self.sasl.take()
    }

    fn handle_sasl(&mut self, step: SaslStep, now_ms: u64) {
        self.now_ms = now_ms;
        match step {
            SaslStep::Challenge(challenge) => self.protocol.sasl_challenge(&challenge),
            SaslStep::Success(Principal { identity, provider, .. }) => {
                debug!("{} is {identity}, says {provider}", self.peer);
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
                self.protocol.sasl_failure(FAILURE_TEXT);
            }
        }
    }

    fn output(&mut self) -> &mut Writer {
        self.protocol.output()
    }

    fn next_deadline_ms(&self) -> Option<u64> {
        self.protocol.next_deadline_ms()
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.protocol.handle_timeout(now_ms);
        self.take_events();
    }

    fn begin_drain(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.publish_batch();
        self.drain();
        self.protocol.report_completed();
    }

    fn is_drained(&self) -> bool {
        !self.is_unsettled()
    }

    fn handle_shutdown(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.publish_batch();
        self.end_sessions();
        self.protocol.shut_down("the broker shuts down");
        self.is_finished = self.protocol.is_closed();
    }

    fn handle_store_failed(&mut self, why: &str, now_ms: u64) {
        self.now_ms = now_ms;
        self.end_sessions();
        self.protocol.close(close_code::CONNECTION_FORCED, why);
    }

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn handle_lost(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.protocol.lose();
        self.leave_sessions();
        self.unlist();
    }
}
