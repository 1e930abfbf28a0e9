// SPDX-License-Identifier: MIT
// The login of a connection. The engine does each step by itself as long as the method and the
// mechanism that Strophe has for it are ours; where a program has put its own in their place, the
// engine stops, hands over the element, and goes on with what is sent.

import { Stanza } from '../element.js';
import { $build } from './builder.js';
import { ErrorCondition, NS, Status } from './constants.js';
import { getNodeFromJid, getResourceFromJid } from './jid.js';
import { handleError, log } from './log.js';
import { Outbox } from './outbox.js';
import { allMechanisms, isOwn, sortByPriority } from './sasl.js';

/** @typedef {import('./connection.js').Connection} Connection every Login is one */
/** @typedef {import('./sasl.js').SASLMechanism} SASLMechanism */

/** Methods that decide what happens before the login, in it, and behind it. */
const BEFORE = /** @type {const} */ (['_connect_cb', 'authenticate', '_attemptSASLAuth']);
const DURING = /** @type {const} */ (['_sasl_challenge_cb', '_sasl_success_cb', '_sendRestart']);
const BEHIND = /** @type {const} */ ([
  ...['_onStreamFeaturesAfterSASL', '_sasl_auth1_cb', '_proceedToBind', 'bind'],
]);

/** @param {string | null} text of a challenge or success */
const decode = (text) => (text && text !== '=' ? atob(text) : '');

export class Login extends Outbox {
  constructor() {
    super();
    /** @type {any} */
    this.options = {};
    this.jid = '';
    /** @type {string | null} */
    this.domain = null;
    /** @type {string | null} */
    this.authcid = null;
    this.disconnecting = false;
    /** @type {Element | null} what the server offers after the login */
    this.features = null;
    this.do_bind = this.do_session = false;
    this.do_authentication = true;
    /** @type {Record<string, SASLMechanism>} */
    this.mechanisms = {};
    /** The one that is spoken. @type {SASLMechanism | null} */
    this._sasl_mechanism = null;
    /** What a mechanism in JavaScript remembers. @type {Record<string, any>} */
    this._sasl_data = {};
    /** @type {any} */
    this.scram_keys = null;
    /**
     * Who has the login in hand: the program before it ('login'), in its mechanism ('sasl') or
     * before the bind ('bind'), or the engine again ('engine'); '' before all that.
     */
    this._stop = '';
    /** What the server offered of them. @type {SASLMechanism[] | null} */
    this._matched = null;
    /** Does the engine stop before the login? */
    this._stops = false;
  }

  /* ---------------------------------------------------------------------------- mechanisms */

  /** @param {(new () => SASLMechanism)[]} [mechanisms] */
  registerSASLMechanisms(mechanisms) {
    this.mechanisms = {};
    for (const Mechanism of mechanisms || allMechanisms) this.registerSASLMechanism(Mechanism);
  }

  /** @param {new () => SASLMechanism} Mechanism */
  registerSASLMechanism(Mechanism) {
    const mechanism = new Mechanism();
    this.mechanisms[mechanism.mechname] = mechanism;
  }

  /** @param {SASLMechanism[]} mechanisms */
  sortMechanismsByPriority(mechanisms) {
    return sortByPriority(mechanisms);
  }

  /** Those that may be used, the best first. @param {SASLMechanism[]} mechanisms */
  _usable(mechanisms) {
    return this.sortMechanismsByPriority([...mechanisms]).filter((one) => {
      try {
        return one.test(/** @type {any} */ (this));
      } catch (error) {
        handleError(error);
        return false;
      }
    });
  }

  /** Is a mechanism spoken by the engine? @param {SASLMechanism} mechanism */
  _isEngines(mechanism) {
    return isOwn(mechanism) && DURING.every((name) => this._isOurs(name));
  }

  /** @param {(typeof BEFORE | typeof DURING | typeof BEHIND)[number]} name */
  _isOurs(name) {
    return this[name] === Login.prototype[name];
  }

  /* ---------------------------------------------------------------- what the engine is told */

  /** Settings of the engine's client. */
  _loginSettings() {
    const mechanisms = this._usable(Object.values(this.mechanisms));
    const stopBeforeLogin =
      this.do_authentication === false ||
      !BEFORE.every((name) => this._isOurs(name)) ||
      !mechanisms.every((one) => this._isEngines(one)) ||
      this._proto._isConnectReplaced();
    const stopBeforeBind =
      Boolean(this.options.explicitResourceBinding) || !BEHIND.every((name) => this._isOurs(name));
    this._stop = '';
    this._stops = stopBeforeLogin;
    this._matched = null;
    this._sasl_data = {};
    this._sasl_mechanism = null;
    const names = mechanisms.map((one) => one.mechname).join(' ');
    return { mechanisms: names, stopBeforeLogin, stopBeforeBind };
  }

  /** @param {Element} element of what is sent @returns {boolean} is it part of the login? */
  _isLogin(element) {
    const ns = element.namespaceURI ?? element.getAttribute('xmlns');
    if (ns === NS.SASL || element.getAttribute('xmlns') === NS.SASL) return true;
    if (element.tagName !== 'iq') return false;
    const isBind = element.getElementsByTagName('bind').length > 0;
    return this._stop === 'login' || (this._stop === 'bind' && isBind);
  }

  /** @param {string} name @param {string | false} data @param {object} [attributes] */
  _sendSasl(name, data, attributes) {
    const element = $build(name, { xmlns: NS.SASL, ...attributes });
    if (data) element.t(btoa(data));
    else if (name === 'auth' && data === '') element.t('=');
    this.send(element);
  }

  /* ---------------------------------------------------------------------- what the engine tells */

  /** Will the engine stop at this answer, before the login? @param {Element} body */
  _stopsAt(body) {
    const isFirst = this._stops && !this._stop;
    return isFirst && body.getElementsByTagNameNS(NS.STREAM, 'features').length > 0;
  }

  /** Notes which mechanism is spoken. @param {string} text a request */
  _loginSent(text) {
    const name = /<auth\s[^>]*\bmechanism=["']([^"']+)/.exec(text)?.[1];
    if (name) this._sasl_mechanism = this.mechanisms[name] ?? null;
  }

  /**
   * Shows handlers what the engine keeps for itself, up to the end of the login.
   * @param {Element} body an answer
   */
  _showLogin(body) {
    for (const child of Array.from(body.children)) {
      const isMatch = (/** @type {any} */ handler) => handler.isMatch(child);
      if (this._run([...this.handlers], null, isMatch, () => child)) this._tellWishes();
      if (child.localName === 'iq' && child.getElementsByTagName('bind').length) break;
    }
  }

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
    const { element } = new Stanza(told.body, told.place, this._shown);
    this._guard(() => this._step(element, element.namespaceURI === NS.STREAM));
  }

  /** @this {Connection} @param {Element} element @param {boolean} isFeatures @returns {any} */
  _step(element, isFeatures) {
    const has = (/** @type {string} */ name) => element.getElementsByTagName(name).length > 0;
    const isBehind = has('bind') && !has('mechanism'); // logged in as the session began
    if (isFeatures && !isBehind && this._proto._client.state !== 'binding') {
      if (this._stop) return undefined;
      this._stop = 'login';
      return this._connect_cb(/** @type {any} */ (element.parentNode), null);
    }
    if (isFeatures) {
      this._stop = 'bind';
      return this._sasl_auth1_cb(element);
    }
    if (element.localName === 'failure') this._stop = 'login';
    if (element.namespaceURI !== NS.SASL || !this._sasl_mechanism) return undefined;
    if (element.localName === 'challenge') return this._sasl_challenge_cb(element);
    if (element.localName === 'success') return this._sasl_success_cb(element);
    return this._sasl_failure_cb(element);
  }

  /**
   * A step of the program's that throws is a login that failed.
   * @this {Connection} @param {() => any} step
   */
  async _guard(step) {
    const { _client: client } = this._proto;
    try {
      await step();
    } catch (error) {
      handleError(error);
      if (!client || client !== this._proto._client || this.disconnecting) return;
      const { cause } = /** @type {any} */ (error ?? {});
      if (cause?.code === 'BOSH_ERR_PLAIN_NEEDS_HTTPS') return this._fail('plain-needs-https');
      if (this._stop === 'sasl') this._sendSasl('abort', false);
      this._sasl_failure_cb(null);
    }
  }

  /* -------------------------------------------------------------- the steps, to be overridden */

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
  }

  /**
   * @this {Connection}
   * @param {SASLMechanism[]} [matched] those that the server offers, too
   */
  authenticate(matched) {
    if (!this._attemptSASLAuth(matched ?? this._matched ?? Object.values(this.mechanisms)))
      this._fail(ErrorCondition.NO_AUTH_MECH);
  }

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
    if (engines.length) this._proto._continue(engines.map((one) => one.mechname).join(' '));
    else this._guard(() => this._start(usable[0]));
    return true;
  }

  /** @this {Connection} @param {SASLMechanism} mechanism of the program */
  async _start(mechanism) {
    this._sasl_mechanism = mechanism;
    this._sasl_data = {};
    const { _client: client } = this._proto;
    mechanism.onStart(this);
    const { mechname, isClientFirst } = mechanism;
    const first = isClientFirst && (await mechanism.clientChallenge(this));
    if (client !== this._proto._client || this.disconnecting) return; // the login is over meanwhile
    this._sendSasl('auth', first, { mechanism: mechname });
    this._stop = 'sasl';
  }

  /** @this {Connection} @param {Element} challenge */
  async _sasl_challenge_cb(challenge) {
    const { _sasl_mechanism: mechanism, _proto: proto } = this;
    const { _client: client } = proto;
    const text = decode(challenge.textContent);
    const answer = await mechanism?.onChallenge(this, text);
    if (client !== proto._client || this.disconnecting) return false;
    // False: the mechanism has said itself that it failed.
    this._sendSasl(answer === false ? 'abort' : 'response', answer ?? '');
    return true;
  }

  /** @this {Connection} @param {Element} success */
  _sasl_success_cb(success) {
    const { 'server-signature': signature, keys } = this._sasl_data;
    if (signature && /(?:^|,)v=([^,]+)/.exec(decode(success.textContent))?.[1] !== signature) {
      log.error('the server could not prove that it knows the password');
      this._sasl_data = {};
      this._sasl_failure_cb(null);
      this._proto._drop();
      return false;
    }
    if (keys) this.scram_keys = keys;
    this._sasl_mechanism?.onSuccess();
    this._sendRestart();
    return false;
  }

  _sendRestart() {
    this._proto._client?.continueLogin();
  }

  /**
   * @this {Connection}
   * @param {Element | null} element null: not by the server
   * @returns {false}
   */
  _sasl_failure_cb(element) {
    this._sasl_mechanism?.onFailure();
    this._sasl_mechanism = null;
    this._changeConnectStatus(Status.AUTHFAIL, null, element);
    return false;
  }

  /** The name it had in old versions. @this {Connection} @param {Element} features */
  _sasl_auth1_cb(features) {
    return this._onStreamFeaturesAfterSASL(features);
  }

  /** @this {Connection} @param {Element} features */
  _onStreamFeaturesAfterSASL(features) {
    this._setFeatures(features);
    this._proceedToBind();
    return false;
  }

  /** @this {Connection} */
  _proceedToBind() {
    if (!this.do_bind) this._changeConnectStatus(Status.AUTHFAIL, null);
    else if (this.options.explicitResourceBinding)
      this._changeConnectStatus(Status.BINDREQUIRED, null);
    else this.bind();
  }

  /** Binds the resource of `jid`, or one of the server's choice; after BINDREQUIRED. */
  bind() {
    if (!this.do_bind) log.info('bind was called but "do_bind" is false');
    else if (this._stop !== 'bind')
      log.warn('bind was called, but not by a login that waits for it');
    else this._proto._continue();
  }

  /** There is a session, CONNECTED follows. */
  _onSessionReady() {}

  /** @param {Element} features */
  _setFeatures(features) {
    this.features = features;
    this.do_bind = features.getElementsByTagNameNS(NS.BIND, 'bind').length > 0;
    this.do_session = features.getElementsByTagNameNS(NS.SESSION, 'session').length > 0;
  }

  /** Is the account that logs in the one of the JID? */
  _isOwnAccount() {
    return this.authcid === getNodeFromJid(this.jid);
  }

  /** Whom to log in as, with the resource to be bound. @returns {string} */
  _loginJid() {
    if (this._isOwnAccount()) return this.jid;
    const resource = getResourceFromJid(this.jid);
    return `${this.authcid}@${this.domain}${resource === null ? '' : `/${resource}`}`;
  }
}
