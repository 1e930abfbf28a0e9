// SPDX-License-Identifier: MIT
// The figures of the native library, and from web/rows.mjs those for JavaScript: how each is
// measured, what it is compared with, and where it should be. README.md says what they mean.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { privateDirectory } from '../tests/servers/child.mjs';
import { startRig } from '../tests/servers/rig.mjs';
import { manyMessages } from './corpus.mjs';
import { deviceBenchmarks } from './device/rows.mjs';
import { atMost, figures, timesAtLeast, timesAtMost } from './goals.mjs';
import { inTurn, runJson, summary } from './measure.mjs';
import { webBenchmarks } from './web/rows.mjs';

const rounds = 5;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What the benchmarks find where: programs by their names. */
export class Build {
    /** @param {string} directory of cmake @param {string} packageFolder of the wasm build */
    constructor(directory, packageFolder) {
        this.directory = directory;
        this.packageFolder = packageFolder;
        this.driver = join(directory, 'tests/interop/bosh-driver');
    }

    /** @param {string} name */
    program(name) {
        return join(this.directory, 'bench', name);
    }

    /** gloox's program, or null where gloox is not installed. */
    gloox(name) {
        const program = this.program(`bench-gloox-${name}`);
        return existsSync(program) ? program : null;
    }
}

const gloox = 'gloox 1.0.24';

function bodyFile() {
    const file = join(privateDirectory('bench'), 'body.xml');
    writeFileSync(file, manyMessages());
    return file;
}

async function dispatch(build) {
    const file = bodyFile();
    const programs = { own: build.program('bench-dispatch'),
        expat: build.program('bench-expat-dispatch'), gloox: build.gloox('dispatch') };
    const results = await inTurn(rounds, Object.fromEntries(Object.entries(programs)
        .filter(([, program]) => program)
        .map(([name, program]) => [name, () => runJson(program, [file])])));
    const digests = new Set([...results.own, ...(results.gloox ?? [])].map(({ digest }) => digest));
    if (digests.size !== 1) throw new Error('libbosh and gloox delivered different messages');
    const row = (peer, theirs, goal) => ({ name: 'dispatch.native', unit: 'messages/s',
        better: 'more', own: figures(results.own, 'per_second'), peer,
        theirs: figures(theirs, 'per_second'), goal });
    return [row(gloox, results.gloox, timesAtLeast(12, 'gloox')),
        row('expat, empty handlers', results.expat, timesAtLeast(0.75, 'expat'))];
}

async function receiveHttp(build) {
    const file = bodyFile();
    const run = (name) => () => runJson(build.program(name), [file]);
    const results = await inTurn(rounds, { own: run('bench-receive-http'),
        limit: run('bench-curl-expat-receive') });
    return [{ name: 'receive_http.native', unit: 'messages/s', better: 'more',
        own: figures(results.own, 'per_second'), peer: 'libcurl + expat, empty handlers',
        theirs: figures(results.limit, 'per_second'), goal: timesAtLeast(0.9, 'libcurl + expat') }];
}

async function echoLatency(build) {
    const rig = await startRig({ server: 'prosody', proxy: 'nginx' });
    const run = (name) => () => runJson(build.program(name), [rig.url, '30']);
    const results = await inTurn(rounds, { own: run('bench-echo'), raw: run('bench-raw-echo') });
    await rig.stop();
    return [{ name: 'echo_latency.native', unit: 'us', better: 'less',
        own: figures(results.own, 'us'), peer: 'bare sockets', theirs: figures(results.raw, 'us'),
        goal: timesAtMost(1.2, 'bare sockets') }];
}

async function heapBody(build) {
    const file = bodyFile();
    const theirs = build.gloox('heap-body');
    const results = await inTurn(rounds, {
        own: () => runJson(build.program('bench-heap-body'), [file]),
        ...(theirs && { gloox: () => runJson(theirs, [file]) }),
    });
    return [{ name: 'heap_480k_body.native', unit: 'bytes', better: 'less',
        own: figures(results.own, 'bytes'), peer: gloox, theirs: figures(results.gloox, 'bytes'),
        goal: timesAtMost(0.3, 'gloox') }];
}

async function idleRequests(build) {
    const waitS = 5;
    const result = await runJson(build.program('bench-idle-requests'), [String(waitS), '60']);
    return [{ name: 'idle_requests', unit: '1/hour', better: 'less',
        own: summary([result.per_hour]), peer: null, theirs: null, goal: atMost(3600 / waitS),
        note: `the server holds each for ${waitS} s; measured for 60 s` }];
}

async function pbkdf2(build) {
    // Bit 29 of the second word: the SHA instructions.
    const plain = { OPENSSL_ia32cap: ':~0x20000000' };
    const results = await inTurn(rounds, {
        own: () => runJson(build.program('bench-pbkdf2')),
        openssl: () => runJson(build.program('bench-openssl-pbkdf2'), [], plain),
    });
    const keys = new Set([...results.own, ...results.openssl].map(({ key }) => key));
    if (keys.size !== 1) throw new Error('the keys differ');
    return [{ name: 'pbkdf2.native', unit: 'ms', better: 'less', own: figures(results.own, 'ms'),
        peer: 'OpenSSL without SHA instructions', theirs: figures(results.openssl, 'ms'),
        goal: timesAtMost(1.2, 'OpenSSL') }];
}

async function sendToPost(build) {
    const samples = '10'; // in each of 5 rounds
    const theirs = build.gloox('send-to-post');
    const results = await inTurn(rounds, {
        own: () => runJson(build.program('bench-send-to-post'), [samples]),
        ...(theirs && { gloox: () => runJson(theirs, [samples]) }),
    });
    return [{ name: 'send_to_post.native', unit: 'us', better: 'less',
        own: figures(results.own, 'us'), peer: `${gloox}, persistent`,
        theirs: figures(results.gloox, 'us'), goal: timesAtMost(1, 'gloox') }];
}

async function heapIdle(build) {
    const clients = 10;
    const users = Object.fromEntries(Array.from({ length: clients }, (_, i) =>
        [`user${i}`, 'secret']));
    const rig = await startRig({ server: 'prosody', users });
    const theirs = build.gloox('heap-idle');
    const args = [rig.url, String(clients)];
    const results = await inTurn(rounds, {
        own: () => runJson(build.program('bench-heap-idle'), args),
        ...(theirs && { gloox: () => runJson(theirs, args) }),
    });
    await rig.stop();
    const bytes = (member) => figures(results.own, member);
    const row = { unit: 'bytes', better: 'less', peer: gloox };
    return [
        { ...row, name: 'heap_idle.native', own: bytes('own'), peer: null, theirs: null,
            goal: atMost(8000) },
        { ...row, name: 'heap_idle.native.with_curl', own: bytes('all'),
            theirs: figures(results.gloox, 'all'), goal: timesAtMost(0.8, 'gloox'),
            note: `the first client of a process: ${bytes('first').value} bytes`
                + (theirs ? `, gloox ${figures(results.gloox, 'first').value}` : '') },
    ];
}

function loginRtt(name, mechanism, goal) {
    return async (build) => {
        const own = [];
        const theirs = [];
        const notes = [];
        for (const server of ['prosody', 'ejabberd']) {
            const counts = await runJson(process.execPath, [here('login-rtt.mjs'), '--driver',
                build.driver, '--server', server, mechanism, build.gloox('login') ?? '']);
            if (counts.own.includes(0)) throw new Error('a login without a bind result');
            own.push(...counts.own);
            theirs.push(...counts.gloox);
            const good = counts.own.filter((count) => count === goal).length;
            notes.push(`${server}: ${goal} in ${good} of ${counts.own.length}`);
        }
        // The worst login counts, not the middle one.
        const worst = (counts) => ({ ...summary(counts), value: Math.max(...counts) });
        return [{ name, unit: 'round trips', better: 'less', own: worst(own),
            peer: gloox, theirs: theirs.length ? worst(theirs) : null, goal: atMost(goal),
            note: notes.join(', ') }];
    };
}

/**
 * Every benchmark, in the order of the table: a name, and what measures its rows; isWeb: it needs
 * the WebAssembly build instead of the native one; isDevice: it builds firmware.
 */
export const benchmarks = [
    { name: 'login_rtt_scram', run: loginRtt('login_rtt_scram', 'SCRAM-SHA-1', 4) },
    { name: 'login_rtt_plain', run: loginRtt('login_rtt_plain', 'PLAIN', 3) },
    { name: 'send_to_post.native', run: sendToPost },
    { name: 'echo_latency.native', run: echoLatency },
    { name: 'dispatch.native', run: dispatch },
    { name: 'receive_http.native', run: receiveHttp },
    { name: 'heap_idle.native', run: heapIdle },
    { name: 'heap_480k_body.native', run: heapBody },
    { name: 'idle_requests', run: idleRequests },
    { name: 'pbkdf2.native', run: pbkdf2 },
    ...webBenchmarks,
    ...deviceBenchmarks,
];
