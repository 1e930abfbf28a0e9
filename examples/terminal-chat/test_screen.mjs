// SPDX-License-Identifier: MIT
// bosh-chat as a user sees it: two terminals, a real Prosody.

import assert from 'node:assert';
import { login, startChatRig, Terminals } from './rig.mjs';
import { chosen, test, runTests } from '../../tests/interop/suite.mjs';

let rig;
const terminals = new Terminals();
const setup = async () => {
    rig = await startChatRig({ server: chosen.server });
    terminals.open('alice', login(rig, 'alice'));
    terminals.open('bob', login(rig, 'bob'), { columns: 80, rows: 20 });
};
const cleanup = async () => {
    terminals.close();
    await rig.stop();
};
const { alice, bob } = { alice: 'alice', bob: 'bob' };
const sees = (name, pattern) => terminals.sees(name, pattern);
const enter = (name, text) => terminals.enter(name, text);

test('the status line says who and how', async () => {
    await sees(alice, /alice@localhost ● online │ \/help/);
    await sees(bob, /online as bob@localhost\//);
});

test('help fits on the screen', async () => {
    enter(alice, '/help');
    await sees(alice, /\/open WHO \[TEXT\] +open a chat/);
    await sees(alice, /\/quit +also Ctrl-C/);
});

test('contacts: add, ask, accept, and see each other', async () => {
    enter(alice, '/add bob@localhost Bobby');
    await sees(bob, /alice@localhost asks to see when you are online/);
    enter(bob, '/accept');
    await sees(alice, /bob@localhost asks to see when you are online/);
    enter(alice, '/accept');
    await sees(alice, /● Bobby/);
    await sees(bob, /● alice/);
    enter(bob, '/status away tea time');
    await sees(alice, /◐ Bobby/);
    enter(bob, '/status online');
    await sees(alice, /● Bobby/);
});

test('a chat: ticks, unread count, typing', async () => {
    enter(alice, '/open Bob');
    enter(alice, 'hello Bobby');
    await sees(alice, /you: hello Bobby ✓✓/);
    await sees(bob, /● alice +1│/);
    await sees(bob, /1 unread/);
    enter(bob, '/open alice');
    await sees(bob, /─── new ─.*\n.*alice: hello Bobby/);
    assert.doesNotMatch(terminals.screen(bob), /unread/);
    terminals.type(bob, 'I am');
    await sees(alice, /Bobby \(online\) is typing…/);
    terminals.press(bob, 'BSpace', 'BSpace', 'BSpace', 'BSpace');
    await sees(alice, /Bobby \(online\) *$/m);
    enter(bob, 'hi \u00fc\u6f22\u{1F600}');
    await sees(alice, /Bobby: hi ü漢😀/);
});

test('the line: completion, words, history', async () => {
    terminals.type(alice, '/op');
    terminals.press(alice, 'Tab');
    terminals.type(alice, 'bo');
    terminals.press(alice, 'Tab');
    await sees(alice, /^Bobby> \/open bob@localhost *$/m);
    terminals.press(alice, 'C-u');
    terminals.type(alice, 'one two three');
    terminals.press(alice, 'C-w', 'M-b');
    terminals.type(alice, '1');
    await sees(alice, /^Bobby> one 1two *$/m);
    terminals.press(alice, 'C-e', 'C-u', 'Up');
    await sees(alice, /^Bobby> hello Bobby *$/m);
    terminals.press(alice, 'C-u');
});

test('a message with a line break, and one that begins with a slash', async () => {
    terminals.type(alice, 'first');
    terminals.press(alice, 'C-j');
    enter(alice, 'second');
    await sees(bob, /alice: first\n.{28}second/);
    enter(alice, '//not a command');
    await sees(bob, /alice: \/not a command/);
    enter(alice, '/nonsense');
    await sees(alice, /there is no command \/nonsense/);
});

test('a room: join, talk, nick, who, leave', async () => {
    enter(alice, '/join tea');
    await sees(alice, /you are creating this room, as alice/);
    await sees(alice, /the room is open/);
    enter(bob, '/join tea@conference.localhost bob');
    await sees(bob, /you are in, as bob/);
    await sees(alice, /bob has come in/);
    await sees(alice, /tea, 2 here/);
    enter(bob, 'alice: milk?');
    await sees(alice, /bob: alice: milk\?/);
    await sees(bob, /bob: alice: milk\? ✓✓/);
    terminals.type(alice, 'bo');
    terminals.press(alice, 'Tab');
    enter(alice, 'please');
    await sees(bob, /alice: bob: please/);
    enter(alice, '/topic Tea & cake');
    await sees(bob, /the topic is: Tea & cake/);
    enter(bob, '/nick robert');
    await sees(alice, /bob is now robert/);
    enter(alice, '/who');
    await sees(alice, /robert +participant/);
    terminals.press(alice, 'C-p');
    await sees(alice, /^Bobby>/m);
    enter(bob, 'alice, are you there?');
    await sees(alice, /# tea +!1│/);
    enter(bob, '/leave to drink it');
    await sees(bob, /you have left/);
    terminals.press(alice, 'C-n');
    await sees(alice, /robert has left: to drink it/);
    enter(bob, 'anybody?');
    await sees(bob, /you are not in this room/);
    await sees(bob, /^tea> anybody\?/m);
    terminals.press(bob, 'C-u');
});

test('another size', async () => {
    enter(bob, '/open alice');
    terminals.resize(bob, 50, 10);
    await sees(bob, /^.*alice \(online\).*\n^alice>.*/m);
    assert.doesNotMatch(terminals.screen(bob), /│ .*first/); // no list when it is narrow
    terminals.resize(bob, 100, 24);
    await sees(bob, /● alice +│/);
});

test('the server goes away and comes back', async () => {
    enter(alice, '/open Bob');
    await rig.server.stop();
    await sees(alice, /● (recovering|offline, next try)/);
    enter(alice, 'said while it was away');
    await sees(alice, /said while it was away …/);
    await rig.server.start();
    enter(alice, '/connect');
    await sees(alice, /● online/);
    await sees(alice, /said while it was away ✓/);
    await sees(bob, /● online/);
    await sees(bob, /alice: said while it was away/);
    enter(alice, '/open tea');
    await sees(alice, /tea, 1 here/); // joined again by itself
});

test('a message that comes back', async () => {
    enter(alice, '/open nobody@localhost hello?');
    await sees(alice, /you: hello\? ✗ refused/);
    await sees(alice, /not delivered: service-unavailable/);
});

test('leaving by Ctrl-D', async () => {
    terminals.press(bob, 'C-d');
    await sees(bob, /exit status 0/);
});

// The rig's ejabberd keeps no archive.
if (chosen.server === 'prosody')
    test('history of an earlier run', async () => {
        terminals.open('later', login(rig, 'bob'));
        await sees('later', /● online/);
        enter('later', '/open alice@localhost');
        await sees('later', /alice: hello Bobby/);
        await sees('later', /you: hi ü漢😀/);
        enter('later', '/quit');
        await sees('later', /exit status 0/);
    });

test('leaving by Ctrl-C gives the terminal back', async () => {
    terminals.press(alice, 'C-c');
    await sees(alice, /exit status 0/);
    assert.doesNotMatch(terminals.screen(alice), /│/);
});

await runTests({ setup, cleanup });
