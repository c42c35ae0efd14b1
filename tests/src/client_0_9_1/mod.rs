//! A blocking AMQP 0-9-1 client for tests, over the protocol crate's client side.
//!
//! It does nothing by itself but answer the broker's close of a channel. Every wait is for
//! something that the broker sends; where the broker closes instead, it ends with a [`Refusal`].

mod refusal;

pub use refusal::Refusal;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use philter_protocol::body::BodyPiece;
use philter_protocol::v0_9_1::connection::PublishHead;
use philter_protocol::v0_9_1::method::{Method, basic, queue};
use philter_protocol::v0_9_1::{
    ChannelEvent, ClientConfig, Connection, Event, FieldValue, Properties, Table,
};

/// Bytes asked of the socket in one read.
const READ_BYTES: usize = 64 * 1024;

/// A message that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its number in the channel.
    pub tag: u64,
    /// Somebody may have seen it before.
    pub is_redelivered: bool,
    /// The routing key that it was published with.
    pub routing_key: String,
    /// Property flags and list.
    pub header: Bytes,
    /// Its body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// Its properties.
    ///
    /// # Panics
    /// Where the broker sent none that can be read.
    pub fn properties(&self) -> Properties<'_> {
        Properties::parse(&self.header).expect("properties")
    }
}

/// The broker's answer to publishes on a channel that confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The publish, counted from 1.
    pub number: u64,
    /// It is about all unanswered ones before as well.
    pub is_multiple: bool,
    /// It was taken; else it was refused.
    pub is_taken: bool,
}

/// A connection that is open.
#[derive(Debug)]
pub struct Client {
    socket: TcpStream,
    connection: Connection,
    inbox: BytesMut,
    waiting: VecDeque<(u16, ChannelEvent)>,
    /// The broker takes no messages at present.
    is_blocked: bool,
    end: Option<Refusal>,
    began: Instant,
}

impl Client {
    /// Comes in as guest to the default virtual host.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn guest(port: u16) -> Result<Self, Refusal> {
        Self::open(port, "/", "guest", "guest")
    }

    /// Comes in as guest and promises a heartbeat every so many seconds. It does not keep the
    /// promise.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn with_heartbeat(port: u16, heartbeat_s: u16) -> Result<Self, Refusal> {
        Self::start(port, "/", ("guest", "guest"), heartbeat_s)
    }

    /// Comes in by PLAIN.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn open(port: u16, host: &str, user: &str, password: &str) -> Result<Self, Refusal> {
        Self::start(port, host, (user, password), 0)
    }

    fn start(
        port: u16,
        host: &str,
        (user, password): (&str, &str),
        heartbeat_s: u16,
    ) -> Result<Self, Refusal> {
        let socket = TcpStream::connect(("127.0.0.1", port)).map_err(Refusal::lost)?;
        let capabilities = ["consumer_cancel_notify", "connection.blocked", "basic.nack"];
        let capabilities =
            capabilities.iter().fold(Table::new(), |table, name| table.with(name, true));
        let capabilities = capabilities.with("authentication_failure_close", true);
        let config = ClientConfig {
            properties: Table::new().with("capabilities", FieldValue::Table(capabilities)),
            virtual_host: host.to_owned(),
            heartbeat_s,
            frame_bytes_max: 131_072,
            channel_max: u16::MAX,
        };
        let mut client = Self {
            socket,
            connection: Connection::client(config, 0),
            inbox: BytesMut::new(),
            waiting: VecDeque::new(),
            is_blocked: false,
            end: None,
            began: Instant::now(),
        };
        loop {
            match client.poll()? {
                Event::Started { .. } => {
                    let response = format!("\0{user}\0{password}");
                    client.connection.sasl_start("PLAIN", response.as_bytes());
                }
                Event::Opened => return Ok(client),
                event => panic!("{event:?} before the connection is open"),
            }
        }
    }

    /// The highest channel that was agreed on.
    pub fn channel_max(&self) -> u16 {
        self.connection.channel_max()
    }

    /// Whether the broker takes no messages at present.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// Sends bytes as they are, past the protocol's state.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.socket.write_all(bytes).map_err(Refusal::lost)
    }

    /// Opens a channel.
    ///
    /// # Errors
    /// Why the broker refused.
    ///
    /// # Panics
    /// The channel is open already.
    pub fn open_channel(&mut self, channel: u16) -> Result<(), Refusal> {
        assert!(self.connection.open_channel(channel), "channel {channel} is free");
        match self.next_event(channel)? {
            ChannelEvent::Opened => Ok(()),
            event => panic!("{event:?} where a channel is opened"),
        }
    }

    /// Sends a method and waits for nothing.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn send(&mut self, channel: u16, method: impl Into<Method>) -> Result<(), Refusal> {
        self.connection.send(channel, method);
        self.flush()
    }

    /// Sends a method and waits for the next one of the broker on that channel; messages that come
    /// before it are kept.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn call(&mut self, channel: u16, method: impl Into<Method>) -> Result<Method, Refusal> {
        self.send(channel, method)?;
        self.next_method(channel)
    }

    /// Waits for the next method of the broker on a channel.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn next_method(&mut self, channel: u16) -> Result<Method, Refusal> {
        let mut kept = VecDeque::new();
        let method = loop {
            match self.next_event(channel)? {
                ChannelEvent::Method(method) => break method,
                event => kept.push_back((channel, event)),
            }
        };
        kept.append(&mut self.waiting);
        self.waiting = kept;
        Ok(method)
    }

    /// Declares a queue.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn declare_queue(
        &mut self,
        channel: u16,
        queue: &str,
        arguments: Table,
    ) -> Result<(), Refusal> {
        let queue = queue.to_owned();
        let declare = queue::Declare { queue, arguments, ..queue::Declare::default() };
        self.call(channel, declare).map(drop)
    }

    /// Publishes a message and waits for nothing.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn publish(
        &mut self,
        channel: u16,
        (exchange, routing_key): (&str, &str),
        properties: &Properties<'_>,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let head = PublishHead { exchange, routing_key, ..PublishHead::default() };
        let mut header = Vec::new();
        properties.encode(&mut header);
        let pieces = Some(BodyPiece::Slice(body)).filter(|_| !body.is_empty()).into_iter();
        self.connection.publish(channel, &head, &header, body.len(), pieces);
        self.flush()
    }

    /// Publishes a persistent message on a channel that confirms and waits for its answer. No other
    /// publish may be unanswered.
    ///
    /// # Errors
    /// Why the broker refused the channel.
    ///
    /// # Panics
    /// Where another method comes.
    pub fn publish_durable(
        &mut self,
        channel: u16,
        to: (&str, &str),
        body: impl AsRef<[u8]>,
    ) -> Result<Answered, Refusal> {
        let persistent = Properties { delivery_mode: Some(2), ..Properties::default() };
        self.publish(channel, to, &persistent, body.as_ref())?;
        self.next_answer(channel)
    }

    /// Waits for the next answer to publishes of a channel that confirms. Messages that come before
    /// it are kept.
    ///
    /// # Errors
    /// Why the broker refused.
    ///
    /// # Panics
    /// Where another method comes.
    pub fn next_answer(&mut self, channel: u16) -> Result<Answered, Refusal> {
        match self.next_method(channel)? {
            Method::BasicAck(basic::Ack { delivery_tag, multiple }) => {
                Ok(Answered { number: delivery_tag, is_multiple: multiple, is_taken: true })
            }
            Method::BasicNack(basic::Nack { delivery_tag, multiple, .. }) => {
                Ok(Answered { number: delivery_tag, is_multiple: multiple, is_taken: false })
            }
            method => panic!("{method:?} where a publish is answered"),
        }
    }

    /// Consumes from a queue; the tag is the queue's name.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn consume(&mut self, channel: u16, queue: &str, no_ack: bool) -> Result<(), Refusal> {
        let (queue, consumer_tag) = (queue.to_owned(), queue.to_owned());
        let consume = basic::Consume { queue, consumer_tag, no_ack, ..basic::Consume::default() };
        self.call(channel, consume).map(drop)
    }

    /// Waits for the next message on a channel.
    ///
    /// # Errors
    /// What came instead.
    pub fn receive(&mut self, channel: u16) -> Result<Delivery, Refusal> {
        loop {
            if let ChannelEvent::Deliver { deliver, header, body } = self.next_event(channel)? {
                return Ok(Delivery {
                    tag: deliver.delivery_tag,
                    is_redelivered: deliver.redelivered,
                    routing_key: deliver.routing_key,
                    header,
                    body: body.concat(),
                });
            }
        }
    }

    /// Waits for the next event of a channel.
    ///
    /// # Errors
    /// The broker closed the channel or the connection.
    pub fn next_event(&mut self, channel: u16) -> Result<ChannelEvent, Refusal> {
        loop {
            if let Some(at) = self.waiting.iter().position(|(of, _)| *of == channel) {
                let (_, event) = self.waiting.remove(at).expect("just found");
                if let ChannelEvent::Close { code, text, class_id, method_id } = event {
                    self.connection.channel_closed(channel);
                    self.flush()?;
                    return Err(Refusal::Channel { code, text, method: (class_id, method_id) });
                }
                return Ok(event);
            }
            match self.poll()? {
                Event::Channel { channel, event } => self.waiting.push_back((channel, event)),
                Event::Blocked { .. } => self.is_blocked = true,
                Event::Unblocked => self.is_blocked = false,
                Event::SecretUpdated => {}
                event => panic!("{event:?} on an open connection"),
            }
        }
    }

    /// Waits until the broker says that it takes no messages, or that it does again.
    ///
    /// # Errors
    /// The broker closed the connection.
    pub fn wait_for_blocked(&mut self, is_blocked: bool) -> Result<(), Refusal> {
        while self.is_blocked != is_blocked {
            match self.poll()? {
                Event::Channel { channel, event } => self.waiting.push_back((channel, event)),
                Event::Blocked { .. } => self.is_blocked = true,
                Event::Unblocked => self.is_blocked = false,
                event => panic!("{event:?} on an open connection"),
            }
        }
        Ok(())
    }

    /// Says goodbye and waits for the answer.
    ///
    /// # Errors
    /// The broker had something else to say.
    pub fn close(mut self) -> Result<(), Refusal> {
        self.connection.close(200, "bye", 0, 0);
        match self.wait_for_close() {
            Refusal::Connection { code: None, .. } => Ok(()),
            refusal => Err(refusal),
        }
    }

    /// Waits until the broker ends the connection; what it said.
    pub fn wait_for_close(&mut self) -> Refusal {
        loop {
            if let Err(refusal) = self.poll() {
                return refusal;
            }
        }
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        let output = self.connection.output();
        while output.has_remaining() {
            let written = self.socket.write(output.chunk()).map_err(Refusal::lost)?;
            output.advance(written);
        }
        Ok(())
    }

    fn poll(&mut self) -> Result<Event, Refusal> {
        loop {
            if let Some(end) = &self.end {
                return Err(end.clone());
            }
            let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.connection.feed(&mut self.inbox, now_ms);
            // What it answers may be the last thing that it says.
            let flushed = self.flush();
            match self.connection.poll_event() {
                Some(Event::Closed { code, text }) => {
                    self.end = Some(Refusal::Connection { code, text });
                }
                Some(Event::Failed(error)) => self.end = Some(Refusal::Lost(error.to_string())),
                Some(event) => return Ok(event),
                None => {
                    flushed?;
                    self.inbox.reserve(READ_BYTES);
                    let mut buffer = vec![0; READ_BYTES];
                    let count = self.socket.read(&mut buffer).map_err(Refusal::lost)?;
                    if count == 0 {
                        self.end = Some(Refusal::Lost("end of file".to_owned()));
                    }
                    self.inbox.extend_from_slice(&buffer[..count]);
                }
            }
        }
    }
}
