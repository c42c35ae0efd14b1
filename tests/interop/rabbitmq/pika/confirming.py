"""Publisher confirms, and messages that come back."""

import pika

from broker import Consumer, publish, queue, unique
from suite import check, expect


@check
def confirm_single(broker):
    channel = broker.channel()
    name = queue(channel)
    channel.confirm_delivery()
    for i in range(10):
        publish(channel, name, b"%d" % i, mandatory=True)
    expect(Consumer(channel, name, auto_ack=True).bodies(10)[9], b"9")


@check
def confirm_many(broker):
    """Many publishes before the first confirm is looked at: by the connection without blocking."""
    count, state = 1_000, {"acked": 0, "nacked": 0}

    def on_confirm(frame):
        method = frame.method
        kind = "acked" if isinstance(method, pika.spec.Basic.Ack) else "nacked"
        state[kind] = method.delivery_tag if method.multiple else state[kind] + 1
        if sum(state.values()) >= count:
            connection.close()

    def on_queue(channel, name):
        channel.confirm_delivery(on_confirm)
        for i in range(count):
            publish(channel, name, b"%d" % i)

    def on_channel(channel):
        declared = lambda frame: on_queue(channel, frame.method.queue)
        channel.queue_declare(unique("queue"), exclusive=True, callback=declared)

    def on_closed(connection, _):
        connection.ioloop.stop()

    connection = pika.SelectConnection(
        pika.URLParameters(broker.url),
        on_open_callback=lambda opened: opened.channel(on_open_callback=on_channel),
        on_open_error_callback=on_closed, on_close_callback=on_closed,
    )
    connection.ioloop.call_later(30, connection.ioloop.stop)
    connection.ioloop.start()
    expect((max(state["acked"], 0) >= count, state["nacked"]), (True, 0))


@check
def confirm_nack(broker):
    channel = broker.channel()
    name = queue(channel, {"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.confirm_delivery()
    publish(channel, name, b"fits")
    try:
        publish(channel, name, b"one too many")
        raise AssertionError("the full queue took it")
    except pika.exceptions.NackError:
        pass
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"fits"])


@check
def mandatory_return(broker):
    channel = broker.channel()
    channel.confirm_delivery()
    missing = unique("nobody")
    try:
        publish(channel, missing, b"back", mandatory=True, message_id="m")
        raise AssertionError("nothing came back")
    except pika.exceptions.UnroutableError as unroutable:
        message = unroutable.messages[0]
        expect((message.body, message.properties.message_id), (b"back", "m"))
        method = message.method
        expect((method.reply_code, method.reply_text), (312, "NO_ROUTE"))
        expect((method.exchange, method.routing_key), ("", missing))


@check
def unroutable_is_confirmed(broker):
    channel = broker.channel()
    channel.confirm_delivery()
    publish(channel, unique("nobody"), b"gone")
