// SPDX-License-Identifier: MIT
// What a linked program consists of, from the map file of GNU ld: flash and memory by part.

import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = fileURLToPath(new URL('../../core', import.meta.url));
export const floors = ['base', 'xml', 'session', 'stream', 'client'];
/** The floor of each file of core, by the name of the file. @type {Record<string, string>} */
const floorOf = Object.fromEntries(floors.flatMap((floor) =>
    readdirSync(`${core}/${floor}`).filter((name) => name.endsWith('.c'))
        .map((name) => [name, floor])));

/** Which part an object belongs to. @param {string} path "core/libbosh.a(mem.c.obj)" */
function partOf(path) {
    const [, archive = '', member = ''] = path.match(/([^/]+)\.a\((.*)\)$/) ?? [];
    if (archive === 'libbosh') return floorOf[member.replace(/\.obj$/, '')] ?? 'core';
    if (archive === 'libbosh-http1') return 'http1';
    if (archive === 'libbosh_mbedcrypto') return 'mbedTLS';
    if (archive === 'libmbedtls-device') return 'TLS';
    if (archive === 'libbosh_expat') return 'expat';
    if (archive === 'liblwip') return 'lwIP';
    return archive ? 'libc' : `program: ${basename(path).replace(/\.c\.obj$/, '')}`;
}

/**
 * @param {string} file the map
 * @returns {Map<string, {flash: number, ram: number}>} by part, in the order of their size
 */
export function readMap(file) {
    const text = readFileSync(file, 'utf8').split('Linker script and memory map')[1];
    const parts = new Map();
    // A long name of a section is followed by a line break.
    const entries = text.matchAll(/^ (\.\S+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$/gm);
    for (const [, section, , size, path] of entries) {
        const bytes = parseInt(size, 16);
        if (!bytes || /^\.(debug|comment|ARM\.attributes)/.test(section)) continue;
        const part = partOf(path);
        const sum = parts.get(part) ?? { flash: 0, ram: 0 };
        const isRam = /^(\.data|\.bss|COMMON)/.test(section);
        if (isRam) sum.ram += bytes;
        if (!/^(\.bss|COMMON)/.test(section)) sum.flash += bytes;
        parts.set(part, sum);
    }
    return new Map([...parts].sort(([, a], [, b]) => b.flash + b.ram - a.flash - a.ram));
}
