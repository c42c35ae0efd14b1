/* The exchange in Node, without WASM: `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Prefixes } from './plugin.js';

const binding = (key, given = {}) => ({ key, arguments: new Map(Object.entries(given)) });

test('matches the beginning of the routing key', () => {
  const exchange = new Prefixes();
  exchange.bind(1n, binding('Orders.'));
  exchange.bind(2n, binding('ORDERS.eu', { 'ignore-case': true }));
  assert.deepEqual(exchange.route({ key: 'orders.eu.1' }), [2n]);
  assert.deepEqual(exchange.route({ key: 'Orders.us.2' }), [1n]);
  assert(exchange.unbind(2n) && !exchange.unbind(2n));
  assert.deepEqual(exchange.route({ key: 'orders.eu.1' }), []);
});

test('refuses an argument of another type', () => {
  const wrong = binding('', { 'ignore-case': 'yes' });
  const text = "the argument 'ignore-case' is no boolean";
  assert.throws(() => new Prefixes().bind(1n, wrong), { text });
});
