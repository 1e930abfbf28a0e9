// SPDX-License-Identifier: MIT
// Runs measurements of this folder in Node and in Chromium.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../../tests/browser/browser.mjs';
import { inTime, runJson } from '../measure.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const require = createRequire(new URL('../../js/package.json', import.meta.url));

/** Where the files of Strophe for pages are. */
export const stropheFolder = join(dirname(require.resolve('strophe.js/package.json')), 'dist');

/** @param {string} packageFolder of ours */
export async function startServer(packageFolder) {
    const child = fork(here('server.mjs'), [packageFolder, stropheFolder]);
    const [port] = await once(child, 'message');
    return { origin: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}

/**
 * @typedef {(module: string, measure: string, options: object, visits?: number) => Promise<any>}
 *     Runner visits: how often the page is loaded; what the last one tells counts
 */

/** @param {string} packageFolder @param {string} [origin] of the server @returns {Runner} */
export const inNode = (packageFolder, origin) => (module, measure, options) =>
    runJson(process.execPath, [here('node.mjs'), module, measure,
        JSON.stringify({ packageFolder, origin, ...options })]);

/**
 * Each measurement has a page of its own, in one browser.
 * @param {string} origin of the server
 * @param {'.mjs' | '.js'} [extension] of the modules there
 * @returns {Promise<{run: Runner, browser: any, stop: () => Promise<void>}>}
 */
export async function inChromium(origin, extension = '.mjs') {
    const browser = await startBrowser();
    return {
        browser,
        stop: () => browser.stop(),
        async run(module, measure, options, visits = 1) {
            const context = await browser.alone();
            const page = await context.newPage();
            const visit = async () => {
                await page.goto(origin);
                return page.evaluate(async ([driver, ...all]) => {
                    const { run } = await import(driver);
                    return run(...all);
                }, [`/bench/page${extension}`, module.replace('.mjs', extension), measure,
                    options]);
            };
            try {
                for (let i = 1; i < visits; i++) await inTime(visit(), measure);
                return await inTime(visit(), measure);
            } finally {
                await context.close();
            }
        },
    };
}
