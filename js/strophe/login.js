// SPDX-License-Identifier: MIT
// The login of a connection. The engine does each step by itself as long as the method and the
// mechanism that Strophe has for it are ours; where a program has put its own in their place, the
// engine stops, hands over the element, and goes on with what is sent.

import { Stanza } from '../element.js';
import { $build } from './builder.js';
import { NS, Status } from './constants.js';
import { getNodeFromJid, getResourceFromJid } from './jid.js';
import { handleError, log } from './log.js';
import { Outbox } from './outbox.js';
import { allMechanisms, isOwn, sortByPriority } from './sasl.js';

/** @typedef {import('./connection.js').Connection} Connection every Login is one */
/** @typedef {import('./sasl.js').SASLMechanism} SASLMechanism */

/** Methods that decide what happens before the login, in it, and behind it. */
const BEFORE = /** @type {const} */ (['_connect_cb', 'authenticate', '_attemptSASLAuth']);
const DURING = /** @type {const} */ (['_sasl_challenge_cb', '_sasl_success_cb', '_sendRestart']);
const STEPS_BEHIND = /** @type {const} */ ([
  ...['_onStreamFeaturesAfterSASL', '_sasl_auth1_cb', '_proceedToBind'],
]);
const BEHIND = /** @type {const} */ ([...STEPS_BEHIND, 'bind']);

/** @typedef {ReturnType<typeof import('./steering.js').makeSteps>} Steps */
/** @type {Steps | undefined} */
let steps;

/** What is needed where the program has a part in the login. @returns {Promise<Steps>} */
export async function loadSteps() {
  const { makeSteps } = await import('./steering.js');
  return (steps = makeSteps({ Stanza, $build, handleError, log }));
}

const Base = /** @type {new () => Outbox & Steps} */ (/** @type {unknown} */ (Outbox));

export class Login extends Base {
  constructor() {
    super();
    /** @type {any} */
    this.options = {};
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
    for (const element of Array.from(body.children)) {
      const isMatch = (/** @type {any} */ handler) => handler.isMatch(element);
      if (this._run([...this.handlers], null, isMatch, { element })) this._tellWishes();
      if (element.localName === 'iq' && element.getElementsByTagName('bind').length) break;
    }
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

  /** Binds the resource of `jid`, or one of the server's choice; after BINDREQUIRED. */
  bind() {
    if (!this.do_bind) log.info('bind was called but "do_bind" is false');
    else if (this._stop !== 'bind')
      log.warn('bind was called, but not by a login that waits for it');
    else this._continue();
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

// Until they are there the first call loads them.
for (const name of [...BEFORE, ...DURING, ...STEPS_BEHIND, '_continue', '_stopped'])
  Object.defineProperty(Login.prototype, name, {
    configurable: true,
    writable: true,
    /** @this {any} @param {any[]} values */
    value(...values) {
      const go = (/** @type {any} */ own) => own[name].apply(this, values);
      return steps ? go(steps) : loadSteps().then(go);
    },
  });
