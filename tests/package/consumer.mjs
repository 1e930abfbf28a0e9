// SPDX-License-Identifier: MIT
// A program that uses the package: a folder of its own, the packed tarball unpacked into its
// node_modules, and tools that know nothing of this repository.

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { privateDirectory } from '../servers/child.mjs';
import { startManager } from '../servers/cm.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export const { BOSH_PACKAGE = at('../../build/wasm/wasm/package') } = process.env;

/** The tools that consumers are built with, and those of js/. */
export const tools = createRequire(new URL('package.json', import.meta.url));
export const jsTools = createRequire(new URL('../../js/package.json', import.meta.url));

/** The plugins of npm that ask for strophe.js. */
export const plugins = ['muc', 'roster', 'disco', 'rsm', 'mam', 'caps']
    .map((name) => `strophejs-plugin-${name}`);

const run = promisify(execFile);

/** Debian's npm does not run with a Node.js that tools/setup brought. */
const path = process.env.PATH.split(':').filter((folder) => !folder.includes('/libbosh/node/'));

/** Runs npm without asking any registry. @param {string} cwd @param {string[]} args */
export const npm = (cwd, ...args) => run('npm',
    [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd, env: { ...process.env, PATH: path.join(':') } });

/** Runs a program of Node's and returns what it printed. */
export const node = (cwd, ...args) => run(process.execPath, args,
    { cwd, maxBuffer: 1e8, env: { ...process.env, NODE_OPTIONS: '', BOSH_URL: '' } })
    .then(({ stdout }) => stdout, (error) => {
        throw new Error(`node ${args.join(' ')}:\n${error.stdout}\n${error.stderr}`);
    });

let packed;
/** The tarball. @returns {string} */
export function tarball() {
    if (packed) return packed;
    const folder = privateDirectory('tarball');
    const [file] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', folder],
        { cwd: BOSH_PACKAGE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
            env: { ...process.env, PATH: path.join(':') } }));
    packed = join(folder, file.filename);
    return packed;
}

/** Where js/ has a package. @param {string} name */
const placeOf = (name) => dirname(jsTools.resolve(`${name}/package.json`));

/** NAME.tgz in `folder`, as npm has it. @param {string} name @param {string} folder */
export const packAgain = (name, folder) => execFileSync('tar', ['czf', join(folder, `${name}.tgz`),
    '--transform', `s,^${name},package,`, '-C', dirname(placeOf(name)), name]);

/**
 * A folder with the package in its node_modules.
 *
 * @param {Record<string, string>} files what is in the folder, by name
 * @param {object} [options]
 * @param {string} [options.as] the name that the package is installed under
 * @param {string[]} [options.packages] of js/, which are copied
 * @param {string} [options.type] of its modules
 */
export function consumer(files, { as = 'libbosh', packages = [], type = 'module' } = {}) {
    const folder = privateDirectory('consumer');
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, as), { recursive: true });
    execFileSync('tar', ['xzf', tarball(), '--strip-components=1', '-C', join(modules, as)]);
    for (const name of packages)
        cpSync(placeOf(name), join(modules, name), { recursive: true });
    for (const [name, text] of Object.entries({
        'package.json': JSON.stringify({ name: 'consumer', version: '1.0.0', type }), ...files })) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
    }
    return folder;
}

/** A server where alice gets back what she says; pages of any origin may ask it. */
export async function startEcho() {
    const manager = await startManager();
    manager.script = (xml, response) => {
        response.setHeader('Access-Control-Allow-Origin', '*');
    };
    manager.onStanzas = (xml, session) => {
        const [, text] = /<body[^>]*>([^<]*)</.exec(xml) ?? [];
        if (text) session.push(`<message xmlns='jabber:client' from='bob@localhost/x' ` +
            `type='chat'><body>${text}</body></message>`);
    };
    return manager;
}

/**
 * The program that all of them run, as text: logs in, says something, waits for it to come back,
 * leaves, and hands `{ statuses, heard }` to `done`.
 */
export const chat = `
function chat({ Strophe, $msg, $pres }, url, done, options = {}) {
    const names = Object.keys(Strophe.Status);
    Strophe.setLogLevel(Strophe.LogLevel.FATAL);
    const statuses = [];
    let heard = '';
    // No preflight request, which the server would have to know about.
    const connection = new Strophe.Connection(url, { contentType: 'text/plain', ...options });
    connection.addHandler((message) => {
        heard = message.querySelector('body').textContent;
        connection.disconnect();
        return true;
    }, null, 'message', 'chat');
    connection.connect('alice@localhost', 'alicepw', (status, condition) => {
        statuses.push(condition ? names[status] + ' ' + condition : names[status]);
        if (status === Strophe.Status.CONNECTED) {
            connection.send($pres());
            const message = $msg({ to: 'bob@localhost', type: 'chat' });
            connection.send(message.c('body').t('Hi \\u{1F600}'));
        }
        if (status === Strophe.Status.DISCONNECTED) done({ statuses, heard });
    });
}
`;

/** What it finds. */
export const expected = {
    statuses: ['CONNECTING', 'CONNECTED', 'DISCONNECTING', 'DISCONNECTED'],
    heard: 'Hi \u{1F600}',
};
