// SPDX-License-Identifier: MIT
// The shape of the sources: sizes, first lines, includes that go down only, calls the core must not
// make, clang-format.

import { spawnSync } from 'node:child_process';
import { basename, extname } from 'node:path';
import { blame, files, finish, read, top } from './tree.mjs';

const FILE_LINES = 600;
const FUNCTION_LINES = 60;
const COLUMNS = 100;

const FLOORS = ['base', 'xml', 'session', 'stream', 'client', 'ext'];

/** What only the one file may include. */
const DOORS = { 'expat.h': /^core\/xml\/expat\.c$/,
    mbedtls: /^core\/base\/hash(\.h|_mbedtls\.c)$/ };

/** Calls that would need an operating system, a clock, or care the core does not want to need. */
const BANNED = new RegExp(`\\b(${[
    'malloc calloc realloc free strdup strndup alloca',
    'printf fprintf sprintf vsprintf snprintf vsnprintf puts fopen gets scanf sscanf',
    'time clock gettimeofday clock_gettime rand srand random getenv',
    'exit abort assert setjmp longjmp signal system setlocale',
    'strcpy strcat strncpy strncat strtok atoi atol strtol strtoul',
    'isalpha isdigit isspace tolower toupper',
].join(' ').replaceAll(' ', '|')})\\s*\\(`);
const BANNED_HEADERS = ['stdio.h', 'stdlib.h', 'time.h', 'assert.h', 'errno.h', 'unistd.h',
    'ctype.h', 'locale.h', 'signal.h', 'setjmp.h', 'pthread.h', 'threads.h', 'math.h'];

/** Where no allocator is given, these two take the platform's, if it has one. */
const PLATFORM = ['core/base/mem.c', 'core/ext/ext.c'];
const PLATFORM_MAY = ['stdlib.h', 'malloc', 'realloc', 'free'];

/** C without comments, strings and character constants; lines stay where they are. */
function codeOf(text) {
    const blank = (match) => match.replace(/[^\n]/g, ' ');
    const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/.source;
    const quoted = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/.source;
    return text.replace(new RegExp(`${comment}|${quoted}`, 'g'), blank);
}

function checkFirstLines(path, text) {
    const [first, second] = text.split('\n');
    const licence = first.startsWith('#!') ? second : first;
    if (!licence.includes('SPDX-License-Identifier: MIT')) blame(`${path}:1`, 'no SPDX line');
}

function checkLines(path, lines) {
    if (lines.length - 1 >= FILE_LINES) blame(path, `${lines.length - 1} lines`);
    lines.forEach((line, index) => {
        const columns = [...line].length;
        if (columns > COLUMNS) blame(`${path}:${index + 1}`, `${columns} columns`);
        if (/[ \t]$/.test(line)) blame(`${path}:${index + 1}`, 'white space at the end');
        if (/^\.[ch]$/.test(extname(path)) && line.includes('\t'))
            blame(`${path}:${index + 1}`, 'a tab');
    });
}

/** A function begins with "{" in the first column, as clang-format puts it, and ends with "}". */
function checkFunctions(path, lines) {
    let begin = -1;
    lines.forEach((line, index) => {
        if (line === '{') begin = index;
        if (!/^\}/.test(line) || begin < 0) return;
        const size = index - begin - 1;
        if (size >= FUNCTION_LINES) blame(`${path}:${begin + 1}`, `a function of ${size} lines`);
        begin = -1;
    });
}

const isPlatform = (path, name) => PLATFORM.includes(path) && PLATFORM_MAY.includes(name);

function checkIncludes(path, text) {
    const floor = FLOORS.indexOf(path.split('/')[1]);
    for (const [, , name] of text.matchAll(/^#include (<|")([^>"]+)/gm)) {
        const other = FLOORS.indexOf(name.split('/')[0]);
        if (other > floor) blame(path, `includes ${name}, which is above`);
        if (BANNED_HEADERS.includes(name) && !isPlatform(path, name))
            blame(path, `includes <${name}>`);
        for (const [door, allowed] of Object.entries(DOORS)) {
            if (name.startsWith(door) && !allowed.test(path)) blame(path, `includes ${name}`);
        }
        if (name.includes('/') && other < 0 && !/^(bosh|mbedtls)\//.test(name))
            blame(path, `includes ${name}, which is no floor`);
    }
}

function checkCalls(path, code) {
    code.split('\n').forEach((line, index) => {
        const call = BANNED.exec(line);
        const isMember = call && /(->|\.)\s*$/.test(line.slice(0, call.index));
        if (call && !isMember && !isPlatform(path, call[1]))
            blame(`${path}:${index + 1}`, `calls ${call[1]}`);
    });
}

function checkFormat(paths) {
    const run = spawnSync('clang-format', ['--dry-run', '--Werror', ...paths],
        { cwd: top, encoding: 'utf8' });
    if (run.error) return 'clang-format is not installed: format not checked';
    for (const [, where] of run.stderr.matchAll(/^(\S+?:\d+):\d+: error/gm))
        blame(where, 'clang-format would change it');
    return 'clang-format is content';
}

const sources = files(/\.(c|h|mjs|js)$/).filter((path) => !path.includes('/corpus/'));
for (const path of sources) {
    const text = read(path);
    const lines = text.split('\n');
    checkFirstLines(path, text);
    checkLines(path, lines);
    if (!/\.[ch]$/.test(path)) continue;
    checkFunctions(path, lines);
    if (!path.startsWith('core/') || path.startsWith('core/include/')) continue;
    checkIncludes(path, text);
    checkCalls(path, codeOf(text));
}
const commands = /\.sh$|^(tests\/(run|sim)|examples\/demo|tools\/setup|bench\/run|\.ci\/run)$/;
for (const path of files(commands)) {
    const text = read(path);
    checkFirstLines(path, text);
    if (/^#!.*bash/.test(text) && !text.includes('set -euo pipefail'))
        blame(path, 'no set -euo pipefail');
}
for (const path of files(/(^|\/)(util|utils|helper|helpers|misc|common)\.[a-z]+$/))
    blame(path, `"${basename(path)}" says nothing`);
const fuzzed = read('tests/fuzz/fuzz_exports.c') + read('tests/fuzz/page.c');
for (const path of files(/^wasm\/.*\.c$/))
    for (const [, name] of read(path).matchAll(/^EMSCRIPTEN_KEEPALIVE [\w *]*?(\w+)\(/gm))
        if (!fuzzed.includes(`${name}(`)) blame(path, `fuzz_exports does not call ${name}`);
const format = checkFormat(sources.filter((path) => /\.[ch]$/.test(path)));
finish(`${sources.length} files; ${format}`);
