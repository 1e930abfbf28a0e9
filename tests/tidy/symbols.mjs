// SPDX-License-Identifier: MIT
// symbols.mjs CC MBEDTLS_INCLUDE: compile the core as a release and look at what is in it. It may
// need no more from outside than symbols.txt says, and may keep nothing between calls but the one
// allocator pointer of xml/expat.c.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { blame, files, finish, read, top } from './tree.mjs';

const run = promisify(execFile);
const [, , cc, mbedtls] = process.argv;
const FLAGS = ['-std=c11', '-O2', '-DNDEBUG', '-fPIC', '-fvisibility=hidden'];
const INCLUDES = [join(top, 'core'), join(top, 'core/include'), mbedtls].map((path) => `-I${path}`);
const folder = mkdtempSync(join(tmpdir(), 'bosh-symbols-'));

/** Compile all, two at a time. Returns the objects by source. */
async function compile(paths) {
    const objects = new Map();
    const todo = [...paths];
    const work = async () => {
        for (let path; (path = todo.shift());) {
            const object = join(folder, path.replaceAll('/', '-').replace(/\.c$/, '.o'));
            await run(cc, [...FLAGS, ...INCLUDES, '-c', join(top, path), '-o', object]);
            objects.set(path, object);
        }
    };
    await Promise.all([work(), work()]);
    return objects;
}

/** Symbols of an object: [{ kind, name, size, section }]. */
async function symbols(object) {
    const { stdout } = await run('nm', ['--format=sysv', object]);
    const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    return rows.filter((row) => row.length === 7).map(([name, , kind, , size, , section]) =>
        ({ name, kind, size: parseInt(size || '0', 16), section }));
}

const allowed = read('tests/tidy/symbols.txt').split('\n').filter((line) => /^[^#]/.test(line));
const isAllowed = (name) => allowed.some((pattern) => (pattern.endsWith('*')
    ? name.startsWith(pattern.slice(0, -1)) : name === pattern));

const needed = new Map();
const defined = new Set();
const writable = [];
const tables = [];
try {
    const objects = await compile(files(/^core\/(?!include\/).*\.c$/));
    for (const [path, object] of objects) {
        for (const { kind, name, size, section } of await symbols(object)) {
            if (kind === 'U') needed.set(name, [...(needed.get(name) ?? []), path]);
            else if (/[A-Z]/.test(kind)) defined.add(name);
            if (section.startsWith('.data.rel.ro')) tables.push(name);
            else if (/[bBdDC]/.test(kind)) writable.push({ path, name, size });
        }
    }
} finally {
    rmSync(folder, { recursive: true });
}

const outside = [...needed.keys()].filter((name) => !defined.has(name)).sort();
for (const name of outside) {
    if (!isAllowed(name)) blame(needed.get(name).join(', '), `needs ${name}`);
}
for (const { path, name, size } of writable) {
    if (path !== 'core/xml/expat.c' || writable.length > 1)
        blame(path, `${name}: ${size} writable bytes`);
}
console.log(`from outside: ${outside.join(' ')}`);
for (const { path, name, size } of writable)
    console.log(`writable: ${name} in ${path}, ${size} bytes`);
console.log(`tables of pointers, constant once loaded: ${tables.join(' ')}`);
finish('no more than is allowed');
