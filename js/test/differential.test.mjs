// SPDX-License-Identifier: MIT
// What needs no server answers as Strophe.js 5 does, but for the differences that are listed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as api from '../node.js';
import { cases } from './cases.mjs';

const recorded = JSON.parse(readFileSync(new URL('strophe-5.json', import.meta.url), 'utf8'));

api.Strophe.setLogLevel(4);
for (const { name, run, differs, ours } of cases)
  test(differs ? `${name}: ${differs}` : name, () => {
    const answer = JSON.parse(JSON.stringify(run(api) ?? null));
    if (!differs) return assert.deepEqual(answer, recorded[name]);
    assert.notDeepEqual(answer, recorded[name], 'no difference any more: take it from the list');
    assert.deepEqual(answer, ours);
  });
