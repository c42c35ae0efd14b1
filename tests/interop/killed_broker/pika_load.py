"""Load by pika until the broker is gone: publishers with confirms, a consumer, transactions.

Each line says what is about to be done, or what the broker answered: tests/src/history/event.rs
says how. Arguments: the broker's URL, the first number of this round, the dice's seed.
"""

import random
import sys
import threading

import pika

url, first_number, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
printing = threading.Lock()
failed = []
persistent = pika.BasicProperties(delivery_mode=2)


def tell(*words):
    with printing:
        sys.stdout.write(" ".join(words) + "\n")


class Ids:
    """The ids of a publisher's messages; a body begins with one."""

    def __init__(self, publisher):
        self._publisher, self._last = publisher, first_number

    def next(self):
        self._last += 1
        return f"{self._publisher}:{self._last}"


def body(dice, name):
    return f"{name} {'.' * dice.randrange(1500)}".encode()


def received(queue, method, content):
    name = content.split(b" ")[0].decode()
    tell("received", queue, name, "again" if method.redelivered else "new")
    return name


def publish(channel, dice, publisher):
    channel.confirm_delivery()
    ids = Ids(publisher)
    while True:
        name = ids.next()
        exchange, key, queues = dice.choice(
            [("all", "", "orders bills"), ("", "work", "work"), ("", "work", "work"), ("", "orders", "orders")]
        )
        tell("publishing", name, queues)
        channel.basic_publish(exchange, key, body(dice, name), persistent)
        tell("confirmed", name)


def consume(channel, dice, queue):
    channel.basic_qos(prefetch_count=dice.randrange(1, 50))
    for method, _, content in channel.consume(queue):
        name = received(queue, method, content)
        # Some are kept until the end, where the prefetch leaves room for others.
        if dice.random() < 0.98:
            tell("acknowledging", queue, name)
            channel.basic_ack(method.delivery_tag)


def transact(channel, dice, _):
    ids = Ids("pika-tx")
    channel.tx_select()
    channel.basic_qos(prefetch_count=10)
    for method, _, content in channel.consume("work"):
        taken = received("work", method, content)
        while True:
            left, right = ids.next(), ids.next()
            channel.basic_publish("", "left", body(dice, left), persistent)
            channel.basic_publish("", "right", body(dice, right), persistent)
            channel.basic_ack(method.delivery_tag)
            if dice.random() < 0.8:
                break
            # Nobody is told of these: they must never be seen.
            channel.tx_rollback()
        tell("committing", left, f"+left={left}", f"+right={right}", f"-work={taken}")
        channel.tx_commit()
        tell("committed", left)


def run(number, work, argument):
    dice = random.Random(seed + number)
    try:
        connection = pika.BlockingConnection(pika.URLParameters(url))
        work(connection.channel(), dice, argument)
        failed.append(f"{work.__name__} ended")
    except (pika.exceptions.ConnectionClosedByBroker, pika.exceptions.ChannelClosedByBroker) as refused:
        failed.append(f"{work.__name__}: {refused!r}")
    except (pika.exceptions.AMQPConnectionError, pika.exceptions.ChannelWrongStateError, OSError):
        pass  # the broker is gone, as it should be
    except BaseException as error:
        failed.append(f"{work.__name__}: {error!r}")


jobs = [
    (publish, "pika-a"),
    (publish, "pika-b"),
    (publish, "pika-c"),
    (consume, "orders"),
    (consume, "right"),
    (transact, None),
]
threads = [threading.Thread(target=run, args=(number, *job)) for number, job in enumerate(jobs)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("\n".join(failed) or None)
