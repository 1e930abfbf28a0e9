// SPDX-License-Identifier: MIT
// The transport of a connection: a client of the engine, and what can be seen of its session from
// outside. Requests and answers pass through here on their way, so that hooks are called and `rid`
// and `sid` are known; what they mean is the engine's business.

import { fetchTransport } from '../transports.js';
import { dom } from '../dom.js';
import { Answer } from '../element.js';
import { $build } from './builder.js';
import { ErrorCondition, NS, Status } from './constants.js';
import { FormerBosh } from './former.js';
import { handleError, log } from './log.js';
import { loadSteps } from './login.js';
import { isReplaced, requestTransport } from './request.js';
import { fromEngineKeys, isScramKeys } from './scram-keys.js';
import { hasSaved, loadSaved } from './session.js';
import { toElement } from './xml.js';

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('../transports.js').Transport} Transport */

let timeoutMultiplier = 1.1;
let secondaryTimeoutMultiplier = 0.1;

/** @typedef {{wasmUrl?: string | URL}} LoadOptions where the engine is, if not where it belongs */
/** @type {((options: LoadOptions) => Promise<any>) | null} */
let load = null;
/** @type {Promise<any> | null} */
let engine = null;
/** Begun at import; gives undefined where it failed. @type {Promise<any> | null} */
let early = null;

/**
 * Where the engine is two files, the second.
 * @type {((options: LoadOptions) => Promise<any>) | null}
 */
let fetchMore = null;

let makeTransport = fetchTransport;

/**
 * How to load the engine here, which begins at once in pages and workers, and what carries
 * requests with options.
 *
 * @param {(options: LoadOptions) => Promise<any>} loader
 * @param {typeof fetchTransport} [transport]
 */
export function useEngine(loader, transport = fetchTransport) {
  load = loader;
  makeTransport = transport;
  engine = early = fetchMore = null;
  // Not on servers, nor by a copy of this library that is not the one in use (see shared.js).
  if (!globalThis.location || /** @type {any} */ (globalThis).Strophe?.Bosh !== Bosh) return;
  early = engine = load({}).catch(() => {
    if (engine === early) engine = null;
  });
}

/** Where the engine is two files. @param {(options: LoadOptions) => Promise<any>} fetcher */
export function useMore(fetcher) {
  fetchMore = fetcher;
}

/**
 * The engine, loaded once; after a failure the next call tries again.
 * @param {LoadOptions} options @param {boolean} isWhole @returns {Promise<any>}
 */
function loadEngine(options, isWhole) {
  if (!load) return Promise.reject(new Error('this entry of libbosh has no engine'));
  if (options.wasmUrl && engine === early) engine = null;
  engine ??= load(options).catch((error) => {
    engine = null;
    throw error;
  });
  const more = isWhole && fetchMore?.(options);
  return engine.then((loaded) =>
    loaded ? (more ? loaded.extend(more) : loaded) : loadEngine(options, isWhole),
  );
}

/** @param {string} service @returns {string} the engine says what is wrong with it */
function absolute(service) {
  try {
    return new URL(service, globalThis.location?.href).href;
  } catch {
    return service;
  }
}

const randomRid = () => Math.floor(Math.random() * 4294967295);

/**
 * The value of an attribute of a wrapper that the engine has written.
 * @param {string} text
 * @param {string} name
 */
const wrapperAttribute = (text, name) =>
  text.slice(0, text.indexOf('>')).split(` ${name}='`)[1]?.split("'")[0] ?? null;

export class Bosh extends FormerBosh {
  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this._conn = connection;
    /** The next request id. */
    this.rid = randomRid();
    /** @type {string | null} */
    this.sid = null;
    this.hold = 1;
    /** Below the 60 seconds after which most proxies cut a request. */
    this.wait = 50;
    this.window = 5;
    /** Requests that failed in a row. */
    this.errors = 0;
    /** @type {number | null} */
    this.inactivity = null;
    /** Of the last answer, one a line. @type {string | null} */
    this.lastResponseHeaders = null;
    /** Under way. @type {{id: number, rid: number, data: string}[]} */
    this._requests = [];
    /** Are hooks shown what is inside of the body instead? @type {boolean | string} */
    this.strip = /** @type {any} */ (Bosh.prototype).strip ?? false;
    /** @type {any} the engine's client, from connect to the end */
    this._client = null;
    /** Texts of answers whose turn has not come, where rawInput wants them. */
    this._texts = new Map();
    this._nextAnswer = 0;
    /** Has the server said good-bye too? */
    this._isFarewellAnswered = false;
    this._farewell = 0;
    /** Whom the engine logs in. */
    this._account = '';
    /** What the program is shown when the login fails. @type {Element | null} */
    this._refusal = null;
    // Programs change options at any time.
    const request = {
      get headers() {
        return connection.options.customHeaders;
      },
      get credentials() {
        return connection.options.withCredentials ? /** @type {const} */ ('include') : undefined;
      },
      /** What `sync` is for: requests that outlive the page. */
      get keepalive() {
        return connection.options.sync;
      },
    };
    this._byOptions = makeTransport(request);
    this._byRequest = requestTransport(request);
  }

  /** @param {number} factor kept for programs that set it; the engine has its own times */
  static setTimeoutMultiplier(factor) {
    timeoutMultiplier = factor;
  }
  static getTimeoutMultplier() {
    return timeoutMultiplier;
  }
  /** @param {number} factor */
  static setSecondaryTimeoutMultiplier(factor) {
    secondaryTimeoutMultiplier = factor;
  }
  static getSecondaryTimeoutMultplier() {
    return secondaryTimeoutMultiplier;
  }

  /**
   * Starts a session as soon as the engine is there.
   * @param {number} [wait] @param {number} [hold] @param {string} [route]
   */
  _connect(wait, hold, route) {
    this._drop();
    this._conn._forget();
    this.sid = null;
    this.wait = wait || this.wait;
    this.hold = hold || this.hold;
    this._start((client) => client.connect(), { route: route || undefined });
  }

  /**
   * Goes on with a session as soon as the engine is there.
   * @param {string} sid
   * @param {number} rid
   * @param {number} [wait]
   * @param {number} [hold]
   * @param {number} [wind]
   * @param {import('./store.js').State} [state] what was under way
   */
  _attach(sid, rid, wait, hold, wind, state) {
    this._drop();
    this.sid = sid;
    this.rid = this._nextAnswer = rid;
    this.wait = wait || this.wait;
    this.hold = hold || this.hold;
    this.window = wind || this.window;
    this._start(
      (client) => this._conn._keeper.start(client, state),
      state ? { jid: state.account } : {},
    );
  }

  /** Loads what the connection takes. @returns {Promise<any>} the engine */
  async _load() {
    const { _conn: conn } = this;
    const { steps, saved } = conn._needs();
    const [loaded] = await Promise.all([
      loadEngine({ wasmUrl: conn.options.wasmUrl }, steps || saved),
      steps && loadSteps(),
      saved && loadSaved(),
    ]);
    return loaded;
  }

  /** @param {object} attempt @param {any} error */
  _cannotLoad(attempt, error) {
    if (this._attempt !== attempt) return;
    const { _keeper: keeper } = this._conn;
    const { claimed } = keeper;
    log.error(
      'the engine of libbosh could not be loaded (a Content-Security-Policy needs script-src ' +
        `'wasm-unsafe-eval'): ${error?.message ?? error}`,
    );
    this._conn._fail('engine-unavailable');
    if (claimed) keeper.putBack(claimed);
  }

  /** @param {(client: any) => void} begin @param {object} settings */
  _start(begin, settings) {
    this.errors = 0;
    this._isFarewellAnswered = false;
    this._farewell = 0;
    const attempt = (this._attempt = {});
    this._load()
      .then(() => this._load()) // a program may have changed what it takes
      .then(
        (loaded) => {
          if (this._attempt === attempt) this._open(loaded, begin, settings);
        },
        (error) => this._cannotLoad(attempt, error),
      );
  }

  /**
   * @param {any} loaded the engine
   * @param {(client: any) => void} begin
   * @param {object} settings
   */
  _open(loaded, begin, settings) {
    const attempt = this._attempt;
    try {
      const all = { ...this._settings(), ...settings };
      this._account = all.jid;
      const client = (this._client = loaded.client(all));
      this._listen(client);
      const { pass, _keeper: keeper } = this._conn;
      if (hasSaved()) keeper.equip(client);
      if (isScramKeys(pass)) keeper.useKeys(client, pass);
      begin(client);
      this._conn._drain();
    } catch (error) {
      log.error(`the connection cannot be made: ${error}`);
      // An engine that fails has told so already.
      if (this._attempt === attempt) this._conn._ended(error);
    }
  }

  /** @param {any} client */
  _listen(client) {
    const { _conn: conn } = this;
    /** @type {Record<string, (event: any) => void>} */
    const listeners = {
      state: (event) => this._changed(client, event),
      error: handleError,
      // Of bosh.h: as warnings, two errors mean something else than their texts say.
      warning: ({ error }) =>
        log.warn(
          /JID/.test(error.code)
            ? 'the server calls itself something else'
            : 'the connection is not encrypted',
        ),
      retry: ({ error, delayMs }) =>
        log.warn(`${conn.service} is asked again in ${delayMs} ms: ${error.message}`),
      delivered: ({ ticket }) => conn._delivered(ticket),
      unknown: ({ ticket, xml }) => conn._undelivered(ticket, xml, 'unknown'),
      unsent: ({ ticket, xml }) => conn._undelivered(ticket, xml, 'unsent'),
      drained: () => conn._drain(),
      sent: (event) => this._sent(event),
      came: (event) => this._came(event),
      cancelled: ({ id }) => this._over(id),
      login: ({ element }) => conn._stopped(element),
    };
    for (const [type, listener] of Object.entries(listeners)) client.on(type, listener);
    client.onTurn = () => this._turn(client);
    /** @type {Connection['_dispatch']} */
    client.onPayload = (body, place, numbers) => conn._dispatch(body, place, numbers);
  }

  _settings() {
    const { service, options, pass, authzid } = this._conn;
    return {
      url: absolute(service),
      jid: this._conn._loginJid(),
      authzid: this._conn._isOwnAccount() ? undefined : authzid,
      password: isScramKeys(pass) ? undefined : (pass ?? undefined),
      ...this._conn._loginSettings(),
      waitS: this.wait,
      contentType: options.contentType,
      allowPlainOverHttp: options.allowPlainOverHttp ?? false,
      reconnect: 'never',
      answersRequests: true,
      closeTimeoutMs: this._conn.disconnection_timeout,
      save: options.keepalive && ((/** @type {any} */ bytes) => this._conn._keeper.keep(bytes)),
      transport: () => this._transport(),
    };
  }

  /** Who carries the next request; undefined: the engine's own transport. */
  _transport() {
    const { transport, withCredentials, customHeaders, sync } = this._conn.options;
    if (transport) return transport;
    if (isReplaced()) return this._byRequest;
    return withCredentials || customHeaders || sync ? this._byOptions : undefined;
  }

  /** @param {any} client @param {{state: string, error?: any}} event */
  _changed(client, { state, error }) {
    if (client !== this._client) return;
    if (state === 'online') this._conn._online(client.jid, fromEngineKeys(client.scramKeys));
    if (state !== 'ended') return;
    if (error?.code === 'BOSH_ERR_INTERNAL') engine = null; // the next session gets a new one
    this._client = null;
    client.free();
    this._conn._ended(error);
  }

  /* ------------------------------------------------------- what passes on its way to the server */

  /** @param {{id: number, text: () => string}} event */
  _sent({ id, text: read }) {
    const text = read();
    const rid = Number(wrapperAttribute(text, 'rid'));
    if (!wrapperAttribute(text, 'sid')) this._nextAnswer = rid;
    if (rid >= this.rid || !this.sid) this.rid = rid + 1;
    if (wrapperAttribute(text, 'type') === 'terminate') this._farewell = rid;
    if (!this._conn.authenticated) this._conn._loginSent(text);
    // Not now: we are inside of the engine.
    queueMicrotask(() => this._showOutput(text));
    this._requests.push({ id, rid, data: text });
  }

  /** @param {number} id @returns {number | undefined} its rid */
  _over(id) {
    const request = this._requests.find((one) => one.id === id);
    this._requests = this._requests.filter((one) => one !== request);
    return request?.rid;
  }

  /** @param {{id: number, status: number, headers: string | null, text: () => string}} event */
  _came({ id, status, headers, text }) {
    const rid = this._over(id);
    if (rid === undefined) return;
    this.lastResponseHeaders = headers;
    if (status !== 200) return this._hitError(status);
    this.errors = 0;
    if (rid === this._farewell) this._isFarewellAnswered = true;
    if (this._conn._isHooked('rawInput')) this._texts.set(rid, text());
  }

  /** Answers come into effect in the order of their requests. @param {any} client */
  _turn(client) {
    const rid = this._nextAnswer++;
    const text = this._texts.get(rid) ?? '';
    this._texts.delete(rid);
    this._conn._answerCame(rid + 1, () => new Answer(client.look()), text);
  }

  /** @param {number} status of HTTP; 0: none came */
  _hitError(status) {
    if (!this._client) return;
    this.errors++;
    const handler = this._conn.protocolErrorHandlers.HTTP[status];
    try {
      handler?.call(this, status);
    } catch (error) {
      handleError(error);
    }
  }

  /** @param {string} text */
  _showOutput(text) {
    const { _conn: conn } = this;
    try {
      if (conn._isHooked('xmlOutput')) {
        const body = /** @type {Element} */ (dom().parse(text).documentElement);
        conn.xmlOutput((this.strip && body.firstElementChild) || body);
      }
      if (conn._isHooked('rawOutput')) conn.rawOutput(text);
    } catch (error) {
      handleError(error);
    }
  }

  /**
   * What an answer to a login request says of session and login.
   * @param {Element} body
   */
  _lookAtLogin(body) {
    Bosh.prototype._connect_cb.call(this, body);
    const features = body.getElementsByTagNameNS(NS.STREAM, 'features')[0];
    if (features && !features.getElementsByTagNameNS(NS.SASL, 'mechanisms').length)
      this._conn._setFeatures(features);
    const [iq] = Array.from(body.getElementsByTagNameNS(NS.CLIENT, 'iq'));
    const isRefused = iq?.getAttribute('type') === 'error';
    this._refusal ??= body.getElementsByTagNameNS(NS.SASL, 'failure')[0] ?? (isRefused ? iq : null);
  }

  /* --------------------------------------- login: what programs replace (see login.js) */

  /**
   * The session, as its first answer describes it.
   * @param {Element} body @returns {number | void} CONNFAIL when there is none
   */
  _connect_cb(body) {
    if (body.getAttribute('type') === 'terminate') return Status.CONNFAIL;
    if (this.sid) return undefined;
    const number = (/** @type {string} */ name) => Number(body.getAttribute(name));
    this.sid = body.getAttribute('sid');
    this.window = number('requests') || this.window;
    this.hold = number('hold') || this.hold;
    this.wait = number('wait') || this.wait;
    this.inactivity = number('inactivity') || this.inactivity;
    return undefined;
  }

  /** The server offers nothing to log in with. @param {any} [_callback] */
  _no_auth_received(_callback) {
    this._conn._fail(ErrorCondition.NO_AUTH_MECH);
  }

  _isConnectReplaced() {
    const { _connect_cb, _no_auth_received } = Bosh.prototype;
    return this._connect_cb !== _connect_cb || this._no_auth_received !== _no_auth_received;
  }

  /* ------------------------------------------------------------------- what programs look at */

  _emptyQueue() {
    return this._requests.length === 0;
  }

  /**
   * A body with the next request id, which is then used up: for a last request of the program's.
   */
  _buildBody() {
    const body = $build('body', { rid: this.rid++, xmlns: NS.HTTPBIND });
    return this.sid === null ? body : body.attrs({ sid: this.sid });
  }

  /** @param {any} answer an Element, or text */
  _reqToData(answer) {
    return typeof answer === 'string' ? toElement(answer) : answer;
  }

  /** What is stored is always up to date; programs may call this all the same. */
  _cacheSession() {
    this._conn._keeper.saveNow();
  }

  /** Ends everything under way without a word to the server. */
  _abortAllRequests() {
    this._drop();
  }

  _drop() {
    this._attempt = null;
    const client = this._client;
    this._client = null;
    client?.free();
    this._texts.clear();
    this._refusal = null;
  }

  /** Polite: what is queued is still sent. */
  _disconnect() {
    this._client?.close();
    // A page that goes away has no other turn.
    if (this._conn.options.sync) this._client?.pump();
  }

  _onDisconnectTimeout() {
    this._drop();
  }

  /** The session is over: forget it. */
  _doDisconnect() {
    this._drop();
    this.sid = null;
    this.rid = randomRid();
    this._conn._forget();
    this._conn.nextValidRid(this.rid);
  }

  _reset() {
    this.errors = 0;
    this._doDisconnect();
  }
}
