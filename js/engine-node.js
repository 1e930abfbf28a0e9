// SPDX-License-Identifier: MIT
// Entry for Node: the engine alone, requests go through node:http and node:https.

import { webcrypto } from 'node:crypto';
import { loadEngine as load } from './engine-embedded.js';
import { httpTransport } from './transport-node.js';

export { BoshError, Client, Element, fetchTransport } from './engine-embedded.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 */
export const loadEngine = () => load({ crypto: webcrypto, transport: httpTransport });
