// SPDX-License-Identifier: MIT
// As much of HTTP/1.1 as the clients here speak, by hand: node:http works for a quarter of a
// millisecond before an answer leaves, and as long again until it tells of a request, all of which
// would count as the client's.

import { createServer } from 'node:net';
import { now } from './clock.mjs';

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} target path and query
 * @property {string} body
 * @property {number} atMs when the last of it came
 * @property {import('node:net').Socket} socket for the answer, and the next request
 */

/** An answer as it goes into the socket. @param {string | Buffer} body */
export function answerOf(body, headers = {}, status = '200 OK') {
    const content = Buffer.from(body);
    const lines = Object.entries({ ...headers, 'Content-Length': content.length })
        .map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`), content]);
}

/** The request that `bytes` are, or null while they are not all of it. */
function read(bytes) {
    const size = bytes.indexOf('\r\n\r\n') + 4;
    if (size < 4) return null;
    const head = bytes.toString('latin1', 0, size);
    const end = size + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (bytes.length < end) return null;
    const [method, target] = head.split(' ', 2);
    return { method, target, body: bytes.toString('utf8', size, end) };
}

/**
 * A server of clients that wait for an answer before they use a connection again.
 * @param {(request: Request) => void} handle
 */
export const serverOf = (handle) => createServer({ noDelay: true }, (socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => {}); // its close follows
    socket.on('data', (chunk) => {
        const atMs = now();
        bytes = Buffer.concat([bytes, chunk]);
        const request = read(bytes);
        if (!request) return;
        bytes = Buffer.alloc(0);
        handle({ ...request, atMs, socket });
    });
});
