// SPDX-License-Identifier: MIT
// Asks a Service Worker, one event at a time.

await navigator.serviceWorker.register('service-worker.js', { type: 'module' });
const { active } = await navigator.serviceWorker.ready;

globalThis.client = {
    /** @param {object} task of service-worker.js */
    ask: (task) => new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data);
        active.postMessage(task, [port2]);
    }),
};
console.info(JSON.stringify({ event: 'ready' }));
