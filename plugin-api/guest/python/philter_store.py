"""What a store for the Philter message broker that is a WASM component needs in Python, beside what
is in philter_guest: a plugin derives from `Store` and sees operations, records and exceptions. The
whole of a store over a map of bytes is in philter_map_store.

What one call writes is kept if it answers well, and forgotten otherwise. The broker calls one
instance from one thread at a time; there is no need for locks. An instance that is lost is made
anew over what is in the map, so that whatever a store knows has to be there.
"""

import json
import struct
from collections import namedtuple

from philter_guest import UNSUPPORTED, Refused, answering, decode_map

# What componentize-py makes is there in a component alone. A component has no files to import from
# later, so it is done here.
try:
    from wit_world.exports import store as _store
    from wit_world.imports import key_value as _key_value
except ImportError:
    _store = _key_value = None

# An operation of an append, and a record of a replay. An entry is a queue and an id, both numbers.
# A body is None in a replay without bodies; an empty value removes a key. Bytes may be memoryviews.
Put = namedtuple("Put", "message header body entries")
Delete = namedtuple("Delete", "entry")
Key = namedtuple("Key", "key value")
Mark = namedtuple("Mark", "entry delivery_count")

# How an append or a purge ends otherwise than with a position.
FENCED, FULL, MORE = "fenced", "full", "more"


class Store:
    """A store: derive from it, with `description` and all but the optional functions.

    A page is a list, and whether there is more behind it: about `bytes_max` bytes, but at least one
    where there is one. `shard` is a number; a shard that nobody took is empty.
    """

    # What the broker is told about the plugin, as README.md says.
    description = {}

    def begin(self, configuration, context):
        """The configuration and the context, as dicts. Raises Refused."""

    def end(self):
        """The last call. It writes nothing."""

    def capabilities(self):
        """A dict, whose keys philter-store.wit says; the same as long as the store lives."""
        raise NotImplementedError

    def acquire(self, shard, node):
        """Takes a shard for a node: an epoch greater than every one before it, after which nothing
        is kept under those; and the position behind everything that was written under them."""
        raise NotImplementedError

    def append(self, shard, epoch, operations):
        """Keeps all operations, in order, or nothing: the position behind the last one, FENCED
        where the epoch is not the shard's, FULL where there is no room now.

        A put of an entry that is there changes nothing and adds those that are not; one of an entry
        that belongs to another message is refused. Deleting or marking an entry that is not there
        does no harm. What has no puts and no values of keys is never FULL.
        """
        raise NotImplementedError

    def purge(self, shard, epoch, queue):
        """Settles every entry of a queue: a position, or FENCED; or MORE, after a part of them, and
        it is called again."""
        raise NotImplementedError

    def replay(self, shard, start, until, with_bodies, bytes_max):
        """A page of the records from position `start` up to and without `until`, as pairs of a
        position and a record, in order. From 0 on they are all that is live."""
        raise NotImplementedError

    def read(self, shard, entry):
        """The body of an entry; None where there is no such entry."""
        raise NotImplementedError

    def statistics(self, shard):
        """Counters, as a dict for JSON; refused with NOT_FOUND for a shard that nobody took."""
        raise NotImplementedError

    def meta_get(self, key):
        """A key of the store's own, which no shard has: its revision and value, or None."""
        raise NotImplementedError

    def meta_compare_and_set(self, key, expected, value):
        """Sets a key whose revision is `expected`, 0 for one that does not exist: the new revision,
        greater than it ever had; None where it is another."""
        raise NotImplementedError

    # Optional. A plugin that has one of the first three says so in its capabilities, of the others
    # in `entries` of the description.

    def entries(self, shard, queue, start, until, bytes_max):
        """A page of a queue's entries whose ids are from `start` up to and without `until`, in
        order: id, header and body of each."""
        raise Refused("this plugin has no entries", kind=UNSUPPORTED)

    def meta_list(self, prefix, start, bytes_max):
        """A page of the keys that begin with `prefix` and are not before `start`, in the order of
        their bytes: revision, key in UTF-8, and value of each."""
        raise Refused("this plugin has no meta-list", kind=UNSUPPORTED)

    def meta_remove(self, key, expected):
        """Removes a key whose revision is `expected`; whether it was."""
        raise Refused("this plugin has no meta-remove", kind=UNSUPPORTED)

    def inspect(self):
        """What the broker shows of the store, as a dict for JSON."""
        raise Refused("this plugin has no inspect", kind=UNSUPPORTED)

    def command(self, configuration, arguments, standard_input):
        """A subcommand: output, errors and the exit code. It has no map."""
        raise Refused("this plugin has no subcommand", kind=UNSUPPORTED)


# ---- maps ----------------------------------------------------------------------------------------

_U32, _TWO_U32 = struct.Struct("<I"), struct.Struct("<2I")

# In the place of a value's length: there is none.
_NO_VALUE = 0xFFFFFFFF


class Granted:
    """The map that the broker keeps on its disk. A map over another one has the same functions."""

    def get(self, keys):
        """The values of keys, in their order; None where there is none."""
        keys = b"".join(part for key in keys for part in (_U32.pack(len(key)), key))
        found, at, values = memoryview(_key_value.get(keys)), 0, []
        while at < len(found):
            [size] = _U32.unpack_from(found, at)
            at += 4
            if size == _NO_VALUE:
                values.append(None)
            else:
                values.append(found[at : at + size])
                at += size
        return values

    def scan(self, start, until, pairs_max, bytes_max):
        """The first keys from `start` up to and without `until`, in order, with their values, and
        whether there are more: at most `pairs_max`, of about `bytes_max` bytes, but at least one.
        No bytes of `until` are the end of the map."""
        found = memoryview(_key_value.scan(start, until, pairs_max, bytes_max))
        (count, has_more), at, pairs = _TWO_U32.unpack_from(found), 8, []
        for _ in range(count):
            key_size, size = _TWO_U32.unpack_from(found, at)
            value_at = at + 8 + key_size
            pairs.append((bytes(found[at + 8 : value_at]), found[value_at : value_at + size]))
            at = value_at + size
        return pairs, bool(has_more)

    def write(self, changes):
        """Puts and removes keys: a dict of values, None for a key that goes."""
        parts = []
        for key, value in changes.items():
            size = _NO_VALUE if value is None else len(value)
            parts += _TWO_U32.pack(len(key), size), key, value or b""
        _key_value.write(b"".join(parts))


class MemoryMap:
    """A map in memory, for tests."""

    def __init__(self):
        self.values = {}

    def get(self, keys):
        return [self.values.get(key) for key in keys]

    def scan(self, start, until, pairs_max, bytes_max):
        keys = sorted(key for key in self.values if start <= key and (not until or key < until))
        pairs, size = [], 0
        for key in keys:
            if pairs and (len(pairs) >= pairs_max or size >= bytes_max):
                return pairs, True
            pairs.append((key, self.values[key]))
            size += 8 + len(key) + len(self.values[key])
        return pairs, False

    def write(self, changes):
        for key, value in changes.items():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = bytes(value)


# ---- operations, records and pairs as the contract has them --------------------------------------

_PUT, _DELETE, _KEY, _MARK, _PUT_WITHOUT_BODY = range(1, 6)
_PART, _PUT_NUMBERS = struct.Struct("<2IQ"), struct.Struct("<Q4I")
_MARK_NUMBERS, _QUEUE_AND_ID = struct.Struct("<2Q2I"), struct.Struct("<2Q")


def _read_put(part):
    message, header_size, body_size, count, _ = _PUT_NUMBERS.unpack_from(part, 16)
    header_at = 40 + 16 * count
    body_at = header_at + header_size
    entries = list(_QUEUE_AND_ID.iter_unpack(part[40:header_at]))
    return Put(message, part[header_at:body_at], part[body_at : body_at + body_size], entries)


def _read_delete(part):
    return Delete(_QUEUE_AND_ID.unpack_from(part, 16))


def _read_key(part):
    key_size, size = _TWO_U32.unpack_from(part, 16)
    value_at = 24 + key_size
    return Key(str(part[24:value_at], "utf-8"), part[value_at : value_at + size])


def _read_mark(part):
    queue, number, delivery_count, _ = _MARK_NUMBERS.unpack_from(part, 16)
    return Mark((queue, number), delivery_count)


_READERS = {_PUT: _read_put, _DELETE: _read_delete, _KEY: _read_key, _MARK: _read_mark}


def read_operations(buffer):
    """The operations of an append."""
    view, at, operations = memoryview(buffer), 8, []
    [count, _] = _TWO_U32.unpack_from(view)
    for _ in range(count):
        size, kind, _ = _PART.unpack_from(view, at)
        operations.append(_READERS[kind](view[at : at + size]))
        at += size
    return operations


def _write_record(position, record):
    match record:
        case Put(message, header, body, entries):
            kind = _PUT_WITHOUT_BODY if body is None else _PUT
            body = body or b""
            numbers = _PUT_NUMBERS.pack(message, len(header), len(body), len(entries), 0)
            parts = [numbers, *(_QUEUE_AND_ID.pack(*entry) for entry in entries), header, body]
        case Delete(entry):
            kind, parts = _DELETE, [_QUEUE_AND_ID.pack(*entry)]
        case Key(key, value):
            key = key.encode()
            kind, parts = _KEY, [_TWO_U32.pack(len(key), len(value)), key, value]
        case Mark(entry, delivery_count):
            kind, parts = _MARK, [_MARK_NUMBERS.pack(*entry, delivery_count, 0)]
    return _part(kind, position, parts)


def _write_pair(number, first, second):
    return _part(0, number, [_TWO_U32.pack(len(first), len(second)), first, second])


def _part(kind, number, parts):
    return b"".join((_PART.pack(16 + sum(map(len, parts)), kind, number), *parts))


def write_records(records, has_more):
    """A page of records with their positions."""
    parts = (_write_record(*record) for record in records)
    return b"".join((_TWO_U32.pack(len(records), has_more), *parts))


def write_pairs(pairs, has_more):
    """A page of numbers, each with two runs of bytes."""
    return b"".join((_TWO_U32.pack(len(pairs), has_more), *(_write_pair(*pair) for pair in pairs)))


def _encoded(value):
    """Text, a boolean or a number in the AMQP 1.0 type encoding."""
    if isinstance(value, str):
        return b"\xa1" + bytes([len(value)]) + value.encode()
    if isinstance(value, bool):
        return b"\x41" if value else b"\x42"
    return b"\x80" + struct.pack(">Q", value)


def encode_capabilities(capabilities):
    """A dict as an encoded map."""
    content = b"".join(_encoded(part) for pair in capabilities.items() for part in pair)
    return b"\xd1" + struct.pack(">2I", 4 + len(content), 2 * len(capabilities)) + content


# ---- the exports ---------------------------------------------------------------------------------


def _appended(outcome):
    if outcome is FENCED:
        return _store.AppendOutcome_Fenced()
    if outcome is FULL:
        return _store.AppendOutcome_Full()
    return _store.AppendOutcome_Done(outcome)


def _purged(outcome):
    if outcome is FENCED:
        return _store.PurgeOutcome_Fenced()
    if outcome is MORE:
        return _store.PurgeOutcome_More()
    return _store.PurgeOutcome_Done(outcome)


def exports(store):
    """The class that a component has to have under the name `Store`."""

    # There is one object of it for each call, so that what is kept is kept in `store`.
    class Exports:
        def describe(self):
            return json.dumps(store.description)

        @answering
        def create(self, configuration, context):
            store.begin(json.loads(configuration), decode_map(context))

        def destroy(self):
            store.end()

        def capabilities(self):
            return encode_capabilities(store.capabilities())

        @answering
        def acquire(self, shard, node):
            return _store.Acquired(*store.acquire(shard, node))

        @answering
        def append(self, shard, epoch, operations):
            return _appended(store.append(shard, epoch, read_operations(operations)))

        @answering
        def purge(self, shard, epoch, queue):
            return _purged(store.purge(shard, epoch, queue))

        @answering
        def replay(self, shard, start, until, with_bodies, bytes_max):
            return write_records(*store.replay(shard, start, until, with_bodies, bytes_max))

        @answering
        def read(self, shard, queue, number):
            body = store.read(shard, (queue, number))
            return None if body is None else bytes(body)

        @answering
        def entries(self, shard, queue, start, until, bytes_max):
            return write_pairs(*store.entries(shard, queue, start, until, bytes_max))

        @answering
        def statistics(self, shard):
            return json.dumps(store.statistics(shard))

        @answering
        def meta_get(self, key):
            found = store.meta_get(key)
            return None if found is None else _store.RevisionAndValue(found[0], bytes(found[1]))

        @answering
        def meta_compare_and_set(self, key, expected, value):
            return store.meta_compare_and_set(key, expected, value)

        @answering
        def meta_remove(self, key, expected):
            return store.meta_remove(key, expected)

        @answering
        def meta_list(self, prefix, start, bytes_max):
            return write_pairs(*store.meta_list(prefix, start, bytes_max))

        @answering
        def inspect(self):
            return json.dumps(store.inspect())

        @answering
        def command(self, configuration, arguments, standard_input):
            from wit_world.imports import types

            made = store.command(json.loads(configuration), arguments, standard_input)
            return types.CommandOutput(*made)

    return Exports
