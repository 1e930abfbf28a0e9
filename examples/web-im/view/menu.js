// SPDX-License-Identifier: MIT
// A menu below the button that opens it. The browser closes it on Esc and on a click elsewhere.

import { h } from './dom.js';
import { icon } from './icons.js';

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [icon]
 * @property {Node} [mark] instead of the icon
 * @property {boolean} [isChecked] one of several to choose from
 * @property {boolean} [isAlone] it is on or off by itself
 * @property {() => void} [run]
 * @property {Node} [node] instead of a button
 */

const MARGIN = 8;

/**
 * @param {HTMLElement} button
 * @param {() => (Item | null)[]} items asked for each time; null: a line
 */
export function menuOf(button, items) {
  /** @type {any} */
  let menu = null;

  function open() {
    if (menu) return menu.hidePopover();
    menu = h('div.menu', {
      role: 'menu',
      popover: 'auto',
      'aria-label': button.getAttribute('aria-label'),
    });
    menu.append(...items().map(row));
    menu.addEventListener('keydown', move);
    menu.addEventListener('toggle', (/** @type {ToggleEvent} */ event) => {
      button.setAttribute('aria-expanded', String(event.newState === 'open'));
      if (event.newState === 'open') return;
      menu?.remove();
      menu = null;
    });
    document.body.append(menu);
    menu.showPopover();
    place();
    (menu.querySelector('[aria-checked=true]') ?? menu.querySelector('button'))?.focus();
  }

  function place() {
    const { left, right, bottom, top } = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const isLeft = left + width + MARGIN < innerWidth;
    const isBelow = bottom + height + MARGIN < innerHeight;
    menu.style.left = `${Math.max(MARGIN, isLeft ? left : right - width)}px`;
    menu.style.top = `${Math.max(MARGIN, isBelow ? bottom + 4 : top - height - 4)}px`;
  }

  /** @param {Item | null} item */
  function row(item) {
    if (!item) return h('hr', null);
    if (item.node) return item.node;
    const { label, isChecked, isAlone, run } = item;
    const role = isAlone ? 'menuitemcheckbox' : 'menuitemradio';
    const attributes = {
      role: isChecked === undefined ? 'menuitem' : role,
      'aria-checked': isChecked === undefined ? null : String(isChecked),
      onclick: () => {
        menu?.hidePopover();
        run?.();
      },
    };
    return h(
      'button',
      attributes,
      item.mark ?? icon(item.icon ?? 'check'),
      h('span', null, label),
      isChecked && icon('check'),
    );
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    if (event.target instanceof HTMLInputElement) return;
    const rows = [...menu.querySelectorAll('button')];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = rows.indexOf(/** @type {any} */ (document.activeElement));
    rows[(index + step + rows.length) % rows.length].focus();
  }

  button.addEventListener('click', open);
}
