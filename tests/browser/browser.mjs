// SPDX-License-Identifier: MIT
// Chromium as people have it: with a profile of its own and none of the flags with which test tools
// switch off what pages live with (throttled timers, hidden tabs, the back/forward cache).

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Service, privateDirectory, removeDirectory } from '../servers/child.mjs';

const { chromium } = createRequire(new URL('../../js/package.json', import.meta.url))(
    'playwright-core');

/** Foreign names for this machine, where a page is not in a secure context. */
const names = '--host-resolver-rules=MAP *.example 127.0.0.1';

/**
 * @param {string[]} flags
 * @returns {Promise<{tabs: object, alone: (options?: object) => Promise<object>,
 *     stop: () => Promise<void>}>} `tabs`: the context whose pages are tabs of one window, so that
 *     only the newest is visible; `alone()`: a new context, whose pages always are
 */
export async function startBrowser(...flags) {
    const directory = privateDirectory('chromium');
    const profile = join(directory, 'profile');
    // Written when the port is open: the port, and the path of the browser's socket.
    const portFile = join(profile, 'DevToolsActivePort');
    const service = new Service({
        name: 'chromium',
        command: ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
            '--disable-dev-shm-usage', `--user-data-dir=${profile}`, '--remote-debugging-port=0',
            names, ...flags, 'about:blank'],
        directory,
        isReady: async () => existsSync(portFile) && readFileSync(portFile, 'utf8').includes('/'),
    });
    await service.start();
    const [port, path] = readFileSync(portFile, 'utf8').trim().split('\n');
    const browser = await chromium.connectOverCDP(`ws://127.0.0.1:${port}${path}`,
        { noDefaults: true });
    return {
        tabs: browser.contexts()[0],
        alone: (options) => browser.newContext({ ignoreHTTPSErrors: true, ...options }),
        async stop() {
            await browser.close();
            // With all its processes, which would go on writing into the directory.
            await service.stop('SIGKILL');
            removeDirectory(directory);
        },
    };
}
