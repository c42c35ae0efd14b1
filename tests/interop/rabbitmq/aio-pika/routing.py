"""Exchanges, bindings between them, dead letters, and what the broker refuses."""

import aio_pika
import aiormq
from aio_pika import ExchangeType

from broker import Inbox, check, publish, queue, unique
from suite import expect


async def _exchange(channel, kind, **options):
    return await channel.declare_exchange(unique("exchange"), kind, auto_delete=True, **options)


async def _routed(broker, kind, bindings, publishes):
    """The bodies that come through an exchange, of publishes (key, headers, body)."""
    channel = await broker.channel()
    exchange, sink = await _exchange(channel, kind), await queue(channel)
    for key, arguments in bindings:
        await sink.bind(exchange, key, arguments=arguments)
    for key, headers, body in publishes:
        await publish(channel, key, body, exchange, headers=headers)
    await publish(channel, sink.name, b"end")
    inbox, bodies = await Inbox.of(sink, no_ack=True), []
    while bodies[-1:] != [b"end"]:
        bodies += await inbox.bodies(1)
    return bodies[:-1]


@check
async def direct_routing(broker):
    publishes = [("a", None, b"1"), ("b", None, b"2"), ("c", None, b"3")]
    routed = await _routed(broker, ExchangeType.DIRECT, [("a", None), ("c", None)], publishes)
    expect(routed, [b"1", b"3"])


@check
async def topic_routing(broker):
    keys = ["stock.eu", "stock", "eu.stock", "weather.eu.x", "weather.eu"]
    publishes = [(key, None, key.encode()) for key in keys]
    routed = await _routed(
        broker, ExchangeType.TOPIC, [("stock.#", None), ("*.eu", None)], publishes
    )
    expect(routed, [b"stock.eu", b"stock", b"weather.eu"])


@check
async def fanout_routing(broker):
    publishes = [("a", None, b"1"), ("", None, b"2")]
    routed = await _routed(broker, ExchangeType.FANOUT, [("", None)], publishes)
    expect(routed, [b"1", b"2"])


@check
async def headers_routing(broker):
    bindings = [("", {"x-match": "all", "kind": "report", "pages": 3})]
    publishes = [("", {"kind": "report", "pages": 3}, b"1"), ("", {"kind": "report"}, b"2")]
    expect(await _routed(broker, ExchangeType.HEADERS, bindings, publishes), [b"1"])


@check
async def exchange_to_exchange(broker):
    channel = await broker.channel()
    front = await channel.declare_exchange(unique("front"), ExchangeType.TOPIC)
    back, sink = await _exchange(channel, ExchangeType.FANOUT), await queue(channel)
    await sink.bind(back)
    await back.bind(front, "in.*")
    await publish(channel, "in.one", b"1", front)
    await back.unbind(front, "in.*")
    await publish(channel, "in.two", b"2", front)
    await publish(channel, "", b"3", back)
    expect(await (await Inbox.of(sink, no_ack=True)).bodies(2), [b"1", b"3"])
    await front.delete()


@check
async def alternate_exchange(broker):
    channel = await broker.channel()
    back, sink = await _exchange(channel, ExchangeType.FANOUT), await queue(channel)
    arguments = {"alternate-exchange": back.name}
    front = await _exchange(channel, ExchangeType.DIRECT, arguments=arguments)
    await sink.bind(back)
    await (await queue(channel)).bind(front, "known")
    await publish(channel, "known", b"1", front)
    await publish(channel, "unknown", b"2", front)
    expect((await (await Inbox.of(sink, no_ack=True)).next()).body, b"2")


async def _letters(channel, arguments=None):
    """A queue and the consumer of its dead letters."""
    dead = await queue(channel)
    to_dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name}
    return await queue(channel, {**to_dead, **(arguments or {})}), await Inbox.of(dead, no_ack=True)


@check
async def reject_dead_letter(broker):
    channel = await broker.channel()
    name, letters = await _letters(channel)
    await publish(channel, name.name, b"bad")
    await (await (await Inbox.of(name)).next()).reject(requeue=False)
    death = (await letters.next()).headers["x-death"][0]
    expect((death["reason"], death["queue"], death["count"]), ("rejected", name.name, 1))


@check
async def message_ttl(broker):
    channel = await broker.channel()
    name, letters = await _letters(channel)
    await publish(channel, name.name, b"brief", expiration=0.02)
    death = (await letters.next()).headers["x-death"][0]
    expect((death["reason"], death["original-expiration"]), ("expired", "20"))


@check
async def queue_ttl(broker):
    channel = await broker.channel()
    name, letters = await _letters(channel, {"x-message-ttl": 20})
    await publish(channel, name.name, b"brief")
    expect((await letters.next()).headers["x-death"][0]["reason"], "expired")


@check
async def max_length_drop_head(broker):
    channel = await broker.channel()
    name, letters = await _letters(channel, {"x-max-length": 1})
    for body in (b"0", b"1"):
        await publish(channel, name.name, body)
    expect((await letters.next()).headers["x-death"][0]["reason"], "maxlen")
    expect(await (await Inbox.of(name, no_ack=True)).bodies(1), [b"1"])


@check
async def passive_declare_missing(broker):
    connection = await broker.connect()
    channel, missing = await connection.channel(), unique("missing")
    try:
        await channel.get_queue(missing)
        raise AssertionError("there is such a queue")
    except aio_pika.exceptions.ChannelNotFoundEntity as refusal:
        expect(missing in str(refusal), True)
    await queue(await connection.channel())  # the connection goes on


@check
async def inequivalent_declare(broker):
    connection = await broker.connect()
    name = await queue(await connection.channel(), {"x-max-length": 5})
    other, arguments = await connection.channel(), {"x-max-length": 6}
    try:
        await other.declare_queue(name.name, exclusive=True, arguments=arguments)
        raise AssertionError("another limit was taken")
    except aio_pika.exceptions.ChannelPreconditionFailed as refusal:
        expect("x-max-length" in str(refusal), True)


@check
async def exclusive_queue(broker):
    name = await queue(await broker.channel())
    try:
        await (await broker.channel()).get_queue(name.name)
        raise AssertionError("another connection was let in")
    except aiormq.exceptions.ChannelLockedResource as refusal:
        expect(name.name in str(refusal), True)


@check
async def refused_password(broker):
    url = broker.url.replace("guest:guest@", "guest:wrong@")
    try:
        await aio_pika.connect(url)
        raise AssertionError("a wrong password came in")
    except aio_pika.exceptions.ProbableAuthenticationError as refusal:
        expect("ACCESS_REFUSED" in str(refusal), True)


@check
async def unknown_virtual_host(broker):
    try:
        await aio_pika.connect(broker.url + "/" + unique("nowhere"))
        raise AssertionError("an unknown virtual host was opened")
    except aiormq.exceptions.InvalidFrameError as refusal:
        expect("Connection.Close" in str(refusal), True)  # the library says no more
