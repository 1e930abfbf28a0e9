// SPDX-License-Identifier: MIT
// bosh-driver for the library in a page: Chromium on this host, and in it site/page.js, which obeys
// the lines that come here.

import { createInterface } from 'node:readline';
import { startBrowser } from '../browser/browser.mjs';
import { optionsOf } from './options.mjs';

const options = optionsOf();
const browser = await startBrowser();
const page = await browser.tabs.newPage();
page.on('console', (message) => {
    const isEvent = message.type() === 'info' && message.text().startsWith('{');
    (isEvent ? console.log : console.error)(message.text());
});
page.on('pageerror', (error) => console.error(String(error)));
await page.goto(new URL(options.url).origin);
await page.waitForFunction(() => 'chat' in globalThis);
await page.evaluate((opened) => globalThis.chat.open(opened), options);

for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') break;
    await page.evaluate((text) => globalThis.chat.obey(text), line);
}
await page.evaluate(() => globalThis.chat.close());
await browser.stop();
process.exit(0);
