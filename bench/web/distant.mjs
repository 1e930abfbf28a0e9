// SPDX-License-Identifier: MIT
// A site 100 ms away: a relay that holds everything back, Nginx with HTTP/1.1 and HTTP/2, a proxy
// that counts, Prosody.

import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { roundTrips } from '../../tests/interop/facts.mjs';
import { startProxy } from '../../tests/interop/proxy.mjs';
import { makeCertificates } from '../../tests/servers/certificates.mjs';
import { privateDirectory, removeDirectory } from '../../tests/servers/child.mjs';
import { nginx } from '../../tests/servers/nginx.mjs';
import { startRig } from '../../tests/servers/rig.mjs';
import { stropheFolder } from './harness.mjs';

export const roundTripMs = 100;

/** Every byte takes half a round trip, a new connection a whole one. @param {number} to a port */
async function startRelay(to) {
    const sockets = new Set();
    const pass = (from, into, firstAtMs) => from.on('data', (bytes) => {
        const waitMs = Math.max(firstAtMs - performance.now(), 0) + roundTripMs / 2;
        setTimeout(() => into.write(bytes), waitMs);
    });
    const server = createServer((client) => {
        const upstream = connect(to, '127.0.0.1');
        const openMs = performance.now() + roundTripMs;
        for (const [one, other] of [[client, upstream], [upstream, client]]) {
            sockets.add(one.setNoDelay(true));
            one.on('error', () => {}).on('close', () => {
                sockets.delete(one);
                other.destroy();
            });
        }
        pass(client, upstream, openMs);
        pass(upstream, client, 0);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, stop() {
        server.close();
        for (const socket of sockets) socket.destroy();
    } };
}

/** @param {string} packageFolder */
export async function startDistantSite(packageFolder) {
    const directory = privateDirectory('distant');
    const site = join(directory, 'site');
    for (const name of ['site', 'nginx', 'certificates']) mkdirSync(join(directory, name));
    writeFileSync(join(site, 'index.html'), '<!doctype html><title>bench</title>');
    symlinkSync(packageFolder, join(site, 'libbosh'));
    symlinkSync(stropheFolder, join(site, 'strophe'));
    mkdirSync(join(site, 'bench'));
    // Nginx's list of types has no .mjs.
    for (const name of ['page', 'login'])
        copyFileSync(new URL(`${name}.mjs`, import.meta.url), join(site, `bench/${name}.js`));
    const rig = await startRig({ server: 'prosody' });
    const counter = await startProxy({ to: rig.serverPort });
    const front = await nginx({ directory: join(directory, 'nginx'), site, readTimeoutS: 150,
        upstream: { port: counter.port, path: '/http-bind' },
        certificates: makeCertificates(join(directory, 'certificates')) });
    await front.service.start();
    const relays = [await startRelay(front.port), await startRelay(front.securePort)];
    return {
        http1: `http://127.0.0.1:${relays[0].port}`,
        http2: `https://localhost:${relays[1].port}`,
        /** Round trips of the last login: what follows an answer at once has not waited for it. */
        count() {
            const soonUs = 1000 * roundTripMs * 0.8;
            return roundTrips(counter.exchanges.splice(0).map((exchange) => ({ ...exchange,
                response: exchange.response && { ...exchange.response,
                    endUs: exchange.response.endUs + soonUs } })));
        },
        async stop() {
            for (const relay of relays) relay.stop();
            await front.service.stop();
            await counter.stop();
            await rig.stop();
            removeDirectory(directory);
        },
    };
}
