"""The suite of PerfTest: short runs of it, each judged by its exit code and by what it counted.

PERF_TEST_JAVA is the Java to run it by, PERF_TEST_JARS the folder of its jars.
"""

import os
import re
import subprocess
import uuid

from suite import check, expect, run

MESSAGES = 2_000
SECONDS_MAX = 120


class PerfTest:
    def __init__(self, url):
        self.url = url

    def close(self):
        """Each run is a process that ended."""

    def run(self, *arguments):
        """What a run printed, once it ended well. Its exchange and queue are its own."""
        name = f"perf-test-{uuid.uuid4().hex[:12]}"
        defaults = ["--uri", self.url, "--exchange", name, "--type", "fanout", "--size", "100"]
        if not {"--queue-pattern", "--queue"} & set(arguments):
            defaults += ["--queue", name]
        return _java(*defaults, *arguments)


def _java(*arguments):
    command = [
        os.environ["PERF_TEST_JAVA"], "-XX:+UseSerialGC", "-Xmx256m", "-cp",
        os.path.join(os.environ["PERF_TEST_JARS"], "*"), "com.rabbitmq.perf.PerfTest", *arguments,
    ]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        text=True, timeout=SECONDS_MAX, check=False,
    )
    if ended.returncode != 0:
        raise AssertionError(f"exit code {ended.returncode}: {ended.stdout}")
    return ended.stdout


def _version():
    return re.search(r"Perf Test (\S+)", _java("--version")).group(1)


def _average(output, what):
    """The rate that a run closes with, messages a second."""
    line = re.search(rf"{what} rate avg: (\d+) msg/s", output)
    if not line:
        raise AssertionError(f"no average of {what} in {output}")
    return int(line.group(1))


def _expect_rates(output):
    expect((_average(output, "sending") > 0, _average(output, "receiving") > 0), (True, True))


COUNTED = ("--pmessages", str(MESSAGES), "--cmessages", str(MESSAGES))


@check
def automatic_acknowledgement(perf_test):
    _expect_rates(perf_test.run(*COUNTED, "--autoack"))


@check
def confirms_and_acknowledgements(perf_test):
    output = perf_test.run(*COUNTED, "--confirm", "100", "--qos", "200", "--multi-ack-every", "50")
    _expect_rates(output)
    expect("nacked" not in output or "nacked: 0" in output, True)


@check
def persistent_and_mandatory(perf_test):
    _expect_rates(
        perf_test.run(
            *COUNTED, "--flag", "persistent", "--flag", "mandatory", "--auto-delete", "false",
            "--exclusive", "--confirm", "10",
        )
    )


@check
def transactions(perf_test):
    """With a prefetch limit. The client's thread that reads waits while 1,000 deliveries lie
    unhandled; its consumer commits from within a delivery and would wait for that thread."""
    _expect_rates(perf_test.run(*COUNTED, "--qos", "100", "--ptxsize", "50", "--ctxsize", "50"))


@check
def rate_limit(perf_test):
    """Five hundred a second for three seconds. A busy machine brings less, and the average over
    so short a run some more; without the limit it would be thousands."""
    output = perf_test.run("--rate", "500", "--time", "3", "--autoack")
    _expect_rates(output)
    expect(_average(output, "receiving") < 1_000, True)


@check
def several_producers_and_consumers(perf_test):
    _expect_rates(
        perf_test.run(
            "--producers", "3", "--consumers", "3", "--rate", "200", "--qos", "50", "--time", "3",
        )
    )


@check
def many_queues(perf_test):
    pattern = f"perf-{uuid.uuid4().hex[:8]}-%d"
    _expect_rates(
        perf_test.run(
            "--type", "direct", "--queue-pattern", pattern, "--queue-pattern-from", "1",
            "--queue-pattern-to", "10", "--producers", "10", "--consumers", "10", "--pmessages", "200",
            "--time", "3",
        )
    )


@check
def large_messages(perf_test):
    counted = ("--pmessages", "20", "--cmessages", "20")
    _expect_rates(perf_test.run(*counted, "--size", "1000000", "--confirm", "5"))


run("PerfTest", _version(), PerfTest)
