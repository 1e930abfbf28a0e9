// SPDX-License-Identifier: MIT
// A client: events over the exports of the module, as far as Strophe's API needs it. What programs
// have beyond that is in program.js.

import { KEYS_SIZE, unpackKeys } from './keys.js';
import { Warmth } from './transports.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./keys.js').ScramKeys} ScramKeys */
/** @typedef {import('./errors.js').BoshError} BoshError */
/** @typedef {import('./received.js').Body} Body */
/** @typedef {import('./transports.js').Transport} Transport */
/** @typedef {import('./transports.js').TransportAnswer} TransportAnswer */
/** @typedef {import('./transports.js').TransportRequest} TransportRequest */

/** The names of bosh_state, bosh_event_type and bosh_log_level, in their order. */
const STATES = [
  'idle',
  'connecting',
  'authenticating',
  'binding',
  'online',
  'recovering',
  'closing',
  'reconnect-wait',
  'ended',
];
const EVENTS = [
  'state',
  'delivered',
  'unknown',
  'unsent',
  'retry',
  'drained',
  'credentials',
  'warning',
  'login',
];
const LEVELS = ['error', 'warning', 'info', 'debug'];
/** Kinds of TransportError: their errors in C. @type {Record<string, number>} */
const TRANSPORT_ERRORS = {
  url: -6,
  dns: -40,
  connect: -41,
  tls: -42,
  certificate: -43,
  reset: -44,
  timeout: -45,
  proxy: -46,
  'too-large': -70,
};
/** Of imports.h. */
const BYTES_SAVED = 0;
const ERR_STATE = -2;
const ERR_IQ_DISCONNECTED = -121;
const TIMER_MS_MAX = 2 ** 31 - 1;
const utf8 = new TextDecoder();

/** Runs `task` after the promises that wait, but without the delay of timers. */
const soon = globalThis.setImmediate ?? channelTasks();

/** @returns {(task: () => void) => void} */
function channelTasks() {
  /** @type {Array<() => void>} */
  const tasks = [];
  /** @type {MessageChannel | undefined} */
  let channel;
  return (task) => {
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => tasks.shift()?.();
    }
    tasks.push(task);
    channel.port2.postMessage(0);
  };
}

/**
 * Who carries requests, or a function that is asked for each; undefined: Emscripten's fetch.
 *
 * @typedef {Transport | (() => Transport | undefined)} Carrier
 *
 * @typedef {object} Answer
 * @property {number} status of HTTP
 * @property {string} headers all of them, one a line
 * @property {() => string} text only while it is being told
 * @property {(fn: (at: number, size: number) => void) => void} lend puts it into the module
 */

/**
 * What a transport of the program's has returned, checked.
 *
 * @param {TransportAnswer} answer
 * @param {Engine} engine
 * @returns {Answer}
 */
function readAnswer(answer, engine) {
  if (!Number.isInteger(answer?.status)) throw new TypeError('the answer has no status');
  const { status, body, headers = '' } = answer;
  const rest = { status, headers: String(headers) };
  if (typeof body === 'string')
    return { ...rest, text: () => body, lend: (fn) => engine.lendText(body, fn) };
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(body ?? 0);
  const text = () => utf8.decode(bytes);
  return { ...rest, text, lend: (fn) => engine.lend(bytes, fn) };
}

/**
 * Events, for `on`: 'state' {state, error, delayMs}, 'delivered' {ticket}, 'unknown' and 'unsent'
 * {ticket, xml}, 'retry' {error, delayMs}, 'drained', 'credentials' {error}, 'warning' {error},
 * 'login' {element} with the options `stopBeforeLogin` and `stopBeforeBind` (see bosh.h),
 * 'log' {level, line}, and 'error' with what a function of yours threw (without a listener it goes
 * to the console). What passes, whoever carries it: 'sent' {id, text}, then 'came' {id, status,
 * headers, text} (status 0: the connection broke) or 'cancelled' {id}; `text` is a function, to be
 * called at once or never.
 */
export class Client {
  engine;
  #transport;
  /** Emscripten's fetch shares the connections of the page. */
  #warmth = new Warmth({});
  /** Its address in C; 0 when it is gone. */
  #web;
  #state = 'idle';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isTaskWaiting = false;
  #wishes = '';
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();
  /** Requests under way, and who carries them. @type {Map<number, Transport | undefined>} */
  #attempts = new Map();
  /** Called when the turn of an answer has come, before what it brings. See look. */
  onTurn = () => {};
  /**
   * Set by programs with wishes: gets a payload, where it is, and the numbers of the wishes.
   *
   * @type {(body: Body, place: number, numbers: number[]) => void}
   */
  onPayload = () => {};
  /** What arrived last, set by the engine. @type {Body | undefined} */
  body;
  /** Where there is what it takes. @type {import('./moves.js').Moves | undefined} */
  session;
  #save;
  /** What the call under way gives. @type {Uint8Array[]} */
  #given = [];

  /**
   * Use Engine.client.
   *
   * @param {Engine} engine
   * @param {number} web
   * @param {Carrier | undefined} carrier
   * @param {Transport | undefined} otherwise the platform's
   * @param {import('./moves.js').Save} [save]
   */
  constructor(engine, web, carrier, otherwise, save) {
    this.engine = engine;
    this.#web = web;
    this.#save = save;
    this.#transport = () => (typeof carrier === 'function' ? carrier() : carrier) ?? otherwise;
  }

  /** 'idle', 'connecting', 'authenticating', 'binding', 'online', 'recovering', 'closing',
   * 'reconnect-wait' or 'ended' */
  get state() {
    return this.#state;
  }

  /** The full address once online, '' before. */
  get jid() {
    return this.#web ? this.engine.string(this.engine.call('jid', this.#web)) : '';
  }

  /**
   * @param {string} type
   * @param {(event: any) => void} fn
   * @returns {() => void} takes it back
   */
  on(type, fn) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(fn));
    return () => void listeners.delete(fn);
  }

  /** Logs in. @returns {unknown} */
  connect() {
    return this.call('connect');
  }

  /** Leaves politely: what is queued is still sent. @returns {unknown} */
  close() {
    return this.#web && this.call('close');
  }

  /** Ends at once, without telling the server, and gives all memory back. */
  free() {
    if (!this.#web) return;
    this.engine.release(this.#web, this);
    this.lost(this.engine.error(ERR_IQ_DISCONNECTED), undefined);
  }

  /**
   * Sends a message, presence or iq.
   *
   * @param {string} xml
   * @returns {number} its ticket, as in the events 'delivered', 'unknown' and 'unsent'
   */
  send(xml) {
    return this.engine.lendText(xml, (at, size) => this.call('send', at, size));
  }

  /**
   * `onPayload` is called with what fits one of these. Replaces earlier ones.
   *
   * @param {string} wishes see wasm/match.h
   */
  wish(wishes) {
    if (wishes === this.#wishes) return;
    this.#wishes = '';
    this.engine.lendText(wishes, (at, size) => this.call('wish', at, size));
    this.#wishes = wishes;
  }

  /** Inside of onTurn: the whole answer, its wrapper at place 0. @returns {Body} */
  look() {
    this.call('show');
    return /** @type {Body} */ (this.body);
  }

  /**
   * At a stop of the login: an iq, or an auth, response or abort.
   *
   * @param {string} xml
   */
  sendLogin(xml) {
    this.engine.lendText(xml, (at, size) => this.call('send_login', at, size));
  }

  /** Those of this login; null when it was not by SCRAM. @returns {ScramKeys | null} */
  get scramKeys() {
    if (!this.#web) return null;
    const record = new Uint8Array(KEYS_SIZE);
    const isThere = this.engine.borrow(record, (at) => {
      return this.engine.call('scram_keys', this.#web, at) === 0;
    });
    return isThere ? unpackKeys(record) : null;
  }

  /** The network came back or changed: broken requests are repeated at once. */
  networkChanged() {
    this.call('network_changed');
  }

  /**
   * For Client and Moves alone: calls the export with this client; a negative result is thrown as
   * the error that it is.
   *
   * @param {string} name
   * @param {...number} values
   */
  call(name, ...values) {
    if (!this.#web) throw this.engine.error(ERR_STATE);
    const result = this.engine.call(name, this.#web, ...values);
    if (result < 0) throw this.engine.error(result);
    return result;
  }

  /** For Moves and Keeper alone. @param {string} name of a call that gives bytes */
  take(name) {
    this.#given = [];
    this.call(name);
    return this.#given;
  }

  /** Where requests go now. @returns {string} */
  get url() {
    return this.engine.string(this.call('url'));
  }

  /** @param {string} type @param {unknown} event */
  #emit(type, event) {
    for (const fn of [...(this.#listeners.get(type) ?? [])]) this.run(() => fn(event), type);
  }

  /**
   * Code of the program, called from within the module: nothing may be thrown through that.
   *
   * @template T
   * @param {() => T} fn
   * @param {string} [type] of the event that it listens to
   * @returns {T | undefined}
   */
  run(fn, type) {
    try {
      return fn();
    } catch (error) {
      if (type !== 'error' && this.#listeners.get('error')?.size) this.#emit('error', error);
      else console.error(error);
      return undefined;
    }
  }

  /* ------------------------------------------------------------------------ for Engine alone */

  /** Everything that is due; then a timer for what is due later. */
  pump() {
    try {
      if (this.#web) this.engine.call('pump', this.#web);
      if (!this.#web) return;
      clearTimeout(this.#timer);
      const delayMs = this.engine.call('delay', this.#web);
      if (delayMs === 0) this.pumpSoon();
      else if (delayMs > 0)
        this.#timer = setTimeout(() => this.pump(), Math.min(delayMs, TIMER_MS_MAX));
    } catch (error) {
      this.#tellBug(error);
    }
  }

  /** An engine that failed has told all its clients. @param {unknown} error */
  #tellBug(error) {
    if (this.#web) console.error(error);
  }

  /** @param {(task: () => void) => void} [later] */
  pumpSoon(later = soon) {
    if (this.#isTaskWaiting) return;
    this.#isTaskWaiting = true;
    later(() => {
      this.#isTaskWaiting = false;
      this.pump();
    });
  }

  /**
   * An event of bosh.h.
   *
   * @param {number} type
   * @param {number} state
   * @param {number} error
   * @param {number} place of an element, -1: none
   * @param {{ticket: number, delayMs: number, xml: string}} more
   */
  told(type, state, error, place, more) {
    const reason = error ? this.engine.error(error, this.engine.detail(this.#web)) : undefined;
    if (EVENTS[type] === 'state') this.#state = STATES[state];
    const element = place < 0 ? null : this.element(place);
    this.#emit(EVENTS[type], { ...more, state: this.#state, error: reason, element });
  }

  /**
   * There is nothing behind this client any more.
   *
   * @param {BoshError} _error for those who wait for an answer
   * @param {BoshError} [reason] of the end
   */
  lost(_error, reason = _error) {
    this.#web = 0;
    clearTimeout(this.#timer);
    for (const id of [...this.#attempts.keys()]) this.cancel(id);
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#emit('state', { state: 'ended', error: reason, delayMs: 0 });
  }

  /** @param {number} level @param {string} line */
  logged(level, line) {
    this.#emit('log', { level: LEVELS[level], line });
  }

  /** 0: done. @param {number} kind @param {Uint8Array | null} bytes */
  given(kind, bytes) {
    const keep = () => {
      if (kind === BYTES_SAVED) this.#save?.(bytes);
      else if (bytes) this.#given.push(bytes);
      return true;
    };
    return Number(this.run(keep) !== true);
  }

  /** Where it is in `body`. @param {number} place @returns {{body: Body, place: number}} */
  element(place) {
    return { body: /** @type {Body} */ (this.body), place };
  }

  turn() {
    this.run(() => this.onTurn());
  }

  /** @param {number} place @param {number[]} numbers */
  wanted(place, numbers) {
    this.run(() => this.onPayload(/** @type {Body} */ (this.body), place, numbers));
  }

  /** 1: the module has to carry it. @param {TransportRequest} request */
  submit(request) {
    const { id, body } = request;
    const transport = this.run(this.#transport);
    this.#attempts.set(id, transport);
    this.#emit('sent', { id, text: () => utf8.decode(body) });
    if (!transport) return 1;
    // Within a promise, so that what submit throws is a failure like any other.
    new Promise((resolve) => resolve(transport.submit(request)))
      .then((answer) => readAnswer(/** @type {TransportAnswer} */ (answer), this.engine))
      .then(
        (answer) => this.came(id, 0, answer),
        (error) => {
          const kind = error?.kind ?? (error?.name === 'TimeoutError' ? 'timeout' : 'reset');
          this.#emit('log', { level: 'info', line: `request ${id}: ${error?.message ?? error}` });
          const code = TRANSPORT_ERRORS[kind] ?? TRANSPORT_ERRORS.reset;
          this.came(id, code, undefined, error?.isStale);
        },
      );
    return 0;
  }

  /**
   * The end of a request. What has arrived is told now. What that sends leaves later than promises,
   * so that the replies of async handlers ride along, and not held up in hidden pages as timers.
   *
   * @param {number} id
   * @param {number} error in C; 0: an answer came
   * @param {Answer} [answer]
   * @param {boolean} [isStale] see TransportError
   * @param {(task: () => void) => void} [later] see pumpSoon
   */
  came(id, error, answer, isStale = false, later = soon) {
    if (!this.#attempts.has(id)) return;
    this.pumpSoon(later);
    this.#emit('came', { status: 0, headers: null, ...answer, id });
    // A listener may have ended everything.
    if (!this.#attempts.delete(id) || !this.#web) return;
    try {
      if (!answer) this.call('failed', id, error, Number(isStale));
      else {
        const { status, headers } = answer;
        const retryAfterS = Number(/^retry-after: *(\d+)/im.exec(headers)?.[1] ?? 0);
        answer.lend((...entity) => this.call('answer', id, status, retryAfterS, ...entity));
      }
      if (this.#web) this.call('deliver');
    } catch (bug) {
      this.#tellBug(bug);
    }
  }

  /** @param {number} id */
  cancel(id) {
    const transport = this.#attempts.get(id);
    if (!this.#attempts.delete(id)) return;
    this.run(() => transport?.cancel(id));
    this.#emit('cancelled', { id });
  }

  /** @returns {Partial<Transport>} */
  #warmable() {
    return this.run(this.#transport) ?? this.#warmth;
  }

  /** @param {string} url */
  warm(url) {
    this.run(() => this.#warmable().warm?.(url));
  }

  isWarm() {
    return this.run(() => this.#warmable().isWarm?.() ?? false) === true;
  }
}
