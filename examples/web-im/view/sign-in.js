// SPDX-License-Identifier: MIT
// The first page. It remembers the address, never the password; the browser may, if the user wants.

import { domain } from '../config.js';
import { keepSetting, setting } from '../storage.js';
import { byId } from './dom.js';

/** @param {import('../xmpp/client.js').Client} client */
export function signInView(client) {
  const page = byId('sign-in');
  const form = page.querySelector('form');
  const problem = form.querySelector('.problem');
  const { jid, password, remember, submit } = form.elements;
  jid.value = setting('jid') ?? '';
  remember.checked = setting('jid') !== '';

  form.addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const typed = jid.value.trim();
    jid.value = typed.includes('@') ? typed : `${typed}@${domain}`;
    keepSetting('jid', remember.checked ? jid.value : '');
    client.session.signIn(jid.value, password.value);
  });

  /** @param {import('../xmpp/session.js').State} state */
  function draw({ name, reason }) {
    const wasHidden = page.hidden;
    const isBusy = name === 'signing-in';
    page.hidden = name !== 'out' && !isBusy;
    if (page.hidden) {
      password.value = '';
      return;
    }
    form.inert = isBusy;
    submit.textContent = isBusy ? 'Signing in…' : 'Sign in';
    problem.hidden = !reason;
    problem.textContent = reason ?? '';
    if (!isBusy && (wasHidden || reason)) (jid.value ? password : jid).focus();
    if (reason) password.select();
  }

  client.session.on('state', draw);
  return draw;
}
