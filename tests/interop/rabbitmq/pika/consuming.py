"""Queues and consumers: acknowledging, prefetch, priorities, cancelling, and what messages carry."""

import datetime
import decimal

import pika

from broker import Consumer, depth, exchange, get, publish, queue, unique, wait_until
from suite import check, expect


@check
def publish_and_consume(broker):
    channel = broker.channel()
    name = queue(channel)
    for body in (b"one", b"", b"three"):
        publish(channel, name, body)
    consumer = Consumer(channel, name)
    expect(consumer.bodies(3), [b"one", b"", b"three"])
    expect([method.redelivered for method, _, _ in consumer.got], [False] * 3)
    channel.basic_ack(consumer.got[-1][0].delivery_tag, multiple=True)
    channel.basic_cancel(consumer.tag)
    expect(depth(channel, name), 0)


@check
def server_named_queue(broker):
    channel = broker.channel()
    name = queue(channel, name="")
    expect(name.startswith("amq.gen-"), True)
    publish(channel, name, b"1")
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"1"])


@check
def all_properties(broker):
    channel = broker.channel()
    name = queue(channel)
    when = 1_700_000_000
    headers = {
        "text": "ä", "small": 7, "large": 2**40, "negative": -5, "true": True, "none": None,
        "decimal": decimal.Decimal("3.14"), "time": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        "list": [1, "two", {"three": 3}], "table": {"inner": {"deep": b"\x00\xff"}},
    }
    properties = dict(
        content_type="text/plain", content_encoding="utf-8", headers=headers, delivery_mode=2,
        priority=5, correlation_id="c", reply_to="r", expiration="60000", message_id="m",
        timestamp=when, type="t", user_id="guest", app_id="a",
    )
    publish(channel, name, b"body", **properties)
    _, got, _ = Consumer(channel, name, auto_ack=True).wait(1)[0]
    headers["table"]["inner"]["deep"] = got.headers["table"]["inner"]["deep"]
    expect({field: getattr(got, field) for field in properties}, properties)


@check
def nack_requeue(broker):
    channel = broker.channel()
    name = queue(channel)
    consumer = Consumer(channel, name)
    publish(channel, name, b"1")
    channel.basic_nack(consumer.wait(1)[0][0].delivery_tag, requeue=True)
    method, _, body = consumer.wait(2)[1]
    expect((method.redelivered, body), (True, b"1"))
    channel.basic_ack(method.delivery_tag)


@check
def nack_multiple(broker):
    channel = broker.channel()
    name = queue(channel)
    for i in range(3):
        publish(channel, name, b"%d" % i)
    consumer = Consumer(channel, name)
    consumer.wait(3)
    channel.basic_cancel(consumer.tag)
    channel.basic_nack(0, multiple=True, requeue=True)
    again = Consumer(channel, name, auto_ack=True)
    expect(again.bodies(3), [b"0", b"1", b"2"])
    expect({method.redelivered for method, _, _ in again.got}, {True})


@check
def recover(broker):
    channel = broker.channel()
    name = queue(channel)
    publish(channel, name, b"1")
    consumer = Consumer(channel, name)
    consumer.wait(1)
    channel.basic_recover(requeue=True)
    expect(consumer.wait(2)[1][0].redelivered, True)


@check
def requeue_at_channel_close(broker):
    connection = broker.connect()
    first, second = connection.channel(), connection.channel()
    name = queue(first)
    publish(first, name, b"1")
    Consumer(first, name).wait(1)
    first.close()
    method, _, body = Consumer(second, name, auto_ack=True).wait(1)[0]
    expect((method.redelivered, body), (True, b"1"))


@check
def basic_get(broker):
    channel = broker.channel()
    name = queue(channel)
    expect(channel.basic_get(name)[0], None)
    publish(channel, name, b"1")
    publish(channel, name, b"2")
    method, _, body = get(channel, name)
    expect((body, method.message_count, method.routing_key), (b"1", 1, name))


@check
def prefetch_per_consumer(broker):
    channel = broker.channel()
    name = queue(channel)
    for i in range(10):
        publish(channel, name, b"%d" % i)
    channel.basic_qos(prefetch_count=2)
    one, two = Consumer(channel, name), Consumer(channel, name)
    one.wait(2), two.wait(2)
    expect(depth(channel, name), 6)
    expect((len(one.got), len(two.got)), (2, 2))
    channel.basic_ack(one.got[0][0].delivery_tag)
    one.wait(3)
    expect((depth(channel, name), len(two.got)), (5, 2))


@check
def prefetch_global(broker):
    channel = broker.channel()
    name = queue(channel)
    for i in range(10):
        publish(channel, name, b"%d" % i)
    channel.basic_qos(prefetch_count=3, global_qos=True)
    one, two = Consumer(channel, name), Consumer(channel, name)
    wait_until(channel.connection, lambda: len(one.got) + len(two.got) >= 3)
    expect(depth(channel, name), 7)
    channel.basic_ack((one.got + two.got)[0][0].delivery_tag)
    wait_until(channel.connection, lambda: len(one.got) + len(two.got) >= 4)
    expect(depth(channel, name), 6)


@check
def consumer_cancel_notification(broker):
    channel, other = broker.channel(), broker.channel()
    name = queue(channel, exclusive=False, auto_delete=True)
    cancelled = []
    channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
    consumer = Consumer(channel, name)
    other.queue_delete(name)
    wait_until(channel.connection, lambda: cancelled)
    expect(cancelled, [consumer.tag])


@check
def consumer_priority(broker):
    channel = broker.channel()
    name = queue(channel)
    channel.basic_qos(prefetch_count=2)
    low = Consumer(channel, name, arguments={"x-priority": -1})
    high = Consumer(channel, name, arguments={"x-priority": 10})
    for i in range(3):
        publish(channel, name, b"%d" % i)
    expect((high.bodies(2), low.bodies(1)), ([b"0", b"1"], [b"2"]))


@check
def single_active_consumer(broker):
    channel = broker.channel()
    name = queue(channel, {"x-single-active-consumer": True})
    first, second = Consumer(channel, name, auto_ack=True), Consumer(channel, name, auto_ack=True)
    for i in range(4):
        publish(channel, name, b"%d" % i)
    expect(first.bodies(4), [b"0", b"1", b"2", b"3"])
    expect(second.got, [])
    channel.basic_cancel(first.tag)
    publish(channel, name, b"4")
    expect(second.bodies(1), [b"4"])


@check
def priorities(broker):
    channel = broker.channel()
    name = queue(channel, {"x-max-priority": 10})
    channel.confirm_delivery()
    for priority in (1, 5, None, 10, 200, 5):
        publish(channel, name, str(priority).encode(), priority=priority)
    consumer = Consumer(channel, name, auto_ack=True)
    expect(consumer.bodies(6), [b"10", b"200", b"5", b"5", b"1", b"None"])


@check
def direct_reply_to(broker):
    server, client = broker.channel(), broker.channel()
    requests = queue(server)

    def answer(channel, method, properties, body):
        publish(channel, properties.reply_to, body.upper(), correlation_id=properties.correlation_id)

    server.basic_consume(requests, answer, auto_ack=True)
    replies = Consumer(client, "amq.rabbitmq.reply-to", auto_ack=True)
    publish(client, requests, b"question", reply_to="amq.rabbitmq.reply-to", correlation_id="7")
    wait_until(server.connection, lambda: _step(client) or replies.got)
    _, properties, body = replies.got[0]
    expect((properties.correlation_id, body), ("7", b"QUESTION"))


def _step(channel):
    channel.connection.process_data_events(time_limit=0.01)


@check
def exclusive_consumer(broker):
    channel, other = broker.channel(), broker.channel()
    name = queue(channel, exclusive=False, auto_delete=True)
    consumer = Consumer(channel, name, exclusive=True, auto_ack=True)
    try:
        Consumer(other, name)
        raise AssertionError("a second consumer came in")
    except pika.exceptions.ChannelClosedByBroker as closed:
        expect(closed.reply_code, 403)
    publish(channel, name, b"1")
    expect(consumer.bodies(1), [b"1"])


@check
def auto_delete_queue(broker):
    channel = broker.channel()
    name = queue(channel, exclusive=False, auto_delete=True)
    channel.basic_cancel(Consumer(channel, name).tag)
    try:
        depth(channel, name)
        raise AssertionError("the queue is still there")
    except pika.exceptions.ChannelClosedByBroker as closed:
        expect(closed.reply_code, 404)


@check
def auto_delete_exchange(broker):
    channel = broker.channel()
    name, sink = exchange(channel, "fanout"), queue(channel)
    channel.queue_bind(sink, name, "key")
    channel.queue_unbind(sink, name, "key")
    try:
        channel.exchange_declare(name, passive=True)
        raise AssertionError("the exchange is still there")
    except pika.exceptions.ChannelClosedByBroker as closed:
        expect(closed.reply_code, 404)


@check
def purge_and_delete(broker):
    channel = broker.channel()
    name = unique("queue")
    channel.queue_declare(name, durable=True)
    for _ in range(3):
        publish(channel, name, b"x", delivery_mode=2)
    expect(channel.queue_purge(name).method.message_count, 3)
    publish(channel, name, b"x")
    expect(channel.queue_delete(name).method.message_count, 1)
    # What is not there is deleted as well as what is.
    expect(channel.queue_delete(name).method.message_count, 0)


@check
def large_message(broker):
    channel = broker.channel()
    name = queue(channel)
    body = bytes(range(256)) * (5 * 1024 * 1024 // 256)
    publish(channel, name, body)
    got = Consumer(channel, name, auto_ack=True).bodies(1)[0]
    expect((len(got), got == body), (len(body), True))
