// SPDX-License-Identifier: MIT
// Who owns a stored session. A duplicated tab gets a copy of sessionStorage, and must not go on
// with the session that its original is still using: pages ask each other.

const CHANNEL = 'libbosh-sessions';
/** How long an owner may take to answer. */
const PATIENCE_MS = 50;

/** @returns {BroadcastChannel | null} */
function open() {
  if (typeof BroadcastChannel === 'undefined') return null;
  const channel = new BroadcastChannel(CHANNEL);
  // Node would not end as long as it is open.
  /** @type {any} */ (channel).unref?.();
  return channel;
}

/**
 * Claims a session. `isTaken` asks whether another page has it; of several that ask at the same
 * time one gets it. Until `release` this page tells the others that it is taken.
 *
 * @param {string} sid
 * @returns {{isTaken: () => Promise<boolean>, release: () => void}}
 */
export function claim(sid) {
  const channel = open();
  const token = Math.random();
  /** Not set while nobody asks: then the session is ours. @type {(() => void) | null} */
  let lose = null;
  channel?.addEventListener('message', ({ data }) => {
    if (data?.sid !== sid) return;
    if (data.to === token) lose?.();
    if (data.to) return;
    if (lose && data.from < token) lose();
    else channel.postMessage({ sid, to: data.from });
  });
  return {
    release: () => channel?.close(),
    isTaken: () =>
      new Promise((resolve) => {
        if (!channel) return resolve(false);
        lose = () => {
          channel.close();
          resolve(true);
        };
        const win = () => {
          lose = null;
          resolve(false);
        };
        // Twice: a page that was busy for so long finds the answer beside the first.
        setTimeout(() => setTimeout(win), PATIENCE_MS);
        channel.postMessage({ sid, from: token });
      }),
  };
}
