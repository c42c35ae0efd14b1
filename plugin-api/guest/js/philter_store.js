/*
 * What a message store for the Philter message broker that is a WASM component needs in JavaScript,
 * beside what is in philter_guest.js: operations, pages and the granted map as objects. A store is
 * an object with what `exportsOf` names; philter_map_store.js has one over any map of bytes.
 *
 * A *map* is an object with three functions. Keys and values are Uint8Arrays:
 *
 * - `get(keys)`: the values of an array of keys, in their order; undefined where there is none;
 * - `scan(from, until, pairsMax, bytesMax)`: the first keys from `from` on and before `until`, in
 *   the order of their bytes, as `{ pairs, hasMore }`: at most `pairsMax` pairs `{ key, value }`,
 *   and so many that their bytes are about `bytesMax`, but at least one;
 * - `write(changes)`: puts and removes in their order; each is `{ key, value }`, and an undefined
 *   value removes.
 *
 * The broker makes one call at a time. What a call writes is kept if it ends well, and an instance
 * may end at any time: whatever a store knows has to be in its map. Bytes that a call is given, or
 * reads of the granted map, are gone at the next call. Shards are numbers; epochs, positions,
 * queues, ids and revisions are bigints.
 *
 * The engine interprets, and iterators take several times as long as calls: what an append runs for
 * each record has no `for of` and no destructured array.
 */
import { Refused, decodeMap } from './philter_guest.js';

// ---- outcomes -----------------------------------------------------------------------------------

/** It is kept; the position stands behind its last record. */
export const done = (position) => ({ tag: 'done', val: position });

/** The epoch is not the shard's. */
export const fenced = () => ({ tag: 'fenced' });

/** No room for this append now. */
export const full = () => ({ tag: 'full' });

/** Some entries are settled; the purge is called again. */
export const more = () => ({ tag: 'more' });

export const refused = (kind, text) => new Refused(text, undefined, undefined, kind);

// ---- bytes --------------------------------------------------------------------------------------

const utf8 = new TextEncoder();
const utf8Reader = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Buffers that go at the next call. */
const lent = new Set();

/** What is shorter is left to the engine. */
const LENT_BYTES_MIN = 1024;

/**
 * Says that nobody looks at these bytes, which have a buffer of their own, behind this call. The
 * engine lets more garbage gather than an instance has memory for.
 */
export function forThisCall(bytes) {
  if (bytes.length >= LENT_BYTES_MIN) lent.add(bytes.buffer);
  return bytes;
}

function letGo() {
  // A test may run in an engine that has no transfer.
  lent.forEach((buffer) => buffer.transfer?.(0));
  lent.clear();
}

/** A key as an error shows it. */
export function shown(key) {
  const plain = (byte) => byte > 0x20 && byte < 0x7f && String.fromCharCode(byte);
  const hex = (byte) => `\\x${byte.toString(16).padStart(2, '0')}`;
  return Array.from(key, (byte) => plain(byte) || hex(byte)).join('');
}

/** Little-endian integers and bytes, one after another. `fail` makes an error of what is wrong. */
export class Reader {
  constructor(bytes, fail) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.fail = fail;
    this.at = 0;
  }

  /** The offset of `length` bytes, which are read now. */
  take(length) {
    const at = this.at;
    if (length > this.bytes.length - at) {
      throw this.fail(`${length} bytes are wanted at byte ${at} of ${this.bytes.length}`);
    }
    this.at += length;
    return at;
  }

  u32() {
    return this.view.getUint32(this.take(4), true);
  }

  u64() {
    return this.view.getBigUint64(this.take(8), true);
  }

  slice(length) {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  text(length) {
    const at = this.at;
    try {
      return utf8Reader.decode(this.slice(length));
    } catch (error) {
      throw error instanceof Refused ? error : this.fail(`the text at byte ${at} is no UTF-8`);
    }
  }

  rest() {
    return this.slice(this.bytes.length - this.at);
  }
}

/** The same as they are written. */
export class Writer {
  constructor(capacity) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  /** The offset of `length` bytes, which are written now. */
  room(length) {
    const at = this.at;
    this.at += length;
    if (this.at > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(this.at, 2 * this.bytes.length));
      bytes.set(this.bytes.subarray(0, at));
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer);
    }
    return at;
  }

  u8(number) {
    const at = this.room(1);
    this.bytes[at] = number;
  }

  u32(number, isLittle = true) {
    const at = this.room(4);
    this.view.setUint32(at, number, isLittle);
  }

  u64(number, isLittle = true) {
    const at = this.room(8);
    this.view.setBigUint64(at, number, isLittle);
  }

  raw(bytes) {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  finish() {
    return this.bytes.subarray(0, this.at);
  }
}

// ---- the granted map ----------------------------------------------------------------------------

/** In the place of a value's length: there is none. */
const NO_VALUE = 0xffffffff;

/** The map that the broker grants, over the functions of 'philter:store/key-value@0.1.0'. */
export class Granted {
  #host;

  constructor(host) {
    this.#host = host;
  }

  get(keys) {
    const asked = new Writer(keys.reduce((sum, key) => sum + 4 + key.length, 0));
    keys.forEach((key) => {
      asked.u32(key.length);
      asked.raw(key);
    });
    const found = answer('get', this.#host.get(asked.bytes));
    return keys.map(() => {
      const length = found.u32();
      return length === NO_VALUE ? undefined : found.slice(length);
    });
  }

  scan(from, until, pairsMax, bytesMax) {
    const found = answer('scan', this.#host.scan(from, until, pairsMax, bytesMax));
    const [count, hasMore] = [found.u32(), found.u32() === 1];
    const pairs = Array.from({ length: count }, () => {
      const key = found.u32();
      const value = found.u32();
      return { key: found.slice(key), value: found.slice(value) };
    });
    return { pairs, hasMore };
  }

  write(changes) {
    const bytes = ({ key, value }) => 8 + key.length + (value?.length ?? 0);
    const written = new Writer(changes.reduce((sum, change) => sum + bytes(change), 0));
    changes.forEach(({ key, value }) => {
      written.u32(key.length);
      written.u32(value?.length ?? NO_VALUE);
      written.raw(key);
      if (value !== undefined) written.raw(value);
    });
    this.#host.write(forThisCall(written.bytes));
  }
}

function answer(name, bytes) {
  const fail = (text) => refused('internal', `what the broker answers to ${name}: ${text}`);
  return new Reader(forThisCall(bytes), fail);
}

// ---- operations, records and pairs --------------------------------------------------------------

const PUT = 1, DELETE = 2, KEY = 3, MARK = 4, PUT_WITHOUT_BODY = 5;

export const entryOf = (reader) => ({ queue: reader.u64(), id: reader.u64() });

export const entriesOf = (reader, count) => Array.from({ length: count }, () => entryOf(reader));

/** By kind: what reads that which follows. */
const OPERATIONS = {
  [PUT]: putOf,
  [DELETE]: (part) => ({ kind: 'delete', ...entryOf(part) }),
  [KEY]: (part) => {
    const key = part.u32();
    const value = part.u32();
    return { kind: 'key', key: part.text(key), value: part.slice(value) };
  },
  [MARK]: (part) => ({ kind: 'mark', ...entryOf(part), deliveryCount: part.u32() }),
  [PUT_WITHOUT_BODY]: (part) => ({ ...putOf(part), body: undefined }),
};

function putOf(part) {
  const message = part.u64();
  const header = part.u32();
  const body = part.u32();
  const entries = part.u32();
  part.u32();
  const queues = entriesOf(part, entries);
  return { kind: 'put', message, queues, header: part.slice(header), body: part.slice(body) };
}

/** The operations of an append, or the records of a replay, as `exportsOf` describes them. */
export function operations(bytes) {
  const fail = (text) => refused('invalid-argument', `the operations of an append: ${text}`);
  const reader = new Reader(bytes, fail);
  const count = reader.u32();
  reader.u32();
  return Array.from({ length: count }, () => {
    const part = new Reader(reader.slice(Math.max(reader.u32() - 4, 0)), fail);
    const kind = part.u32();
    const position = part.u64();
    if (!(kind in OPERATIONS)) throw fail(`there is no kind ${kind}`);
    return { ...OPERATIONS[kind](part), position };
  });
}

/** By kind: what writes a record behind the length of its part. */
const RECORDS = {
  put: (page, { position, message, queues, header, body }) => {
    page.u32(body ? PUT : PUT_WITHOUT_BODY);
    page.u64(position);
    page.u64(message);
    page.u32(header.length);
    page.u32(body?.length ?? 0);
    page.u32(queues.length);
    page.u32(0);
    queues.forEach((entry) => writeEntry(page, entry));
    page.raw(header);
    if (body) page.raw(body);
  },
  delete: (page, record) => {
    page.u32(DELETE);
    page.u64(record.position);
    writeEntry(page, record);
  },
  key: (page, { position, key, value }) => {
    page.u32(KEY);
    writePair(page, position, utf8.encode(key), value);
  },
  mark: (page, record) => {
    page.u32(MARK);
    page.u64(record.position);
    writeEntry(page, record);
    page.u32(record.deliveryCount);
    page.u32(0);
  },
};

const writeRecord = (page, record) => RECORDS[record.kind](page, record);

export function writeEntry(page, { queue, id }) {
  page.u64(queue);
  page.u64(id);
}

function writePair(page, number, first, second) {
  page.u64(number);
  page.u32(first.length);
  page.u32(second.length);
  page.raw(first);
  page.raw(second);
}

/** As many items as there is room for, but at least one. `write` writes one behind its length. */
function pageOf(items, bytesMax, write) {
  const page = new Writer(1024);
  let [count, hasMore] = [0, 0];
  page.u64(0n);
  for (const item of items) {
    if (count > 0 && page.at >= bytesMax) {
      hasMore = 1;
      break;
    }
    const begin = page.room(4);
    write(page, item);
    page.view.setUint32(begin, page.at - begin, true);
    count += 1;
  }
  page.view.setUint32(0, count, true);
  page.view.setUint32(4, hasMore, true);
  return forThisCall(page.finish());
}

// ---- the exports --------------------------------------------------------------------------------

/** An encoded map of numbers and booleans. */
function encodedMap(pairs) {
  const map = new Writer(256);
  map.u8(0xd1);
  map.u32(0);
  map.u32(2 * pairs.length, false);
  for (const [name, value] of pairs) {
    map.u8(0xa1);
    map.u8(name.length);
    map.raw(utf8.encode(name));
    if (typeof value === 'boolean') {
      map.u8(value ? 0x41 : 0x42);
    } else {
      map.u8(0x80);
      map.u64(BigInt(value), false);
    }
  }
  map.view.setUint32(1, map.at - 5);
  return map.finish();
}

/**
 * What a component has to export under the name `store`, made of a store; philter-store.wit has
 * what each function promises.
 *
 * - `description`: what the broker is told about the plugin, as README.md says;
 * - `capabilities()`: an object with the numbers `batchOperationsMax`, `batchBytesMax` and
 *   `bodyBytesMax`, and the boolean `isAtomicOverShard`;
 * - `acquire(shard, node)`: `{ epoch, fence }`;
 * - `append(shard, epoch, batch)`: `done(position)`, `fenced()` or `full()`. Each operation has a
 *   `kind`: 'put' with `message`, `header`, `body` and `queues`, an array of `{ queue, id }`;
 *   'delete' with `queue` and `id`; 'key' with `key` and `value`; 'mark' with `queue`, `id` and
 *   `deliveryCount`;
 * - `purge(shard, epoch, queue)`: `done(position)`, `more()` or `fenced()`;
 * - `replay(shard, from, until, withBodies)`: an iterable of records, which are operations with a
 *   `position`; without bodies they are undefined. It is left where the page is full, and of the
 *   record behind that nothing is looked at: a body may be a getter;
 * - `read(shard, queue, id)`: a body, or undefined;
 * - `statistics(shard)`: an object, made to JSON;
 * - `metaGet(key)`: `{ revision, value }`, or undefined;
 * - `metaCompareAndSet(key, expected, value)`: the new revision, or undefined;
 * - `begin(configuration, context)`, with an object and a Map, and `end()`, where it needs them;
 * - optional, and told to the broker where they are there: `entries(shard, queue, from, until)`, an
 *   iterable of `{ id, header, body }`; `metaList(prefix, from)`, one of `{ key, revision,
 *   value }`; `metaRemove(key, expected)`, a boolean;
 * - optional entries, named in `entries` of the description: `inspect()`, an object, made to JSON,
 *   and `command(configuration, arguments, input)`.
 */
export function exportsOf(store) {
  const entry = (name, called = name) => {
    if (store[name]) return store[name].bind(store);
    throw refused('unsupported', `this plugin has no ${called}`);
  };
  const functions = {
    describe: () => JSON.stringify(store.description),
    create: (configuration, context) => {
      store.begin?.(JSON.parse(configuration), decodeMap(context));
    },
    destroy: () => {
      store.end?.();
    },
    capabilities: () => {
      const can = store.capabilities();
      return encodedMap([
        ['batch-operations-max', can.batchOperationsMax],
        ['batch-bytes-max', can.batchBytesMax],
        ['body-bytes-max', can.bodyBytesMax],
        ['atomic-over-shard', can.isAtomicOverShard],
        ['entries', 'entries' in store],
        ['meta-list', 'metaList' in store],
        ['meta-remove', 'metaRemove' in store],
      ]);
    },
    acquire: (shard, node) => store.acquire(shard, node),
    append: (shard, epoch, batch) =>
      store.append(shard, epoch, operations(forThisCall(batch))),
    purge: (shard, epoch, queue) => store.purge(shard, epoch, queue),
    replay: (shard, from, until, withBodies, bytesMax) =>
      pageOf(store.replay(shard, from, until, withBodies), bytesMax, writeRecord),
    read: (shard, queue, id) => store.read(shard, queue, id),
    entries: (shard, queue, from, until, bytesMax) => {
      const entries = entry('entries')(shard, queue, from, until);
      return pageOf(entries, bytesMax, (page, { id, header, body }) => {
        page.u32(0);
        writePair(page, id, header, body);
      });
    },
    statistics: (shard) => JSON.stringify(store.statistics(shard)),
    metaGet: (key) => store.metaGet(key),
    metaCompareAndSet: (key, expected, value) => store.metaCompareAndSet(key, expected, value),
    metaRemove: (key, expected) => entry('metaRemove', 'meta-remove')(key, expected),
    metaList: (prefix, from, bytesMax) => {
      const keys = entry('metaList', 'meta-list')(prefix, from);
      return pageOf(keys, bytesMax, (page, { key, revision, value }) => {
        page.u32(0);
        writePair(page, revision, utf8.encode(key), value);
      });
    },
    inspect: () => JSON.stringify(entry('inspect')()),
    command: (configuration, words, input) =>
      entry('command', 'subcommand')(JSON.parse(configuration), words, input),
  };
  return Object.fromEntries(Object.entries(functions).map(([name, called]) => {
    const call = (...given) => {
      letGo();
      return called(...given);
    };
    return [name, call];
  }));
}
