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

/** Answers for a session, until the function that is returned is called. @param {string} sid */
export function claim(sid) {
  const channel = open();
  channel?.addEventListener('message', ({ data }) => {
    if (data?.asked === sid) channel.postMessage({ owned: sid });
  });
  return () => channel?.close();
}

/** Is there a page that has claimed it? @param {string} sid @returns {Promise<boolean>} */
export function isOwned(sid) {
  const channel = open();
  if (!channel) return Promise.resolve(false);
  return new Promise((resolve) => {
    const tell = (/** @type {boolean} */ answer) => {
      channel.close();
      resolve(answer);
    };
    channel.addEventListener('message', ({ data }) => data?.owned === sid && tell(true));
    setTimeout(tell, PATIENCE_MS, false);
    channel.postMessage({ asked: sid });
  });
}
