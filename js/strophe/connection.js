// SPDX-License-Identifier: MIT
// The connection of Strophe's API. What goes over the wire, and when, is decided by the engine
// behind bosh.js; here are statuses, what programs override.

import { Bosh } from './bosh.js';
import { $iq, Builder } from './builder.js';
import { ErrorCondition, NS, Status } from './constants.js';
import { joinCrowd } from './crowd.js';
import { Handler } from './handlers.js';
import { getBareJidFromJid, getDomainFromJid, getNodeFromJid } from './jid.js';
import { failure, handleError, log } from './log.js';
import { Login } from './login.js';
import { outcomeOf } from './outcome.js';
import { isScramKeys } from './scram-keys.js';
import { Keeper, hasSaved, refused } from './session.js';
import { addCookies, forEachChild } from './xml.js';

/** @typedef {import('../element.js').Answer} Answer */
/** @typedef {import('./handlers.js').TimedHandler} TimedHandler */
/** @typedef {import('./sasl.js').SASLMechanism} SASLMechanism */
/**
 * A method's type, so that programs may expect every status to have a condition, as they used to.
 *
 * @typedef {{
 *   told(status: number, condition?: string | null, element?: Element | null): void
 * }['told']} ConnectCallback
 */

/**
 * @typedef {object} ConnectionOptions
 * @property {Record<string, import('./xml.js').Cookie>} [cookies]
 * @property {(new () => SASLMechanism)[]} [mechanisms] instead of all
 * @property {boolean} [keepalive] keep the session in sessionStorage, for `restore`
 * @property {boolean} [exportable] for `exportSession` in pages without `keepalive`: what it takes
 *   is loaded with the engine
 * @property {boolean} [terminateOnUnload] end the session when the page is left for good
 * @property {Record<string, string>} [customHeaders]
 * @property {boolean} [withCredentials] send cookies to other origins, too
 * @property {boolean} [sync] while it is set, short requests outlive the page
 * @property {string | URL} [wasmUrl] where libbosh.wasm is, if not beside the JavaScript; the
 *   first connection of a page decides, all share one engine
 * @property {string} [contentType]
 * @property {import('../transports.js').Transport} [transport] who carries requests
 * @property {boolean} [allowPlainOverHttp] let the password travel readable
 * @property {boolean} [explicitResourceBinding] BINDREQUIRED is told, and bind() has to be called
 * @property {string} [worker] refused, as everything that is not BOSH
 * @property {string} [protocol] must not name anything but BOSH
 */

/** @type {Record<string, any>} */
const plugins = {};

export class Connection extends Login {
  /**
   * @param {string} service the address of the connection manager
   * @param {ConnectionOptions} [options]
   */
  constructor(service, options = {}) {
    super();
    if (typeof service !== 'string') throw new TypeError('the service has to be a URL');
    this.service = service;
    this.options = options;
    /** @type {{HTTP: Record<number, Function>, websocket: Record<number, Function>}} */
    this.protocolErrorHandlers = { HTTP: {}, websocket: {} };
    this.disconnecting = this.paused = this.restored = false;
    /** Does it go on with a session that was made elsewhere? */
    this._isAttached = false;
    this.maxRetries = 5;
    /** @type {string | null} */
    this.authzid = null;
    /** @type {any} */
    this.pass = null;
    /** @type {ConnectCallback | null | undefined} */
    this.connect_callback = null;
    this.disconnection_timeout = 3000;
    this._keeper = new Keeper(this);
    /** It is one less at the server. @type {() => void} */
    this._leaveCrowd = () => {};
    this._proto = new Bosh(this);
    this.setProtocol();
    addCookies(options.cookies);
    this.registerSASLMechanisms(options.mechanisms);
    this.iqFallbackHandler = new Handler((iq) => this._refuseIq(iq), null, null, ['get', 'set']);
    for (const [name, prototype] of Object.entries(plugins)) {
      const plugin = Object.create(prototype);
      Object.assign(this, { [name]: plugin });
      plugin.init(this);
    }
  }

  /**
   * Each connection made later gets a `name` that inherits from `prototype`.
   * @param {string} name
   * @param {object & ThisType<any>} prototype whose `this` has what `init` puts there
   */
  static addConnectionPlugin(name, prototype) {
    if (typeof (/** @type {any} */ (prototype)?.init) !== 'function')
      throw new TypeError(`the plugin ${String(name)} has no function init`);
    plugins[name] = prototype;
  }

  /** Called again by programs that have changed `service`. */
  setProtocol() {
    this._proto._drop();
    this._proto = new Bosh(this);
  }

  /* ------------------------------------------------------------------------------- sessions */

  /**
   * @param {string} jid @param {any} [pass] a text, or SCRAM keys
   * @param {ConnectCallback} [callback]
   * @param {number} [wait] seconds @param {number} [hold] @param {string} [route]
   * @param {string} [authcid] log in as this user @param {number} [disconnection_timeout] ms
   */
  connect(jid, pass, callback, wait, hold, route, authcid, disconnection_timeout = 3000) {
    if (typeof jid !== 'string' || !jid) throw new TypeError('connect needs a JID');
    this._checkUsable(pass);
    // What was left to be sent is for the same account only.
    if (this.authzid !== null && this.authzid !== getBareJidFromJid(jid)) this._data = [];
    this.jid = jid;
    this.authzid = getBareJidFromJid(jid);
    this.authcid = authcid || getNodeFromJid(jid);
    this.pass = pass;
    this.scram_keys = null;
    this.connect_callback = callback;
    this.disconnecting = this.connected = this.authenticated = this.restored = false;
    this._isAttached = false;
    this.disconnection_timeout = disconnection_timeout;
    this.domain = getDomainFromJid(jid);
    this._changeConnectStatus(Status.CONNECTING, null);
    this._proto._connect(wait, hold, route);
  }

  /** What it takes beside the part of the engine that all load. */
  _needs() {
    const { stopBeforeLogin, stopBeforeBind } = this._loginSettings();
    const { keepalive, exportable } = this.options;
    return {
      steps: stopBeforeLogin || stopBeforeBind,
      saved: keepalive || exportable || this._isAttached || isScramKeys(this.pass) || hasSaved(),
    };
  }

  /** @param {any} pass */
  _checkUsable(pass) {
    const { transport } = this.options;
    if (transport && typeof transport.submit !== 'function')
      throw new TypeError('the option transport has to be an object { submit, cancel }');
    if (/^wss?:/.test(this.service) || (this.options.protocol ?? '').startsWith('ws'))
      throw failure('libbosh speaks BOSH only: give an http:// or https:// address');
    if (this.options.protocol) throw failure(`there is no protocol "${this.options.protocol}"`);
    if (pass && typeof pass === 'object' && !(pass instanceof String) && !isScramKeys(pass))
      throw new TypeError('the password has to be a text, or the SCRAM keys of an earlier login');
  }

  /**
   * Goes on with a session that was made elsewhere: ATTACHED is told at once, whether the session
   * is really there shows later.
   * @param {string} jid the full address
   * @param {string} sid
   * @param {number | string} rid the next to be used
   * @param {ConnectCallback} [callback]
   * @param {number} [wait]
   * @param {number} [hold]
   * @param {number} [wind]
   */
  attach(jid, sid, rid, callback, wait, hold, wind) {
    const begin = this._prepareAttach(jid, sid, Number(rid), callback);
    this._proto._attach(sid, Number(rid), wait, hold, wind);
    begin();
  }

  /**
   * Goes on with the session that was stored before a reload (option keepalive), and with all that
   * was under way. The callback is told ATTACHED at once; nothing is delivered before the handlers
   * that are added there or right after this call.
   * @param {string | null} [jid] of any account when missing
   * @param {ConnectCallback} [callback]
   * @param {number} [wait]
   * @param {number} [hold]
   * @param {number} [wind]
   */
  restore(jid, callback, wait, hold, wind) {
    this._keeper.restore(jid, callback, wait, hold, wind);
  }

  /**
   * Hands the session over, with all that is under way, and ends here: DISCONNECTED('exported').
   * For a Service Worker, say, which lives for one event and goes on in the next. The bytes are as
   * secret as a password, good for one import, and only as long as the server keeps a session that
   * is silent.
   * @returns {Uint8Array}
   */
  exportSession() {
    if (!this.authenticated || !this._proto._client?.session)
      throw refused('there is no session to be exported, or the option exportable is not set');
    return this._keeper.export();
  }

  /**
   * Goes on with what exportSession gave: ATTACHED at once, and nothing is delivered before the
   * handlers that are added then.
   * @param {Uint8Array} bytes
   * @param {ConnectCallback} [callback]
   */
  importSession(bytes, callback) {
    this._keeper.import(bytes, callback);
  }

  /**
   * Asked while a handler runs: may its stanza have been handled before a crash? Then the program
   * may want to look whether it knows it already.
   */
  get isReplay() {
    return this._proto._client?.session?.isReplay ?? false;
  }

  /**
   * @param {string} jid
   * @param {string} sid
   * @param {number} rid
   * @param {ConnectCallback} [callback]
   */
  _prepareAttach(jid, sid, rid, callback) {
    this._checkUsable(null);
    if (typeof jid !== 'string' || typeof sid !== 'string' || !sid || !Number.isSafeInteger(rid))
      throw refused('attach needs the jid, sid and rid of a session');
    this.jid = jid;
    this.authzid = getBareJidFromJid(jid);
    this.authcid = getNodeFromJid(jid);
    this.pass = null;
    this.domain = getDomainFromJid(jid);
    this.connect_callback = callback;
    this.disconnecting = this.restored = false;
    this.authenticated = this.connected = this._isAttached = true;
    return () => {
      this._settled(sid);
      this._changeConnectStatus(Status.ATTACHED, null);
    };
  }

  /** Leaves: what was sent before still goes out. @param {string} [reason] */
  disconnect(reason) {
    this._changeConnectStatus(Status.DISCONNECTING, reason);
    log.debug(reason ? `Disconnect was called because: ${reason}` : 'Disconnect was called');
    if (this.connected && this._proto._client) {
      this.disconnecting = true;
      this._forget();
      this.paused = false;
      this._drain();
      this._proto._disconnect();
    } else {
      this._proto._abortAllRequests();
      this._doDisconnect();
    }
  }

  /** Forgets the session and all handlers, without a word to the server. */
  reset() {
    this._proto._reset();
    this._leaveSession();
    clearTimeout(this._idleTimeout);
    this._emptyHandlers();
    this.do_session = this.do_bind = false;
    this.authenticated = this.connected = this.disconnecting = this.restored = false;
    this._data = [];
    this._rejectTracked('the connection was reset');
  }

  /** Sends are held until resume. */
  pause() {
    this.paused = true;
  }

  resume() {
    this.paused = false;
    this._drain();
  }

  hasResumed() {
    return false;
  }

  isStreamManagementEnabled() {
    return false;
  }

  /** @param {'HTTP' | 'websocket'} protocol @param {number} status @param {Function} callback */
  addProtocolErrorHandler(protocol, status, callback) {
    this.protocolErrorHandlers[protocol][status] = callback;
  }

  /* ------------------------------------------------------------------- hooks to be overridden */

  /** @param {Element} _body each answer */
  xmlInput(_body) {}
  /** @param {Element} _body each request */
  xmlOutput(_body) {}
  /** @param {string} _text */
  rawInput(_text) {}
  /** @param {string} _text */
  rawOutput(_text) {}
  /** @param {number} _rid the first id that was not answered yet */
  nextValidRid(_rid) {}

  /** @param {'xmlInput' | 'xmlOutput' | 'rawInput' | 'rawOutput'} name */
  _isHooked(name) {
    return this[name] !== Connection.prototype[name];
  }

  /* ------------------------------------------------------------------------------ receiving */

  /**
   * An answer of the server, in the order of requests, before its stanzas are given to _dispatch.
   * @param {number} rid the next to be answered
   * @param {() => Answer} look shows it
   * @param {string} text where a hook wants it
   */
  _answerCame(rid, look, text) {
    this.connected = true;
    this._shown = null;
    const isLogin = !this.authenticated;
    try {
      if (isLogin || this._isHooked('xmlInput')) this._shown = look();
      const body = this._shown?.element ?? null;
      if (isLogin && body) this._proto._lookAtLogin(body);
      this.nextValidRid(rid);
      // What stops the login is shown by _connect_cb.
      if (!isLogin || !body || !this._stopsAt(body)) this._showInput(body, text);
    } catch (error) {
      handleError(error);
    }
    this._settleHandlers();
    if (isLogin && this._shown) this._showLogin(this._shown.element);
  }

  /** @param {Element | null} body where xmlInput wants it @param {string} [text] */
  _showInput(body, text) {
    const inside = body?.nodeName === this._proto.strip && body?.firstElementChild;
    if (body && this._isHooked('xmlInput')) this.xmlInput(inside || body);
    if (this._isHooked('rawInput')) this.rawInput(text ?? Builder.serialize(body) ?? '');
  }

  /** Gives all that is in a body to the handlers, as if it had just come. @param {Element} body */
  _dataRecv(body) {
    const element = this._proto._reqToData(body);
    this._showInput(element);
    this._settleHandlers();
    forEachChild(element, null, (child) => this._receiveElement(child));
  }

  /** @param {Element} iq that nobody wanted */
  _refuseIq(iq) {
    const id = iq.getAttribute('id');
    if (!id) return false; // its answer would be no iq, either
    const answer = $iq({ type: 'error', id, to: iq.getAttribute('from') });
    this.send(
      answer.c('error', { type: 'cancel' }).c('service-unavailable', { xmlns: NS.STANZAS }),
    );
    return false;
  }

  /** @param {string} jid @param {import('./scram-keys.js').ScramKeys | null} keys */
  _online(jid, keys) {
    if (this.authenticated) return this._settleHandlers(); // it was only recovering, or went on
    this.jid = jid;
    this.scram_keys = keys ?? this.scram_keys;
    this.authenticated = true;
    this._keeper.saveNow();
    this._settled(this._proto.sid ?? '');
    this._onSessionReady();
    this._changeConnectStatus(Status.CONNECTED, null);
  }

  /** There is a session now. @param {string} sid */
  _settled(sid) {
    this._keeper.watch(true);
    this._scheduleIdle();
    this._leaveCrowd();
    this._leaveCrowd = joinCrowd(this.service);
    if (this.options.keepalive && !this.restored && hasSaved()) this._keeper.own(sid);
  }

  /** It is not to be restored. */
  _forget() {
    if (this.options.keepalive) this._keeper.forget();
  }

  /** There is none any more. */
  _leaveSession() {
    this._keeper.watch(false);
    this._keeper.release();
    this._keeper.claimed = null;
    this._leaveCrowd();
  }

  /* ------------------------------------------------------------------------------- statuses */

  /** @param {number} status @param {string | null} [condition] @param {Element | null} [element] */
  _changeConnectStatus(status, condition, element) {
    for (const name of Object.keys(plugins)) {
      try {
        /** @type {any} */ (this)[name].statusChanged?.(status, condition);
      } catch (error) {
        log.error(`${name} plugin caused an exception changing status: ${error}`);
      }
    }
    try {
      this.connect_callback?.(status, condition, element);
    } catch (error) {
      handleError(error);
      log.error(`User connection callback caused an exception: ${error}`);
    }
  }

  /** The engine's client is gone. @param {any} [error] why */
  _ended(error) {
    if (this.disconnecting) {
      if (error || !this._proto._isFarewellAnswered)
        this._changeConnectStatus(Status.CONNTIMEOUT, null);
      return this._doDisconnect();
    }
    if (!error) return this._doDisconnect();
    log.warn(`the session ended: ${error.message}`);
    const { status, condition, isFinal } = outcomeOf(error);
    const { _refusal: element } = this._proto;
    this._proto._drop();
    if (element?.localName === 'failure') return void this._sasl_failure_cb(element);
    if (!isFinal) return this._changeConnectStatus(status, condition, element);
    if (status === Status.CONNFAIL) return this._fail(condition ?? null);
    this._changeConnectStatus(status, condition);
    this._doDisconnect();
  }

  /** @param {string | null} condition null: none was given */
  _fail(condition) {
    this._changeConnectStatus(Status.CONNFAIL, condition ?? ErrorCondition.UNKNOWN_REASON);
    this._doDisconnect(condition);
  }

  /** @param {string | null} [condition] */
  _doDisconnect(condition) {
    clearTimeout(this._idleTimeout);
    this._leaveSession();
    this._proto._doDisconnect();
    this.authenticated = this.disconnecting = this.restored = false;
    this._emptyHandlers();
    this._rejectTracked('the session ended');
    this._changeConnectStatus(Status.DISCONNECTED, condition);
    this.connected = false;
  }
}
