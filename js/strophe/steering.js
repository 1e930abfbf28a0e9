// SPDX-License-Identifier: MIT
// The steps of a login that a program does in its own way, or looks at: loaded when the engine is
// to stop for them (see login.js). In pages this is a file of its own: it imports nothing that
// there may be only one of.

import { ErrorCondition, NS, Status } from './constants.js';
import { isScramKeys, useKeys } from './scram-keys.js';

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./sasl.js').SASLMechanism} SASLMechanism */
/**
 * What it has in common with the rest of the library.
 *
 * @typedef {object} Shared
 * @property {typeof import('../element.js').Stanza} Stanza
 * @property {typeof import('./builder.js').$build} $build
 * @property {typeof import('./log.js').handleError} handleError
 * @property {typeof import('./log.js').log} log
 */
/** @type {Shared} */
let shared;

/** @param {string | null} text of a challenge or success */
const decode = (text) => (text && text !== '=' ? atob(text) : '');

/**
 * @param {Connection} conn @param {string} name @param {string | false} data
 * @param {object} [attributes]
 */
function sendSasl(conn, name, data, attributes) {
  const element = shared.$build(name, { xmlns: NS.SASL, ...attributes });
  if (data) element.t(btoa(data));
  else if (name === 'auth' && data === '') element.t('=');
  conn.send(element);
}

/**
 * @param {Connection} conn @param {Element} element what the engine has stopped at
 * @returns {any}
 */
function step(conn, element) {
  const has = (/** @type {string} */ name) => element.getElementsByTagName(name).length > 0;
  const isFeatures = element.namespaceURI === NS.STREAM;
  const isBehind = has('bind') && !has('mechanism'); // logged in as the session began
  if (isFeatures && !isBehind && conn._proto._client.state !== 'binding') {
    if (conn._stop) return undefined;
    conn._stop = 'login';
    return conn._connect_cb(/** @type {any} */ (element.parentNode), null);
  }
  if (isFeatures) {
    conn._stop = 'bind';
    return conn._sasl_auth1_cb(element);
  }
  if (element.localName === 'failure') conn._stop = 'login';
  if (element.namespaceURI !== NS.SASL || !conn._sasl_mechanism) return undefined;
  if (element.localName === 'challenge') return conn._sasl_challenge_cb(element);
  if (element.localName === 'success') return conn._sasl_success_cb(element);
  return conn._sasl_failure_cb(element);
}

/**
 * A step of the program's that throws is a login that failed.
 * @param {Connection} conn @param {() => any} step
 */
async function guard(conn, step) {
  const { _client: client } = conn._proto;
  try {
    await step();
  } catch (error) {
    shared.handleError(error);
    if (!client || client !== conn._proto._client || conn.disconnecting) return;
    const { cause } = /** @type {any} */ (error ?? {});
    if (cause?.code === 'BOSH_ERR_PLAIN_NEEDS_HTTPS') return conn._fail('plain-needs-https');
    if (conn._stop === 'sasl') sendSasl(conn, 'abort', false);
    conn._sasl_failure_cb(null);
  }
}

/** @param {Connection} conn @param {SASLMechanism} mechanism of the program */
async function start(conn, mechanism) {
  conn._sasl_mechanism = mechanism;
  conn._sasl_data = {};
  const { _client: client } = conn._proto;
  mechanism.onStart(conn);
  const { mechname, isClientFirst } = mechanism;
  const first = isClientFirst && (await mechanism.clientChallenge(conn));
  if (client !== conn._proto._client || conn.disconnecting) return; // the login is over meanwhile
  sendSasl(conn, 'auth', first, { mechanism: mechname });
  conn._stop = 'sasl';
}

/** Methods of connections, to be overridden. */
const steps = {
  /**
   * The engine does the next step, as whoever the connection is now.
   * @this {any} @param {string} [mechanisms]
   */
  _continue(mechanisms = '') {
    const { _client: client } = this._proto;
    if (!client) return;
    const { engine } = client;
    const { pass } = this;
    engine.lendStrings([this._loginJid(), mechanisms], (/** @type {number[]} */ ...at) =>
      client.call('set_login', ...at),
    );
    if (mechanisms && isScramKeys(pass)) useKeys(client, pass);
    else if (mechanisms && pass !== null)
      engine.lendStrings([String(pass)], (/** @type {number} */ at) =>
        client.call('set_password', at),
      );
    this._stop = 'engine';
    client.call('continue_login');
  },

  /**
   * The engine has stopped.
   * @this {Connection}
   * @param {{body: import('../received.js').Body, place: number} | null} told null: an abort was
   *   not answered
   */
  _stopped(told) {
    if (!told) {
      this._stop = 'login';
      return;
    }
    const { element } = new shared.Stanza(told.body, told.place, this._shown);
    guard(this, () => step(this, element));
  },

  /**
   * The first features are there.
   * @this {Connection}
   * @param {any} request an Element, or text @param {any} [_callback]
   */
  _connect_cb(request, _callback) {
    const body = this._proto._reqToData(request);
    if (!body) return;
    this.connected = true;
    this._showInput(body);
    if (this._proto._connect_cb(body) === Status.CONNFAIL) return;
    const offered = Array.from(/** @type {Element} */ (body).getElementsByTagName('mechanism'));
    const matched = offered.flatMap((one) => this.mechanisms[one.textContent ?? ''] ?? []);
    this._matched = matched;
    if (!matched.length) this._proto._no_auth_received(_callback);
    else if (this.do_authentication !== false) this.authenticate(matched);
  },

  /**
   * @this {Connection}
   * @param {SASLMechanism[]} [matched] those that the server offers, too
   */
  authenticate(matched) {
    if (!this._attemptSASLAuth(matched ?? this._matched ?? Object.values(this.mechanisms)))
      this._fail(ErrorCondition.NO_AUTH_MECH);
  },

  /**
   * @this {Connection}
   * @param {SASLMechanism[]} mechanisms
   * @returns {boolean} can one of them be used?
   */
  _attemptSASLAuth(mechanisms) {
    const usable = this._usable(mechanisms);
    if (!usable.length) return false;
    const count = usable.findIndex((one) => !this._isEngines(one));
    const engines = count < 0 ? usable : usable.slice(0, count);
    if (engines.length) this._continue(engines.map((one) => one.mechname).join(' '));
    else guard(this, () => start(this, usable[0]));
    return true;
  },

  /** @this {Connection} @param {Element} challenge */
  async _sasl_challenge_cb(challenge) {
    const { _sasl_mechanism: mechanism, _proto: proto } = this;
    const { _client: client } = proto;
    const text = decode(challenge.textContent);
    const answer = await mechanism?.onChallenge(this, text);
    if (client !== proto._client || this.disconnecting) return false;
    // False: the mechanism has said itself that it failed.
    sendSasl(this, answer === false ? 'abort' : 'response', answer ?? '');
    return true;
  },

  /** @this {Connection} @param {Element} success */
  _sasl_success_cb(success) {
    const { cnonce, 'server-signature': signature, keys } = this._sasl_data;
    const proof = /(?:^|,)v=([^,]+)/.exec(decode(success.textContent))?.[1];
    // SASL-6: a server that has sent no challenge has proved nothing, either.
    if (cnonce && (!signature || proof !== signature)) {
      shared.log.error('the server could not prove that it knows the password');
      this._sasl_data = {};
      this._sasl_failure_cb(null);
      this._proto._drop();
      return false;
    }
    if (keys) this.scram_keys = keys;
    this._sasl_mechanism?.onSuccess();
    this._sendRestart();
    return false;
  },

  /** @this {Connection} */
  _sendRestart() {
    this._proto._client?.call('continue_login');
  },

  /** The name it had in old versions. @this {Connection} @param {Element} features */
  _sasl_auth1_cb(features) {
    return this._onStreamFeaturesAfterSASL(features);
  },

  /** @this {Connection} @param {Element} features */
  _onStreamFeaturesAfterSASL(features) {
    this._setFeatures(features);
    this._proceedToBind();
    return false;
  },

  /** @this {Connection} */
  _proceedToBind() {
    if (!this.do_bind) this._changeConnectStatus(Status.AUTHFAIL, null);
    else if (this.options.explicitResourceBinding)
      this._changeConnectStatus(Status.BINDREQUIRED, null);
    else this.bind();
  },
};

/** @param {Shared} parts */
export function makeSteps(parts) {
  shared = parts;
  return steps;
}
