// SPDX-License-Identifier: MIT
// A fault of Prosody's own, so that it is not taken for one of the library. A request that overtook
// the one before it waits for that one inside of Prosody (mod_bosh: bosh_deferred). When its
// connection breaks meanwhile, Prosody holds it as open nevertheless and answers on it, stanza by
// stanza, until the session ends; of these answers it keeps the last for the repetition of the
// request. What was in the others is lost, and nobody can know.

import { readFileSync } from 'node:fs';

/**
 * How often that has happened to a client: to requests that were overtaken and repeated.
 *
 * @param {string} serverLog file, of level debug
 * @param {string} clientLog file, with the bodies that the client sent
 */
export function countOvertaken(serverLog, clientLog) {
    const sent = readFileSync(clientLog, 'utf8');
    const isRepeated = (rid) => sent.split(`> <body xmlns='http://jabber.org/protocol/httpbind' ` +
        `rid='${rid}'`).length > 2;
    const lines = readFileSync(serverLog, 'utf8').split('\n')
        .filter((line) => line.includes('mod_bosh'));
    // An answer on a request that is really there ends it.
    const isInVain = (line, i) => line.includes('so sending on that') &&
        !lines[i + 1]?.includes('Request destroyed');
    return lines.filter((line, i) => {
        const [, rid] = /deferred stanzas from rid (\d+)/.exec(line) ?? [];
        return rid && isRepeated(rid) && lines.some((later, j) => j > i && isInVain(later, j));
    }).length;
}
