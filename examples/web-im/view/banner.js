// SPDX-License-Identifier: MIT
// How the connection is, when it is not simply there.

import { byId, h, setText } from './dom.js';
import { icon } from './icons.js';

/** @param {import('../xmpp/session.js').Session} session */
export function bannerView(session) {
  const banner = byId('banner');
  const text = h('span', null);
  // Not spoken: it changes every second.
  const clock = h('span', { 'aria-hidden': 'true' });
  const button = h('button', { onclick: () => session.retry() }, 'Try now');
  const spinner = h('span.spinner', { 'aria-hidden': 'true' });
  banner.append(spinner, icon('alert'), h('span.words', null, text, clock), button);
  let timer = 0;

  function draw() {
    const { name, reason = '', until = 0 } = session.state;
    clearInterval(timer);
    banner.hidden = ['online', 'out', 'signing-in'].includes(name);
    if (banner.hidden) return;
    const isWaiting = name === 'waiting';
    banner.dataset.state = name;
    button.hidden = clock.hidden = !isWaiting;
    setText(text, navigator.onLine ? (words[name] ?? reason) : offline);
    if (!isWaiting) return;
    const count = () => {
      const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
      setText(clock, ` Next try in ${seconds} s.`);
    };
    count();
    timer = setInterval(count, 1000);
  }

  session.on('state', draw);
  for (const type of ['online', 'offline']) addEventListener(type, draw);
}

const offline = 'Your device is offline. What you write is sent later.';

/** @type {Record<string, string>} */
const words = {
  recovering: 'Poor connection – recovering…',
  connecting: 'Reconnecting…',
};
