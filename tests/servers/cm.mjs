// SPDX-License-Identifier: MIT
// A scripted connection manager: BOSH and the login of one XMPP server in a few lines, and any
// answer a test wants instead. What servers do differently is data, see profiles.mjs. Messages to a
// user who is logged in are passed on, those to others kept.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { profiles } from './profiles.mjs';
import { ScramServer } from './scram.mjs';

export { profiles };
/** Prosody, with one mechanism: what most tests talk to. */
export const simple = { ...profiles.prosody, mechanisms: ['PLAIN'] };

const HTTPBIND = 'http://jabber.org/protocol/httpbind';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const STREAM_ERRORS = 'urn:ietf:params:xml:ns:xmpp-streams';
/** How long a request may wait for the one before it and count as having come in order: on a busy
 * machine two connections are not served in the order in which they were written to. */
const GAP_MS = 2000;
const PAGE = '<html><head><title>Error</title></head><body><h2>HTTP ERROR</h2></body></html>';

/** The value of an attribute of the first tag. */
export const attribute = (xml, name) =>
    new RegExp(`^<[^>]*\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(xml)?.[1];
const isTerminate = (xml) => attribute(xml, 'type') === 'terminate';
const isRestart = (xml) => /^<body[^>]*xmpp:restart=["']true/.test(xml);
const insideOf = (xml) => /^<body[^>]*[^/]>([^]*)<\/body>$/.exec(xml)?.[1] ?? '';

/** One session of a client. Requests are taken in the order of their ids. */
class Session {
    /** What waits for a request: `{ xml, kind }`. */
    #outbox = [];
    /** Requests that wait for an answer, `{ rid, response, isBroken, timer }`. */
    #held = [];
    /** Requests that came before an earlier one: `{ xml, response, sinceMs }` by id. */
    #early = new Map();
    /** The last answers: `{ text, kind }` by id. */
    #answers = new Map();
    #next;
    /** The last request that was answered. */
    #answered;
    /** When an empty request came last. */
    #polledMs = -Infinity;
    /** The attributes of the answer that ends the session, and what is in it. */
    #end = null;
    #isRestarted = false;
    #reaper;

    constructor(manager, sid, xml) {
        this.manager = manager;
        this.profile = manager.profile;
        this.sid = sid;
        this.jid = '';
        this.#answered = Number(attribute(xml, 'rid'));
        this.#next = this.#answered + 1;
        this.waitS = Math.min(Number(attribute(xml, 'wait') ?? 60), this.profile.creation.wait);
        this.#reap();
    }

    /** Sends stanzas to the client, as soon as it asks. @param {string} xml */
    push(xml) {
        this.#put(xml);
        this.#settle();
    }

    /** Something that a request has brought about. @param {string} xml */
    result(xml) {
        this.#put(xml);
    }

    /** How many requests are held. */
    get waiting() {
        return this.#held.length;
    }

    /** Answers what is held, with nothing in it. */
    release() {
        while (this.#held.length) this.#answer('', 'released');
    }

    /** The connections of held requests break. */
    drop() {
        for (const { response } of [...this.#held]) response.destroy();
    }

    /** Ends the session from this side. @param {string} condition @param {string} [inside] */
    terminate(condition, inside = '') {
        this.#end = { inside, attributes: { type: 'terminate', ...(condition && { condition }) } };
        this.#settle();
    }

    /** The XMPP server ends the stream. @param {string} condition */
    endStream(condition) {
        const error = `<stream:error><${condition} xmlns='${STREAM_ERRORS}'/></stream:error>`;
        if (!this.profile.hasBareStreamErrors) return this.terminate('remote-stream-error', error);
        this.#end = { inside: error, attributes: {} };
        this.#settle();
    }

    /** A request of the client. */
    receive(xml, response) {
        const rid = Number(attribute(xml, 'rid'));
        if (rid < this.#next || this.#early.has(rid)) return this.#receiveAgain(rid, xml, response);
        const { creation, countsFromAnswered, beyond, waitsForGap } = this.profile;
        const begin = countsFromAnswered ? this.#answered : this.#next - 1;
        // What leaves for good may be one too many.
        const isBeyond = rid - begin > creation.requests + (isTerminate(xml) ? 1 : 0);
        if (isBeyond) return this.#fail(beyond, response);
        if (rid > this.#next && !waitsForGap) this.#punishGap(rid, response);
        const next = this.#early.get(rid + 1);
        const isLate = next && Date.now() - next.sinceMs > GAP_MS;
        this.#early.set(rid, { xml, response, sinceMs: Date.now() });
        if (isLate && this.profile.overtakenIsLost && insideOf(xml) === '') return this.#lose();
        for (let one; (one = this.#early.get(this.#next)); ) {
            this.#early.delete(this.#next);
            this.#hold(this.#next++, one.response);
            this.#process(one.xml);
        }
    }

    /** The session ends if what came before its predecessor still waits for it after a while. */
    #punishGap(rid, response) {
        setTimeout(() => {
            if (this.#early.get(rid)?.response === response) this.#fail('end', response);
        }, GAP_MS).unref();
    }

    /** What came before its predecessor is never carried out, and ends the session. */
    #lose() {
        for (const [rid, { response }] of this.#early) this.#hold(rid, response);
        this.#early.clear();
        this.terminate('internal-server-error');
    }

    /** The same request once more. */
    #receiveAgain(rid, xml, response) {
        const { heldAgain, runsTwice, replay } = this.profile;
        const held = this.#held.find((one) => one.rid === rid);
        const known = this.#answers.get(rid);
        if (held) {
            this.#hold(rid, response, this.#held.indexOf(held) + 1);
            if (runsTwice) this.#process(xml);
            if (this.#held.includes(held)) this.#answer('', 'released', held);
            if (heldAgain === 'both') this.release();
        } else if (known && !replay.forgotten[known.kind]) this.#write(response, known.text);
        else if (this.#early.has(rid)) this.#early.get(rid).response = response;
        else if (known) this.#fail(replay.forgotten[known.kind], response);
        else this.#fail(rid === this.#next - 1 ? 'hold' : replay.older, response, rid);
        this.#settle();
    }

    /** What a request gets that there is no answer for. @param {Again} how */
    #fail(how, response, rid = this.#next - 1) {
        if (how === 'hang') return;
        if (how === 'hold') return void this.#hold(rid, response, 0);
        const attributes = { type: 'terminate', condition: 'item-not-found' };
        this.#write(response, this.#body('', attributes));
        if (how !== 'end') return;
        // Why is told to the request that was wrong, not to those that are held.
        this.terminate(this.profile.left === 'other-request' ? 'other-request' : '');
        this.#forget();
    }

    #hold(rid, response, at = this.#held.length) {
        const held = { rid, response, timer: setTimeout(() => {
            if (this.#held.includes(held)) this.#answer('', 'timeout', held);
        }, this.waitS * 1000).unref() };
        this.#held.splice(at, 0, held);
        clearTimeout(this.#reaper);
        response.once('close', () => {
            if (!this.#held.includes(held) || !this.profile.noticesDrops) return;
            this.#held.splice(this.#held.indexOf(held), 1);
            this.#reap();
        });
    }

    /** The session is forgotten when nothing comes for too long. */
    #reap() {
        clearTimeout(this.#reaper);
        if (this.#held.length > 0) return;
        const { inactivity } = this.profile.creation;
        this.#reaper = setTimeout(() => this.#forget(), inactivity * 1000).unref();
    }

    #forget() {
        clearTimeout(this.#reaper);
        this.manager.sessions.delete(this.sid);
    }

    #process(xml) {
        const inside = insideOf(xml);
        if (inside === '' && !isTerminate(xml) && !isRestart(xml)) this.#poll();
        if (this.profile.freed === 'empty' && !isTerminate(xml))
            while (this.#held.length > this.#holds) this.#answer('', 'released');
        if (isTerminate(xml)) {
            if (inside) this.manager.received.push(inside);
            this.#leave();
        } else if (isRestart(xml)) {
            this.#isRestarted = true;
            this.#put(this.#features(), 'restart');
        } else if (inside) this.#take(inside);
        this.#settle();
    }

    /** An empty request: is it one too many? */
    #poll() {
        const { policesPolls, creation } = this.profile;
        const nowMs = Date.now();
        const isSoon = nowMs - this.#polledMs < creation.polling * 1000;
        this.#polledMs = nowMs;
        const isBesideAnother = this.#held.some(({ rid }) => rid !== this.#next - 1);
        if (policesPolls && isBesideAnother && isSoon) this.terminate('policy-violation');
    }

    /** The client ends the session. */
    #leave() {
        const attributes = { type: 'terminate' };
        const { left } = this.profile;
        const own = this.#held.at(-1);
        while (this.#held[0] && this.#held[0] !== own && left !== 'terminate')
            this.#answer('', 'released', this.#held[0],
                left === 'empty' ? {} : { ...attributes, condition: 'other-request' });
        this.#end = { inside: '', attributes };
    }

    get #holds() {
        return this.profile.creation.hold;
    }

    /** One request gets its answer. */
    #answer(inside, kind, held = this.#held[0], attributes = {}) {
        this.#held.splice(this.#held.indexOf(held), 1);
        clearTimeout(held.timer);
        const { repeatsSid, ack, restart, replay } = this.profile;
        const last = this.#next - 1;
        const tellsAck = kind !== 'restart' && (ack === 'always' || (ack === 'higher' &&
            last > held.rid) || (ack === 'different' && last !== held.rid));
        const text = this.#body(inside, { ...(repeatsSid && { sid: this.sid }),
            ...(tellsAck && { ack: last }), ...(kind === 'restart' && restart), ...attributes });
        this.#answered = Math.max(this.#answered, held.rid);
        this.#answers.set(held.rid, { text, kind }).delete(held.rid - replay.keeps);
        if (this.manager.loses?.(kind, this)) held.response.destroy();
        else this.#write(held.response, text);
        this.#reap();
    }

    #body(inside, attributes) {
        return this.manager.body(inside, attributes);
    }

    #write(response, text) {
        if (response.destroyed) return;
        if (response.wantsGzip) response.setHeader('Content-Encoding', 'gzip');
        response.end(response.wantsGzip ? gzipSync(text) : text);
    }

    #features() {
        return `<stream:features>${this.profile.features}</stream:features>`;
    }

    /** Something for the client. What is not gathered leaves at once. */
    #put(xml, kind = 'stanzas') {
        this.#outbox.push({ xml, kind });
        if (this.profile.results !== 'together') this.#settle();
    }

    #take(inside) {
        if (/^<(auth|response|abort)\b/.test(inside))
            return this.#put(this.manager.onLogin?.(inside, this) ?? this.#login(inside));
        if (inside.includes(BIND)) return this.#bind(inside);
        this.manager.received.push(inside);
        this.manager.onStanzas?.(inside, this);
        for (const [stanza, name] of inside.matchAll(
            /<(message|presence|iq)\b(?:[^>]*\/>|[^>]*>[^]*?<\/\1>)/g))
            if (name === 'message') this.manager.pass(stanza, this);
    }

    #login(inside) {
        const mechanism = attribute(inside, 'mechanism');
        const said = Buffer.from(/>([^<]*)</.exec(inside)?.[1] ?? '', 'base64').toString();
        const tell = (name, text) => `<${name} xmlns='${SASL}'>${
            Buffer.from(text).toString('base64')}</${name}>`;
        const refused = `<failure xmlns='${SASL}'><not-authorized/></failure>`;
        const { users } = this.manager;
        if (mechanism?.startsWith('SCRAM-')) {
            this.scram = new ScramServer(mechanism, said, (user) => users[user]);
            this.user = this.scram.user;
            return tell('challenge', this.scram.challenge);
        }
        if (inside.startsWith('<response')) {
            const proof = this.scram?.finish(said);
            return proof ? tell('success', proof) : refused;
        }
        const [, user, password] = said.split('\0');
        this.user = user;
        return users[user] === password ? `<success xmlns='${SASL}'/>` : refused;
    }

    #bind(inside) {
        const { badResources, needsRestart, asksVersionMs } = this.profile;
        if (needsRestart && !this.#isRestarted) return this.endStream('not-authorized');
        const resource = /<resource[^>]*>([^<]*)</.exec(inside)?.[1] ?? 'r1';
        const id = attribute(inside, 'id');
        const problem = badResources[resource];
        if (problem)
            return this.#put(`<iq xmlns='jabber:client' type='error' id='${id}'>` +
                `<error type='cancel'><${problem} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>` +
                '</error></iq>');
        this.jid = `${this.user}@localhost/${resource}`;
        if (asksVersionMs)
            setTimeout(() => this.push(`<iq xmlns='jabber:client' type='get' id='version-1' ` +
                `from='localhost' to='${this.jid}'><query xmlns='jabber:iq:version'/></iq>`),
            asksVersionMs).unref();
        this.#put(`<iq xmlns='jabber:client' type='result' id='${id}'><bind xmlns='${BIND}'>` +
            `<jid>${this.jid}</jid></bind></iq>`);
        for (const stanza of this.manager.kept.get(this.user) ?? []) this.#put(stanza);
        this.manager.kept.delete(this.user);
    }

    /** What goes into the next answer. */
    #gather() {
        const { results } = this.profile;
        const [{ xml, kind }] = this.#outbox;
        if (results === 'one by one' && (xml.startsWith('<iq') || kind === 'restart')) {
            this.#outbox.shift();
            return { xml, kind };
        }
        return { xml: this.#outbox.splice(0).map((one) => one.xml).join(''), kind };
    }

    /** Answers what can be answered: no more than `hold` requests are held. */
    #settle() {
        while (this.#end && this.#held.length) {
            const { inside, attributes } = this.#end;
            this.#answer(inside, 'stanzas', this.#held[0], attributes);
            this.#end.inside = '';
            this.#forget();
        }
        while (this.#outbox.length && this.#held.length) {
            const { xml, kind } = this.#gather();
            this.#answer(xml, kind);
        }
        while (this.#held.length > this.#holds) this.#answer('', 'released');
    }
}

/**
 * Starts a connection manager.
 *
 * @param {object} [options]
 * @param {import('./profiles.mjs').Profile} [options.profile]
 * @param {Record<string, string>} [options.users]
 */
export async function startManager({ profile = simple, users = { alice: 'alicepw' } } = {}) {
    let sids = 0;
    const manager = {
        url: '',
        port: 0,
        profile,
        users,
        /** All requests so far: `{ xml, headers }`. */
        requests: [],
        /** The stanzas so far, as they came. */
        received: [],
        sessions: new Map(),
        /** Messages to users who are not there, by their names. @type {Map<string, string[]>} */
        kept: new Map(),
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
        /** Is this answer to be lost, and its connection to break?
         * @type {((kind: import('./profiles.mjs').AnswerKind, session: any) => boolean) | null} */
        loses: null,
        /** The only session. */
        get session() {
            return [...manager.sessions.values()].at(-1);
        },
        /** An answer. @param {string} inside @param {object} [attributes] */
        body(inside, attributes = {}) {
            const { quote, empty } = manager.profile;
            const all = Object.entries({ xmlns: HTTPBIND,
                'xmlns:stream': 'http://etherx.jabber.org/streams', ...attributes })
                .map(([name, value]) => ` ${name}=${quote}${value}${quote}`).join('');
            return `<body${all}${inside ? `>${inside}</body>` : empty}`;
        },
        /** Passes a message on to another user. @param {string} xml @param {Session} from */
        pass(xml, from) {
            const user = /^[^@]*/.exec(attribute(xml, 'to') ?? '')[0];
            if (user === from.user || !Object.hasOwn(manager.users, user)) return;
            const stanza = xml.replace(/^<message/, `<message from='${from.jid}'`);
            const session = [...manager.sessions.values()].findLast((one) =>
                one.user === user && one.jid);
            if (session) session.push(stanza);
            else manager.kept.set(user, [...(manager.kept.get(user) ?? []), stanza]);
        },
        async stop() {
            server.closeAllConnections();
            server.close();
        },
    };
    const create = (xml, response) => {
        const session = new Session(manager, `s${++sids}`, xml);
        manager.sessions.set(session.sid, session);
        const { mechanisms, early, creation, creationIds, ack } = manager.profile;
        const offered = mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join('');
        response.end(manager.body(`<stream:features><mechanisms xmlns='${SASL}'>${offered}` +
            `</mechanisms>${early}</stream:features>`, { ...creation, wait: session.waitS,
            ...Object.fromEntries(creationIds.map((name) => [name, session.sid])),
            ...(ack !== 'never' && { ack: attribute(xml, 'rid') }),
            ...('xmpp:version' in creation && { 'xmlns:xmpp': 'urn:xmpp:xbosh' }) }));
    };
    const refuse = (status, response) => {
        response.setHeader('Content-Type', 'text/html; charset=ISO-8859-1');
        response.writeHead(status).end(PAGE);
    };
    const server = createServer(async (request, response) => {
        const chunks = [];
        try {
            for await (const chunk of request) chunks.push(chunk);
        } catch {
            return; // the connection broke
        }
        const xml = Buffer.concat(chunks).toString();
        const { isBare, answersGet, compresses } = manager.profile;
        // A client that warms a second connection.
        if (request.method !== 'POST')
            return request.method === 'GET' && !answersGet ? refuse(404, response)
                : void response.end();
        response.wantsGzip = compresses && /gzip/.test(request.headers['accept-encoding'] ?? '');
        manager.requests.push({ xml, headers: request.headers });
        response.setHeader('Content-Type', 'text/xml; charset=utf-8');
        if (manager.script?.(xml, response, manager.requests.length)) return;
        const sid = attribute(xml, 'sid');
        if (isBare && !/^<body[^]*>$/.test(xml)) refuse(400, response);
        else if (isBare && !sid && insideOf(xml)) refuse(400, response);
        else if (!sid) create(xml, response);
        else if (manager.sessions.has(sid)) manager.sessions.get(sid).receive(xml, response);
        else if (isBare) refuse(404, response);
        else response.end(manager.body('', { type: 'terminate', condition: 'item-not-found' }));
    });
    server.keepAliveTimeout = profile.idleS * 1000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    manager.port = server.address().port;
    manager.url = `http://127.0.0.1:${manager.port}/http-bind`;
    return manager;
}
