//! What the broker refuses, with the reply code that applications look at.

use std::sync::Arc;

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

use crate::broker::{Broker, arguments, depth, inbox, publish, queue, unique};
use crate::check::{Check, Outcome, check, expect_error, expect_refusal};

pub(crate) const CHECKS: &[Check] = &[
    check!("passive-declare-missing", passive_declare_missing),
    check!("inequivalent-declare", inequivalent_declare),
    check!("unknown-exchange", unknown_exchange),
    check!("exclusive-queue", exclusive_queue),
    check!("delete-in-use", delete_in_use),
    check!("refused-password", refused_password),
    check!("unknown-virtual-host", unknown_virtual_host),
];

async fn look_for(channel: &Channel, name: &str) -> Outcome<lapin::Error> {
    let options = QueueDeclareOptions { passive: true, ..Default::default() };
    expect_error(channel.queue_declare(name.into(), options, FieldTable::default()).await)
}

async fn passive_declare_missing(broker: Arc<Broker>) -> Outcome {
    let (channel, other) = broker.channels().await?;
    let missing = unique("missing");
    let refusal = look_for(&channel, &missing).await?;
    expect_refusal(&refusal, 404, &["NOT_FOUND", &missing])?;
    queue(&other, FieldTable::default()).await?; // the connection goes on
    Ok(())
}

async fn inequivalent_declare(broker: Arc<Broker>) -> Outcome {
    let (channel, other) = broker.channels().await?;
    let limit = |limit| arguments([("x-max-length", AMQPValue::LongInt(limit))]);
    let name = queue(&channel, limit(5)).await?;
    let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
    let again = other.queue_declare(name.as_str().into(), options, limit(6)).await;
    expect_refusal(&expect_error(again)?, 406, &["PRECONDITION_FAILED", "x-max-length", &name])
}

/// What follows on the channel hears of it. Where the close comes before it is sent, the client
/// refuses it by itself: then once more.
async fn unknown_exchange(broker: Arc<Broker>) -> Outcome {
    loop {
        let channel = broker.channel().await?;
        publish(&channel, &unique("missing"), "key", "lost", BasicProperties::default()).await?;
        let refusal = look_for(&channel, &unique("any")).await?;
        if !matches!(refusal.kind(), lapin::ErrorKind::InvalidChannelState(..)) {
            return expect_refusal(&refusal, 404, &["no exchange"]);
        }
    }
}

async fn exclusive_queue(broker: Arc<Broker>) -> Outcome {
    let name = queue(&broker.channel().await?, FieldTable::default()).await?;
    let refusal = look_for(&broker.channel().await?, &name).await?;
    expect_refusal(&refusal, 405, &["RESOURCE_LOCKED", &name])
}

async fn delete_in_use(broker: Arc<Broker>) -> Outcome {
    let (channel, other) = broker.channels().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    let _consumer = inbox(&channel, &name).await?;
    let options = QueueDeleteOptions { if_unused: true, ..Default::default() };
    let refusal = expect_error(other.queue_delete(name.as_str().into(), options).await)?;
    expect_refusal(&refusal, 406, &["PRECONDITION_FAILED", "in use"])?;
    depth(&channel, &name).await?; // it is still there
    Ok(())
}

async fn refused_password(broker: Arc<Broker>) -> Outcome {
    let url = broker.url().replace("guest:guest@", "guest:wrong@");
    let refused = Connection::connect(&url, ConnectionProperties::default()).await;
    expect_refusal(&expect_error(refused)?, 403, &["ACCESS_REFUSED"])
}

async fn unknown_virtual_host(broker: Arc<Broker>) -> Outcome {
    let url = format!("{}/{}", broker.url(), unique("nowhere"));
    let refused = Connection::connect(&url, ConnectionProperties::default()).await;
    expect_refusal(&expect_error(refused)?, 530, &["NOT_ALLOWED"])
}
