// SPDX-License-Identifier: MIT
// Notices of the desktop while nobody looks at the page, if the user wants them. Browsers only have
// them on https and localhost.

import { keepSetting, setting } from '../storage.js';

const LONGEST = 160;

/** Is it there, and not forbidden? */
export const canNotify = () => 'Notification' in globalThis && Notification.permission !== 'denied';

export const isNotifying = () =>
  canNotify() && Notification.permission === 'granted' && setting('notify') === true;

/** @param {boolean} isWanted */
export async function setNotifying(isWanted) {
  keepSetting('notify', isWanted);
  if (isWanted) await Notification.requestPermission();
}

/** @param {import('../model.js').Model} model */
export function notifier(model) {
  model.on('unread', (chat, { from, body }) => {
    if (model.isLooking || model.self.show === 'dnd' || !isNotifying()) return;
    const who = model.nameOf(chat.jid);
    const text = chat.room ? `${from}: ${body}` : body;
    // One for each conversation: the next takes its place.
    const notice = new Notification(who, { body: text.slice(0, LONGEST), tag: chat.jid });
    notice.onclick = () => {
      focus();
      model.show(chat.jid);
      notice.close();
    };
  });
}
