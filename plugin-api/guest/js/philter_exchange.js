/*
 * What an exchange for the Philter message broker that is a WASM component needs in JavaScript,
 * beside what is in philter_guest.js: a plugin is an object with `description`, `bind`, `unbind` and
 * `route`, and sees bindings, messages and exceptions.
 *
 * The broker calls an instance from one thread at a time.
 */
import { Refused, decodeMap, messages } from './philter_guest.js';

/** A binding as a client declared it: `arguments` and `context` are Maps, by their names. */
function binding(key, encoded, context) {
  return { key, arguments: decodeMap(encoded), context: decodeMap(context) };
}

const CACHEABLE = 256;
const MATCH_BYTES = 16;

/** The bindings that a message matches; none where the type fails on it, which costs no other one. */
function bound(type, message) {
  try {
    return Array.from(type.route(message));
  } catch {
    return [];
  }
}

/** Pairs of a message's place in the batch and a binding's number, as the contract has them. */
function matches(pairs) {
  const bytes = new Uint8Array(pairs.length * MATCH_BYTES);
  const view = new DataView(bytes.buffer);
  pairs.forEach(([place, number], index) => {
    view.setUint32(index * MATCH_BYTES, place, true);
    view.setBigUint64(index * MATCH_BYTES + 8, number, true);
  });
  return bytes;
}

/**
 * What a component has to export under the name `exchange`, made of an exchange type:
 *
 * - `description`: what the broker is told about the plugin, as README.md says;
 * - `bind(number, binding)`: takes a binding, whose number is a bigint, and answers what its answers
 *   read and whether equal routing keys always get equal ones, as `{ reads, isCacheable }`, or
 *   throws a Refused, and then nothing changed;
 * - `unbind(number)`: forgets one, and answers whether there was one of this number;
 * - `route(message)`: the numbers of the bindings that a message matches; none where it throws;
 * - `begin(configuration, context)`, with an object and a Map, and `end()`, where it needs them;
 * - optional entries, named in `entries` of the description: `inspect(number)`, of the exchange
 *   where that is undefined, `explain(number)`, `attempt(binding, message)`, which is the entry
 *   `try`, and `command(configuration, arguments, input)`. What they answer is made to JSON.
 */
export function exportsOf(type) {
  const entry = (name, called = name) => {
    if (type[name]) return type[name].bind(type);
    throw new Refused(`this plugin has no ${called}`, undefined, undefined, 'unsupported');
  };
  return {
    describe: () => JSON.stringify(type.description),
    create: (configuration, context) => {
      type.begin?.(JSON.parse(configuration), decodeMap(context));
    },
    destroy: () => {
      type.end?.();
    },
    bind: (number, key, encoded, context) => {
      const { reads, isCacheable } = type.bind(number, binding(key, encoded, context));
      return reads | (isCacheable ? CACHEABLE : 0);
    },
    unbind: (number) => {
      if (type.unbind(number)) return;
      throw new Refused(`binding ${number} is not bound`, undefined, undefined, 'not-found');
    },
    route: (batch) =>
      matches(messages(batch).flatMap((message, place) =>
        bound(type, message).map((number) => [place, number]))),
    inspect: (number) => JSON.stringify(entry('inspect')(number)),
    explain: (number) => JSON.stringify(entry('explain')(number)),
    tryBinding: (key, encoded, context, message) =>
      JSON.stringify(entry('attempt', 'try')(binding(key, encoded, context), messages(message)[0])),
    command: (configuration, words, input) =>
      entry('command', 'subcommand')(JSON.parse(configuration), words, input),
  };
}
