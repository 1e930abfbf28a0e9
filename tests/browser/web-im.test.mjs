// SPDX-License-Identifier: MIT
// examples/web-im in Chromium, under the policy of its README: what a user does, and what is seen.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { User, friends, setChatStage } from './im.mjs';

const { BOSH_SERVER: server = 'prosody', BOSH_PROXY: proxy = 'nginx' } = process.env;
const hasArchive = server === 'prosody';
let stage;
before(async () => {
    stage = await setChatStage({ server, proxy });
});
afterEach(() => User.closeAll());
after(() => stage?.close());

/** A test that tells what its users saw when it fails. Arguments as of node:test. */
function story(name, ...rest) {
    const body = rest.pop();
    test(name, ...rest, async (context) => {
        try {
            await body(context);
        } catch (error) {
            for (const sight of await User.report()) context.diagnostic(sight);
            throw error;
        }
    });
}

const message = (to, text) => `<message xmlns='jabber:client' type='chat' to='${to.jid}'>` +
    `<body>${text}</body></message>`;
/** Without an archive nobody can say whether what had left has arrived: the user is asked. */
async function sendAgain(user, text) {
    await user.message(text).and(user.page.locator('[data-state=delivered], [data-state=unsure]'))
        .waitFor();
    const again = user.button('Send again');
    if (!hasArchive && await again.count()) await again.click();
}

const only = (condition, reason) => ({ skip: !condition && reason });
const archive = only(hasArchive, 'this server has no archive');

describe(`the web chat, ${server} behind ${proxy}`, () => {
    story('signing in: what can go wrong is said; the password is kept nowhere', async () => {
        const [name] = stage.pair();
        const user = await User.open(stage, name);
        await user.signIn('wrong');
        await user.see('The address or the password is wrong.');
        await user.field('Address').fill(`${name}@elsewhere.invalid`);
        await user.button('Sign in').click();
        await user.see(/Is the part after the @ right/);
        await user.page.route('**/xmpp-httpbind', (route) => route.fulfill({ status: 404 }));
        await user.signIn();
        await user.see(/There is no chat service at this address/);
        await user.page.unroute('**/xmpp-httpbind');
        await user.page.route('**/xmpp-httpbind', (route) => route.abort());
        await user.signIn();
        await user.see('The server cannot be reached.');
        await user.page.unroute('**/xmpp-httpbind');
        await user.signedIn();
        const kept = await user.page.evaluate(() =>
            JSON.stringify({ ...localStorage, ...sessionStorage }));
        assert(kept.includes(user.jid) && !kept.includes('secret'), kept);
        await user.button(/Menu$/).click();
        await user.page.getByRole('menuitem', { name: 'Sign out' }).click();
        await user.field('Address').waitFor();
        assert.equal(await user.field('Address').inputValue(), user.jid);
        assert.equal(await user.field('Password').inputValue(), '');
        await user.page.reload();
        await user.field('Address').waitFor();
        assert.equal(await user.field('Address').inputValue(), user.jid);
    });

    story('contacts: asked, accepted, seen, renamed, removed', async () => {
        const [alice, bob] = await friends(stage);
        await bob.button(/Menu$/).click();
        await bob.field('Status text').fill('In the garden');
        await bob.field('Status text').press('Enter');
        await alice.row(bob.name).filter({ hasText: 'In the garden' }).waitFor();
        await bob.button(/Menu$/).click();
        await bob.page.getByRole('menuitemradio', { name: 'Do not disturb' }).click();
        await alice.see('Do not disturb · In the garden');
        await bob.button(/Menu$/).click();
        await bob.page.getByRole('menuitemradio', { name: 'Appear offline' }).click();
        await alice.page.locator('.about .subtitle', { hasText: 'Offline' }).waitFor();
        await alice.button(`About ${bob.name}`).click();
        await alice.button('Rename', { exact: true }).click();
        await alice.field('Name').fill('Robert');
        await alice.page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
        await alice.row('Robert').waitFor();
        await alice.button('Remove from contacts').click();
        await alice.button('Remove', { exact: true }).click();
        await alice.row('Robert').waitFor({ state: 'detached' });
        await bob.button(`About ${alice.name}`).click();
        await bob.see('Neither sees when the other is here.');
        assert.deepEqual([...alice.complaints, ...bob.complaints], []);
    });

    story('declining a request', async () => {
        const [alice, bob] = await Promise.all(stage.pair().map(async (name) =>
            (await User.open(stage, name)).signedIn()));
        await alice.add(bob);
        await bob.button(`Decline: ${alice.jid}`).click();
        await bob.see('Nobody here yet.');
        await alice.page.locator('.about .subtitle', { hasText: 'Offline' }).waitFor();
    });

    story('a conversation: typing, ticks, unread, links; markup stays text', async () => {
        const [alice, bob] = await friends(stage);
        await alice.editor.pressSequentially('Hel');
        await bob.see(`${alice.name} is typing…`);
        await alice.say('Hello');
        await bob.message('Hello').waitFor();
        await alice.tick('Hello', 'delivered');
        assert.equal(await bob.page.getByText('is typing…').count(), 0);
        await bob.page.keyboard.press('Escape');
        await alice.say('<img src=x onerror=alert(1)> & https://example.org/a_(b).');
        await bob.until(() => document.title === '(1) Chat');
        await bob.row(alice.name).locator('.badge', { hasText: '1' }).waitFor();
        await bob.row(alice.name).click();
        await bob.until(() => document.title === 'Chat');
        await bob.page.locator('li.new').waitFor();
        const link = bob.message('<img src=x onerror=alert(1)>').locator('a');
        assert.equal(await link.getAttribute('href'), 'https://example.org/a_(b)');
        assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
        assert.equal(await bob.page.locator('#app img').count(), 0);
        await bob.editor.fill('two');
        await bob.editor.press('Shift+Enter');
        await bob.editor.pressSequentially('lines');
        await bob.editor.press('Enter');
        await alice.message('two\nlines').waitFor();
        assert.deepEqual([...alice.complaints, ...bob.complaints], []);
    });

    story('the server alone is enough for the first tick', async () => {
        const [name, other] = stage.pair();
        const alice = await (await User.open(stage, name)).signedIn();
        await alice.add({ jid: `${other}@localhost` });
        await alice.say('Read this when you come');
        await alice.tick('Read this when you come', 'sent');
        await alice.add({ jid: 'nobody@nowhere.invalid' });
        await alice.say('Is anybody there?');
        await alice.tick('Is anybody there?', 'failed');
        await alice.button('Send again').waitFor();
    });

    story('a reload keeps session, conversation and draft; nothing is lost', async () => {
        const [alice, bob] = await friends(stage);
        await alice.say('before');
        await bob.message('before').waitFor();
        await alice.editor.fill('a thought that is not finished');
        const logins = () => alice.sent.filter((body) => body.includes('<auth')).length;
        const before = logins();
        const reloaded = alice.page.reload();
        await bob.say('in between');
        await reloaded;
        await alice.message('in between').waitFor();
        await alice.message('before').waitFor();
        assert.equal(await alice.editor.inputValue(), 'a thought that is not finished');
        await alice.say('after');
        await bob.message('after').waitFor();
        await alice.tick('after', 'delivered');
        assert.deepEqual(await alice.texts(), ['before', 'in between', 'after']);
        assert.deepEqual(await bob.texts(), ['before', 'in between', 'after']);
        assert.equal(logins(), before);
        assert.deepEqual(alice.complaints, []);
    });

    story('a room: three people, a mention, the subject, nicknames, coming back', async () => {
        const names = [...stage.pair(), ...stage.pair()].slice(0, 3);
        const room = `${names[0]}-room@conference.localhost`;
        const users = [];
        for (const [i, name] of names.entries()) {
            users.push(await (await User.open(stage, name)).signedIn());
            await users[i].joined(room, ['Ann', 'Ben', 'Cleo'][i]);
        }
        const [ann, ben, cleo] = users;
        await ann.see('3 people');
        await ben.say('Good morning, Cleo!');
        for (const user of users) await user.message('Good morning, Cleo!').waitFor();
        await ben.tick('Good morning, Cleo!', 'sent');
        assert.equal(await cleo.message('Good morning').locator('mark').textContent(), 'Cleo');
        assert.equal(await ann.message('Good morning').locator('mark').count(), 0);
        await cleo.page.keyboard.press('Escape');
        await ben.say('nothing of importance');
        await ben.say('cleo, are you there?');
        await cleo.row(room.split('@')[0]).locator('.badge', { hasText: '@1' }).waitFor();
        assert.equal(await cleo.page.title(), '(1) Chat');
        await cleo.row(room.split('@')[0]).click();

        await ann.button('People in this room').click();
        await ann.button('Change the subject').click();
        await ann.field('Subject').fill('Beans');
        await ann.button('Change', { exact: true }).click();
        await ben.see('Ann changed the subject to “Beans”');
        await ann.button('Change your nickname').click();
        await ann.field('Nickname').fill('Ben');
        await ann.button('Change', { exact: true }).click();
        await ann.see('Somebody in this room has that nickname already.');
        await ann.field('Nickname').fill('Anna');
        await ann.button('Change', { exact: true }).click();
        await ben.see('Ann is now Anna');
        await ann.page.locator('.person', { hasText: 'Anna (you)' }).waitFor();

        await cleo.page.reload();
        await cleo.message('cleo, are you there?').waitFor();
        await cleo.say('I was reloading');
        await ben.message('I was reloading').waitFor();
        // A browser that comes back another day.
        await cleo.page.close();
        const again = await (await cleo.anotherTab()).signedIn();
        await again.row(room.split('@')[0]).click();
        await again.say('back again');
        await ben.message('back again').waitFor();
        await again.tick('back again', 'sent');
        await ann.button('Leave the room').click();
        await ann.button('Leave', { exact: true }).click();
        await ann.row(room.split('@')[0]).waitFor({ state: 'detached' });
        assert.deepEqual(users.flatMap(({ complaints }) => complaints), []);
    });

    story('a nickname that is taken, an invitation', async () => {
        const [alice, bob] = await friends(stage);
        const room = `${alice.name}-tea@conference.localhost`;
        await alice.joined(room, 'Tea');
        await bob.join(room, 'Tea');
        await bob.see('Somebody in this room has that nickname already.');
        await bob.button('Cancel').click();
        await alice.button('People in this room').click();
        await alice.button('Invite somebody').click();
        await alice.field('Address').fill(bob.jid);
        await alice.button('Invite', { exact: true }).click();
        await bob.button(`Join: ${room}`).click();
        await bob.field('nickname').fill('Milk');
        await bob.button('Join', { exact: true }).click();
        await alice.see('2 people');
    });

    story('history comes in pages, upwards, each message once', archive, async () => {
        const [alice, bob] = await friends(stage);
        const count = 130;
        await alice.raw(Array.from({ length: count }, (_, i) => message(bob, `message ${i}.`)));
        await bob.message(`message ${count - 1}.`).waitFor();
        await bob.context.close();
        const again = await (await User.open(stage, bob.name)).signedIn();
        await again.row(alice.name).click();
        await again.message(`message ${count - 1}.`).waitFor();
        assert.equal(await again.message('message 0.').count(), 0);
        while (await again.message('message 0.').count() === 0) {
            await again.page.locator('.log .scroller').hover();
            await again.page.mouse.wheel(0, -3000);
        }
        await again.see('This is where it begins.');
        assert.deepEqual(await again.texts(),
            Array.from({ length: count }, (_, i) => `message ${i}.`));
    });

    story('copies to other devices; a forged copy is nothing', async () => {
        const [alice, bob] = await friends(stage);
        const phone = await (await User.open(stage, alice.name)).signedIn();
        await alice.say('said at the desk');
        await phone.row(bob.name).click();
        await phone.message('said at the desk').waitFor();
        await bob.say('answered');
        for (const one of [alice, phone]) await one.message('answered').waitFor();
        await bob.raw([`<message xmlns='jabber:client' to='${alice.jid}'>` +
            "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
            `<message xmlns='jabber:client' from='${alice.jid}' to='${bob.jid}' type='chat'>` +
            '<body>I never said this</body></message></forwarded></sent></message>',
            message(alice, 'the end')]);
        await alice.message('the end').waitFor();
        assert.equal(await alice.page.getByText('I never said this').count(), 0);
    });

    story('without a network: told, kept, sent later', async () => {
        const [alice, bob] = await friends(stage);
        await alice.context.setOffline(true);
        await alice.say('from the tunnel');
        await alice.see(/Your device is offline/);
        assert.match(await alice.message('from the tunnel').getAttribute('data-state'),
            /sending|waiting/);
        await alice.context.setOffline(false);
        await bob.message('from the tunnel').waitFor();
        await alice.tick('from the tunnel', 'delivered');
        await alice.page.locator('#banner').waitFor({ state: 'hidden' });
    });

    story('a server that restarts: logged in anew, nothing lost or doubled', async () => {
        const [alice, bob] = await friends(stage);
        await alice.say('before the restart');
        await alice.tick('before the restart', 'delivered');
        await stage.rig.server.stop();
        await alice.say('while it was down');
        await alice.see(/recovering|Next try/).finally(() => stage.rig.server.start());
        for (const user of [alice, bob])
            await user.page.locator('#banner').waitFor({ state: 'hidden' });
        await sendAgain(alice, 'while it was down');
        await bob.message('while it was down').waitFor();
        await alice.tick('while it was down', 'delivered');
        await bob.say('after it');
        await alice.message('after it').waitFor();
        const all = ['before the restart', 'while it was down', 'after it'];
        assert.deepEqual(await alice.texts(), all);
        assert.deepEqual(await bob.texts(), all);
    });

    story('a session that the server ends: tried again after a while, or at once', async () => {
        const [alice, bob] = await friends(stage);
        const end = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' " +
            "condition='remote-connection-failed'/>";
        await alice.page.route('**/xmpp-httpbind', (route) => route.fulfill({ body: end }));
        await alice.say('said too late');
        await alice.see(/cannot reach the chat server. Next try in/);
        await alice.page.unroute('**/xmpp-httpbind');
        await alice.button('Try now').click();
        await alice.page.locator('#banner').waitFor({ state: 'hidden' });
        await sendAgain(alice, 'said too late');
        await bob.message('said too late').waitFor();
        await alice.tick('said too late', 'delivered');
        assert.deepEqual(await bob.texts(), ['said too late']);
    });

    story('notices of the desktop, when asked for and nobody looks', async () => {
        const [alice, bob] = await friends(stage);
        // Headless Chromium has none.
        await alice.page.evaluate(() => {
            globalThis.notices = [];
            globalThis.Notification = class {
                static permission = 'default';
                static async requestPermission() {
                    return this.permission = 'granted';
                }
                constructor(title, { body }) {
                    globalThis.notices.push(`${title}: ${body}`);
                }
            };
        });
        await alice.button(/Menu$/).click();
        await alice.page.getByRole('menuitemcheckbox', { name: 'Notify me' }).click();
        await bob.say('seen');
        await alice.message('seen').waitFor();
        await alice.page.evaluate(() => {
            document.hasFocus = () => false;
            dispatchEvent(new Event('blur'));
        });
        await bob.say('not seen');
        await alice.until(() => document.title === '(1) Chat');
        assert.deepEqual(await alice.page.evaluate(() => globalThis.notices),
            [`${bob.name}: not seen`]);
        assert.deepEqual(alice.complaints, []);
    });

    story('a phone shows one thing at a time', async () => {
        const [alice, bob] = await friends(stage, { viewport: { width: 360, height: 700 } });
        const isWide = () => alice.page.evaluate(() =>
            document.documentElement.scrollWidth > innerWidth);
        assert.equal(await alice.page.locator('#side').isVisible(), false);
        assert.equal(await isWide(), false);
        await bob.say('a-very-long-word-'.repeat(20));
        await alice.message('a-very-long-word').waitFor();
        assert.equal(await isWide(), false);
        await alice.button('Back to the list').click();
        await alice.page.locator('#talk').waitFor({ state: 'hidden' });
        assert.equal(await alice.page.locator('#side').isVisible(), true);
        assert.equal(await isWide(), false);
        await alice.row(bob.name).click();
        await alice.button(`About ${bob.name}`).click();
        await alice.button('Close details').click();
        await alice.editor.waitFor();
    });

    story('keyboard and screen reader: names, landmarks, tab order, arrows', async () => {
        const [alice, bob] = await friends(stage);
        await alice.add({ jid: 'zoe@localhost' }, 'Zoe');
        await alice.button('About Zoe').click();
        const tree = await (await alice.context.newCDPSession(alice.page))
            .send('Accessibility.getFullAXTree');
        const nodes = tree.nodes.filter(({ ignored }) => !ignored);
        const focusable = nodes.filter(({ properties = [] }) =>
            properties.some(({ name, value }) => name === 'focusable' && value.value));
        const nameless = focusable.filter(({ role, name }) =>
            !name?.value && role.value !== 'RootWebArea');
        assert.deepEqual(nameless.map(({ role }) => role.value), []);
        assert(focusable.length > 12);
        for (const role of ['navigation', 'main', 'complementary'])
            assert(nodes.some((node) => node.role.value === role && node.name.value), role);

        const focused = () => alice.page.evaluate(() => {
            const { ariaLabel, placeholder } = document.activeElement;
            return ariaLabel ?? placeholder;
        });
        await alice.button('Close details').click();
        await alice.button(/Menu$/).focus();
        const stops = [];
        for (let i = 0; i < 9; i++) {
            stops.push(await focused());
            await alice.page.keyboard.press('Tab');
        }
        const expected = [/Menu$/, /^New conversation/, /^Search/, /^Zoe,/, /Details$/,
            /^About Zoe/, /^Messages$/, /^Emoji$/, /^Message Zoe/];
        assert.equal(stops.length, expected.length);
        expected.forEach((pattern, i) => assert.match(stops[i], pattern, stops.join(' | ')));

        await alice.page.keyboard.press('Control+k');
        await alice.page.keyboard.press('ArrowDown');
        await alice.page.keyboard.press('End');
        assert.match(await focused(), new RegExp(`^${bob.name},`));
        await alice.page.keyboard.press('Enter');
        assert.equal(await focused(), `Message ${bob.name}`);
        await bob.say('Can you hear me?');
        await alice.page.locator('[aria-live=polite]', { hasText: `${bob.name}: Can you hear me?` })
            .waitFor({ state: 'attached' });
        await alice.page.keyboard.press('Escape');
        assert.match(await focused(), new RegExp(`^${bob.name},`));
        await alice.page.keyboard.press('Control+k');
        await alice.page.keyboard.type('zo');
        await alice.row(bob.name).waitFor({ state: 'detached' });
        await alice.page.keyboard.press('Enter');
        assert.equal(await focused(), 'Message Zoe');
    });
});
