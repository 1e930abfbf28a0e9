// SPDX-License-Identifier: MIT
// send_to_post, answer_to_poll, wire_bytes: a session on server.mjs, in Node or a page, by a
// library or bare.

import { distance, isNode, now } from './clock.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let sessions = 0;

/**
 * @typedef {object} Sender
 * @property {(id: string) => void} send a message
 */

/** @param {any} api of Strophe @param {boolean} isFlushing @returns {(url: string) => Sender} */
const byStrophe = ({ Strophe, $msg }, isFlushing) => (url) => {
    const connection = new Strophe.Connection(url);
    connection.attach('alice@localhost/desk', 'sid', 1000, () => {}, 60, 1, 2);
    return { send(id) {
        connection.send($msg({ to: 'bob@localhost/x', type: 'chat', id }).c('body').t('Hi'));
        if (isFlushing) connection.flush();
    } };
};

const contentType = 'text/xml; charset=utf-8';

/** @type {(url: string, body: string, onEnd: () => void) => void} */
function byXhr(url, body, onEnd) {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', url);
    xhr.setRequestHeader('Content-Type', contentType);
    xhr.onload = onEnd;
    xhr.send(body);
}

/** @type {(http: any) => typeof byXhr} of node:http, with connections that stay open */
function byHttp(http) {
    const agent = new http.Agent({ keepAlive: true });
    return (url, body, onEnd) => {
        const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
        http.request(url, { agent, method: 'POST', headers },
            (response) => response.resume().on('end', onEnd)).end(body);
    };
}

/** What nobody can be quicker than: requests of the platform and nothing else. */
const bare = (request) => (url) => {
    let open = 0;
    let rid = 1000;
    const post = (inside) => {
        open++;
        request(url, `<body xmlns='http://jabber.org/protocol/httpbind' rid='${rid++}' sid='sid'>`
            + `${inside}</body>`, () => {
            if (--open === 0) post('');
        });
    };
    post('');
    return { send(id) {
        post(`<message xmlns='jabber:client' to='bob@localhost/x' type='chat' id='${id}'>`
            + `<body>Hi</body></message>`);
    } };
};
const bareHere = bare(isNode ? byHttp(await import('node:http')) : byXhr);

/** @param {any} api @param {string} who 'libbosh', 'strophe', 'strophe flush', 'bare' */
const maker = (api, who) => (who === 'bare' ? bareHere : byStrophe(api, who === 'strophe flush'));

/** A session that has come to rest, its name, and what the server says of it. */
async function begin(api, who, origin) {
    const name = `${who.replace(' ', '-')}-${++sessions}-${Math.random().toString(36).slice(2)}`;
    const ask = async (what) => (await fetch(`${origin}/${what}`, { cache: 'no-store' })).json();
    const sender = maker(api, who)(`${origin}/session/${name}`);
    await ask(`requests/${name}`);
    await sleep(500);
    return { sender, name, ask };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** From the call that sends a message to the complete request at the server. */
export async function sendToPost({ api, who, origin, samples }) {
    const offset = await distance(origin);
    const { sender, name, ask } = await begin(api, who, origin);
    const sentMs = new Map();
    for (let i = 0; i < samples; i++) {
        await sleep(200 + 200 * Math.random());
        sentMs.set(`s${i}`, now() + offset);
        sender.send(`s${i}`);
    }
    await sleep(300);
    const requests = await ask(`requests/${name}`);
    const times = requests.filter(({ id }) => sentMs.has(id))
        .map(({ id, atMs }) => atMs - sentMs.get(id));
    if (times.length !== samples) throw new Error(`${times.length} of ${samples} arrived`);
    return { ms: median(times) };
}

/** From the answer to a poll to the next poll, both at the server. */
export async function answerToPoll({ api, who, origin, samples }) {
    const { name, ask } = await begin(api, who, origin);
    return { ms: median(await ask(`polls/${name}/${samples}`)) };
}

/** Bytes of the bodies of a message's request and of a poll. */
export async function wireBytes({ api, who, origin }) {
    const { sender, name, ask } = await begin(api, who, origin);
    sender.send('s0');
    await sleep(500);
    await ask(`polls/${name}/1`);
    await sleep(500);
    const requests = await ask(`requests/${name}`);
    return { message: requests.find(({ id }) => id).bytes, poll: requests.at(-1).bytes };
}
