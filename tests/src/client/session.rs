//! A session: commands with their answers, messages both ways, settlement.

use std::collections::VecDeque;

use philter_protocol::v0_10::command::{
    Command, ExchangeBind, ExchangeDeclare, MessageAccept, MessageCancel, MessageFlow,
    MessageFlush, MessageReject, MessageRelease, MessageSubscribe, QueueDeclare, QueueDelete,
    QueueQuery, Result_,
};
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{QueueQueryResult, decode_struct};
use philter_protocol::v0_10::{CommandId, RangeSet, SessionEvent};

use super::delivery::Delivery;
use super::message::Message;
use super::refusal::Refusal;
use super::wire::Wire;

/// An attached session.
#[derive(Debug)]
pub struct Session<'c> {
    wire: &'c mut Wire,
    channel: u16,
}

/// A subscription to ask for.
#[derive(Clone, Debug, Default)]
pub struct Subscription(pub MessageSubscribe);

/// How much a subscription may send.
#[derive(Clone, Copy, Debug)]
pub struct Credit {
    /// Messages.
    pub messages: u32,
    /// Bytes.
    pub bytes: u32,
}

impl Credit {
    /// No bound.
    pub const UNLIMITED: Self = Self { messages: u32::MAX, bytes: u32::MAX };

    /// So many messages, of any size.
    pub fn messages(messages: u32) -> Self {
        Self { messages, bytes: u32::MAX }
    }
}

impl Subscription {
    /// Takes messages from a queue, accepted explicitly; the destination is the queue's name.
    pub fn consume(queue: &str) -> Self {
        let (queue, destination) = (queue.to_owned(), queue.to_owned());
        Self(MessageSubscribe { queue, destination, ..MessageSubscribe::default() })
    }

    /// Looks at messages and leaves them.
    pub fn browse(queue: &str) -> Self {
        let Self(subscribe) = Self::consume(queue);
        Self(MessageSubscribe { acquire_mode: 1, accept_mode: 1, ..subscribe })
    }

    /// Under another destination.
    #[must_use]
    pub fn destination(self, destination: &str) -> Self {
        Self(MessageSubscribe { destination: destination.to_owned(), ..self.0 })
    }

    /// Alone on its queue.
    #[must_use]
    pub fn exclusive(self) -> Self {
        Self(MessageSubscribe { exclusive: true, ..self.0 })
    }

    /// Messages are gone when they are sent.
    #[must_use]
    pub fn unaccepted(self) -> Self {
        Self(MessageSubscribe { accept_mode: 1, ..self.0 })
    }
}

impl<'c> Session<'c> {
    pub(super) fn new(wire: &'c mut Wire, channel: u16) -> Self {
        Self { wire, channel }
    }

    /// The channel, to find the session again.
    pub fn channel(&self) -> u16 {
        self.channel
    }

    /// Sends a command and waits for its completion.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn run(&mut self, command: impl Into<Command>) -> Result<(), Refusal> {
        let id = self.wire.send(self.channel, command.into())?;
        self.wait_for_completion(id).map(drop)
    }

    /// Sends a command that has a result and waits for it.
    ///
    /// # Errors
    /// Why the broker refused.
    ///
    /// # Panics
    /// Where the command completed without a result, or with another.
    pub fn ask<T: Packed>(&mut self, command: impl Into<Command>) -> Result<T, Refusal> {
        let id = self.wire.send(self.channel, command.into())?;
        let result = self.wait_for_completion(id)?.expect("a result before the completion");
        Ok(decode_struct(&result.value.expect("a value")).expect("the command's result"))
    }

    /// Publishes a message and waits for its completion.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn publish(&mut self, exchange: &str, message: &Message) -> Result<(), Refusal> {
        let id = self.publish_unconfirmed(exchange, message)?;
        self.wait_for_completion(id).map(drop)
    }

    /// Publishes a message and waits for nothing.
    ///
    /// # Errors
    /// The connection or the session is gone.
    pub fn publish_unconfirmed(
        &mut self,
        exchange: &str,
        message: &Message,
    ) -> Result<CommandId, Refusal> {
        self.wire.transfer(self.channel, exchange, message)
    }

    /// Declares a queue with nothing special.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn declare_queue(&mut self, queue: &str) -> Result<(), Refusal> {
        self.run(QueueDeclare { queue: queue.to_owned(), ..QueueDeclare::default() })
    }

    /// Deletes a queue.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn delete_queue(&mut self, queue: &str) -> Result<(), Refusal> {
        self.run(QueueDelete { queue: queue.to_owned(), ..QueueDelete::default() })
    }

    /// Declares an exchange with nothing special.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn declare_exchange(&mut self, exchange: &str, type_: &str) -> Result<(), Refusal> {
        let (exchange, type_) = (exchange.to_owned(), type_.to_owned());
        self.run(ExchangeDeclare { exchange, type_, ..ExchangeDeclare::default() })
    }

    /// Binds a queue by a key.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn bind(&mut self, queue: &str, exchange: &str, key: &str) -> Result<(), Refusal> {
        let (queue, exchange) = (queue.to_owned(), exchange.to_owned());
        let binding_key = key.to_owned();
        self.run(ExchangeBind { queue, exchange, binding_key, ..ExchangeBind::default() })
    }

    /// What the broker says of a queue; no name where there is none.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn query_queue(&mut self, queue: &str) -> Result<QueueQueryResult, Refusal> {
        self.ask(QueueQuery { queue: queue.to_owned() })
    }

    /// Messages of a queue that nobody has acquired.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn message_count(&mut self, queue: &str) -> Result<u32, Refusal> {
        Ok(self.query_queue(queue)?.message_count.unwrap_or_default())
    }

    /// Subscribes and gives credit, in the mode that a new subscription has.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn subscribe(&mut self, asked: Subscription, credit: Credit) -> Result<(), Refusal> {
        let destination = asked.0.destination.clone();
        self.run(asked.0)?;
        self.give_credit(&destination, credit)
    }

    /// Gives credit.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn give_credit(&mut self, destination: &str, credit: Credit) -> Result<(), Refusal> {
        for (unit, value) in [(1, credit.bytes), (0, credit.messages)] {
            let destination = destination.to_owned();
            self.run(MessageFlow { destination, unit, value })?;
        }
        Ok(())
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn cancel(&mut self, destination: &str) -> Result<(), Refusal> {
        self.run(MessageCancel { destination: destination.to_owned() })
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// What came instead.
    pub fn receive(&mut self) -> Result<Delivery, Refusal> {
        loop {
            if let Some(delivery) = self.wire.early(self.channel).pop_front() {
                return Ok(delivery);
            }
            self.take_event()?;
        }
    }

    /// Takes what a subscription can have now and ends its credit: a flush completes behind the
    /// last message, so that no time has to pass to know that there is no other.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn drain(&mut self, destination: &str) -> Result<Vec<Delivery>, Refusal> {
        self.run(MessageFlush { destination: destination.to_owned() })?;
        let early = self.wire.early(self.channel);
        let of_it = |delivery: &Delivery| delivery.destination == destination;
        let (taken, kept): (VecDeque<_>, VecDeque<_>) = early.drain(..).partition(of_it);
        *early = kept;
        Ok(taken.into())
    }

    /// Accepts a message.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn accept(&mut self, delivery: &Delivery) -> Result<(), Refusal> {
        self.run(MessageAccept { transfers: RangeSet::single(delivery.id) })
    }

    /// Gives a message back.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn release(&mut self, delivery: &Delivery, redelivered: bool) -> Result<(), Refusal> {
        let transfers = RangeSet::single(delivery.id);
        self.run(MessageRelease { transfers, set_redelivered: redelivered })
    }

    /// Refuses a message.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn reject(&mut self, delivery: &Delivery) -> Result<(), Refusal> {
        let transfers = RangeSet::single(delivery.id);
        self.run(MessageReject { transfers, ..MessageReject::default() })
    }

    /// Completes a message, which moves a window.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn complete(&mut self, delivery: &Delivery) -> Result<(), Refusal> {
        self.wire.complete(self.channel, &RangeSet::single(delivery.id))
    }

    /// Detaches in order and waits for the answer.
    ///
    /// # Errors
    /// What came instead.
    pub fn detach(mut self) -> Result<(), Refusal> {
        self.wire.detach(self.channel)?;
        loop {
            match self.take_event() {
                Ok(_) => {}
                Err(Refusal::Detached { .. }) => return Ok(()),
                Err(refusal) => return Err(refusal),
            }
        }
    }

    /// Waits until a command of this side is complete; the result that came before.
    fn wait_for_completion(&mut self, id: CommandId) -> Result<Option<Result_>, Refusal> {
        let mut result = None;
        loop {
            match self.take_event()? {
                Some(Answer::Result(found)) if found.command_id == id => result = Some(found),
                Some(Answer::Completed(commands)) if commands.contains(id) => return Ok(result),
                _ => {}
            }
        }
    }

    /// Takes the next event; an exception is reported once its session is gone.
    fn take_event(&mut self) -> Result<Option<Answer>, Refusal> {
        let refusal = match self.wire.next_event(self.channel)? {
            SessionEvent::Completed(commands) => return Ok(Some(Answer::Completed(commands))),
            SessionEvent::Command { id, command, header, body, .. } => match command {
                Command::MessageTransfer(transfer) => {
                    let destination = transfer.destination;
                    let header = header.unwrap_or_default();
                    let body = (!body.is_empty()).then(|| body.concat());
                    let delivery = Delivery { id, destination, header, body };
                    self.wire.early(self.channel).push_back(delivery);
                    return Ok(None);
                }
                Command::Result_(result) => {
                    self.wire.complete(self.channel, &RangeSet::single(id))?;
                    return Ok(Some(Answer::Result(result)));
                }
                Command::Exception(exception) => Refusal::from(exception),
                command => panic!("{command:?} from a broker"),
            },
            SessionEvent::Detached { code } => return Err(Refusal::Detached { code }),
            event => panic!("{event:?} on an attached session"),
        };
        match self.wire.next_event(self.channel)? {
            SessionEvent::Detached { .. } => Err(refusal),
            event => panic!("{event:?} behind {refusal}"),
        }
    }
}

/// What answers a command.
enum Answer {
    Completed(RangeSet),
    Result(Result_),
}
