"""Rows of the table of tests/bench/rabbitmq that RabbitMQ's PerfTest makes, both brokers in turns.

perf_test.py NAME ROUNDS PORT PID OTHER_PORT OTHER_PID OPTION...

CPU is that of a broker's process and of those that it started, by received message. PerfTest is the one that
.ci/rabbitmq-clients installs.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys

SECONDS = 6
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
CLIENTS = CACHE / "philter-ci" / "rabbitmq-clients"


def processes():
    """Parent and CPU seconds of each process, by its number."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # no process, or one that has ended
        ticks = int(fields[11]) + int(fields[12])
        found[int(entry.name)] = (int(fields[1]), ticks / os.sysconf("SC_CLK_TCK"))
    return found


def cpu_seconds(pid):
    """CPU seconds of a process and of its descendants."""
    found, seconds, waiting = processes(), 0.0, [pid]
    while waiting:
        parent = waiting.pop()
        seconds += found[parent][1]
        waiting += [child for child, (of, _) in found.items() if of == parent]
    return seconds


def run(port, pid, options):
    """Received messages a second, and CPU microseconds of a message."""
    before = cpu_seconds(pid)
    command = [CLIENTS / "java", "-cp", f"{CLIENTS / 'perf-test-lib'}/*", "com.rabbitmq.perf.PerfTest"]
    command += ["--uri", f"amqp://guest:guest@127.0.0.1:{port}", "--size", "100", "--time", str(SECONDS)]
    said = subprocess.run(command + options, capture_output=True, text=True, check=True).stdout
    rate = int(re.findall(r"receiving rate avg: (\d+)", said)[-1])
    return rate, (cpu_seconds(pid) - before) / (rate * SECONDS) * 1e6


def main():
    """Prints the row."""
    name, rounds, port, pid, other_port, other_pid, *options = sys.argv[1:]
    brokers = [(port, int(pid)), (other_port, int(other_pid))]
    turns = [[run(*broker, options) for broker in brokers] for _ in range(int(rounds))]
    (rate, cpu), (other_rate, other_cpu) = (
        [statistics.median(turn[which][what] for turn in turns) for what in (0, 1)] for which in (0, 1)
    )
    print(
        f"| PerfTest, {name} (`{' '.join(options)}`) | {rate:,.0f} | {other_rate:,.0f} | {rate / other_rate:.1f} "
        f"| {cpu:.2f} | {other_cpu:.1f} | {other_cpu / cpu:.1f} | | |",
        flush=True,
    )


main()
