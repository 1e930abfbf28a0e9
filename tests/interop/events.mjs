// SPDX-License-Identifier: MIT
// What one party of a test has reported so far, and waiting for more of it.

export class Events {
    /** Every event so far, in order. @type {{event: string, [member: string]: any}[]} */
    events = [];
    /** Whose they are, for error messages. */
    name = '';
    #watchers = new Set();

    /** What else helps to understand why something did not happen. */
    get remarks() {
        return '';
    }

    add(event) {
        this.events.push(event);
        for (const watcher of [...this.#watchers]) watcher();
    }

    /**
     * The first event, past or future, that `wanted` accepts. Fails when the party ends before.
     * @param {string} what for the error message
     * @param {(event: object) => boolean} wanted
     * @param {{ms?: number, after?: number}} [options] `after`: look only at events from this index
     */
    async until(what, wanted, { ms = 20000, after = 0 } = {}) {
        let seen = after;
        return new Promise((resolve, reject) => {
            const stop = (settle, value) => {
                clearTimeout(timer);
                this.#watchers.delete(look);
                settle(value);
            };
            const fail = (why) => stop(reject, new Error(`${this.name}: ${what}: ${why}\n` +
                `${this.events.slice(-12).map((event) => JSON.stringify(event)).join('\n')}\n` +
                this.remarks));
            const timer = setTimeout(() => fail(`not within ${ms} ms`), ms);
            // Of several that wait, the first may be enough; the rest keep no test from its end.
            timer.unref();
            const look = () => {
                for (; seen < this.events.length; seen++) {
                    if (wanted(this.events[seen])) return stop(resolve, this.events[seen]);
                    if (this.events[seen].event === 'exit')
                        return fail(`it ended with ${this.events[seen].code}`);
                }
            };
            this.#watchers.add(look);
            look();
        });
    }

    /** Waits for a message with this text. */
    message(body, options) {
        return this.until(`message ${body}`, (event) =>
            event.event === 'message' && event.body === body, options);
    }

    /** Texts of all messages received so far. */
    get bodies() {
        return this.events.filter((event) => event.event === 'message' && event.body !== null)
            .map((event) => event.body);
    }
}
