"""Load by Qpid's Python client until the broker is gone: transfers with sync, accepts, transactions,
branches of distributed transactions.

Each line says what is about to be done, or what the broker answered: tests/src/history/event.rs
says how. Arguments: the broker's port, the first number of this round, the dice's seed.
"""

import itertools
import random
import socket
import sys
import threading

from qpid.connection import Connection, ConnectionFailed
from qpid.datatypes import Message, RangedSet
from qpid.exceptions import Closed
from qpid.session import SessionException
from qpid.util import connect

port, first_number, seed = [int(argument) for argument in sys.argv[1:]]
printing = threading.Lock()
failed = []


def tell(*words):
    with printing:
        sys.stdout.write(" ".join(words) + "\n")


class Ids(object):
    """The ids of a publisher's messages; a body begins with one."""

    def __init__(self, publisher):
        self._publisher, self._last = publisher, first_number

    def next(self):
        self._last += 1
        return "%s:%d" % (self._publisher, self._last)


def transfer(session, dice, exchange, key, name):
    properties = session.delivery_properties(routing_key=key, delivery_mode=2)
    message = Message(properties, "%s %s" % (name, "." * dice.randrange(1500)))
    session.message_transfer(destination=exchange, message=message)


def subscribe(session, queue):
    session.message_subscribe(queue=queue, destination=queue, accept_mode=0, acquire_mode=0)
    for unit in (session.credit_unit.byte, session.credit_unit.message):
        session.message_flow(destination=queue, unit=unit, value=0xFFFFFFFF)
    session.sync()
    return session.incoming(queue)


def received(queue, message):
    name = message.body.split(" ")[0]
    properties = message.get("delivery_properties")
    tell("received", queue, name, "again" if properties.redelivered else "new")
    return name


def publish(session, dice, publisher):
    ids = Ids(publisher)
    while True:
        names = []
        for _ in range(dice.randrange(1, 30)):
            name = ids.next()
            exchange, key, queues = dice.choice([("all", "", "orders bills"), ("", "work", "work"), ("", "jobs", "jobs")])
            tell("publishing", name, queues)
            transfer(session, dice, exchange, key, name)
            names.append(name)
        session.sync()
        for name in names:
            tell("confirmed", name)


def consume(session, dice, queue):
    incoming = subscribe(session, queue)
    while True:
        accepted, names = RangedSet(), []
        for _ in range(dice.randrange(1, 10)):
            message = incoming.get()
            name = received(queue, message)
            if dice.random() < 0.9:  # the others are kept until the end
                accepted.add(message.id)
                names.append(name)
        if not names:
            continue
        for name in names:
            tell("acknowledging", queue, name)
        session.message_accept(accepted)
        session.sync()
        for name in names:
            tell("acknowledged", queue, name)


def transact(session, dice, _):
    ids = Ids("qpid-tx")
    session.tx_select()
    incoming = subscribe(session, "left")
    while True:
        message = incoming.get()
        taken = received("left", message)
        done, over = ids.next(), ids.next()
        transfer(session, dice, "", "done", done)
        transfer(session, dice, "", "over", over)
        session.message_accept(RangedSet(message.id))
        tell("committing", done, "+done=" + done, "+over=" + over, "-left=" + taken)
        session.tx_commit()
        session.sync()
        tell("committed", done)


def branch(session, dice, _):
    numbers = itertools.count(first_number)
    session.dtx_select()
    incoming = subscribe(session, "jobs")
    while True:
        message = incoming.get()
        taken = received("jobs", message)
        # Branches take their places in queues as they are committed: each is its own publisher.
        name = "qpid-dtx-%d" % next(numbers)
        orders, done = name + ":1", name + ":2"
        xid = session.xid(format=0, global_id=name, branch_id="1")
        session.dtx_start(xid=xid)
        transfer(session, dice, "", "orders", orders)
        transfer(session, dice, "", "done", done)
        session.message_accept(RangedSet(message.id))
        session.dtx_end(xid=xid)
        tell("preparing", name, "+orders=" + orders, "+done=" + done, "-jobs=" + taken)
        ok(session.dtx_prepare(xid=xid))
        tell("prepared", name)
        if dice.random() < 0.8:  # the others stay prepared until the broker is killed
            tell("finishing", name)
            ok(session.dtx_commit(xid=xid))
            tell("committed", name)


def ok(result):
    status = result.get().status
    if status != 0:
        raise ValueError("status %d" % status)


def run(number, work, argument):
    dice = random.Random(seed + number)
    connection = None
    try:
        connection = Connection(connect("127.0.0.1", port), mechanism="ANONYMOUS")
        connection.start()
        session = connection.session("%s of %s" % (work.__name__, argument))
        session.auto_sync = False
        work(session, dice, argument)
    except (SessionException, ConnectionFailed, Closed, socket.error) as error:
        # The broker is gone, as it should be; or it refused something, and is still there.
        if connection is not None:
            connection.thread.join()
            if connection.close_code[0] is not None:
                failed.append("%s: %r" % (work.__name__, connection.close_code))
    except BaseException as error:
        failed.append("%s: %r" % (work.__name__, error))


jobs = [
    (publish, "qpid-a"),
    (publish, "qpid-b"),
    (consume, "bills"),
    (consume, "done"),
    (consume, "over"),
    (transact, None),
    (branch, None),
]
threads = [threading.Thread(target=run, args=(number,) + job) for number, job in enumerate(jobs)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("\n".join(failed) or None)
