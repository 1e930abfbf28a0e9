// SPDX-License-Identifier: MIT
// A handful of emoji for those whose keyboard has none.

import { h } from './dom.js';

const emoji =
  '😀 😄 😂 😊 😉 😍 😘 😎 🤔 😐 😕 😢 😭 😡 😱 🥳 👍 👎 👏 🙏 👋 💪 ✌️ 🤝 ' +
  '❤️ 💙 💚 🔥 ⭐ 🎉 🎂 🎁 ☕ 🍺 🍕 🌞 🌧️ 🌱 🐱 🐶 🚲 🚀 ✅ ❌ ❓ 💡 📌 🕐';

/** @param {HTMLElement} button @param {HTMLTextAreaElement} field that gets them */
export function emojiMenu(button, field) {
  const choices = emoji
    .split(' ')
    .map((one) => h('button', { type: 'button', onclick: () => insert(one) }, one));
  const panel = h('div.emoji', { popover: 'auto', role: 'dialog', 'aria-label': 'Emoji' }, choices);
  document.body.append(panel);

  /** @param {string} one */
  function insert(one) {
    panel.hidePopover();
    field.focus();
    field.setRangeText(one, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input'));
  }

  panel.addEventListener('toggle', (/** @type {ToggleEvent} */ event) =>
    button.setAttribute('aria-expanded', String(event.newState === 'open')),
  );
  panel.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = choices.indexOf(document.activeElement);
    choices[(index + step + choices.length) % choices.length].focus();
  });
  button.addEventListener('click', () => {
    panel.togglePopover();
    const { left, top } = button.getBoundingClientRect();
    panel.style.left = `${Math.max(8, Math.min(left, innerWidth - panel.offsetWidth - 8))}px`;
    panel.style.top = `${top - panel.offsetHeight - 8}px`;
    if (panel.matches(':popover-open')) choices[0].focus();
  });
}
