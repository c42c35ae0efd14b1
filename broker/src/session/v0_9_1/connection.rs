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

use bytes::BytesMut;
use philter_protocol::v0_9_1::connection::{self as protocol, ChannelEvent, Event, ServerConfig};
use philter_protocol::v0_9_1::method::{Method, access, confirm};
use philter_protocol::writer::Writer;
use tracing::{debug, info, warn};

use super::acknowledge::Verdict;
use super::arguments::to_arguments;
use super::blocked::Pressure;
use super::channel::{Channel, Held, name_of};
use super::failure::{Failure, Outcome};
use super::publish::{Batch, Content, Incoming};
use super::timeout::AckTimeout;
use crate::auth::{FAILURE_TEXT, Principal, SaslStep};
use crate::net::connection::{Driver, SaslRequest};
use crate::net::{Mailbox, Token};
use crate::session::live::{Listed, Live, LiveConnection, LiveSession, Order, Remote, Traffic};
use crate::virtual_host::{Actor, Event as HostEvent, OwnerId, Queue, VirtualHost, VirtualHosts};

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
    is_finished: bool,
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

    fn handle_channel(&mut self, channel: u16, event: ChannelEvent) {
        let event = match event {
            ChannelEvent::Method(Method::BasicAck(ack)) => {
                // Those of a turn are settled together.
                let done = self.acknowledge(channel, ack.delivery_tag, ack.multiple);
                return self.conclude(channel, (60, 80), done);
            }
            ChannelEvent::Publish { publish, header, body } => {
                let incoming = Incoming {
                    exchange: &publish.exchange,
                    routing_key: &publish.routing_key,
                    is_mandatory: publish.mandatory,
                    is_immediate: publish.immediate,
                    header: &header,
                    body: Content::Pieces(&body),
                };
                return self.handle_publish(channel, &incoming);
            }
            event => event,
        };
        self.settle_accepted();
        self.publish_batch();
        match event {
            ChannelEvent::Open => self.open_channel(channel),
            ChannelEvent::Method(method) => {
                // Publishing what came before may have ended it.
                if self.channels.contains_key(&channel) {
                    let code = method.code();
                    let done = self.handle_method(channel, method);
                    self.conclude(channel, code, done);
                }
            }
            ChannelEvent::Fault { code, text, class_id, method_id } => {
                let failure = Failure { code, text };
                self.fail(channel, (class_id, method_id), &failure);
            }
            ChannelEvent::Close { code, text, .. } => {
                debug!("{}: channel {channel} closed: {code} {text}", self.peer);
                self.report_confirms();
                self.end_channel(channel);
                self.protocol.channel_closed(channel);
            }
            _ => {}
        }
    }

    fn open_channel(&mut self, channel: u16) {
        let number = self.host.next_owner(self.actor.connection).session;
        let name = name_of(&self.actor.remote, channel);
        let live = LiveSession::new(number, &self.identity, &name);
        let live = self.live.list_session(live);
        live.attach(u64::from(self.actor.connection.0), channel);
        self.channels.insert(channel, Box::new(Channel::new(live)));
        self.protocol.accept_channel(channel);
    }

    fn handle_method(&mut self, channel: u16, method: Method) -> Outcome {
        match method {
            Method::ChannelFlow(flow) => self.flow(channel, flow.active),
            Method::AccessRequest(_) => self.grant_access(channel),
            Method::ExchangeDeclare(declare) => self.declare_exchange(channel, &declare),
            Method::ExchangeDelete(delete) => self.delete_exchange(channel, &delete),
            Method::ExchangeBind(bind) => self.bind_exchange(channel, &bind),
            Method::ExchangeUnbind(unbind) => self.unbind_exchange(channel, &unbind),
            Method::QueueDeclare(declare) => self.declare_queue(channel, &declare),
            Method::QueueBind(bind) => self.bind_queue(channel, &bind),
            Method::QueueUnbind(unbind) => self.unbind_queue(channel, &unbind),
            Method::QueuePurge(purge) => self.purge_queue(channel, &purge),
            Method::QueueDelete(delete) => self.delete_queue(channel, &delete),
            Method::BasicQos(qos) => self.limit_prefetch(channel, &qos),
            Method::BasicConsume(consume) => self.consume(channel, &consume),
            Method::BasicCancel(cancel) => self.cancel(channel, &cancel),
            Method::BasicGet(get) => self.get(channel, &get),
            Method::BasicReject(reject) => {
                self.refuse_delivery(channel, reject.delivery_tag, false, reject.requeue)
            }
            Method::BasicNack(nack) => {
                self.refuse_delivery(channel, nack.delivery_tag, nack.multiple, nack.requeue)
            }
            Method::BasicRecover(recover) => self.recover(channel, recover.requeue, true),
            Method::BasicRecoverAsync(recover) => self.recover(channel, recover.requeue, false),
            Method::ConfirmSelect(select) => {
                self.select_confirms(channel)?;
                self.answer(channel, select.no_wait, confirm::SelectOk {}.into());
                Ok(())
            }
            Method::TxSelect(_) => self.select_transactions(channel),
            Method::TxCommit(_) => self.commit(channel),
            Method::TxRollback(_) => self.rollback(channel),
            other => {
                let text = format!("a client does not send {}", other.name());
                Err(Failure::invalid(text))
            }
        }
    }

    /// Answers a method, unless its client does not wait.
    pub(super) fn answer(&mut self, channel: u16, no_wait: bool, method: Method) {
        if !no_wait {
            self.protocol.send(channel, method);
        }
    }

    /// The state of a channel.
    ///
    /// # Errors
    /// It was closed meanwhile.
    pub(super) fn channel(&mut self, channel: u16) -> Outcome<&mut Channel> {
        match self.channels.get_mut(&channel) {
            Some(state) => Ok(state),
            None => Err(Failure::channel_closed(channel)),
        }
    }

    /// A method is done; where it failed, its channel or the connection ends.
    pub(super) fn conclude(&mut self, channel: u16, code: (u16, u16), outcome: Outcome) {
        if let Err(failure) = outcome {
            self.fail(channel, code, &failure);
        }
    }

    /// A method failed: the client is told why, and the channel or the connection ends.
    pub(super) fn fail(
        &mut self,
        channel: u16,
        (class_id, method_id): (u16, u16),
        failure: &Failure,
    ) {
        if !self.channels.contains_key(&channel) {
            // It ended before, and its client was told why.
            return;
        }
        let Failure { code: reply_code, text } = failure;
        self.settle_accepted();
        self.report_confirms();
        if failure.is_of_connection() {
            warn!("{}: closed, for channel {channel} failed: {text}", self.peer);
            self.protocol.close(*reply_code, text, class_id, method_id);
            self.end_channels();
        } else {
            info!("{}: channel {channel} failed: {text}", self.peer);
            self.protocol.channel_error(channel, *reply_code, text, class_id, method_id);
            self.end_channel(channel);
        }
    }

    fn grant_access(&mut self, channel: u16) -> Outcome {
        let ok = access::RequestOk { ticket: 1 };
        self.answer(channel, false, ok.into());
        Ok(())
    }

    /// Refuses deliveries: back to the queue, or away.
    fn refuse_delivery(
        &mut self,
        channel: u16,
        tag: u64,
        is_multiple: bool,
        requeue: bool,
    ) -> Outcome {
        let verdict = if requeue { Verdict::Requeued } else { Verdict::Rejected };
        self.settle_or_keep(channel, tag, is_multiple, verdict)
    }

    /// The connection is open: it can be seen.
    fn list(&mut self) {
        let remote = std::mem::take(&mut self.remote);
        let identity = self.identity.to_string();
        let remote = Remote { identity, virtual_host: self.host.name().into(), ..remote };
        self.host.raise(|| HostEvent::ClientConnected {
            by: self.actor.clone(),
            properties: remote.properties.clone(),
        });
        let (number, address) = (u64::from(self.actor.connection.0), self.actor.remote.as_ref());
        let mailbox = Arc::clone(&self.mailbox);
        let connection = LiveConnection::new(number, address, remote, mailbox);
        self.listed = Some(self.live.list_connection(connection));
    }

    fn unlist(&mut self) {
        self.record();
        if let Some(listed) = self.listed.take() {
            self.host.raise(|| HostEvent::ClientDisconnected {
                by: self.actor.clone(),
                properties: listed.remote.properties.clone(),
            });
        }
    }

    /// Writes what went over the connection where it can be seen.
    fn record(&self) {
        let Some(listed) = &self.listed else { return };
        let wire = self.protocol.traffic();
        let (messages_in, messages_out) = (self.messages_in, self.messages_out);
        listed.record(&Traffic {
            frames_in: wire.frames_in,
            frames_out: wire.frames_out,
            bytes_in: wire.bytes_in,
            bytes_out: wire.bytes_out,
            messages_in,
            messages_out,
        });
    }

    fn finish(&mut self) {
        self.end();
        self.is_finished = true;
    }

    /// Everything the client has here ends.
    fn end(&mut self) {
        self.settle_accepted();
        self.publish_batch();
        self.end_channels();
        self.end_owned();
        self.unlist();
    }

    fn take_events(&mut self) {
        while let Some(event) = self.protocol.poll_event() {
            self.handle(event);
        }
    }

    /// Does what others told this connection to do.
    fn obey(&mut self) {
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
            self.publish_batch();
            self.fail(channel, (0, 0), &failure);
        }
    }
}

impl Driver for Connection {
    fn feed(&mut self, inbox: &mut BytesMut, now_ms: u64) {
        self.now_ms = now_ms;
        loop {
            let before = inbox.len();
            if self.take_publishes(inbox) {
                // Whatever comes behind them may end their channel.
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

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn handle_lost(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.protocol.lose();
        self.end();
    }
}
