/*
 * Exchange type `x-my-plugin`: a message goes to the bindings whose key its routing key begins with. A
 * binding with the argument `ignore-case` takes upper and lower case for the same.
 *
 * bind keeps what matters of a binding, route decides about a message. philter_exchange.js does the
 * rest: nothing here knows that there are batches or offsets. A real exchange would have an index;
 * this one looks at every binding.
 */
import { exportsOf } from './philter_exchange.js';
import { KEY, Refused } from './philter_guest.js';

export class Prefixes {
  description = {
    name: 'my-plugin',
    version: '0.1.0',
    licence: 'MIT OR Apache-2.0',
    type: 'x-my-plugin',
  };

  /** Functions of a routing key, by the bindings' numbers. */
  #bindings = new Map();

  bind(number, binding) {
    const ignoresCase = binding.arguments.get('ignore-case') ?? false;
    if (typeof ignoresCase !== 'boolean') {
      throw new Refused("the argument 'ignore-case' is no boolean");
    }
    const folded = (text) => (ignoresCase ? text.toLowerCase() : text);
    const begin = folded(binding.key);
    this.#bindings.set(number, (key) => folded(key).startsWith(begin));
    // Equal keys get equal answers, so the broker may remember them.
    return { reads: KEY, isCacheable: true };
  }

  unbind(number) {
    return this.#bindings.delete(number);
  }

  route(message) {
    const all = Array.from(this.#bindings);
    return all.filter(([, matches]) => matches(message.key)).map(([number]) => number);
  }
}

export const exchange = exportsOf(new Prefixes());
