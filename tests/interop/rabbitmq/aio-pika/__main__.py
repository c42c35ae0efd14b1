"""The suite of aio-pika: what applications do with it, a check each."""

from importlib.metadata import version

from broker import Address
from suite import run

import consuming, publishing, recovering, routing  # noqa: E401,F401 each file's checks

run("aio-pika", version("aio-pika"), Address)
