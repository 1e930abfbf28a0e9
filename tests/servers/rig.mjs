#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Real servers for tests and the demo: Prosody or ejabberd on 127.0.0.1, and Nginx or Apache in
// front of it if wanted. As a program it runs until Ctrl-C; as a module see startRig.

import { cpSync, realpathSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { privateDirectory, removeDirectory } from './child.mjs';
import { makeCertificates } from './certificates.mjs';
import { prosody } from './prosody.mjs';
import { ejabberd } from './ejabberd.mjs';
import { nginx } from './nginx.mjs';
import { apache } from './apache.mjs';

const servers = { prosody, ejabberd };
const proxies = { nginx, apache };

/**
 * @typedef {object} ServerOptions what a server module gets
 * @property {string} directory
 * @property {Record<string, string>} users name to password
 * @property {object | null} certificates
 * @property {number} inactivityS
 * @property {number} waitS
 * @property {'all' | 'plain' | 'scram' | 'token'} mechanisms
 * @property {boolean} registration
 * @property {boolean} offline
 * @property {string} [more] lines of configuration: global ones of Prosody, of ejabberd's listener
 *
 * @typedef {object} ProxyOptions what a proxy module gets
 * @property {string} directory
 * @property {{port: number, path: string}} upstream
 * @property {object | null} certificates
 * @property {number} readTimeoutS
 * @property {string} address where it listens, beside 127.0.0.1 (Nginx only)
 * @property {string} site folder of the files that it serves
 * @property {string} policy Content-Security-Policy of these files, or ''
 * @property {string} [more] lines of configuration: in Nginx's location of /xmpp-httpbind, global
 *     ones of Apache
 */

/**
 * Starts a server, and a proxy in front of it. All is stopped and removed by `stop()`, or when this
 * process ends.
 *
 * @param {object} options
 * @param {'prosody' | 'ejabberd'} options.server
 * @param {'nginx' | 'apache' | 'none'} [options.proxy]
 * @param {boolean} [options.tls] https too, with a certificate of a private authority
 * @param {number} [options.inactivityS] how long the server keeps an unused session
 * @param {number} [options.waitS] longest wait it grants (Prosody only)
 * @param {'all' | 'plain' | 'scram' | 'token'} [options.mechanisms] what it offers; tokens are
 *     known to ejabberd only
 * @param {boolean} [options.registration] do accounts register themselves (Prosody only)?
 * @param {boolean} [options.offline] are messages to those who are away kept, or sent back?
 * @param {number} [options.readTimeoutS] the proxy's
 * @param {string} [options.address] of this machine, where Nginx listens beside 127.0.0.1
 * @param {Record<string, string>} [options.site] folders that the proxy serves, too, by the paths
 *     under which they appear; copied, since its workers may not read where they lie
 * @param {string} [options.policy] their Content-Security-Policy
 * @param {Record<string, string>} [options.more] lines of configuration by the name of the server
 *     or proxy that gets them
 * @param {Record<string, string>} [options.users] name to password
 */
export async function startRig({ server, proxy = 'none', tls = false, inactivityS = 60, waitS = 120,
    mechanisms = 'all', registration = false, offline = true, readTimeoutS = 150,
    address = '127.0.0.1', site = {}, policy = '', more = {},
    users = { alice: 'alicepw', bob: 'bobpw' } }) {
    if (!Object.hasOwn(servers, server)) throw new Error(`no such server: ${server}`);
    if (proxy !== 'none' && !Object.hasOwn(proxies, proxy))
        throw new Error(`no such proxy: ${proxy}`);
    const directory = privateDirectory(server);
    const folder = (name) => {
        mkdirSync(join(directory, name));
        return join(directory, name);
    };
    const certificates = tls ? makeCertificates(folder('certificates')) : null;
    const back = await servers[server]({ directory: folder(server), users, inactivityS, waitS,
        mechanisms, registration, offline, more: more[server],
        certificates: proxy === 'none' ? certificates : null });
    await back.service.start();
    let front = null;
    if (proxy !== 'none') {
        const files = folder('site');
        for (const [path, source] of Object.entries(site))
            cpSync(source, join(files, path), { recursive: true });
        front = await proxies[proxy]({ directory: folder(proxy), upstream: back, certificates,
            readTimeoutS, address, site: files, policy, more: more[proxy] });
        await front.service.start();
    }
    const { port, securePort, path } = front ?? back;
    return {
        /** What a client is given. */
        url: `http://${address}:${port}${path}`,
        secureUrl: securePort ? `https://localhost:${securePort}${path}` : '',
        ca: certificates?.ca ?? '',
        domain: 'localhost',
        users,
        /** Of the first user, for X-OAUTH2. @type {(() => string) | undefined} */
        token: back.token,
        directory,
        /** The BOSH server itself, behind the proxy. */
        server: back.service,
        serverPort: back.port,
        serverUrl: `http://127.0.0.1:${back.port}${back.path}`,
        /** The proxy, or null. */
        proxy: front?.service ?? null,
        async stop() {
            await front?.service.stop();
            await back.service.stop();
            removeDirectory(directory);
        },
    };
}

const usage = `usage: tests/servers/rig.mjs --server prosody|ejabberd [options]

Starts the server on 127.0.0.1 with the users alice@localhost (password alicepw) and bob@localhost
(bobpw), prints one line of JSON (urls, ca file, process ids) and runs until Ctrl-C.

  --proxy nginx|apache   in front of it, at /xmpp-httpbind
  --tls                  also https, with a certificate of a private authority ("ca")
  --inactivity SECONDS   how long the server keeps an unused session (60)
  --wait SECONDS         longest wait it grants (120; ejabberd has no such setting)
  --mechanisms WHICH     all, plain or scram
  --read-timeout SECONDS of the proxy (150)

BOSH_KEEP_RIG=1 keeps the directory with configuration and logs.`;

async function main() {
    const { values } = parseArgs({ options: {
        server: { type: 'string' }, proxy: { type: 'string', default: 'none' },
        tls: { type: 'boolean', default: false }, inactivity: { type: 'string', default: '60' },
        wait: { type: 'string', default: '120' }, mechanisms: { type: 'string', default: 'all' },
        'read-timeout': { type: 'string', default: '150' },
        help: { type: 'boolean', short: 'h', default: false },
    } });
    if (values.help || !values.server) {
        console.log(usage);
        process.exit(values.help ? 0 : 2);
    }
    const rig = await startRig({ server: values.server, proxy: values.proxy, tls: values.tls,
        inactivityS: Number(values.inactivity), waitS: Number(values.wait),
        mechanisms: values.mechanisms, readTimeoutS: Number(values['read-timeout']) });
    console.log(JSON.stringify({ url: rig.url, secureUrl: rig.secureUrl, ca: rig.ca,
        serverUrl: rig.serverUrl, users: rig.users, directory: rig.directory,
        pids: { server: rig.server.pid, proxy: rig.proxy?.pid ?? 0 } }));
    // Nothing else keeps the event loop alive when a server dies; say so instead of waiting on.
    setInterval(() => {
        for (const service of [rig.server, rig.proxy])
            if (service && !service.running) {
                console.error(`${service.name} died\n${service.lastLines()}`);
                process.exit(1);
            }
    }, 500);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
    await main().catch((error) => {
        console.error(`rig: ${error.message}`);
        process.exit(1);
    });
