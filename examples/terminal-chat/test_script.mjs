// SPDX-License-Identifier: MIT
// bosh-chat without a user: --send, --echo, lines from a pipe, exit statuses.

import assert from 'node:assert';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { login, runChat, startChatRig } from './rig.mjs';
import { test, runTests } from '../../tests/interop/suite.mjs';

let rig;
const setup = async () => { rig = await startChatRig({ tls: true }); };
const cleanup = async () => { await rig.stop(); };

async function exits(args, status, message, input = null) {
    const chat = runChat(args, input);
    assert.equal(await chat.ended, status, chat.out + chat.err);
    assert.match(chat.out + chat.err, message);
    return chat;
}

test('an echo answers what was sent, in both languages of quoting', async () => {
    const echo = runChat([...login(rig, 'bob'), '--echo']);
    await echo.until(/^online as bob@localhost\//m);
    const text = 'tea & <cake> "now" \u00fc\u{1F600}';
    const sent = runChat([...login(rig, 'alice'), '--send', 'bob@localhost', text,
        '--await', '10']);
    assert.equal(await sent.ended, 0, sent.err);
    assert(sent.out.includes(`: ${text}\n`), sent.out);
    assert.match(echo.out, new RegExp(`^alice@localhost/.*tea`, 'm'));
    echo.child.kill('SIGTERM');
    assert.equal(await echo.ended, 0, echo.err);
});

test('a message alone: exit 0 when the server has it', async () => {
    await exits([...login(rig, 'alice'), '--send', 'bob@localhost', 'kept for later'], 0, /^$/);
    const echo = runChat([...login(rig, 'bob'), '--echo']);
    await echo.until(/kept for later/);
    echo.child.kill('SIGINT');
    assert.equal(await echo.ended, 0);
});

test('terminal control from a stranger does not reach the terminal', async () => {
    const echo = runChat([...login(rig, 'bob'), '--echo']);
    await echo.until(/online as/);
    await exits([...login(rig, 'alice'), '--send', 'bob@localhost', 'x\u009b31mred\u202eabc'], 0,
        /^$/);
    await echo.until(/x\ufffd31mred\ufffdabc/);
    echo.child.kill('SIGTERM');
    await echo.ended;
});

test('each failure has its exit status and a sentence', async () => {
    const send = ['--send', 'bob@localhost', 'x'];
    await exits([...login(rig, 'alice', 'wrong'), ...send], 3, /refused the login/);
    await exits([...login(rig, 'alice', 'alice', 'http://127.0.0.1:1/'), ...send], 4,
        /could not be opened/);
    await exits([...login(rig, 'alice', 'alice', 'ftp://x/'), ...send], 2, /http/);
    await exits([...login(rig, 'alice'), '--send', 'nobody@localhost', 'x', '--await', '5'], 5,
        /not delivered: service-unavailable/);
    await exits([...login(rig, 'alice'), '--send', 'bob@localhost', '\u0001'], 5, /not sent/);
    await exits(['--url', rig.url], 2, /--jid/);
    await exits(['--wrong'], 2, /--help/);
    await exits([...login(rig, 'alice'), '--send', 'bob@localhost'], 2, /address and a text/);
    await exits(['--help'], 0, /^usage: bosh-chat/);
    await exits(['--version'], 0, /^bosh-chat, libbosh \d/);
    await exits([...login(rig, 'alice', 'missing'), ...send], 2, /no password in/);
});

test('https: the certificate is checked', async () => {
    const send = [...login(rig, 'alice', 'alice', rig.secureUrl), '--send', 'bob@localhost', 'x'];
    await exits(send, 4, /certificate was refused \(.*local issuer certificate\)/);
    await exits([...send, '--ca', rig.ca], 0, /^$/);
    await exits([...send, '--insecure'], 0, /^$/);
    await exits([...send, '--ca', join(rig.folder, 'missing')], 2, /No such file/);
});

test('a web page instead of BOSH', async () => {
    const server = createServer((_, response) => response.end('<!DOCTYPE html><p>hello'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}/`;
    await exits([...login(rig, 'alice', 'alice', url), '--send', 'bob@localhost', 'x'], 4,
        /web page/);
    server.close();
});

test('the log of the wire is private and holds no secrets', async () => {
    const log = join(rig.folder, 'wire.xml');
    await exits([...login(rig, 'alice'), '--send', 'bob@localhost', 'logged', '--log-xml', log], 0,
        /^$/);
    const text = readFileSync(log, 'utf8');
    assert.equal(statSync(log).mode & 0o777, 0o600);
    assert.match(text, /<body>logged<\/body>/);
    assert.match(text, /sid='\*\*\*'/);
    assert(!text.includes(Buffer.from('\0alice\0alicepw').toString('base64')));
    assert.doesNotMatch(text, /n=alice|biws|bixu/);
});

test('lines from a pipe: open, say, end', async () => {
    const echo = runChat([...login(rig, 'carol'), '--echo']);
    await echo.until(/online as/);
    const chat = await exits(login(rig, 'alice'), 0, /you to carol: one/,
        '/open carol@localhost\none\ntwo\n/open carol@localhost three');
    await echo.until(/three/);
    assert.match(echo.out, /one\n.*two\n.*three\n/);
    assert.doesNotMatch(chat.out, /\u001b/);
    echo.child.kill('SIGTERM');
    await echo.ended;
});

await runTests({ setup, cleanup });
