// SPDX-License-Identifier: MIT
// What the recorded exchanges of a client say about it.

const posts = (exchanges) => exchanges.filter(({ request }) => request.method === 'POST');

/** The request's own id. @param {import('./proxy.mjs').Exchange} exchange */
export const ridOf = ({ request }) => Number(/\brid=['"](\d+)/.exec(request.body)?.[1] ?? NaN);

/**
 * Round trips until the resource was bound: the longest chain of requests each of which left after
 * the answer to the one before it was there, ending with the one whose answer is the bind result.
 * @param {import('./proxy.mjs').Exchange[]} exchanges of one client, recorded by a proxy that
 *     delays answers by more than a client waits between two requests that are independent
 * @returns {number} 0 when there is no bind result
 */
export function roundTrips(exchanges) {
    const depths = new Map();
    for (const exchange of exchanges) {
        let depth = 1;
        for (const [earlier, its] of depths)
            if (earlier.response && earlier.response.endUs <= exchange.request.startUs)
                depth = Math.max(depth, its + 1);
        depths.set(exchange, depth);
        if (exchange.response?.body.includes('<jid>')) return depth;
    }
    return 0;
}

/**
 * The most requests that were open at the same time between two moments.
 * @param {import('./proxy.mjs').Exchange[]} exchanges
 */
export function mostOpen(exchanges, fromUs = 0, toUs = Infinity) {
    const steps = [];
    for (const { request, endUs } of posts(exchanges)) {
        if ((endUs || Infinity) < fromUs || request.startUs > toUs) continue;
        // One that ends in the same microsecond in which the next one starts has ended first.
        steps.push([request.startUs, 1], [endUs || Infinity, -1]);
    }
    steps.sort(([a, up], [b, down]) => a - b || up - down);
    let open = 0;
    let most = 0;
    for (const [, step] of steps) most = Math.max(most, (open += step));
    return most;
}

/**
 * Rules that hold for every client on every wire. Returns what is wrong, one line each.
 * @param {import('./proxy.mjs').Exchange[]} exchanges of one client
 * @returns {string[]}
 */
export function violations(exchanges) {
    const wrong = [];
    const bodies = new Map();
    for (const exchange of posts(exchanges)) {
        const { n, request, pipelined } = exchange;
        const rid = ridOf(exchange);
        const sid = /\bsid=['"]([^'"]*)/.exec(request.body)?.[1] ?? '';
        const key = `${sid} ${rid}`;
        if (pipelined) wrong.push(`HTTP-4: request ${n} was pipelined`);
        if (!request.headers['content-length']) wrong.push(`HTTP-3: request ${n} has no length`);
        if (request.headers.expect) wrong.push(`HTTP-11: request ${n} has an Expect header`);
        if (request.headers.cookie) wrong.push(`request ${n} carries a cookie`);
        if (bodies.has(key) && bodies.get(key) !== request.body)
            wrong.push(`RTX-1: rid ${rid} was repeated with other bytes`);
        bodies.set(key, request.body);
    }
    // A terminate may exceed the window (OVR-3).
    const most = mostOpen(exchanges.filter(({ request }) => !request.body.includes("'terminate'")));
    if (most > 2) wrong.push(`WIN: ${most} requests were open at once`);
    return wrong;
}
