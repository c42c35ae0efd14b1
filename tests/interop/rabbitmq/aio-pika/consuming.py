"""Queues and consumers: acknowledging, prefetch, priorities, cancelling, and what messages carry."""

import asyncio

import aio_pika
from aio_pika.patterns import RPC

from broker import WAIT_SECONDS_MAX, Inbox, check, depth, publish, queue, unique
from suite import expect


async def _filled(channel, count):
    """A queue with bodies b"0", b"1", … in it."""
    filled = await queue(channel)
    for i in range(count):
        await publish(channel, filled.name, b"%d" % i)
    return filled


@check
async def publish_and_consume(broker):
    channel = await broker.channel()
    got = []
    async with (await _filled(channel, 3)).iterator() as messages:
        async for message in messages:
            async with message.process():
                got.append((message.body, message.redelivered))
            if len(got) == 3:
                break
    expect(got, [(b"0", False), (b"1", False), (b"2", False)])


@check
async def server_named_queue(broker):
    channel = await broker.channel()
    name = await channel.declare_queue(exclusive=True)
    await publish(channel, name.name, b"1")
    expect(await (await Inbox.of(name, no_ack=True)).bodies(1), [b"1"])


@check
async def all_properties(broker):
    channel = await broker.channel()
    name = await queue(channel)
    headers = {"text": "ä", "int": 7, "true": True, "list": [1, "two"], "table": {"inner": 1}}
    properties = dict(
        content_type="text/plain", content_encoding="utf-8", headers=headers, delivery_mode=2,
        priority=5, correlation_id="c", reply_to="r", message_id="m", type="t", user_id="guest",
        app_id="a",
    )
    await publish(channel, name.name, b"body", **properties)
    message = await (await Inbox.of(name, no_ack=True)).next()
    expect({field: getattr(message, field) for field in properties}, properties)


@check
async def nack_requeue(broker):
    channel = await broker.channel()
    inbox = await Inbox.of(await _filled(channel, 1))
    await (await inbox.next()).nack(requeue=True)
    again = await inbox.next()
    expect(again.redelivered, True)
    await again.ack()


@check
async def basic_get(broker):
    channel = await broker.channel()
    name = await _filled(channel, 1)
    expect((await name.get(no_ack=True)).body, b"0")
    expect(await name.get(no_ack=True, fail=False), None)


@check
async def prefetch_per_consumer(broker):
    channel = await broker.channel()
    name = await _filled(channel, 5)
    await channel.set_qos(prefetch_count=2)
    inbox = await Inbox.of(name)
    first = await inbox.next()
    await inbox.next()
    expect(await depth(channel, name.name), 3)
    await first.ack()
    expect(await inbox.bodies(1), [b"2"])


@check
async def consumer_cancel_notification(broker):
    connection = await broker.connect(aio_pika.connect)
    channel, other = await connection.channel(), await broker.channel()
    name = await queue(channel, exclusive=False, auto_delete=True)
    told = asyncio.Queue()
    underlay = await channel.get_underlay_channel()
    underlay.on_consumer_cancel_callbacks.add(told.put_nowait)
    inbox = await Inbox.of(name)
    await other.queue_delete(name.name)
    expect((await asyncio.wait_for(told.get(), WAIT_SECONDS_MAX)).consumer_tag, inbox.tag)


@check
async def consumer_priority(broker):
    channel = await broker.channel()
    name = await queue(channel)
    await channel.set_qos(prefetch_count=2)
    low = await Inbox.of(name, arguments={"x-priority": -1})
    high = await Inbox.of(name, arguments={"x-priority": 10})
    for body in (b"0", b"1", b"2"):
        await publish(channel, name.name, body)
    expect((await high.bodies(2), await low.bodies(1)), ([b"0", b"1"], [b"2"]))


@check
async def single_active_consumer(broker):
    channel = await broker.channel()
    name = await queue(channel, {"x-single-active-consumer": True})
    first, second = await Inbox.of(name, no_ack=True), await Inbox.of(name, no_ack=True)
    await publish(channel, name.name, b"0")
    expect(await first.bodies(1), [b"0"])
    await name.cancel(first.tag)
    await publish(channel, name.name, b"1")
    expect(await second.bodies(1), [b"1"])


@check
async def priorities(broker):
    channel = await broker.channel()
    name = await queue(channel, {"x-max-priority": 10})
    for priority in (1, 5, 0, 10):
        await publish(channel, name.name, b"%d" % priority, priority=priority)
    expect(await (await Inbox.of(name, no_ack=True)).bodies(4), [b"10", b"5", b"1", b"0"])


@check
async def direct_reply_to(broker):
    server, client = await broker.channel(), await broker.channel()
    requests = await queue(server)
    questions = await Inbox.of(requests, no_ack=True)
    reply_to = await client.get_queue("amq.rabbitmq.reply-to", ensure=False)
    replies = await Inbox.of(reply_to, no_ack=True)
    await publish(client, requests.name, b"q", reply_to=reply_to.name, correlation_id="7")
    question = await questions.next()
    await publish(server, question.reply_to, b"a", correlation_id=question.correlation_id)
    reply = await replies.next()
    expect((reply.body, reply.correlation_id), (b"a", "7"))


@check
async def remote_procedure_call(broker):
    """The library's own pattern: a queue a procedure, a dead letter for a call that is late."""
    method = unique("double")

    async def double(number):
        return number * 2

    server = await RPC.create(await broker.channel())
    await server.register(method, double, auto_delete=True)
    client = await RPC.create(await broker.channel())
    expect(await client.call(method, {"number": 21}), 42)
    await client.close()
    await server.close()


@check
async def large_message(broker):
    channel = await broker.channel()
    name, body = await queue(channel), bytes(range(256)) * (5 * 1024 * 1024 // 256)
    await publish(channel, name.name, body)
    expect((await (await Inbox.of(name, no_ack=True)).next()).body == body, True)
