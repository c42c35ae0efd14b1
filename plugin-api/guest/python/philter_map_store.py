"""A store for the Philter message broker over a map of bytes: shards, epochs, records, entries and
keys. A plugin derives from `MapStore`, and says which map that is.

The map has everything. A call reads what it touches, and writes once, at its end.
"""

import struct
from collections import namedtuple

from philter_guest import INTERNAL, LIMIT_EXCEEDED, NOT_FOUND, Refused
from philter_store import FENCED, FULL, MORE, Delete, Key, Mark, Put, Store

# ---- what stands where in the map ----------------------------------------------------------------
#
# It is the same in every language's library, so that one goes on over what another one left.
#
# | key, integers with their highest byte first | value, integers little-endian |
# |---|---|
# | `h` shard | _Head of the shard |
# | `r` shard position | a record: a Put, a Key or a Mark |
# | `b` shard position | the body of a put, where it is longer than INLINE_BYTES_MAX |
# | `l` shard position | _Live of a put with several entries |
# | `e` shard queue id | _Entry |
# | `k` shard, a key of the shard's | _KeyPlace |
# | `s`, a key of the store's | _StoreKey |
# | `t` | _Totals |
#
# Every entry belongs to a put that is there; every put has an entry; a mark belongs to an entry, a
# key of a shard to its place.

# Bytes of a body that stands with its put. What is longer stands apart, so that records without
# bodies are read quickly.
INLINE_BYTES_MAX = 1024

_U64_MAX = 2**64 - 1

# In the place of a position: none.
_NO_POSITION = _U64_MAX

_OF_SHARD, _NUMBERED, _OF_ENTRY = (struct.Struct(form) for form in (">sI", ">sIQ", ">sI2Q"))
_TOTALS = b"t"


def _head_key(shard):
    return _OF_SHARD.pack(b"h", shard)


def _record_key(shard, position):
    return _NUMBERED.pack(b"r", shard, position)


def _body_key(shard, position):
    return _NUMBERED.pack(b"b", shard, position)


def _live_key(shard, position):
    return _NUMBERED.pack(b"l", shard, position)


def _entry_key(shard, entry):
    return _OF_ENTRY.pack(b"e", shard, *entry)


def _place_key(shard, key):
    return _OF_SHARD.pack(b"k", shard) + key.encode()


def _store_key(key):
    return b"s" + key.encode()


class _Numbers:
    """A value that is numbers of fixed widths."""

    __slots__ = ()

    @classmethod
    def decode(cls, value):
        return cls._make(cls.form.unpack_from(value))

    def encode(self):
        return self.form.pack(*self)


class _Totals(_Numbers, namedtuple("_Totals", "bytes revision keys")):
    """Over all shards: what everything costs, the last revision of a key of the store's, and how
    many keys it has."""

    __slots__ = ()
    form = struct.Struct("<3Q")


class _Entry(_Numbers, namedtuple("_Entry", "message put mark cost flags")):
    """An entry of a queue: its message's number, the positions of its put and of its last mark, and
    what the put costs where this is its one entry."""

    __slots__ = ()
    form = struct.Struct("<4QI")


# Flags of an entry: the put has this one, and never had another; its body stands apart.
_SOLE, _APART = 1, 2


class _Live(_Numbers, namedtuple("_Live", "entries cost")):
    """What is left of a put with several entries: how many are not settled, and what it costs
    beside them."""

    __slots__ = ()
    form = struct.Struct("<2Q")


class _KeyPlace(_Numbers, namedtuple("_KeyPlace", "position cost")):
    """Where the last value of a shard's key stands."""

    __slots__ = ()
    form = struct.Struct("<2Q")


class _Head(namedtuple("_Head", "epoch next messages entries bytes node")):
    """A shard: the epoch that may append, the position of the next record, how much there is and
    what it costs, and who took it last."""

    __slots__ = ()
    form = struct.Struct("<5Q")

    @classmethod
    def decode(cls, value):
        return cls(*cls.form.unpack_from(value), bytes(value[cls.form.size :]))

    def encode(self):
        return self.form.pack(*self[:-1]) + self.node


class _StoreKey(namedtuple("_StoreKey", "revision name value")):
    """A key of the store's, with its name in UTF-8."""

    __slots__ = ()
    form = struct.Struct("<QI")

    @classmethod
    def decode(cls, value):
        (revision, size), at = cls.form.unpack_from(value), cls.form.size
        return cls(revision, bytes(_within(value, at, size)), value[at + size :])

    def encode(self):
        return b"".join((self.form.pack(self.revision, len(self.name)), self.name, self.value))


_PUT, _PUT_APART, _KEY, _MARK = 1, 2, 3, 4
_PUT_FRONT, _KEY_FRONT, _MARK_VALUE = (struct.Struct(form) for form in ("<3IQ", "<2I", "<2I2Q"))
_U32, _QUEUE_AND_ID = struct.Struct("<I"), struct.Struct("<2Q")


def _encode_record(record):
    """A record; a put whose body is None has it apart."""
    match record:
        case Put(message, header, body, entries):
            kind = _PUT_APART if body is None else _PUT
            front = _PUT_FRONT.pack(kind, len(entries), len(header), message)
            entries = (_QUEUE_AND_ID.pack(*entry) for entry in entries)
            return b"".join((front, *entries, header, body or b""))
        case Key(key, value):
            key = key.encode()
            return b"".join((_KEY_FRONT.pack(_KEY, len(key)), key, value))
        case Mark(entry, delivery_count):
            return _MARK_VALUE.pack(_MARK, delivery_count, *entry)


def _decode_record(value):
    [kind] = _U32.unpack_from(value)
    if kind in (_PUT, _PUT_APART):
        (_, count, size, message), at = _PUT_FRONT.unpack_from(value), _PUT_FRONT.size
        entries = list(_QUEUE_AND_ID.iter_unpack(_within(value, at, 16 * count)))
        at += 16 * count
        header = _within(value, at, size)
        body = value[at + size :] if kind == _PUT else None
        return Put(message, header, body, entries)
    if kind == _KEY:
        (_, size), at = _KEY_FRONT.unpack_from(value), _KEY_FRONT.size
        return Key(str(_within(value, at, size), "utf-8"), value[at + size :])
    if kind == _MARK:
        _, delivery_count, queue, number = _MARK_VALUE.unpack_from(value)
        return Mark((queue, number), delivery_count)
    raise ValueError(f"no record is of kind {kind}")


def _within(value, at, size):
    """Bytes of a value that has to have them."""
    if at + size > len(value):
        raise ValueError(f"it has {len(value)} bytes, {at + size} were expected")
    return value[at : at + size]


_DECODERS = {
    ord("h"): _Head.decode,
    ord("r"): _decode_record,
    ord("b"): lambda value: value,
    ord("l"): _Live.decode,
    ord("e"): _Entry.decode,
    ord("k"): _KeyPlace.decode,
    ord("s"): _StoreKey.decode,
    ord("t"): _Totals.decode,
}


def _decode(key, value):
    """What stands in a key; None where there is nothing."""
    if value is None:
        return None
    try:
        return _DECODERS[key[0]](value)
    except (struct.error, ValueError) as error:
        raise _damaged(f"the value of key {key!r} is none: {error}") from None


def _damaged(what):
    text = f"the store's map is damaged, or was changed by somebody else: {what}"
    return Refused(text, kind=INTERNAL)


# ---- a store over a map --------------------------------------------------------------------------

UNLIMITED = _U64_MAX

# Operations in one append: more than a connection sends in one turn, and what the memory of a
# component has room for.
BATCH_OPERATIONS_MAX = 16_384

# Bytes in one append. The broker takes less where the memory of an instance is less.
BATCH_BYTES_MAX = 256 * 1024 * 1024

# What a record costs beside its bytes: its key, and its part of the map's tree, rounded up.
RECORD_BYTES = 96

# What an entry of a queue costs, the record of its delivery count included, so that counting a
# delivery never needs room.
ENTRY_BYTES = 192

# Pairs of the map that are read at a time. An entry has a put of some thousand bytes to be read.
PAGE_PAIRS = 1024
PAGE_ENTRIES = 256

# Entries that a purge settles at a time, and bytes that it reads for it.
PURGE_ENTRIES = 4096
PURGE_BYTES = 256 * 1024


class MapStore(Store):
    """A store over a map: derive from it, with `description` and a `begin` that sets `map`, and
    `bytes_max` where there is a limit."""

    map = None

    # Bytes to keep, with what each record costs beside its own; beyond that the store is full.
    bytes_max = UNLIMITED

    def capabilities(self):
        batch_bytes_max = min(self.bytes_max, BATCH_BYTES_MAX)
        fits = max(self.bytes_max - RECORD_BYTES - ENTRY_BYTES, 0)
        return {
            "batch-operations-max": BATCH_OPERATIONS_MAX,
            "batch-bytes-max": batch_bytes_max,
            "body-bytes-max": min(fits, batch_bytes_max // 2),
            "atomic-over-shard": True,
            "entries": True,
            "meta-list": True,
            "meta-remove": True,
        }

    def acquire(self, shard, node):
        [head] = self._get([_head_key(shard)])
        head = head or _Head(0, 0, 0, 0, 0, b"")
        head = head._replace(epoch=head.epoch + 1, node=node.encode())
        self.map.write({_head_key(shard): head.encode()})
        return head.epoch, head.next

    def append(self, shard, epoch, operations):
        change = self._change(shard, epoch, list(_touched(shard, operations)))
        if change is None:
            return FENCED
        change.check(operations)
        growth = sum(map(_growth, operations))
        if growth > self.bytes_max:
            raise Refused(
                f"an append has {growth} bytes, more than {self.bytes_max}, all that the store may "
                "keep",
                kind=LIMIT_EXCEEDED,
            )
        if growth and change.totals.bytes + growth > self.bytes_max:
            return FULL
        change.read_lives(it.entry for it in operations if isinstance(it, Delete))
        for operation in operations:
            change.apply(operation)
        return change.write()

    def purge(self, shard, epoch, queue):
        change = self._change(shard, epoch, [])
        if change is None:
            return FENCED
        start, until = _entry_key(shard, (queue, 0)), _entry_key(shard, (queue, _U64_MAX))
        # The last id there can be as well.
        found, has_more = self._scan(start, until + b"\0", PURGE_ENTRIES, PURGE_BYTES)
        if not found:
            return change.head.next
        entries = [(queue, number) for number, _ in found]
        change.found.update((_entry_key(shard, (queue, number)), entry) for number, entry in found)
        change.read_lives(entries)
        for entry in entries:
            change.settle(entry)
        end = change.write()
        return MORE if has_more else end

    def replay(self, shard, start, until, with_bodies, bytes_max):
        start, until = _record_key(shard, start), _record_key(shard, until)
        found, has_more = self._scan(start, until, PAGE_PAIRS, bytes_max)
        live = self._live_entries(shard, found)
        records, size = [], 0
        for position, record in found:
            # Bodies that stand apart are long: the rest is another page's.
            if records and size >= bytes_max:
                return records, True
            if isinstance(record, Put):
                record = record._replace(entries=live.get(position, record.entries))
                if not with_bodies:
                    record = record._replace(body=None)
                elif record.body is None:
                    record = record._replace(body=self._body_apart(shard, position))
                size += len(record.header) + len(record.body or b"")
            records.append((position, record))
        return records, has_more

    def read(self, shard, entry):
        [found] = self._get([_entry_key(shard, entry)])
        if found is None:
            return None
        if found.flags & _APART:
            return self._body_apart(shard, found.put)
        [put] = self._get([_record_key(shard, found.put)])
        return _sure_put(put, shard, entry).body

    def entries(self, shard, queue, start, until, bytes_max):
        start, until = _entry_key(shard, (queue, start)), _entry_key(shard, (queue, until))
        found, has_more = self._scan(start, until, PAGE_ENTRIES, bytes_max)
        puts = self._get([_record_key(shard, entry.put) for _, entry in found])
        page, size = [], 0
        for (number, entry), put in zip(found, puts):
            if page and size >= bytes_max:
                return page, True
            header, body = _sure_put(put, shard, (queue, number))[1:3]
            if body is None:
                body = self._body_apart(shard, entry.put)
            page.append((number, header, body))
            size += len(header) + len(body)
        return page, has_more

    def statistics(self, shard):
        [head] = self._get([_head_key(shard)])
        if head is None:
            raise Refused(f"shard {shard} does not exist", kind=NOT_FOUND)
        return {
            "epoch": head.epoch,
            "position": head.next,
            "messages": head.messages,
            "entries": head.entries,
            "bytes": head.bytes,
        }

    def meta_get(self, key):
        [found] = self._get([_store_key(key)])
        return None if found is None else (found.revision, found.value)

    def meta_compare_and_set(self, key, expected, value):
        found, totals = self._get([_store_key(key), _TOTALS])
        totals = totals or _NO_TOTALS
        if (found.revision if found else 0) != expected:
            return None
        cost, former = _key_cost(key, value), _key_cost(key, found.value) if found else 0
        if totals.bytes + cost > self.bytes_max:
            text = f"the store keeps {self.bytes_max} bytes, the most it may (bytes_max)"
            raise Refused(text, kind=LIMIT_EXCEEDED)
        totals = _Totals(
            max(totals.bytes + cost - former, 0),
            totals.revision + 1,
            totals.keys + (found is None),
        )
        kept = _StoreKey(totals.revision, key.encode(), value)
        self.map.write({_store_key(key): kept.encode(), _TOTALS: totals.encode()})
        return totals.revision

    def meta_remove(self, key, expected):
        found, totals = self._get([_store_key(key), _TOTALS])
        if found is None or found.revision != expected:
            return False
        totals = totals or _NO_TOTALS
        totals = totals._replace(
            bytes=max(totals.bytes - _key_cost(key, found.value), 0), keys=max(totals.keys - 1, 0)
        )
        self.map.write({_store_key(key): None, _TOTALS: totals.encode()})
        return True

    def meta_list(self, prefix, start, bytes_max):
        # No byte of UTF-8 is 0xff.
        until = _store_key(prefix) + b"\xff"
        start = max(_store_key(prefix), _store_key(start))
        found, has_more = self._scan(start, until, PAGE_PAIRS, bytes_max)
        return [kept for _, kept in found], has_more

    def inspect(self):
        [totals] = self._get([_TOTALS])
        totals = totals or _NO_TOTALS
        bytes_max = None if self.bytes_max == UNLIMITED else self.bytes_max
        return {"bytes": totals.bytes, "bytes_max": bytes_max, "meta_keys": totals.keys}

    def _get(self, keys):
        """What stands in keys, in their order."""
        values = self.map.get(keys) if keys else []
        return [_decode(key, value) for key, value in zip(keys, values)]

    def _scan(self, start, until, pairs_max, bytes_max):
        """The numbers at the ends of keys with what stands there, and whether there are more."""
        pairs, has_more = self.map.scan(start, until, pairs_max, bytes_max)
        found = [(int.from_bytes(key[-8:], "big"), _decode(key, value)) for key, value in pairs]
        return found, has_more

    def _change(self, shard, epoch, keys):
        """A change that touches these keys; None where the epoch is not the shard's."""
        head, totals, *found = self._get([_head_key(shard), _TOTALS, *keys])
        if head is None or head.epoch != epoch:
            return None
        return _Change(self, shard, head, totals or _NO_TOTALS, dict(zip(keys, found)))

    def _live_entries(self, shard, found):
        """By positions, what is not settled of puts with several entries. One that only ever had
        one has it."""
        several = [
            (position, entry)
            for position, record in found
            if isinstance(record, Put) and len(record.entries) > 1
            for entry in record.entries
        ]
        kept = self._get([_entry_key(shard, entry) for _, entry in several])
        live = {position: [] for position, _ in several}
        for (position, entry), there in zip(several, kept):
            if there is not None and there.put == position:
                live[position].append(entry)
        return live

    def _body_apart(self, shard, position):
        [body] = self._get([_body_key(shard, position)])
        if body is None:
            raise _damaged(f"the message at position {position} of shard {shard} has no body")
        return body


_NO_TOTALS = _Totals(0, 0, 0)


def _sure_put(put, shard, entry):
    """The put of an entry."""
    if not isinstance(put, Put):
        raise _lost(shard, entry)
    return put


def _lost(shard, entry):
    queue, number = entry
    return _damaged(f"entry {number} of queue {queue} in shard {shard} has no message")


def _touched(shard, operations):
    """The keys of the map that a batch is about, beside those of its records."""
    for operation in operations:
        match operation:
            case Put(entries=entries):
                for entry in entries:
                    yield _entry_key(shard, entry)
            case Key(key):
                yield _place_key(shard, key)
            case _:
                yield _entry_key(shard, operation.entry)


def _growth(operation):
    """Bytes that an operation adds at most: what it settles is not set off."""
    match operation:
        case Put(_, header, body, entries) if entries:
            return RECORD_BYTES + len(header) + len(body) + len(entries) * ENTRY_BYTES
        case Key(key, value) if value:
            return _key_cost(key, value)
    return 0


def _key_cost(key, value):
    return RECORD_BYTES + len(key.encode()) + len(value)


class _Change:
    """An append or a purge: what it touches is read at once, changed in memory, and written at
    once."""

    def __init__(self, store, shard, head, totals, found):
        self.store, self.shard, self.head, self.totals = store, shard, head, totals
        # By keys: what was read, and what became of it; and what is written.
        self.found, self.changes = found, {}
        # By how much it changes what the head and the totals count.
        self.records = self.messages = self.entries = self.bytes = 0

    def check(self, operations):
        """That every entry stays its message's."""
        added = {}
        for operation in operations:
            if not isinstance(operation, Put):
                continue
            for entry in operation.entries:
                there = self.found[_entry_key(self.shard, entry)]
                present = there.message if there else added.get(entry, operation.message)
                if present != operation.message:
                    queue, number = entry
                    raise Refused(
                        f"entry {number} of queue {queue} is message {present} and cannot be "
                        f"message {operation.message} as well"
                    )
                added[entry] = present

    def read_lives(self, entries):
        """Reads what is left of the puts with several entries, of which these are."""
        entries = (self.found[_entry_key(self.shard, entry)] for entry in entries)
        puts = {entry.put for entry in entries if entry and not entry.flags & _SOLE}
        keys = [_live_key(self.shard, put) for put in puts]
        self.found.update(zip(keys, self.store._get(keys)))

    def apply(self, operation):
        position = self.head.next + self.records
        self.records += 1
        match operation:
            case Put():
                self.put(position, operation)
            case Delete(entry):
                self.settle(entry)
            case Key():
                self.set_key(position, operation)
            case Mark():
                self.mark(position, operation)

    def put(self, position, put):
        """Adds the entries that are not there yet; a put that is sent again adds none."""
        entries = set(put.entries)
        added = sorted(e for e in entries if self.found[_entry_key(self.shard, e)] is None)
        if not added:
            return
        cost = RECORD_BYTES + len(put.header) + len(put.body)
        is_sole, is_apart = len(added) == 1, len(put.body) > INLINE_BYTES_MAX
        flags = (_SOLE if is_sole else 0) | (_APART if is_apart else 0)
        kept = _Entry(put.message, position, _NO_POSITION, cost if is_sole else 0, flags)
        for entry in added:
            self.set(_entry_key(self.shard, entry), kept)
        if not is_sole:
            self.set(_live_key(self.shard, position), _Live(len(added), cost))
        body = None if is_apart else put.body
        self.set_record(position, Put(put.message, put.header, body, added))
        if is_apart:
            self.changes[_body_key(self.shard, position)] = put.body
        self.messages += 1
        self.entries += len(added)
        self.bytes += cost + len(added) * ENTRY_BYTES

    def settle(self, entry):
        key = _entry_key(self.shard, entry)
        kept = self.found[key]
        if kept is None:
            return
        self.set(key, None)
        self.entries -= 1
        self.bytes -= ENTRY_BYTES
        if kept.mark != _NO_POSITION:
            self.set_record(kept.mark, None)
        cost = kept.cost
        if not kept.flags & _SOLE:
            live_key = _live_key(self.shard, kept.put)
            live = self.found[live_key]
            if live is None:
                raise _lost(self.shard, entry)
            if live.entries > 1:
                self.set(live_key, live._replace(entries=live.entries - 1))
                return
            self.set(live_key, None)
            cost = live.cost
        self.set_record(kept.put, None)
        if kept.flags & _APART:
            self.changes[_body_key(self.shard, kept.put)] = None
        self.messages -= 1
        self.bytes -= cost

    def set_key(self, position, record):
        key, cost = _place_key(self.shard, record.key), _key_cost(*record)
        former = self.found[key]
        if former is not None:
            self.set_record(former.position, None)
            self.bytes -= former.cost
        if record.value:
            self.set(key, _KeyPlace(position, cost))
            self.set_record(position, record)
            self.bytes += cost
        elif former is not None:
            self.set(key, None)

    def mark(self, position, record):
        key = _entry_key(self.shard, record.entry)
        kept = self.found[key]
        if kept is None:
            return
        if kept.mark != _NO_POSITION:
            self.set_record(kept.mark, None)
        self.set(key, kept._replace(mark=position))
        self.set_record(position, record)

    def set(self, key, now):
        self.found[key] = now
        self.changes[key] = None if now is None else now.encode()

    def set_record(self, position, record):
        value = None if record is None else _encode_record(record)
        self.changes[_record_key(self.shard, position)] = value

    def write(self):
        """Writes everything that changed: the position behind it."""
        head = self.head._replace(
            next=self.head.next + self.records,
            messages=max(self.head.messages + self.messages, 0),
            entries=max(self.head.entries + self.entries, 0),
            bytes=max(self.head.bytes + self.bytes, 0),
        )
        totals = self.totals._replace(bytes=max(self.totals.bytes + self.bytes, 0))
        self.changes[_head_key(self.shard)] = head.encode()
        self.changes[_TOTALS] = totals.encode()
        self.store.map.write(self.changes)
        return head.next
