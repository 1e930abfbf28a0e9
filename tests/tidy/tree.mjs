// SPDX-License-Identifier: MIT
// The files of the checkout, and a place for what is wrong with them.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let all;

function listing() {
    try {
        return execFileSync('git', ['-c', 'safe.directory=*', 'ls-files'],
            { cwd: top, encoding: 'utf8', maxBuffer: 1 << 26 });
    } catch (error) {
        console.log(`skipped: git cannot list the files (${error.message.split('\n')[0]})`);
        process.exit(0);
    }
}

/**
 * Paths from the top of the checkout of all files that git knows; a new one must be added first.
 * @param {RegExp} pattern
 * @returns {string[]}
 */
export function files(pattern) {
    all ??= [...new Set(listing().split('\n'))].filter((path) => existsSync(join(top, path)));
    return all.filter((path) => pattern.test(path));
}

/**
 * @param {string} path from the top of the checkout
 * @returns {string}
 */
export const read = (path) => readFileSync(join(top, path), 'utf8');

const wrong = [];

/** Note that something is wrong, e.g. `core/a.c:7`, 'a line of 101 columns'. */
export function blame(where, what) {
    wrong.push(`${where}: ${what}`);
}

/** Say what is wrong and end the program. */
export function finish(summary) {
    for (const line of wrong) console.log(line);
    console.log(wrong.length ? `${wrong.length} wrong` : summary);
    process.exit(wrong.length ? 1 : 0);
}
