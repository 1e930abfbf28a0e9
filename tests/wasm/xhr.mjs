// SPDX-License-Identifier: MIT
// As much of a page's XMLHttpRequest as Emscripten's fetch needs, over Node's http: the same order
// of events, abort with all its effects, failures that show no status.

import { request } from 'node:http';

export class XMLHttpRequest {
    /** All that were made, for tests that look inside. @type {XMLHttpRequest[]} */
    static all = [];

    readyState = 0;
    status = 0;
    statusText = '';
    response = null;
    responseType = '';
    timeout = 0;
    withCredentials = false;
    onload = null;
    onloadend = null;
    onerror = null;
    ontimeout = null;
    onprogress = null;
    onreadystatechange = null;
    #headers = {};
    #answerHeaders = '';

    constructor() {
        XMLHttpRequest.all.push(this);
    }

    open(method, url) {
        this.method = method;
        this.url = new URL(url); // throws, as in a page
        this.#move(1);
    }

    setRequestHeader(name, value) {
        this.#headers[name] = value;
    }

    getAllResponseHeaders() {
        return this.#answerHeaders;
    }

    send(data) {
        this.#request = request(this.url, { method: this.method, agent: false,
            headers: { ...this.#headers, 'Content-Length': data?.length ?? 0 } });
        this.#request.on('response', (answer) => this.#receive(answer));
        this.#request.on('error', () => this.#fail('onerror'));
        this.#request.end(data);
        if (this.timeout) this.#timer = setTimeout(() => this.#fail('ontimeout'), this.timeout);
    }

    abort() {
        const wasSent = this.#request && this.readyState < 4;
        this.#stop();
        if (wasSent) this.#move(4);
        this.readyState = 0;
    }

    /** For tests: what the browser does when its time is over. */
    runOutOfTime() {
        this.#fail('ontimeout');
    }

    #request = null;
    #timer;

    #receive(answer) {
        const chunks = [];
        let loaded = 0;
        this.status = answer.statusCode;
        this.statusText = answer.statusMessage;
        for (const [name, value] of Object.entries(answer.headers))
            this.#answerHeaders += `${name}: ${value}\r\n`;
        this.#move(2);
        const total = Number(answer.headers['content-length'] ?? 0);
        answer.on('data', (chunk) => {
            chunks.push(chunk);
            loaded += chunk.length;
            this.#move(3);
            this.onprogress?.({ loaded, total });
        });
        answer.on('error', () => this.#fail('onerror'));
        answer.on('end', () => {
            if (this.readyState === 4 || this.readyState === 0) return;
            this.#stop();
            this.response = new Uint8Array(Buffer.concat(chunks)).buffer;
            this.onprogress?.({ loaded, total: loaded });
            if (this.readyState === 0) return; // aborted just now
            this.#move(4);
            this.#end('onload');
        });
    }

    #fail(handler) {
        if (this.readyState === 4 || this.readyState === 0) return;
        this.#stop();
        this.status = 0;
        this.statusText = '';
        this.#move(4);
        this.#end(handler);
    }

    /** A page's promises run between the two events. */
    #end(handler) {
        this[handler]?.({});
        setImmediate(() => this.onloadend?.({}));
    }

    #stop() {
        clearTimeout(this.#timer);
        this.#request?.removeAllListeners('response');
        this.#request?.on('error', () => {});
        this.#request?.destroy();
    }

    #move(state) {
        this.readyState = state;
        this.onreadystatechange?.({});
    }
}
