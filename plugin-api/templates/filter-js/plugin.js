/*
 * Filter language `my-plugin`: `NAME = VALUE` matches the messages whose header NAME has that value, a
 * text or a whole number.
 *
 * prepare is the language, and the function that it answers decides about a message.
 * philter_guest.js does the rest: nothing here knows that there are batches, handles or offsets.
 */
import { HEADERS, Refused, exportsOf } from './philter_guest.js';

export function prepare(expression) {
  const equal = expression.indexOf('=');
  if (equal < 0) throw new Refused('wanted NAME = VALUE, found no =', 1, expression.length + 1);
  const name = expression.slice(0, equal).trim();
  const value = expression.slice(equal + 1).trim();
  if (name === '') throw new Refused('wanted the name of a header before the =', 1, 1);
  const predicate = (message) => {
    const found = message.headers.get(name);
    const isNumber = typeof found === 'number' || typeof found === 'bigint';
    return (isNumber ? String(found) : found) === value;
  };
  // The broker hands over no more than what is read.
  return { predicate, reads: HEADERS };
}

export const filter = exportsOf({
  description: {
    name: 'my-plugin',
    version: '0.1.0',
    licence: 'MIT OR Apache-2.0',
    type: 'my-plugin',
  },
  prepare,
});
