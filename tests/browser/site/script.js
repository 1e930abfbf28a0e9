// SPDX-License-Identifier: MIT
// The library as globals, as pages without modules have it, and an old plugin of npm's.
/* global Strophe, $msg, $pres, toStanza */

import('./client.js').then(({ Client }) => {
    globalThis.client = new Client({ Strophe, $msg, $pres, toStanza },
        (event) => console.info(JSON.stringify({ ...event, key: Math.random() })));
    /** Pings through the plugin; the promise brings the type of the answer. */
    globalThis.client.ping = (to) => new Promise((resolve) => {
        const tell = (answer) => resolve(answer?.getAttribute('type') ?? 'no answer');
        globalThis.client.connection.ping.ping(to, tell, tell, 20000);
    });
});
