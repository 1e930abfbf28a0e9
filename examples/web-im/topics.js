// SPDX-License-Identifier: MIT
// Who wants to know of what.

export class Topics {
  /** @type {Map<string, Set<(...details: any[]) => void>>} */
  #listeners = new Map();

  /**
   * @param {string} names of topics, separated by spaces
   * @param {(...details: any[]) => void} listener
   */
  on(names, listener) {
    for (const name of names.split(' ')) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name)?.add(listener);
    }
  }

  /** @param {string} name @param {any[]} details */
  tell(name, ...details) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(...details);
      } catch (error) {
        reportError(error); // one view that fails must not silence the others
      }
    }
  }
}

/**
 * Calls `work` once, a little later, however often the function that is returned is called. Not an
 * animation frame: those rest in a hidden tab, and its title still has to count.
 * @param {() => void} work
 */
export function soon(work) {
  let isPlanned = false;
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    isPlanned = false;
    work();
  };
  return () => {
    if (!isPlanned) channel.port2.postMessage(null);
    isPlanned = true;
  };
}
