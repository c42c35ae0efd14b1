//! Commands of class message but transfers, and the dispatch of every command.

use bytes::Bytes;
use philter_model::credit::{FlowMode, Unit};
use philter_model::queue::{ConsumerSpec, SubscribeError};
use philter_protocol::v0_10::command::{
    AcceptMode, AcquireMode, MessageFlow, MessageFlush, MessageSetFlowMode, MessageStop,
    MessageSubscribe, error_code,
};
use philter_protocol::v0_10::{Body, Command, CommandId};

use super::connection::Connection;
use super::consumer::Consumer;
use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::net::Token;
use crate::virtual_host::{Subscribe, Waker};

impl Connection {
    pub(super) fn handle_command(
        &mut self,
        channel: u16,
        id: CommandId,
        command: Command,
        header: Option<Bytes>,
        body: Body,
    ) {
        if let Command::MessageTransfer(transfer) = &command {
            self.handle_transfer(channel, id, transfer, header.as_ref(), &body);
            return;
        }
        self.publish_batch();
        if !self.sessions.contains_key(&channel) {
            return;
        }
        let code = command.code();
        match self.run(channel, id, command) {
            Ok(Done::Complete) => self.settle_command(channel, id, code, Ok(())),
            Ok(Done::Result(value)) => {
                self.protocol.result(channel, id, value);
                self.settle_command(channel, id, code, Ok(()));
            }
            Ok(Done::Later) => {}
            Err(failure) => self.settle_command(channel, id, code, Err(failure)),
        }
    }

    fn run(&mut self, channel: u16, id: CommandId, command: Command) -> Outcome<Done> {
        match command {
            Command::MessageAccept(accept) => self.accept(channel, &accept.transfers),
            Command::MessageReject(reject) => self.reject(channel, &reject.transfers),
            Command::MessageRelease(release) => {
                self.release(channel, &release.transfers, release.set_redelivered);
            }
            Command::MessageAcquire(acquire) => {
                return Ok(Done::Result(self.acquire(channel, &acquire.transfers)));
            }
            Command::MessageSubscribe(subscribe) => self.subscribe(channel, &subscribe)?,
            Command::MessageCancel(cancel) => self.cancel(channel, &cancel.destination)?,
            Command::MessageSetFlowMode(mode) => self.set_flow_mode(channel, &mode)?,
            Command::MessageFlow(flow) => self.flow(channel, &flow)?,
            Command::MessageFlush(flush) => return self.flush(channel, id, &flush),
            Command::MessageStop(stop) => self.stop(channel, &stop)?,
            Command::ExchangeDeclare(declare) => self.declare_exchange(&declare)?,
            Command::ExchangeDelete(delete) => {
                let (name, if_unused) = (&delete.exchange, delete.if_unused);
                self.host.delete_exchange(name, if_unused, &self.actor)?;
            }
            Command::ExchangeQuery(query) => {
                return Ok(Done::Result(self.query_exchange(&query.name)));
            }
            Command::ExchangeBind(bind) => self.bind(channel, &bind)?,
            Command::ExchangeUnbind(unbind) => self.unbind(channel, &unbind)?,
            Command::ExchangeBound(bound) => return Ok(Done::Result(self.bound(&bound))),
            Command::QueueDeclare(declare) => self.declare_queue(channel, &declare)?,
            Command::QueueDelete(delete) => self.delete_queue(channel, &delete)?,
            Command::QueuePurge(purge) => self.purge_queue(channel, &purge.queue)?,
            Command::QueueQuery(query) => {
                return Ok(Done::Result(self.query_queue(&query.queue)));
            }
            // Answers of a client to commands that are never sent to one.
            Command::Sync(_) | Command::Result_(_) | Command::Exception(_) => {}
            other => return Err(Failure::not_implemented(other.name())),
        }
        Ok(Done::Complete)
    }

    pub(super) fn session(&mut self, channel: u16) -> Outcome<&mut Session> {
        let gone = || Failure::new(error_code::ILLEGAL_STATE, "the session has ended");
        self.sessions.get_mut(&channel).ok_or_else(gone)
    }

    fn subscribe(&mut self, channel: u16, subscribe: &MessageSubscribe) -> Outcome {
        let MessageSubscribe { queue: name, destination, .. } = subscribe;
        if name.is_empty() {
            let text = "message.subscribe: no queue name specified";
            return Err(Failure::new(error_code::ILLEGAL_ARGUMENT, text));
        }
        let accept = AcceptMode::from_wire(subscribe.accept_mode)
            .ok_or_else(|| out_of_range("message.subscribe.accept-mode", subscribe.accept_mode))?;
        let acquire = AcquireMode::from_wire(subscribe.acquire_mode).ok_or_else(|| {
            out_of_range("message.subscribe.acquire-mode", subscribe.acquire_mode)
        })?;
        check_arguments(subscribe)?;
        let queue = self.host.queue(name)?;
        let mailbox = self.mailbox.clone();
        let session = self.session(channel)?;
        let owner = session.owner;
        if session.destinations.contains_key(destination) {
            return Err(Failure::not_allowed(format!(
                "message.subscribe: destination '{destination}' is in use in this session"
            )));
        }
        let acquires = acquire == AcquireMode::PreAcquired;
        let check_unlocked = || match acquires && queue.is_locked_for(owner) {
            false => Ok(()),
            true => Err(Failure::locked(format!(
                "can't subscribe to queue '{name}': it is exclusive to another session"
            ))),
        };
        check_unlocked()?;
        let number = session.next_consumer;
        let waker = Waker { mailbox, token: Token { channel, consumer: number } };
        let is_exclusive = subscribe.exclusive;
        let spec = ConsumerSpec { acquires, is_exclusive, is_filtered: false };
        let wanted = Subscribe { spec, owner, filter: None, waker };
        let id = match queue.subscribe(wanted) {
            Ok(Some(id)) => id,
            Ok(None) => return Err(Failure::not_found(format!("no such queue: {name}"))),
            Err(error @ SubscribeError::TooMany(_)) => {
                let text = format!("queue '{name}': {error}");
                return Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text));
            }
            Err(error) => return Err(Failure::locked(format!("queue '{name}': {error}"))),
        };
        // Nobody can claim it from here on; somebody may have since it was looked at.
        if let Err(failure) = check_unlocked() {
            queue.cancel(id);
            return Err(failure);
        }
        session.next_consumer += 1;
        session.destinations.insert(destination.clone(), number);
        let consumer = Consumer::new(destination, queue, id, accept, acquire);
        session.consumers.insert(number, consumer);
        Ok(())
    }

    fn cancel(&mut self, channel: u16, destination: &str) -> Outcome {
        let host = self.host.clone();
        let token = self.token(channel, destination)?;
        self.finish_flush(token);
        if self.session(channel)?.cancel(&host, destination) {
            return Ok(());
        }
        Err(no_subscription(destination))
    }

    fn set_flow_mode(&mut self, channel: u16, command: &MessageSetFlowMode) -> Outcome {
        let mode = match command.flow_mode {
            0 => FlowMode::Credit,
            1 => FlowMode::Window,
            other => return Err(out_of_range("message.set-flow-mode.flow-mode", other)),
        };
        let token = self.token(channel, &command.destination)?;
        self.finish_flush(token);
        let consumer = self.subscription(channel, &command.destination)?;
        consumer.credit.set_mode(mode);
        consumer.stop();
        Ok(())
    }

    fn flow(&mut self, channel: u16, flow: &MessageFlow) -> Outcome {
        let unit = match flow.unit {
            0 => Unit::Message,
            1 => Unit::Byte,
            other => return Err(out_of_range("message.flow.unit", other)),
        };
        let token = self.token(channel, &flow.destination)?;
        // Credit that comes while a flush is under way is not the flush's to take away.
        self.finish_flush(token);
        let consumer = self.subscription(channel, &flow.destination)?;
        consumer.credit.grant(unit, flow.value);
        consumer.attend();
        self.make_ready(token);
        Ok(())
    }

    fn flush(&mut self, channel: u16, id: CommandId, flush: &MessageFlush) -> Outcome<Done> {
        let token = self.token(channel, &flush.destination)?;
        self.finish_flush(token);
        self.subscription(channel, &flush.destination)?.flush = Some(id);
        self.make_ready(token);
        Ok(Done::Later)
    }

    fn stop(&mut self, channel: u16, stop: &MessageStop) -> Outcome {
        let token = self.token(channel, &stop.destination)?;
        self.finish_flush(token);
        self.subscription(channel, &stop.destination)?.stop();
        Ok(())
    }

    fn subscription(&mut self, channel: u16, destination: &str) -> Outcome<&mut Consumer> {
        let consumer = self.session(channel)?.consumer_of(destination);
        consumer.ok_or_else(|| no_subscription(destination))
    }

    fn token(&mut self, channel: u16, destination: &str) -> Outcome<Token> {
        let number = self.session(channel)?.destinations.get(destination).copied();
        let consumer = number.ok_or_else(|| no_subscription(destination))?;
        Ok(Token { channel, consumer })
    }
}

/// How a command ends.
enum Done {
    Complete,
    /// With the content of a struct32.
    Result(Vec<u8>),
    /// When what it asked for has happened.
    Later,
}

fn check_arguments(subscribe: &MessageSubscribe) -> Outcome {
    if subscribe.resume_id.as_deref().is_some_and(|id| !id.is_empty()) {
        return Err(Failure::not_implemented("message.subscribe.resume-id"));
    }
    for (name, _) in subscribe.arguments.iter().flat_map(|arguments| arguments.iter()) {
        if matches!(name, "x-apache-selector" | "qpid.sync_frequency" | "philter.filter") {
            return Err(Failure::not_implemented(&format!("message.subscribe argument {name}")));
        }
        if name.starts_with("qpid.") {
            let text = format!("message.subscribe: unknown argument {name}");
            return Err(Failure::invalid(text));
        }
    }
    Ok(())
}

fn out_of_range(field: &str, found: u8) -> Failure {
    Failure::invalid(format!("{field}: 0 or 1 expected, found {found}"))
}

fn no_subscription(destination: &str) -> Failure {
    Failure::not_found(format!("no such subscription: {destination}"))
}
