// SPDX-License-Identifier: MIT
// How much a page loads for login and chat: all that `import 'libbosh'` fetches, compressed as web
// servers do it at their best. And what follows where a session is to outlive its page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { consumer } from './consumer.mjs';

const LIMIT = 48_000;

const brotli = (content) => brotliCompressSync(content, { params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
} }).length;

const dist = join(consumer({}), 'node_modules/libbosh/dist');

/** Together; each is printed. */
function sizeOf(files, t) {
    let total = 0;
    for (const file of files) {
        const content = readFileSync(join(dist, file));
        const size = brotli(content);
        total += size;
        t.diagnostic(`${file}: ${content.length} bytes, gzip ` +
            `${gzipSync(content, { level: 9 }).length}, brotli ${size}`);
    }
    return total;
}

test(`at most ${LIMIT} bytes`, (t) => {
    const total = sizeOf(['index.js', 'libbosh.wasm'], t);
    t.diagnostic(`together: brotli ${total}`);
    const more = sizeOf(['saved.js', 'libbosh-more.wasm'], t);
    t.diagnostic(`with option keepalive: brotli ${total + more}`);
    assert.ok(total <= LIMIT, `${total} bytes of brotli`);
});
