/*
 * A message store for the Philter message broker over a map of bytes, as philter_store.js has it:
 * shards, epochs, records, entries and keys. A plugin extends StoreOverMap and says which map that
 * is.
 *
 * The map has everything. A call reads what it touches, and writes once, at its end.
 */
import {
  Reader, Writer, done, entriesOf, entryOf, fenced, full, more, refused, shown, writeEntry,
} from './philter_store.js';

const utf8 = new TextEncoder();

// ---- what stands where in the map ---------------------------------------------------------------

/*
 * A key is a letter with what the second column says: a shard of 4 bytes, numbers of 8 bytes, the
 * highest one first, and texts. Integers in values are little-endian.
 *
 *   h  shard            HEAD of the shard
 *   r  shard position   RECORD: a put, a key or a mark
 *   b  shard position   BODY of a put, where it is longer than INLINE_BYTES_MAX
 *   l  shard position   LIVE: what is left of a put with several entries
 *   e  shard queue id   ENTRY
 *   k  shard key        PLACE of a shard's key
 *   s  key              META: a key of the store's
 *   t                   TOTALS
 *
 * Every entry belongs to a put that is there; every put has an entry; a mark belongs to an entry, a
 * key of a shard to its place. The SDK for Rust has the same layout.
 */

/** Bytes of a body that stands with its put; records without longer ones are read quickly. */
const INLINE_BYTES_MAX = 1024;

const MAX = 0xffffffffffffffffn;

/** A key of the map: shards are numbers, what has 8 bytes is a bigint. */
function keyOf(letter, ...path) {
  const key = new Writer(32);
  key.u8(letter.charCodeAt(0));
  path.forEach((step) => {
    if (typeof step === 'string') key.raw(utf8.encode(step));
    else if (typeof step === 'bigint') key.u64(step, false);
    else key.u32(step, false);
  });
  return key.finish();
}

/** The number at the end of a key. */
function lastNumber(key) {
  if (key.length < 8) throw damaged(key, 'the key has no number at its end');
  return new DataView(key.buffer, key.byteOffset + key.length - 8).getBigUint64(0);
}

/** The least key behind this one. */
function behind(key) {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** Whether a key stands before another one. */
function isBefore(left, right) {
  const at = left.findIndex((byte, n) => byte !== right[n]);
  return at < 0 ? left.length < right.length : left[at] < (right[at] ?? -1);
}

const damaged = (key, text) => {
  const where = `the key ${shown(key)} of the map`;
  return refused('internal', `${where}: ${text}: it was changed by somebody else, or is damaged`);
};

/** What a value says; undefined where there is none. */
function decoded(layout, key, value) {
  if (value === undefined) return undefined;
  return layout.decode(new Reader(value, (text) => damaged(key, text)));
}

/** A layout that is nothing but numbers. */
const ofNumbers = (letter, ...names) => ({
  letter,
  decode: (value) => {
    const numbers = {};
    names.forEach((name) => (numbers[name] = value.u64()));
    return numbers;
  },
  encode: (numbers) => {
    const value = new Writer(8 * names.length);
    names.forEach((name) => value.u64(numbers[name]));
    return value.bytes;
  },
});

/** What all records and keys cost, the last revision of a key, and how many keys there are. */
const TOTALS = ofNumbers('t', 'bytes', 'revision', 'keys');

const NO_TOTALS = { bytes: 0n, revision: 0n, keys: 0n };

/** Entries of a put that are not settled, and what it costs beside them. */
const LIVE = ofNumbers('l', 'entries', 'cost');

/** Where the last value of a shard's key stands, and what it costs. */
const PLACE = ofNumbers('k', 'position', 'cost');

/** A shard: the epoch that may append, the next position, counters, and who took it last. */
const HEAD = {
  letter: 'h',
  decode: (value) => ({
    epoch: value.u64(),
    next: value.u64(),
    messages: value.u64(),
    entries: value.u64(),
    bytes: value.u64(),
    node: value.rest(),
  }),
  encode: ({ epoch, next, messages, entries, bytes, node }) => {
    const value = new Writer(40 + node.length);
    value.u64(epoch);
    value.u64(next);
    value.u64(messages);
    value.u64(entries);
    value.u64(bytes);
    value.raw(node);
    return value.bytes;
  },
};

/**
 * An entry: its message's number, the positions of its put and of its last mark, what the put costs
 * where this is its one entry and it never had another, and whether the body stands apart.
 */
const ENTRY = {
  letter: 'e',
  decode: (value) => {
    const message = value.u64();
    const put = value.u64();
    const mark = value.u64();
    const cost = value.u64();
    const flags = value.u32();
    const is = { isSole: (flags & 1) !== 0, isApart: (flags & 2) !== 0 };
    return { message, put, mark: mark === MAX ? undefined : mark, cost, ...is };
  },
  encode: ({ message, put, mark = MAX, cost, isSole, isApart }) => {
    const value = new Writer(36);
    value.u64(message);
    value.u64(put);
    value.u64(mark);
    value.u64(cost);
    value.u32((isSole ? 1 : 0) | (isApart ? 2 : 0));
    return value.bytes;
  },
};

const KEPT_PUT = 1, KEPT_PUT_APART = 2, KEPT_KEY = 3, KEPT_MARK = 4;

/** A record. A put has every entry that it ever had, and no body where that stands apart. */
const RECORD = {
  letter: 'r',
  decode: (value) => {
    const kind = value.u32();
    switch (kind) {
      case KEPT_PUT:
      case KEPT_PUT_APART: {
        const entries = value.u32();
        const header = value.u32();
        const message = value.u64();
        const queues = entriesOf(value, entries);
        const put = { kind: 'put', message, queues, header: value.slice(header) };
        return { ...put, body: kind === KEPT_PUT ? value.rest() : undefined };
      }
      case KEPT_KEY:
        return { kind: 'key', key: value.text(value.u32()), value: value.rest() };
      case KEPT_MARK:
        return { kind: 'mark', deliveryCount: value.u32(), ...entryOf(value) };
      default:
        throw value.fail(`there is no record of kind ${kind}`);
    }
  },
  encode: (record) => {
    const value = new Writer(64);
    if (record.kind === 'put') {
      const { message, queues, header, body } = record;
      value.u32(body ? KEPT_PUT : KEPT_PUT_APART);
      value.u32(queues.length);
      value.u32(header.length);
      value.u64(message);
      queues.forEach((entry) => writeEntry(value, entry));
      value.raw(header);
      if (body) value.raw(body);
    } else if (record.kind === 'key') {
      const key = utf8.encode(record.key);
      value.u32(KEPT_KEY);
      value.u32(key.length);
      value.raw(key);
      value.raw(record.value);
    } else {
      value.u32(KEPT_MARK);
      value.u32(record.deliveryCount);
      writeEntry(value, record);
    }
    return value.finish();
  },
};

const BODY = { letter: 'b', decode: (value) => value.rest() };

/** A key of the store's: its revision, itself, and its value. */
const META = {
  letter: 's',
  decode: (value) => ({ revision: value.u64(), key: value.text(value.u32()), value: value.rest() }),
  encode: ({ revision, key, value }) => {
    const name = utf8.encode(key);
    const all = new Writer(12 + name.length + value.length);
    all.u64(revision);
    all.u32(name.length);
    all.raw(name);
    all.raw(value);
    return all.bytes;
  },
};

// ---- a store over a map: what a call changes ----------------------------------------------------

/** What a record costs beside its bytes: its key, and its part of the map's tree, rounded up. */
const RECORD_BYTES = 96;

/** What an entry costs, its mark included, so that counting a delivery never needs room. */
const ENTRY_BYTES = 192;

const keyCost = (key, value) => BigInt(RECORD_BYTES + utf8.encode(key).length + value.length);

const less = (from, bytes) => (from > bytes ? from - bytes : 0n);

/** What a call touches: it is read at once, changed in memory, and written at once. */
class Change {
  #slots = new Map();
  #changes = [];

  constructor(map) {
    this.map = map;
    this.totals = this.slot(TOTALS);
  }

  /** A place in the map and what stands there, `now`. */
  slot(layout, ...path) {
    const name = `${layout.letter}${path.join('/')}`;
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = { layout, key: keyOf(layout.letter, ...path), now: undefined, isChanged: false };
      this.#slots.set(name, slot);
    }
    return slot;
  }

  /** Reads these, or everything that is touched. */
  read(slots = Array.from(this.#slots.values())) {
    if (slots.length === 0) return;
    const values = this.map.get(slots.map(({ key }) => key));
    slots.forEach((slot, n) => {
      slot.now = decoded(slot.layout, slot.key, values[n]);
    });
    this.totals.now ??= { ...NO_TOTALS };
  }

  set(slot, now) {
    slot.now = now;
    slot.isChanged = true;
  }

  /** Changes what nothing in this call looks at; an undefined value removes it. */
  leave(value, layout, ...path) {
    this.#changes.push({ key: keyOf(layout.letter, ...path), value });
  }

  write() {
    this.#slots.forEach(({ layout, key, now, isChanged }) => {
      if (isChanged) this.#changes.push({ key, value: now && layout.encode(now) });
    });
    this.map.write(this.#changes);
  }
}

/** A change of a shard's records. */
class ShardChange extends Change {
  constructor(map, shard) {
    super(map);
    this.shard = shard;
    this.head = this.slot(HEAD, shard);
  }

  entry({ queue, id }) {
    return this.slot(ENTRY, this.shard, queue, id);
  }

  /** Reads what a batch touches. */
  readFor(batch) {
    batch.forEach((operation) => {
      if (operation.kind === 'put') operation.queues.forEach((entry) => this.entry(entry));
      else if (operation.kind === 'key') this.slot(PLACE, this.shard, operation.key);
      else this.entry(operation);
    });
    this.read();
  }

  /** Reads what is left of the puts with several entries, of which these are. */
  readLives(slots) {
    const puts = slots.filter(({ now }) => now && !now.isSole).map(({ now }) => now.put);
    this.read(Array.from(new Set(puts.map((put) => this.slot(LIVE, this.shard, put)))));
  }

  append(batch, bytesMax) {
    this.check(batch);
    const growth = growthBytes(batch);
    if (growth > bytesMax) {
      const all = `more than ${bytesMax}, all that the store may keep`;
      throw refused('limit-exceeded', `an append has ${growth} bytes, ${all}`);
    }
    if (growth > 0n && this.totals.now.bytes + growth > bytesMax) return full();
    const settled = batch.filter(({ kind }) => kind === 'delete');
    this.readLives(settled.map((entry) => this.entry(entry)));
    const head = this.head.now;
    batch.forEach((operation) => {
      this[operation.kind](operation, head.next);
      head.next += 1n;
    });
    this.write();
    return done(head.next);
  }

  /** Settles entries, which were read. */
  settle(slots) {
    this.readLives(slots);
    slots.forEach((slot) => this.remove(slot));
    this.write();
  }

  write() {
    this.head.isChanged = true;
    this.totals.isChanged = true;
    super.write();
  }

  /** Checks that every entry stays its message's. */
  check(batch) {
    const added = new Map();
    batch.filter(({ kind }) => kind === 'put').forEach(({ message, queues }) => {
      queues.forEach((entry) => {
        const slot = this.entry(entry);
        const present = slot.now?.message ?? added.get(slot);
        if (present !== undefined && present !== message) {
          const { queue, id } = entry;
          const is = `entry ${id} of queue ${queue} is message ${present}`;
          throw refused('invalid-argument', `${is} and cannot be message ${message} as well`);
        }
        added.set(slot, message);
      });
    });
  }

  /** Adds the entries that are not there yet; a put that is sent again adds none. */
  put({ message, header, body, queues }, position) {
    const added = new Map();
    queues.forEach((entry) => {
      const slot = this.entry(entry);
      if (!slot.now) added.set(slot, entry);
    });
    if (added.size === 0) return;
    const cost = BigInt(RECORD_BYTES + header.length + body.length);
    const isSole = added.size === 1;
    const isApart = body.length > INLINE_BYTES_MAX;
    added.forEach((_, slot) => {
      this.set(slot, { message, put: position, cost: isSole ? cost : 0n, isSole, isApart });
    });
    const entries = BigInt(added.size);
    if (!isSole) this.set(this.slot(LIVE, this.shard, position), { entries, cost });
    const inline = isApart ? undefined : body;
    const put = { kind: 'put', message, queues: Array.from(added.values()), header, body: inline };
    this.leave(RECORD.encode(put), RECORD, this.shard, position);
    if (isApart) this.leave(body, BODY, this.shard, position);
    this.head.now.messages += 1n;
    this.head.now.entries += entries;
    this.grow(cost + entries * BigInt(ENTRY_BYTES));
  }

  delete(operation) {
    const slot = this.entry(operation);
    if (slot.now) this.remove(slot);
  }

  remove(slot) {
    const entry = slot.now;
    this.set(slot, undefined);
    this.head.now.entries = less(this.head.now.entries, 1n);
    this.shrink(BigInt(ENTRY_BYTES));
    if (entry.mark !== undefined) this.leave(undefined, RECORD, this.shard, entry.mark);
    if (entry.isSole) {
      this.forget(entry, entry.cost);
      return;
    }
    const live = this.slot(LIVE, this.shard, entry.put);
    if (!live.now) throw damaged(live.key, 'an entry has no message');
    const { entries, cost } = live.now;
    if (entries > 1n) {
      this.set(live, { entries: entries - 1n, cost });
    } else {
      this.set(live, undefined);
      this.forget(entry, cost);
    }
  }

  /** Removes a put without entries. */
  forget({ put, isApart }, cost) {
    this.leave(undefined, RECORD, this.shard, put);
    if (isApart) this.leave(undefined, BODY, this.shard, put);
    this.head.now.messages = less(this.head.now.messages, 1n);
    this.shrink(cost);
  }

  mark(operation, position) {
    const slot = this.entry(operation);
    if (!slot.now) return;
    if (slot.now.mark !== undefined) this.leave(undefined, RECORD, this.shard, slot.now.mark);
    this.set(slot, { ...slot.now, mark: position });
    this.leave(RECORD.encode(operation), RECORD, this.shard, position);
  }

  key(operation, position) {
    const slot = this.slot(PLACE, this.shard, operation.key);
    if (slot.now) {
      this.leave(undefined, RECORD, this.shard, slot.now.position);
      this.shrink(slot.now.cost);
      this.set(slot, undefined);
    }
    if (operation.value.length > 0) {
      const cost = keyCost(operation.key, operation.value);
      this.leave(RECORD.encode(operation), RECORD, this.shard, position);
      this.grow(cost);
      this.set(slot, { position, cost });
    }
  }

  grow(bytes) {
    this.head.now.bytes += bytes;
    this.totals.now.bytes += bytes;
  }

  shrink(bytes) {
    this.head.now.bytes = less(this.head.now.bytes, bytes);
    this.totals.now.bytes = less(this.totals.now.bytes, bytes);
  }
}

/**
 * Bytes that a batch adds at most: what it settles is not set off. Deletes, marks and keys that are
 * removed cost nothing.
 */
function growthBytes(batch) {
  let bytes = 0n;
  batch.forEach(({ kind, queues, header, body, key, value }) => {
    if (kind === 'put' && queues.length > 0) {
      bytes += BigInt(RECORD_BYTES + header.length + body.length + queues.length * ENTRY_BYTES);
    } else if (kind === 'key' && value.length > 0) {
      bytes += keyCost(key, value);
    }
  });
  return bytes;
}

// ---- a store over a map -------------------------------------------------------------------------

/** Operations in one append: an interpreter takes seconds for them, of ten that a call may take. */
const BATCH_OPERATIONS_MAX = 4096;

/** Bytes in one append. The broker takes less where the memory of an instance is less. */
const BATCH_BYTES_MAX = 256 * 1024 * 1024;

/** Pairs, and bytes, that are read of the map at a time. */
const PAGE_PAIRS = 128;
const PAGE_BYTES = 256 * 1024;

/** Entries that a purge settles at a time: other calls wait for it. */
const PURGE_ENTRIES = 1024;

/**
 * A store over a map. A plugin extends it by its `description` and by `open(configuration,
 * context)`, which answers the map, or throws a Refused where the configuration is wrong or does
 * not fit what is in the map.
 */
export class StoreOverMap {
  /** Bytes to keep, with what each record costs beside its own; beyond that the store is full. */
  bytesMax = Infinity;

  #map;

  begin(configuration, context) {
    this.#map = this.open(configuration, context);
  }

  capabilities() {
    const batchBytesMax = Math.min(this.bytesMax, BATCH_BYTES_MAX);
    const fits = this.bytesMax - RECORD_BYTES - ENTRY_BYTES;
    return {
      batchOperationsMax: BATCH_OPERATIONS_MAX,
      batchBytesMax,
      bodyBytesMax: Math.max(0, Math.min(fits, Math.floor(batchBytesMax / 2))),
      isAtomicOverShard: true,
    };
  }

  acquire(shard, node) {
    const found = this.#one(HEAD, shard);
    const head = found ?? { epoch: 0n, next: 0n, messages: 0n, entries: 0n, bytes: 0n };
    const taken = { ...head, epoch: head.epoch + 1n, node: utf8.encode(node) };
    this.#map.write([{ key: keyOf(HEAD.letter, shard), value: HEAD.encode(taken) }]);
    return { epoch: taken.epoch, fence: taken.next };
  }

  append(shard, epoch, batch) {
    const change = new ShardChange(this.#map, shard);
    change.readFor(batch);
    return change.head.now?.epoch === epoch ? change.append(batch, this.bytesMax) : fenced();
  }

  purge(shard, epoch, queue) {
    const change = new ShardChange(this.#map, shard);
    change.read();
    if (change.head.now?.epoch !== epoch) return fenced();
    const [from, last] = [0n, MAX].map((id) => keyOf(ENTRY.letter, shard, queue, id));
    const { pairs, hasMore } = this.#map.scan(from, behind(last), PURGE_ENTRIES, PAGE_BYTES);
    const slots = pairs.map(({ key, value }) => {
      const slot = change.entry({ queue, id: lastNumber(key) });
      slot.now = decoded(ENTRY, key, value);
      return slot;
    });
    if (slots.length > 0) change.settle(slots);
    return hasMore ? more() : done(change.head.now.next);
  }

  *replay(shard, from, until, withBodies) {
    const [first, end] = [from, until].map((position) => keyOf(RECORD.letter, shard, position));
    for (const pairs of this.#pages(first, end)) {
      const records = pairs.map(({ key, value }) =>
        ({ ...decoded(RECORD, key, value), position: lastNumber(key) }));
      this.#retainLive(shard, records);
      for (const record of records) {
        if (record.kind !== 'put') yield record;
        else if (withBodies) yield this.#withBody(shard, record.position, record);
        else yield { ...record, body: undefined };
      }
    }
  }

  read(shard, queue, id) {
    const entry = this.#one(ENTRY, shard, queue, id);
    if (!entry) return undefined;
    if (entry.isApart) return this.#bodyApart(shard, entry.put);
    const key = keyOf(RECORD.letter, shard, entry.put);
    return putAt(key, this.#map.get([key])[0]).body ?? this.#bodyApart(shard, entry.put);
  }

  *entries(shard, queue, from, until) {
    const [first, end] = [from, until].map((id) => keyOf(ENTRY.letter, shard, queue, id));
    for (const pairs of this.#pages(first, end)) {
      const positions = pairs.map(({ key, value }) => decoded(ENTRY, key, value).put);
      const keys = positions.map((position) => keyOf(RECORD.letter, shard, position));
      const values = this.#map.get(keys);
      for (let n = 0; n < pairs.length; n += 1) {
        const { header, body } = putAt(keys[n], values[n]);
        yield this.#withBody(shard, positions[n], { id: lastNumber(pairs[n].key), header, body });
      }
    }
  }

  statistics(shard) {
    const head = this.#one(HEAD, shard);
    if (!head) throw refused('not-found', `shard ${shard} does not exist`);
    return {
      epoch: Number(head.epoch),
      position: Number(head.next),
      messages: Number(head.messages),
      entries: Number(head.entries),
      bytes: Number(head.bytes),
    };
  }

  metaGet(key) {
    const found = this.#one(META, key);
    return found && { revision: found.revision, value: found.value };
  }

  metaCompareAndSet(key, expected, value) {
    const [change, slot] = this.#changeOf(key);
    if ((slot.now?.revision ?? 0n) !== expected) return undefined;
    const totals = change.totals.now;
    const cost = keyCost(key, value);
    if (totals.bytes + cost > this.bytesMax) {
      const text = `the store keeps ${this.bytesMax} bytes, the most it may`;
      throw refused('limit-exceeded', text);
    }
    const former = slot.now ? keyCost(key, slot.now.value) : 0n;
    const revision = totals.revision + 1n;
    const keys = totals.keys + (slot.now ? 0n : 1n);
    change.set(change.totals, { bytes: less(totals.bytes + cost, former), revision, keys });
    change.set(slot, { revision, key, value });
    change.write();
    return revision;
  }

  metaRemove(key, expected) {
    const [change, slot] = this.#changeOf(key);
    if (slot.now?.revision !== expected) return false;
    const totals = change.totals.now;
    const bytes = less(totals.bytes, keyCost(key, slot.now.value));
    change.set(change.totals, { ...totals, bytes, keys: less(totals.keys, 1n) });
    change.set(slot, undefined);
    change.write();
    return true;
  }

  *metaList(prefix, from) {
    // Texts compare otherwise than their bytes.
    const [first, asked] = [prefix, from].map((key) => keyOf(META.letter, key));
    const start = isBefore(first, asked) ? asked : first;
    for (const pairs of this.#pages(start, keyOf(TOTALS.letter))) {
      for (const { key, value } of pairs) {
        const found = decoded(META, key, value);
        if (!found.key.startsWith(prefix)) return;
        yield found;
      }
    }
  }

  inspect() {
    const totals = this.#one(TOTALS) ?? NO_TOTALS;
    return {
      bytes: Number(totals.bytes),
      bytes_max: this.bytesMax === Infinity ? null : this.bytesMax,
      meta_keys: Number(totals.keys),
    };
  }

  #one(layout, ...path) {
    const key = keyOf(layout.letter, ...path);
    return decoded(layout, key, this.#map.get([key])[0]);
  }

  /** A change of a key of the store's, which was read. */
  #changeOf(key) {
    const change = new Change(this.#map);
    const slot = change.slot(META, key);
    change.read();
    return [change, slot];
  }

  /** What stands between two keys, some pairs at a time. */
  *#pages(from, until) {
    for (;;) {
      const { pairs, hasMore } = this.#map.scan(from, until, PAGE_PAIRS, PAGE_BYTES);
      yield pairs;
      if (!hasMore) return;
      from = behind(pairs.at(-1).key);
    }
  }

  /** Leaves to puts the entries that are not settled. A put that only ever had one has it. */
  #retainLive(shard, records) {
    const puts = records.filter(({ kind, queues }) => kind === 'put' && queues.length > 1);
    if (puts.length === 0) return;
    const keys = puts.flatMap(({ queues }) =>
      queues.map(({ queue, id }) => keyOf(ENTRY.letter, shard, queue, id)));
    const values = this.#map.get(keys);
    let at = 0;
    puts.forEach((put) => {
      put.queues = put.queues.filter(() => {
        const entry = decoded(ENTRY, keys[at], values[at]);
        at += 1;
        return entry?.put === put.position;
      });
    });
  }

  /** The same with its body, which is read only where somebody looks at it. */
  #withBody(shard, position, item) {
    if (item.body) return item;
    const read = () => this.#bodyApart(shard, position);
    return {
      ...item,
      get body() {
        return read();
      },
    };
  }

  #bodyApart(shard, position) {
    const body = this.#one(BODY, shard, position);
    if (!body) throw damaged(keyOf(BODY.letter, shard, position), 'a message has no body');
    return body;
  }
}

/** The put of an entry. */
function putAt(key, value) {
  const put = decoded(RECORD, key, value);
  if (put?.kind !== 'put') throw damaged(key, 'an entry has no message');
  return put;
}
