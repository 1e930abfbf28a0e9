// SPDX-License-Identifier: MIT
// The module's allocator (wasm/malloc.c): blocks that do not touch each other, memory that is used
// again, and growth up to the end.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = process.env.BOSH_PACKAGE;
const { default: createModule } = await import(pathToFileURL(join(folder, 'libbosh.js')));
const wasm = readFileSync(join(folder, 'libbosh.wasm'));

/** A module that calls nobody. */
const made = () => createModule({ wasm, bosh: new Proxy({}, { get: () => () => 0 }) });

/** The same numbers in each run. */
function dice(seed) {
    return (below) => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return (seed >>> 8) % below;
    };
}

test('blocks keep what is in them, and memory is used again', async () => {
    const module = await made();
    const roll = dice(1), blocks = [];
    const check = ({ at, size, mark }) => {
        const bytes = module.HEAPU8.subarray(at, at + size);
        assert.ok(bytes.every((byte) => byte === mark), `${size} bytes at ${at}`);
    };
    for (let i = 0; i < 20_000; i++) {
        if (blocks.length < 200 && roll(2)) {
            const size = roll(16) ? roll(300) : roll(20_000), mark = i % 256;
            const at = module._malloc(size);
            assert.ok(at > 0 && at % 8 === 0);
            module.HEAPU8.fill(mark, at, at + size);
            blocks.push({ at, size, mark });
        } else if (blocks.length) {
            const [block] = blocks.splice(roll(blocks.length), 1);
            check(block);
            module._free(block.at);
        }
    }
    blocks.forEach(check);
    const before = module.HEAPU8.length;
    assert.ok(before < 4e6, `${before} bytes for at most 200 blocks`);
    for (const { at } of blocks) module._free(at);
    const all = module._malloc(before - 200_000); // but for the stack and the data
    assert.ok(all, 'what is free is one block again');
    assert.equal(module.HEAPU8.length, before);
    module._free(0);
});

test('memory grows, up to where there is no more', async () => {
    const module = await made();
    const before = module.HEAPU8.length;
    const large = module._malloc(10_000_000);
    assert.ok(large && module.HEAPU8.length >= before + 9_000_000);
    module.HEAPU8.fill(7, large, large + 10_000_000);
    const small = module._malloc(10);
    assert.ok(small < large || small >= large + 10_000_000);
    assert.equal(module._malloc(0x7fff_ffff), 0);
    assert.equal(module._malloc(0xffff_ffff), 0);
    assert.ok(module.HEAPU8[large] === 7 && module._malloc(10));
});
