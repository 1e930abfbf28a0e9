// SPDX-License-Identifier: MIT
// A browser's tab without a browser: a sessionStorage, and pages that come and go in it.

import { recorded } from './package.mjs';

/** A sessionStorage that holds `items`. @param {Map<string, string>} items @param {object} [own] */
const storageOf = (items, own) => ({
  getItem: (key) => items.get(key) ?? null,
  setItem: (key, value) => void items.set(key, value),
  removeItem: (key) => void items.delete(key),
  ...own,
});

/** @param {string} name @param {unknown} value */
const provide = (name, value) =>
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

const KEY = 'strophe-bosh-session';

export class Tab {
  /** @param {object} [own] methods of its sessionStorage */
  constructor(own) {
    this.items = new Map();
    this.storage = storageOf(this.items, own);
    /** What was given to sendBeacon: `{ url, blob }`. */
    this.beacons = [];
  }

  /** What is stored. @returns {any} */
  get stored() {
    return JSON.parse(this.items.get(KEY) ?? 'null');
  }

  set stored(value) {
    this.items.set(KEY, typeof value === 'string' ? value : JSON.stringify(value));
  }

  /**
   * A new page, with a connection.
   * @param {string} url @param {object} [options]
   */
  page(url, options = { keepalive: true }) {
    const target = new EventTarget();
    provide('sessionStorage', this.storage);
    provide('addEventListener', target.addEventListener.bind(target));
    provide('removeEventListener', target.removeEventListener.bind(target));
    provide('document', { hidden: false });
    const sendBeacon = (to, blob) => this.takesBeacons && this.beacons.push({ url: to, blob }) > 0;
    provide('navigator', { sendBeacon });
    const made = recorded(url, options);
    const seen = [];
    made.connection.addHandler(
      (stanza) => seen.push(stanza.getAttribute('id') + (made.connection.isReplay ? '?' : '')),
      ...[null, 'message'],
    );
    const tell = (type, more = {}) =>
      target.dispatchEvent(Object.assign(new Event(type), { persisted: false, ...more }));
    /** No more tasks of this page run. */
    const die = () => {
      const { _keeper: keeper, _proto: proto } = made.connection;
      keeper.watch(false);
      keeper.release();
      proto._drop();
    };
    return {
      ...made,
      /** Ids of the messages, with a question mark when they may have come before. */
      seen,
      tell,
      crash: die,
      leave: () => (tell('pagehide'), die()),
    };
  }

  takesBeacons = true;

  /** As the browser's "duplicate tab" does it. */
  duplicate() {
    const copy = new Tab();
    for (const [key, value] of this.items) copy.items.set(key, value);
    return copy;
  }
}

/** Afterwards there is no page any more. */
export function closeAll() {
  for (const name of ['sessionStorage', 'addEventListener', 'removeEventListener', 'document'])
    delete globalThis[name];
  delete globalThis.navigator;
}
