// SPDX-License-Identifier: MIT
// The native client and every connection manager that the scripted one can play.

import { profiles } from '../servers/cm.mjs';
import { playLosses, playWhole } from '../servers/play.mjs';
import { Driver } from './driver.mjs';
import { runTests, test } from './suite.mjs';

const join = (name, url) => new Driver({ url, jid: `${name}@localhost`, password: `${name}pw`,
    more: ['--reconnect', 'always'] });

for (const name of Object.keys(profiles)) {
    test(`${name}: 2,000 messages each way, losses, nothing missing`, () => playWhole(name, join));
    test(`${name}: what is lost is told`, () => playLosses(name, join));
}

await runTests();
