"""The suite of Celery, over kombu and py-amqp: tasks, results, and workers that come and go."""

import atexit
import os
import shutil
import sys
import tempfile
import uuid

import celery

# A queue of its own for each run, known before the application is imported; here and in the worker.
os.environ["SUITE_BROKER"] = sys.argv[1]
os.environ["SUITE_QUEUE"] = f"celery-{uuid.uuid4().hex[:12]}"
os.environ["SUITE_RESULTS"] = tempfile.mkdtemp(prefix="celery-results-")
atexit.register(shutil.rmtree, os.environ["SUITE_RESULTS"], ignore_errors=True)

import running, working  # noqa: E402,E401,F401 each file's checks
from application import CHORD_QUEUE, PRIORITY_QUEUE, QUEUE, app  # noqa: E402
from suite import run  # noqa: E402


class Application:
    """What a check starts from: nothing but the application, which knows its broker."""

    def __init__(self, url):
        self.url = url

    def close(self):
        """Workers end with the suite, or by the check that started them."""


def delete_queues():
    with app.connection_for_write() as connection:
        channel = connection.channel()
        for queue in (QUEUE, PRIORITY_QUEUE, CHORD_QUEUE):
            channel.queue_delete(queue)


try:
    run("celery", celery.__version__, Application)
finally:
    delete_queues()
