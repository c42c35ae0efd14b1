"""Binds areas by pika, publishes positions and prints what each queue got, and how a bad bind is refused.

Argument: the broker's URL.
"""

import sys
from decimal import Decimal

import pika

PACIFIC = {"south": -30, "west": "170", "north": 30, "east": -170}
AREAS = [
    ("berlin", {"lat": Decimal("52.52"), "lon": Decimal("13.405"), "radius_km": 30}),
    ("pacific", PACIFIC),
    ("saxony", {"polygon": [[50, "11.9"], ["51.6", "11.9"], ["51.6", 15], [50, 15]]}),
    ("arctic", {"lat": "89.5", "lon": 0, "radius_km": 600}),
]
MESSAGES = [
    ("potsdam", {"lat": Decimal("52.39"), "lon": Decimal("13.06")}),
    ("dresden", {"lat": "51.05", "lon": "13.74"}),
    ("suva", {"lat": "-18.14", "lon": "178.44"}),
    ("meridian", {"lat": 0, "lon": 180}),
    ("beyond-the-pole", {"lat": 88, "lon": -180}),
    ("nowhere", {"lat": "52.39"}),
]

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.confirm_delivery()
channel.exchange_declare("places", "x-geo")
for queue, area in AREAS:
    channel.queue_declare(queue)
    channel.queue_bind(queue, "places", routing_key="area", arguments=area)
for name, headers in MESSAGES:
    channel.basic_publish("places", "", name.encode(), pika.BasicProperties(headers=headers))
for queue, _ in AREAS:
    got = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            break
        got.append(body.decode())
    print(queue, *got)

channel.queue_unbind("pacific", "places", routing_key="area", arguments=PACIFIC)
channel.basic_publish("places", "", b"x", pika.BasicProperties(headers={"lat": 0, "lon": 180}))
print("after unbind", channel.queue_declare("pacific", passive=True).method.message_count)
for bad in [{"lat": 95, "lon": 1, "radius_km": 1}, {"lat": 1, "radius": 1}, {"polygon": "1 1, 2 2"}]:
    try:
        channel.queue_bind("berlin", "places", routing_key="bad", arguments=bad)
    except pika.exceptions.ChannelClosedByBroker as refused:
        print("refused", refused.reply_text)
        channel = connection.channel()
connection.close()
