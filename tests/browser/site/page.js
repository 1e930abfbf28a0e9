// SPDX-License-Identifier: MIT
// The page that tests drive: one client, whose doings are told on the console.

import * as api from '/libbosh/index.js';
import { Client } from './client.js';

globalThis.client = new Client(api, (event) => console.info(JSON.stringify(event)));
