// SPDX-License-Identifier: MIT
// The recording proxy itself: what it passes on, what it writes down, and that each cut happens
// where it says.

import assert from 'node:assert/strict';
import { createServer, request, Agent } from 'node:http';
import { startProxy, randomCuts } from './proxy.mjs';
import { sleep } from '../servers/child.mjs';
import { test, runTests } from './suite.mjs';

const seen = [];
const server = createServer((req, res) => {
    let body = '';
    req.on('data', (bytes) => (body += bytes));
    req.on('aborted', () => seen.push({ aborted: body }));
    req.on('end', () => {
        seen.push({ body });
        const answer = () => res.end(`answer to ${body}`);
        if (body === 'slow') setTimeout(answer, 300);
        else if (body === 'chunked') {
            res.write('answer ');
            setTimeout(() => res.end('to chunked'), 5);
        } else answer();
    });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const to = server.address().port;

function post(proxy, body, agent = new Agent()) {
    return new Promise((resolve, reject) => {
        const req = request({ port: proxy.port, host: '127.0.0.1', method: 'POST', path: '/x',
            agent, headers: { 'Content-Length': body.length } }, (res) => {
            let text = '';
            res.on('data', (bytes) => (text += bytes));
            res.on('end', () => resolve({ status: res.statusCode, text }));
            res.on('error', reject);
        });
        req.on('error', reject);
        req.end(body);
    });
}

test('passes on and records', async () => {
    const proxy = await startProxy({ to });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const body of ['one', 'chunked', 'slow'])
        assert.deepEqual(await post(proxy, body, agent),
            { status: 200, text: `answer to ${body}` });
    agent.destroy();
    assert.deepEqual(proxy.exchanges.map((e) => [e.n, e.connection, e.request.body, e.end,
        e.response.body, e.pipelined]), ['one', 'chunked', 'slow'].map((body, i) =>
        [i + 1, 1, body, 'answered', `answer to ${body}`, false]));
    const { request: asked, response } = proxy.exchanges[2];
    assert.ok(response.startUs - asked.endUs >= 250000 && response.endUs >= response.startUs);
    await proxy.stop();
});

for (const [cut, bytes, reaches] of [['before', 0, false], ['request', 5, false],
    ['after', 0, true], ['waiting', 0, true], ['response', 20, true]])
    test(`cut ${cut}`, async () => {
        const proxy = await startProxy({ to, fault: () => ({ cut, bytes, ms: 50 }) });
        seen.length = 0;
        const body = cut === 'waiting' ? 'slow' : 'fast';
        await assert.rejects(post(proxy, body));
        await sleep(50);
        assert.equal(seen.some((entry) => entry.body === body), reaches);
        assert.equal(proxy.exchanges[0].end, 'cut');
        assert.equal(proxy.cuts, 1);
        await proxy.stop();
    });

test('answers by itself, delays, reports a server that is down', async () => {
    const proxy = await startProxy({ to, delayMs: 100,
        fault: ({ n }) => (n === 1 ? { answer: { status: 502, body: '<html>' } } : null) });
    assert.deepEqual(await post(proxy, 'x'), { status: 502, text: '<html>' });
    const started = Date.now();
    await post(proxy, 'y');
    assert.ok(Date.now() - started >= 95);
    await proxy.stop();
    const nowhere = await startProxy({ to: 1 });
    await assert.rejects(post(nowhere, 'z'));
    await nowhere.stop();
});

test('random cuts repeat for a seed', async () => {
    const plan = (seed) => {
        const fault = randomCuts({ seed, share: 0.3, kinds: ['before', 'after'], max: 20 });
        return Array.from({ length: 100 }, () => fault({ request: { bytes: 100 } })?.cut ?? '');
    };
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
    assert.equal(plan(7).filter(Boolean).length, 20);
});

await runTests({ cleanup: async () => server.close() });
