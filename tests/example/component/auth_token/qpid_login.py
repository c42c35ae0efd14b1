"""As pika_login.py, by AMQP 0-10 and Qpid's client for Python 2.7."""

import sys

from qpid.messaging import Connection, Message
from qpid.messaging.exceptions import MessagingError

port, user = sys.argv[1:]
password = sys.stdin.readline().strip()
connection = Connection(
    "127.0.0.1:" + port, username=user, password=password, sasl_mechanisms="PLAIN"
)
try:
    connection.open()
except MessagingError as error:
    print("out " + type(error).__name__)
    sys.exit()
session = connection.session()
address = "mine; {create: always, delete: always}"
receiver = session.receiver(address)
session.sender(address).send(Message("hello", user_id=user))
message = receiver.fetch(timeout=60)
print("in " + message.content + " " + message.user_id)
session.acknowledge()
connection.close()
