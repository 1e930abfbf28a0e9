// SPDX-License-Identifier: MIT
// Ourselves: how we are seen, light or dark, signing out.

import { keepSetting, setting } from '../storage.js';
import { Strophe } from '../xmpp/strophe.js';
import { avatar } from './avatar.js';
import { byId, h } from './dom.js';
import { menuOf } from './menu.js';
import { canNotify, isNotifying, setNotifying } from './notify.js';
import { presences } from './words.js';

const LONGEST_STATUS = 120;

/** @param {import('../xmpp/client.js').Client} client */
export function meView(client) {
  const { model, session } = client;
  const button = byId('me');

  function draw() {
    const { account, self } = model;
    const name = Strophe.getNodeFromJid(account) || account;
    const show = session.isOnline ? self.show : 'offline';
    const line = session.isOnline ? self.status || presences[self.show] : 'Not connected';
    button.replaceChildren(
      avatar(account, name, { show }),
      h('span.name', null, name),
      h('span.line', null, line),
    );
    button.setAttribute('aria-label', `${account}, ${line}. Menu`);
    button.title = account;
  }

  /** @param {string} show */
  const presence = (show, label = presences[show]) => ({
    label,
    mark: h('span.dot', { 'data-show': show || 'online' }),
    isChecked: model.self.show === show,
    run: () => client.setPresence(show, model.self.status),
  });

  const theme = (
    /** @type {string} */ name,
    /** @type {string} */ label,
    /** @type {string} */ icon,
  ) => ({
    label,
    icon,
    isChecked: (setting('theme') ?? '') === name,
    run: () => setTheme(name),
  });

  const notices = () => ({
    label: 'Notify me',
    icon: 'bell',
    isChecked: isNotifying(),
    isAlone: true,
    run: () => setNotifying(!isNotifying()),
  });

  function statusField() {
    const field = h('input', {
      name: 'status',
      value: model.self.status,
      maxlength: LONGEST_STATUS,
      placeholder: 'What are you up to?',
      'aria-label': 'Status text',
      autocomplete: 'off',
    });
    const save = () => client.setPresence(model.self.show, field.value.trim());
    return h(
      'form.status',
      {
        onchange: save,
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          save();
          field.closest('[popover]')?.hidePopover();
        },
      },
      field,
    );
  }

  menuOf(button, () => [
    { label: '', node: statusField() },
    ...['', 'away', 'dnd'].map((show) => presence(show)),
    presence('offline', 'Appear offline'),
    null,
    theme('', 'Like the device', 'auto'),
    theme('light', 'Light', 'sun'),
    theme('dark', 'Dark', 'moon'),
    null,
    ...(canNotify() ? [notices()] : []),
    { label: 'Sign out', icon: 'exit', run: () => client.signOut() },
  ]);
  model.on('self reset', draw);
  session.on('state account', draw);
}

/** @param {string} name light, dark, or '' for what the device prefers */
export function setTheme(name) {
  keepSetting('theme', name || null);
  document.documentElement.dataset.theme = name;
}
