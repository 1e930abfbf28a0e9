// SPDX-License-Identifier: MIT
// Private parts of Strophe that old programs call or replace, in the words of this library; and
// those that there is nothing behind, which say so. What a class has by itself stays as it is.

import { Bosh } from './bosh.js';
import { Connection } from './connection.js';
import { Status } from './constants.js';
import { log } from './log.js';
import { failure } from './outbox.js';
import { canStore } from './store.js';

class BoshParts {
  /** @type {any} */
  _conn;

  /** @param {any} request @param {number} [otherwise] */
  static _getRequestStatus(request, otherwise) {
    return request.xhr?.readyState === 4 && request.xhr.status ? request.xhr.status : otherwise;
  }

  _onIdle() {
    this._conn._drain();
  }

  _send() {
    this._conn._drain();
  }

  _sendRestart() {
    this._conn._sendRestart();
  }

  _throttledRequestHandler() {
    this._conn.flush();
  }

  _processRequest() {
    this._conn.flush();
  }

  /** @this {any} */
  _sendTerminate() {
    this._disconnect();
  }

  /** @param {any[]} values */
  _restore(...values) {
    this._conn.restore(...values);
  }

  /** @this {any} @param {any} request */
  _callProtocolErrorHandlers(request) {
    this._hitError(BoshParts._getRequestStatus(request, 0));
  }

  /** @this {any} @param {(request: any) => void} func @param {any} request */
  _onRequestStateChange(func, request) {
    if (request.abort || request.xhr?.readyState !== 4) return;
    if (request.xhr.status === 200) func(request);
    else this._callProtocolErrorHandlers(request);
  }
}

class ConnectionParts {
  static addProtocol(/** @type {string} */ name) {
    throw failure(`addProtocol("${name}") is not part of libbosh: it speaks BOSH only`);
  }

  /** A worker has none. */
  onRoleChanged() {}
  onForeignStanzaSent() {}

  _sessionCachingSupported() {
    return canStore();
  }

  /** @this {any} */
  _onDisconnectTimeout() {
    log.debug('_onDisconnectTimeout was called');
    this._changeConnectStatus(Status.CONNTIMEOUT, null);
    this._proto._onDisconnectTimeout();
    this._doDisconnect();
    return false;
  }
}

/** @param {any} to @param {any} from */
function add(to, from) {
  for (const name of Object.getOwnPropertyNames(from))
    if (!(name in to))
      Object.defineProperty(
        to,
        name,
        /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(from, name)),
      );
}

/** @param {any} to @param {string} of @param {string} why @param {string} names */
function refuse(to, of, why, names) {
  for (const name of names.split(' '))
    add(to, {
      [name]() {
        throw failure(`${of}.${name} is not part of libbosh: ${why}`);
      },
    });
}

for (const [own, parts] of [
  [Bosh, BoshParts],
  [Connection, ConnectionParts],
]) {
  add(own, parts);
  add(own.prototype, parts.prototype);
}
refuse(Bosh.prototype, 'Bosh', 'requests belong to the engine', '_removeRequest _restartRequest');
refuse(
  Connection.prototype,
  'Connection',
  'there is no legacy login, no legacy session and no stream management',
  '_attemptLegacyAuth _onLegacyAuthIQResult _auth2_cb _establishSession _onSessionResultIQ ' +
    '_onStreamResumed _onStreamResumptionFailed _registerSMHandlers',
);
