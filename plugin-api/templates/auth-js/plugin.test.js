/* The provider in Node, without WASM: `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { limitsMap, success } from './philter_auth.js';
import { decodeMap } from './philter_guest.js';
import { Users } from './plugin.js';

const PEER = { address: '127.0.0.1:4711', isLoopback: true, isEncrypted: false, serverName: '' };

const bytes = (text) => new TextEncoder().encode(text);

function provider() {
  const users = new Users();
  users.begin({ users: { jo: 'secret' } });
  return users;
}

const isJo = (outcome) =>
  outcome.tag === 'success' && decodeMap(outcome.val).get('identity') === 'jo';

test('lets in who has the password', () => {
  const users = provider();
  assert(isJo(users.start(1n, PEER, 'PLAIN', bytes('\0jo\0secret'))));
  for (const wrong of ['\0jo\0Secret', '\0jo\0', '\0jo\0secretsecret', 'jo\0secret', '']) {
    assert.equal(users.start(1n, PEER, 'PLAIN', bytes(wrong)).tag, 'failure');
  }
  assert.equal(users.start(1n, PEER, 'PLAIN', bytes('\0al\0x')).tag, 'not-mine');
});

test('asks for the message once', () => {
  const users = provider();
  assert.equal(users.start(1n, PEER, 'PLAIN', undefined).tag, 'challenge');
  assert(isJo(users.step(1n, bytes('\0jo\0secret'))));
  assert(!isJo(users.step(1n, bytes('\0jo\0secret'))));
  users.start(2n, PEER, 'PLAIN', undefined);
  users.abandon(2n);
  assert(!isJo(users.step(2n, bytes('\0jo\0secret'))));
});

test('lets nobody in where others read along', () => {
  const remote = { ...PEER, isLoopback: false };
  assert.deepEqual(provider().mechanisms(remote), []);
  assert.equal(provider().start(1n, remote, 'PLAIN', bytes('\0jo\0secret')).tag, 'failure');
});

test('refuses a configuration that it does not know', () => {
  const text = "the configuration of my-plugin has no 'user'";
  assert.throws(() => new Users().begin({ user: {} }), { text });
  assert.throws(() => new Users().begin({ users: { jo: 1 } }));
});

test('writes maps that are read as they were written', () => {
  const made = success('jo', { groups: ['a', 'b'], expiresAtMs: 7, additional: bytes('x') });
  const read = decodeMap(made.val);
  assert.equal(read.get('identity'), 'jo');
  assert.deepEqual(read.get('groups'), ['a', 'b']);
  assert.equal(read.get('expires-at-ms'), 7);
  assert.deepEqual([...read.get('additional')], [...bytes('x')]);
  assert.equal(decodeMap(limitsMap({ 'queues-max': 3 })).get('queues-max'), 3);
});
