/*
 * What a filter for the Philter message broker that is a WASM component needs in JavaScript.
 *
 * Everything that the contract (philter-plugin.wit) says about bytes and offsets stays in here: a
 * plugin is an object with `description` and `prepare`, and sees messages, values and exceptions.
 * It also runs in Node, so that a predicate can be tested without WASM.
 *
 * The broker calls an instance from one thread at a time.
 */

/** What an answer depends on: a sum of these. The routing key is always there. */
export const KEY = 1, PROPERTIES = 2, HEADERS = 4, BODY = 8;

/** The names of properties by their numbers. The list only grows. */
const PROPERTY_NAMES = [
  , 'exchange', 'virtual-host', 'publisher', 'message-id', 'correlation-id', 'user-id',
  'content-type', 'content-encoding', 'timestamp', 'expiration', 'priority', 'durable', 'reply-to',
  'type', 'subject', 'app-id', 'group-id', 'time-to-live', 'protocol',
];

/**
 * Why a plugin says no: `text` reaches whoever caused it, `line` and `column` count from 1. Other
 * kinds are not-found, unauthorized, limit-exceeded, unsupported and internal.
 */
export class Refused {
  constructor(text, line, column, kind = 'invalid-argument') {
    this.kind = kind;
    this.text = text;
    this.place = line === undefined ? undefined : { line, column };
  }
}

// ---- values: the AMQP 1.0 type encoding ---------------------------------------------------------

const utf8 = new TextDecoder();

/** Bytes and how far they are read. */
class Cursor {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** The offset of `length` bytes, which are read now. */
  take(length) {
    const at = this.at;
    this.at += length;
    return at;
  }

  u8() {
    return this.view.getUint8(this.take(1));
  }

  u32() {
    return this.view.getUint32(this.take(4));
  }

  slice(length) {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }
}

/** An integer is a number where a number holds it exactly, else a bigint. */
function exact(big) {
  const number = Number(big);
  return Number.isSafeInteger(number) ? number : big;
}

const long = (c) => exact(c.view.getBigInt64(c.take(8)));
const unsignedLong = (c) => exact(c.view.getBigUint64(c.take(8)));
const small = (c) => c.view.getInt8(c.take(1));
const unsignedSmall = (c) => c.u8();

/** By constructor: what reads that which follows. */
const READERS = {
  0x40: () => null, 0x41: () => true, 0x42: () => false, 0x43: () => 0, 0x44: () => 0,
  0x45: () => [],
  0x50: unsignedSmall, 0x51: small, 0x52: unsignedSmall, 0x53: unsignedSmall, 0x54: small,
  0x55: small, 0x56: (c) => c.u8() !== 0,
  0x60: (c) => c.view.getUint16(c.take(2)), 0x61: (c) => c.view.getInt16(c.take(2)),
  0x70: (c) => c.u32(), 0x71: (c) => c.view.getInt32(c.take(4)),
  0x72: (c) => c.view.getFloat32(c.take(4)), 0x73: (c) => String.fromCodePoint(c.u32()),
  0x74: (c) => c.slice(4), 0x80: unsignedLong, 0x81: long,
  0x82: (c) => c.view.getFloat64(c.take(8)), 0x83: long, 0x84: (c) => c.slice(8),
  0x94: (c) => c.slice(16), 0x98: uuid,
  0xa0: (c) => c.slice(c.u8()), 0xa1: (c) => utf8.decode(c.slice(c.u8())),
  0xa3: (c) => utf8.decode(c.slice(c.u8())),
  0xb0: (c) => c.slice(c.u32()), 0xb1: (c) => utf8.decode(c.slice(c.u32())),
  0xb3: (c) => utf8.decode(c.slice(c.u32())),
  0xc0: (c) => (c.u8(), list(c, c.u8())), 0xc1: (c) => (c.u8(), map(c, c.u8())),
  0xd0: (c) => (c.u32(), list(c, c.u32())), 0xd1: (c) => (c.u32(), map(c, c.u32())),
  0xe0: (c) => (c.u8(), array(c, c.u8())), 0xf0: (c) => (c.u32(), array(c, c.u32())),
};

function uuid(cursor) {
  const pairs = Array.from(cursor.slice(16), (byte) => byte.toString(16).padStart(2, '0'));
  return pairs.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function list(cursor, count) {
  return Array.from({ length: count }, () => value(cursor));
}

function map(cursor, count) {
  const entries = new Map();
  for (let i = 0; i < count; i += 2) entries.set(value(cursor), value(cursor));
  return entries;
}

/** An array has the constructor of its elements once, before them. */
function array(cursor, count) {
  const read = reader(cursor);
  return Array.from({ length: count }, () => read(cursor));
}

function reader(cursor) {
  let code = cursor.u8();
  while (code === 0) {
    value(cursor);
    code = cursor.u8();
  }
  if (!(code in READERS)) throw new RangeError(`no AMQP type begins with ${code}`);
  return READERS[code];
}

function value(cursor) {
  return reader(cursor)(cursor);
}

/**
 * What bytes encode. Integers, timestamps in milliseconds since 1970 among them, are numbers or,
 * where they have to, bigints; strings and symbols are strings; a map is a Map. A described value
 * is what it describes; binaries and decimals are their bytes.
 */
export function decode(bytes) {
  return value(new Cursor(bytes));
}

/** An encoded map; no bytes are an empty one. */
export function decodeMap(bytes) {
  return bytes.length > 0 ? decode(bytes) : new Map();
}

// ---- messages -----------------------------------------------------------------------------------

/** A message of a batch. What no expression reads is not there, and is empty. */
export class Message {
  #batch;
  #entry;
  #read = {};

  constructor(batch, entry) {
    this.#batch = batch;
    this.#entry = entry;
  }

  #part(number) {
    const at = this.#batch.view.getUint32(this.#entry + number * 8, true);
    const length = this.#batch.view.getUint32(this.#entry + number * 8 + 4, true);
    return this.#batch.bytes.subarray(at, at + length);
  }

  /** The routing key. */
  get key() {
    return (this.#read.key ??= utf8.decode(this.#part(0)));
  }

  /** A Map of those that it has, by their names. */
  get properties() {
    return (this.#read.properties ??= new Map(
      Array.from(decodeMap(this.#part(1)), ([number, value]) => [PROPERTY_NAMES[number], value]),
    ));
  }

  /** A Map, by their names. */
  get headers() {
    return (this.#read.headers ??= decodeMap(this.#part(2)));
  }

  /** The bytes of the body. */
  get body() {
    return this.#part(3);
  }

  /** Bytes of the body, also where it is not there. */
  get bodyLength() {
    return Number(this.#batch.view.getBigUint64(this.#entry + 32, true));
  }

  /** The body as JSON; undefined where it is none. */
  get json() {
    if (!('json' in this.#read)) this.#read.json = parseJson(this.body);
    return this.#read.json;
  }
}

function parseJson(bytes) {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/** The messages of a batch, in their order. */
export function messages(bytes) {
  const batch = new Cursor(bytes);
  const count = batch.view.getUint32(0, true);
  const step = batch.view.getUint32(4, true);
  const first = batch.view.getUint32(12, true);
  return Array.from({ length: count }, (_, n) => new Message(batch, first + n * step));
}

/**
 * A bit for each message and predicate, the lowest one first. A predicate that fails on a message
 * does not match it.
 */
export function rowsOfBits(rows, predicates) {
  const bits = new Uint8Array((rows.length * predicates.length + 7) >> 3);
  let place = 0;
  for (const message of rows) {
    for (const predicate of predicates) {
      if (holds(predicate, message)) bits[place >> 3] |= 1 << (place & 7);
      place += 1;
    }
  }
  return bits;
}

function holds(predicate, message) {
  try {
    return predicate(message);
  } catch {
    return false;
  }
}

// ---- the exports --------------------------------------------------------------------------------

/**
 * What a component has to export under the name `filter`, made of a language:
 *
 * - `description`: what the broker is told about the plugin, as README.md says;
 * - `prepare(expression)`: compiles; answers a function of a message and what that reads, as
 *   `{ predicate, reads }`, or throws a Refused;
 * - `begin(configuration, context)`, with an object and a Map, and `end()`, where it needs them;
 * - optional entries, named in `entries` of the description: `transform(expression, message)`,
 *   which answers a verdict as the contract's, `inspect(expression)`, of the language where that is
 *   undefined, `explain(expression)`, `attempt(expression, message)`, which is the entry `try`, and
 *   `command(configuration, arguments, input)`. What they answer is made to JSON.
 */
export function exportsOf(language) {
  const compiled = new Map();
  const known = (handle) => {
    const found = compiled.get(handle);
    if (found) return found;
    throw new Refused(`expression ${handle} is not compiled`, undefined, undefined, 'not-found');
  };
  const entry = (name, called = name) => {
    if (language[name]) return language[name].bind(language);
    throw new Refused(`this plugin has no ${called}`, undefined, undefined, 'unsupported');
  };
  return {
    describe: () => JSON.stringify(language.description),
    create: (configuration, context) => {
      language.begin?.(JSON.parse(configuration), decodeMap(context));
    },
    destroy: () => {
      language.end?.();
    },
    compile: (handle, expression) => {
      const made = language.prepare(expression);
      compiled.set(handle, { ...made, expression });
      return made.reads;
    },
    release: (handle) => {
      compiled.delete(handle);
    },
    matches: (batch, handles) =>
      rowsOfBits(messages(batch), Array.from(handles, (handle) => known(handle).predicate)),
    transform: (handle, message) =>
      entry('transform')(known(handle).expression, messages(message)[0]),
    inspect: (handle) => {
      const expression = handle === undefined ? undefined : known(handle).expression;
      return JSON.stringify(entry('inspect')(expression));
    },
    explain: (expression) => JSON.stringify(entry('explain')(expression)),
    tryExpression: (expression, message) =>
      JSON.stringify(entry('attempt', 'try')(expression, messages(message)[0])),
    command: (configuration, words, input) =>
      entry('command', 'subcommand')(JSON.parse(configuration), words, input),
  };
}
