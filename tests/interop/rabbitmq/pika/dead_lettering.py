"""Dead letters: what sends them on, by which key, and what they tell of their death."""

from broker import Consumer, depth, exchange, get, publish, queue
from suite import check, expect


def _with_dead_letters(channel, arguments=None, **options):
    """A queue and the one that its dead letters come to."""
    dead = queue(channel)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead, **(arguments or {})}
    return queue(channel, arguments, **options), dead


def _death(properties):
    return properties.headers["x-death"][0]


@check
def reject_dead_letter(broker):
    channel = broker.channel()
    name, dead = _with_dead_letters(channel)
    publish(channel, name, b"bad", headers={"kept": 1})
    channel.basic_reject(Consumer(channel, name).wait(1)[0][0].delivery_tag, requeue=False)
    method, properties, body = Consumer(channel, dead, auto_ack=True).wait(1)[0]
    death = _death(properties)
    expect((body, method.routing_key, properties.headers["kept"]), (b"bad", dead, 1))
    expect((death["reason"], death["queue"], death["count"]), ("rejected", name, 1))
    expect((death["exchange"], death["routing-keys"]), ("", [name]))
    first = {key: value for key, value in properties.headers.items() if "first-death" in key}
    expect(first, {
        "x-first-death-exchange": "", "x-first-death-queue": name, "x-first-death-reason": "rejected",
    })


@check
def dead_letter_keeps_routing_key(broker):
    channel = broker.channel()
    graveyard, dead = exchange(channel, "topic"), queue(channel)
    channel.queue_bind(dead, graveyard, "#")
    name = queue(channel, {"x-dead-letter-exchange": graveyard})
    publish(channel, name, b"bad")
    channel.basic_nack(Consumer(channel, name).wait(1)[0][0].delivery_tag, requeue=False)
    method, _, _ = Consumer(channel, dead, auto_ack=True).wait(1)[0]
    expect((method.exchange, method.routing_key), (graveyard, name))


@check
def dead_letter_counts(broker):
    """A message that dies in the same place for the same reason counts up."""
    channel = broker.channel()
    name, dead = _with_dead_letters(channel)
    consumer, graveyard = Consumer(channel, name), Consumer(channel, dead, auto_ack=True)
    publish(channel, name, b"bad")
    for nth in range(1, 4):
        channel.basic_reject(consumer.wait(nth)[nth - 1][0].delivery_tag, requeue=False)
        _, properties, body = graveyard.wait(nth)[nth - 1]
        expect((len(properties.headers["x-death"]), _death(properties)["count"]), (1, nth))
        publish(channel, name, body, headers=properties.headers)


@check
def message_ttl(broker):
    channel = broker.channel()
    name, dead = _with_dead_letters(channel)
    publish(channel, name, b"short", expiration="20")
    _, properties, body = get(channel, dead)
    expect((body, _death(properties)["reason"]), (b"short", "expired"))
    expect((_death(properties)["original-expiration"], properties.expiration), ("20", None))


@check
def queue_ttl(broker):
    channel = broker.channel()
    name, dead = _with_dead_letters(channel, {"x-message-ttl": 20})
    publish(channel, name, b"1")
    publish(channel, name, b"2", expiration="60000")
    expect([get(channel, dead)[2] for _ in range(2)], [b"1", b"2"])
    expect(depth(channel, name), 0)


@check
def expired_is_not_delivered(broker):
    channel = broker.channel()
    name, dead = _with_dead_letters(channel)
    publish(channel, name, b"short", expiration="1")
    get(channel, dead)
    publish(channel, name, b"long")
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"long"])


@check
def max_length_drop_head(broker):
    channel = broker.channel()
    name, dead = _with_dead_letters(channel, {"x-max-length": 2})
    for i in range(4):
        publish(channel, name, b"%d" % i)
    graveyard = Consumer(channel, dead, auto_ack=True)
    expect(graveyard.bodies(2), [b"0", b"1"])
    expect(_death(graveyard.got[0][1])["reason"], "maxlen")
    expect(Consumer(channel, name, auto_ack=True).bodies(2), [b"2", b"3"])


@check
def reject_publish_dlx(broker):
    channel = broker.channel()
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish-dlx"}
    name, dead = _with_dead_letters(channel, arguments)
    publish(channel, name, b"fits")
    publish(channel, name, b"one too many")
    _, properties, body = get(channel, dead)
    expect((body, _death(properties)["reason"]), (b"one too many", "maxlen"))
    expect(Consumer(channel, name, auto_ack=True).bodies(1), [b"fits"])


@check
def delivery_limit(broker):
    channel = broker.channel()
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 2}
    name, dead = _with_dead_letters(channel, arguments, exclusive=False, durable=True)
    consumer = Consumer(channel, name)
    publish(channel, name, b"poison", delivery_mode=2)
    for nth in range(1, 4):
        method, properties, _ = consumer.wait(nth)[nth - 1]
        expect((properties.headers or {}).get("x-delivery-count"), nth - 1 or None)
        channel.basic_nack(method.delivery_tag, requeue=True)
    _, properties, _ = get(channel, dead)
    expect(_death(properties)["reason"], "delivery_limit")
    channel.queue_delete(name)
