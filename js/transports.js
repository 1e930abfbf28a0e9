// SPDX-License-Identifier: MIT
// Transports in JavaScript: objects that carry a request to the server and its answer back.

/**
 * @typedef {object} TransportRequest
 * @property {number} id never used twice for a client
 * @property {string} url
 * @property {string} contentType
 * @property {Uint8Array} body
 * @property {number} timeLimitMs informative: the engine cancels at this age itself
 * @property {number} responseBytesMax fail with kind 'too-large' beyond this
 *
 * @typedef {object} TransportAnswer
 * @property {number} status of HTTP
 * @property {Uint8Array | ArrayBuffer | string} body
 * @property {string} [headers] all of them, one a line; of use are "Retry-After: 5" and those that
 *     the program wants to see
 *
 * @typedef {object} Transport
 * @property {(request: TransportRequest) => Promise<TransportAnswer>} submit starts a POST. May
 *     reject with a TransportError, or with anything, which then counts as a broken connection.
 *     Never repeats a request and follows no redirect.
 * @property {(id: number) => void} cancel abandons it; what its promise does is of no interest
 * @property {(url: string) => void} [warm] open a second connection, by a harmless request
 * @property {() => boolean} [isWarm] would a second request start without opening a connection?
 *
 * @typedef {object} RequestOptions
 * @property {RequestCredentials} [credentials] which cookies go along
 * @property {Record<string, string>} [headers] of your own; there are none by default
 * @property {boolean} [keepalive] let short requests outlive the page
 */

/** What outlives the page may not be longer than this in all. */
const KEEPALIVE_BYTES = 60000;

/** Why a request failed. */
export class TransportError extends Error {
  /**
   * @param {'dns' | 'connect' | 'tls' | 'certificate' | 'reset' | 'timeout' | 'proxy' | 'url' |
   *     'too-large'} kind
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(kind, message, cause) {
    super(message, { cause });
    this.name = 'TransportError';
    this.kind = kind;
    /** A connection that had been used before died before any answer: repeated at once. */
    this.isStale = false;
  }
}

/**
 * Codes of network errors, where they are known: in Node (network-codes.js). In a page fetch does
 * not tell.
 *
 * @type {[RegExp, TransportError['kind']][]}
 */
export const kinds = [];

/** @param {string} [code] */
export const kindOf = (code = '') => kinds.find(([pattern]) => pattern.test(code))?.[1] ?? 'reset';

/** What a request to it went over, '' where that is not known. @param {string} url */
export function protocolOf(url) {
  const seen = /** @type {any} */ (performance.getEntriesByName?.(url, 'resource').at(-1));
  return seen?.nextHopProtocol ?? '';
}

/** How long a server surely keeps a connection that is not used. */
const WARM_MS = 4000;

/** So that the first request of a session has left, on the connection that the page has opened. */
const BEHIND_FIRST_MS = 5;

/**
 * Whether a second request can start at once, so that the login saves a round trip: HTTP/2, or a
 * second connection, opened in time by an OPTIONS request.
 */
export class Warmth {
  #options;
  #url = '';
  #untilMs = 0;

  /** @param {RequestOptions} options those of the requests to come */
  constructor(options) {
    this.#options = options;
  }

  /** Not across origins, where it would ask for permission first. @param {string} url */
  warm(url) {
    this.#url = url;
    const { location } = globalThis;
    if (location && new URL(url, location.href).origin !== location.origin) return;
    setTimeout(() => this.#open(url), BEHIND_FIRST_MS);
  }

  /** @param {string} url */
  #open(url) {
    const { credentials } = this.#options;
    fetch(url, { method: 'OPTIONS', credentials, cache: 'no-store', redirect: 'manual' })
      .then((response) => response.arrayBuffer())
      .then(
        () => {
          this.#untilMs = performance.now() + WARM_MS;
        },
        () => {},
      );
  }

  isWarm() {
    return performance.now() < this.#untilMs || /^h[23]/.test(protocolOf(this.#url));
  }
}

/** What `fetch` rejected with, as a TransportError. @param {any} error */
function classified(error) {
  if (error instanceof TransportError) return error;
  const cause = error?.cause;
  const kind = kindOf(cause?.code ?? cause?.errors?.[0]?.code);
  return new TransportError(kind, cause?.message ?? String(error?.message ?? error), error);
}

/** @param {string} url */
export function checkUrl(url) {
  try {
    return new URL(url, globalThis.location?.href);
  } catch (error) {
    throw new TransportError('url', `not a URL: ${url}`, error);
  }
}

/**
 * The whole answer, as long as it is not too long.
 *
 * @param {Response} response
 * @param {number} bytesMax
 */
async function readBody(response, bytesMax) {
  const chunks = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    size += part.value.length;
    if (size > bytesMax) throw new TransportError('too-large', `more than ${bytesMax} bytes`);
    chunks.push(part.value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/**
 * A transport over the global `fetch`: for Service Workers, where there is no XMLHttpRequest. It
 * works in pages and Node too.
 *
 * @param {RequestOptions} [options] read at each request
 * @returns {Transport}
 */
export function fetchTransport(options = {}) {
  /** @type {Map<number, AbortController>} */
  const running = new Map();
  const warmth = new Warmth(options);
  return {
    warm: (url) => warmth.warm(url),
    isWarm: () => warmth.isWarm(),

    async submit({ id, url, contentType, body, responseBytesMax }) {
      const controller = new AbortController();
      running.set(id, controller);
      try {
        checkUrl(url);
        const response = await fetch(url, {
          method: 'POST',
          body: /** @type {any} */ (body),
          credentials: options.credentials,
          keepalive: Boolean(options.keepalive && body.length < KEEPALIVE_BYTES),
          redirect: 'manual',
          cache: 'no-store',
          headers: { 'Content-Type': contentType, ...options.headers },
          signal: controller.signal,
        });
        // In a page a redirect shows as this type, with the status hidden.
        const status = response.type === 'opaqueredirect' ? 302 : response.status;
        return {
          status,
          body: await readBody(response, responseBytesMax),
          headers: Array.from(response.headers, (header) => header.join(': ')).join('\r\n'),
        };
      } catch (error) {
        controller.abort();
        throw classified(error);
      } finally {
        running.delete(id);
      }
    },

    cancel(id) {
      running.get(id)?.abort();
    },
  };
}
