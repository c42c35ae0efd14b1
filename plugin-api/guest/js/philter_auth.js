/*
 * What an auth provider for the Philter message broker that is a WASM component needs in JavaScript,
 * beside what is in philter_guest.js: a plugin is an object with `description`, `mechanisms`, `start`
 * and `step`, and sees peers, logins and exceptions.
 *
 * The broker calls an instance from one thread at a time. An instance knows the logins that began
 * with it, and no others.
 *
 * What the broker grants is imported by the plugin itself: `import { read } from
 * 'philter:auth/files@0.1.0'` and `import { request } from 'philter:auth/http@0.1.0'`, in a world that
 * has them.
 */
import { Refused, decodeMap } from './philter_guest.js';

// ---- what becomes of a login --------------------------------------------------------------------

/** Send this and wait for the peer's response. */
export const challenge = (data = new Uint8Array()) => ({ tag: 'challenge', val: data });

/**
 * The peer is who it says. `expiresAtMs` counts from 1970; without it the identity ends with the
 * connection. `additional` accompanies the success.
 */
export const success = (identity, { groups = [], expiresAtMs, additional } = {}) =>
  ({ tag: 'success', val: successMap(identity, groups, expiresAtMs, additional) });

/** The peer is not who it says. The text is for the log, never for the peer. */
export const failure = (text) => ({ tag: 'failure', val: text });

/** This provider does not know the mechanism or the user; the next one is asked. */
export const notMine = () => ({ tag: 'not-mine' });

// ---- encoded maps that go out -------------------------------------------------------------------

const utf8 = new TextEncoder();

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function u32(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

const binary = (bytes, constructor = 0xb0) => joined([[constructor], u32(bytes.length), bytes]);
const text = (string) => binary(utf8.encode(string), 0xb1);

function ulong(number) {
  const bytes = new Uint8Array(9);
  bytes[0] = 0x80;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(number));
  return bytes;
}

function compound(constructor, values) {
  const content = joined(values);
  return joined([[constructor], u32(content.length + 4), u32(values.length), content]);
}

const map = (pairs) => compound(0xd1, pairs.flatMap(([key, value]) => [text(key), value]));

function successMap(identity, groups, expiresAtMs, additional) {
  const pairs = [['identity', text(identity)]];
  if (groups.length > 0) pairs.push(['groups', compound(0xd0, groups.map(text))]);
  if (expiresAtMs !== undefined) pairs.push(['expires-at-ms', ulong(expiresAtMs)]);
  if (additional !== undefined) pairs.push(['additional', binary(additional)]);
  return map(pairs);
}

/** Quotas as the contract has them. */
export const limitsMap = (limits) =>
  map(Object.entries(limits).map(([name, limit]) => [name, ulong(limit)]));

// ---- the exports --------------------------------------------------------------------------------

/** Who asks to be let in. */
function peerOf(encoded) {
  const peer = decodeMap(encoded);
  return {
    address: peer.get('address') ?? '',
    isLoopback: peer.get('is-loopback') ?? false,
    isEncrypted: peer.get('is-encrypted') ?? false,
    serverName: peer.get('server-name') ?? '',
  };
}

/**
 * What a component has to export under the name `auth`, made of a provider:
 *
 * - `description`: what the broker is told about the plugin, as README.md says;
 * - `mechanisms(peer)`: the names of those on offer to a peer, strongest first. It may not wait;
 * - `start(session, peer, mechanism, initial)`: begins a login, whose number is a bigint, and answers
 *   what becomes of it; `initial` is undefined where the peer sent no message;
 * - `step(session, response)`: goes on with a login after a challenge;
 * - `abandon(session)`, `begin(configuration, context)`, with an object and a Map, and `end()`, where
 *   it needs them;
 * - `authorize(access)`: 'allow', 'allow-logged', 'deny', 'deny-logged' or 'abstain'; `access` is a Map
 *   of identity, action, object, name and properties. Without it the provider has no opinion;
 * - `limits(identity)`: an object with `connections-max`, `queues-max`, both or none. It may not wait;
 * - optional entries, named in `entries` of the description: `inspect()`, made to JSON, and
 *   `command(configuration, arguments, input)`.
 */
export function exportsOf(provider) {
  const entry = (name, called = name) => {
    if (provider[name]) return provider[name].bind(provider);
    throw new Refused(`this plugin has no ${called}`, undefined, undefined, 'unsupported');
  };
  return {
    describe: () => JSON.stringify(provider.description),
    create: (configuration, context) => {
      provider.begin?.(JSON.parse(configuration), decodeMap(context));
    },
    destroy: () => {
      provider.end?.();
    },
    mechanisms: (peer) => provider.mechanisms(peerOf(peer)),
    start: (session, peer, mechanism, initial) =>
      provider.start(session, peerOf(peer), mechanism, initial),
    step: (session, response) => provider.step(session, response),
    abandon: (session) => {
      provider.abandon?.(session);
    },
    authorize: (access) => provider.authorize?.(decodeMap(access)) ?? 'abstain',
    limits: (identity) => limitsMap(provider.limits?.(identity) ?? {}),
    inspect: () => JSON.stringify(entry('inspect')()),
    command: (configuration, words, input) =>
      entry('command', 'subcommand')(JSON.parse(configuration), words, input),
  };
}
