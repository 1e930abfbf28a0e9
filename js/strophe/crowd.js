// SPDX-License-Identifier: MIT
// Over HTTP/1.1 a browser opens six connections to a host for all its tabs together, and each
// session holds one of them: with many tabs requests wait for each other. What looks like a slow
// server then is said in the log.

import { protocolOf } from '../transports.js';
import { log } from './log.js';

const CHANNEL = 'libbosh-crowd';
const CONNECTIONS = 6;

/**
 * Counts the pages of this origin that have a session at an address, and tells when they are too
 * many for it.
 * @param {string} service
 * @returns {() => void} to be called when the session has ended
 */
export function joinCrowd(service) {
  const { location } = globalThis;
  if (typeof BroadcastChannel === 'undefined' || !location) return () => {};
  const { href, host } = new URL(service, location.href);
  const channel = new BroadcastChannel(CHANNEL);
  const me = Math.random();
  let others = 0;
  channel.addEventListener('message', ({ data }) => {
    if (data.host !== host) return;
    if (data.newcomer) channel.postMessage({ host, to: data.newcomer });
    if (data.to !== me || ++others !== CONNECTIONS - 1 || protocolOf(href) !== 'http/1.1') return;
    log.warn(
      `${CONNECTIONS} pages with a session at ${host} share the ${CONNECTIONS} connections that ` +
        'a browser opens to a host over HTTP/1.1: their requests wait for each other. Serve it ' +
        'over https with HTTP/2',
    );
  });
  channel.postMessage({ host, newcomer: me });
  return () => channel.close();
}
