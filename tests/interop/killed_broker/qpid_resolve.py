"""Commits or rolls back, by Qpid's Python client, what a broker that was started again has in doubt.

Each line says which branch it is and what became of it: tests/src/history/event.rs says how.
Arguments: the broker's port, the dice's seed.
"""

import random
import sys

from qpid.connection import Connection
from qpid.util import connect

port, seed = [int(argument) for argument in sys.argv[1:]]
dice = random.Random(seed)
connection = Connection(connect("127.0.0.1", port), mechanism="ANONYMOUS")
connection.start()
session = connection.session("resolves")
session.dtx_select()
for xid in session.dtx_recover().in_doubt:
    name = xid.global_id
    sys.stdout.write("in-doubt %s\n" % name)
    commits = dice.random() < 0.5
    result = session.dtx_commit(xid=xid) if commits else session.dtx_rollback(xid=xid)
    if result.status != 0:
        sys.exit("%s: status %d" % (name, result.status))
    sys.stdout.write("%s %s\n" % ("committed" if commits else "rolled-back", name))
session.close()
connection.close()
