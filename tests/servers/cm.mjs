// SPDX-License-Identifier: MIT
// A scripted connection manager: BOSH and the login of one XMPP server in a few lines, and any
// answer a test wants instead. What servers do differently is data, see `profiles`.

import { once } from 'node:events';
import { createServer } from 'node:http';

const HTTPBIND = 'http://jabber.org/protocol/httpbind';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';

/** How servers differ. */
export const profiles = {
    /** As Prosody 0.12 answers. */
    prosody: {
        creation: { wait: 60, requests: 2, hold: 1, inactivity: 60, ver: '1.11', polling: 2 },
        mechanisms: ['PLAIN'],
        features: `<bind xmlns='${BIND}'><required/></bind>` +
            `<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>`,
        /** Resources that cannot be bound, and why. */
        badResources: { taken: 'conflict', refused: 'not-allowed' },
    },
};

/** The value of an attribute of the first tag. */
const attribute = (xml, name) =>
    new RegExp(`^<[^>]*\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(xml)?.[1];
const attributes = (values) =>
    Object.entries(values).map(([name, value]) => ` ${name}='${value}'`).join('');
const body = (inside, more = {}) => `<body xmlns='${HTTPBIND}' ` +
    `xmlns:stream='http://etherx.jabber.org/streams'${attributes(more)}>${inside}</body>`;

/** One session of a client. Requests are taken in the order of their ids, each once; the answer to
 * a repeated one is the one it had. */
class Session {
    /** What waits for a request. */
    #outbox = [];
    /** Requests that wait for an answer, `{ rid, response }`. */
    #held = [];
    /** Requests that came before an earlier one, and the last answers, by id. */
    #early = new Map();
    #answers = new Map();
    #next;
    /** The answer to everything, once the session has ended. */
    #end = '';

    constructor(manager, sid, rid) {
        this.manager = manager;
        this.sid = sid;
        this.jid = '';
        this.#next = rid + 1;
    }

    /** Sends stanzas to the client, as soon as it asks. @param {string} xml */
    push(xml) {
        this.#outbox.push(xml);
        this.#settle();
    }

    /** How many requests are held. */
    get waiting() {
        return this.#held.length;
    }

    /** Answers what is held, with nothing in it. */
    release() {
        while (this.#held.length) this.#answer(body(''));
    }

    /** Ends the session from this side. @param {string} condition @param {string} [inside] */
    terminate(condition, inside = '') {
        this.#end = body(inside, { type: 'terminate', ...(condition ? { condition } : {}) });
        this.#settle();
    }

    /** A request of the client. */
    receive(xml, response) {
        const rid = Number(attribute(xml, 'rid'));
        if (this.#answers.has(rid)) return void response.end(this.#answers.get(rid));
        response.once('close', () => {
            this.#held = this.#held.filter((held) => held.response !== response);
        });
        if (rid < this.#next) {
            this.#held.unshift({ rid, response });
            return this.#settle();
        }
        this.#early.set(rid, { xml, response });
        for (let one; (one = this.#early.get(this.#next)); ) {
            this.#early.delete(this.#next);
            this.#held.push({ rid: this.#next++, response: one.response });
            this.#process(one.xml);
        }
    }

    #process(xml) {
        const inside = /^<body[^>]*[^/]>([^]*)<\/body>$/.exec(xml)?.[1] ?? '';
        if (attribute(xml, 'type') === 'terminate') {
            if (inside) this.manager.received.push(inside);
            this.#end = body('', { type: 'terminate' });
        } else if (/^<body[^>]*restart=["']true/.test(xml)) this.#outbox.push(this.#features());
        else if (inside) this.#take(inside);
        this.#settle();
    }

    /** The oldest request gets an answer. */
    #answer(text) {
        const { rid, response } = this.#held.shift();
        this.#answers.set(rid, text).delete(rid - 4);
        response.end(text);
    }

    #features() {
        return `<stream:features>${this.manager.profile.features}</stream:features>`;
    }

    #take(inside) {
        if (/^<(auth|response|abort)\b/.test(inside))
            this.#outbox.push(this.manager.onLogin?.(inside, this) ?? this.#login(inside));
        else if (inside.includes(BIND)) this.#outbox.push(this.#bind(inside));
        else {
            this.manager.received.push(inside);
            this.manager.onStanzas?.(inside, this);
        }
    }

    #login(inside) {
        const secret = Buffer.from(/>([^<]*)</.exec(inside)?.[1] ?? '', 'base64').toString();
        const [, user, password] = secret.split('\0');
        this.user = user;
        return this.manager.users[user] === password ? `<success xmlns='${SASL}'/>`
            : `<failure xmlns='${SASL}'><not-authorized/></failure>`;
    }

    #bind(inside) {
        const resource = /<resource[^>]*>([^<]*)</.exec(inside)?.[1] ?? 'r1';
        const id = attribute(inside, 'id');
        const problem = this.manager.profile.badResources[resource];
        if (problem)
            return `<iq xmlns='jabber:client' type='error' id='${id}'><error type='cancel'>` +
                `<${problem} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;
        this.jid = `${this.user}@localhost/${resource}`;
        return `<iq xmlns='jabber:client' type='result' id='${id}'><bind xmlns='${BIND}'>` +
            `<jid>${this.jid}</jid></bind></iq>`;
    }

    /** Answers what can be answered: no more than `hold` requests are held. */
    #settle() {
        while (this.#end && this.#held.length) {
            this.#answer(this.#end);
            this.manager.sessions.delete(this.sid);
        }
        while (this.#outbox.length && this.#held.length)
            this.#answer(body(this.#outbox.splice(0).join('')));
        while (this.#held.length > this.manager.profile.creation.hold) this.#answer(body(''));
    }
}

/**
 * Starts a connection manager.
 *
 * @param {object} [options]
 * @param {typeof profiles.prosody} [options.profile]
 * @param {Record<string, string>} [options.users]
 */
export async function startManager({ profile = profiles.prosody, users = { alice: 'alicepw' } }
    = {}) {
    let sids = 0;
    const manager = {
        url: '',
        profile,
        users,
        /** All requests so far: `{ xml, headers }`. */
        requests: [],
        /** The stanzas so far, as they came. */
        received: [],
        sessions: new Map(),
        /**
         * Called with stanzas and their session.
         * @type {((xml: string, session: any) => void) | null}
         */
        onStanzas: null,
        /**
         * A test's own answer to an element of SASL, with the session, whose `user` it sets.
         * @type {((xml: string, session: any) => string | null) | null}
         */
        onLogin: null,
        /** A test's own answer: `(xml, response, number)` returns true when it takes the request.
         * @type {((xml: string, response: any, number: number) => boolean | void) | null} */
        script: null,
        /** The only session. */
        get session() {
            return [...manager.sessions.values()].at(-1);
        },
        async stop() {
            server.closeAllConnections();
            server.close();
        },
    };
    const create = (xml, response) => {
        const rid = Number(attribute(xml, 'rid'));
        const session = new Session(manager, `s${++sids}`, rid);
        manager.sessions.set(session.sid, session);
        const offered = manager.profile.mechanisms.map((name) => `<mechanism>${name}</mechanism>`);
        response.end(body(`<stream:features><mechanisms xmlns='${SASL}'>${offered.join('')}` +
            `</mechanisms></stream:features>`, { sid: session.sid, from: 'localhost',
            'xmlns:xmpp': 'urn:xmpp:xbosh', 'xmpp:version': '1.0', ...manager.profile.creation }));
    };
    const server = createServer(async (request, response) => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        const xml = Buffer.concat(chunks).toString();
        // A client that warms a second connection.
        if (request.method !== 'POST') return void response.end();
        manager.requests.push({ xml, headers: request.headers });
        response.setHeader('Content-Type', 'text/xml; charset=utf-8');
        if (manager.script?.(xml, response, manager.requests.length)) return;
        const sid = attribute(xml, 'sid');
        if (!sid) create(xml, response);
        else if (manager.sessions.has(sid)) manager.sessions.get(sid).receive(xml, response);
        else response.end(body('', { type: 'terminate', condition: 'item-not-found' }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    manager.url = `http://127.0.0.1:${server.address().port}/http-bind`;
    return manager;
}
