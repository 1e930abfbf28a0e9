// SPDX-License-Identifier: MIT
// bosh-driver for the wasm build under Node: the options and lines of it that tests/net uses, on
// the API of Strophe. README.md of tests/interop describes them.

import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Chat } from './site/chat.js';
import { optionsOf } from './options.mjs';

const options = optionsOf();
const api = await import(pathToFileURL(join(options.package, 'node.js')).href);
const tell = (event) => console.log(JSON.stringify(event));
const chat = new Chat(api, tell, (line) => console.error(line));
chat.open(options);

for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') break;
    chat.obey(line);
}
await chat.close();
process.exit(0);
