// SPDX-License-Identifier: MIT
// The small example programs on a real Prosody: hello, and the libstrophe-style bot.

import assert from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { login, runChat, startChatRig } from './terminal-chat/rig.mjs';
import { until } from '../tests/servers/child.mjs';
import { startProxy } from '../tests/interop/proxy.mjs';
import { test, runTests } from '../tests/interop/suite.mjs';

let rig;
const setup = async () => { rig = await startChatRig(); };
const cleanup = async () => { await rig.stop(); };

/** Runs one of the programs. */
function start(program, ...args) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const run = { child, out: '' };
    for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => (run.out += text));
    run.ended = new Promise((resolve) => child.on('close', resolve));
    return run;
}

for (const [name, program, greeting] of [
    ['hello', process.env.BOSH_HELLO, 'Hello from libbosh'],
    ['hello-sockets', process.env.BOSH_HELLO_SOCKETS, 'Hello from plain sockets']]) {
    test(`${name} says hello`, async () => {
        const echo = runChat([...login(rig, 'bob'), '--echo']);
        await echo.until(/online as/);
        const hello = start(program, rig.url, 'alice@localhost', 'alicepw', 'bob@localhost');
        assert.equal(await hello.ended, 0, hello.out);
        assert.equal(hello.out, 'sent\n');
        await echo.until(new RegExp(`alice@localhost/.*: ${greeting}`));
        echo.child.kill('SIGTERM');
        await echo.ended;
    });

    test(`${name} says what is wrong`, async () => {
        for (const [args, status, message] of [
            [[rig.url, 'alice@localhost', 'wrong', 'bob@localhost'], 1, /refused the login/],
            [['http://127.0.0.1:1/', 'alice@localhost', 'x', 'bob@localhost'], 1, /connection/],
            [['nonsense', 'alice@localhost', 'x', 'bob@localhost'], 1, /http:\/\//],
            [[], 2, new RegExp(`^usage: ${name} `)]]) {
            const hello = start(program, ...args);
            assert.equal(await hello.ended, status, hello.out);
            assert.match(hello.out, message);
        }
    });
}

test('hello-sockets, made without CMake, says hello', async () => {
    execFileSync('make', ['-s', '-j2', '-C', fileURLToPath(new URL('make', import.meta.url)),
        `OUT=${rig.directory}/make`, 'CFLAGS=-O0 -Wall -Wextra -Werror'], { stdio: 'inherit' });
    const echo = runChat([...login(rig, 'bob'), '--echo']);
    await echo.until(/online as/);
    const hello = start(join(rig.directory, 'make/hello-sockets'), rig.url, 'alice@localhost',
        'alicepw', 'bob@localhost');
    assert.equal(await hello.ended, 0, hello.out);
    await echo.until(/alice@localhost\/.*: Hello from plain sockets/);
    echo.child.kill('SIGTERM');
    await echo.ended;
});

/** Asks until it answers: it may not be there yet. */
async function ask(to, question, answer) {
    for (let tries = 0; tries < 20; tries++) {
        const asked = runChat([...login(rig, 'alice'), '--send', to, question, '--await', '8']);
        if ((await asked.ended) === 0 && answer.test(asked.out)) return;
    }
    assert.fail(`${to} does not answer ${question}`);
}

test('a client with one blocking call chats, with one request at a time', async () => {
    // An answer that ends early, and a request that finds its connection closed.
    const faults = { 7: { cut: 'response', bytes: 40 }, 9: { cut: 'before' } };
    const proxy = await startProxy({ to: rig.serverPort,
        fault: ({ n }) => /** @type {any} */ (faults)[n] ?? null });
    const url = rig.url.replace(/:\d+/, `:${proxy.port}`);
    const device = start(process.env.BOSH_BLOCKING_HTTP, url, 'bob@localhost/device', 'bobpw');
    await until(() => /online/.test(device.out), () => device.out);
    for (const word of ['one', 'two & <two>', 'three'])
        await ask('bob@localhost/device', word, new RegExp(`you said: ${word}`));
    await ask('bob@localhost/device', 'quit', /good-bye/);
    assert.equal(await device.ended, 0, device.out);
    assert.equal(proxy.cuts, 2);
    assert.match(proxy.exchanges[0].request.body, / wait='5' hold='1' /);
    proxy.exchanges.forEach(({ request, connection }, at) => {
        const before = proxy.exchanges[at - 1];
        assert(at === 0 || request.startUs >= before.endUs, `request ${at} did not wait`);
        assert(at === 0 || connection === before.connection || faults[at],
            `request ${at} opened a connection`);
    });
    await proxy.stop();
});

test('a client with one blocking call says what is wrong', async () => {
    for (const [args, status, message] of [
        [[rig.url, 'alice@localhost', 'wrong'], 1, /refused the login/],
        [['http://127.0.0.1:1/', 'alice@localhost', 'x'], 1, /connection/],
        [[], 2, /^usage: blocking-http /]]) {
        const device = start(process.env.BOSH_BLOCKING_HTTP, ...args);
        assert.equal(await device.ended, status, device.out);
        assert.match(device.out, message);
    }
});

if (process.env.BOSH_BOT)
    test('the libstrophe bot echoes, and leaves when told so', async () => {
        const bot = start(process.env.BOSH_BOT, rig.url, 'bob@localhost', 'bobpw');
        // Its output goes to a pipe and comes at the end only, so it is asked until it answers.
        let answer = '';
        for (let tries = 0; !answer && tries < 20; tries++) {
            const asked = runChat([...login(rig, 'alice'), '--send', 'bob@localhost',
                'tea & <cake>', '--await', '2']);
            if ((await asked.ended) === 0) answer = asked.out;
        }
        assert.match(answer, /^bob@localhost\/.*: tea & <cake>$/m);
        const told = runChat([...login(rig, 'alice'), '--send', 'bob@localhost', 'quit',
            '--await', '10']);
        assert.equal(await told.ended, 0, told.err);
        assert.equal(await bot.ended, 0, bot.out);
        assert.match(bot.out, /online as bob@localhost/);
        await until(() => /offline: no error/.test(bot.out), () => bot.out);
    });

await runTests({ setup, cleanup });
