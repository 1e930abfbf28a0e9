// SPDX-License-Identifier: MIT
// headers.mjs CC LIBRARY DOOR...: the public headers compile by themselves as C99 and as C++11, and
// what they declare is in the libraries. DOOR: which of the headers of native/ this build has.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { blame, files, finish, read, top } from './tree.mjs';

const [, , cc, library, ...doors] = process.argv;
const isPublic = /^(core|http1|native)\/include\/bosh\/.*\.h$/;
const isBuilt = (path) =>
    !path.startsWith('native/') || doors.includes(basename(path, '.h'));
const includes = ['core', 'http1', 'native'].map((path) => `-I${join(top, path, 'include')}`);

function pkgConfig(...names) {
    const run = spawnSync('pkg-config', ['--cflags', ...names], { encoding: 'utf8' });
    return run.status === 0 ? run.stdout.trim().split(/\s+/).filter(Boolean) : [];
}

const foreign = [...pkgConfig('glib-2.0'), ...pkgConfig('libstrophe')]
    .map((flag) => flag.replace(/^-I/, '-isystem'));

function compile(compiler, flags, header) {
    const strict = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror', '-fsyntax-only'];
    const run = spawnSync(compiler, [...flags, ...strict, ...includes, ...foreign, '-'],
        { input: `#include <${header}>\n`, encoding: 'utf8' });
    if (run.error) return false;
    if (run.status !== 0)
        blame(header, `${compiler} ${flags.join(' ')}: ${run.stderr.split('\n')[0]}`);
    return true;
}

/** Functions marked BOSH_API. */
function declared(path) {
    const text = read(path).replace(/\/\*[\s\S]*?\*\//g, '');
    return [...text.matchAll(/^BOSH_API\s[^;(]*?\b(bosh_\w+)\s*\(/gm)].map(([, name]) => name);
}

/** Functions that the libraries of this build define: libbosh and those beside it. */
function defined() {
    const build = dirname(dirname(library));
    const archives = [library];
    for (const folder of ['core/ext', 'http1', 'native']) {
        const path = join(build, folder);
        const names = existsSync(path) ? readdirSync(path) : [];
        const found = names.filter((name) => name.endsWith('.a'));
        archives.push(...found.map((name) => join(path, name)));
    }
    const names = execFileSync('nm', ['-g', '--defined-only', ...archives],
        { encoding: 'utf8', maxBuffer: 1 << 26 });
    return new Set([...names.matchAll(/ [TWR] (\w+)$/gm)].map(([, name]) => name));
}

const headers = files(isPublic).filter(isBuilt);
const names = defined();
let functions = 0;
let hasCxx = true;
for (const path of headers) {
    const header = path.replace(/^.*?include\//, '');
    compile(cc, ['-x', 'c', '-std=c99'], header);
    hasCxx = compile('g++', ['-x', 'c++', '-std=c++11'], header) && hasCxx;
    for (const name of declared(path)) {
        functions++;
        if (!names.has(name)) blame(path, `${name} is declared and not defined`);
    }
}
const summary = `${headers.length} headers, ${functions} functions`;
finish(hasCxx ? summary : `skipped: g++ is not installed\n${summary}`);
