"""Parses the addresses of all documents as Qpid's clients do, those with options.

Says of each one that they refuse where it stands and why, and at the end how many there are.
"""

import os
import re
import sys

from qpid.lexer import LexError
from qpid.messaging import address
from qpid.parser import ParseError

SKIPPED = ("target", ".git", "node_modules")

# A name, and the first of the options that there are.
BEGIN = re.compile(r"""[^\s"'`]+;\s*\{\s*(?:create|delete|assert|mode|node|link)\b""")


def documents(root):
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in files:
            if name.endswith(".md"):
                yield os.path.join(folder, name)


def end_of(text, start):
    """Behind the brace that closes the first one."""
    depth = 0
    for place in range(text.index("{", start), len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def main(root):
    count = refused = 0
    for path in documents(root):
        text = open(path).read()
        for found in BEGIN.finditer(text):
            count += 1
            try:
                address.parse(text[found.start():end_of(text, found.start())])
            except (LexError, ParseError) as error:
                line = text.count("\n", 0, found.start()) + 1
                refused += 1
                print "%s:%d: %s" % (os.path.relpath(path, root), line, error)
    print "%d addresses, %d refused" % (count, refused)
    return 1 if refused else 0


sys.exit(main(sys.argv[1]))
