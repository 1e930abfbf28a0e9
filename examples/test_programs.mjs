// SPDX-License-Identifier: MIT
// The small example programs on a real Prosody: hello, and the libstrophe-style bot.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { login, runChat, startChatRig } from './terminal-chat/rig.mjs';
import { until } from '../tests/servers/child.mjs';
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
