//! Publisher confirms, returns, and transactions.

use std::sync::Arc;

use lapin::options::{BasicAckOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Consumer};
use tokio::time::timeout;

use crate::broker::{
    Broker, WAIT_MAX, arguments, bodies, consume, depth, filled, inbox, next, publish, queue, text,
    unique,
};
use crate::check::{Check, Outcome, check, expect};

pub(crate) const CHECKS: &[Check] = &[
    check!("confirm-single", confirm_single),
    check!("confirm-many", confirm_many),
    check!("confirm-nack", confirm_nack),
    check!("mandatory-return", mandatory_return),
    check!("unroutable-is-confirmed", unroutable_is_confirmed),
    check!("tx-commit", tx_commit),
    check!("tx-rollback", tx_rollback),
];

async fn confirming(broker: &Broker) -> Outcome<Channel> {
    let channel = broker.channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// What the broker answers to a publish.
pub(crate) async fn confirmed(channel: &Channel, key: &str, body: &str) -> Outcome<Confirmation> {
    answered(channel, key, body, BasicPublishOptions::default()).await
}

async fn answered(
    channel: &Channel,
    key: &str,
    body: &str,
    options: BasicPublishOptions,
) -> Outcome<Confirmation> {
    let (body, properties) = (body.as_bytes(), BasicProperties::default());
    let confirm = channel.basic_publish("".into(), key.into(), options, body, properties).await?;
    Ok(timeout(WAIT_MAX, confirm).await??)
}

async fn confirm_single(broker: Arc<Broker>) -> Outcome {
    let channel = confirming(&broker).await?;
    let name = queue(&channel, FieldTable::default()).await?;
    for _ in 0..10 {
        expect(confirmed(&channel, &name, "x").await?, Confirmation::Ack(None))?;
    }
    expect(depth(&channel, &name).await?, 10)
}

async fn confirm_many(broker: Arc<Broker>) -> Outcome {
    let channel = confirming(&broker).await?;
    let name = filled(&channel, 1_000).await?;
    timeout(WAIT_MAX, channel.wait_for_confirms()).await??;
    expect(depth(&channel, &name).await?, 1_000)
}

async fn confirm_nack(broker: Arc<Broker>) -> Outcome {
    let channel = confirming(&broker).await?;
    let table = arguments([
        ("x-max-length", AMQPValue::LongInt(1)),
        ("x-overflow", text("reject-publish")),
    ]);
    let name = queue(&channel, table).await?;
    expect(confirmed(&channel, &name, "fits").await?, Confirmation::Ack(None))?;
    expect(confirmed(&channel, &name, "one too many").await?, Confirmation::Nack(None))
}

async fn mandatory_return(broker: Arc<Broker>) -> Outcome {
    let channel = confirming(&broker).await?;
    let missing = unique("nobody");
    let options = BasicPublishOptions { mandatory: true, ..Default::default() };
    let answer = answered(&channel, &missing, "back", options).await?;
    expect(answer.is_ack(), true)?;
    let back = answer.take_message().ok_or("nothing came back")?;
    expect((back.reply_code, back.reply_text.as_str()), (312, "NO_ROUTE"))?;
    expect(back.delivery.data.as_slice(), b"back")
}

async fn unroutable_is_confirmed(broker: Arc<Broker>) -> Outcome {
    let channel = confirming(&broker).await?;
    expect(confirmed(&channel, &unique("nobody"), "gone").await?, Confirmation::Ack(None))
}

/// An acknowledgement and a publish in a transaction that is still open.
struct Transaction {
    channel: Channel,
    /// Of the same connection, outside the transaction.
    other: Channel,
    source: String,
    sink: String,
    /// Dropped, it would be cancelled, which RabbitMQ bears at no time before the commit's answer.
    _consumer: Consumer,
}

async fn open_transaction(broker: &Broker) -> Outcome<Transaction> {
    let (channel, other) = broker.channels().await?;
    let source = filled(&other, 1).await?;
    let sink = queue(&other, FieldTable::default()).await?;
    let mut consumer = consume(&channel, &source, false, FieldTable::default()).await?;
    let delivery = next(&mut consumer).await?;
    channel.tx_select().await?;
    delivery.ack(BasicAckOptions::default()).await?;
    publish(&channel, "", &sink, "out", BasicProperties::default()).await?;
    expect(depth(&other, &sink).await?, 0)?;
    Ok(Transaction { channel, other, source, sink, _consumer: consumer })
}

async fn tx_commit(broker: Arc<Broker>) -> Outcome {
    let transaction = open_transaction(&broker).await?;
    let Transaction { channel, other, source, sink, .. } = &transaction;
    channel.tx_commit().await?;
    expect(bodies(&mut inbox(other, sink).await?, 1).await?, vec!["out".to_owned()])?;
    channel.close(200, "".into()).await?;
    expect(depth(other, source).await?, 0)
}

async fn tx_rollback(broker: Arc<Broker>) -> Outcome {
    let transaction = open_transaction(&broker).await?;
    let Transaction { channel, other, source, sink, .. } = &transaction;
    channel.tx_rollback().await?;
    channel.close(200, "".into()).await?;
    expect(depth(other, sink).await?, 0)?;
    expect(next(&mut inbox(other, source).await?).await?.redelivered, true)
}
