// SPDX-License-Identifier: MIT
// The smallest runner that is pleasant: cases run in order, one line each, and the closing line that
// tests/run adds up.

import { parseArgs } from 'node:util';

const { values: options, positionals: wanted } = parseArgs({ allowPositionals: true, options: {
    driver: { type: 'string', default: process.env.BOSH_DRIVER ?? '' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
} });

/** Path of the bosh-driver program under test. */
export const driverPath = options.driver;

const cases = [];

/**
 * Adds a case.
 * @param {string} name
 * @param {() => Promise<string | void>} run throws when it fails; may return a remark to print
 */
export function test(name, run) {
    cases.push({ name, run });
}

/** Gives up on a promise. @template T @param {Promise<T>} promise @param {number} ms
 * @param {string} what @returns {Promise<T>} */
export async function within(promise, ms, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** Runs the cases whose names contain one of the words of the command line, and ends the process. */
export async function runTests({ cleanup = async () => {} } = {}) {
    if (options.help) {
        console.log('options: [--driver FILE] [--list] [WORD ...]   runs the cases that contain a WORD');
        process.exit(0);
    }
    const chosen = cases.filter(({ name }) =>
        wanted.length === 0 || wanted.some((word) => name.includes(word)));
    if (options.list) {
        for (const { name } of chosen) console.log(name);
        process.exit(0);
    }
    let failed = 0;
    for (const { name, run } of chosen) {
        const started = Date.now();
        try {
            const remark = await run();
            console.log(`ok     ${name} (${remark ? `${remark}, ` : ''}${Date.now() - started} ms)`);
        } catch (error) {
            failed++;
            console.log(`FAILED ${name} (${Date.now() - started} ms)\n${error.stack}`);
        }
    }
    await cleanup();
    console.log(`${chosen.length - failed} passed, ${failed} failed`);
    process.exit(failed || chosen.length === 0 ? 1 : 0);
}
