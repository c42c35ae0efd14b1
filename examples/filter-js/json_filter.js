/* The component: the filter language `json-js`. Its predicates are in json_predicate.js. */
import { prepare } from './json_predicate.js';
import { exportsOf } from './philter_guest.js';

export const filter = exportsOf({
  description: {
    name: 'filter-js',
    version: '0.1.0',
    licence: 'MIT OR Apache-2.0',
    type: 'json-js',
    entries: ['try'],
  },
  prepare,
  attempt(expression, message) {
    const { predicate, reads } = prepare(expression);
    return { matches: predicate(message), reads };
  },
});
