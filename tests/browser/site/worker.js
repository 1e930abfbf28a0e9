// SPDX-License-Identifier: MIT
// The whole session in a worker.

import * as api from '/libbosh/worker.js';
import { Client } from './client.js';

const client = new Client(api, (event) => postMessage({ event }));

addEventListener('message', async ({ data: { method, values } }) => {
    postMessage({ answer: await client[method](...values) });
});
