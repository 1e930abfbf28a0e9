// SPDX-License-Identifier: MIT
// echo_latency: a message to another client and back through Nginx and Prosody, both in one page;
// by a library, or by XMLHttpRequest and nothing else.

const HTTPBIND = 'http://jabber.org/protocol/httpbind';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A client that is online.
 * @typedef {{jid: string, send(to: string, text: string): void}} Peer
 */

/** @param {any} api @returns {(url: string, name: string, onMessage: Function) => Promise<Peer>} */
const byLibrary = ({ Strophe, $msg }) => (url, name, onMessage) => new Promise((resolve,
    reject) => {
    const connection = new Strophe.Connection(url);
    connection.addHandler((message) => {
        onMessage(message.getAttribute('from'));
        return true;
    }, null, 'message');
    connection.connect(`${name}@localhost`, `${name}pw`, (status, condition) => {
        if (status === Strophe.Status.CONNFAIL || status === Strophe.Status.AUTHFAIL)
            reject(new Error(`no login: ${condition}`));
        if (status === Strophe.Status.CONNECTED) resolve({ jid: connection.jid, send: (to, text) =>
            connection.send($msg({ to, type: 'chat' }).c('body').t(text)) });
    });
});

/** No more than BOSH needs, and no parser. @returns {Promise<Peer>} */
async function bare(url, name, onMessage) {
    let rid = 1_000_000;
    let sid = '';
    let open = 0;
    const post = (inside, more = '') => new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        xhr.open('POST', url);
        xhr.setRequestHeader('Content-Type', 'text/xml; charset=utf-8');
        xhr.onload = () => resolve(xhr.responseText);
        xhr.onerror = () => reject(new Error('a request failed'));
        xhr.send(`<body xmlns='${HTTPBIND}' rid='${rid++}'${sid}${more}>${inside}</body>`);
    });
    const xmpp = ` to='localhost' xmlns:xmpp='urn:xmpp:xbosh'`;
    const found = (pattern, text) => {
        const match = pattern.exec(text);
        if (!match) throw new Error(`no ${pattern} in ${text}`);
        return match[1];
    };
    const created = await post('', `${xmpp} ver='1.6' wait='50' hold='1' xmpp:version='1.0'`);
    sid = ` sid='${found(/sid=['"]([^'"]*)/, created)}'`;
    found(/(<success)/, await post(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' `
        + `mechanism='PLAIN'>${btoa(`\0${name}\0${name}pw`)}</auth>`));
    await post('', `${xmpp} xmpp:restart='true'`);
    const jid = found(/<jid>([^<]*)/, await post(`<iq xmlns='jabber:client' type='set' id='b'>`
        + `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`));
    const exchange = async (inside) => {
        open++;
        const answer = await post(inside);
        if (--open === 0) exchange('');
        const from = /<message[^>]*\sfrom=['"]([^'"]*)/.exec(answer)?.[1];
        if (from) onMessage(from);
    };
    exchange('');
    return { jid, send: (to, text) => void exchange(
        `<message xmlns='jabber:client' to='${to}' type='chat'><body>${text}</body></message>`) };
}

/** @param {{api: any, who: string, origin: string, samples: number}} options */
export async function echo({ api, who, origin, samples }) {
    const logIn = who === 'bare' ? bare : byLibrary(api);
    const url = `${origin}/xmpp-httpbind`;
    let heard = () => {};
    const bob = await logIn(url, 'bob', (from) => bob.send(from, 'pong'));
    const alice = await logIn(url, 'alice', () => heard());
    const times = [];
    for (let i = -1; i < samples; i++) { // the first one warms up
        await sleep(200 + 100 * Math.random());
        const since = performance.now();
        const answered = new Promise((resolve) => (heard = resolve));
        alice.send(bob.jid, 'ping');
        await answered;
        if (i >= 0) times.push(performance.now() - since);
    }
    return { ms: times.sort((a, b) => a - b)[Math.floor(samples / 2)] };
}
