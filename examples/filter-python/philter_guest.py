"""What a filter for the Philter message broker that is a WASM component needs in Python.

Everything that the contract (philter-plugin.wit) says about bytes and offsets stays in here: a
plugin derives from `Language` and sees messages, values and exceptions. It also runs on any CPython
from 3.10 on, so that a predicate can be tested without WASM.

The broker calls an instance from one thread at a time; there is no need for locks.
"""

import json
import re
import struct
import uuid

# What an answer depends on: a sum of these. The routing key is always there.
KEY, PROPERTIES, HEADERS, BODY = 1, 2, 4, 8

# The names of properties by their numbers. The list only grows.
PROPERTY_NAMES = {
    1: "exchange", 2: "virtual-host", 3: "publisher", 4: "message-id", 5: "correlation-id",
    6: "user-id", 7: "content-type", 8: "content-encoding", 9: "timestamp", 10: "expiration",
    11: "priority", 12: "durable", 13: "reply-to", 14: "type", 15: "subject", 16: "app-id",
    17: "group-id", 18: "time-to-live", 19: "protocol",
}  # fmt: skip

INVALID_ARGUMENT, NOT_FOUND, UNAUTHORIZED, LIMIT_EXCEEDED, UNSUPPORTED, INTERNAL = range(6)


class Refused(Exception):
    """Why a plugin says no: `text` reaches whoever caused it, `line` and `column` count from 1."""

    def __init__(self, text, line=None, column=None, kind=INVALID_ARGUMENT):
        super().__init__(text)
        self.text, self.line, self.column, self.kind = text, line, column, kind


# ---- values: the AMQP 1.0 type encoding ----------------------------------------------------------


def _number(form):
    unpack = struct.Struct(form).unpack_from
    return lambda data, at: unpack(data, at)[0]


def _text(data, at, end):
    return str(data[at:end], "utf-8", "replace")


def _character(data, at):
    code = _u32(data, at)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _elements(data, at, end, count):
    values = []
    for _ in range(count):
        value, at = decode(data, at)
        values.append(value)
    return values


def _pairs(data, at, end, count):
    values = _elements(data, at, end, count)
    return dict(zip(map(_hashable, values[0::2]), values[1::2]))


def _hashable(key):
    return key if isinstance(key, (str, int, float, bytes, uuid.UUID)) else repr(key)


# By constructor: a value without bytes; bytes that follow and what reads them.
_CONSTANTS = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0, 0x45: []}
_FIXED = {
    0x50: (1, _number(">B")), 0x51: (1, _number(">b")), 0x52: (1, _number(">B")),
    0x53: (1, _number(">B")), 0x54: (1, _number(">b")), 0x55: (1, _number(">b")),
    0x56: (1, _number(">?")), 0x60: (2, _number(">H")), 0x61: (2, _number(">h")),
    0x70: (4, _number(">I")), 0x71: (4, _number(">i")), 0x72: (4, _number(">f")),
    0x73: (4, _character),
    0x80: (8, _number(">Q")), 0x81: (8, _number(">q")), 0x82: (8, _number(">d")),
    0x83: (8, _number(">q")),
    0x98: (16, lambda data, at: uuid.UUID(bytes=bytes(data[at : at + 16]))),
}  # fmt: skip
_READERS = {0xA0: lambda data, at, end: bytes(data[at:end]), 0xA1: _text, 0xA3: _text}
_COMPOUNDS = {0xC0: _elements, 0xC1: _pairs}
_WIDTHS = {4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16}


def decode(data, at):
    """The value at an offset, and the offset behind it.

    Integers, timestamps in milliseconds since 1970 among them, are int; strings and symbols str;
    maps dict. A described value is what it describes; a decimal is its bytes.
    """
    code = data[at]
    if code == 0:
        return decode(data, decode(data, at + 1)[1])
    return _content(data, at + 1, code)


def _content(data, at, code):
    """What follows a constructor."""
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code in _FIXED:
        width, read = _FIXED[code]
        return read(data, at), at + width
    if code >> 4 in _WIDTHS:
        end = at + _WIDTHS[code >> 4]
        return bytes(data[at:end]), end
    return _variable(data, at, code)


def _variable(data, at, code):
    """What has its length before it: in one byte, or in four where 0x10 is set."""
    wide = code & 0x10
    length, at = (_u32(data, at), at + 4) if wide else (data[at], at + 1)
    end = at + length
    short = code & ~0x10
    if short in _READERS:
        return _READERS[short](data, at, end), end
    count, at = (_u32(data, at), at + 4) if wide else (data[at], at + 1)
    if short in _COMPOUNDS:
        return _COMPOUNDS[short](data, at, end, count), end
    return _array(data, at, count), end


def _array(data, at, count):
    """An array has the constructor of its elements once, before them."""
    while data[at] == 0:
        at = decode(data, at + 1)[1]
    constructor, at = data[at], at + 1
    values = []
    for _ in range(count):
        value, at = _content(data, at, constructor)
        values.append(value)
    return values


_u32 = _number(">I")


def decode_map(data):
    """An encoded map; no bytes are an empty one."""
    return decode(data, 0)[0] if len(data) > 0 else {}


# ---- messages ------------------------------------------------------------------------------------

_UNREAD = object()

# How deep JSON may nest: a component has less stack than CPython expects, and must not end by a
# message that somebody sends.
JSON_DEPTH_MAX = 200

_JSON_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def _parse_json(body):
    # As text: bytes may be in another encoding to json, which then looks for a codec in a file
    # system that is not there, and the instance ends.
    try:
        return json.loads(str(body, "utf-8")) if _nests_little(body) else None
    except (ValueError, RecursionError):
        return None


def _nests_little(body):
    if body.count(b"[") + body.count(b"{") <= JSON_DEPTH_MAX:
        return True
    depth = 0
    for bracket in _JSON_TEXT.sub(b"", body).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > JSON_DEPTH_MAX:
            return False
    return True


class Message:
    """A message of a batch. What no expression reads is not there, and is empty."""

    __slots__ = ("_batch", "_entry", "_key", "_properties", "_headers", "_json")

    def __init__(self, batch, entry):
        self._batch, self._entry = batch, entry
        self._key = self._properties = self._headers = self._json = _UNREAD

    def _part(self, number):
        at, length = self._entry[number], self._entry[number + 1]
        return self._batch[at : at + length]

    @property
    def key(self):
        """The routing key."""
        if self._key is _UNREAD:
            self._key = str(self._part(0), "utf-8", "replace")
        return self._key

    @property
    def properties(self):
        """Those that it has, by their names."""
        if self._properties is _UNREAD:
            numbered = decode_map(self._part(2))
            self._properties = {PROPERTY_NAMES.get(n): value for n, value in numbered.items()}
        return self._properties

    @property
    def headers(self):
        """By their names."""
        if self._headers is _UNREAD:
            self._headers = decode_map(self._part(4))
        return self._headers

    @property
    def body(self):
        """The bytes of the body."""
        return bytes(self._part(6))

    @property
    def body_length(self):
        """Bytes of the body, also where it is not there."""
        return self._entry[8]

    @property
    def json(self):
        """The body as JSON; None where it is none."""
        if self._json is _UNREAD:
            self._json = _parse_json(self.body)
        return self._json


_HEAD, _ENTRY = struct.Struct("<4I"), struct.Struct("<8IQ")


def messages(batch):
    """The messages of a batch, in their order."""
    view = memoryview(batch)
    count, step, _reads, first = _HEAD.unpack_from(view)
    return [Message(view, _ENTRY.unpack_from(view, first + n * step)) for n in range(count)]


# ---- what a plugin fills in ----------------------------------------------------------------------


class Language:
    """A predicate language: derive from it, with `description` and `prepare`."""

    # What the broker is told about the plugin, as README.md says.
    description = {}

    def prepare(self, expression):
        """Compiles: answers a function of a message, and what that reads. Raises Refused."""
        raise NotImplementedError

    def begin(self, configuration, context):
        """The configuration and the context, as dicts. Raises Refused."""

    def end(self):
        """The last call."""

    # Optional. A plugin that has one names it in `entries` of the description.

    def transform(self, expression, message):
        """A `wit_world.exports.filter.Verdict_…`; the expression as prepare was given it."""
        raise Refused("this plugin has no transform", kind=UNSUPPORTED)

    def inspect(self, expression):
        """Counters, as something for JSON; of the language where `expression` is None."""
        raise Refused("this plugin has no inspect", kind=UNSUPPORTED)

    def explain(self, expression):
        """How an expression is decided, as something for JSON."""
        raise Refused("this plugin has no explain", kind=UNSUPPORTED)

    def attempt(self, expression, message):
        """What it answers for a message and why, as something for JSON: the entry `try`."""
        raise Refused("this plugin has no try", kind=UNSUPPORTED)

    def command(self, configuration, arguments, standard_input):
        """A subcommand: output, errors and the exit code."""
        raise Refused("this plugin has no subcommand", kind=UNSUPPORTED)


# ---- the exports ---------------------------------------------------------------------------------


def _reason(refused):
    """What the bindings that componentize-py makes raise for a no."""
    from componentize_py_types import Err
    from wit_world.imports import types

    place = None if refused.line is None else types.Place(refused.line, refused.column)
    return Err(types.Error(types.ErrorKind(refused.kind), refused.text, place))


def answering(function):
    def answer(self, *arguments):
        try:
            return function(self, *arguments)
        except Refused as refused:
            raise _reason(refused) from None

    return answer


def exports(language):
    """The class that a component has to have under the name `Filter`."""
    # There is one object of it for each call, so that what is kept is kept here.
    expressions, predicates = {}, {}

    def known(handle):
        if handle not in predicates:
            raise Refused(f"expression {handle} is not compiled", kind=NOT_FOUND)
        return handle

    class Filter:
        def describe(self):
            return json.dumps(language.description)

        @answering
        def create(self, configuration, context):
            language.begin(json.loads(configuration), decode_map(context))

        def destroy(self):
            language.end()

        @answering
        def compile(self, handle, expression):
            predicates[handle], reads = language.prepare(expression)
            expressions[handle] = expression
            return reads

        def release(self, handle):
            predicates.pop(handle, None)
            expressions.pop(handle, None)

        @answering
        def matches(self, batch, handles):
            columns = [predicates[known(handle)] for handle in handles]
            return rows_of_bits(messages(batch), columns)

        @answering
        def transform(self, handle, message):
            return language.transform(expressions[known(handle)], messages(message)[0])

        @answering
        def inspect(self, handle):
            expression = None if handle is None else expressions[known(handle)]
            return json.dumps(language.inspect(expression))

        @answering
        def explain(self, expression):
            return json.dumps(language.explain(expression))

        @answering
        def try_expression(self, expression, message):
            return json.dumps(language.attempt(expression, messages(message)[0]))

        @answering
        def command(self, configuration, arguments, standard_input):
            from wit_world.imports import types

            made = language.command(json.loads(configuration), arguments, standard_input)
            return types.CommandOutput(*made)

    return Filter


def rows_of_bits(rows, predicates):
    """A bit for each message and predicate, the lowest one first. A predicate that fails on a
    message does not match it."""
    bits, place = 0, 1
    for message in rows:
        for predicate in predicates:
            if _holds(predicate, message):
                bits |= place
            place <<= 1
    return bits.to_bytes((place.bit_length() + 6) // 8, "little")


def _holds(predicate, message):
    try:
        return predicate(message)
    except Exception:  # whatever a message can do to it
        return False
