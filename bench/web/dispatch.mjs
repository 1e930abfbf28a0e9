// SPDX-License-Identifier: MIT
// dispatch_...: how long one long answer takes from its bytes to the last handler. In Node and in
// pages, with any library behind a feeder (feeders.mjs).

import { feedOurs, feedStrophe } from './feeders.mjs';

/** Twenty handlers that want nothing of what comes, of the kinds programs have. */
function addIdleHandlers(connection) {
    const ignore = () => true;
    for (let i = 0; i < 5; i++) {
        connection.addHandler(ignore, `urn:example:${i}`, 'message');
        connection.addHandler(ignore, `urn:example:${i}`, 'iq', 'set');
        connection.addHandler(ignore, null, 'presence', null, null, `user${i}@example.org`,
            { matchBareFromJid: true });
        connection.addHandler(ignore, null, 'iq', 'result', `id${i}`);
    }
}

/**
 * @param {object} options
 * @param {any} options.api
 * @param {string} options.who
 * @param {string} options.origin of server.mjs
 * @param {'all' | 'few'} options.wanted every message; or those that want attention, one in a
 *     hundred, while twenty more handlers look on
 * @param {boolean} [options.isInputShown] xmlInput is overridden, as Converse does
 * @param {number} [options.bodies] measured; as many go before, until the code is compiled
 */
export async function dispatch({ api, who, origin, wanted, isInputShown = false, bodies = 20 }) {
    const response = await fetch(`${origin}/corpus/${wanted === 'few' ? 100 : ''}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const feeder = await (who === 'libbosh' ? feedOurs : feedStrophe)(api, bytes);
    const { Strophe, connection } = feeder;
    const seen = [];
    const look = (message) => {
        const text = message.getElementsByTagName('body')[0];
        seen.push(`${message.getAttribute('from')} ${Strophe.getText(text)}`);
        return true;
    };
    if (wanted === 'few') {
        addIdleHandlers(connection);
        connection.addHandler(look, 'urn:xmpp:attention:0', 'message');
    } else connection.addHandler(look, null, 'message');
    let inputs = 0;
    if (isInputShown) connection.xmlInput = (body) => (inputs += body.childNodes.length);

    const times = [];
    for (let i = 0; i < 2 * bodies; i++) {
        seen.length = 0;
        times.push(await feeder.feed());
    }
    const [first] = times.splice(0, bodies);
    times.sort((a, b) => a - b);
    return { ms: times[Math.floor(times.length / 2)], first, seen, inputs };
}
