/*
 * Predicates over messages with JSON bodies, in a safe part of JavaScript's own syntax:
 * `body.temperature > 30 && headers.site == 'b'`.
 *
 * A parser of this file's own makes functions of an expression; nothing is ever handed to eval() or
 * Function(). What it does not know is refused with its place.
 */
import { BODY, HEADERS, KEY, PROPERTIES, Refused } from './philter_guest.js';

/** Characters of an expression: more is no expression that somebody wrote. */
export const EXPRESSION_LENGTH_MAX = 4096;

/** How deep an expression may nest: compiling and deciding take stack for each. */
const DEPTH_MAX = 40;

/** @returns {{ predicate: function(Message): boolean, reads: number }} */
export function prepare(text) {
  if (text.length > EXPRESSION_LENGTH_MAX) {
    const limit = `an expression has at most ${EXPRESSION_LENGTH_MAX} characters`;
    throw new Refused(limit, undefined, undefined, 'limit-exceeded');
  }
  const parser = new Parser(text);
  const decide = parser.whole();
  return { predicate: (message) => Boolean(decide({ message })), reads: parser.reads };
}

// ---- values -------------------------------------------------------------------------------------

/** `of.name`, `of['name']`, `of[0]`; undefined where that is not there. */
function member(of, name) {
  if (of instanceof Map) return of.get(name);
  if (Array.isArray(of)) {
    return name === 'length' ? of.length : Number.isInteger(name) ? of.at(name) : undefined;
  }
  if (typeof of === 'string') return name === 'length' ? of.length : undefined;
  return isObject(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

const isObject = (value) => typeof value === 'object' && value !== null;
const isNumber = (value) => typeof value === 'number' || typeof value === 'bigint';

/** Whether two values have an order: two numbers, or two texts. */
const ordered = (a, b) =>
  (isNumber(a) && isNumber(b)) || (typeof a === 'string' && typeof b === 'string');

/** null and what is not there are the same; nothing else is converted. */
const equal = (a, b) => (a ?? null) === (b ?? null);

const among = (a, list) => Array.isArray(list) && list.some((element) => equal(a, element));

/** A number of two, or undefined: + would join texts. */
const arithmetic = (calculate) => (a, b) =>
  typeof a === 'number' && typeof b === 'number' ? calculate(a, b) : undefined;

/** How close each sign binds, and what it does. */
const SIGNS = {
  '==': [3, equal],
  '===': [3, equal],
  '!=': [3, (a, b) => !equal(a, b)],
  '!==': [3, (a, b) => !equal(a, b)],
  '<': [4, (a, b) => ordered(a, b) && a < b],
  '<=': [4, (a, b) => ordered(a, b) && a <= b],
  '>': [4, (a, b) => ordered(a, b) && a > b],
  '>=': [4, (a, b) => ordered(a, b) && a >= b],
  in: [4, among],
  '+': [5, arithmetic((a, b) => a + b)],
  '-': [5, arithmetic((a, b) => a - b)],
  '*': [6, arithmetic((a, b) => a * b)],
  '/': [6, arithmetic((a, b) => a / b)],
  '%': [6, arithmetic((a, b) => a % b)],
};
const OR = 1, AND = 2, LOOSEST = OR;

const texts = (decide) => (a, b) =>
  typeof a === 'string' && typeof b === 'string' && decide(a, b);

/** By name: of a value and an argument. */
const METHODS = {
  startsWith: texts((of, text) => of.startsWith(text)),
  endsWith: texts((of, text) => of.endsWith(text)),
  includes: (of, part) => texts((a, b) => a.includes(b))(of, part) || among(part, of),
};

/** By name: of a list and a test of an element. */
const QUANTIFIERS = {
  some: (list, test) => Array.isArray(list) && list.some(test),
  every: (list, test) => Array.isArray(list) && list.every(test),
};

const CONSTANTS = { true: true, false: false, null: null, undefined: undefined };
const ROOTS = {
  key: [KEY, ({ message }) => message.key],
  properties: [PROPERTIES, ({ message }) => message.properties],
  headers: [HEADERS, ({ message }) => message.headers],
  body: [BODY, ({ message }) => message.json],
};

// ---- words --------------------------------------------------------------------------------------

/** What an expression is made of, by the kind of token. */
const KINDS = {
  space: /\s+/,
  name: /[A-Za-z_$][\w$]*/,
  number: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/,
  text: /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/,
  sign: /=>|[=!]==?|[<>]=?|&&|\|\||[-+*/%!().,[\]]/,
};
const TOKEN = new RegExp(
  Object.entries(KINDS).map(([kind, { source }]) => `(?<${kind}>${source})`).join('|'),
  'uy',
);

const ESCAPES = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw refused(text, at, unknown(text, at));
    const [kind] = Object.entries(match.groups).find(([, part]) => part !== undefined);
    if (kind !== 'space') found.push({ kind, at, text: match[0] });
  }
  found.push({ kind: 'end', at: text.trimEnd().length, text: 'the end' });
  return found;
}

function unknown(text, at) {
  const character = String.fromCodePoint(text.codePointAt(at));
  return character === "'" || character === '"'
    ? 'this text has no end'
    : `'${character}' means nothing here`;
}

/** A Refused with the place of a character. */
function refused(text, at, what, kind) {
  const before = text.slice(0, at).split('\n');
  return new Refused(what, before.length, [...before.at(-1)].length + 1, kind);
}

// ---- expressions --------------------------------------------------------------------------------

/** Makes functions of a scope: `message`, and an arrow's names. */
class Parser {
  reads = 0;
  #text;
  #tokens;
  #next = 0;
  #depth = 0;
  #names = [];

  constructor(text) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  get #token() {
    return this.#tokens[this.#next];
  }

  #refuse(what, kind, token = this.#token) {
    throw refused(this.#text, token.at, what, kind);
  }

  #is(text) {
    return this.#token.text === text && this.#token.kind !== 'text' && this.#token.kind !== 'end';
  }

  /** Goes over a token where it is there. */
  #over(text) {
    const is = this.#is(text);
    if (is) this.#next += 1;
    return is;
  }

  #expect(text) {
    if (!this.#over(text)) this.#refuse(`expected ${text}, found ${this.#token.text}`);
  }

  #name() {
    if (this.#token.kind !== 'name') this.#refuse(`expected a name, found ${this.#token.text}`);
    return this.#tokens[this.#next++].text;
  }

  whole() {
    const decide = this.#expression(LOOSEST);
    if (this.#token.kind !== 'end') this.#refuse(`expected an operator, found ${this.#token.text}`);
    return decide;
  }

  #limit(depth) {
    if (depth < DEPTH_MAX) return;
    this.#refuse(`nested more than ${DEPTH_MAX} deep`, 'limit-exceeded');
  }

  /** What binds at least as close as `closeness`. */
  #expression(closeness) {
    this.#limit(this.#depth);
    this.#depth += 1;
    let made = this.#prefixed();
    for (;;) {
      if (closeness <= OR && this.#is('||')) made = this.#joined('||', AND, made, false);
      else if (closeness <= AND && this.#is('&&')) made = this.#joined('&&', AND + 1, made, true);
      else if (!this.#binds(closeness)) break;
      else made = this.#signed(made);
    }
    this.#depth -= 1;
    return made;
  }

  #binds(closeness) {
    const { kind, text } = this.#token;
    return kind !== 'text' && Object.hasOwn(SIGNS, text) && SIGNS[text][0] >= closeness;
  }

  /** Several parts in a row, so that a long row is not deep. */
  #joined(sign, closeness, first, all) {
    const parts = [first];
    while (this.#over(sign)) parts.push(this.#expression(closeness));
    return all
      ? (scope) => parts.every((part) => part(scope))
      : (scope) => parts.some((part) => part(scope));
  }

  #signed(left) {
    const [closeness, decide] = SIGNS[this.#tokens[this.#next++].text];
    const right = this.#expression(closeness + 1);
    return (scope) => decide(left(scope), right(scope));
  }

  #prefixed() {
    if (this.#over('!')) {
      const of = this.#expression(7);
      return (scope) => !of(scope);
    }
    if (this.#over('-')) {
      const of = this.#expression(7);
      return (scope) => SIGNS['-'][1](0, of(scope));
    }
    return this.#members(this.#primary());
  }

  #primary() {
    const { kind, text } = this.#token;
    if (kind === 'number') return this.#constant(numberOf(text));
    if (kind === 'text') return this.#constant(this.#unquoted());
    if (kind === 'name') return this.#root();
    if (this.#over('(')) {
      const inner = this.#expression(LOOSEST);
      this.#expect(')');
      return inner;
    }
    if (this.#over('[')) return this.#list();
    return this.#refuse(`expected a value, found ${text}`);
  }

  #constant(value) {
    this.#next += 1;
    return () => value;
  }

  #unquoted() {
    const { text, at } = this.#token;
    return text.slice(1, -1).replace(/\\(.)/gsu, (_, character, offset) => {
      if (character in ESCAPES) return ESCAPES[character];
      throw refused(this.#text, at + 1 + offset, `\\${character} means nothing in a text`);
    });
  }

  #root() {
    const token = this.#token;
    const name = this.#name();
    if (this.#names.includes(name)) return (scope) => scope[name];
    if (Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name];
    if (!Object.hasOwn(ROOTS, name)) {
      const known = Object.keys(ROOTS).join(', ');
      this.#refuse(`'${name}' is not known: there are ${known}`, undefined, token);
    }
    const [reads, read] = ROOTS[name];
    this.reads |= reads;
    return read;
  }

  #list() {
    const elements = [];
    while (!this.#is(']')) {
      elements.push(this.#expression(LOOSEST));
      if (!this.#over(',')) break;
    }
    this.#expect(']');
    return (scope) => elements.map((element) => element(scope));
  }

  #members(made) {
    for (let links = 0; ; links += 1) {
      this.#limit(links);
      const of = made;
      if (this.#over('[')) {
        const name = this.#expression(LOOSEST);
        this.#expect(']');
        made = (scope) => member(of(scope), name(scope));
      } else if (this.#over('.')) {
        made = this.#dotted(of);
      } else {
        return made;
      }
    }
  }

  #dotted(of) {
    const token = this.#token;
    const name = this.#name();
    if (!this.#over('(')) return (scope) => member(of(scope), name);
    if (Object.hasOwn(QUANTIFIERS, name)) return this.#quantified(of, QUANTIFIERS[name]);
    if (!Object.hasOwn(METHODS, name)) {
      const known = [...Object.keys(METHODS), ...Object.keys(QUANTIFIERS)].join(', ');
      this.#refuse(`of methods there are ${known}`, undefined, token);
    }
    const argument = this.#expression(LOOSEST);
    this.#expect(')');
    return (scope) => METHODS[name](of(scope), argument(scope));
  }

  /** `NAME => TEST)` */
  #quantified(of, quantify) {
    const token = this.#token;
    const name = this.#name();
    if (name === 'message') this.#refuse("'message' can't be such a name", undefined, token);
    this.#expect('=>');
    this.#names.push(name);
    const test = this.#expression(LOOSEST);
    this.#names.pop();
    this.#expect(')');
    return (scope) => quantify(of(scope), (element) => test({ ...scope, [name]: element }));
  }
}

/** As headers: a whole number that a number does not hold is a bigint. */
function numberOf(text) {
  const number = Number(text);
  return /^\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}
