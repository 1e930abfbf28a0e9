// SPDX-License-Identifier: MIT
// The options of bosh-driver that the programs in its place take.

import { parseArgs } from 'node:util';

export function optionsOf() {
    const text = { type: 'string', default: '' };
    const { values } = parseArgs({ options: { url: text, jid: text, password: text, wait: text,
        package: text, reconnect: text, log: { type: 'boolean' }, trace: { type: 'boolean' } } });
    return values;
}
