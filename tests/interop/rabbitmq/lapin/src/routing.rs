//! Exchanges: by key, by pattern, by headers, to all, and what they can't route.

use std::sync::Arc;

use lapin::options::{
    ExchangeBindOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, ExchangeUnbindOptions,
    QueueBindOptions,
};
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use lapin::{BasicProperties, Channel, ExchangeKind};

use crate::broker::{Broker, arguments, bodies, inbox, next, publish, queue, text, unique};
use crate::check::{Check, Outcome, check, expect};

pub(crate) const CHECKS: &[Check] = &[
    check!("direct-routing", direct_routing),
    check!("topic-routing", topic_routing),
    check!("fanout-routing", fanout_routing),
    check!("headers-routing", headers_routing),
    check!("exchange-to-exchange", exchange_to_exchange),
    check!("alternate-exchange", alternate_exchange),
    check!("cc-and-bcc", cc_and_bcc),
];

/// Declares an exchange that ends with its last binding.
async fn exchange(channel: &Channel, kind: ExchangeKind, table: FieldTable) -> Outcome<String> {
    let options = ExchangeDeclareOptions { auto_delete: true, ..Default::default() };
    let name = unique("exchange");
    channel.exchange_declare(name.as_str().into(), kind, options, table).await?;
    Ok(name)
}

async fn bind(
    channel: &Channel,
    queue: &str,
    exchange: &str,
    key: &str,
    table: FieldTable,
) -> Outcome {
    let options = QueueBindOptions::default();
    Ok(channel.queue_bind(queue.into(), exchange.into(), key.into(), options, table).await?)
}

/// Publishes to each key, its name as the body, and wants these bodies and no other.
async fn expect_routed(
    broker: &Broker,
    kind: ExchangeKind,
    bindings: &[&str],
    keys: &[&str],
    expected: &[&str],
) -> Outcome {
    let channel = broker.channel().await?;
    let name = exchange(&channel, kind, FieldTable::default()).await?;
    let sink = queue(&channel, FieldTable::default()).await?;
    for key in bindings {
        bind(&channel, &sink, &name, key, FieldTable::default()).await?;
    }
    for key in keys {
        publish(&channel, &name, key, key, BasicProperties::default()).await?;
    }
    publish(&channel, "", &sink, "end", BasicProperties::default()).await?;
    let mut got = inbox(&channel, &sink).await?;
    let got = bodies(&mut got, expected.len() + 1).await?;
    expect(got, expected.iter().chain(&["end"]).map(|&body| body.to_owned()).collect())
}

async fn direct_routing(broker: Arc<Broker>) -> Outcome {
    let keys = ["a", "b", "c"];
    expect_routed(&broker, ExchangeKind::Direct, &["a", "c"], &keys, &["a", "c"]).await
}

async fn topic_routing(broker: Arc<Broker>) -> Outcome {
    let keys = ["stock.eu", "stock", "eu.stock", "weather.eu.x", "weather.eu"];
    let expected = ["stock.eu", "stock", "weather.eu"];
    expect_routed(&broker, ExchangeKind::Topic, &["stock.#", "*.eu"], &keys, &expected).await
}

async fn fanout_routing(broker: Arc<Broker>) -> Outcome {
    expect_routed(&broker, ExchangeKind::Fanout, &[""], &["a", "b"], &["a", "b"]).await
}

async fn headers_routing(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let name = exchange(&channel, ExchangeKind::Headers, FieldTable::default()).await?;
    let sink = queue(&channel, FieldTable::default()).await?;
    let report = || [("kind", text("report")), ("pages", AMQPValue::LongInt(3))];
    let [kind, pages] = report();
    let table = arguments([("x-match", text("all")), kind, pages]);
    bind(&channel, &sink, &name, "", table).await?;
    let with = |headers| BasicProperties::default().with_headers(headers);
    publish(&channel, &name, "", "all", with(arguments(report()))).await?;
    publish(&channel, &name, "", "half", with(arguments([("kind", text("report"))]))).await?;
    publish(&channel, "", &sink, "end", BasicProperties::default()).await?;
    let got = bodies(&mut inbox(&channel, &sink).await?, 2).await?;
    expect(got, vec!["all".to_owned(), "end".to_owned()])
}

async fn exchange_to_exchange(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let (front, none) = (unique("front"), FieldTable::default);
    let options = ExchangeDeclareOptions::default();
    channel.exchange_declare(front.as_str().into(), ExchangeKind::Topic, options, none()).await?;
    let back = exchange(&channel, ExchangeKind::Fanout, none()).await?;
    let sink = queue(&channel, none()).await?;
    bind(&channel, &sink, &back, "", none()).await?;
    let names = || (back.as_str().into(), front.as_str().into());
    let (to, from) = names();
    let options = ExchangeBindOptions::default();
    channel.exchange_bind(to, from, "in.*".into(), options, none()).await?;
    publish(&channel, &front, "in.one", "1", BasicProperties::default()).await?;
    let (to, from) = names();
    let options = ExchangeUnbindOptions::default();
    channel.exchange_unbind(to, from, "in.*".into(), options, none()).await?;
    publish(&channel, &front, "in.two", "2", BasicProperties::default()).await?;
    publish(&channel, &back, "", "3", BasicProperties::default()).await?;
    let got = bodies(&mut inbox(&channel, &sink).await?, 2).await?;
    expect(got, vec!["1".to_owned(), "3".to_owned()])?;
    Ok(channel.exchange_delete(front.into(), ExchangeDeleteOptions::default()).await?)
}

async fn alternate_exchange(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let back = exchange(&channel, ExchangeKind::Fanout, FieldTable::default()).await?;
    let table = arguments([("alternate-exchange", text(&back))]);
    let front = exchange(&channel, ExchangeKind::Direct, table).await?;
    let sink = queue(&channel, FieldTable::default()).await?;
    let other = queue(&channel, FieldTable::default()).await?;
    bind(&channel, &sink, &back, "", FieldTable::default()).await?;
    bind(&channel, &other, &front, "known", FieldTable::default()).await?;
    publish(&channel, &front, "known", "1", BasicProperties::default()).await?;
    publish(&channel, &front, "unknown", "2", BasicProperties::default()).await?;
    let got = bodies(&mut inbox(&channel, &sink).await?, 1).await?;
    expect(got, vec!["2".to_owned()])
}

async fn cc_and_bcc(broker: Arc<Broker>) -> Outcome {
    let channel = broker.channel().await?;
    let mut queues = Vec::new();
    for _ in 0..3 {
        queues.push(queue(&channel, FieldTable::default()).await?);
    }
    let one = |name: &str| AMQPValue::FieldArray(FieldArray::from(vec![text(name)]));
    let headers = arguments([("CC", one(&queues[1])), ("BCC", one(&queues[2]))]);
    let properties = BasicProperties::default().with_headers(headers);
    publish(&channel, "", &queues[0], "letter", properties).await?;
    let expected = Some(arguments([("CC", one(&queues[1]))]));
    for name in &queues {
        let delivery = next(&mut inbox(&channel, name).await?).await?;
        expect(delivery.properties.headers(), &expected)?;
    }
    Ok(())
}
