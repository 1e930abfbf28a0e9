// SPDX-License-Identifier: MIT
// idle_requests.chromium: what an idle session wakes a page up for, with a server that holds each
// request for five seconds.

const holdS = 5;

/** @param {{api: any, origin: string, seconds: number}} options */
export async function idle({ api: { Strophe }, origin, seconds }) {
    const { setTimeout: later } = globalThis;
    let timers = 0;
    for (const name of ['setTimeout', 'setInterval']) {
        const original = globalThis[name];
        globalThis[name] = (task, ...more) => original((...values) => {
            timers++;
            task(...values);
        }, ...more);
    }
    const session = `idle-${Math.random().toString(36).slice(2)}`;
    const connection = new Strophe.Connection(
        `${origin}/session/${session}?hold=${1000 * holdS}`);
    connection.attach('alice@localhost/desk', 'sid', 1000, () => {}, holdS, 1, 2);
    const requests = async () => (await (await fetch(`${origin}/requests/${session}`,
        { cache: 'no-store' })).json()).length;
    const rest = (ms) => new Promise((resolve) => later(resolve, ms));
    await rest(1000);
    const before = { timers, requests: await requests() };
    await rest(1000 * seconds);
    return { timers: (timers - before.timers) * 60 / seconds,
        requests: (await requests() - before.requests) * 3600 / seconds };
}
