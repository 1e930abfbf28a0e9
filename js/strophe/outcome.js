// SPDX-License-Identifier: MIT
// Why a session ended, in the words of Strophe: which status, with which condition.

import { ErrorCondition, Status } from './constants.js';

/**
 * @typedef {{code: string, message: string, detail: {httpStatus?: number, condition?: string,
 *   stanzaCondition?: string}}} EngineError
 */
/**
 * @typedef {{status: number, condition: string | null | undefined, isFinal: boolean}} Outcome
 *   isFinal: DISCONNECTED follows by itself
 */

/** The login was refused: the program decides what comes next, as with Strophe. */
const refused = /^(AUTH|SASL|SASLPREP|SCRAM_.*|CREDENTIALS|BIND)$/;

/** The server could not be reached, or not any more. */
const unreachable = /^(SESSION_LOST|STEP_TIMEOUT|TIMEOUT|RESET|CONNECT|DNS|PROXY)$/;

/** Other than what their names say. @type {Record<string, string>} */
const conditions = {
  NO_MECHANISM: ErrorCondition.NO_AUTH_MECH,
  SESSION_REFUSED: 'item-not-found',
  TLS: 'tls-failed',
  CERTIFICATE: 'certificate-refused',
  ARGUMENT: 'bad-argument',
  URL: 'bad-service',
  JID: 'bad-jid',
  CREATION: 'bad-service',
  INTERNAL: 'engine-error',
};

/** @param {EngineError['detail']} detail */
function ofTermination({ condition, stanzaCondition }) {
  if (stanzaCondition === ErrorCondition.CONFLICT) return ErrorCondition.CONFLICT;
  return condition && !condition.startsWith('(') ? condition : null;
}

/**
 * @param {Partial<EngineError>} error not the engine's: what it was given is wrong
 * @returns {Outcome}
 */
export function outcomeOf({ code = 'ARGUMENT', detail = {} }) {
  const name = code.replace('BOSH_ERR_', '');
  const connfail = (/** @type {string} */ condition) => ({
    status: Status.CONNFAIL,
    condition,
    isFinal: true,
  });
  if (refused.test(name)) {
    const isConflict = name === 'BIND' && detail.stanzaCondition === ErrorCondition.CONFLICT;
    const condition = isConflict ? ErrorCondition.CONFLICT : null;
    return { status: Status.AUTHFAIL, condition, isFinal: false };
  }
  if (unreachable.test(name)) return { status: Status.CONNTIMEOUT, condition: null, isFinal: true };
  if (name.startsWith('RESPONSE_')) return connfail(ErrorCondition.BAD_FORMAT);
  if (name.startsWith('HTTP_')) return connfail(`http-${detail.httpStatus}`);
  if (name === 'CONDITION' || name === 'TERMINATED' || name === 'STREAM')
    return { ...connfail(''), condition: ofTermination(detail) };
  return connfail(conditions[name] ?? name.toLowerCase().replaceAll('_', '-'));
}
