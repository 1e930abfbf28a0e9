// SPDX-License-Identifier: MIT
// Feeds a library one answer of the server again and again, without a network, and tells how long
// each took. Both sides attach to a session that does not exist.

/**
 * @typedef {object} Feeder
 * @property {any} Strophe
 * @property {any} connection
 * @property {() => Promise<number>} feed milliseconds
 */

const jid = 'alice@localhost/desk';

/** Time for everything that was put off. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 5));

/**
 * Ours gets the bytes through a transport, and is done when its next request leaves.
 * @param {any} api @param {Uint8Array} bytes @returns {Promise<Feeder>}
 */
export async function feedOurs({ Strophe }, bytes) {
    let answer;
    let polls = 0;
    let onPoll = () => {};
    const transport = {
        submit: () => new Promise((resolve) => {
            answer = resolve;
            polls++;
            onPoll();
        }),
        cancel() {},
    };
    const polled = () => new Promise((resolve) => (onPoll = resolve));
    const connection = new Strophe.Connection('/http-bind', { transport });
    if (!globalThis.location) connection.service = 'http://127.0.0.1/http-bind';
    const first = polled();
    connection.attach(jid, 'sid', 1000, () => {});
    await first;
    return { Strophe, connection, async feed() {
        await rest();
        const next = polled();
        const body = bytes.slice(); // as the network hands them over
        const start = performance.now();
        answer({ status: 200, body });
        await next;
        return performance.now() - start;
    } };
}

/**
 * Strophe gets the text through a stub of XMLHttpRequest that parses it when asked for responseXML,
 * and is done when its callback returns: decoding the bytes and the next request are not counted.
 * @param {any} api @param {Uint8Array} bytes @returns {Promise<Feeder>}
 */
export async function feedStrophe({ Strophe }, bytes) {
    const text = new TextDecoder().decode(bytes);
    let xhr;
    Strophe.Request.prototype._newXHR = function () {
        xhr = { status: 0, readyState: 0, responseText: '', open() {}, setRequestHeader() {},
            send() {}, abort() {}, getAllResponseHeaders: () => '',
            get responseXML() {
                return (this.parsed ??= new DOMParser().parseFromString(this.responseText,
                    'text/xml'));
            } };
        xhr.onreadystatechange = this.func.bind(null, this);
        return xhr;
    };
    const connection = new Strophe.Connection('/http-bind');
    connection.attach(jid, 'sid', 1000, () => {});
    connection.flush();
    return { Strophe, connection, async feed() {
        await rest();
        connection.flush();
        const under = Object.assign(xhr, { status: 200, readyState: 4, responseText: text });
        const start = performance.now();
        under.onreadystatechange();
        return performance.now() - start;
    } };
}
