"""Runs a Qpid example unmodified, with its connections led to another port of the same host."""

import os
import sys

import qpid.messaging.transports as transports

direct = transports.connect
transports.connect = lambda host, port: direct(host, int(os.environ["REDIRECT_TO_PORT"]))
sys.argv = sys.argv[1:]
execfile(sys.argv[0])
