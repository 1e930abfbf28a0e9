// SPDX-License-Identifier: MIT
// Adds up the result files (JUnit XML of ctest) named on the command line: which tests failed, why
// tests were skipped, and the closing line 'N passed, N failed'. A file that is missing, because
// its build failed, counts as one failure.

import { existsSync, readFileSync } from 'node:fs';

const unescape = (text) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) =>
    ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]);

let passed = 0;
let skipped = 0;
const failed = [];
for (const file of process.argv.slice(2)) {
    const flavour = file.split('/').at(-2);
    if (!existsSync(file)) {
        failed.push(`${flavour}: no results`);
        continue;
    }
    const testcase = /<testcase name="([^"]*)"[^>]* status="(\w+)"(?:\/>|>([\s\S]*?)<\/testcase>)/g;
    for (const [, name, status, inside = ''] of readFileSync(file, 'utf8').matchAll(testcase)) {
        if (status === 'run') {
            passed++;
        } else if (status === 'disabled' || inside.includes('message="SKIP_')) {
            // A test that skips itself says why: "skipped: REASON", or "# SKIP REASON" of Node's.
            const why = /(?:(?:^|>)skipped: |# SKIP )(.*)$/m.exec(inside)?.[1] ?? 'no reason given';
            console.log(`skipped ${flavour}: ${unescape(name)}: ${unescape(why)}`);
            skipped++;
        } else {
            failed.push(`${flavour}: ${unescape(name)}`);
        }
    }
}
for (const name of failed) console.log(`FAILED ${name}`);
if (passed + failed.length === 0) {
    console.log('no test was run');
    failed.push('');
}
console.log(`${passed} passed, ${failed.length} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed.length ? 1 : 0);
