// SPDX-License-Identifier: MIT
// pbkdf2: how long the engine needs for the keys of a login by SCRAM, beside WebCrypto, and how
// long it holds up everything else meanwhile. In Node or in a page.

const rounds = 10_000;
const password = 'pencil';
const salt = '0123456789abcdef';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';

const utf8 = new TextEncoder();
const body = (inside, more = '') => `<body xmlns='http://jabber.org/protocol/httpbind' `
    + `xmlns:stream='http://etherx.jabber.org/streams'${more}>${inside}</body>`;
const creation = body(`<stream:features><mechanisms xmlns='${SASL}'><mechanism>SCRAM-SHA-256`
    + `</mechanism></mechanisms></stream:features>`, ` sid='s' wait='60' requests='2' hold='1'`);

/** The base64 inside of an element, as text. */
const inside = (xml, name) => atob(new RegExp(`<${name}[^>]*>([^<]*)<`).exec(xml)[1]);

/** With the longest time in which no other task could run. */
async function withHold(promise) {
    const { port1, port2 } = new MessageChannel();
    let holdMs = 0;
    let last = performance.now();
    port1.onmessage = () => {
        const now = performance.now();
        holdMs = Math.max(holdMs, now - last);
        last = now;
        port2.postMessage(0);
    };
    port2.postMessage(0);
    const result = await promise;
    port1.close();
    return { ...result, holdMs };
}

/** A login up to its proof: the time that took, and all that was signed. */
async function byEngine({ Strophe }, watched = (promise) => promise) {
    let first, challenge, since, proven;
    const done = new Promise((resolve) => (proven = resolve));
    const transport = {
        cancel() {},
        async submit(request) {
            const xml = new TextDecoder().decode(request.body);
            if (xml.includes('<response')) {
                proven({ ms: performance.now() - since, first, challenge,
                    final: inside(xml, 'response') });
                return new Promise(() => {});
            }
            if (!xml.includes('<auth')) return { status: 200, body: creation };
            first = inside(xml, 'auth').replace(/^[^,]*,[^,]*,/, '');
            challenge = `r=${/r=(.*)/.exec(first)[1]}server,s=${btoa(salt)},i=${rounds}`;
            since = performance.now();
            return { status: 200,
                body: body(`<challenge xmlns='${SASL}'>${btoa(challenge)}</challenge>`) };
        },
    };
    const connection = new Strophe.Connection('http://127.0.0.1/http-bind',
        { transport, mechanisms: [Strophe.SASLSHA256] });
    connection.connect('alice@localhost', password, () => {});
    const result = await watched(done);
    connection.reset();
    return result;
}

const hmac = async (key, text) => {
    const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' },
        false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8.encode(text)));
};

/** The salted password, and the time that took. */
async function byWebCrypto() {
    const key = await crypto.subtle.importKey('raw', utf8.encode(password), 'PBKDF2', false,
        ['deriveBits']);
    const since = performance.now();
    const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256',
        salt: utf8.encode(salt), iterations: rounds }, key, 256);
    return { ms: performance.now() - since, salted: new Uint8Array(bits) };
}

/** @param {{api: any, times?: number}} options */
export async function pbkdf2({ api, times = 11 }) {
    const own = [];
    const holds = [];
    const theirs = [];
    for (let i = -1; i < times; i++) { // the first one warms up
        const one = await byEngine(api);
        const { ms, salted } = await byWebCrypto();
        const [unproven, proof] = one.final.split(',p=');
        const clientKey = await hmac(salted, 'Client Key');
        const stored = await crypto.subtle.digest('SHA-256', clientKey);
        const signature = await hmac(stored, `${one.first},${one.challenge},${unproven}`);
        const expected = clientKey.map((byte, at) => byte ^ signature[at]);
        if (btoa(String.fromCharCode(...expected)) !== proof) throw new Error('the keys differ');
        if (i < 0) continue;
        own.push(one.ms);
        theirs.push(ms);
        // Apart, since watching takes time, too.
        holds.push((await byEngine(api, withHold)).holdMs);
    }
    const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    return { own: median(own), hold: median(holds), webCrypto: median(theirs) };
}
