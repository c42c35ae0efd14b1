"""The broker as the checks of pika use it: connections that end with the check, names of its own,
and waits that have an end."""

import time
import uuid
from contextlib import contextmanager

import pika

WAIT_SECONDS_MAX = 30


class Broker:
    def __init__(self, url):
        self.url = url
        self._opened = []

    def connect(self, **parameters):
        """A connection by the URL's parameters, but for those that are given."""
        all_parameters = pika.URLParameters(self.url)
        for name, value in parameters.items():
            setattr(all_parameters, name, value)
        connection = pika.BlockingConnection(all_parameters)
        self._opened.append(connection)
        return connection

    def channel(self, **parameters):
        """A channel on a connection of its own."""
        return self.connect(**parameters).channel()

    def close(self):
        for connection in self._opened:
            if connection.is_open:
                connection.close()


class Consumer:
    """A consumer that keeps what it got, each as (method, properties, body)."""

    def __init__(self, channel, queue, **options):
        self._channel = channel
        self.got = []
        on_message = lambda _, method, properties, body: self.got.append((method, properties, body))
        self.tag = channel.basic_consume(queue, on_message, **options)

    def wait(self, count):
        """The deliveries, once there are so many."""
        wait_until(self._channel.connection, lambda: len(self.got) >= count)
        return self.got

    def bodies(self, count):
        return [body for _, _, body in self.wait(count)]


def unique(name):
    """A name that no other run uses."""
    return f"{name}-{uuid.uuid4().hex[:12]}"


def queue(channel, arguments=None, name=None, **options):
    """Declares a queue that ends with its connection, which gives its name."""
    options.setdefault("exclusive", True)
    name = unique("queue") if name is None else name
    return channel.queue_declare(name, arguments=arguments, **options).method.queue


def exchange(channel, kind, **options):
    """Declares an exchange that ends with its last binding, which gives its name."""
    name = unique(kind)
    options.setdefault("auto_delete", True)
    channel.exchange_declare(name, kind, **options)
    return name


def publish(channel, routing_key, body, exchange="", mandatory=False, **properties):
    properties = pika.BasicProperties(**properties)
    channel.basic_publish(exchange, routing_key, body, properties, mandatory)


def wait_until(connection, holds):
    """Lets the connection work until a condition holds."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {WAIT_SECONDS_MAX} s")
        connection.process_data_events(time_limit=0.05)


def get(channel, queue_name):
    """Waits until `basic.get` brings a message: (method, properties, body)."""
    answers = []

    def is_there():
        answers.append(channel.basic_get(queue_name, auto_ack=True))
        return answers[-1][0] is not None

    wait_until(channel.connection, is_there)
    return answers[-1]


def depth(channel, queue_name):
    return channel.queue_declare(queue_name, passive=True).method.message_count


@contextmanager
def refused(code, *words):
    """Expects that the broker closes the channel with this code, and text that has these words."""
    try:
        yield
    except (pika.exceptions.ChannelClosedByBroker, pika.exceptions.ConnectionClosedByBroker) as closed:
        text = closed.reply_text
        if closed.reply_code != code or not all(word in text for word in words):
            raise AssertionError(f"expected {code} with {words}, got {closed.reply_code} {text!r}")
        return
    raise AssertionError(f"expected {code}, nothing was refused")
