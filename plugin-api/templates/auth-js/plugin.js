/*
 * Auth provider `my-plugin`: lets the users of its configuration in by SASL's PLAIN (RFC 4616), over
 * connections that nobody reads along.
 *
 * Begin with `judge`, which says who may come in; philter_auth.js does the rest. Users with their
 * passwords in a configuration are for trying out: ask your directory or your token's issuer there,
 * by a file or an endpoint that the broker grants (philter_auth.js says how).
 *
 * No password is in a text, a log line or an error.
 */
import { challenge, exportsOf, failure, notMine, success } from './philter_auth.js';
import { Refused } from './philter_guest.js';

const utf8 = new TextDecoder();

export class Users {
  description = {
    name: 'my-plugin',
    version: '0.1.0',
    licence: 'MIT OR Apache-2.0',
    type: 'my-plugin',
    'configuration-schema': {
      type: 'object',
      properties: {
        users: {
          type: 'object',
          description: 'Passwords by users',
          additionalProperties: { type: 'string' },
        },
      },
      additionalProperties: false,
    },
  };

  /** Passwords by users. */
  #users = new Map();

  /** Logins that still owe their message. */
  #asked = new Set();

  begin(configuration) {
    const unknown = Object.keys(configuration).find((key) => key !== 'users');
    if (unknown) throw new Refused(`the configuration of my-plugin has no '${unknown}'`);
    const users = Object.entries(configuration.users ?? {});
    if (users.some(([, password]) => typeof password !== 'string')) {
      throw new Refused('users are names with passwords: {"jo": "secret"}');
    }
    this.#users = new Map(users);
  }

  mechanisms(peer) {
    return peer.isEncrypted || peer.isLoopback ? ['PLAIN'] : [];
  }

  start(session, peer, mechanism, initial) {
    if (mechanism !== 'PLAIN') return notMine();
    if (this.mechanisms(peer).length === 0) {
      return failure(`PLAIN from ${peer.address}, which is not encrypted`);
    }
    if (initial === undefined) {
      this.#asked.add(session);
      return challenge();
    }
    return this.judge(initial);
  }

  step(session, response) {
    if (!this.#asked.delete(session)) return failure('this login never began');
    return this.judge(response);
  }

  abandon(session) {
    this.#asked.delete(session);
  }

  /** Who a PLAIN message is of: somebody else's identity, NUL, the user, NUL, the password. */
  judge(message) {
    const fields = utf8.decode(message).split('\0');
    if (fields.length !== 3) return failure('no PLAIN message');
    const [, user, password] = fields;
    const wanted = this.#users.get(user);
    if (wanted === undefined) return notMine(); // the next provider may know the user
    return areEqual(wanted, password) ? success(user) : failure(`wrong password for ${user}`);
  }
}

/** Whether both are equal, in a time that does not say how far they are. */
function areEqual(left, right) {
  let differing = left.length ^ right.length;
  for (let at = 0; at < right.length; at += 1) {
    differing |= left.charCodeAt(at % Math.max(left.length, 1)) ^ right.charCodeAt(at);
  }
  return differing === 0;
}

export const auth = exportsOf(new Users());
