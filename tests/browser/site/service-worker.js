// SPDX-License-Identifier: MIT
// A Service Worker lives from event to event: each begins with the session that the one before has
// left in a cache, sends a message, waits for one, and leaves the session to the next.

import { $msg, $pres, Strophe } from '/libbosh/single.js';

const { ATTACHED, CONNECTED, DISCONNECTED } = Strophe.Status;
/** Which run of the worker this is. */
const run = Math.random();
const cache = () => caches.open('session');

/** Runs the task: `to`, `text`; `jid` and `password` in the first, `isLast` in the last event. */
async function converse({ to, text, jid, password, isLast }) {
    const statuses = [];
    const connection = new Strophe.Connection('/xmpp-httpbind');
    let tellEnd;
    const ended = new Promise((resolve) => { tellEnd = resolve; });
    const body = await new Promise((resolve, reject) => {
        const changed = (status, condition) => {
            statuses.push(Object.keys(Strophe.Status)[status]);
            if (status === DISCONNECTED) {
                tellEnd();
                reject(new Error(`${statuses}: ${condition}`));
            }
            if (status !== CONNECTED && status !== ATTACHED) return;
            connection.addHandler((message) =>
                resolve(message.querySelector('body').textContent), null, 'message', 'chat');
            if (status === CONNECTED) connection.send($pres());
            connection.send($msg({ to, type: 'chat' }).c('body').t(text));
        };
        if (jid) connection.connect(jid, password, changed);
        else load().then((bytes) => connection.importSession(bytes, changed)).catch(reject);
    });
    if (isLast) {
        connection.disconnect();
        await ended;
    } else {
        await (await cache()).put('/session', new Response(connection.exportSession()));
    }
    return { body, statuses, run };
}

const load = async () => {
    const response = await (await cache()).match('/session');
    return new Uint8Array(await response.arrayBuffer());
};

addEventListener('message', (event) => event.waitUntil(
    converse(event.data).catch((error) => ({ error: String(error?.stack ?? error) }))
        .then((answer) => event.ports[0].postMessage(answer))));
