// SPDX-License-Identifier: MIT
// Entry for Node: the engine alone, requests go through the global fetch.

import { webcrypto } from 'node:crypto';
import { loadEngine as load } from './engine-embedded.js';
import './network-codes.js';
import { fetchTransport } from './transports.js';

export { BoshError, Client, Element, fetchTransport } from './engine-embedded.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 */
export const loadEngine = () => load({ crypto: webcrypto, transport: fetchTransport });
