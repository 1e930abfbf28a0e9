// SPDX-License-Identifier: MIT
// The smallest runner that is pleasant: cases run in order, one line each, and a closing line with
// their numbers.

import { parseArgs } from 'node:util';

const { values: options, positionals: wanted } = parseArgs({ allowPositionals: true, options: {
    driver: { type: 'string', default: process.env.BOSH_DRIVER ?? '' },
    server: { type: 'string', default: 'prosody' },
    proxy: { type: 'string', default: 'none' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
} });

/** Path of the bosh-driver program under test. */
export const driverPath = options.driver;
/** The servers to test against. */
export const chosen = { server: options.server, proxy: options.proxy };

const usage = `options: [WORD ...]  only the cases whose names contain one of the words
  --driver FILE     the bosh-driver program (or BOSH_DRIVER in the environment)
  --server NAME     prosody (default) or ejabberd, --proxy none (default), nginx or apache
  --list            prints the names of the cases`;

const cases = [];

/**
 * Adds a case.
 * @param {string} name
 * @param {() => Promise<string | void>} run throws when it fails; may return a remark to print
 */
export function test(name, run) {
    cases.push({ name, run });
}

const afterCase = [];

/** Calls something after each case, whether it failed or not. @param {() => any} run */
export function afterEach(run) {
    afterCase.push(run);
}

/**
 * Runs the cases that contain one of the words of the command line, and ends the process.
 * @param {{setup?: () => Promise<void>, cleanup?: () => Promise<void>}} [around]
 */
export async function runTests({ setup = async () => {}, cleanup = async () => {} } = {}) {
    if (options.help) {
        console.log(usage);
        process.exit(0);
    }
    const selected = cases.filter(({ name }) =>
        wanted.length === 0 || wanted.some((word) => name.includes(word)));
    if (options.list) {
        for (const { name } of selected) console.log(name);
        process.exit(0);
    }
    await setup();
    let failed = 0;
    for (const { name, run } of selected) {
        const started = Date.now();
        try {
            const remark = await run();
            const ms = `${Date.now() - started} ms`;
            console.log(`ok     ${name} (${remark ? `${remark}, ` : ''}${ms})`);
        } catch (error) {
            failed++;
            console.log(`FAILED ${name} (${Date.now() - started} ms)\n${error.stack}`);
        }
        for (const run of afterCase) await run();
    }
    await cleanup();
    console.log(`${selected.length - failed} passed, ${failed} failed`);
    process.exit(failed || selected.length === 0 ? 1 : 0);
}
