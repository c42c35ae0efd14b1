//! Queues and consumers: acknowledging, prefetch, priorities, cancelling, and what messages carry.

use std::sync::Arc;

use futures_lite::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicGetOptions, BasicNackOptions, BasicQosOptions,
    BasicRecoverOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};
use tokio::time::timeout;

use crate::broker::{
    Broker, WAIT_MAX, arguments, bodies, consume, depth, filled, inbox, next, publish, queue, text,
    unique,
};
use crate::check::{Check, Outcome, check, expect, expect_error, expect_refusal};

pub(crate) const CHECKS: &[Check] = &[
    check!("publish-and-consume", publish_and_consume),
    check!("server-named-queue", server_named_queue),
    check!("all-properties", all_properties),
    check!("nack-requeue", nack_requeue),
    check!("nack-multiple", nack_multiple),
    check!("recover", recover),
    check!("requeue-at-channel-close", requeue_at_channel_close),
    check!("basic-get", basic_get),
    check!("prefetch-per-consumer", prefetch_per_consumer),
    check!("prefetch-global", prefetch_global),
    check!("consumer-cancel-notification", consumer_cancel_notification),
    check!("consumer-priority", consumer_priority),
    check!("single-active-consumer", single_active_consumer),
    check!("priorities", priorities),
    check!("direct-reply-to", direct_reply_to),
    check!("auto-delete-queue", auto_delete_queue),
    check!("purge-and-delete", purge_and_delete),
    check!("large-message", large_message),
];

async fn publish_and_consume(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 3).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    for body in ["0", "1", "2"] {
        let delivery = next(&mut consumer).await?;
        expect((delivery.data.as_slice(), delivery.redelivered), (body.as_bytes(), false))?;
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}

async fn server_named_queue(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
    let declared = channel.queue_declare("".into(), options, FieldTable::default()).await?;
    expect(declared.name().as_str().starts_with("amq.gen-"), true)?;
    publish(&channel, "", declared.name().as_str(), "1", BasicProperties::default()).await?;
    let got = bodies(&mut inbox(&channel, declared.name().as_str()).await?, 1).await?;
    expect(got, vec!["1".to_owned()])
}

async fn all_properties(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    let headers = arguments([
        ("text", text("ä")),
        ("byte", AMQPValue::ShortShortInt(-8)),
        ("short", AMQPValue::ShortInt(-300)),
        ("int", AMQPValue::LongInt(70_000)),
        ("long", AMQPValue::LongLongInt(1 << 40)),
        ("double", AMQPValue::Double(2.25)),
        ("true", AMQPValue::Boolean(true)),
        ("none", AMQPValue::Void),
        ("time", AMQPValue::Timestamp(1_700_000_000)),
        ("table", AMQPValue::FieldTable(arguments([("inner", AMQPValue::LongInt(1))]))),
    ]);
    let properties = BasicProperties::default()
        .with_content_type("text/plain".into())
        .with_content_encoding("utf-8".into())
        .with_headers(headers)
        .with_delivery_mode(2)
        .with_priority(5)
        .with_correlation_id("c".into())
        .with_reply_to("r".into())
        .with_expiration("60000".into())
        .with_message_id("m".into())
        .with_timestamp(1_700_000_000)
        .with_type("t".into())
        .with_user_id("guest".into())
        .with_app_id("a".into());
    publish(&channel, "", &name, "body", properties.clone()).await?;
    expect(next(&mut inbox(&channel, &name).await?).await?.properties, properties)
}

async fn nack_requeue(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 1).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    let options = BasicNackOptions { requeue: true, ..Default::default() };
    next(&mut consumer).await?.nack(options).await?;
    let again = next(&mut consumer).await?;
    expect(again.redelivered, true)?;
    again.ack(BasicAckOptions::default()).await?;
    Ok(())
}

async fn nack_multiple(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 3).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    bodies(&mut consumer, 2).await?;
    let options = BasicNackOptions { multiple: true, requeue: true };
    next(&mut consumer).await?.nack(options).await?;
    let got = bodies(&mut consumer, 3).await?;
    expect(got, ["0", "1", "2"].map(str::to_owned).to_vec())
}

async fn recover(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 1).await?;
    let mut consumer = consume(&channel, &name, false, FieldTable::default()).await?;
    next(&mut consumer).await?;
    channel.basic_recover(BasicRecoverOptions { requeue: true }).await?;
    expect(next(&mut consumer).await?.redelivered, true)
}

async fn requeue_at_channel_close(broker: Arc<Broker>) -> Outcome {
    let (first, second) = broker.channels().await?;
    let name = filled(&first, 1).await?;
    next(&mut consume(&first, &name, false, FieldTable::default()).await?).await?;
    first.close(200, "".into()).await?;
    expect(next(&mut inbox(&second, &name).await?).await?.redelivered, true)
}

async fn basic_get(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    let get = || channel.basic_get(name.as_str().into(), BasicGetOptions { no_ack: true });
    expect(get().await?.is_none(), true)?;
    channel.confirm_select(Default::default()).await?;
    for body in ["1", "2"] {
        crate::publishing::confirmed(&channel, &name, body).await?;
    }
    let got = get().await?.ok_or("no message")?;
    expect((got.delivery.data.as_slice(), got.message_count), (&b"1"[..], 1))
}

async fn qos(channel: &Channel, count: u16, global: bool) -> Outcome {
    Ok(channel.basic_qos(count, BasicQosOptions { global }).await?)
}

async fn prefetch_per_consumer(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 10).await?;
    qos(&channel, 2, false).await?;
    let mut one = consume(&channel, &name, false, FieldTable::default()).await?;
    let mut two = consume(&channel, &name, false, FieldTable::default()).await?;
    let first = next(&mut one).await?;
    bodies(&mut one, 1).await?;
    bodies(&mut two, 2).await?;
    expect(depth(&channel, &name).await?, 6)?;
    first.ack(BasicAckOptions::default()).await?;
    bodies(&mut one, 1).await?;
    expect(depth(&channel, &name).await?, 5)
}

async fn prefetch_global(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = filled(&channel, 10).await?;
    qos(&channel, 3, true).await?;
    let mut one = consume(&channel, &name, false, FieldTable::default()).await?;
    bodies(&mut one, 3).await?;
    let _two = consume(&channel, &name, false, FieldTable::default()).await?;
    expect(depth(&channel, &name).await?, 7)
}

/// Declares a queue that ends with its last consumer.
async fn shared(channel: &Channel) -> Outcome<String> {
    let options = QueueDeclareOptions { auto_delete: true, ..Default::default() };
    let name = unique("queue");
    channel.queue_declare(name.as_str().into(), options, FieldTable::default()).await?;
    Ok(name)
}

/// lapin ends the consumer's stream.
async fn consumer_cancel_notification(broker: Arc<Broker>) -> Outcome {
    let (channel, other) = (broker.channel().await?, broker.channel().await?);
    let name = shared(&channel).await?;
    let mut consumer = inbox(&channel, &name).await?;
    other.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
    expect(timeout(WAIT_MAX, consumer.next()).await?.is_none(), true)
}

async fn consumer_priority(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    qos(&channel, 2, false).await?;
    let priority = |priority| arguments([("x-priority", AMQPValue::LongInt(priority))]);
    let mut low = consume(&channel, &name, false, priority(-1)).await?;
    let mut high = consume(&channel, &name, false, priority(10)).await?;
    for body in ["0", "1", "2"] {
        publish(&channel, "", &name, body, BasicProperties::default()).await?;
    }
    expect(bodies(&mut high, 2).await?, vec!["0".to_owned(), "1".to_owned()])?;
    expect(bodies(&mut low, 1).await?, vec!["2".to_owned()])
}

async fn single_active_consumer(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let table = arguments([("x-single-active-consumer", AMQPValue::Boolean(true))]);
    let name = queue(&channel, table).await?;
    let mut first = inbox(&channel, &name).await?;
    let mut second = inbox(&channel, &name).await?;
    for body in ["0", "1"] {
        publish(&channel, "", &name, body, BasicProperties::default()).await?;
    }
    expect(bodies(&mut first, 2).await?, vec!["0".to_owned(), "1".to_owned()])?;
    channel.basic_cancel(first.tag(), BasicCancelOptions::default()).await?;
    publish(&channel, "", &name, "2", BasicProperties::default()).await?;
    expect(bodies(&mut second, 1).await?, vec!["2".to_owned()])
}

async fn priorities(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = queue(&channel, arguments([("x-max-priority", AMQPValue::LongInt(10))])).await?;
    channel.confirm_select(Default::default()).await?;
    for priority in [1, 5, 0, 10] {
        let properties = BasicProperties::default().with_priority(priority);
        publish(&channel, "", &name, &priority.to_string(), properties).await?;
    }
    channel.wait_for_confirms().await?;
    let got = bodies(&mut inbox(&channel, &name).await?, 4).await?;
    expect(got, ["10", "5", "1", "0"].map(str::to_owned).to_vec())
}

async fn direct_reply_to(broker: Arc<Broker>) -> Outcome {
    let (server, client) = (broker.channel().await?, broker.channel().await?);
    let requests = queue(&server, FieldTable::default()).await?;
    let mut questions = inbox(&server, &requests).await?;
    let mut replies = inbox(&client, "amq.rabbitmq.reply-to").await?;
    let properties = BasicProperties::default().with_reply_to("amq.rabbitmq.reply-to".into());
    publish(&client, "", &requests, "question", properties).await?;
    let question = next(&mut questions).await?;
    let reply_to = question.properties.reply_to().clone().ok_or("no address for the reply")?;
    publish(&server, "", reply_to.as_str(), "answer", BasicProperties::default()).await?;
    expect(bodies(&mut replies, 1).await?, vec!["answer".to_owned()])
}

async fn auto_delete_queue(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = shared(&channel).await?;
    let consumer = inbox(&channel, &name).await?;
    channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await?;
    let options = QueueDeclareOptions { passive: true, ..Default::default() };
    let looked_for = channel.queue_declare(name.as_str().into(), options, FieldTable::default());
    expect_refusal(&expect_error(looked_for.await)?, 404, &[&name])
}

async fn purge_and_delete(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    channel.confirm_select(Default::default()).await?;
    let name = filled(&channel, 3).await?;
    channel.wait_for_confirms().await?;
    let purged = channel.queue_purge(name.as_str().into(), QueuePurgeOptions::default()).await?;
    let deleted = channel.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
    expect((purged, deleted), (3, 0))
}

async fn large_message(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = queue(&channel, FieldTable::default()).await?;
    let body = "0123456789abcdef".repeat(5 * 1024 * 1024 / 16);
    publish(&channel, "", &name, &body, BasicProperties::default()).await?;
    let got = next(&mut inbox(&channel, &name).await?).await?;
    expect(got.data == body.as_bytes(), true)
}
