// SPDX-License-Identifier: MIT
// The engine as CTest wants it tested: BOSH_PACKAGE is the package, BOSH_MODULE the module in it
// (or the one under AddressSanitizer), BOSH_TRANSPORT 'fetch', 'xhr', or 'http', Node's own.

import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { XMLHttpRequest } from './xhr.mjs';

const { BOSH_PACKAGE, BOSH_MODULE, BOSH_TRANSPORT = 'fetch' } = process.env;
const load = (path) => import(pathToFileURL(path).href);

export const { Engine, fetchBinary } = await load(join(BOSH_PACKAGE, 'engine.js'));
const { Client } = await load(join(BOSH_PACKAGE, 'program.js'));
export const { BoshError } = await load(join(BOSH_PACKAGE, 'errors.js'));
export const { fetchTransport, TransportError } = await load(join(BOSH_PACKAGE, 'transports.js'));
export const { httpTransport } = await load(join(BOSH_PACKAGE, 'transport-node.js'));

await load(join(BOSH_PACKAGE, 'network-codes.js'));

const modulePath = BOSH_MODULE ?? join(BOSH_PACKAGE, 'libbosh.js');
export const { default: createModule } = await load(modulePath);

/** An engine of its own, with the transport to be tested. The rest is for Engine.create. */
export async function loadEngine(transport = BOSH_TRANSPORT, more = {}, create = createModule) {
    if (transport === 'xhr') globalThis.XMLHttpRequest = XMLHttpRequest;
    return Engine.create(create, readFileSync(modulePath.replace(/m?js$/, 'wasm')), {
        Client,
        crypto: webcrypto,
        transport: { xhr: undefined, fetch: fetchTransport, http: httpTransport }[transport],
        ...more,
    });
}

/** The next event of this type. */
export const next = (client, type, wanted = () => true) => new Promise((resolve) => {
    const off = client.on(type, (event) => {
        if (!wanted(event)) return;
        off();
        resolve(event);
    });
});
