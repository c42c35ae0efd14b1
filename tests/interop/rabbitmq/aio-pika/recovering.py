"""Connections that recover: `connect_robust` brings back channel, exchange, queue, binding and
consumer after a restart."""

import asyncio

from broker import WAIT_SECONDS_MAX, Inbox, check, publish, queue, unique
from suite import expect, restart_broker


@check
async def reconnect_after_restart(broker):
    connection = await broker.connect(reconnect_interval=0.2)
    channel = await connection.channel()
    exchange = await channel.declare_exchange(unique("exchange"), "topic", auto_delete=True)
    name = await queue(channel)
    await name.bind(exchange, "in.#")
    inbox = await Inbox.of(name, no_ack=True)
    await publish(channel, "in.one", b"before", exchange)
    expect(await inbox.bodies(1), [b"before"])
    again = asyncio.Event()
    connection.reconnect_callbacks.add(lambda *_: again.set())
    await asyncio.to_thread(restart_broker)
    await asyncio.wait_for(again.wait(), WAIT_SECONDS_MAX)
    await publish(channel, "in.two", b"after", exchange)
    expect(await inbox.bodies(1), [b"after"])


@check
async def heartbeats(broker):
    """Three seconds of silence are longer than either side bears from a peer of one second."""
    connection = await broker.connect(heartbeat=1)
    closed = asyncio.Event()
    connection.close_callbacks.add(lambda *_: closed.set())
    try:
        await asyncio.wait_for(closed.wait(), 3)
        raise AssertionError("the connection was closed")
    except asyncio.TimeoutError:
        await connection.channel()


@check
async def many_channels(broker):
    connection = await broker.connect()
    name = await queue(await connection.channel())
    inbox = await Inbox.of(name, no_ack=True)
    for i in range(100):
        await publish(await connection.channel(), name.name, b"%d" % i)
    expect(sorted(map(int, await inbox.bodies(100))), list(range(100)))
