"""The suite of pika: what applications do with it, a check each."""

import pika
from broker import Broker
from suite import run

import confirming, connecting, consuming, dead_lettering, limiting, refusing, routing, transacting  # noqa: E401,F401 each file's checks

run("pika", pika.__version__, Broker)
