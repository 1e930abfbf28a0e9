// SPDX-License-Identifier: MIT
// The page of page-driver.mjs, which reads what it says on the console.

import * as api from '/libbosh/index.js';
import { Chat } from './chat.js';

globalThis.chat = new Chat(api, (event) => console.info(JSON.stringify(event)),
    (line) => console.debug(line));
