#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// All that a rule is in this repository: what it says, the code that obeys it, its tests, and how
// to run them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const help = `usage: where.mjs RULE ...

Prints what docs/protocol.md says of a rule such as RTX-6, the code that names it, the code of which
its test is known to notice a fault (mutants.mjs), its tests and the command that runs them.`;

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const code = ['core', 'http1', 'native', 'wasm', 'js/*.js', 'js/strophe', 'js/dom'];
const wanted = process.argv.slice(2);
if (!wanted.length || wanted.some((word) => !/^[A-Z0-9]+-\d+$/.test(word))) {
    console.log(help);
    process.exit(wanted[0] === '--help' ? 0 : 2);
}

const read = (path) => readFileSync(join(top, path), 'utf8');
const lineOf = (text, offset) => text.slice(0, offset).split('\n').length;

/** Does a line name the rule? In a row, too: "HTTP-1, 3, 4", "IQ-1..4", "MUC-1 to MUC-4". */
function names(line, family, number) {
    const row = new RegExp(`\\b${family}-\\d+(?:(?:, |\\.\\.| to ${family}-)\\d+\\b)*`, 'g');
    return (line.match(row) ?? []).some((text) => {
        let before = Infinity; // where a range begins
        for (const [, link, digits] of text.matchAll(/(\.\.| to |)[^\d]*?(\d+)/g)) {
            if (+digits === number || (link && before < number && number < +digits)) return true;
            before = +digits;
        }
        return false;
    });
}

/** The lines that name this rule, as "path:line: text". */
function grep(rule, paths) {
    const [family, number] = rule.split(/-(?=\d+$)/);
    const git = ['-c', 'safe.directory=*', '-C', top, 'grep', '-nE', `\\b${family}-[0-9]`, '--'];
    const found = spawnSync('git', [...git, ...paths], { encoding: 'utf8' }).stdout.split('\n');
    return found.filter((line) => names(line, family, +number));
}

/** Where a fault of mutants.mjs is put: the code that keeps the rule, whether it says so or not. */
function broken(rule) {
    return mutants.filter(([names]) => names.split(' ').includes(rule)).map(([, file, from]) => {
        const text = read(`core/${file}`);
        const line = lineOf(text, text.indexOf(from));
        return `core/${file}:${line}: ${text.split('\n')[line - 1].trim()}`;
    });
}

function print(title, lines) {
    if (lines.length) console.log(['', title, ...new Set(lines)].join('\n  ').replace('  ', ''));
}

for (const rule of wanted) {
    const protocol = read('docs/protocol.md');
    const at = protocol.indexOf(`\n| ${rule} |`) + 1;
    if (!at) {
        console.log(`docs/protocol.md has no rule ${rule}`);
        process.exit(1);
    }
    const [, , level, text, source] = protocol.slice(at).split('\n')[0].split(/(?<!\\)\|/);
    const [, , status, tests] = read('tests/rules/rules.tsv').split('\n')
        .map((line) => line.split('\t')).find(([id]) => id === rule) ?? ['', '', 'missing', ''];
    console.log(`${rule}, ${level.trim()}, docs/protocol.md:${lineOf(protocol, at)}`);
    console.log(`  ${text.trim()} (${source.trim()})`);
    print('code that names it', grep(rule, code));
    print('code whose faults its test notices', broken(rule));
    const isTested = status === 'tested' || status === 'tolerated';
    print(status, isTested ? tests.split(' ').flatMap((path) =>
        path.includes('#') ? path : grep(rule, [path])) : [tests]);
    if (tests.includes('tests/rules/'))
        print('run', ['cmake --build --preset dev --target rules && '
            + `build/dev/tests/rules/rules ${rule}`]);
}
