"""Publisher confirms, returns and transactions."""

import asyncio

import aio_pika
from pamqp.commands import Basic

from broker import Inbox, check, depth, publish, queue, unique
from suite import expect


@check
async def confirm_single(broker):
    channel = await broker.channel()
    name = await queue(channel)
    confirmed = await channel.default_exchange.publish(aio_pika.Message(b"1"), name.name)
    expect(isinstance(confirmed, Basic.Ack), True)


@check
async def confirm_many(broker):
    channel = await broker.channel()
    name = await queue(channel)
    await asyncio.gather(*(publish(channel, name.name, b"%d" % i) for i in range(500)))
    expect(await depth(channel, name.name), 500)


@check
async def confirm_nack(broker):
    channel = await broker.channel()
    name = await queue(channel, {"x-max-length": 1, "x-overflow": "reject-publish"})
    await publish(channel, name.name, b"fits")
    try:
        await publish(channel, name.name, b"one too many")
        raise AssertionError("the full queue took it")
    except aio_pika.exceptions.DeliveryError as refusal:
        expect(isinstance(refusal.frame, Basic.Nack), True)


@check
async def mandatory_return(broker):
    channel = await broker.channel(on_return_raises=True)
    try:
        await publish(channel, unique("nobody"), b"back", mandatory=True)
        raise AssertionError("nothing came back")
    except aio_pika.exceptions.PublishError as returned:
        expect(returned.message.delivery.reply_code, 312)


@check
async def unroutable_is_confirmed(broker):
    await publish(await broker.channel(), unique("nobody"), b"gone")


@check
async def tx_commit(broker):
    channel, other = await broker.channel(publisher_confirms=False), await broker.channel()
    name = await queue(other, exclusive=False, auto_delete=True)
    async with channel.transaction():
        await publish(channel, name.name, b"1")
    expect(await (await Inbox.of(name, no_ack=True)).bodies(1), [b"1"])


@check
async def tx_rollback(broker):
    channel, other = await broker.channel(publisher_confirms=False), await broker.channel()
    name = await queue(other, exclusive=False, auto_delete=True)
    transaction = channel.transaction()
    await transaction.select()
    await publish(channel, name.name, b"never")
    await transaction.rollback()
    await publish(other, name.name, b"end")
    expect(await (await Inbox.of(name, no_ack=True)).bodies(1), [b"end"])
