//! A connection of AMQP 0-9-1: the handshake's answers, and its channels.
//!
//! Invariants:
//! - a publish waits in the batch only while messages to the same exchange on the same channel
//!   follow it; anything else but an acknowledgement, and the end of a turn, sends the batch off
//!   first;
//! - what a channel published is decided before the channel is closed, and the client is told
//!   before it hears of the close.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use philter_protocol::v0_9_1::connection::{self as protocol, Event, ServerConfig};
use tracing::{debug, info, warn};

use super::arguments::to_arguments;
use super::blocked::Pressure;
use super::channel::{Channel, Held};
use super::failure::Failure;
use super::publish::Batch;
use super::timeout::AckTimeout;
use crate::net::connection::SaslRequest;
use crate::net::{Mailbox, Token};
use crate::session::live::{Listed, Live, LiveConnection, Order, Remote, Traffic};
use crate::virtual_host::{Actor, OwnerId, Queue, VirtualHost, VirtualHosts};

/// What management calls the protocol.
const PROTOCOL: &str = "AMQP 0-9-1";

/// What a connection needs of the broker.
pub(crate) struct Surroundings {
    /// The virtual hosts, of which each client chooses one.
    pub(crate) hosts: Arc<VirtualHosts>,
    /// Where the connection's consumers are woken.
    pub(crate) mailbox: Arc<Mailbox>,
    /// Where connections, channels and consumers are listed.
    pub(crate) live: Arc<Live>,
    /// The address of this side.
    pub(crate) local: String,
    /// The peer's address.
    pub(crate) peer: String,
    /// What the server offers.
    pub(crate) config: ServerConfig,
    /// Milliseconds that a delivery may wait for its acknowledgement; none: any time.
    pub(crate) ack_timeout_ms: Option<u64>,
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
    /// Its entry in the directory, from open on.
    pub(super) listed: Option<Listed<LiveConnection>>,
    pub(super) remote: Remote,
    pub(super) messages_in: u64,
    pub(super) messages_out: u64,
    /// Who the virtual host is told causes what the client asks for.
    pub(super) actor: Actor,
    /// It owns exclusive queues.
    pub(super) owner: OwnerId,
    pub(super) identity: Arc<str>,
    /// The name that its messages may claim as their user.
    pub(super) user_id: String,
    pub(super) channels: BTreeMap<u16, Box<Channel>>,
    pub(super) owned: Vec<Arc<Queue>>,
    pub(super) batch: Batch,
    /// Acknowledged deliveries that their queues are told of together.
    pub(super) accepted: Vec<Held>,
    /// Channels with confirms to tell.
    pub(super) to_confirm: Vec<u16>,
    /// Consumers that may have something to pull, each once.
    pub(super) ready: VecDeque<Token>,
    pub(super) woken: Vec<Token>,
    pub(super) pressure: Pressure,
    pub(super) ack_timeout: AckTimeout,
    pub(super) now_ms: u64,
    /// The broker ends: nothing is delivered any more.
    pub(super) is_draining: bool,
    pub(super) sasl: Option<SaslRequest>,
    pub(super) is_finished: bool,
}

impl Connection {
    /// A connection whose protocol header has not been taken yet.
    pub(crate) fn new(surroundings: Surroundings, now_ms: u64) -> Self {
        let host = Arc::clone(surroundings.hosts.default_host());
        let connection = host.next_connection();
        let actor = Actor {
            connection,
            // As Qpid's brokers name it.
            remote: format!("qpid.{}-{}", surroundings.local, surroundings.peer).into(),
            user: "".into(),
        };
        Self {
            protocol: protocol::Connection::server(surroundings.config, now_ms),
            owner: host.next_owner(connection),
            hosts: surroundings.hosts,
            host,
            mailbox: surroundings.mailbox,
            peer: surroundings.peer,
            live: surroundings.live,
            listed: None,
            remote: Remote { protocol: PROTOCOL, ..Remote::default() },
            messages_in: 0,
            messages_out: 0,
            actor,
            identity: "".into(),
            user_id: String::new(),
            channels: BTreeMap::new(),
            owned: Vec::new(),
            batch: Batch::default(),
            accepted: Vec::new(),
            to_confirm: Vec::new(),
            ready: VecDeque::new(),
            woken: Vec::new(),
            pressure: Pressure::default(),
            ack_timeout: AckTimeout::new(surroundings.ack_timeout_ms),
            now_ms,
            is_draining: false,
            sasl: None,
            is_finished: false,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::SaslStart { mechanism, response, client_properties, .. } => {
                debug!("{} chose {mechanism}, says {client_properties:?}", self.peer);
                self.remote.mechanism.clone_from(&mechanism);
                self.remote.properties = to_arguments(&client_properties);
                self.sasl = Some(SaslRequest::Start { mechanism, initial: Some(response) });
            }
            Event::SaslResponse(response) => self.sasl = Some(SaslRequest::Step { response }),
            Event::Open { virtual_host } => self.open(&virtual_host),
            Event::Channel { channel, event } => self.handle_channel(channel, event),
            Event::UpdateSecret { reason, .. } => {
                // No identity here ends with a secret, so there is nothing to renew.
                debug!("{} gave a new secret: {reason}", self.peer);
                self.protocol.secret_updated();
            }
            Event::Closed { code, text } => {
                debug!("{} closed: {code:?} {text}", self.peer);
                self.finish();
            }
            Event::Failed(error) => {
                warn!("{} closed for its mistake: {error}", self.peer);
                self.finish();
            }
            _ => {}
        }
    }

    fn open(&mut self, virtual_host: &str) {
        let Some(host) = self.hosts.find(virtual_host) else {
            let failure = Failure::not_allowed(format!("vhost {virtual_host} not found"));
            info!("{}: {}", self.peer, failure.text);
            self.protocol.close(failure.code, &failure.text, 10, 40);
            return;
        };
        self.host = host;
        info!("{} is {} and open in {}", self.peer, self.identity, self.host.name());
        self.protocol.accept_open();
        self.list();
        // Who deletes a host marks it, and then closes the connections that are listed.
        if self.host.is_deleted() {
            let failure = Failure::forced(format!("vhost '{virtual_host}' was deleted"));
            self.protocol.close(failure.code, &failure.text, 0, 0);
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

    pub(super) fn unlist(&mut self) {
        self.record();
        if let Some(listed) = self.listed.take() {
            listed.leave(&self.host, &self.actor);
        }
    }

    /// Writes what went over the connection where it can be seen.
    pub(super) fn record(&self) {
        let Some(listed) = &self.listed else { return };
        let (messages_in, messages_out) = (self.messages_in, self.messages_out);
        listed.record(&Traffic { wire: self.protocol.traffic(), messages_in, messages_out });
    }

    pub(super) fn finish(&mut self) {
        self.end();
        self.is_finished = true;
    }

    /// Everything the client has here ends.
    pub(super) fn end(&mut self) {
        self.settle_accepted();
        self.publish_batch();
        self.end_channels();
        self.end_owned();
        self.unlist();
    }

    pub(super) fn take_events(&mut self) {
        while let Some(event) = self.protocol.poll_event() {
            self.handle(event);
        }
    }

    /// Does what others told this connection to do.
    pub(super) fn obey(&mut self) {
        let orders = self.listed.as_ref().map(|listed| listed.take_orders());
        for order in orders.into_iter().flatten() {
            match order {
                Order::Close { text, .. } => {
                    info!("{}: closed: {text}", self.peer);
                    self.publish_batch();
                    self.report_confirms();
                    let failure = Failure::forced(text);
                    self.protocol.close(failure.code, &failure.text, 0, 0);
                    self.end_channels();
                }
                Order::Detach { session } => self.close_by_order(session),
                // Channels have no names, and go on nowhere else.
                Order::HandOver { .. } => {}
            }
        }
    }

    fn close_by_order(&mut self, session: u64) {
        let mut channels = self.channels.iter();
        let found = channels
            .find_map(|(channel, state)| (state.live.number == session).then_some(*channel));
        if let Some(channel) = found {
            let failure = Failure::access_refused("the channel was closed by an operator");
            self.fail(channel, (0, 0), &failure);
        }
    }
}
