// SPDX-License-Identifier: MIT
// How the connection is, when it is not simply there.

import { byId, h, setText } from './dom.js';
import { icon } from './icons.js';

/** @param {import('../xmpp/session.js').Session} session */
export function bannerView(session) {
  const banner = byId('banner');
  const text = h('span.words', null);
  const button = h('button', { onclick: () => session.retry() }, 'Try now');
  const spinner = h('span.spinner', { 'aria-hidden': 'true' });
  banner.append(spinner, icon('alert'), text, button);
  let timer = 0;

  function draw() {
    const { name, reason = '', until = 0 } = session.state;
    clearInterval(timer);
    banner.hidden = ['online', 'out', 'signing-in'].includes(name);
    if (banner.hidden) return;
    const isWaiting = name === 'waiting';
    banner.dataset.state = name;
    button.hidden = !isWaiting;
    if (!isWaiting) return setText(text, navigator.onLine ? words[name] : offline);
    const count = () => {
      const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
      const why = navigator.onLine ? reason : 'Your device is offline.';
      setText(text, `${why} Next try in ${seconds} s.`);
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
