// SPDX-License-Identifier: MIT
// Two clients write numbered messages to each other over bad lines and servers in trouble, until
// the time is over; then all is mended, and every number has to be accounted for. README.md.

import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { driverCommand } from '../interop/program.mjs';
import { privateDirectory, sleep } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';
import { Dice } from './dice.mjs';
import { lineFaults, serverFaults } from './faults.mjs';
import { judge } from './ledger.mjs';
import { Link, enterNamespace, serverAddress } from './network.mjs';
import { countOvertaken } from './overtaken.mjs';
import { Party } from './party.mjs';
import { Story } from './story.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const usage = `usage: tests/net/run [options]

Two clients write numbered messages to each other while lines, proxy and server misbehave, each
fault drawn from the seed. At the end every number has arrived once, or its loss was reported.

  --minutes M        how long (1; fractions are fine)
  --seed S           any number; one is chosen and printed when missing
  --server NAME      prosody (default) or ejabberd; Nginx is in front of it
  --client A[,B]     native (default), node or page: the kind of each of the two
  --log DIR          keeps configuration, logs and the story there, in a new folder
  --driver FILE, --relay FILE, --package DIR
                     what is tested, where tests/net/run did not build it`;

const { values: options } = parseArgs({ options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1000000) },
    server: { type: 'string', default: 'prosody' },
    client: { type: 'string', default: 'native' },
    log: { type: 'string', default: '' },
    driver: { type: 'string', default: '' },
    relay: { type: 'string', default: '' },
    package: { type: 'string', default: process.env.BOSH_PACKAGE ?? '' },
    help: { type: 'boolean', short: 'h', default: false },
} });

const kinds = {
    native: [options.driver],
    node: [process.execPath, at('js-driver.mjs'), '--package', options.package],
    page: [process.execPath, at('page-driver.mjs')],
};

function complaint() {
    if (!(Number(options.minutes) > 0)) return `--minutes ${options.minutes}: want a number`;
    if (!['prosody', 'ejabberd'].includes(options.server))
        return `no such server: ${options.server}`;
    for (const kind of options.client.split(','))
        if (!Object.hasOwn(kinds, kind)) return `no such client: ${kind}`;
    if (!options.relay) return 'say where bosh-relay is: --relay FILE';
    if (!options.driver && /native/.test(options.client))
        return 'say where bosh-driver is: --driver FILE';
    if (options.log && existsSync(options.log)) return `--log ${options.log}: it is there already`;
    return '';
}

/** Long enough for the slowest machine: nothing is judged by it but standing still. */
const PATIENCE_MS = 300000;
/** Short, so that sessions die within the minutes there are; but the server must not be quicker
 * than a client that notices a dead connection after `wait` + 15 s. */
const INACTIVITY_S = 20;
const WAIT_S = 4;
/** No burst begins while so many messages wait for the server. */
const BACKLOG = 40;

/** What all this takes place on. */
class Stage {
    isOver = false;
    #wakers = new Set();

    constructor(directory, story) {
        this.serverLog = resolve(directory, 'prosody.log');
        Object.assign(this, { directory, story, goneMs: 1000 * (WAIT_S + INACTIVITY_S) });
        this.dice = (what) => new Dice(`${options.seed} ${what}`);
    }

    async open() {
        const [first, second = first] = options.client.split(',');
        this.links = await Promise.all(['alice', 'bob'].map((name) =>
            new Link(name, options.relay, this.dice(`${name}'s packets`).between(1, 1e9)).open()));
        const usesPage = [first, second].includes('page');
        this.rig = await startRig({ server: options.server, proxy: 'nginx', address: serverAddress,
            inactivityS: INACTIVITY_S, waitS: WAIT_S, offline: false,
            more: { nginx: 'client_max_body_size 64k;',
                prosody: `log = { debug = "${this.serverLog}" }` },
            site: usesPage ? { '': at('site'), libbosh: join(options.package, 'dist') } : {} });
        this.parties = this.links.map((link, i) => this.#party(link, [first, second][i]));
        const [alice, bob] = this.parties;
        alice.meet(bob);
        bob.meet(alice);
        await Promise.all(this.parties.map((party) => party.online({ ms: PATIENCE_MS })));
    }

    #party(link, kind) {
        const { name } = link;
        const command = driverCommand({ program: kinds[kind], url: this.rig.url,
            jid: `${name}@localhost/net`, password: this.rig.users[name],
            more: ['--wait', String(WAIT_S), '--reconnect', 'always', '--log', '--trace'] });
        return new Party(name, link.inside(command), {
            log: join(this.directory, `${name}.log`), tell: (line) => this.story.tell(name, line),
            count: (what, number) => this.story.count(name, what, number) });
    }

    /** Waits, but not longer than there is time. @param {number} ms */
    rest(ms) {
        return new Promise((resolve) => {
            if (this.isOver) return resolve();
            const wake = () => {
                clearTimeout(timer);
                this.#wakers.delete(wake);
                resolve();
            };
            const timer = setTimeout(wake, ms);
            this.#wakers.add(wake);
        });
    }

    finish() {
        this.isOver = true;
        for (const wake of [...this.#wakers]) wake();
    }

    async close() {
        if (this.rig && options.log)
            cpSync(this.rig.directory, join(options.log, 'servers'), { recursive: true });
        await this.rig?.stop();
    }
}

/** Plays faults one after the other, with pauses: a deck of all of them, light ones twice, before
 * the next deck. */
async function playFaults(stage, track, { light, severe }, [shortMs, longMs], more) {
    const faults = { ...light, ...severe };
    const names = [...Object.keys(light), ...Object.keys(light), ...Object.keys(severe)];
    const dice = stage.dice(`${track}'s faults`);
    const rest = (ms) => stage.rest(ms);
    for (let deck = []; !stage.isOver;) {
        await rest(dice.between(shortMs, longMs));
        if (stage.isOver) break;
        if (!deck.length) deck = dice.shuffled(names);
        const name = deck.pop();
        const say = (detail) => stage.story.tell(track, `  ${detail}`);
        stage.story.fault(track, name);
        const { rig, parties, goneMs } = stage;
        await faults[name]({ rig, parties, goneMs, ...more, say, rest }, dice);
        stage.story.tell(track, `${name} is over`);
    }
}

/** Writes at its own pace, sometimes much at once. @param {Stage} stage @param {Party} party */
async function write(stage, party) {
    const dice = stage.dice(`${party.name}'s words`);
    while (!stage.isOver) {
        await stage.rest(dice.between(20, 900));
        const { fates } = party.books;
        const count = dice.chance(4) ? dice.between(5, 40) : 1;
        for (let i = 0; i < count; i++) {
            const bytes = dice.chance(3) ? dice.between(2000, 20000) : dice.between(0, 300);
            if (fates.sent < BACKLOG) party.write(bytes);
        }
    }
}

/** All is mended: now messages have to get through again. @param {Party} from */
async function getThrough(from) {
    const { books, peer } = from;
    for (const end = Date.now() + PATIENCE_MS; ;) {
        const number = from.write(0);
        const { turns } = peer;
        const isOpen = () => !peer.books.has(number) && !books.returned.has(number) &&
            ['sent', 'delivered'].includes(books.sent[number].fate) &&
            peer.turns === turns;
        while (isOpen()) {
            if (Date.now() > end)
                throw new Error(`${from.name} stands still: ${number} does not get through\n` +
                    `${from.remarks}\n${peer.remarks}`);
            await sleep(50);
        }
        if (peer.books.has(number)) return;
        await sleep(1000);
    }
}

async function settle(stage) {
    stage.story.tell('all', 'mended');
    for (const party of stage.parties) party.say('network');
    await Promise.all(stage.parties.map(getThrough));
    // Room for what comes twice to show up.
    await sleep(1000);
    for (const party of stage.parties) await party.close({ ms: PATIENCE_MS });
}

async function play(stage) {
    const minutes = Number(options.minutes);
    stage.story.begin(stage.parties, minutes);
    setTimeout(() => stage.finish(), minutes * 60000);
    const tracks = stage.links.map((link, i) =>
        playFaults(stage, link.name, lineFaults, [3000, 10000], { link, party: stage.parties[i] }));
    await Promise.all([...tracks, playFaults(stage, 'servers', serverFaults, [5000, 12000], {}),
        ...stage.parties.map((party) => write(stage, party))]);
    await settle(stage);
}

/** Losses without a word that are not Prosody's own. @param {Party} to who lacks them */
function unexcused(stage, silent, to) {
    if (!silent.length || options.server !== 'prosody') return silent;
    const count = countOvertaken(stage.serverLog, join(stage.directory, `${to.name}.log`));
    for (const loss of silent.slice(0, count)) console.log(`Prosody's fault: ${loss}`);
    return silent.slice(count);
}

async function main() {
    if (options.help) {
        console.log(usage);
        return 0;
    }
    const wrong = complaint();
    if (wrong) {
        console.error(`${wrong}\n${usage}`);
        return 2;
    }
    if (!existsSync(options.relay)) {
        console.log(`skipped: there is no ${options.relay}: build preset asan`);
        return 0;
    }
    await enterNamespace();
    const directory = options.log || privateDirectory('net');
    mkdirSync(directory, { recursive: true });
    const { seed, minutes, server, client } = options;
    const again = `tests/net/run --minutes ${minutes} --seed ${seed} --server ${server} ` +
        `--client ${client}`;
    const story = new Story(join(directory, 'story.txt'));
    console.log(again);
    const stage = new Stage(directory, story);
    const problems = [];
    try {
        await stage.open();
        await play(stage);
    } catch (error) {
        problems.push(error.stack);
    }
    story.end();
    const verdicts = (stage.parties ?? []).map(({ books, peer }) => judge(books, peer.books));
    verdicts.forEach((verdict, i) => problems.push(...verdict.problems,
        ...unexcused(stage, verdict.silent, stage.parties[i].peer)));
    await story.sum(stage, verdicts);
    for (const problem of problems) console.log(`WRONG  ${problem}`);
    if (problems.length) console.log(`${story.last(150)}\nagain: ${again} --log DIR`);
    await stage.close();
    console.log(`${problems.length ? 0 : 1} passed, ${problems.length ? 1 : 0} failed`);
    return problems.length ? 1 : 0;
}

process.exit(await main());
