//! Commands of class message but transfers, and the dispatch of every command.

use bytes::Bytes;
use philter_model::credit::{FlowMode, Unit};
use philter_protocol::v0_10::command::{
    MessageFlow, MessageFlush, MessageSetFlowMode, MessageStop, error_code,
};
use philter_protocol::v0_10::{Body, Command, CommandId};

use super::connection::Connection;
use super::consumer::Consumer;
use super::failure::{Failure, Outcome};
use super::publish::{Content, Incoming};
use super::session::Session;
use crate::net::Token;
use crate::store;

impl Connection {
    pub(super) fn handle_command(
        &mut self,
        channel: u16,
        (id, waits): (CommandId, bool),
        command: Command,
        header: Option<Bytes>,
        body: Body,
    ) {
        if let Command::MessageTransfer(transfer) = &command {
            let destination = &transfer.destination;
            let header = header.as_deref().unwrap_or_default();
            let incoming = Incoming { destination, header, body: Content::Pieces(&body) };
            self.handle_transfer(channel, id, incoming);
            return;
        }
        self.publish_batch();
        if !self.sessions.contains_key(&channel) {
            return;
        }
        let code = command.code();
        let settles = matches!(&command, Command::MessageAccept(_) | Command::MessageReject(_));
        let outcome = self.run(channel, id, command);
        if settles {
            // A consumer that settles gets on with what it has; its completion waits for the store.
            if outcome.is_ok() && self.withhold_for_store(channel, id, waits) {
                return;
            }
        } else {
            store::await_turn();
        }
        match outcome {
            Ok(Done::Complete) => self.settle_command(channel, id, code, Ok(())),
            Ok(Done::Result(value)) => {
                self.protocol.result(channel, id, value);
                self.settle_command(channel, id, code, Ok(()));
            }
            Ok(Done::ResultFirst(value)) => self.protocol.result(channel, id, value),
            Ok(Done::Later) => {}
            Err(failure) => self.settle_command(channel, id, code, Err(failure)),
        }
    }

    fn run(&mut self, channel: u16, id: CommandId, command: Command) -> Outcome<Done> {
        match command {
            Command::MessageAccept(accept) => self.accept(channel, &accept.transfers)?,
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
            Command::TxSelect(_) => self.select_transactions(channel)?,
            Command::TxCommit(_) => {
                if self.commit(channel, id)? {
                    return Ok(Done::Later);
                }
            }
            Command::TxRollback(_) => self.rollback(channel)?,
            // Answers of a client to commands that are never sent to one.
            Command::Sync(_) | Command::Result_(_) | Command::Exception(_) => {}
            other => return self.run_dtx(channel, id, other),
        }
        Ok(Done::Complete)
    }

    pub(super) fn session(&mut self, channel: u16) -> Outcome<&mut Session> {
        let gone = || Failure::new(error_code::ILLEGAL_STATE, "the session has ended");
        self.sessions.get_mut(&channel).map(|session| &mut **session).ok_or_else(gone)
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
        consumer.live.set_window(mode == FlowMode::Window);
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
        let subscription = self.subscription(channel, &flush.destination)?;
        subscription.queue.wait_stored();
        subscription.flush = Some(id);
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

    pub(super) fn token(&mut self, channel: u16, destination: &str) -> Outcome<Token> {
        let number = self.session(channel)?.destinations.get(destination).copied();
        let consumer = number.ok_or_else(|| no_subscription(destination))?;
        Ok(Token { channel, consumer })
    }
}

/// How a command ends.
pub(super) enum Done {
    Complete,
    /// With the content of a struct32.
    Result(Vec<u8>),
    /// The same, and it is complete when queues let it go.
    ResultFirst(Vec<u8>),
    /// When what it asked for has happened.
    Later,
}

pub(super) fn out_of_range(field: &str, found: u8) -> Failure {
    Failure::invalid(format!("{field}: 0 or 1 expected, found {found}"))
}

pub(super) fn no_subscription(destination: &str) -> Failure {
    Failure::not_found(format!("no such subscription: {destination}"))
}
