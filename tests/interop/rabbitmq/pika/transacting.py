"""Transactions of a channel: publishes and acknowledgements."""

from broker import Consumer, depth, publish, queue
from suite import check, expect


@check
def tx_commit(broker):
    connection = broker.connect()
    channel, other = connection.channel(), connection.channel()
    source, sink = queue(other), queue(other)
    publish(other, source, b"in")
    consumer = Consumer(channel, source)
    consumer.wait(1)
    channel.tx_select()
    channel.basic_ack(consumer.got[0][0].delivery_tag)
    publish(channel, sink, b"out")
    expect(depth(other, sink), 0)
    channel.tx_commit()
    expect(Consumer(other, sink, auto_ack=True).bodies(1), [b"out"])
    channel.close()
    expect(depth(other, source), 0)


@check
def tx_rollback(broker):
    connection = broker.connect()
    channel, other = connection.channel(), connection.channel()
    source, sink = queue(other), queue(other)
    publish(other, source, b"in")
    consumer = Consumer(channel, source)
    consumer.wait(1)
    channel.tx_select()
    channel.basic_ack(consumer.got[0][0].delivery_tag)
    publish(channel, sink, b"out")
    channel.tx_rollback()
    expect(depth(other, sink), 0)
    channel.close()
    method, _, body = Consumer(other, source, auto_ack=True).wait(1)[0]
    expect((method.redelivered, body), (True, b"in"))
