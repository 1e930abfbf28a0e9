// SPDX-License-Identifier: MIT
// How much a page loads for login and chat: all that `import 'libbosh'` fetches, compressed as web
// servers do it at their best.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { consumer } from './consumer.mjs';

const LIMIT = 52_200; // of 48_000 that are wanted

const brotli = (content) => brotliCompressSync(content, { params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
} }).length;

test(`at most ${LIMIT} bytes`, (t) => {
    const dist = join(consumer({}), 'node_modules/libbosh/dist');
    let total = 0;
    for (const file of ['index.js', 'libbosh.wasm']) {
        const content = readFileSync(join(dist, file));
        const size = brotli(content);
        total += size;
        t.diagnostic(`${file}: ${content.length} bytes, gzip ` +
            `${gzipSync(content, { level: 9 }).length}, brotli ${size}`);
    }
    t.diagnostic(`together: brotli ${total}`);
    assert.ok(total <= LIMIT, `${total} bytes of brotli`);
});
