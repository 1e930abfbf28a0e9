// SPDX-License-Identifier: MIT
// One API for all that is loaded into a page or program, however often and as whatever it comes: a
// plugin that requires the CommonJS file and an application that imports the module must meet the
// same Strophe. The copy that came first is the one. Like Strophe.js it sets seven globals, for
// plugins that look for them.

import * as own from './api.js';

const mine = {
  Strophe: own.Strophe,
  $build: own.$build,
  $iq: own.$iq,
  $msg: own.$msg,
  $pres: own.$pres,
  stx: own.stx,
  toStanza: own.toStanza,
  b64_sha1: own.b64_sha1,
};
const key = Symbol.for('libbosh');
/** @type {Record<symbol, typeof mine>} */
const realm = /** @type {any} */ (globalThis);
if (!realm[key]) Object.defineProperty(realm, key, { value: mine });

export const { Strophe, $build, $iq, $msg, $pres, stx, toStanza, b64_sha1 } = realm[key];
export const { Builder, Stanza, Request, Websocket, WorkerWebsocket } = Strophe;
export const { Component, ComponentParser, StreamManagement, StreamManagementMirror } = Strophe;
export const { MemoryStorageBackend, SessionStorageBackend } = Strophe;

Object.assign(globalThis, { Strophe, $build, $iq, $msg, $pres, stx, toStanza });
