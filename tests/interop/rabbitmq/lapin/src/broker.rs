//! The broker as the checks use it: connections that end with the check, names of its own, and
//! waits that have an end.

use std::collections::BTreeMap;
use std::io::stdin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_lite::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::check::Outcome;

/// How long anything may take that a check waits for.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

/// How long a connection is waited for that closes.
const CLOSE_MAX: Duration = Duration::from_secs(2);

pub(crate) struct Broker {
    url: String,
    opened: Mutex<Vec<Connection>>,
}

impl Broker {
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), opened: Mutex::default() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Two channels of one connection.
    pub(crate) async fn channels(&self) -> Outcome<(Channel, Channel)> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channels = (connection.create_channel().await?, connection.create_channel().await?);
        self.keep(connection);
        Ok(channels)
    }

    /// A channel on a connection of its own.
    pub(crate) async fn channel(&self) -> Outcome<Channel> {
        Ok(self.channels().await?.0)
    }

    /// Closes a connection with the check.
    pub(crate) fn keep(&self, connection: Connection) {
        self.opened.lock().expect("nobody panics with it").push(connection);
    }

    /// Where the check or the broker closed a connection, there is nothing to say. Now and then
    /// lapin 4.12 ends the connection's thread, and with it the socket, before it sent its close;
    /// nobody answers then.
    pub(crate) async fn close(&self) {
        let opened = std::mem::take(&mut *self.opened.lock().expect("nobody panics with it"));
        for connection in opened {
            drop(timeout(CLOSE_MAX, connection.close(200, "".into())).await);
        }
    }
}

/// Has the broker restarted on the same port, and returns when it listens again.
pub(crate) async fn restart_broker() -> Outcome {
    println!("restart");
    let read = spawn_blocking(|| stdin().read_line(&mut String::new())).await??;
    if read == 0 { Err("nobody restarted the broker".into()) } else { Ok(()) }
}

/// A name that no other run uses.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{name}-{now:x}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Arguments of a declaration, a binding or a consumer.
pub(crate) fn arguments<const N: usize>(all: [(&str, AMQPValue); N]) -> FieldTable {
    let named = all.into_iter().map(|(name, value)| (ShortString::from(name), value));
    FieldTable::from(named.collect::<BTreeMap<_, _>>())
}

pub(crate) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// Declares a queue that ends with its connection.
pub(crate) async fn queue(channel: &Channel, arguments: FieldTable) -> Outcome<String> {
    let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
    let name = unique("queue");
    channel.queue_declare(name.as_str().into(), options, arguments).await?;
    Ok(name)
}

/// A queue with bodies "0", "1", … in it.
pub(crate) async fn filled(channel: &Channel, count: usize) -> Outcome<String> {
    let name = queue(channel, FieldTable::default()).await?;
    for i in 0..count {
        publish(channel, "", &name, &i.to_string(), BasicProperties::default()).await?;
    }
    Ok(name)
}

/// Publishes and does not look at a confirm.
pub(crate) async fn publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    body: &str,
    properties: BasicProperties,
) -> Outcome {
    let options = BasicPublishOptions::default();
    let body = body.as_bytes();
    channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?;
    Ok(())
}

pub(crate) async fn consume(
    channel: &Channel,
    queue: &str,
    no_ack: bool,
    arguments: FieldTable,
) -> Outcome<Consumer> {
    let options = BasicConsumeOptions { no_ack, ..Default::default() };
    Ok(channel.basic_consume(queue.into(), "".into(), options, arguments).await?)
}

/// A consumer to whom nothing needs to be acknowledged.
pub(crate) async fn inbox(channel: &Channel, queue: &str) -> Outcome<Consumer> {
    consume(channel, queue, true, FieldTable::default()).await
}

pub(crate) async fn next(consumer: &mut Consumer) -> Outcome<Delivery> {
    let delivery = timeout(WAIT_MAX, consumer.next()).await?;
    Ok(delivery.ok_or("the consumer ended")??)
}

pub(crate) async fn bodies(consumer: &mut Consumer, count: usize) -> Outcome<Vec<String>> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        bodies.push(String::from_utf8(next(consumer).await?.data)?);
    }
    Ok(bodies)
}

/// How many messages are ready.
pub(crate) async fn depth(channel: &Channel, queue: &str) -> Outcome<u32> {
    let options = QueueDeclareOptions { passive: true, ..Default::default() };
    let found = channel.queue_declare(queue.into(), options, FieldTable::default()).await?;
    Ok(found.message_count())
}
