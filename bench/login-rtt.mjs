// SPDX-License-Identifier: MIT
// login_rtt_...: counts the round trips of logins on a real server, ours and gloox's, behind a
// proxy that holds back every answer. Takes the options of tests/interop (--driver, --server) and
// two words: the mechanism and gloox's program. Prints {"own": [4, ...], "gloox": [5, ...]}.

import { spawn } from 'node:child_process';
import { startRig } from '../tests/servers/rig.mjs';
import { roundTrips } from '../tests/interop/facts.mjs';
import { logIn } from '../tests/interop/pair.mjs';
import { startProxy } from '../tests/interop/proxy.mjs';
import { chosen } from '../tests/interop/suite.mjs';

const logins = 40;
const atOnce = 4;
// Far above the few milliseconds between two requests that do not wait for each other.
const delayMs = 30;
const [mechanism, glooxProgram] = process.argv.slice(2).filter((word, i, all) =>
    !word.startsWith('--') && !all[i - 1]?.startsWith('--'));

const rig = await startRig({ server: chosen.server });

async function count(client) {
    const proxy = await startProxy({ to: rig.serverPort, delayMs });
    await client(proxy.url('/http-bind'));
    const trips = roundTrips(proxy.exchanges);
    await proxy.stop();
    return trips;
}

async function own(url) {
    const driver = await logIn(rig, 'alice', { url, more: ['--mechanisms', mechanism,
        '--plain-over-http'] });
    await driver.close();
}

async function gloox(url) {
    const child = spawn(glooxProgram, [url, 'bob@localhost', rig.users.bob, mechanism],
        { stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`gloox could not log in (${code})`);
}

async function many(client) {
    const counts = [];
    while (counts.length < logins)
        counts.push(...await Promise.all(Array.from({ length: atOnce }, () => count(client))));
    return counts;
}

// A server that has just started is slow at its first logins, which would count as round trips.
await count(own);
console.log(JSON.stringify({ own: await many(own), gloox: glooxProgram ? await many(gloox) : [] }));
await rig.stop();
process.exit(0);
