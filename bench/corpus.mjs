// SPDX-License-Identifier: MIT
// The body of the receiving benchmarks: 1,000 chat messages as a server hands them over after a
// pause. The same seed gives the same bytes, everywhere and for every library.

import { seeded } from '../tests/interop/proxy.mjs';

const words = ('the and that meeting about coffee tomorrow please could server answer really later '
    + 'think photo station train maybe thanks sorry again morning evening weather garden window '
    + 'letter number question river mountain Köln señor café naïve 今日は привет 😀')
    .split(' ');
const marked = ['&amp;', '&lt;3', '&gt;', '&apos;', '&quot;'];

/**
 * @param {{seed?: number, count?: number, attentionEvery?: number}} [options] attentionEvery: so
 *     many messages apart one also wants attention (XEP-0224)
 * @returns {string} a whole BOSH body
 */
export function manyMessages({ seed = 20261122, count = 1000, attentionEvery = Infinity } = {}) {
    const random = seeded(seed);
    const below = (limit) => Math.floor(random() * limit);
    const pick = (list) => list[below(list.length)];
    const hex = (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
    const text = () => Array.from({ length: 6 + below(34) }, () =>
        random() < 0.04 ? pick(marked) : pick(words)).join(' ');

    const message = (_, number) => {
        const from = `user${below(40)}@example.org/phone.${hex(4)}`;
        const id = hex(18);
        const attention = (number + 1) % attentionEvery ? ''
            : "<attention xmlns='urn:xmpp:attention:0'/>";
        return `<message xmlns='jabber:client' to='alice@localhost/desk' from='${from}' type='chat'`
            + ` id='${id}'><body>${text()}</body>`
            + `<active xmlns='http://jabber.org/protocol/chatstates'/>`
            + `<request xmlns='urn:xmpp:receipts'/>`
            + `<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='${hex(12)}'/>`
            + `${attention}</message>`;
    };
    return "<body xmlns='http://jabber.org/protocol/httpbind'>"
        + `${Array.from({ length: count }, message).join('')}</body>`;
}
