"""Binds areas by Qpid's client of AMQP 0-10, sends positions and prints what each queue got, and how a
bad bind is refused.

Argument: the broker's port.
"""

import sys

from qpid.messaging import Connection, Empty, Message, MessagingError

EXCHANGE = """stations; {create: always, node: {type: topic, x-declare: {type: x-geo,
    arguments: {lat-header: y, lon-header: x}}}}"""
QUEUE = """%s; {create: always, node: {x-bindings: [
    {exchange: stations, queue: %s, key: area, arguments: %s}]}}"""
AREAS = [
    ("near", "{lat: 52.52, lon: 13.405, radius_km: 30}"),
    ("dateline", "{south: -30, west: 170, north: 30, east: -170}"),
    ("triangle", "{polygon: '50 10, 54 10, 52 16'}"),
]
MESSAGES = [
    ("potsdam", {"y": 52.39, "x": 13.06}),
    ("suva", {"y": "-18.14", "x": 178}),
    ("other-headers", {"lat": 52.39, "lon": 13.06}),
]

connection = Connection("127.0.0.1:" + sys.argv[1], sasl_mechanisms="ANONYMOUS")
connection.open()
session = connection.session()
sender = session.sender(EXCHANGE)
receivers = [(queue, session.receiver(QUEUE % (queue, queue, area))) for queue, area in AREAS]
for name, properties in MESSAGES:
    sender.send(Message(name, properties=properties))
sender.sync()
for queue, receiver in receivers:
    names = []
    try:
        while True:
            names.append(receiver.fetch(0).content)
    except Empty:
        pass
    print queue + "".join(" " + name for name in names)
session.acknowledge()
try:
    connection.session().receiver(QUEUE % ("bad", "bad", "{lat: north, lon: 1, radius_km: 1}"))
except MessagingError, refused:
    print "refused", refused
