// SPDX-License-Identifier: MIT
// The page that tests drive: one client, whose doings are told on the console.

import * as api from '/libbosh/index.js';
import { Client } from './client.js';

// A page that comes back from the back/forward cache repeats its console: `key` tells.
let told = 0;
const tell = (event) =>
    console.info(JSON.stringify({ ...event, key: `${performance.timeOrigin} ${++told}` }));

globalThis.client = new Client(api, tell);
addEventListener('pageshow', ({ persisted }) => tell({ event: 'pageshow', persisted }));
