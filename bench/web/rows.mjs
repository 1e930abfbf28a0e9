// SPDX-License-Identifier: MIT
// The figures for JavaScript: in Node, and in Chromium.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { atMost, fasterThan, figures, moreAtMost, noGoal, timesAtMost } from '../goals.mjs';
import { inTurn, summary } from '../measure.mjs';
import { startRig } from '../../tests/servers/rig.mjs';
import { startDistantSite } from './distant.mjs';
import { inChromium, inNode, startServer, stropheFolder } from './harness.mjs';

const rounds = 5;
const strophe = 'strophe.js 5';
const stropheNode = `${strophe} + xhr2 (peers/strophe-node.mjs)`;
const xhr = 'bare XMLHttpRequest';

/**
 * Calls `measure` with what runs measurements in Node or in Chromium, and a server for them.
 * @param {import('../rows.mjs').Build} build
 * @param {'node' | 'chromium'} place
 * @param {(run: import('./harness.mjs').Runner) => Promise<any>} measure
 */
async function at(build, place, measure) {
    const server = await startServer(build.packageFolder);
    const chromium = place === 'chromium' ? await inChromium(server.origin) : null;
    try {
        return await measure(chromium?.run ?? inNode(build.packageFolder, server.origin));
    } finally {
        await chromium?.stop();
        server.stop();
    }
}

/* ---------------------------------------------------------------------------------- latency */

/** @param {'node' | 'chromium'} place @param {string} name @param {string} measure */
function latency(place, name, measure, peers) {
    const samples = 10; // in each round
    return async (build) => {
        const whos = ['libbosh', ...peers.map(({ who }) => who)];
        const results = await at(build, place, (run) => inTurn(rounds,
            Object.fromEntries(whos.map((who) =>
                [who, () => run('latency.mjs', measure, { who, samples })]))));
        return peers.map(({ who, peer, goal }) => ({ name: `${name}.${place}`, unit: 'ms',
            better: 'less', own: figures(results.libbosh, 'ms'), peer,
            theirs: figures(results[who], 'ms'), goal }));
    };
}

const nodePeers = (factor) => [
    { who: 'bare', peer: 'bare node:http', goal: atMost(2) },
    { who: 'strophe', peer: stropheNode, goal: timesAtMost(factor, strophe) },
];
const flushed = (name) => ({ who: 'strophe flush', peer: `${name}, send() and flush()`,
    goal: noGoal });
const chromiumPeers = [
    { who: 'bare', peer: xhr, goal: moreAtMost(1, xhr) },
    { who: 'strophe', peer: strophe, goal: noGoal },
];

async function echoLatency(build) {
    const samples = 20; // in each round
    const file = (name) => fileURLToPath(new URL(name, import.meta.url));
    // Nginx's list of types has no .mjs.
    const rig = await startRig({ server: 'prosody', proxy: 'nginx', site: {
        'index.html': file('page.html'), libbosh: build.packageFolder,
        'bench/page.js': file('page.mjs'), 'bench/echo.js': file('echo.mjs'),
    } });
    const chromium = await inChromium(new URL('/', rig.url).origin, '.js');
    try {
        const run = (who) => () => chromium.run('echo.mjs', 'echo', { who, samples });
        const results = await inTurn(rounds, { own: run('libbosh'), bare: run('bare') });
        return [{ name: 'echo_latency.chromium', unit: 'ms', better: 'less',
            own: figures(results.own, 'ms'), peer: xhr, theirs: figures(results.bare, 'ms'),
            goal: timesAtMost(1.2, xhr) }];
    } finally {
        await chromium.stop();
        await rig.stop();
    }
}

async function wireBytes(build) {
    const results = await at(build, 'node', (run) => inTurn(1, {
        libbosh: () => run('latency.mjs', 'wireBytes', { who: 'libbosh' }),
        strophe: () => run('latency.mjs', 'wireBytes', { who: 'strophe' }),
    }));
    const row = (member, more) => ({ name: `wire_bytes.${member}`, unit: 'bytes', better: 'less',
        own: figures(results.libbosh, member), peer: strophe,
        theirs: figures(results.strophe, member), goal: moreAtMost(more, strophe) });
    return [row('message', 32), row('poll', 8)];
}

async function idle(build) {
    const seconds = 60;
    const results = await at(build, 'chromium', (run) => inTurn(1, {
        libbosh: () => run('idle.mjs', 'idle', { who: 'libbosh', seconds }),
        strophe: () => run('idle.mjs', 'idle', { who: 'strophe', seconds }),
    }));
    const row = { better: 'less', peer: strophe };
    return [
        { ...row, name: 'idle_requests.chromium', unit: '1/hour',
            own: figures(results.libbosh, 'requests'),
            theirs: figures(results.strophe, 'requests'), goal: atMost(3600 / 5),
            note: 'the server holds each for 5 s' },
        { ...row, name: 'idle_requests.chromium.timers', unit: '1/minute',
            own: figures(results.libbosh, 'timers'),
            theirs: figures(results.strophe, 'timers'), goal: atMost(2) },
    ];
}

/** Bytes of files as a web server compresses them at its best. */
const brotli = (folder, files) => files.reduce((sum, file) =>
    sum + brotliCompressSync(readFileSync(join(folder, file))).length, 0);

async function size(build) {
    const one = (bytes) => summary([bytes]);
    const dist = join(build.packageFolder, 'dist');
    const split = ['index.js', 'libbosh.wasm'].map((file) => `${file} ${brotli(dist, [file])}`);
    split.push(`with keepalive also ${brotli(dist, ['saved.js', 'libbosh-more.wasm'])}`);
    return [{ name: 'size_web', unit: 'bytes', better: 'less',
        own: one(brotli(dist, ['index.js', 'libbosh.wasm'])),
        peer: strophe, theirs: one(brotli(stropheFolder, ['strophe.umd.min.js'])),
        goal: atMost(28_000), note: split.join(', ') }];
}

/* ----------------------------------------------------------------------------- start, login */

async function start(build) {
    const visits = 3; // the first fills the cache of HTTP, the second that of compiled code
    const results = await at(build, 'chromium', (run) => {
        const one = (who) => () => run('start.mjs', 'start', { who, isLoading: true }, visits);
        return inTurn(rounds, { own: one('libbosh'), single: one('libbosh single'),
            strophe: one('strophe') });
    });
    const row = (more, own) => ({ name: `start_web${more}`, unit: 'ms', better: 'less',
        own: figures(own, 'ms'), peer: strophe, theirs: figures(results.strophe, 'ms'),
        goal: moreAtMost(25, strophe) });
    return [row('', results.own), row('.single', results.single)];
}

/** @param {'node' | 'chromium'} place */
function pbkdf2(place) {
    return async (build) => {
        const results = await at(build, place, (run) => inTurn(rounds, {
            own: () => run('pbkdf2.mjs', 'pbkdf2', { who: 'libbosh' }),
        }));
        const row = { unit: 'ms', better: 'less', own: figures(results.own, 'own'),
            peer: `WebCrypto's`, theirs: figures(results.own, 'webCrypto'), goal: atMost(10) };
        return [{ ...row, name: `pbkdf2.${place}` }, { ...row, name: `pbkdf2.${place}.hold`,
            own: figures(results.own, 'hold'), peer: null, theirs: null, goal: atMost(8) }];
    };
}

/** @param {'node' | 'chromium'} place @param {'http1' | 'http2'} protocol */
function distantLogin(place, protocol) {
    return async (build) => {
        const site = await startDistantSite(build.packageFolder);
        const origin = site[protocol];
        const chromium = place === 'chromium' ? await inChromium(origin, '.js') : null;
        const run = chromium?.run ?? inNode(build.packageFolder, origin);
        const login = (who) => async () => {
            const { ms } = await run('login.mjs', 'login', { who });
            return { ms, trips: site.count() };
        };
        try {
            const results = await inTurn(rounds, { own: login('libbosh'),
                strophe: login('strophe') });
            const row = { name: `login_100ms.${place}.${protocol}`, better: 'less',
                peer: place === 'node' ? stropheNode : strophe };
            return [
                { ...row, unit: 'ms', own: figures(results.own, 'ms'),
                    theirs: figures(results.strophe, 'ms'), goal: timesAtMost(0.55, strophe) },
                { ...row, name: `${row.name}.trips`, unit: 'round trips',
                    own: figures(results.own, 'trips'), theirs: figures(results.strophe, 'trips'),
                    goal: atMost(4) },
            ];
        } finally {
            await chromium?.stop();
            await site.stop();
        }
    };
}

/* --------------------------------------------------------------------------------- dispatch */

const digest = ({ seen }) => createHash('sha256').update(seen.join('\n')).digest('hex');

/**
 * @param {'node' | 'chromium'} place @param {string} name @param {object} options of dispatch.mjs
 * @param {number} factor how many times as fast as Strophe
 */
function dispatch(place, name, options, factor) {
    return async (build) => {
        const one = (run, who, more = {}) => async () => {
            const result = await run('dispatch.mjs', 'dispatch', { who, ...options, ...more });
            return { ...result, digest: digest(result) };
        };
        const results = await at(build, place, (run) => inTurn(rounds, {
            own: one(run, 'libbosh', { dom: 'xmldom' }),
            strophe: one(run, 'strophe'),
            ...(place === 'node' && { light: one(run, 'libbosh') }),
        }));
        if (new Set(Object.values(results).flat().map((result) => result.digest)).size !== 1)
            throw new Error('libbosh and Strophe delivered different messages');
        const row = (more, own, member, goal) => ({ name: `${name}.${place}${more}`,
            unit: 'ms/body', better: 'less', own: figures(own, member),
            peer: place === 'node' ? stropheNode : strophe,
            theirs: figures(results.strophe, member), goal });
        const goal = fasterThan(factor, strophe);
        return [row('', results.own, 'ms', goal),
            ...(results.light ? [row('.own_dom', results.light, 'ms', goal)] : []),
            row('.first', results.light ?? results.own, 'first', noGoal)];
    };
}

const all = { wanted: 'all' };
const few = { wanted: 'few' };
const shown = { wanted: 'all', isInputShown: true };

/** As in ../rows.mjs. */
export const webBenchmarks = [
    ['send_to_post.node', latency('node', 'send_to_post', 'sendToPost',
        [...nodePeers(0.02), flushed(stropheNode)])],
    ['send_to_post.chromium', latency('chromium', 'send_to_post', 'sendToPost',
        [...chromiumPeers, flushed(strophe)])],
    ['answer_to_poll.node', latency('node', 'answer_to_poll', 'answerToPoll', nodePeers(0.03))],
    ['answer_to_poll.chromium', latency('chromium', 'answer_to_poll', 'answerToPoll',
        chromiumPeers)],
    ['echo_latency.chromium', echoLatency],
    ['login_100ms.node.http1', distantLogin('node', 'http1')],
    ['login_100ms.chromium.http1', distantLogin('chromium', 'http1')],
    ['login_100ms.chromium.http2', distantLogin('chromium', 'http2')],
    ['dispatch_all.node', dispatch('node', 'dispatch_all', all, 5)],
    ['dispatch_all.chromium', dispatch('chromium', 'dispatch_all', all, 2.5)],
    ['dispatch_1pct_20handlers.node', dispatch('node', 'dispatch_1pct_20handlers', few, 10)],
    ['dispatch_1pct_20handlers.chromium',
        dispatch('chromium', 'dispatch_1pct_20handlers', few, 10)],
    ['dispatch_all_xmlInput.chromium', dispatch('chromium', 'dispatch_all_xmlInput', shown, 1.5)],
    ['pbkdf2.node', pbkdf2('node')],
    ['pbkdf2.chromium', pbkdf2('chromium')],
    ['start_web', start],
    ['idle_requests.chromium', idle],
    ['wire_bytes', wireBytes],
    ['size_web', size],
].map(([name, run]) => ({ name, run, isWeb: true }));
