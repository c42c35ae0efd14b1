"""How a suite in Python talks to the test that started it.

`python suite URL [CHECK...]` prints `client NAME VERSION`, then one line a check: `ok CHECK` or
`not ok CHECK: reason`. A check that wants the broker restarted prints `restart` and goes on when a
line comes in. The exit code says whether all went well.
"""

import sys
import traceback

_checks = {}


def check(function):
    """Makes a function a check, named by the function's name with hyphens."""
    _checks[function.__name__.replace("_", "-")] = function
    return function


def restart_broker():
    """Has the broker restarted on the same port, and returns when it listens again."""
    print("restart", flush=True)
    if not sys.stdin.readline():
        raise EOFError("nobody restarted the broker")


def run(client, version, broker_of):
    """Runs the checks that the command line names, or all. `broker_of(url)` makes what each check
    takes; it is closed after the check."""
    url, names = sys.argv[1], sys.argv[2:] or list(_checks)
    print(f"client {client} {version}", flush=True)
    results = [_is_well(name, broker_of(url)) for name in names]
    sys.exit(0 if all(results) else 1)


def _is_well(name, broker):
    try:
        _checks[name](broker)
        print(f"ok {name}", flush=True)
        return True
    except Exception as failure:
        reason = " ".join(f"{type(failure).__name__}: {failure}".split())
        print(f"not ok {name}: {reason}", flush=True)
        traceback.print_exc()
        return False
    finally:
        broker.close()


def expect(actual, expected):
    """Fails where two values differ, with both."""
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")
