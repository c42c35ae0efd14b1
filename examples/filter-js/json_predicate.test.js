/* Tests of the predicates: a message is whatever has key, properties, headers and json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EXPRESSION_LENGTH_MAX, prepare } from './json_predicate.js';
import { BODY, HEADERS, KEY, PROPERTIES, Refused } from './philter_guest.js';

const READING = {
  temperature: 31,
  unit: 'C',
  tags: ['red', 'outside'],
  items: [{ kind: 'x', price: 200 }, { kind: 'y', price: 5 }],
  nothing: null,
  broken: false,
};

const message = (json = READING) => ({
  key: 'sensors.b.7',
  properties: new Map([['content-type', 'application/json'], ['priority', 4]]),
  headers: new Map([['site', 'b'], ['hops', 2], ['big', 2n ** 60n]]),
  json,
});

function matches(expression, expected = true, json = READING) {
  assert.equal(prepare(expression).predicate(message(json)), expected, expression);
}

function refuses(expression, line, column, text, kind = 'invalid-argument') {
  assert.throws(
    () => prepare(expression),
    (refused) => {
      assert(refused instanceof Refused, String(refused));
      const place = line === undefined ? undefined : { line, column };
      assert.deepEqual(refused.place, place, refused.text);
      assert.ok(refused.text.includes(text), refused.text);
      assert.equal(refused.kind, kind);
      return true;
    },
    expression,
  );
}

test('every part of a message can be asked about', () => {
  matches("body.temperature > 30 && headers.site == 'b'");
  matches("key.startsWith('sensors.') && key.endsWith('.7') && key.includes('.b.')");
  matches("properties['content-type'] == 'application/json' && properties.priority >= 4");
  matches("body['tags'][1] === 'outside' && body.items[-1].price == 5 && body.tags.length == 2");
});

test('nothing is converted to be compared', () => {
  matches("headers.hops == '2'", false);
  matches("body.broken == 0 || body.nothing == 0 || body.temperature > 'a'", false);
  matches("body.unit > 'B' && body.unit <= 'C' && body.unit !== 'c'");
  matches('headers.big == 1152921504606846976 && headers.big > 5 && headers.big < 1e19');
  matches("headers.site in ['a', 'b'] && !(body.unit in ['F', 'K'])");
});

test('what is not there is null and has no order', () => {
  matches('body.a.b.c == null && body.tags[7] == undefined && body.unit.x == body.nothing');
  matches('body.missing > 0 || body.missing <= 0 || null < 1', false);
  matches('!(body.missing > 0) && !body.missing');
  matches("body.missing.includes('x') || body.missing.startsWith('x')", false);
});

test('what every object has is not there', () => {
  matches("body.constructor == null && body.toString == null && body['__proto__'] == null");
});

test('a body that is no JSON matches nothing about it', () => {
  const { predicate } = prepare('body.temperature > 30');
  assert.equal(predicate({ ...message(), json: undefined }), false);
});

test('arithmetic takes numbers alone, and binds as it should', () => {
  matches('1 + 2 * 3 - 4 / 2 == 5 && (1 + 2) * 3 == 9 && 7 % 4 == 3 && 10 - 3 - 2 == 5');
  matches('-body.temperature + 1 == -30');
  matches("body.unit + 'x' == null && body.tags + 1 == null && true + 1 == null");
});

test('&& binds closer than ||, and ! closer than both', () => {
  matches('true || true && false');
  matches('(true || true) && false', false);
  matches('!false && !!true && !(1 > 2)');
  matches(Array.from({ length: 300 }, () => 'false').join('||') + '||true');
});

test('lists can be searched', () => {
  matches("body.items.some(item => item.kind == 'x' && item.price > 100)");
  matches('body.items.every(item => item.price > 100)', false);
  matches('body.items.every(item => body.items.some(other => other.price >= item.price))');
  matches("body.tags.includes('red') && !body.tags.includes('re')");
  matches('body.missing.some(x => true) || body.missing.every(x => true)', false);
});

test('an expression says what it reads', () => {
  assert.equal(prepare("key == 'a'").reads, KEY);
  assert.equal(prepare('headers.a == 1').reads, HEADERS);
  assert.equal(prepare('properties.type || body').reads, PROPERTIES | BODY);
  assert.equal(prepare('1 == 1').reads, 0);
});

test('what is not allowed is refused with its place', () => {
  refuses('', 1, 1, 'expected a value, found the end');
  refuses('body.temperature >', 1, 19, 'expected a value, found the end');
  refuses("headers.site\n == size", 2, 5, "'size' is not known");
  refuses("key == 'ä' && size", 1, 15, "'size' is not known");
  refuses("key == '😀' && size", 1, 15, "'size' is not known");
  refuses("key == 'a' key", 1, 12, 'expected an operator, found key');
  refuses("key == 'a", 1, 8, 'this text has no end');
  refuses("key == 'a\\q'", 1, 10, '\\q means nothing');
  refuses('key == `a`', 1, 8, "'`' means nothing here");
  refuses('key = 1', 1, 5, "'=' means nothing here");
  refuses("key.constructor('x')", 1, 5, 'of methods there are startsWith');
  refuses('body.some(body)', 1, 15, 'expected =>, found )');
  refuses('body.some(x => x) && x', 1, 22, "'x' is not known");
  refuses('(key', 1, 5, 'expected ), found the end');
  refuses('body.some(message => true)', 1, 11, "'message' can't be such a name");
});

test('size and nesting are limited', () => {
  const longest = `key == '${'a'.repeat(EXPRESSION_LENGTH_MAX - 9)}'`;
  matches(longest, false);
  refuses(`${longest} `, undefined, undefined, 'at most 4096', 'limit-exceeded');
  matches(`${'('.repeat(39)}key${')'.repeat(39)}`);
  refuses(`${'('.repeat(40)}key`, 1, 41, 'nested more than 40 deep', 'limit-exceeded');
  refuses(`${'!'.repeat(4000)}key`, 1, 41, 'nested more than 40 deep', 'limit-exceeded');
  refuses(`key${'.a'.repeat(2000)}`, 1, 84, 'nested more than 40 deep', 'limit-exceeded');
});
