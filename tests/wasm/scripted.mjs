// SPDX-License-Identifier: MIT
// A connection manager that is a transport: it logs one client in, holds its polls, and delivers
// what a test tells it.

const FEATURES = 'http://etherx.jabber.org/streams';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';

export class ScriptedServer {
    /** Payloads that the client has sent. @type {string[]} */
    received = [];
    #held = [];
    #waiting = [];

    /** The transport for Engine.client. */
    transport = {
        submit: (request) => this.#submit(request),
        cancel: (id) => { this.#held = this.#held.filter((held) => held.id !== id); },
    };

    /** Is a poll open? */
    get isHolding() {
        return this.#held.length > 0;
    }

    /** Sends these payloads as one body. */
    deliver(xml) {
        this.#waiting.push(xml);
        this.#release();
    }

    #submit({ id, body }) {
        const text = new TextDecoder().decode(body);
        const answer = this.#answerAtOnce(text);
        if (answer !== null) return Promise.resolve({ status: 200, body: wrapped(answer) });
        const payload = /^<body[^>]*>([\s\S]*)<\/body>$/.exec(text);
        if (payload) this.received.push(payload[1]);
        return new Promise((resolve) => {
            this.#held.push({ id, resolve });
            this.#release();
        });
    }

    /** What needs no waiting; null for everything else. */
    #answerAtOnce(text) {
        if (!/ sid=/.test(text)) {
            return { attributes: ` sid='s1' wait='50' requests='2' hold='1' inactivity='60' ` +
                `ver='1.11' from='localhost'`,
            payload: `<stream:features xmlns:stream='${FEATURES}'><mechanisms xmlns='${SASL}'>` +
                '<mechanism>PLAIN</mechanism></mechanisms></stream:features>' };
        }
        if (/<auth /.test(text)) return { payload: `<success xmlns='${SASL}'/>` };
        if (/ xmpp:restart=/.test(text)) {
            return { payload: `<stream:features xmlns:stream='${FEATURES}'>` +
                `<bind xmlns='${BIND}'/></stream:features>` };
        }
        const bind = /<iq[^>]* id=['"]([^'"]*)['"][^>]*><bind /.exec(text);
        if (bind) {
            return { payload: `<iq xmlns='jabber:client' type='result' id='${bind[1]}'>` +
                `<bind xmlns='${BIND}'><jid>a@localhost/r</jid></bind></iq>` };
        }
        if (/ type=['"]terminate['"]/.test(text)) return { attributes: ` type='terminate'` };
        return null;
    }

    /** Of two held requests the older one is answered; what waits goes to the oldest. */
    #release() {
        while (this.#held.length > 1 || (this.#held.length && this.#waiting.length)) {
            const payload = this.#waiting.shift() ?? '';
            this.#held.shift().resolve({ status: 200, body: wrapped({ payload }) });
        }
    }
}

function wrapped({ attributes = '', payload = '' }) {
    return `<body xmlns='http://jabber.org/protocol/httpbind'${attributes}>${payload}</body>`;
}
