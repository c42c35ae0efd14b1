"""A row of the table of tests/bench/rabbitmq: from the report of `philter bench --compare --json`, read
from standard input. Without arguments, the head of the table."""

import json
import sys
from statistics import median

HEAD = [
    ("load", ""),
    ("Philter messages/s", ":"),
    ("RabbitMQ messages/s", ":"),
    ("times", ":"),
    ("Philter CPU us", ":"),
    ("RabbitMQ CPU us", ":"),
    ("times", ":"),
    ("floor CPU us", ":"),
    ("p99 us: Philter, RabbitMQ, floor", ":"),
]


def main():
    if len(sys.argv) == 1:
        print(row(name for name, _ in HEAD))
        print(row(f"---{side}" for _, side in HEAD))
        return
    name, options = sys.argv[1:]
    philter, rabbitmq, *floor = [figures(subject) for subject in json.load(sys.stdin)["subjects"]]
    floor = floor[0] if floor else {}
    print(
        row(
            [
                f"{name} (`{options}`)",
                f"{philter['rate']:,.0f}",
                f"{rabbitmq['rate']:,.0f}",
                f"{philter['rate'] / rabbitmq['rate']:.1f}",
                f"{philter['cpu']:.2f}",
                f"{rabbitmq['cpu']:.1f}",
                f"{rabbitmq['cpu'] / philter['cpu']:.1f}",
                f"{floor['cpu']:.2f}" if floor else "",
                ", ".join(f"{side['p99']:,.0f}" for side in (philter, rabbitmq, floor) if side.get("p99")),
            ]
        )
    )


def figures(subject):
    """The medians over the rounds; none where a round did not measure it."""
    rounds = subject["rounds"]
    latencies = [one["latency_us"]["p99"] for one in rounds if one.get("latency_us")]
    return {
        "rate": median(one["received_per_s"] for one in rounds),
        "cpu": median(one["cpu"]["cores"] / one["received_per_s"] * 1e6 for one in rounds),
        "p99": median(latencies) if latencies else None,
    }


def row(cells):
    return f"| {' | '.join(cells)} |"


main()
