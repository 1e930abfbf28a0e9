// SPDX-License-Identifier: MIT
// One API for all that is loaded into a page or program, however often and as whatever it comes: a
// plugin that requires the CommonJS file and an application that imports the module must meet the
// same Strophe. The copy that came first is the one. Like Strophe.js it sets seven globals, for
// plugins that look for them.

import * as own from './api.js';

const key = Symbol.for('libbosh');
/** @type {Record<symbol, typeof own>} */
const realm = /** @type {any} */ (globalThis);
if (!realm[key]) Object.defineProperty(realm, key, { value: own });
const api = realm[key];

export const { Strophe, $build, $iq, $msg, $pres, stx, toStanza, Builder, Stanza } = api;
export const { Websocket, WorkerWebsocket, Component, ComponentParser, Request } = api;
export const { StreamManagement, StreamManagementMirror } = api;
export const { MemoryStorageBackend, SessionStorageBackend, b64_sha1 } = api;

Object.assign(globalThis, { Strophe, $build, $iq, $msg, $pres, stx, toStanza });
