"""Workers: processes of `celery worker`, which end with the suite."""

import atexit
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid

WAIT_SECONDS_MAX = 60
READY = " ready."


class Worker:
    """A worker that is ready for tasks."""

    def __init__(self, queue, threads=2, **environment):
        self._log = tempfile.NamedTemporaryFile("w+", prefix="celery-worker-", suffix=".log")
        self.name = f"suite-{uuid.uuid4().hex[:8]}@localhost"
        command = [
            sys.executable, "-m", "celery", "--app", "application", "worker", "--queues", queue,
            "--pool", "threads", "--concurrency", str(threads), "--loglevel", "INFO", "--without-gossip",
            "--without-mingle", "--hostname", self.name,
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            env={**os.environ, **environment}, cwd=os.path.dirname(__file__),
            preexec_fn=_end_with_parent,
        )
        atexit.register(self.kill)
        self.wait_for_log(READY)

    def wait_for_log(self, part, count=1):
        """Waits until its log has these words so often."""
        wait_until(lambda: self._read().count(part) >= count or self._process.poll() is not None)
        if self._read().count(part) < count:
            raise AssertionError(f"the worker ended: {self._read()}")

    def is_alive(self):
        return self._process.poll() is None

    def kill(self):
        """As a machine that goes down: nothing is put back in order."""
        if self.is_alive():
            self._process.kill()
        self._process.wait()

    def end(self):
        """As an operator ends it: what runs goes on to its end."""
        self._process.terminate()
        self._process.wait(WAIT_SECONDS_MAX)

    def _read(self):
        with open(self._log.name, encoding="utf-8", errors="replace") as log:
            return log.read()


def _end_with_parent():
    """Linux: the worker is killed with a suite that is, which no exit handler would see."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def wait_until(holds):
    end = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {WAIT_SECONDS_MAX} s")
        time.sleep(0.05)
