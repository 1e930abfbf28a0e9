#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Writes strophe-5.json: what Strophe.js 5 answers to cases.mjs. Needs `npm install` here once; the
// tests themselves do not.

import { writeFileSync } from 'node:fs';
import * as api from 'strophe.js';
import { cases } from './cases.mjs';
import { surface } from './surface.mjs';

for (const level of ['debug', 'info', 'warn', 'error']) console[level] = () => {};
const answers = Object.fromEntries(cases.map(({ name, run }) => [name, run(api) ?? null]));
answers.surface = surface(api);
writeFileSync(new URL('strophe-5.json', import.meta.url), `${JSON.stringify(answers, null, 1)}\n`);
process.exit(); // Strophe.js waits for the next turn of its loop
