"""What ends or stays small by itself: unused queues, limits by bytes, and types that are taken."""

import pika

from broker import Consumer, publish, queue, wait_until
from suite import check, expect


@check
def queue_expires(broker):
    channel = broker.channel()
    name = queue(channel, {"x-expires": 50}, exclusive=False)
    returned = []
    channel.add_on_return_callback(lambda *_: returned.append(True))

    def is_gone():
        # Not by a passive declaration, which counts as use and would keep the queue.
        publish(channel, name, b"", mandatory=True)
        return returned

    wait_until(channel.connection, is_gone)


@check
def max_length_bytes(broker):
    channel = broker.channel()
    name = queue(channel, {"x-max-length-bytes": 10})
    for body in (b"12345", b"67890", b"abc"):
        publish(channel, name, body)
    expect(Consumer(channel, name, auto_ack=True).bodies(2), [b"67890", b"abc"])


@check
def queue_types(broker):
    channel = broker.channel()
    for kind, options in (("classic", {}), ("quorum", {"durable": True, "exclusive": False})):
        name = queue(channel, {"x-queue-type": kind}, **options)
        publish(channel, name, kind.encode())
        expect(Consumer(channel, name, auto_ack=True).bodies(1), [kind.encode()])
        channel.queue_delete(name)


@check
def lazy_queue(broker):
    channel = broker.channel()
    name = queue(channel, {"x-queue-mode": "lazy"})
    publish(channel, name, b"1")
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"1"])


@check
def wrong_argument(broker):
    for arguments in ({"x-message-ttl": -1}, {"x-max-length": "ten"}, {"x-overflow": "burst"}):
        try:
            queue(broker.channel(), arguments)
            raise AssertionError(f"{arguments} were taken")
        except pika.exceptions.ChannelClosedByBroker as closed:
            expect(closed.reply_code, 406)
