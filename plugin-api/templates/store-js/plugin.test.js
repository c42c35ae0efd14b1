/* The store in Node, without WASM, over a map in memory: `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Checked, checksum } from './map.js';
import { StoreOverMap } from './philter_map_store.js';
import { Granted, exportsOf, operations } from './philter_store.js';

const SHARD = 1;
const END = 2n ** 64n - 1n;

const bytes = (text) => new TextEncoder().encode(text);
const text = (value) => new TextDecoder().decode(value);

/** A map in memory. A scan answers few pairs, so that pages end everywhere. */
class MemoryMap {
  values = new Map();

  get(keys) {
    return keys.map((key) => this.values.get(chars(key)));
  }

  scan(from, until, pairsMax) {
    const [first, end] = [chars(from), chars(until)];
    const inside = (key) => key >= first && (end === '' || key < end);
    const keys = Array.from(this.values.keys()).filter(inside).sort();
    const pairs = keys.slice(0, Math.min(pairsMax, 3)).map((key) =>
      ({ key: Uint8Array.from(key, (char) => char.charCodeAt(0)), value: this.values.get(key) }));
    return { pairs, hasMore: pairs.length < keys.length };
  }

  write(changes) {
    for (const { key, value } of changes) {
      if (value) this.values.set(chars(key), value.slice());
      else this.values.delete(chars(key));
    }
  }
}

/** A text that is in the order of the bytes. */
const chars = (key) => String.fromCharCode(...key);

class Kept extends StoreOverMap {
  description = { entries: ['inspect'] };

  constructor(map = new Checked(new MemoryMap()), bytesMax = Infinity) {
    super();
    this.open = () => map;
    this.bytesMax = bytesMax;
    this.begin();
  }
}

const entry = (id, queue = 7n) => ({ queue, id });

const put = (message, queues, body = bytes('body')) =>
  ({ kind: 'put', message, queues, header: bytes('head'), body });

const replay = (store, from = 0n, until = END) =>
  Array.from(store.replay(SHARD, from, until, true), (record) => ({ ...record }));

test('what is not settled comes back in order', () => {
  const store = new Kept();
  const { epoch } = store.acquire(SHARD, 'node');
  const batch = [
    put(10n, [entry(1n), entry(2n)]),
    { kind: 'delete', ...entry(1n) },
    { kind: 'mark', ...entry(2n), deliveryCount: 3 },
    { kind: 'key', key: 'k', value: bytes('v') },
  ];
  assert.deepEqual(store.append(SHARD, epoch, batch), { tag: 'done', val: 4n });
  assert.deepEqual(replay(store), [
    { ...put(10n, [entry(2n)]), position: 0n },
    { ...batch[2], position: 2n },
    { ...batch[3], position: 3n },
  ]);
  store.append(SHARD, epoch, [{ kind: 'delete', ...entry(2n) }]);
  assert.deepEqual(replay(store).map(({ kind }) => kind), ['key']);
  assert.equal(store.read(SHARD, 7n, 2n), undefined);
});

test('an earlier epoch is fenced', () => {
  const store = new Kept();
  const [first, second] = [store.acquire(SHARD, 'a').epoch, store.acquire(SHARD, 'b').epoch];
  assert.deepEqual(store.append(SHARD, first, []), { tag: 'fenced' });
  assert.deepEqual(store.append(SHARD, second, []), { tag: 'done', val: 0n });
  assert.deepEqual(store.purge(SHARD, first, 7n), { tag: 'fenced' });
});

test('what does not fit is full, and fits once something is settled', () => {
  const store = new Kept(new MemoryMap(), 1000);
  const { epoch } = store.acquire(SHARD, 'node');
  const append = (...batch) => store.append(SHARD, epoch, batch).tag;
  assert.equal(append(put(1n, [entry(1n)], new Uint8Array(500))), 'done');
  assert.equal(append(put(2n, [entry(2n)], new Uint8Array(500))), 'full');
  const never = { kind: 'limit-exceeded' };
  assert.throws(() => append(put(2n, [entry(2n)], new Uint8Array(1000))), never);
  assert.equal(append({ kind: 'delete', ...entry(1n) }), 'done');
  assert.equal(append(put(2n, [entry(2n)], new Uint8Array(500))), 'done');
});

/** Numbers that look like chance, the same each time. */
function* chances() {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield state >>> 16;
  }
}

test('the map has what stores in other languages leave there', () => {
  const memory = new MemoryMap();
  const store = new Kept(memory);
  const { epoch } = store.acquire(SHARD, 'n');
  store.append(SHARD, epoch, [put(2n, [entry(3n)], bytes('b'))]);
  const hex = (key) => Buffer.from(memory.values.get(key)).toString('hex');
  const number = (value) => `0${value}00000000000000`;
  const shard = '\0\0\0\x01';
  const eight = (value) => `\0\0\0\0\0\0\0${String.fromCharCode(value)}`;
  assert.equal(hex(`h${shard}`), [1, 1, 1, 1].map(number).join('') + '2501000000000000' + '6e');
  assert.equal(hex('t'), '2501000000000000' + number(0) + number(0));
  assert.equal(
    hex(`r${shard}${eight(0)}`),
    '010000000100000004000000' + number(2) + number(7) + number(3) + '6865616462',
  );
  assert.equal(
    hex(`e${shard}${eight(7)}${eight(3)}`),
    number(2) + number(0) + 'ff'.repeat(8) + '6500000000000000' + '01000000',
  );
  assert.equal(memory.values.size, 4);
});

test('behaves as a map of entries', () => {
  const memory = new MemoryMap();
  const store = new Kept(new Checked(memory));
  const { epoch } = store.acquire(SHARD, 'node');
  const next = chances();
  const chance = (below) => next.next().value % below;
  const model = new Map();
  for (let step = 0; step < 600; step += 1) {
    const message = BigInt(chance(12));
    const key = `${chance(3)}/${message}`;
    if (chance(2) === 0) {
      const queues = [0n, 1n, 2n].filter(() => chance(2) === 0);
      const body = new Uint8Array([0, 10, 1024, 1025, 5000][chance(5)]).fill(step);
      const entries = queues.map((queue) => entry(message, queue));
      store.append(SHARD, epoch, [put(message, entries, body)]);
      for (const name of queues.map((queue) => `${queue}/${message}`)) {
        if (!model.has(name)) model.set(name, { body, count: 0 });
      }
    } else if (chance(20) === 0) {
      const queue = BigInt(chance(3));
      while (store.purge(SHARD, epoch, queue).tag === 'more');
      for (const name of model.keys()) if (name.startsWith(`${queue}/`)) model.delete(name);
    } else {
      const of = entry(message, BigInt(key[0]));
      const kind = chance(3) === 0 ? 'mark' : 'delete';
      store.append(SHARD, epoch, [{ kind, ...of, deliveryCount: step }]);
      if (kind === 'delete') model.delete(key);
      else if (model.has(key)) model.get(key).count = step;
    }
    assert.deepEqual(entriesOf(replay(store)), model, `after step ${step}`);
  }
  for (const [name, { body }] of model) {
    const [queue, id] = name.split('/').map(BigInt);
    const found = Array.from(store.entries(SHARD, queue, id, id + 1n));
    assert.deepEqual([found.length, found[0].body, store.read(SHARD, queue, id)], [1, body, body]);
  }
  for (const queue of [0n, 1n, 2n]) while (store.purge(SHARD, epoch, queue).tag === 'more');
  assert.equal(store.inspect().bytes, 0);
  assert.deepEqual(Array.from(memory.values.keys(), (key) => key[0]).sort(), ['h', 't']);
});

/** What a broker makes of a replay. */
function entriesOf(records) {
  const entries = new Map();
  const name = ({ queue, id }) => `${queue}/${id}`;
  for (const record of records) {
    const { kind, queues, body } = record;
    if (kind === 'put') queues.forEach((of) => entries.set(name(of), { body, count: 0 }));
    else entries.get(name(record)).count = record.deliveryCount;
  }
  return entries;
}

test('keys are set and removed at their revisions, and listed', () => {
  const store = new Kept();
  const keys = ['q/1', 'q/2', 'q/\u{10000}', 'q/\uffff', 'r', 'q/3'];
  const revisions = keys.map((key) => store.metaCompareAndSet(key, 0n, bytes('v')));
  assert.deepEqual(revisions, [1n, 2n, 3n, 4n, 5n, 6n]);
  const listed = (prefix, from) => Array.from(store.metaList(prefix, from), ({ key }) => key);
  const all = ['q/1', 'q/2', 'q/3', 'q/\uffff', 'q/\u{10000}'];
  assert.deepEqual(listed('q/', 'q/'), all);
  assert.deepEqual(listed('q/', 'a'), all);
  assert.deepEqual(listed('q/', 'q/3'), all.slice(2));
  assert.deepEqual(listed('q/', 'r'), []);
  assert.equal(store.metaCompareAndSet('q/1', 0n, bytes('w')), undefined);
  assert.equal(store.metaCompareAndSet('q/1', 1n, bytes('w')), 7n);
  assert.deepEqual(store.metaGet('q/1'), { revision: 7n, value: bytes('w') });
  assert.deepEqual([1n, 7n, 7n].map((at) => store.metaRemove('q/1', at)), [false, true, false]);
  assert.equal(store.metaGet('q/1'), undefined);
});

test('records leave in pages that are read as they were written', () => {
  const store = exportsOf(new Kept());
  const { epoch } = store.acquire(SHARD, 'node');
  const kept = new Kept();
  const one = kept.acquire(SHARD, 'node').epoch;
  for (let id = 0n; id < 10n; id += 1n) kept.append(SHARD, one, [put(id, [entry(id)])]);
  const page = exportsOf(kept).replay(SHARD, 0n, END, true, 300);
  const head = new DataView(page.buffer);
  assert.deepEqual([head.getUint32(0, true), head.getUint32(4, true)], [5, 1]);
  const read = operations(page);
  assert.deepEqual(read, replay(kept).slice(0, 5));
  assert.deepEqual(store.append(SHARD, epoch, page), { tag: 'done', val: 5n });
  const bare = operations(store.replay(SHARD, 0n, END, false, 0));
  assert.deepEqual(bare, [{ ...read[0], body: undefined }]);
});

test('the granted map is bytes', () => {
  let asked;
  const answer = (hex) => (...given) => ((asked = given), Uint8Array.from(Buffer.from(hex, 'hex')));
  const map = new Granted({
    get: answer('0100000076' + 'ffffffff'),
    scan: answer('01000000' + '01000000' + '01000000' + '02000000' + '6b7677'),
    write: answer(''),
  });
  assert.deepEqual(map.get([bytes('k'), bytes('lm')]), [bytes('v'), undefined]);
  assert.equal(text(asked[0]), '\x01\0\0\0k\x02\0\0\0lm');
  const pairs = [{ key: bytes('k'), value: bytes('vw') }];
  assert.deepEqual(map.scan(bytes('a'), bytes('z'), 9, 99), { pairs, hasMore: true });
  map.write([{ key: bytes('k'), value: bytes('v') }, { key: bytes('l'), value: undefined }]);
  const removal = [1, 0, 0, 0, 255, 255, 255, 255, 108];
  assert.deepEqual([...asked[0]], [...bytes('\x01\0\0\0\x01\0\0\0kv'), ...removal]);
});

test('what was damaged is named', () => {
  assert.equal(checksum(bytes('123456789')), 0xcbf43926);
  assert.equal(checksum(Uint8Array.from({ length: 50001 }, (_, n) => n)), 0xcaf40523);
  const memory = new MemoryMap();
  const store = new Kept(new Checked(memory));
  store.metaCompareAndSet('k', 0n, bytes('v'));
  memory.values.get('sk')[9] ^= 1;
  assert.throws(() => store.metaGet('k'), { kind: 'internal', text: 'the value of sk is damaged' });
  new Checked(memory).write([{ key: bytes('sk'), value: bytes('short') }]);
  const short = 'the key sk of the map: 8 bytes are wanted at byte 0 of 5: it was changed by ' +
    'somebody else, or is damaged';
  assert.throws(() => store.metaGet('k'), { kind: 'internal', text: short });
});
