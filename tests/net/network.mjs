// SPDX-License-Identifier: MIT
// Two hosts of clients and one of servers on this machine: network namespaces, joined by
// bosh-relay. All addresses are of RFC 5737 and lead nowhere else: the servers' namespace has no
// interface but loopback and the relays'.

import { spawn, spawnSync } from 'node:child_process';
import { Program } from '../interop/program.mjs';
import { run } from '../servers/child.mjs';

/** Where the servers listen. */
export const serverAddress = '192.0.2.1';

const nets = { alice: '198.51.100', bob: '203.0.113' };
const isInside = 'BOSH_NET_INSIDE';

/** How this machine lets us have a namespace: as root, or as root of a namespace of users. */
function findWay() {
    const ways = [['-n'], ['-Urn']].slice(process.getuid() === 0 ? 0 : 1);
    let why = '';
    for (const way of ways) {
        const { status, error, stderr } = spawnSync('unshare',
            [...way, 'bash', '-c', 'ip link set lo up && : <>/dev/net/tun'], { encoding: 'utf8' });
        if (status === 0) return { way };
        why = error?.message ?? stderr.trim();
    }
    return { why };
}

/** Starts this program again, in a network namespace of its own; returns only in there. */
export async function enterNamespace() {
    if (process.env[isInside]) {
        run('ip', ['link', 'set', 'lo', 'up']);
        run('ip', ['address', 'add', `${serverAddress}/32`, 'dev', 'lo']);
        return;
    }
    const { way, why } = findWay();
    if (!way) {
        console.log(`skipped: there is no network namespace or no TUN to be had: ${why}`);
        process.exit(0);
    }
    const child = spawn('unshare', [...way, 'setpriv', '--pdeathsig', 'TERM', '--',
        process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, [isInside]: '1' } });
    // A terminal tells both of us; what is told to us alone is passed on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.exit(await new Promise((resolve) =>
        child.once('exit', (code, signal) => resolve(signal ? 1 : code))));
}

/** What an undisturbed line does: a little delay. */
const calm = { loss: 0, twice: 0, overtake: 0, delayMs: 2, jitterMs: 3, bytesPerS: 0 };

/** The host of one client and the line that leads to it. */
export class Link {
    #host = 10;

    /**
     * @param {'alice' | 'bob'} name
     * @param {string} program bosh-relay
     * @param {number} seed
     */
    constructor(name, program, seed) {
        this.name = name;
        this.net = nets[name];
        this.relay = new Program(`${name}'s relay`, [program, name, String(seed)]);
    }

    async open() {
        await this.relay.until('ready', ({ ready }) => ready);
        run('ip', ['link', 'set', this.name, 'up']);
        run('ip', ['route', 'add', `${this.net}.0/24`, 'dev', this.name, 'src', serverAddress]);
        this.#ip('link', 'set', 'lo', 'up');
        this.#ip('address', 'add', `${this.address}/32`, 'dev', 'net0');
        this.plug();
        this.calm();
        return this;
    }

    get address() {
        return `${this.net}.${this.#host}`;
    }

    /** The command as one that runs over there. @param {string[]} command */
    inside(command) {
        return ['nsenter', `--net=/proc/${this.relay.child.pid}/ns/net`, '--', ...command];
    }

    #ip(...args) {
        const [program, ...rest] = this.inside(['ip', ...args]);
        run(program, rest);
    }

    /**
     * @param {'out' | 'in' | 'both'} way seen from the client
     * @param {Partial<typeof calm>} rules chances in per mille
     */
    set(way, rules) {
        const { loss, twice, overtake, delayMs, jitterMs, bytesPerS } = { ...calm, ...rules };
        const numbers = [loss, twice, overtake, delayMs, jitterMs, bytesPerS];
        this.relay.say(`set ${way} ${numbers.join(' ')}`);
    }

    calm() {
        this.set('both', {});
    }

    /** All TCP connections so far are dead, and nobody is told. */
    forget() {
        this.relay.say('forget');
    }

    unplug() {
        this.#ip('link', 'set', 'net0', 'down');
    }

    plug() {
        this.#ip('link', 'set', 'net0', 'up');
        this.#ip('route', 'replace', 'default', 'dev', 'net0', 'src', this.address);
    }

    /** Another address, as in another network. */
    move() {
        this.#ip('address', 'delete', `${this.address}/32`, 'dev', 'net0');
        this.#host = 10 + ((this.#host - 9) % 240);
        this.#ip('address', 'add', `${this.address}/32`, 'dev', 'net0');
        this.plug();
    }

    /** What became of the packets: counts by way. */
    async counts() {
        const after = this.relay.events.length;
        this.relay.say('count');
        const is = (wanted) => ({ way }) => way === wanted;
        return { out: await this.relay.until('counts', is('out'), { after }),
            in: await this.relay.until('counts', is('in'), { after }) };
    }
}
