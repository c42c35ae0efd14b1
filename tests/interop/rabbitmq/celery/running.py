"""Tasks and their results, by one worker that serves all these checks."""

import functools
import os
import tempfile
import time

from celery import chain, chord, group
from celery.exceptions import TaskRevokedError

import application
from application import add, app, fail, note, size, succeed_at_last, total, when
from suite import check, expect
from worker import Worker

SECONDS_MAX = 30


@functools.cache
def worker():
    return Worker(application.QUEUE)


def with_worker(function):
    """Makes a function a check that runs beside the worker."""

    @functools.wraps(function)
    def run(_):
        worker()
        function()

    return check(run)


def result(asynchronous):
    return asynchronous.get(timeout=SECONDS_MAX)


@with_worker
def task_result():
    expect(result(add.delay(2, 3)), 5)


@with_worker
def task_failure():
    failed = fail.delay("on purpose")
    try:
        result(failed)
        raise AssertionError("no failure came back")
    except ValueError as failure:
        expect((str(failure), failed.state), ("on purpose", "FAILURE"))


@with_worker
def many_tasks():
    results = [add.delay(i, i) for i in range(100)]
    expect([result(each) for each in results], [2 * i for i in range(100)])


@with_worker
def retries():
    expect(result(succeed_at_last.delay(2)), 2)


@with_worker
def countdown():
    """The worker holds the message unacknowledged until its time comes."""
    before = time.time()
    expect(result(when.apply_async(countdown=1)) - before >= 1, True)


@with_worker
def expired_task():
    _expect_revoked(add.apply_async((1, 1), countdown=0.5, expires=0.1))


def _expect_revoked(asynchronous):
    try:
        raise AssertionError(f"it ran: {result(asynchronous)}")
    except TaskRevokedError:
        pass


@with_worker
def group_of_tasks():
    expect(result(group(add.s(i, i) for i in range(10))()), [2 * i for i in range(10)])


@with_worker
def chain_of_tasks():
    expect(result(chain(add.s(1, 2), add.s(3), add.s(4))()), 10)


@check
def chord_of_tasks(_):
    """Chords count in a store of results, not by messages: here in a folder."""
    backend = f"file://{os.environ['SUITE_RESULTS']}"
    queue = application.CHORD_QUEUE
    counting = application.make(backend, queue)
    helper = Worker(queue, SUITE_QUEUE=queue, SUITE_BACKEND=backend)
    try:
        header = [counting.signature(add.name, (i, i)) for i in range(5)]
        body = counting.signature(total.name)
        expect(result(chord(header, app=counting)(body)), 20)
    finally:
        helper.end()


@with_worker
def large_argument():
    expect(result(size.delay("x" * 3_000_000)), 3_000_000)


@with_worker
def remote_control():
    """Over exchanges that all workers hear, and a queue for their answers."""
    expect(app.control.ping([worker().name], timeout=5), [{worker().name: {"ok": "pong"}}])
    queues = app.control.inspect([worker().name], timeout=5).active_queues()[worker().name]
    expect([queue["name"] for queue in queues], [application.QUEUE])


@with_worker
def revoked_task():
    sent = add.apply_async((1, 1), countdown=1)
    app.control.revoke(sent.id, reply=True, timeout=5, destination=[worker().name])
    _expect_revoked(sent)


@check
def priorities(_):
    """What waits is taken by priority once a worker of one thread comes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "order")
        sent = [
            note.apply_async((path, str(priority)), priority=priority, queue=application.PRIORITY_QUEUE)
            for priority in (1, 9, 5)
        ]
        helper = Worker(application.PRIORITY_QUEUE, threads=1)
        try:
            for each in sent:
                result(each)
            with open(path, encoding="utf-8") as order:
                expect(order.read().split(), ["9", "5", "1"])
        finally:
            helper.end()
