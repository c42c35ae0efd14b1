"""The broker as the checks of aio-pika use it: robust connections that end with the check, names of
its own, and waits that have an end."""

import asyncio
import functools
import uuid

import aio_pika
import suite

WAIT_SECONDS_MAX = 30


class Address:
    """What a check is started with: the broker's URL. Its connections belong to an event loop."""

    def __init__(self, url):
        self.url = url

    def close(self):
        """Nothing is open outside a check's loop."""


class Broker:
    def __init__(self, url):
        self.url = url
        self._opened = []

    async def connect(self, connect=aio_pika.connect_robust, **options):
        connection = await connect(self.url, **options)
        self._opened.append(connection)
        return connection

    async def channel(self, **options):
        """A channel on a connection of its own."""
        return await (await self.connect()).channel(**options)

    async def close(self):
        for connection in self._opened:
            await connection.close()


def check(function):
    """Makes an asynchronous function a check, in a loop of its own."""

    @functools.wraps(function)
    def run(address):
        asyncio.run(_run(function, Broker(address.url)))

    return suite.check(run)


async def _run(function, broker):
    try:
        await asyncio.wait_for(function(broker), 2 * WAIT_SECONDS_MAX)
    finally:
        await broker.close()


class Inbox:
    """A consumer whose messages are taken one by one."""

    @classmethod
    async def of(cls, queue, **options):
        inbox = cls()
        inbox.messages = asyncio.Queue()
        inbox.tag = await queue.consume(inbox.messages.put, **options)
        return inbox

    async def next(self):
        return await asyncio.wait_for(self.messages.get(), WAIT_SECONDS_MAX)

    async def bodies(self, count):
        return [(await self.next()).body for _ in range(count)]


def unique(name):
    """A name that no other run uses."""
    return f"{name}-{uuid.uuid4().hex[:12]}"


async def queue(channel, arguments=None, **options):
    """Declares a queue that ends with its connection."""
    options.setdefault("exclusive", True)
    return await channel.declare_queue(unique("queue"), arguments=arguments, **options)


async def depth(channel, name):
    """How many messages are ready: asked anew, where a robust channel would answer from what it
    knows."""
    underlay = await channel.get_underlay_channel()
    return (await underlay.queue_declare(name, passive=True)).message_count


async def publish(channel, key, body, exchange=None, mandatory=False, **properties):
    exchange = exchange or channel.default_exchange
    await exchange.publish(aio_pika.Message(body, **properties), key, mandatory=mandatory)
