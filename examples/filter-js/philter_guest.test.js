/* Tests of what reads batches and values, by bytes as the broker writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, exportsOf, messages, rowsOfBits } from './philter_guest.js';

const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const utf8 = (text) => new TextEncoder().encode(text);
const text = (value) => [0xa1, utf8(value).length, ...utf8(value)];
const map = (...parts) => [0xc1, parts.flat().length + 1, parts.length, ...parts.flat()];

/** Rows of [key, properties, headers, body]. */
function batch(rows, step = 40) {
  const made = Buffer.alloc(16 + step * rows.length);
  const data = [];
  made.writeUInt32LE(rows.length, 0);
  made.writeUInt32LE(step, 4);
  made.writeUInt32LE(15, 8);
  made.writeUInt32LE(16, 12);
  rows.forEach((row, n) => {
    row.forEach((part, p) => {
      made.writeUInt32LE(made.length + data.length, 16 + n * step + p * 8);
      made.writeUInt32LE(part.length, 16 + n * step + p * 8 + 4);
      data.push(...part);
    });
    made.writeBigUInt64LE(BigInt(row[3].length), 16 + n * step + 32);
  });
  return Uint8Array.from([...made, ...data]);
}

test('every type is read', () => {
  const types = [
    ['40', null], ['41', true], ['42', false], ['56 01', true], ['43', 0], ['44', 0], ['45', []],
    ['50 ff', 255], ['51 ff', -1], ['52 07', 7], ['53 07', 7], ['54 fe', -2], ['55 fe', -2],
    ['60 0102', 258], ['61 fffe', -2], ['70 00000001', 1], ['71 fffffffe', -2],
    ['72 3fc00000', 1.5], ['73 000000e4', 'ä'], ['80 ffffffffffffffff', 2n ** 64n - 1n],
    ['80 0000000000000005', 5], ['81 ffffffffffffffff', -1], ['82 4004000000000000', 2.5],
    ['83 0000000000000001', 1], ['84 0000000000000001', bytes('0000000000000001')],
    [`98 ${'11'.repeat(16)}`, '11111111-1111-1111-1111-111111111111'],
    ['a0 01 ff', bytes('ff')], ['a1 02 c3a4', 'ä'], ['a3 01 61', 'a'],
    ['b0 00000001 ff', bytes('ff')], ['b1 00000001 61', 'a'], ['b3 00000001 61', 'a'],
    ['c0 03 02 41 42', [true, false]], ['d0 00000006 00000002 41 42', [true, false]],
    ['c1 05 02 a1 01 61 41', new Map([['a', true]])],
    ['d1 00000008 00000002 a1 01 61 41', new Map([['a', true]])],
    ['e0 04 02 50 01 02', [1, 2]], ['f0 00000007 00000002 50 01 02', [1, 2]],
    ['00 53 70 a1 01 61', 'a'], ['e0 07 02 00 53 01 50 01 02', [1, 2]],
  ];
  for (const [hex, expected] of types) assert.deepEqual(decode(bytes(hex)), expected, hex);
  assert.throws(() => decode(bytes('01')), RangeError);
  assert.throws(() => decode(bytes('a1')), RangeError);
});

test('a message has what the broker wrote', () => {
  const properties = map([0x52, 7], text('application/json'), [0x52, 11], [0x50, 4]);
  const headers = map(text('site'), text('b'));
  const rows = [[utf8('a.b'), properties, headers, utf8('{"a": 1}')], [[], [], [], []]];
  const [first, second] = messages(batch(rows, 48));
  assert.equal(first.key, 'a.b');
  assert.deepEqual([...first.properties], [['content-type', 'application/json'], ['priority', 4]]);
  assert.deepEqual([...first.headers], [['site', 'b']]);
  assert.deepEqual([first.bodyLength, first.json], [8, { a: 1 }]);
  assert.deepEqual(first.body, utf8('{"a": 1}'));
  assert.deepEqual([second.key, second.properties.size, second.headers.size], ['', 0, 0]);
  assert.equal(second.json, undefined);
});

test('bits are rows with the lowest first', () => {
  const odd = (n) => n % 2 === 1;
  const even = (n) => n % 2 === 0;
  const never = () => false;
  const fails = (n) => n.no.such;
  assert.deepEqual([...rowsOfBits([1, 2], [odd, even, never])], [0b010001]);
  assert.deepEqual([...rowsOfBits([0, 1, 2, 3, 4, 5, 6, 7, 8], [even])], [0b01010101, 1]);
  assert.deepEqual([...rowsOfBits([1, 2], [fails, even])], [0b1000]);
  assert.deepEqual([...rowsOfBits([1], [])], []);
});

test('what is compiled is kept until it is released', () => {
  const filter = exportsOf({
    description: { type: 'equal' },
    prepare: (expression) => ({ predicate: ({ key }) => key === expression, reads: 1 }),
  });
  assert.deepEqual(JSON.parse(filter.describe()), { type: 'equal' });
  filter.create('{}', new Uint8Array());
  assert.equal(filter.compile(7n, 'a'), 1);
  filter.compile(9n, 'b');
  const rows = batch([[utf8('a'), [], [], []], [utf8('b'), [], [], []]]);
  assert.deepEqual([...filter.matches(rows, BigUint64Array.of(7n, 9n))], [0b1001]);
  filter.release(7n);
  assert.deepEqual([...filter.matches(rows, BigUint64Array.of(9n))], [0b10]);
  const gone = { kind: 'not-found', text: 'expression 7 is not compiled', place: undefined };
  assert.throws(() => filter.matches(rows, BigUint64Array.of(7n)), (no) => {
    assert.deepEqual({ ...no }, gone);
    return true;
  });
  assert.throws(() => filter.inspect(undefined), { kind: 'unsupported' });
});
