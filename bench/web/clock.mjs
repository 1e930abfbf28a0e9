// SPDX-License-Identifier: MIT
// Milliseconds on a clock that several processes share: in Node that of the system, in pages their
// own, with its distance to the server's.

export const isNode = typeof process !== 'undefined';

export const now = isNode ? () => Number(process.hrtime.bigint()) / 1e6
    : () => performance.now();

/**
 * What to add to `now()` here to get the server's. A page asks a few times; the quickest answer
 * tells best. All that is measured in one page shares the error, half of that answer's time.
 * @param {string} origin
 */
export async function distance(origin) {
    if (isNode) return 0;
    let best = Infinity;
    let offset = 0;
    for (let i = 0; i < 20; i++) {
        const before = now();
        const theirs = await (await fetch(`${origin}/now`, { cache: 'no-store' })).json();
        const tookMs = now() - before;
        if (tookMs > best) continue;
        best = tookMs;
        offset = theirs - before - tookMs / 2;
    }
    return offset;
}
