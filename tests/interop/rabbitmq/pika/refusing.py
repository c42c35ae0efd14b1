"""What the broker refuses, with the reply code that applications look at, and that a connection
outlives its channels."""

import pika

from broker import Consumer, exchange, publish, queue, refused, unique
from suite import check, expect


@check
def passive_declare_missing(broker):
    connection = broker.connect()
    channel = connection.channel()
    name = unique("missing")
    with refused(404, "NOT_FOUND", name):
        channel.queue_declare(name, passive=True)
    again = connection.channel(channel.channel_number)
    expect(again.queue_declare("", exclusive=True).method.message_count, 0)


@check
def inequivalent_declare(broker):
    connection = broker.connect()
    name = queue(connection.channel(), {"x-max-length": 5})
    with refused(406, "PRECONDITION_FAILED", "inequivalent arg", "x-max-length", name):
        connection.channel().queue_declare(name, exclusive=True, arguments={"x-max-length": 6})
    topic = exchange(connection.channel(), "topic")
    with refused(406, "PRECONDITION_FAILED", topic):
        connection.channel().exchange_declare(topic, "fanout", auto_delete=True)
    # The same declaration once more changes nothing.
    connection.channel().queue_declare(name, exclusive=True, arguments={"x-max-length": 5})
    connection.channel().exchange_delete(topic)


@check
def unknown_exchange(broker):
    channel = broker.channel()
    publish(channel, "key", b"lost", exchange=unique("missing"))
    with refused(404, "NOT_FOUND", "no exchange"):
        channel.queue_declare("", exclusive=True)


@check
def exclusive_queue(broker):
    channel, other = broker.channel(), broker.channel()
    name = queue(channel)
    with refused(405, "RESOURCE_LOCKED", name):
        other.queue_declare(name, passive=True)
    channel.connection.close()
    probe = broker.channel()
    with refused(404, "NOT_FOUND", name):
        probe.queue_declare(name, passive=True)


@check
def unknown_delivery_tag(broker):
    channel = broker.channel()
    with refused(406, "PRECONDITION_FAILED", "unknown delivery tag 7"):
        channel.basic_ack(7)
        channel.queue_declare("", exclusive=True)


@check
def reserved_names(broker):
    with refused(403, "ACCESS_REFUSED"):
        broker.channel().queue_declare("amq.mine")
    with refused(403, "ACCESS_REFUSED"):
        broker.channel().exchange_declare("amq.mine", "direct")
    with refused(403, "ACCESS_REFUSED"):
        broker.channel().queue_bind(queue(broker.channel(), exclusive=False, auto_delete=True), "")


@check
def delete_in_use(broker):
    channel, other = broker.channel(), broker.channel()
    name = queue(channel, exclusive=False, auto_delete=True)
    Consumer(channel, name)
    with refused(406, "PRECONDITION_FAILED", "in use"):
        other.queue_delete(name, if_unused=True)
    filled = queue(channel)
    publish(channel, filled, b"1")
    with refused(406, "PRECONDITION_FAILED", "not empty"):
        channel.queue_delete(filled, if_empty=True)


@check
def internal_exchange(broker):
    channel = broker.channel()
    name = exchange(channel, "fanout", internal=True)
    with refused(403, "ACCESS_REFUSED", "internal"):
        publish(channel, "", b"1", exchange=name)
        channel.queue_declare("", exclusive=True)
    broker.channel().exchange_delete(name)


@check
def user_id(broker):
    channel = broker.channel()
    name = queue(channel)
    publish(channel, name, b"mine", user_id="guest")
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"mine"])
    with refused(406, "PRECONDITION_FAILED", "user_id"):
        publish(channel, name, b"forged", user_id="somebody")
        channel.queue_declare("", exclusive=True)


@check
def unknown_exchange_type(broker):
    with refused(503, "COMMAND_INVALID", "nosuch"):
        broker.channel().exchange_declare(unique("x"), "nosuch")


@check
def refused_password(broker):
    try:
        broker.connect(credentials=pika.PlainCredentials("guest", "wrong"))
        raise AssertionError("a wrong password came in")
    except pika.exceptions.ProbableAuthenticationError as failure:
        expect("ACCESS_REFUSED" in str(failure), True)


@check
def unknown_virtual_host(broker):
    try:
        broker.connect(virtual_host=unique("nowhere"))
        raise AssertionError("an unknown virtual host was opened")
    except pika.exceptions.ConnectionClosedByBroker as closed:
        expect(closed.reply_code, 530)
    except pika.exceptions.ProbableAccessDeniedError as failure:
        expect("530" in str(failure), True)
