//! Dead letters: what sends them on, and what they tell of their death.

use std::sync::Arc;

use lapin::message::Delivery;
use lapin::options::{
    BasicNackOptions, BasicRejectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Consumer};

use crate::broker::{
    Broker, arguments, bodies, consume, inbox, next, publish, queue, text, unique,
};
use crate::check::{Check, Outcome, check, expect};

pub(crate) const CHECKS: &[Check] = &[
    check!("reject-dead-letter", reject_dead_letter),
    check!("message-ttl", message_ttl),
    check!("queue-ttl", queue_ttl),
    check!("max-length-drop-head", max_length_drop_head),
    check!("delivery-limit", delivery_limit),
];

/// A queue, and the consumer of its dead letters.
async fn with_dead_letters<const N: usize>(
    channel: &Channel,
    more: [(&str, AMQPValue); N],
) -> Outcome<(String, Consumer)> {
    let (table, letters) = to_dead_letters(channel, more).await?;
    Ok((queue(channel, table).await?, letters))
}

async fn to_dead_letters<const N: usize>(
    channel: &Channel,
    more: [(&str, AMQPValue); N],
) -> Outcome<(FieldTable, Consumer)> {
    let dead = queue(channel, FieldTable::default()).await?;
    let mut table = arguments(more);
    table.insert("x-dead-letter-exchange".into(), text(""));
    table.insert("x-dead-letter-routing-key".into(), text(&dead));
    Ok((table, inbox(channel, &dead).await?))
}

/// A field of the last death that a message tells of.
fn death(letter: &Delivery, field: &str) -> Outcome<AMQPValue> {
    let headers = letter.properties.headers().as_ref().ok_or("no headers")?;
    let Some(AMQPValue::FieldArray(deaths)) = headers.inner().get("x-death") else {
        return Err(format!("no x-death in {headers:?}").into());
    };
    match deaths.as_slice().first() {
        Some(AMQPValue::FieldTable(last)) => {
            Ok(last.inner().get(field).cloned().ok_or_else(|| format!("no {field} in {last:?}"))?)
        }
        other => Err(format!("no table: {other:?}").into()),
    }
}

async fn reject_dead_letter(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let (name, mut letters) = with_dead_letters(&channel, []).await?;
    publish(&channel, "", &name, "bad", BasicProperties::default()).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    next(&mut consumer).await?.reject(BasicRejectOptions { requeue: false }).await?;
    let letter = next(&mut letters).await?;
    expect(death(&letter, "reason")?, text("rejected"))?;
    expect(death(&letter, "queue")?, text(&name))?;
    expect(death(&letter, "count")?, AMQPValue::LongLongInt(1))
}

async fn message_ttl(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let (name, mut letters) = with_dead_letters(&channel, []).await?;
    let brief = BasicProperties::default().with_expiration("20".into());
    publish(&channel, "", &name, "brief", brief).await?;
    let letter = next(&mut letters).await?;
    expect(death(&letter, "reason")?, text("expired"))?;
    expect(death(&letter, "original-expiration")?, text("20"))
}

async fn queue_ttl(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let ttl = [("x-message-ttl", AMQPValue::LongInt(20))];
    let (name, mut letters) = with_dead_letters(&channel, ttl).await?;
    publish(&channel, "", &name, "brief", BasicProperties::default()).await?;
    expect(death(&next(&mut letters).await?, "reason")?, text("expired"))
}

async fn max_length_drop_head(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let limit = [("x-max-length", AMQPValue::LongInt(1))];
    let (name, mut letters) = with_dead_letters(&channel, limit).await?;
    for body in ["0", "1"] {
        publish(&channel, "", &name, body, BasicProperties::default()).await?;
    }
    expect(death(&next(&mut letters).await?, "reason")?, text("maxlen"))?;
    expect(bodies(&mut inbox(&channel, &name).await?, 1).await?, vec!["1".to_owned()])
}

async fn delivery_limit(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let limit = [("x-queue-type", text("quorum")), ("x-delivery-limit", AMQPValue::LongInt(1))];
    let (table, mut letters) = to_dead_letters(&channel, limit).await?;
    let name = unique("queue");
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(name.as_str().into(), options, table).await?;
    publish(&channel, "", &name, "poison", BasicProperties::default()).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    for _ in 0..2 {
        let options = BasicNackOptions { requeue: true, ..Default::default() };
        next(&mut consumer).await?.nack(options).await?;
    }
    expect(death(&next(&mut letters).await?, "reason")?, text("delivery_limit"))?;
    channel.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
    Ok(())
}
