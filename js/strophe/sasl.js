// SPDX-License-Identifier: MIT
// The mechanisms of the login as classes, the way Strophe has them: programs subclass them, pass a
// choice of them to a connection and change their priorities.

import { arrayBufToBase64, utf16to8 } from './bytes.js';
import { log } from './log.js';

/** @typedef {import('./connection.js').Connection} Connection */

export class SASLMechanism {
  /**
   * @param {string} name
   * @param {boolean} isClientFirst
   * @param {number} priority the highest usable wins
   */
  constructor(name, isClientFirst, priority) {
    this.mechname = name;
    this.isClientFirst = isClientFirst;
    this.priority = priority;
    /** @type {Connection | null} */
    this._connection = null;
  }

  /** Can it be used here? @param {Connection} _connection @returns {boolean} */
  test(_connection) {
    return true;
  }

  /** @param {Connection} connection */
  onStart(connection) {
    this._connection = connection;
  }

  /**
   * The answer to a challenge, as a binary string (see utf16to8).
   * @param {Connection} _connection @param {string} [_challenge]
   * @returns {string | false | Promise<string | false>}
   */
  onChallenge(_connection, _challenge) {
    throw new Error('You should implement challenge handling!');
  }

  /** What to say first. @param {Connection} connection @param {string} [_test_cnonce] */
  clientChallenge(connection, _test_cnonce) {
    if (!this.isClientFirst)
      throw new Error('clientChallenge should not be called if isClientFirst is false!');
    return this.onChallenge(connection);
  }

  onFailure() {
    this._connection = null;
  }

  onSuccess() {
    this._connection = null;
  }
}

export class SASLAnonymous extends SASLMechanism {
  constructor(mechname = 'ANONYMOUS', isClientFirst = false, priority = 20) {
    super(mechname, isClientFirst, priority);
  }

  /** @param {Connection} connection */
  test(connection) {
    return connection.authcid === null;
  }
}

export class SASLExternal extends SASLMechanism {
  constructor(mechname = 'EXTERNAL', isClientFirst = true, priority = 10) {
    super(mechname, isClientFirst, priority);
  }

  /** @param {Connection} connection */
  onChallenge({ authcid, authzid }) {
    return authcid === authzid ? '' : utf16to8(authzid ?? '');
  }
}

export class SASLPlain extends SASLMechanism {
  constructor(mechname = 'PLAIN', isClientFirst = true, priority = 50) {
    super(mechname, isClientFirst, priority);
  }

  /** @param {Connection} connection */
  test(connection) {
    return connection.authcid !== null;
  }

  /** @param {Connection} connection */
  onChallenge({ authcid, authzid, domain, pass }) {
    if (!domain) throw new Error('SASLPlain onChallenge: domain is not defined!');
    const other = authzid === `${authcid}@${domain}` ? '' : authzid;
    return utf16to8(`${other}\0${authcid}\0${pass}`);
  }
}

export class SASLOAuthBearer extends SASLMechanism {
  constructor(mechname = 'OAUTHBEARER', isClientFirst = true, priority = 40) {
    super(mechname, isClientFirst, priority);
  }

  /** @param {Connection} connection */
  test(connection) {
    return connection.pass !== null;
  }

  /** @param {Connection} connection */
  onChallenge({ authcid, authzid, pass }) {
    const account = authcid === null ? '' : `a=${authzid}`;
    return utf16to8(`n,${account},\x01auth=Bearer ${pass}\x01\x01`);
  }
}

export class SASLXOAuth2 extends SASLMechanism {
  constructor(mechname = 'X-OAUTH2', isClientFirst = true, priority = 30) {
    super(mechname, isClientFirst, priority);
  }

  /** @param {Connection} connection */
  test(connection) {
    return connection.pass !== null;
  }

  /** @param {Connection} connection */
  onChallenge({ authcid, authzid, pass }) {
    return utf16to8(`\0${authcid === null ? '' : authzid}\0${pass}`);
  }
}

/** In a name, the two characters that mean something in SCRAM. @param {string | null} name */
const escapeName = (name) => String(name).replace(/=/g, '=3D').replace(/,/g, '=2C');

/** A SCRAM of one hash. */
class SASLScram extends SASLMechanism {
  /**
   * @param {string} mechname
   * @param {boolean} isClientFirst
   * @param {number} priority
   * @param {string} hash
   * @param {number} bits
   */
  constructor(mechname, isClientFirst, priority, hash, bits) {
    super(mechname, isClientFirst, priority);
    this._hash = hash;
    this._bits = bits;
  }

  /** @param {Connection} connection */
  test(connection) {
    return connection.authcid !== null;
  }

  /** @param {Connection} connection @param {string} [challenge] */
  async onChallenge(connection, challenge = '') {
    const { scramResponse } = await import('./scram.js');
    return scramResponse(connection, challenge, this._hash, this._bits, (reason) => {
      log.warn(`Failing SCRAM authentication: ${reason}`);
      connection._sasl_data = {};
      return connection._sasl_failure_cb(null);
    });
  }

  /**
   * What of it is needed later is put into connection._sasl_data.
   * @param {Connection} connection @param {string} [test_cnonce] instead of a random one
   */
  clientChallenge(connection, test_cnonce) {
    const random = () => arrayBufToBase64(crypto.getRandomValues(new Uint8Array(16)).buffer);
    const cnonce = test_cnonce || random();
    const bare = `n=${escapeName(connection.authcid)},r=${cnonce}`;
    connection._sasl_data.cnonce = cnonce;
    connection._sasl_data['client-first-message-bare'] = bare;
    return utf16to8(`n,,${bare}`);
  }
}

export class SASLSHA1 extends SASLScram {
  constructor(mechname = 'SCRAM-SHA-1', isClientFirst = true, priority = 60) {
    super(mechname, isClientFirst, priority, 'SHA-1', 160);
  }
}

export class SASLSHA256 extends SASLScram {
  constructor(mechname = 'SCRAM-SHA-256', isClientFirst = true, priority = 70) {
    super(mechname, isClientFirst, priority, 'SHA-256', 256);
  }
}

export class SASLSHA384 extends SASLScram {
  constructor(mechname = 'SCRAM-SHA-384', isClientFirst = true, priority = 71) {
    super(mechname, isClientFirst, priority, 'SHA-384', 384);
  }
}

export class SASLSHA512 extends SASLScram {
  constructor(mechname = 'SCRAM-SHA-512', isClientFirst = true, priority = 72) {
    super(mechname, isClientFirst, priority, 'SHA-512', 512);
  }
}

/** What a connection may use unless told otherwise. */
export const allMechanisms = [
  ...[SASLAnonymous, SASLExternal, SASLOAuthBearer, SASLXOAuth2, SASLPlain],
  ...[SASLSHA1, SASLSHA256, SASLSHA384, SASLSHA512],
];

/** What a mechanism does, as it is here. */
const STEPS = /** @type {const} */ ([
  ...['onStart', 'onChallenge', 'clientChallenge', 'onSuccess', 'onFailure'],
]);
const own = new Map(
  allMechanisms.map((Ours) => [
    /** @type {Function} */ (Ours),
    STEPS.map((step) => Ours.prototype[step]),
  ]),
);

/** Is it one of these, with nothing replaced? @param {SASLMechanism} mechanism */
export function isOwn(mechanism) {
  const steps = own.get(mechanism.constructor);
  return steps !== undefined && STEPS.every((step, i) => mechanism[step] === steps[i]);
}

/** The best first; the array itself is sorted. @param {SASLMechanism[]} mechanisms */
export function sortByPriority(mechanisms) {
  return mechanisms.sort((a, b) => b.priority - a.priority);
}
