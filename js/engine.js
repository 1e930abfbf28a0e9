// SPDX-License-Identifier: MIT
// The engine for JavaScript: the only file that touches the memory of the WebAssembly module.
//
// Rules of this file: no view of that memory outlives a call into the module, since any call may
// grow it; what arrives is copied out before any code of the program runs; nothing that the program
// throws passes through the module.

import { Client } from './client.js';
import { BoshError } from './errors.js';
import { Body } from './received.js';
import { unpack } from './unpack.js';

/** @typedef {import('./moves.js').Save} Save */
/** @typedef {import('./received.js').Name} Name */
/** @typedef {import('./transports.js').Transport} Transport */
/** @typedef {import('./client.js').Carrier} Carrier */
/** @typedef {import('./errors.js').Detail} Detail */
/**
 * What libbosh.js makes: the exports of C with `_` before their names, views of the memory, and
 * what the second file of the module asks for.
 *
 * @typedef {{HEAPU8: Uint8Array, HEAP32: Int32Array, HEAPU32: Uint32Array, shared: Function} &
 *     Record<`_${string}`, (...values: any[]) => any>} Module
 */
/**
 * What the platform has: a source of entropy, and the transport of clients that bring none
 * (default: Emscripten's fetch).
 *
 * @typedef {object} Platform
 * @property {{getRandomValues(view: any): unknown}} [crypto]
 * @property {() => Transport} [transport]
 * @property {typeof import('./program.js').Client} [Client] for programs; else for Strophe's API
 */

const ERR_MEMORY = -3;
const ERR_CHARACTER = -22;

const utf8 = new TextEncoder();
// With ignoreBOM: a U+FEFF is text like any other, and positions count it.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** @param {Uint8Array} binary */
const isWasm = (binary) =>
  binary[0] === 0 && String.fromCharCode(...binary.subarray(1, 4)) === 'asm';

/**
 * Fetches the module's file.
 *
 * @param {string | URL} url
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBinary(url) {
  const response = await fetch(url);
  const binary = new Uint8Array(await response.arrayBuffer());
  if (response.ok && isWasm(binary)) return binary;
  const type = response.headers.get('Content-Type') ?? 'no type';
  throw new Error(
    `${url} is not the WebAssembly module of libbosh (HTTP ${response.status}, ${type}); ` +
      `copy it there or give its place as wasmUrl`,
  );
}

/** One instance of the module, for any number of clients. */
export class Engine {
  /** Set by create. */
  #module = /** @type {Module} */ ({});
  #platform;
  /** @type {Map<number, Client>} by the address that C knows them by */
  #clients = new Map();
  /** @type {Map<Client, Name[]>} the names in bodies so far */
  #names = new Map();
  /** @type {BoshError | undefined} why nothing works any more */
  #failure;
  /** Calls into the module under way. */
  #depth = 0;
  /** @type {number[]} addresses of clients to be freed behind them */
  #released = [];

  /**
   * Use Engine.create.
   *
   * @param {Platform} platform
   */
  constructor(platform) {
    this.#platform = platform;
  }

  /**
   * @param {(module: object) => Promise<any>} createModule the default export of libbosh.js
   * @param {Uint8Array} wasmBinary
   * @param {Platform} [platform]
   */
  static async create(createModule, wasmBinary, platform = {}) {
    const engine = new Engine(platform);
    /** @type {Record<string, (...values: any[]) => any>} */
    const hooks = { entropy: (at, size) => engine.#entropy(at, size) };
    for (const [name, hook] of Object.entries(engine.#hooks))
      hooks[name] = (web, ...values) => {
        const client = engine.#clients.get(web);
        return client ? hook(client, ...values) : 0;
      };
    const wasm = unpack(wasmBinary);
    // Emscripten's small glue asks for `wasm`, its usual one for `wasmBinary`.
    engine.#module = await createModule({ wasm, wasmBinary: wasm, bosh: hooks });
    return engine;
  }

  /**
   * Adds what the other file of the module has, if that was not one file.
   *
   * @param {Promise<Uint8Array>} more its bytes
   */
  async extend(more) {
    const module = this.#module;
    if (module._bosh_web_attach) return this;
    const bytes = /** @type {any} */ (unpack(await more));
    const shared = new Proxy({}, { get: (_, name) => module.shared(name) });
    const { instance } = await WebAssembly.instantiate(bytes, { '%': shared });
    for (const name in instance.exports)
      module[`_bosh_web_${name}`] = /** @type {any} */ (instance.exports[name]);
    return this;
  }

  /** "0.1.0" */
  get version() {
    return this.string(this.#module._bosh_version());
  }

  /** Bytes of memory that the module has. */
  get memoryBytes() {
    return this.#module.HEAPU8.length;
  }

  /**
   * A client, not yet connected.
   *
   * @param {Record<string, any> & {transport?: Carrier, log?: boolean, save?: Save}} options the
   *     settings of bosh_config by their names in camel case (`url`, `jid`, `password`, `waitS`,
   *     `allowPlainOverHttp` …); who carries its requests; whether to raise 'log' events; a journal
   * @returns {import('./program.js').Client} without what it adds, unless the platform has it
   */
  client({ transport, log = false, save, ...settings }) {
    const [web, error] = this.lend(new Uint8Array(4), (errorAt) =>
      this.lend(utf8.encode(packed(settings)), (at) => [
        this.call('new', at, log ? 1 : 0, save ? 1 : 0, errorAt),
        this.#module.HEAP32[errorAt >> 2],
      ]),
    );
    if (error) throw this.error(error);
    const Made = this.#platform.Client ?? Client;
    const client = new Made(this, web, transport, this.#platform.transport?.(), save);
    this.#clients.set(web, client);
    return /** @type {any} */ (client);
  }

  /* ------------------------------------------------------------------------ for clients alone */

  /**
   * Frees a client, at once or when the call under way is over: what it calls may ask for it.
   *
   * @param {number} web
   * @param {Client} client
   */
  release(web, client) {
    this.#clients.delete(web);
    this.#names.delete(client);
    this.#released.push(web);
    if (!this.#depth) this.#free();
  }

  #free() {
    for (const web of this.#released.splice(0)) this.call('free', web);
  }

  /**
   * Calls bosh_web_NAME. Whatever comes out of the module as an exception has left it in the middle
   * of something: then it is given up, and all its clients end.
   *
   * @param {string} name
   * @param {...number} values
   * @returns {any}
   */
  call(name, ...values) {
    if (this.#failure) throw this.#failure;
    this.#depth++;
    try {
      return this.#module[`_bosh_web_${name}`](...values);
    } catch (error) {
      if (!this.#failure) {
        this.#failure = new BoshError('BOSH_ERR_INTERNAL', `the engine failed: ${error}`);
        for (const client of this.#clients.values()) client.lost(this.#failure);
        this.#clients.clear();
      }
      throw this.#failure;
    } finally {
      if (!--this.#depth && this.#released.length && !this.#failure) this.#free();
    }
  }

  /** The text at an address. @param {number} at */
  string(at) {
    const bytes = this.#module.HEAPU8;
    return text.decode(bytes.subarray(at, bytes.indexOf(0, at)));
  }

  /**
   * @param {number} number of the error in C
   * @param {Detail} [detail]
   */
  error(number, detail) {
    return new BoshError(
      this.string(this.#module._bosh_error_name(number)),
      // The names of settings as they are here.
      this.string(this.#module._bosh_error_text(number)).replace(/_([a-z])/g, (_, letter) =>
        letter.toUpperCase(),
      ),
      detail,
    );
  }

  /**
   * Calls `fn` with the address and size of a copy of `bytes`, which is wiped afterwards.
   *
   * @template T
   * @param {Uint8Array} bytes
   * @param {(at: number, size: number) => T} fn
   * @returns {T}
   */
  lend(bytes, fn) {
    const at = this.#module._malloc(bytes.length || 1);
    if (!at) throw this.error(ERR_MEMORY);
    this.#module.HEAPU8.set(bytes, at);
    try {
      return fn(at, bytes.length);
    } finally {
      this.#module.HEAPU8.fill(0, at, at + bytes.length);
      this.#module._free(at);
    }
  }

  /**
   * The same, and what is there afterwards comes back into `bytes`.
   *
   * @template T
   * @param {Uint8Array} bytes
   * @param {(at: number, size: number) => T} fn
   * @returns {T}
   */
  borrow(bytes, fn) {
    return this.lend(bytes, (at, size) => {
      const result = fn(at, size);
      bytes.set(this.#module.HEAPU8.subarray(at, at + size));
      return result;
    });
  }

  /**
   * The same with a text.
   *
   * @template T
   * @param {string} string
   * @param {(at: number, size: number) => T} fn
   */
  lendText(string, fn) {
    return this.lend(utf8.encode(string), fn);
  }

  /**
   * The same with NUL-terminated texts, one address for each.
   *
   * @template T
   * @param {string[]} strings
   * @param {(...at: number[]) => T} fn
   */
  lendStrings(strings, fn) {
    if (strings.some((string) => string.includes('\0'))) throw this.error(ERR_CHARACTER);
    const bytes = utf8.encode(strings.map((string) => `${string}\0`).join(''));
    const offsets = [0];
    bytes.forEach((byte, at) => byte === 0 && offsets.push(at + 1));
    return this.lend(bytes, (at) => fn(...offsets.slice(0, -1).map((offset) => at + offset)));
  }

  /* ------------------------------------------------------------------- what C calls: imports.h */

  /** @param {number} at @param {number} size */
  #entropy(at, size) {
    try {
      const source = this.#platform.crypto ?? globalThis.crypto;
      source.getRandomValues(this.#module.HEAPU8.subarray(at, at + size));
      return 0;
    } catch {
      return 1;
    }
  }

  /** @param {number} at @param {number} size */
  #text(at, size) {
    return text.decode(this.#module.HEAPU8.subarray(at, at + size));
  }

  /** A copy of `count` bosh_slices as one. @param {number} slices @param {number} count
   * @param {number} size @returns {Uint8Array} */
  #joined(slices, count, size) {
    const { HEAPU8, HEAPU32 } = this.#module;
    const bytes = new Uint8Array(size);
    for (let i = 0, at = 0; i < count; i++) {
      const from = HEAPU32[(slices >> 2) + 2 * i];
      const length = HEAPU32[(slices >> 2) + 2 * i + 1];
      bytes.set(HEAPU8.subarray(from, from + length), at);
      at += length;
    }
    return bytes;
  }

  /** @type {Record<string, (client: Client, ...values: number[]) => number | void>} */
  #hooks = {
    event: (client, type, state, error, ticket, delayMs, xml, size, place) =>
      client.told(type, state, error, place, { ticket, delayMs, xml: this.#text(xml, size) }),

    turn: (client) => client.turn(),
    body: (client, records, count, arena, arenaSize, wide, wideSize, names, namesSize, isFirst) => {
      const known = (!isFirst && this.#names.get(client)) || [];
      for (const name of this.#text(names, namesSize).split('\0').slice(0, -1)) {
        const [namespace, qualified] = name.split('\n');
        known.push([namespace, qualified.slice(qualified.indexOf(':') + 1), qualified]);
      }
      this.#names.set(client, known);
      const from = records >> 2;
      client.body = new Body(
        this.#module.HEAP32.slice(from, from + count),
        this.#text(arena, arenaSize),
        this.#text(wide, wideSize),
        known,
      );
    },

    stanza: (/** @type {any} */ client, key, place) => Number(client.dispatch(key, place)),
    payload: (client, place, numbers, count) => {
      const found = new Array(count);
      for (let i = 0; i < count; i++) found[i] = this.#module.HEAP32[(numbers >> 2) + i];
      client.wanted(place, found);
    },
    answer: (/** @type {any} */ client, key, error, place) => client.answered(key, error, place),
    log: (client, level, line) => client.logged(level, this.string(line)),
    wanted: (client) => client.pumpSoon(),

    bytes: (client, kind, slices, count, size) =>
      client.given(kind, size ? this.#joined(slices, count, size) : null),

    submit: (client, id, url, contentType, slices, count, size, timeLimitMs, bytesMax) => {
      const body = this.#joined(slices, count, size);
      return client.submit({
        id,
        url: this.string(url),
        contentType: this.string(contentType),
        body,
        timeLimitMs,
        responseBytesMax: bytesMax,
      });
    },
    cancel: (client, id) => client.cancel(id),
    came: (client, id, error, /** @type {any} */ xhr, status, data, size) => {
      const headers = error ? '' : xhr.getAllResponseHeaders();
      const answer = {
        status,
        headers,
        text: () => this.#text(data, size),
        lend: (/** @type {(at: number, size: number) => void} */ fn) => fn(data, size),
      };
      const isOver = xhr.readyState === 4; // else its answer is too large
      // Its last event comes when the promises that this one has set off are through, and half a
      // millisecond before a task would.
      const later = (/** @type {() => void} */ task) => (xhr.onloadend = task);
      client.came(id, error, error ? undefined : answer, false, isOver ? later : undefined);
      return Number(this.#failure !== undefined);
    },
    warm: (client, url) => client.warm(this.string(url)),
    is_warm: (client) => Number(client.isWarm()),
  };

  /** What went wrong last, by the client's bosh_detail. @param {number} web @returns {Detail} */
  detail(web) {
    const [condition, stanzaCondition, words, uri] = [0, 1, 2, 3].map((which) =>
      this.string(this.call('detail', web, which)),
    );
    return {
      httpStatus: this.call('http_status', web),
      condition,
      stanzaCondition,
      text: words,
      uri,
    };
  }
}

/** Settings with names in JavaScript: their numbers in C. @type {Record<string, any>} */
const CHOICES = {
  reconnect: { 'after-online': 0, always: 1, never: 2 },
  schedule: { auto: 0, s0: 1, s1: 2 },
};

/** The settings as bosh_web_new reads them. @param {Record<string, any>} settings */
function packed(settings) {
  let options = '';
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || value === null) continue;
    const choices = CHOICES[name];
    const isNumber = typeof value === 'boolean' || typeof value === 'number';
    const known = choices ? choices[value] : isNumber ? Math.trunc(Number(value)) : value;
    if (known === undefined) throw new TypeError(`${name}: no such choice: ${value}`);
    if (`${name}${known}`.includes('\0')) throw new TypeError(`${name} has a NUL in it`);
    options += `${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}\0${known}\0`;
  }
  return `${options}\0`;
}
