// SPDX-License-Identifier: MIT
// Chance that can be had again: the same seed gives the same throws.

export class Dice {
    #state = 2166136261;

    /** @param {string} seed any text */
    constructor(seed) {
        for (const letter of seed)
            this.#state = Math.imul(this.#state ^ letter.codePointAt(0), 16777619);
    }

    /** A number from 0 up to, but not including, 1 (mulberry32). */
    next() {
        let z = (this.#state = (this.#state + 0x6d2b79f5) | 0);
        z = Math.imul(z ^ (z >>> 15), z | 1);
        z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
        return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
    }

    /** A whole number, both ends included. */
    between(low, high) {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    /** @param {number} percent */
    chance(percent) {
        return this.next() * 100 < percent;
    }

    pick(list) {
        return list[this.between(0, list.length - 1)];
    }

    shuffled(list) {
        const left = [...list];
        return list.map(() => left.splice(this.between(0, left.length - 1), 1)[0]);
    }
}
