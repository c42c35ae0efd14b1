"""Comes in as USER with the password on standard input, sends a message to itself and gets it: says
`in`, or `out` and how it was refused. Arguments: PORT USER."""

import sys

import pika

port, user = sys.argv[1:]
credentials = pika.PlainCredentials(user, sys.stdin.readline().strip())
parameters = pika.ConnectionParameters("127.0.0.1", int(port), credentials=credentials)
try:
    connection = pika.BlockingConnection(parameters)
except pika.exceptions.AMQPConnectionError as error:
    print("out", type(error).__name__)
    sys.exit()
channel = connection.channel()
queue = channel.queue_declare("", exclusive=True).method.queue
properties = pika.BasicProperties(user_id=user)
channel.basic_publish("", queue, b"hello", properties)
method, properties, body = channel.basic_get(queue, auto_ack=True)
print("in", body.decode(), properties.user_id)
connection.close()
