// SPDX-License-Identifier: MIT
// The two small pages of the examples: the one beside its server, and the one whose server is of
// another origin, with the lines of configuration that its README gives.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setStage } from './harness.mjs';

const { BOSH_SERVER: server = 'prosody', BOSH_PROXY: proxy = 'nginx' } = process.env;
const example = (name) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const password = 'secret';

/** A TCP relay that keeps what browsers say: a server of an origin of its own. */
class Relay {
    heard = '';
    #sockets = new Set();

    static async start(to = 0) {
        const relay = new Relay();
        relay.to = to;
        relay.server = createServer((socket) => relay.#take(socket)).listen(0, '127.0.0.1');
        await once(relay.server, 'listening');
        relay.port = relay.server.address().port;
        return relay;
    }

    #take(client) {
        const server = connect(this.to, '127.0.0.1');
        client.on('data', (chunk) => (this.heard += `\n${chunk}`));
        for (const [socket, other] of [[client, server], [server, client]]) {
            this.#sockets.add(socket);
            socket.on('error', () => {}).on('close', () => other.destroy());
            socket.pipe(other);
        }
    }

    /** How often something was said. @param {RegExp} pattern */
    count(pattern) {
        return [...this.heard.matchAll(pattern)].length;
    }

    stop() {
        this.server.close();
        for (const socket of this.#sockets) socket.destroy();
    }
}

/** What the example's README gives for a server, to allow this origin. */
function lines(place, origin) {
    const text = readFileSync(`${example('web-cross-domain')}/README.md`, 'utf8');
    const language = { prosody: 'lua', ejabberd: 'yaml' }[place] ?? place;
    return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text)[1]
        .replaceAll('https://chat.example.org', origin);
}

let stage, home;
/** Server and proxy allow an origin each, and not the other's. */
const origin = (place) => `http://${place}-page.site.example:${home.port}`;
const relays = [];
before(async () => {
    home = await Relay.start();
    relays.push(home);
    const more = Object.fromEntries([server, proxy].map((name) =>
        [name, lines(name, origin(name))]));
    stage = await setStage({ server, proxy, more,
        site: { minimal: example('web-minimal'), elsewhere: example('web-cross-domain') } });
    home.to = Number(new URL(stage.rig.url).port);
});
after(async () => {
    relays.forEach((relay) => relay.stop());
    await stage.close();
});

/** Opens a page and fills in who logs in. */
async function open(context, url, fields) {
    const page = await context.newPage();
    await page.goto(url);
    for (const [name, value] of Object.entries({ password, ...fields })) {
        const field = page.locator(`#login [name=${name}]`);
        await (typeof value === 'boolean' ? field.setChecked(value) : field.fill(value));
    }
    await page.getByRole('button', { name: 'Log in' }).click();
    return page;
}

/** Says something to itself. */
async function talk(page, jid) {
    await page.locator('#message [name=to]').fill(jid);
    await page.locator('#message [name=text]').fill('Grüße <3');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(`${jid}: Grüße <3`).waitFor();
}

describe(`examples: ${server} behind ${proxy}`, { concurrency: true, timeout: 60_000 }, () => {
    test('the smallest page', async () => {
        const jid = `${stage.pair()[0]}@localhost`;
        const page = await open(await stage.browser.alone(),
            new URL('/minimal/', stage.rig.url).href, { jid });
        await talk(page, jid);
    });

    for (const place of [server, proxy]) {
        /** The server's or the proxy's address under a name that is not the page's. */
        const elsewhere = async () => {
            const { port, pathname } = new URL(place === proxy ? stage.rig.url
                : stage.rig.serverUrl);
            const relay = await Relay.start(Number(port));
            relays.push(relay);
            return { relay, service: `http://xmpp.site.example:${relay.port}${pathname}` };
        };

        for (const simple of [false, true])
            test(`${place}, another origin ${simple ? 'without' : 'with'} preflight`, async () => {
                const jid = `${stage.pair()[0]}@localhost`;
                const { relay, service } = await elsewhere();
                const context = await stage.browser.alone();
                await context.addCookies([{ name: 'node', value: '7', url: service }]);
                const page = await open(context, `${origin(place)}/elsewhere/`,
                    { service, jid, simple });
                await talk(page, jid);
                assert(relay.count(/^POST /gm) >= 4, relay.heard);
                assert.equal(relay.count(/^Cookie:/gm), 0); // CORS-5
                // Two requests that leave together both ask; nobody asks twice.
                const asked = relay.count(/^OPTIONS /gm);
                assert(simple ? asked === 0 : asked >= 1 && asked <= 2, `${asked} preflights`);
            });

        test(`${place}, another origin with cookies`, async () => {
            const jid = `${stage.pair()[0]}@localhost`;
            const { relay, service } = await elsewhere();
            const context = await stage.browser.alone();
            await context.addCookies([{ name: 'node', value: '7', url: service }]);
            const page = await open(context, `${origin(place)}/elsewhere/`,
                { service, jid, cookies: true });
            await talk(page, jid);
            assert.equal(relay.count(/^Cookie: node=7/gm), relay.count(/^POST /gm));
        });

        test(`${place}, an origin that is not allowed`, async () => {
            const jid = `${stage.pair()[0]}@localhost`;
            const { relay, service } = await elsewhere();
            const page = await open(await stage.browser.alone(),
                `${origin(place === proxy ? server : proxy)}/elsewhere/`,
                { service, jid, simple: true });
            await page.getByText(/^disconnected/).waitFor();
            assert(relay.count(/^POST /gm) >= 1, 'the request never came');
        });
    }
});
