//! Channels over connections without sockets: a client of the protocol crate speaks to the broker's
//! side, bytes go from one to the other.

mod acknowledge;
mod confirm;
mod consume;
mod declare;
mod publish;
mod reply_to;
mod timeout;
mod transaction;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use philter_protocol::body::BodyPiece;
use philter_protocol::v0_9_1::connection::PublishHead;
use philter_protocol::v0_9_1::connection::{self as client, ChannelEvent, ClientConfig, Event};
use philter_protocol::v0_9_1::method::{Method, basic, confirm as class_confirm, queue};
use philter_protocol::v0_9_1::properties::Properties;
use philter_protocol::v0_9_1::value::{FieldValue, Table};

use super::{Connection, Surroundings};
use crate::auth::{Principal, SaslStep};
use crate::memory::MemoryGate;
use crate::net::Mailbox;
use crate::net::connection::{Driver, OUTBOX_BYTES_MAX};
use crate::session::greeting;
use crate::session::live::Live;
use crate::virtual_host::tests::Stage;
use crate::virtual_host::{VirtualHost, VirtualHosts};

const CHANNEL: u16 = 1;

/// What a client hears on a channel.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Method(Method),
    Deliver {
        tag: u64,
        redelivered: bool,
        key: String,
        header: Bytes,
        body: Bytes,
    },
    Return {
        code: u16,
        key: String,
        body: Bytes,
    },
    GetOk {
        tag: u64,
        left: u32,
        body: Bytes,
    },
    /// The channel was closed.
    Closed {
        code: u16,
        text: String,
    },
    /// The connection was.
    Lost {
        code: Option<u16>,
        text: String,
    },
}

/// A broker without sockets.
struct World {
    host: Arc<VirtualHost>,
    live: Arc<Live>,
    _stage: Stage,
}

impl World {
    fn new() -> Self {
        Self::on(Stage::new())
    }

    fn with_memory(memory: Arc<MemoryGate>) -> Self {
        Self::on(Stage::with_memory(memory))
    }

    /// One with an exchange `x` whose plugin fails on the body `bad`.
    fn frail() -> Self {
        let stage = Stage::new();
        stage.stand_frail("x");
        Self::on(stage)
    }

    fn on(stage: Stage) -> Self {
        Self { host: Arc::clone(&stage.host), live: Arc::default(), _stage: stage }
    }

    /// A connection with an open channel.
    fn connect(&self) -> Wire {
        let mut wire = self.wire(Some(1_000));
        wire.open_channel(CHANNEL);
        wire
    }

    fn wire(&self, ack_timeout_ms: Option<u64>) -> Wire {
        let surroundings = Surroundings {
            hosts: VirtualHosts::of(&self.host),
            mailbox: Mailbox::new(),
            live: Arc::clone(&self.live),
            local: "here".into(),
            peer: "there".into(),
            config: greeting::v0_9_1(vec!["PLAIN".into()], Duration::from_secs(10)),
            ack_timeout_ms,
        };
        let capabilities = Table::new()
            .with("consumer_cancel_notify", true)
            .with("connection.blocked", true)
            .with("basic.nack", true);
        let config = ClientConfig {
            properties: Table::new().with("capabilities", FieldValue::Table(capabilities)),
            virtual_host: "/".into(),
            heartbeat_s: 0,
            frame_bytes_max: 131_072,
            channel_max: 100,
        };
        let mut wire = Wire {
            server: Connection::new(surroundings, 0),
            client: client::Connection::client(config, 0),
            heard: Vec::new(),
            is_blocked: false,
            now_ms: 0,
        };
        wire.open();
        wire
    }

    fn depth(&self, queue: &str) -> usize {
        self.host.queue(queue).unwrap().counts().0
    }
}

/// A client and the broker's side of its connection.
struct Wire {
    server: Connection,
    client: client::Connection,
    heard: Vec<Heard>,
    is_blocked: bool,
    now_ms: u64,
}

impl Wire {
    fn open(&mut self) {
        self.turn();
        self.client.sasl_start("PLAIN", b"\0guest\0guest");
        self.turn();
        self.server.take_sasl_request().unwrap();
        let principal = Principal {
            identity: "anonymous@QPID".into(),
            user_id: "guest".into(),
            groups: Vec::new(),
            provider: "test".into(),
            expires_at_ms: None,
        };
        self.server.handle_sasl(SaslStep::Success(principal), 0);
        self.turn();
        assert!(self.client.is_open());
    }

    fn open_channel(&mut self, channel: u16) {
        assert!(self.client.open_channel(channel));
        self.turn();
    }

    /// Bytes go both ways until nobody has anything to say.
    fn turn(&mut self) {
        loop {
            let sent = take(self.client.output());
            let mut inbox = BytesMut::from(&sent[..]);
            self.server.feed(&mut inbox, self.now_ms);
            let has_more = self.server.pull(OUTBOX_BYTES_MAX, self.now_ms);
            let answer = take(self.server.output());
            let mut bytes = BytesMut::from(&answer[..]);
            loop {
                let before = bytes.len();
                self.client.feed(&mut bytes, self.now_ms);
                while let Some(event) = self.client.poll_event() {
                    self.note(event);
                }
                if bytes.len() == before {
                    break;
                }
            }
            if sent.is_empty() && answer.is_empty() && !has_more {
                return;
            }
        }
    }

    fn note(&mut self, event: Event) {
        let heard = match event {
            Event::Channel { event, .. } => match event {
                ChannelEvent::Method(method) => Heard::Method(method),
                ChannelEvent::Deliver { deliver, header, body } => Heard::Deliver {
                    tag: deliver.delivery_tag,
                    redelivered: deliver.redelivered,
                    key: deliver.routing_key,
                    header,
                    body: body.concat().into(),
                },
                ChannelEvent::Return { returned, body, .. } => Heard::Return {
                    code: returned.reply_code,
                    key: returned.routing_key,
                    body: body.concat().into(),
                },
                ChannelEvent::GetOk { get_ok, body, .. } => Heard::GetOk {
                    tag: get_ok.delivery_tag,
                    left: get_ok.message_count,
                    body: body.concat().into(),
                },
                ChannelEvent::Close { code, text, .. } => {
                    self.client.channel_closed(CHANNEL);
                    Heard::Closed { code, text }
                }
                _ => return,
            },
            Event::Blocked { .. } => return self.is_blocked = true,
            Event::Unblocked => return self.is_blocked = false,
            Event::Closed { code, text } => Heard::Lost { code, text },
            _ => return,
        };
        self.heard.push(heard);
    }

    fn send(&mut self, method: impl Into<Method>) {
        self.client.send(CHANNEL, method);
        self.turn();
    }

    /// Asks, and takes the last of what is heard.
    fn ask(&mut self, method: impl Into<Method>) -> Heard {
        self.heard.clear();
        self.send(method);
        self.heard.pop().unwrap()
    }

    fn declare(&mut self, queue: &str, arguments: Table) -> Heard {
        self.ask(queue::Declare { queue: queue.into(), arguments, ..Default::default() })
    }

    /// A queue, bound by the key `k`.
    fn bind(&mut self, queue: &str, exchange: &str) {
        self.declare(queue, Table::new());
        let (queue, exchange, routing_key) = (queue.into(), exchange.into(), "k".into());
        self.ask(queue::Bind { queue, exchange, routing_key, ..Default::default() });
    }

    /// Messages in one go, without their answers.
    fn publish_all(&mut self, key: &str, bodies: &[&str]) {
        for body in bodies {
            self.put("", key, &Properties::default(), false, body);
        }
        self.turn();
    }

    fn put(
        &mut self,
        exchange: &str,
        key: &str,
        properties: &Properties<'_>,
        mandatory: bool,
        body: &str,
    ) {
        let mut header = Vec::new();
        properties.encode(&mut header);
        let head = PublishHead {
            exchange,
            routing_key: key,
            is_mandatory: mandatory,
            is_immediate: false,
        };
        let piece = BodyPiece::Slice(body.as_bytes());
        let pieces = std::iter::once(piece).filter(|_| !body.is_empty());
        self.client.publish(CHANNEL, &head, &header, body.len(), pieces);
    }

    fn consume(&mut self, queue: &str, no_ack: bool) {
        let consume = basic::Consume {
            queue: queue.into(),
            consumer_tag: queue.into(),
            no_ack,
            ..Default::default()
        };
        self.send(consume);
    }

    fn select_confirms(&mut self) {
        self.send(class_confirm::Select { no_wait: false });
    }

    fn qos(&mut self, prefetch_count: u16, global: bool) {
        self.send(basic::Qos { prefetch_size: 0, prefetch_count, global });
    }

    fn ack(&mut self, delivery_tag: u64, multiple: bool) {
        self.send(basic::Ack { delivery_tag, multiple });
    }

    fn nack(&mut self, delivery_tag: u64, requeue: bool) {
        self.send(basic::Nack { delivery_tag, multiple: false, requeue });
    }

    /// Everything that was heard since the last time.
    fn hear(&mut self) -> Vec<Heard> {
        self.turn();
        std::mem::take(&mut self.heard)
    }

    /// Bodies of deliveries among it.
    fn bodies(&mut self) -> Vec<String> {
        self.deliveries().into_iter().map(|(_, _, body)| body).collect()
    }

    /// Tags, marks and bodies of deliveries among it.
    fn deliveries(&mut self) -> Vec<(u64, bool, String)> {
        let deliver = |heard| match heard {
            Heard::Deliver { tag, redelivered, body, .. } => {
                Some((tag, redelivered, String::from_utf8(body.to_vec()).unwrap()))
            }
            _ => None,
        };
        self.hear().into_iter().filter_map(deliver).collect()
    }

    /// The code with which the channel was closed.
    fn closed(&mut self) -> (u16, String) {
        let closed = |heard| match heard {
            Heard::Closed { code, text } => Some((code, text)),
            _ => None,
        };
        self.hear().into_iter().find_map(closed).unwrap()
    }

    fn lose(&mut self) {
        self.server.handle_lost(self.now_ms);
    }
}

fn take(output: &mut impl Buf) -> Bytes {
    output.copy_to_bytes(output.remaining())
}

fn acked(delivery_tag: u64, multiple: bool) -> Heard {
    Heard::Method(basic::Ack { delivery_tag, multiple }.into())
}

fn nacked(delivery_tag: u64) -> Heard {
    Heard::Method(basic::Nack { delivery_tag, multiple: false, requeue: false }.into())
}
