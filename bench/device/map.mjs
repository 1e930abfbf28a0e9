// SPDX-License-Identifier: MIT
// What a linked program consists of, from the map file of GNU ld: flash and memory by part. Where
// core was optimised as one, its floors are known by the names of functions and data: a function
// that was put into its only caller counts as the caller's.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = fileURLToPath(new URL('../../core', import.meta.url));
export const floors = ['base', 'xml', 'session', 'stream', 'client'];
/** The floor of each file of core, by the name of the file. @type {Record<string, string>} */
const floorOf = Object.fromEntries(floors.flatMap((floor) =>
    readdirSync(`${core}/${floor}`).filter((name) => name.endsWith('.c'))
        .map((name) => [name, floor])));
for (const name of ['builtin.c', 'tag.c', 'scan.c', 'letters.c']) floorOf[name] = 'parser';

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
 * The part of each name in the archives that were linked. @returns {Map<string, string>}
 * @param {string} text of the map
 * @param {string} cwd where it stands
 */
function partsOfNames(text, cwd) {
    const files = [...text.matchAll(/^LOAD ([^/\n].*\.(?:a|obj))$/gm)].map(([, file]) => file);
    const symbols = execFileSync('arm-none-eabi-readelf', ['-sW', ...files],
        { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
    const names = new Map();
    let file = '';
    for (const line of symbols.split('\n')) {
        file = line.match(/^File: (.*)/)?.[1] ?? file;
        const name = line.match(/ (?:FUNC|OBJECT) .* \d+ ([^.\s]+)\S*$/)?.[1];
        if (name) names.set(name, partOf(file));
    }
    return names;
}

/**
 * @param {string} file the map
 * @returns {Map<string, {flash: number, ram: number}>} by part, in the order of their size
 */
export function readMap(file) {
    const text = readFileSync(file, 'utf8').split('Linker script and memory map')[1];
    const names = partsOfNames(text, dirname(file));
    const parts = new Map();
    // A long name of a section is followed by a line break.
    const entries = text.matchAll(/^ (\.\S+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$/gm);
    for (const [, section, , size, path] of entries) {
        const bytes = parseInt(size, 16);
        if (!bytes || /^\.(debug|comment|ARM\.attributes)/.test(section)) continue;
        const name = section.match(/^\.\w+\.(?:startup\.|unlikely\.)?(\w+)/)?.[1] ?? '';
        const part = path.endsWith('.ltrans.o') ? names.get(name) ?? 'core' : partOf(path);
        const sum = parts.get(part) ?? { flash: 0, ram: 0 };
        const isRam = /^(\.data|\.bss|COMMON)/.test(section);
        if (isRam) sum.ram += bytes;
        if (!/^(\.bss|COMMON)/.test(section)) sum.flash += bytes;
        parts.set(part, sum);
    }
    return new Map([...parts].sort(([, a], [, b]) => b.flash + b.ram - a.flash - a.ram));
}
