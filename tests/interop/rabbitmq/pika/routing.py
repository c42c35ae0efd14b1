"""Exchanges: by key, by pattern, by headers, to all; bindings between them, and what they can't
route."""

from broker import Consumer, exchange, publish, queue, unique
from suite import check, expect




def _routed(channel, kind, bindings, publishes):
    """The bodies that come through an exchange, of publishes (key, headers, body)."""
    name, sink = exchange(channel, kind), queue(channel)
    for key, arguments in bindings:
        channel.queue_bind(sink, name, key, arguments)
    for key, headers, body in publishes:
        publish(channel, key, body, exchange=name, headers=headers)
    publish(channel, sink, b"end")
    consumer = Consumer(channel, sink, auto_ack=True)
    consumer.wait(1)
    while consumer.got[-1][2] != b"end":
        consumer.wait(len(consumer.got) + 1)
    return [body for _, _, body in consumer.got[:-1]]


@check
def direct_routing(broker):
    publishes = [("a", None, b"1"), ("b", None, b"2"), ("c", None, b"3")]
    expect(_routed(broker.channel(), "direct", [("a", None), ("c", None)], publishes), [b"1", b"3"])


@check
def topic_routing(broker):
    keys = ["stock.eu.ibm", "stock.ibm", "stock", "eu.stock.ibm", "weather.eu"]
    publishes = [(key, None, key.encode()) for key in keys]
    bindings = [("stock.#", None), ("*.eu", None)]
    expected = [b"stock.eu.ibm", b"stock.ibm", b"stock", b"weather.eu"]
    expect(_routed(broker.channel(), "topic", bindings, publishes), expected)


@check
def fanout_routing(broker):
    publishes = [("any", None, b"1"), ("", None, b"2")]
    expect(_routed(broker.channel(), "fanout", [("", None)], publishes), [b"1", b"2"])


@check
def headers_routing(broker):
    every = {"x-match": "all", "kind": "report", "pages": 3}
    one = {"x-match": "any", "urgent": True, "from": "boss"}
    publishes = [
        ("", {"kind": "report", "pages": 3, "more": "x"}, b"all"),
        ("", {"kind": "report", "pages": 4}, b"not all"),
        ("", {"urgent": True}, b"any"),
        ("", None, b"none"),
    ]
    expect(_routed(broker.channel(), "headers", [("", every), ("", one)], publishes), [b"all", b"any"])


@check
def exchange_to_exchange(broker):
    channel = broker.channel()
    front, back = exchange(channel, "topic", auto_delete=False), exchange(channel, "fanout")
    sink = queue(channel)
    channel.queue_bind(sink, back)
    channel.exchange_bind(back, front, "in.*")
    consumer = Consumer(channel, sink, auto_ack=True)
    publish(channel, "in.one", b"1", exchange=front)
    expect(consumer.bodies(1), [b"1"])
    channel.exchange_unbind(back, front, "in.*")
    publish(channel, "in.two", b"2", exchange=front)
    publish(channel, "", b"3", exchange=back)
    expect(consumer.bodies(2), [b"1", b"3"])
    channel.exchange_delete(front)


@check
def alternate_exchange(broker):
    channel = broker.channel()
    back, sink = exchange(channel, "fanout"), queue(channel)
    front = exchange(channel, "direct", arguments={"alternate-exchange": back})
    other = queue(channel)
    channel.queue_bind(sink, back)
    channel.queue_bind(other, front, "known")
    consumer = Consumer(channel, sink, auto_ack=True)
    publish(channel, "known", b"1", exchange=front)
    publish(channel, "unknown", b"2", exchange=front)
    method, _, body = consumer.wait(1)[0]
    expect((body, method.routing_key, method.exchange), (b"2", "unknown", front))


@check
def cc_and_bcc(broker):
    channel = broker.channel()
    to, copy, blind = queue(channel), queue(channel), queue(channel)
    consumers = [Consumer(channel, name, auto_ack=True) for name in (to, copy, blind)]
    publish(channel, to, b"letter", headers={"CC": [copy], "BCC": [blind], "kept": 1})
    for consumer in consumers:
        _, properties, body = consumer.wait(1)[0]
        expect((body, properties.headers), (b"letter", {"CC": [copy], "kept": 1}))


@check
def unbind(broker):
    channel = broker.channel()
    name, sink = exchange(channel, "direct", auto_delete=False), queue(channel)
    channel.queue_bind(sink, name, "a")
    channel.queue_unbind(sink, name, "a")
    publish(channel, "a", b"lost", exchange=name)
    publish(channel, sink, b"end")
    expect(Consumer(channel, sink, auto_ack=True).bodies(1), [b"end"])
    channel.exchange_delete(name)


@check
def unbind_what_is_gone(broker):
    """As often as one likes: who cleans up need not know what is left."""
    channel = broker.channel()
    name = queue(channel)
    channel.queue_unbind(name, "amq.direct", "never bound")
    channel.queue_unbind(name, unique("missing"), "key")
    channel.queue_unbind(unique("missing"), "amq.direct", "key")
    channel.exchange_unbind(unique("missing"), "amq.direct", "key")
    channel.exchange_delete(unique("missing"))


@check
def standard_exchanges(broker):
    channel = broker.channel()
    sink, key = queue(channel), unique("key")
    consumer = Consumer(channel, sink, auto_ack=True)
    for name in ("amq.direct", "amq.topic", "amq.fanout", "amq.headers", "amq.match"):
        channel.exchange_declare(name, passive=True)
        channel.queue_bind(sink, name, key, {"x-match": "all", "key": key})
    channel.queue_unbind(sink, "amq.fanout", key, {"x-match": "all", "key": key})
    for name in ("amq.direct", "amq.topic", "amq.headers", "amq.match"):
        publish(channel, key, name.encode(), exchange=name, headers={"key": key})
    expected = [b"amq.direct", b"amq.topic", b"amq.headers", b"amq.match"]
    expect(consumer.bodies(4), expected)
