"""Workers that come and go, and a broker that does."""

import os
import tempfile

import application
from application import QUEUE, add, hold
from running import result, worker
from suite import check, expect, restart_broker
from worker import Worker, wait_until


def _lines(path):
    if not os.path.exists(path):
        return 0
    with open(path, encoding="utf-8") as file:
        return len(file.readlines())


@check
def task_of_lost_worker(_):
    """What a killed worker had not acknowledged runs again, by another one."""
    worker().end()
    with tempfile.TemporaryDirectory() as folder:
        started, gate = os.path.join(folder, "started"), os.path.join(folder, "gate")
        lost = Worker(QUEUE)
        held = hold.delay(started, gate)
        wait_until(lambda: _lines(started) == 1)
        lost.kill()
        other = Worker(QUEUE)
        wait_until(lambda: _lines(started) == 2)
        with open(gate, "w", encoding="utf-8"):
            pass
        expect(result(held), "held")
        other.end()


@check
def worker_restart(_):
    """What was sent while no worker ran waits for the next one."""
    waiting = [add.delay(i, 1) for i in range(5)]
    helper = Worker(QUEUE)
    expect([result(each) for each in waiting], [1, 2, 3, 4, 5])
    helper.end()


@check
def reconnect_after_restart(_):
    """The worker connects again by itself and takes what is sent then. Its results go to a client
    of new connections, as to an application that starts anew."""
    helper = Worker(QUEUE)
    expect(result(add.delay(1, 2)), 3)
    restart_broker()
    helper.wait_for_log("Connected to amqp", 2)
    client = application.make("rpc://")
    expect(result(client.send_task(add.name, (3, 4))), 7)
    expect(helper.is_alive(), True)
    helper.end()
