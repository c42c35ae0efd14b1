/* The language in Node, without WASM: `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prepare } from './plugin.js';

const matches = (expression, headers) =>
  prepare(expression).predicate({ headers: new Map(Object.entries(headers)) });

test('compares texts and numbers', () => {
  assert(matches('region = eu', { region: 'eu' }));
  assert(matches('amount = 7', { amount: 7 }));
  assert(!matches('region = us', { region: 'eu' }));
  assert(!matches('colour = red', { region: 'eu' }));
});

test('says where an expression is wrong', () => {
  const place = (column) => ({ place: { line: 1, column } });
  assert.throws(() => prepare('region'), place(7));
  assert.throws(() => prepare(' = eu'), place(1));
});
