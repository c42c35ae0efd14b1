//! Tuning, heartbeats, channels, and a broker that goes away and comes back.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::StreamExt;
use lapin::options::BasicPublishOptions;
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, Event};
use tokio::time::{interval, timeout};

use crate::broker::{Broker, WAIT_MAX, bodies, inbox, publish, queue, restart_broker};
use crate::check::{Check, Outcome, check, expect};

/// Longer than either side bears the silence of a peer whose heartbeat is a second.
const QUIET: Duration = Duration::from_secs(3);

/// How long a message may take that is published again then.
const PATIENCE: Duration = Duration::from_millis(500);

pub(crate) const CHECKS: &[Check] = &[
    check!("heartbeats", heartbeats),
    check!("many-channels", many_channels),
    check!("small-frames", small_frames),
    check!("update-secret", update_secret),
    check!("reconnect-after-restart", reconnect_after_restart),
    check!("automatic-recovery", automatic_recovery),
];

async fn connect(broker: &Broker, query: &str) -> Outcome<Connection> {
    let url = format!("{}/%2f{query}", broker.url());
    Ok(Connection::connect(&url, ConnectionProperties::default()).await?)
}

async fn heartbeats(broker: Arc<Broker>) -> Outcome {
    let connection = connect(&broker, "?heartbeat=1").await?;
    let mut events = Box::pin(connection.events_listener());
    if let Ok(Some(Event::Error(error))) = timeout(QUIET, events.next()).await {
        return Err(error.into());
    }
    connection.create_channel().await?;
    broker.keep(connection);
    Ok(())
}

async fn many_channels(broker: Arc<Broker>) -> Outcome {
    let connection = connect(&broker, "").await?;
    let sink = connection.create_channel().await?;
    let name = queue(&sink, FieldTable::default()).await?;
    let mut consumer = inbox(&sink, &name).await?;
    let mut channels = Vec::new();
    for i in 0..200 {
        let channel = connection.create_channel().await?;
        publish(&channel, "", &name, &i.to_string(), BasicProperties::default()).await?;
        channels.push(channel);
    }
    bodies(&mut consumer, 200).await?;
    broker.keep(connection);
    Ok(())
}

async fn small_frames(broker: Arc<Broker>) -> Outcome {
    let connection = connect(&broker, "?frame_max=4096").await?;
    expect(connection.configuration().frame_max(), 4096)?;
    let channel = connection.create_channel().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    publish(&channel, "", &name, &"x".repeat(100_000), BasicProperties::default()).await?;
    let got = bodies(&mut inbox(&channel, &name).await?, 1).await?;
    expect(got.concat().len(), 100_000)?;
    broker.keep(connection);
    Ok(())
}

async fn update_secret(broker: Arc<Broker>) -> Outcome {
    let connection = connect(&broker, "").await?;
    connection.update_secret("guest".into(), "renewed".into()).await?;
    connection.create_channel().await?;
    broker.keep(connection);
    Ok(())
}

/// A queue and its consumer, to which a message comes.
async fn working(channel: &Channel, body: &str) -> Outcome<(String, Consumer)> {
    let name = queue(channel, FieldTable::default()).await?;
    let mut consumer = inbox(channel, &name).await?;
    publish(channel, "", &name, body, BasicProperties::default()).await?;
    expect(bodies(&mut consumer, 1).await?, vec![body.to_owned()])?;
    Ok((name, consumer))
}

async fn reconnect_after_restart(broker: Arc<Broker>) -> Outcome {
    let (_, mut consumer) = working(&broker.channel().await?, "before").await?;
    restart_broker().await?;
    let told = timeout(WAIT_MAX, consumer.next()).await?;
    expect(matches!(told, Some(Err(_))), true)?;
    working(&connect_again(&broker).await?, "after").await?;
    Ok(())
}

async fn connect_again(broker: &Broker) -> Outcome<Channel> {
    let mut pauses = interval(Duration::from_millis(100));
    let attempts = async {
        loop {
            pauses.tick().await;
            if let Ok(channel) = broker.channel().await {
                return channel;
            }
        }
    };
    Ok(timeout(WAIT_MAX, attempts).await?)
}

/// lapin connects again, declares the queue again, and the consumer goes on.
async fn automatic_recovery(broker: Arc<Broker>) -> Outcome {
    let properties = ConnectionProperties::default()
        .enable_auto_recover()
        .configure_backoff(|backoff| backoff.with_max_delay(Duration::from_millis(500)));
    let connection = Connection::connect(broker.url(), properties).await?;
    let channel = connection.create_channel().await?;
    let (name, mut consumer) = working(&channel, "before").await?;
    restart_broker().await?;
    let again = comes_through(&channel, &name, &mut consumer, "after");
    expect(timeout(WAIT_MAX, again).await??, "after".to_owned())?;
    broker.keep(connection);
    Ok(())
}

/// Publishes until one of the messages comes: the first may go to a connection whose loss lapin
/// has not seen yet.
async fn comes_through(
    channel: &Channel,
    key: &str,
    consumer: &mut Consumer,
    body: &str,
) -> Outcome<String> {
    loop {
        publish_at_last(channel, key, body).await?;
        if let Ok(body) = timeout(PATIENCE, next_body(consumer)).await {
            return body;
        }
    }
}

/// Publishes once the channel is what it was.
async fn publish_at_last(channel: &Channel, key: &str, body: &str) -> Outcome {
    loop {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let body = body.as_bytes();
        match channel.basic_publish("".into(), key.into(), options, body, properties).await {
            Ok(_) => return Ok(()),
            Err(error) => channel.wait_for_recovery(error).await?,
        }
    }
}

/// The next message of a consumer that may be told of the loss before it.
async fn next_body(consumer: &mut Consumer) -> Outcome<String> {
    loop {
        if let Ok(delivery) = consumer.next().await.ok_or("the consumer ended")? {
            return Ok(String::from_utf8(delivery.data)?);
        }
    }
}
