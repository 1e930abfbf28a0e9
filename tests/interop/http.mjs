// SPDX-License-Identifier: MIT
// Finds the ends of HTTP/1.1 messages in a stream of bytes. Each message comes out whole, with the
// bytes it came in as, so that a proxy can pass it on unchanged.

const headEnd = Buffer.from('\r\n\r\n');

/**
 * @typedef {object} HttpMessage
 * @property {string} first its first line
 * @property {Record<string, string>} headers names in lower case
 * @property {Buffer} raw all of it, head included
 * @property {Buffer} body without transfer coding
 */

/** Reads the messages of one direction of a connection. */
export class HttpReader {
    #pending = Buffer.alloc(0);

    /** @param {'request' | 'response'} kind */
    constructor(kind) {
        this.kind = kind;
    }

    /** Bytes of a message that is not complete yet. */
    get pendingBytes() {
        return this.#pending.length;
    }

    /** @param {Buffer} bytes */
    push(bytes) {
        this.#pending = Buffer.concat([this.#pending, bytes]);
    }

    /**
     * The next complete message, or null.
     * @param {boolean} [closed] no more bytes will come: ends a response without a length
     * @returns {HttpMessage | null}
     */
    next(closed = false) {
        const all = this.#pending;
        const at = all.indexOf(headEnd);
        if (at < 0) return null;
        const [first, ...lines] = all.subarray(0, at).toString('latin1').split('\r\n');
        const headers = {};
        for (const line of lines) {
            const colon = line.indexOf(':');
            headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
        }
        const start = at + headEnd.length;
        const found = this.#body(all, start, first, headers, closed);
        if (!found) return null;
        this.#pending = all.subarray(found.end);
        return { first, headers, raw: all.subarray(0, found.end), body: found.body };
    }

    #body(all, start, first, headers, closed) {
        const fixed = (size) => all.length < start + size ? null
            : { end: start + size, body: all.subarray(start, start + size) };
        if (headers['transfer-encoding']?.toLowerCase() === 'chunked') return dechunk(all, start);
        if ('content-length' in headers) return fixed(Number(headers['content-length']));
        if (this.kind === 'request' || /^HTTP\/1\.\d (1\d\d|204|304)/.test(first)) return fixed(0);
        return closed ? fixed(all.length - start) : null;
    }
}

function dechunk(all, start) {
    const parts = [];
    for (let at = start; ;) {
        const lineEnd = all.indexOf('\r\n', at);
        if (lineEnd < 0) return null;
        const size = parseInt(all.subarray(at, lineEnd).toString('latin1'), 16);
        const next = lineEnd + 2 + size + 2;
        if (!(size >= 0) || all.length < next) return null;
        if (size === 0) return { end: next, body: Buffer.concat(parts) };
        parts.push(all.subarray(lineEnd + 2, next - 2));
        at = next;
    }
}
