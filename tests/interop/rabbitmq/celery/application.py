"""The tasks, as an application writes them. The worker and the suite import this file.

The environment says where the broker is (`SUITE_BROKER`), which queue is ours (`SUITE_QUEUE`), where
results go (`SUITE_BACKEND`, else back by messages), and where chords keep theirs, which messages
can't count (`SUITE_RESULTS`, a folder).
"""

import os
import time

from celery import Celery
from kombu import Queue

QUEUE = os.environ["SUITE_QUEUE"]
PRIORITY_QUEUE = f"{QUEUE}-priority"
CHORD_QUEUE = f"{QUEUE}-chord"
PRIORITY_MAX = 10


def make(backend, queue=QUEUE):
    made = Celery("application", broker=os.environ["SUITE_BROKER"], backend=backend)
    made.conf.update(
        task_default_queue=queue,
        task_queues=[
            Queue(queue, routing_key=queue),
            Queue(
                PRIORITY_QUEUE, routing_key=PRIORITY_QUEUE,
                queue_arguments={"x-max-priority": PRIORITY_MAX},
            ),
        ],
        task_default_exchange_type="direct",
        broker_connection_retry_on_startup=True,
        broker_heartbeat=10,
        result_expires=60,
        task_track_started=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return made


app = make(os.environ.get("SUITE_BACKEND", "rpc://"))


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def size(text):
    return len(text)


@app.task
def fail(reason):
    raise ValueError(reason)


@app.task(bind=True, max_retries=3)
def succeed_at_last(self, failures):
    """Fails so often, then says how often it was tried again."""
    if self.request.retries < failures:
        raise self.retry(countdown=0)
    return self.request.retries


@app.task
def when():
    return time.time()


@app.task
def note(path, text):
    """Leaves a line in a file, in the order in which tasks run."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(text + "\n")
    return text


@app.task(acks_late=True, reject_on_worker_lost=True)
def hold(started, gate):
    """Says that it runs, and goes on when a file is there."""
    with open(started, "a", encoding="utf-8") as file:
        file.write("started\n")
    while not os.path.exists(gate):
        time.sleep(0.05)
    return "held"
