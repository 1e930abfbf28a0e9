// SPDX-License-Identifier: MIT
// The module under Node and every connection manager that the scripted one can play.

import { test } from 'node:test';
import { Events } from '../interop/events.mjs';
import { profiles } from '../servers/cm.mjs';
import { playLosses, playWhole } from '../servers/play.mjs';
import { loadEngine, next } from './load.mjs';

/** The transport of programs for Node, and one that asks for compressed answers. */
const engines = { http: await loadEngine('http'), fetch: await loadEngine('fetch') };

/** A client whose events are those of bosh-driver. */
class Party extends Events {
    #seen = new Set();

    constructor(engine, name, url) {
        super();
        this.name = name;
        this.client = engine.client({ url, jid: `${name}@localhost`, password: `${name}pw`,
            reconnect: 'always' });
        for (const event of ['unknown', 'unsent', 'retry', 'state'])
            this.client.on(event, (told) => this.#tell(event, told));
        this.client.handle({ name: 'message' }, (stanza) => {
            const [id, from] = [stanza.attribute('id'), stanza.attribute('from')];
            const key = JSON.stringify([from, id]);
            this.add({ event: 'message', id, repeated: this.#seen.has(key) });
            this.#seen.add(key);
            return true;
        });
        this.client.connect().catch(() => {}); // the states tell
    }

    #tell(event, { state, error, xml, ticket }) {
        const { httpStatus: http, condition, stanzaCondition: stanza } = error?.detail ?? {};
        this.add({ event, ticket, xml, error: error?.code, http, condition, stanza,
            ...(event === 'state' && { state: state.replace('reconnect-wait',
                'waiting to reconnect') }) });
    }

    send(xml) {
        this.client.send(xml);
    }

    async close() {
        if (this.client.state !== 'ended') {
            const ended = next(this.client, 'state', ({ state }) => state === 'ended');
            this.client.close();
            await ended;
        }
        this.client.free();
    }
}

for (const [name, { compresses }] of Object.entries(profiles)) {
    const join = (...who) => new Party(compresses ? engines.fetch : engines.http, ...who);
    test(`${name}: 2,000 messages each way, losses, nothing missing`, () => playWhole(name, join));
    test(`${name}: what is lost is told`, () => playLosses(name, join));
}
