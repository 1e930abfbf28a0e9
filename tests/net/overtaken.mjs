// SPDX-License-Identifier: MIT
// A fault of Prosody's own, so that it is not taken for one of the library. A request that overtook
// the one before it waits for that one inside of Prosody (mod_bosh: bosh_deferred). When its
// connection breaks meanwhile, Prosody holds it as open nevertheless and answers on it, stanza by
// stanza; of these answers it keeps the last for the repetition of the request. What was in the
// others is lost, and nobody can know.

import { readFileSync } from 'node:fs';

/**
 * How often that may have happened to a client: requests that Prosody says were overtaken and that
 * were repeated.
 *
 * @param {string} serverLog file, of level debug
 * @param {string} clientLog file, with the bodies that the client sent
 */
export function countOvertaken(serverLog, clientLog) {
    const sent = readFileSync(clientLog, 'utf8');
    return [...readFileSync(serverLog, 'utf8').matchAll(/deferred stanzas from rid (\d+)/g)]
        .filter(([, rid]) => sent.split(`> <body xmlns='http://jabber.org/protocol/httpbind' ` +
            `rid='${rid}'`).length > 2).length;
}
