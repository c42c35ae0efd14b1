"""Connections: their tuning, heartbeats, channels, and a broker that goes away and comes back."""

import time

import pika

from broker import Consumer, WAIT_SECONDS_MAX, publish, queue, wait_until
from suite import check, expect, restart_broker


@check
def heartbeats(broker):
    """Two seconds of silence are longer than the broker would bear from a client of one second
    that sends no heartbeats."""
    connection = broker.connect(heartbeat=1)
    end = time.monotonic() + 3
    wait_until(connection, lambda: time.monotonic() > end)
    expect(connection.channel().is_open, True)


@check
def many_channels(broker):
    connection = broker.connect()
    channels = [connection.channel() for _ in range(200)]
    name = queue(channels[0])
    for i, channel in enumerate(channels):
        publish(channel, name, b"%d" % i)
    got = Consumer(channels[0], name, auto_ack=True).bodies(200)
    expect(sorted(map(int, got)), list(range(200)))


@check
def small_frames(broker):
    channel = broker.channel(frame_max=4096)
    name = queue(channel)
    body = b"x" * 100_000
    publish(channel, name, body)
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [body])


@check
def reconnect_after_restart(broker):
    channel = broker.channel()
    name = queue(channel)
    publish(channel, name, b"before")
    Consumer(channel, name, auto_ack=True).wait(1)
    restart_broker()
    try:
        wait_until(channel.connection, lambda: False)
    except pika.exceptions.AMQPConnectionError:
        pass
    channel = _connect_again(broker).channel()
    name = queue(channel)
    publish(channel, name, b"after")
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"after"])


def _connect_again(broker):
    end = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            return broker.connect()
        except pika.exceptions.AMQPConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
