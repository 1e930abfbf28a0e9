// SPDX-License-Identifier: MIT
// The place to write: Enter sends, Shift+Enter begins a new line; each conversation
// keeps its draft.

import { h } from './dom.js';
import { emojiMenu } from './emoji.js';
import { icon } from './icons.js';

const HIGHEST_PX = 180;

/** @param {import('../xmpp/client.js').Client} client */
export function composerView(client) {
  const { model, messages, chatStates } = client;
  const field = h('textarea', { rows: 1, enterkeyhint: 'send', autocomplete: 'off', dir: 'auto' });
  const send = h('button.send', { 'aria-label': 'Send' }, icon('send'));
  const emoji = h(
    'button.icon',
    { type: 'button', 'aria-label': 'Emoji', 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
    icon('smile'),
  );
  const element = h(
    'form.composer',
    { 'aria-label': 'Write', onsubmit: submit },
    emoji,
    field,
    send,
  );
  emojiMenu(emoji, field);
  /** @type {import('../model.js').Chat | undefined} */
  let chat;

  /** @param {Event} [event] */
  function submit(event) {
    event?.preventDefault();
    if (!chat || !field.value.trim()) return;
    messages.send(chat, field.value.trim());
    field.value = '';
    typed();
    field.focus();
  }

  function typed() {
    if (!chat) return;
    const isChanged = !chat.draft !== !field.value;
    chat.draft = field.value;
    chatStates.typed(chat, !field.value.trim());
    fit();
    if (isChanged) model.tell('draft', chat);
  }

  function fit() {
    send.disabled = !field.value.trim();
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, HIGHEST_PX)}px`;
  }

  function open() {
    chat = model.chats.get(model.open);
    field.value = chat?.draft ?? '';
    name();
    fit();
  }

  function name() {
    if (!chat) return;
    const label = `Message ${model.nameOf(chat.jid)}`;
    field.placeholder = label;
    field.setAttribute('aria-label', label);
  }

  field.addEventListener('input', typed);
  field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    // Enter that ends a composed character (Japanese, Chinese ...) is not meant for us.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  model.on('open reset', open);
  model.on('list chat', name);
  return { element };
}
