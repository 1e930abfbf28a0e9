// SPDX-License-Identifier: MIT
// A page without the library: its client lives in a worker, which answers each call.

const worker = new Worker('worker.js', { type: 'module' });
let told = 0;
const calls = [];

worker.addEventListener('message', ({ data: { event, answer } }) => {
    if (event) console.info(JSON.stringify({ ...event, key: ++told }));
    else calls.shift()(answer);
});

globalThis.client = new Proxy({}, {
    get: (_, method) => (...values) => new Promise((resolve) => {
        calls.push(resolve);
        worker.postMessage({ method, values });
    }),
});
