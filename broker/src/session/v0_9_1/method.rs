//! What comes on channels, and where it is handled.

use philter_protocol::v0_9_1::ChannelEvent;
use philter_protocol::v0_9_1::method::{Method, access, confirm};
use tracing::{debug, info, warn};

use super::acknowledge::Verdict;
use super::channel::{Channel, name_of};
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::publish::{Content, Incoming};
use crate::session::live::LiveSession;

impl Connection {
    pub(super) fn handle_channel(&mut self, channel: u16, event: ChannelEvent) {
        let event = match event {
            ChannelEvent::Method(Method::BasicAck(ack)) => {
                return self.handle_ack(channel, ack.delivery_tag, ack.multiple);
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
            // Publishing what came before may have ended it.
            ChannelEvent::Method(method) if self.channels.contains_key(&channel) => {
                let code = method.code();
                let done = self.handle_method(channel, method);
                self.conclude(channel, code, done);
            }
            ChannelEvent::Fault { code, text, class_id, method_id } => {
                let failure = Failure { code, text, is_of_channel: false };
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
        // What it published before is decided, and told, first.
        self.publish_batch();
        if !self.channels.contains_key(&channel) {
            return;
        }
        let Failure { code: reply_code, text, .. } = failure;
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
}
