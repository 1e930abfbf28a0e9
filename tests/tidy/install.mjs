// SPDX-License-Identifier: MIT
// install.mjs CMAKE BUILD: what `cmake --install` of this build puts somewhere is enough for
// programs: by pkg-config, one for each of its files, and by the CMake package.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { blame, finish } from './tree.mjs';

const [, , cmake, build] = process.argv;
const place = mkdtempSync(join(tmpdir(), 'bosh-install-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
const prefix = join(place, 'prefix');

/** Headers and a function of each library. Of libbosh all programs use one. */
const uses = {
    bosh: { headers: ['arena.h', 'bosh.h', 'names.h', 'parts.h', 'transport.h'] },
    'bosh-ext': { headers: ['ext/*.h'], calls: 'bosh_roster_new' },
    'bosh-http1': { headers: ['http1.h'], calls: 'bosh_http1_init' },
    'bosh-curl': { headers: ['curl.h', 'journal.h'], calls: 'bosh_curl_new' },
    'bosh-glib': { headers: ['glib.h'], calls: 'bosh_glib_source_new' },
    'bosh-strophe': { headers: ['strophe.h'], calls: 'bosh_strophe_new' },
};

/** Output, or null and what went wrong is noted. */
function run(what, command, ...words) {
    try {
        return execFileSync(command, words, { encoding: 'utf8', cwd: place, stdio: 'pipe',
            env: { ...process.env, PKG_CONFIG_PATH: join(prefix, found.pkgconfig) } });
    } catch (error) {
        blame(what, `${basename(command)} ${words.join(' ')}\n${error.stderr || error.message}`);
        return null;
    }
}

const found = { pkgconfig: '' };
if (run('cmake --install', cmake, '--install', resolve(build), '--prefix', prefix) === null)
    finish();
const installed = readdirSync(prefix, { recursive: true }).map(String);
const packages = installed.filter((path) => path.endsWith('.pc'));
found.pkgconfig = packages.length ? join(packages[0], '..') : '';
const headers = installed.filter((path) => /^include\/bosh\/.*\.h$/.test(path))
    .map((path) => path.slice('include/bosh/'.length));

/** A program that includes all headers of a library. */
function program(name) {
    const its = headers.filter((header) => uses[name].headers.includes(header) ||
        uses[name].headers.includes(header.replace(/[^/]*(?=\.h)/, '*')));
    for (const header of its) used.add(header);
    return `${its.map((header) => `#include <bosh/${header}>\n`).join('')}
        int main(void) { return bosh_version()[0] == 0; }\n`;
}

const used = new Set();
for (const name of packages.map((path) => basename(path, '.pc'))) {
    const flags = run(name, 'pkg-config', '--cflags', '--libs', name)?.trim().split(/\s+/) ?? [];
    const file = join(place, `${name}.c`);
    writeFileSync(file, program(name));
    const needs = uses[name].calls ? [`-Wl,--require-defined=${uses[name].calls}`] : [];
    if (run(name, 'cc', '-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror',
        file, '-o', join(place, name), ...needs, ...flags) !== null)
        run(name, join(place, name));
}
for (const header of headers)
    if (!used.has(header)) blame(header, 'belongs to no pkg-config file');

writeFileSync(join(place, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(bosh REQUIRED)
${packages.map((path) => basename(path, '.pc')).map((name) => `add_executable(of-${name} ${name}.c)
target_link_libraries(of-${name} bosh::${name.replace('bosh-', '')})\n`).join('')}`);
if (run('find_package', cmake, '-S', '.', '-B', 'out', `-DCMAKE_PREFIX_PATH=${prefix}`) !== null)
    run('find_package', cmake, '--build', 'out');
finish(`${headers.length} headers, ${packages.length} libraries`);
